package optimiseapi_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/api/optimiseapi"
	"beatplan/business"
	"beatplan/internal/jobs"
	"beatplan/internal/scope"
	"beatplan/routing"
)

type anyone struct{}

func (anyone) Caller(context.Context, api.Credential) (api.Caller, error) {
	return api.Caller{Actor: business.Actor{Person: 1}, Scope: scope.Everything(),
		Permissions: []business.Permission{business.RoutesRead}}, nil
}

// grid has streets along the axes: a thousandth of a degree is a minute.
type grid struct{}

func (grid) Matrix(_ context.Context, from, to []orb.Point) (routing.Matrix, error) {
	m := routing.Matrix{Sources: len(from), Targets: len(to)}
	for _, a := range from {
		for _, b := range to {
			d := int32(1000*(max(a[0]-b[0], b[0]-a[0])+max(a[1]-b[1], b[1]-a[1])) + 0.5)
			m.Seconds, m.Meters = append(m.Seconds, 60*d), append(m.Meters, 600*d)
		}
	}
	return m, nil
}

// Line goes along the first axis, then along the second.
func (grid) Line(_ context.Context, points []orb.Point) (orb.LineString, error) {
	line := orb.LineString{points[0]}
	for k, p := range points[1:] {
		line = append(line, orb.Point{p[0], points[k][1]}, p)
	}
	return line, nil
}

// desk takes long work and never does it.
type desk struct{}

func (d *desk) Start(ctx context.Context, spec jobs.Spec,
	fn func(ctx context.Context, p *jobs.Progress) (any, error),
) (jobs.Job, error) {
	return jobs.Job{ID: 7, Kind: spec.Kind, State: jobs.Queued}, nil
}

func post(t *testing.T, path, body string) (int, string) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	a := api.New(api.Options{Version: "test", Sessions: anyone{}, Log: log, Now: time.Now})
	defer a.Close()
	optimiseapi.Mount(a, optimiseapi.Surface{
		Planner: routing.NewPlanner(grid{}), Roads: grid{}, Lines: grid{}, Jobs: &desk{}})
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer test")
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

const people = `"people":[{"id":1,"start":[0,0],"end":[0,0],"shift":{"open":"2026-11-23T08:30:00Z","close":"2026-11-23T17:00:00Z"}},
{"id":2,"start":[0.1,0],"end":[0.1,0],"shift":{"open":"2026-11-23T08:30:00Z","close":"2026-11-23T17:00:00Z"}}]`

func TestOptimise(t *testing.T) {
	code, body := post(t, "/v1/optimise", `{`+people+`,"iterations":200,"visits":[
	{"id":11,"position":[0.01,0],"service_s":1800},{"id":12,"position":[0.09,0],"service_s":1800},
	{"id":13,"position":[0.02,0],"service_s":36000},{"id":14,"position":[0.2,0],"optional":true,"prize_s":60}]}`)
	var out optimiseapi.Outcome
	if err := json.Unmarshal([]byte(body), &out); err != nil || code != http.StatusOK && code != http.StatusAccepted {
		t.Fatalf("%d %s %v", code, body, err)
	}
	if code == http.StatusAccepted {
		t.Fatalf("a short plan became a job: %s", body)
	}
	days := out.Plan.Days
	if len(days) != 2 || len(days[0].Stops) != 1 || days[0].Stops[0].VisitID != 11 ||
		len(days[1].Stops) != 1 || days[1].Stops[0].VisitID != 12 || days[0].DriveS != 1200 {
		t.Fatalf("%s", body)
	}
	reasons := map[int64]string{}
	for _, u := range out.Plan.Unserved {
		reasons[u.VisitID] = strings.Join(u.Reasons, ",")
	}
	if reasons[13] != "shift" || reasons[14] != "prize_too_low" {
		t.Fatalf("%v", reasons)
	}
}

