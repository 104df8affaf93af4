package optimiseapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"beatplan/api/optimiseapi"
)

const planned = `"previous":[{"person_id":1,"visits":[11,13]},{"person_id":2,"visits":[12]}],`

func places(t *testing.T, rest string) optimiseapi.Slots {
	t.Helper()
	code, body := post(t, "/v1/optimise/slots", `{`+people+`,`+planned+rest+`}`)
	var out optimiseapi.Slots
	if err := json.Unmarshal([]byte(body), &out); err != nil || code != http.StatusOK {
		t.Fatalf("%d %s %v", code, body, err)
	}
	return out
}

// TestSlots: a street of 0.1 degrees, a minute a thousandth. Person 1 goes to 10
// and 30, person 2 comes from the other end to 90.
func TestSlots(t *testing.T) {
	const others = `{"id":11,"position":[0.01,0]},{"id":12,"position":[0.09,0]},{"id":13,"position":[0.03,0]}`
	got := places(t, `"visit_id":14,"visits":[`+others+`,{"id":14,"position":[0.02,0],"service_s":600}]`)
	want := []optimiseapi.Slot{ // on the way out or back for nothing, or from the other side
		{PersonID: 1, Position: 1, Added: 0, DriveS: 0, DistanceM: 0},
		{PersonID: 1, Position: 2, Added: 0},
		{PersonID: 1, Position: 0, Added: 4 * 1200, DriveS: 1200, DistanceM: 12000},
	}
	if len(got.Slots) != 3 || len(got.Reasons) != 0 {
		t.Fatalf("%+v", got)
	}
	for k, s := range got.Slots {
		w := want[k]
		if s.PersonID != w.PersonID || s.Position != w.Position || s.Added != w.Added ||
			s.DriveS != w.DriveS || s.DistanceM != w.DistanceM || s.Depart.Sub(s.Begin) != 10*time.Minute {
			t.Errorf("slot %d: %+v, want %+v", k, s, w)
		}
	}
	got = places(t, `"visit_id":14,"most":1,"visits":[`+others+`,{"id":14,"position":[0.02,0],"allowed":[2]}]`)
	if len(got.Slots) != 1 || got.Slots[0].PersonID != 2 || got.Slots[0].DriveS != 2*70*60 {
		t.Errorf("person 2 alone may: %+v", got)
	}
	got = places(t, `"visit_id":14,"visits":[`+others+`,{"id":14,"position":[0.02,0],"skills":[7]}]`)
	if len(got.Slots) != 0 || strings.Join(got.Reasons, ",") != "skill" {
		t.Errorf("nobody can: %+v", got)
	}
	driven := strings.Replace(people, `"id":1,`, `"id":1,"locked":[14],`, 1)
	for _, c := range []struct{ visit, people, rest, word string }{
		{"12", people, "", "in the plan already"},
		{"99", people, "", "no such visit"},
		{"14", driven, "", "in the plan already"},
		{"14", people, `"pairs":[{"pickup":11,"delivery":14}],`, "without the other"},
		{"14", people, `"patterns":[{"options":[[14]]}],`, "without the others"},
	} {
		code, body := post(t, "/v1/optimise/slots", `{`+c.people+`,`+planned+c.rest+
			`"visit_id":`+c.visit+`,"visits":[`+others+`,{"id":14,"position":[0.02,0]}]}`)
		if code != http.StatusUnprocessableEntity || !strings.Contains(body, c.word) {
			t.Errorf("%s %s: %d %s", c.visit, c.rest, code, body)
		}
	}
}

// TestOptimisePrefers: preferred times and tidy areas have their terms.
func TestOptimisePrefers(t *testing.T) {
	plan := func(rest string) *optimiseapi.Plan {
		code, body := post(t, "/v1/optimise", `{`+people+`,"iterations":300,`+rest+`}`)
		var out optimiseapi.Outcome
		if err := json.Unmarshal([]byte(body), &out); err != nil || code != http.StatusOK {
			t.Fatalf("%d %s", code, body)
		}
		return out.Plan
	}
	got := plan(`"visits":[{"id":11,"position":[0.06,0],"service_s":3600,"preferred":
		{"open":"2026-11-23T08:30:00Z","close":"2026-11-23T10:00:00Z","late_per_hour":1800}}]`)
	// Person 2 is there at 09:10 and done at 10:10: ten minutes late at half the price of driving.
	if got.Cost.Soft != 600*2 || got.Cost.Drive != 4*2*40*60 || got.Cost.Total != got.Cost.Soft+got.Cost.Drive {
		t.Errorf("%+v", got.Cost)
	}
	if got.Bound <= 0 || got.Bound > got.Cost.Total || got.Stopped {
		t.Errorf("bound %d of %d, stopped %v", got.Bound, got.Cost.Total, got.Stopped)
	}
	// Two squares of corners, whose diagonals the plan before gave to one person each.
	const corners = `"visits":[{"id":1,"position":[0.04,0.01]},{"id":2,"position":[0.06,-0.01]},
		{"id":3,"position":[0.04,-0.01]},{"id":4,"position":[0.06,0.01]}],
		"previous":[{"person_id":1,"visits":[1,2]},{"person_id":2,"visits":[3,4]}],"change_s":9000`
	if got = plan(corners); got.Cost.Changes != 0 || got.Cost.Compact != 0 {
		t.Errorf("%+v", got.Cost)
	}
	if got = plan(corners + `,"crossing_s":90000`); got.Cost.Changes == 0 || got.Cost.Compact != 0 {
		t.Errorf("%+v", got.Cost)
	}
	code, body := post(t, "/v1/optimise", `{`+people+`,"visits":[{"id":11,"position":[0,0],"preferred":
		{"open":"2026-11-23T10:00:00Z","close":"2026-11-23T09:00:00Z"}}]}`)
	if code != http.StatusUnprocessableEntity || !strings.Contains(body, "visits[0].preferred") {
		t.Errorf("%d %s", code, body)
	}
}
