package api

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"beatplan/business"
)

// TestTheLaneAnswersOnlyWhoWasLetInAMomentAgo: who was never looked up, whose second is
// over, and what is not a person's session take the long way, which asks anew.
func TestTheLaneAnswersOnlyWhoWasLetInAMomentAgo(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	m := newRecent(&lastSession{}, func() time.Time { return now })
	a := &API{log: slog.New(slog.DiscardHandler), hot: m}
	a.Short(Lane{Prefix: "/tiles/", Suffix: ".mvt", Permission: SignedIn,
		Answer: func(w http.ResponseWriter, _ *http.Request, _ Caller) int {
			w.WriteHeader(http.StatusNoContent)
			return http.StatusNoContent
		}})
	let := func(token string, c Caller) {
		m.known[Credential{Token: token}] = known{c, now.Add(HotAge)}
	}
	let("person", Caller{Actor: business.Actor{Person: 7}})
	let("device", Caller{Actor: business.Actor{Person: 7}, Limited: true})
	let("off", Caller{Actor: business.Actor{Person: 7}, Disabled: []business.Permission{SignedIn}})
	answers := func(method, path, cookie string) bool {
		r := httptest.NewRequest(method, path, nil)
		if cookie != "" {
			r.Header.Set("Cookie", cookie)
		}
		return a.short(httptest.NewRecorder(), r)
	}
	const tile = "/tiles/customers/1/0/0.mvt"
	for _, v := range []struct {
		method, path, cookie string
		want                 bool
	}{
		{http.MethodGet, tile, "beatplan=person", true},
		{http.MethodGet, tile, "theme=dark; beatplan=person", true},
		{http.MethodPost, tile, "beatplan=person", false},
		{http.MethodGet, tile + "?v=%zz", "beatplan=person", false}, // refused on the long way
		{http.MethodGet, tile + "?v=1;w=2", "beatplan=person", false},
		{http.MethodGet, "/v1/customers", "beatplan=person", false},
		{http.MethodGet, tile, "beatplan=device", false},
		{http.MethodGet, tile, "beatplan=off", false},
		{http.MethodGet, tile, "beatplan=stranger", false},
		{http.MethodGet, tile, "", false},
	} {
		if got := answers(v.method, v.path, v.cookie); got != v.want {
			t.Errorf("%s %s with %q: %v", v.method, v.path, v.cookie, got)
		}
	}
	a.Short(Lane{Prefix: "/v1/near", Permission: SignedIn,
		Answer: func(w http.ResponseWriter, r *http.Request, _ Caller) int {
			if r.URL.Path != "/v1/near" {
				return 0
			}
			w.WriteHeader(http.StatusOK)
			return http.StatusOK
		}})
	if answers(http.MethodGet, "/v1/nearly", "beatplan=person") {
		t.Error("an address that only begins like one of a lane is answered on it")
	}
	if !answers(http.MethodGet, "/v1/near", "beatplan=person") ||
		!answers(http.MethodGet, tile, "beatplan=person") {
		t.Error("one lane shuts the other")
	}
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/v1/near", nil)
	r.Header.Set("Cookie", "beatplan=person")
	if !a.short(w, r) || w.Header().Get("Cache-Control") != "no-store" ||
		w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers of an operation on its lane: %v", w.Header())
	}
	a.Short(Lane{Prefix: "/v1/broken", Permission: SignedIn,
		Answer: func(http.ResponseWriter, *http.Request, Caller) int { panic("broken") }})
	if answers(http.MethodGet, "/v1/broken", "beatplan=person") {
		t.Error("a panic is an answer")
	}
	now = now.Add(HotAge)
	if answers(http.MethodGet, tile, "beatplan=person") {
		t.Error("a session is believed for longer than a moment")
	}
}