// TestOptimiseLinks: each link alone turns the plan, on a street of 0.1 degrees.
func TestOptimiseLinks(t *testing.T) {
	const visits = `"visits":[{"id":11,"position":[0.01,0]},{"id":12,"position":[0.09,0]},{"id":13,"position":[0.03,0]}]`
	for _, c := range []struct{ links string }{
		{``},
		{`"groups":[{"visits":[11,12],"required":true}],`},
		{`"pairs":[{"pickup":12,"delivery":11}],`},
		{`"previous":[{"person_id":2,"visits":[11]}],"change_s":90000,`},
	} {
		code, body := post(t, "/v1/optimise", `{`+people+`,"iterations":300,`+c.links+visits+`}`)
		var out optimiseapi.Outcome
		if err := json.Unmarshal([]byte(body), &out); err != nil || code != http.StatusOK {
			t.Fatalf("%s: %d %s", c.links, code, body)
		}
		where, at := map[int64]int64{}, map[int64]int{}
		for _, d := range out.Plan.Days {
			for k, s := range d.Stops {
				where[s.VisitID], at[s.VisitID] = d.PersonID, k
			}
		}
		var good bool
		switch {
		case strings.Contains(c.links, "groups"):
			good = len(where) == 2 && where[11] == 1
		case strings.Contains(c.links, "pairs"):
			good = len(where) == 3 && where[11] == where[12] && at[12] < at[11]
		case strings.Contains(c.links, "previous"):
			good = where[11] == 2 && out.Plan.Cost.Changes == 0
		default:
			good = where[11] == 1 && where[12] == 2 && where[13] == 1
		}
		if !good {
			t.Errorf("%s: %s", c.links, body)
		}
	}
	code, body := post(t, "/v1/optimise", `{`+people+`,"previous":[{"person_id":9,"visits":[8]}],`+visits+`}`)
	if code != http.StatusUnprocessableEntity || !strings.Contains(body, "previous") {
		t.Fatalf("%d %s", code, body)
	}
}

func TestOptimiseLongIsAJob(t *testing.T) {
	code, body := post(t, "/v1/optimise", `{`+people+`,"seconds":60,"visits":[]}`)
	if code != http.StatusAccepted || !strings.Contains(body, `"id":7`) {
		t.Fatalf("%d %s", code, body)
	}
}

func TestOptimiseRefuses(t *testing.T) {
	for name, body := range map[string]string{
		"people":                  `{"people":[{"id":1,"shift":{"open":"2026-11-23T18:30:00Z","close":"2026-11-23T17:00:00Z"}}],"visits":[]}`,
		"visits[1].id":            `{` + people + `,"visits":[{"id":1,"position":[0,0]},{"id":1,"position":[0,0]}]}`,
		"there is no such visit":  `{"people":[{"id":1,"locked":[5],"shift":{"open":"2026-11-23T08:30:00Z","close":"2026-11-23T17:00:00Z"}}],"visits":[]}`,
		"there is no such person": `{` + people + `,"visits":[{"id":1,"position":[0,0],"allowed":[9]}]}`,
		"closes before it opens":  `{` + people + `,"visits":[{"id":1,"position":[0,0],"windows":[{"open":"2026-11-23T18:30:00Z","close":"2026-11-23T17:00:00Z"}]}]}`,
	} {
		code, answer := post(t, "/v1/optimise", body)
		if code != http.StatusUnprocessableEntity || !strings.Contains(answer, name) {
			t.Errorf("%s: %d %s", name, code, answer)
		}
	}
}

