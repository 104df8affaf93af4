package api_test

import (
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

func TestAPhoneIsSentLessForTheSameAnswer(t *testing.T) {
	_, s := newTestAPI(t)
	ask := func(client, takes string) (reply, string) {
		t.Helper()
		return do(t, s, call{method: "GET", path: "/v1/things/7", token: "reader", header: map[string]string{
			"X-Client": client, "Accept-Encoding": takes,
		}})
	}
	_, want := ask("desk", "gzip")
	res, body := ask("phone", "gzip")
	if res.Header.Get("Content-Encoding") != "gzip" || res.Header.Get("Vary") == "" {
		t.Fatalf("a phone's answer is not compressed: %v", res.Header)
	}
	z, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || string(got) != want {
		t.Errorf("%q %v, not %q", got, err, want)
	}
	if res.Header.Get("ETag") != `"3"` {
		t.Errorf("the version is lost: %v", res.Header)
	}
	if res, _ := ask("phone", "identity"); res.Header.Get("Content-Encoding") != "" {
		t.Error("who takes no gzip was sent it")
	}
}
