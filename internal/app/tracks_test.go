package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"beatplan/api/trackapi"
	"beatplan/business"
	"beatplan/geo/track"
)

// A manager reads the way of their own people, which the person sees; of another
// team's people there is nothing to be found.
func TestWhoReadsAWayIsToldToItsOwner(t *testing.T) {
	h := newCompany(t)
	day := h.Clock.Now().Format(time.DateOnly)
	for _, p := range []int64{int64(h.mine.ID), int64(h.theirs.ID)} {
		if err := h.Track.Decide(t.Context(), p, track.ConsentVersion, true); err != nil {
			t.Fatal(err)
		}
	}
	own, lead := h.tokens[business.Salesperson], h.tokens[business.Manager]
	for who, want := range map[int64]int{
		int64(h.mine.ID): http.StatusOK, int64(h.theirs.ID): http.StatusNotFound,
	} {
		for _, path := range []string{"/v1/tracks/%d/" + day, "/v1/track-reports/%d?from=" + day,
			"/v1/tracks/%d/export?format=gpx&from=" + day} {
			if status, body := h.ask(lead, http.MethodGet, fmt.Sprintf(path, who), ""); status != want {
				t.Errorf("%s: %d, want %d: %s", fmt.Sprintf(path, who), status, want, body)
			}
		}
	}
	path := fmt.Sprintf("/v1/tracks/%d/%s", int64(h.theirs.ID), day)
	if status, _ := h.ask(own, http.MethodGet, path, ""); status != http.StatusNotFound {
		t.Errorf("a salesperson reads somebody's way: %d", status)
	}
	status, body := h.ask(own, http.MethodGet, "/v1/me/track-readings", "")
	var list []trackapi.Reading
	if err := json.Unmarshal([]byte(body), &list); err != nil || status != http.StatusOK {
		t.Fatal(status, body, err)
	}
	read := 0
	for _, r := range list {
		if r.Action == "track.track.read" && strings.HasPrefix(r.Name, "P lead") {
			read++
		}
	}
	if read != 3 {
		t.Errorf("%d readings are told, want 3: %s", read, body)
	}
}

// Whoever sends request upon request is told to wait and when to come again; others
// are not held up, batches of any size count once, and the wait is long enough.
func TestTooManyRequestsAreToldToWait(t *testing.T) {
	h := newCompany(t)
	own, other := h.tokens[business.Salesperson], h.tokens[business.Manager]
	at := h.Clock.Now().UTC()
	var fixes []string
	for i := range track.MaxBatch {
		fixes = append(fixes, fmt.Sprintf(`{"at":%q,"position":[-75.5,39.1]}`,
			at.Add(-time.Duration(i)*time.Second).Format(time.RFC3339)))
	}
	full := `{"fixes":[` + strings.Join(fixes, ",") + `]}`
	for range 3 { // a morning without network
		if status, body := h.ask(own, http.MethodPost, "/v1/fixes", full); status != http.StatusOK {
			t.Fatal(status, body)
		}
	}
	taken, status, body := 3, http.StatusOK, ""
	for ; taken < 5000; taken++ {
		path := []string{"/v1/fixes", "/v1/positions"}[taken%2]
		if status, body = h.ask(own, http.MethodPost, path, `{"fixes":[]}`); status != http.StatusOK {
			break
		}
	}
	if status != http.StatusTooManyRequests || !strings.Contains(body, "track.too_much") || taken < 1200 {
		t.Fatalf("after %d requests: %d %s", taken, status, body)
	}
	if status, body := h.ask(other, http.MethodPost, "/v1/fixes", `{"fixes":[]}`); status != http.StatusOK {
		t.Errorf("somebody else: %d %s", status, body)
	}
	var told struct {
		Args struct {
			RetryAfterS int `json:"retry_after_s"`
		} `json:"args"`
	}
	if err := json.Unmarshal([]byte(body), &told); err != nil || told.Args.RetryAfterS < 1 {
		t.Fatalf("%s: %v", body, err)
	}
	h.at(time.Duration(told.Args.RetryAfterS) * time.Second)
	own = h.tokens[business.Salesperson]
	if status, body := h.ask(own, http.MethodPost, "/v1/fixes", full); status != http.StatusOK {
		t.Errorf("after waiting as told: %d %s", status, body)
	}
}
