package visitsapi_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/visits"
	"beatplan/internal/blob"
	"beatplan/internal/db"
)

// send answers to a request with a file, or with none.
func (d *desk) send(token, method, path string, file []byte, header ...string) *httptest.ResponseRecorder {
	d.t.Helper()
	r := httptest.NewRequestWithContext(d.t.Context(), method, path, bytes.NewReader(file))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("X-Client", "phone")
	r.Header.Set("Content-Type", "application/octet-stream")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w
}

func (d *desk) darkroom() {
	d.t.Helper()
	arrived, err1 := blob.Open(d.t.TempDir())
	kept, err2 := blob.Open(d.t.TempDir())
	letters, err3 := blob.LoadLetters()
	if err1 != nil || err2 != nil || err3 != nil {
		d.t.Fatal(err1, err2, err3)
	}
	d.visits.Darkroom = visits.Darkroom{Arrived: arrived, Kept: kept, Letters: letters}
}

func (d *desk) photoPath(visit int64, accuracy string) string {
	now := d.clock.Now().UTC().Format(time.RFC3339)
	return fmt.Sprintf("/v1/visits/%d/photos?", visit) + url.Values{
		"source": {"camera"}, "taken_at": {now}, "sent_at": {now}, "accuracy_m": {accuracy},
		"lon": {fmt.Sprint(place.Lon())}, "lat": {fmt.Sprint(place.Lat())},
	}.Encode()
}

// The address of a picture alone opens nothing: whoever asks is asked who they are each
// time, also for a picture that their browser has already.
func TestAPictureIsItsReadersAlone(t *testing.T) {
	d := open(t)
	d.darkroom()
	v := d.ask("anna", "POST", "/v1/visits", "in", d.arrival(101))
	var file bytes.Buffer
	if err := jpeg.Encode(&file, image.NewGray(image.Rect(0, 0, 64, 48)), nil); err != nil {
		t.Fatal(err)
	}
	tries := 0
	add := func(accuracy string, file []byte) int {
		t.Helper()
		tries++
		return d.send("anna", "POST", d.photoPath(v.ID, accuracy), file,
			"Idempotency-Key", fmt.Sprint("visitsapi-photo-", tries)).Code
	}
	for name, try := range map[string]struct {
		accuracy string
		file     []byte
		want     int
	}{
		"no accuracy":       {"NaN", file.Bytes(), 422},
		"a file of 40 MB":   {"9", make([]byte, 40<<20), 413},
		"an iPhone's HEIC":  {"9", []byte("\x00\x00\x00\x28ftypheic\x00\x00\x00\x00mif1MiHBMiHE"), 415},
		"a page of the web": {"9", []byte("<!doctype html><script>"), 415},
	} {
		if got := add(try.accuracy, try.file); got != try.want {
			t.Errorf("%s: %d, want %d", name, got, try.want)
		}
	}
	if got := add("9", file.Bytes()); got != 201 {
		t.Fatalf("a photo: %d", got)
	}
	all, err := d.visits.Photos(t.Context(), d.manager(), business.VisitID(v.ID))
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if err := d.visits.DrawPhoto(t.Context(), all[0].ID); err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprint("/v1/visit-photos/", all[0].ID)
	first := d.send("anna", "GET", path, nil)
	if first.Code != 200 || first.Header().Get("Content-Type") != "image/jpeg" ||
		first.Header().Get("Cache-Control") != "private, no-cache" {
		t.Fatalf("the picture: %d %v", first.Code, first.Header())
	}
	mark := first.Header().Get("ETag")
	for token, want := range map[string]int{
		"anna": http.StatusNotModified, "lead": http.StatusNotModified, "root": http.StatusNotModified,
		"carla": http.StatusNotFound, "clerk": http.StatusForbidden, "nobody": http.StatusUnauthorized,
	} {
		again := d.send(token, "GET", path, nil, "If-None-Match", mark)
		if again.Code != want || again.Body.Len() > 0 && want == http.StatusNotModified {
			t.Errorf("%s: %d, want %d", token, again.Code, want)
		}
		if list := d.send(token, "GET", fmt.Sprintf("/v1/visits/%d/photos", v.ID), nil); (list.Code == 200) != (want == 304) {
			t.Errorf("%s lists the photos: %d", token, list.Code)
		}
	}
}

// module adds a step of which nobody may be told who may not read orders.
type module struct{}

func (module) Steps(context.Context, db.Querier, visits.Visit) ([]visits.Step, error) {
	return []visits.Step{
		{Name: "x.open", Title: "Open"}, {Name: "x.order", Title: "Order", Needs: business.OrdersRead},
	}, nil
}

// What a module adds is told to whom it lets, and to nobody else who sees the visit.
func TestAStepIsToldToWhomItsModuleLets(t *testing.T) {
	d := open(t)
	d.visits.Modules = []visits.Steps{module{}}
	v := d.ask("anna", "POST", "/v1/visits", "in", d.arrival(101))
	for token, want := range map[string]int{"anna": 2, "sender": 1} {
		a := d.ask(token, "GET", fmt.Sprintf("/v1/visits/%d/steps", v.ID), "", nil)
		if got := strings.Count(a.text, `"title"`); a.status != 200 || got != want {
			t.Errorf("%s is told of %d steps, want %d: %d %s", token, got, want, a.status, a.text)
		}
	}
}
