package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"beatplan/api"
)

func TestAFileSpeaksItsReadersLanguage(t *testing.T) {
	for _, tt := range []struct{ query, accept, head string }{
		{"", "", "[Number Draft no_such_word]"},
		{"", "zh-CN,zh;q=0.9", "[编号 草稿 no_such_word]"},
		{"?language=en", "zh-CN", "[Number Draft no_such_word]"},
		{"?language=zh", "en", "[编号 草稿 no_such_word]"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/v1/orders/export.csv"+tt.query, nil)
		r.Header.Set("Accept-Language", tt.accept)
		got := fmt.Sprint(api.Words(api.Language(r), "number", "state.draft", "no_such_word"))
		if got != tt.head {
			t.Errorf("%q %q: %s", tt.query, tt.accept, got)
		}
	}
}