// TestVROOM: the structure of the second example of VROOM's API.md, a matrix and two
// ends, and a request by coordinates.
func TestVROOM(t *testing.T) {
	code, body := post(t, "/vroom", `{"vehicles":[{"id":0,"start_index":0,"end_index":3}],
	"jobs":[{"id":71,"location_index":1},{"id":72,"location_index":2}],
	"matrices":{"car":{"durations":[[0,1800,240,1150],[1790,0,2010,2900],[230,2020,0,980],[1160,2890,970,0]]}}}`)
	var out struct {
		Code    int
		Summary struct{ Cost, Unassigned int }
		Routes  []struct {
			Steps []struct {
				Type    string
				Job     int64
				Arrival int
			}
		}
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil || code != http.StatusOK {
		t.Fatalf("%d %s", code, body)
	}
	// 0 → 1 → 2 → 3 takes 1800 + 2010 + 980, the other order 240 + 2020 + 2900.
	steps := out.Routes[0].Steps
	if out.Summary.Cost != 4790 || len(steps) != 4 || steps[1].Job != 71 || steps[3].Arrival != 4790 {
		t.Fatalf("%s", body)
	}
	code, body = post(t, "/vroom", `{"vehicles":[{"id":1,"start":[0,0]}],"jobs":[{"id":5,"location":[0.01,0]}]}`)
	if code != http.StatusOK || !strings.Contains(body, `"cost":600`) {
		t.Fatalf("%d %s", code, body)
	}
}

// TestVROOMOptions: the ways on the road, a budget, and the times of given steps with
// what they break, as in the third example of API.md.
func TestVROOMOptions(t *testing.T) {
	type told struct {
		Summary struct{ Violations []struct{ Cause string } }
		Routes  []struct {
			Geometry string
			Distance int
			Steps    []struct {
				Arrival    int
				Violations []struct {
					Cause    string
					Duration int
				}
			}
		}
	}
	ask := func(rest string) (out told) {
		t.Helper()
		code, body := post(t, "/vroom", `{"vehicles":[{"id":1,"start":[0,0],"capacity":[3],
		"time_window":[1600416000,1600426800],"steps":[{"type":"start","service_after":1600415200},
		{"type":"job","id":5},{"type":"job","id":6}]}],
		"jobs":[{"id":5,"location":[0.01,0],"delivery":[2],"time_windows":[[1600416000,1600416100]]},
		{"id":6,"location":[0.01,0.02],"delivery":[2],"time_windows":[[1600416000,1600417000]]}],`+rest)
		if err := json.Unmarshal([]byte(body), &out); err != nil || code != http.StatusOK {
			t.Fatalf("%d %s", code, body)
		}
		return out
	}
	out := ask(`"options":{"c":true,"g":true}}`)
	r := out.Routes[0]
	// (0, 0), (0.01, 0), again, and up to (0.01, 0.02), to five digits.
	if r.Geometry != "???o}@????_|B?" || r.Distance != 18000 || r.Steps[1].Arrival-r.Steps[0].Arrival != 600 {
		t.Errorf("%+v", r)
	}
	if len(out.Summary.Violations) != 3 { // load, lead_time, delay: 500 s early or late in sum
		t.Errorf("%+v", out)
	}
	missed := 0
	for _, s := range r.Steps {
		for _, v := range s.Violations {
			missed += v.Duration
		}
	}
	if missed != 800 {
		t.Errorf("%d seconds missed: %+v", missed, r)
	}
	_, body := post(t, "/vroom", `{"vehicles":[{"id":1,"start":[0,0]}],"jobs":[{"id":5,"location":[0.01,0]}],
		"options":{"t":1,"x":0,"l":0.05}}`)
	if !strings.Contains(body, `"cost":600`) || strings.Contains(body, "geometry") {
		t.Error(body)
	}
}

func TestVROOMRefusesByName(t *testing.T) {
	for name, body := range map[string]string{
		"teleport":     `{"vehicles":[{"id":1,"start":[0,0],"teleport":1}],"jobs":[]}`,
		"setup of job": `{"vehicles":[{"id":1,"start":[0,0]}],"jobs":[{"id":1,"location":[0,0],"setup":5}]}`,
		"speed_factor": `{"vehicles":[{"id":1,"start":[0,0],"speed_factor":9}],"jobs":[{"id":1,"location":[0,0]}]}`,
		"max_load":     `{"vehicles":[{"id":1,"start":[0,0],"breaks":[{"id":1,"max_load":[1]}]}],"jobs":[]}`,
		"no vehicle":   `{"vehicles":[],"jobs":[{"id":1,"location":[0,0]}]}`,
		"row of 1":     `{"vehicles":[{"id":1,"start_index":0}],"jobs":[],"matrices":{"car":{"durations":[[0],[1]]}}}`,
		"no location":  `{"vehicles":[{"id":1,"start":[0,0]}],"jobs":[{"id":1}]}`,
	} {
		code, answer := post(t, "/vroom", body)
		if code != http.StatusBadRequest || !strings.Contains(answer, name) || !strings.Contains(answer, `"code":2`) {
			t.Errorf("%s: %d %s", name, code, answer)
		}
	}
}
