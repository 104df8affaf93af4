package app

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo/track"
)

// Where somebody is comes with how old and how sure that is; after ten minutes without a
// fix it is said to be no longer now, and who asks for those at hand is told so too.
//
// feature: Y35
func TestAPositionTellsItsAgeAndIsNotNowWhenOld(t *testing.T) {
	h := newCompany(t)
	who := int64(h.mine.ID)
	seen, accuracy := h.Clock.Now(), float32(12)
	for _, err := range []error{
		h.Track.Decide(t.Context(), who, track.ConsentVersion, true),
		h.Track.Punch(t.Context(), track.Punch{Person: who, On: true, At: seen.Add(-time.Minute)}),
		h.Track.Store(t.Context(), []track.Fix{{Person: who, At: seen, Source: "app",
			Position: orb.Point{-75.5, 39.1}, AccuracyM: &accuracy}}),
		h.Live.Load(t.Context()),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	type shown struct {
		Person   int64     `json:"person_id"`
		At       time.Time `json:"at"`
		Age      int       `json:"age_s"`
		Accuracy *float32  `json:"accuracy_m"`
		Fresh    bool      `json:"fresh"`
	}
	for _, c := range []struct {
		after time.Duration
		fresh bool
	}{{30 * time.Second, true}, {track.FreshFor - time.Minute, true}, {2 * time.Hour, false}} {
		h.at(c.after - h.Clock.Now().Sub(seen))
		for _, path := range []string{"/v1/positions", "/v1/nearest-positions?lon=-75.5&lat=39.1"} {
			status, body := h.ask(h.tokens[business.Manager], http.MethodGet, path, "")
			var all []shown
			if err := json.Unmarshal([]byte(body), &all); err != nil || status != http.StatusOK {
				t.Fatal(path, status, body, err)
			}
			if len(all) != 1 || all[0].Person != who || all[0].Fresh != c.fresh ||
				time.Duration(all[0].Age)*time.Second != c.after.Truncate(time.Second) ||
				all[0].Accuracy == nil || *all[0].Accuracy != accuracy {
				t.Errorf("%s after %v: %s", path, c.after, body)
			}
		}
	}
}
