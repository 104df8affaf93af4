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
