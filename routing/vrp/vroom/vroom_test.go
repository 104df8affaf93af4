package vroom_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/check"
	"beatplan/routing/vrp/search"
	"beatplan/routing/vrp/vroom"
)

// documented has the structure of the first example of VROOM's API.md: two vehicles
// with skills, hours and breaks, jobs with skills and a window, a shipment.
const documented = `{"vehicles":[
{"id":1,"start_index":0,"end_index":0,"capacity":[4],"skills":[1,14],"time_window":[28800,43200],
 "breaks":[{"id":1,"service":300,"time_windows":[[32400,34200]]}]},
{"id":2,"start_index":0,"end_index":0,"capacity":[4],"skills":[2,14],"time_window":[28800,43200],
 "breaks":[{"id":2,"service":300,"time_windows":[[34200,36000]]}]}],
"jobs":[
{"id":1,"service":300,"delivery":[1],"location_index":1,"skills":[1],"time_windows":[[32400,36000]]},
{"id":2,"service":300,"pickup":[1],"location_index":2,"skills":[1]},
{"id":5,"service":300,"delivery":[1],"location_index":3,"skills":[14]},
{"id":6,"service":300,"delivery":[1],"location_index":1,"skills":[14]}],
"shipments":[
{"amount":[1],"skills":[2],"pickup":{"id":4,"service":300,"location_index":2},
 "delivery":{"id":3,"service":300,"location_index":3}}],
"matrices":{"car":{"durations":[[0,1810,240,1150],[1790,0,2010,2900],[230,2020,0,980],[1160,2890,970,0]]}}}`

func TestTheDocumentedExample(t *testing.T) {
	p, names, err := vroom.Parse([]byte(documented), nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := search.Solve(t.Context(), p, search.Options{Seed: 1, Iterations: 1500})
	if err != nil {
		t.Fatal(err)
	}
	times := make([]vrp.Timetable, len(p.Vehicles))
	for v, route := range res.Solution.Routes {
		times[v] = vrp.Schedule(p, v, route)
	}
	plan := check.Plan{Solution: res.Solution, Times: times, Cost: res.Cost}
	if faults := check.Faults(p, plan); len(faults) > 0 {
		t.Fatal(faults)
	}
	a := names.Answer(p, res.Solution)
	if a.Summary.Unassigned != 0 || a.Summary.Routes != 2 || a.Summary.Cost != a.Summary.Duration {
		t.Fatalf("%+v", a.Summary)
	}
	for _, r := range a.Routes {
		steps := map[string]int{}
		for k, s := range r.Steps {
			steps[s.Type]++
			if k > 0 && s.Arrival < r.Steps[k-1].Arrival || s.WaitingTime < 0 {
				t.Fatalf("route %d goes back in time: %+v", r.Vehicle, s)
			}
		}
		if steps["start"] != 1 || steps["end"] != 1 || steps["break"] != 1 {
			t.Fatalf("route %d: %v", r.Vehicle, steps)
		}
	}
}

func TestUnsupportedIsNamed(t *testing.T) {
	_, _, err := vroom.Parse([]byte(`{"vehicles":[{"id":1,"start":[0,0]}],"jobs":[{"id":1,"location":[0,0]}]}`), nil)
	var missing *vroom.Unsupported
	if !errors.As(err, &missing) {
		t.Fatalf("%v", err)
	}
}

// FuzzParse: whatever is sent with matrices, an answer or an error comes back.
func FuzzParse(f *testing.F) {
	f.Add([]byte(documented))
	f.Add([]byte(`{"vehicles":[{"id":1,"start_index":0}],"jobs":[{"id":1,"location_index":9}],"matrix":[[0]]}`))
	f.Add([]byte(`{"vehicles":[{"id":1,"time_window":[9,1]}],"jobs":[{"id":-1,"service":-5}]}`))
	f.Add([]byte(`{"vehicles":[{"id":1,"type":"van","start_index":0,"end_index":1,"time_window":[1600000000,1600000900],` +
		`"costs":{"per_task_hour":9},"steps":[{"type":"start","service_after":5},{"type":"delivery","id":2},{"type":"job","id":1}]}],` +
		`"jobs":[{"id":1,"location_index":1,"setup_per_type":{"van":3},"time_windows":[[1600000000,1600000001]]}],` +
		`"shipments":[{"pickup":{"id":1,"location_index":1},"delivery":{"id":2,"location_index":1}}],` +
		`"matrix":[[0,9],[9,0]],"options":{"c":true}}`))
	f.Fuzz(func(t *testing.T, data []byte) { answered(t, data, nil) })
}

// FuzzLocations is FuzzParse of requests without matrices: roads answer as the crow
// flies.
func FuzzLocations(f *testing.F) {
	f.Add([]byte(`{"vehicles":[{"id":1,"start":[0,0],"end":[1,1],"speed_factor":2}],"jobs":[{"id":1,"location":[0.5,0]}]}`))
	f.Add([]byte(`{"vehicles":[{"id":1,"start":[0,0]}],"shipments":[{"amount":[1],` +
		`"pickup":{"id":1,"location":[1,0],"setup":3},"delivery":{"id":2,"location":[0,1],"time_windows":[[5,9]]}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		answered(t, data, func(points []vroom.Location) (vrp.Profile, error) {
			x := vrp.Profile{Locations: len(points)}
			for _, a := range points {
				for _, b := range points {
					d := int32(min(math.Hypot(a[0]-b[0], a[1]-b[1])*100, 1e6))
					x.Duration, x.Distance = append(x.Duration, d), append(x.Distance, 10*d)
				}
			}
			return x, nil
		})
	})
}

// answered plans a request of few tasks, unless it is refused.
func answered(t *testing.T, data []byte, roads vroom.Roads) {
	p, names, err := vroom.Parse(data, roads)
	if err != nil || len(p.Visits) > 20 || len(p.Vehicles) > 20 {
		return
	}
	plan, timed := names.Timed(p)
	if !timed {
		res, err := search.Solve(t.Context(), p, search.Options{Iterations: 3, Threads: 1})
		if err != nil {
			t.Fatalf("a problem that was accepted is refused: %v", err)
		}
		plan = res.Solution
	}
	if _, err := json.Marshal(names.Answer(p, plan)); err != nil {
		t.Fatal(err)
	}
}

// TestFieldsByHand: each field alone on a street of two places, a hundred seconds
// and a kilometre from the depot and from each other.
func TestFieldsByHand(t *testing.T) {
	const table = `"matrices":{"car":{"durations":[[0,100,100],[100,0,100],[100,100,0]],` +
		`"distances":[[0,1000,1000],[1000,0,1000],[1000,1000,0]]}}}`
	const jobs = `"jobs":[{"id":7,"location_index":1,"service":30},{"id":8,"location_index":2}],`
	for _, c := range []struct {
		name, vehicle, rest                  string
		cost, duration, setup, service, left int
	}{
		{"plain", ``, jobs + table, 300, 300, 0, 30, 0},
		{"speed_factor", `,"speed_factor":2`, jobs + table, 150, 150, 0, 30, 0},
		{"fixed and per_hour", `,"costs":{"fixed":50,"per_hour":36}`, jobs + table, 53, 300, 0, 30, 0},
		{"per_km", `,"costs":{"per_hour":0,"per_km":7}`, jobs + table, 21, 300, 0, 30, 0},
		{"max_tasks", `,"max_tasks":1`, jobs + table, 200, 200, 0, 0, 1},
		{"max_travel_time", `,"max_travel_time":299`, jobs + table, 200, 200, 0, 0, 1},
		{"max_distance", `,"max_distance":2500`, jobs + table, 200, 200, 0, 0, 1},
		{"setup", ``, `"jobs":[{"id":7,"location_index":1,"setup":20,"service":30}],` + table, 200, 200, 20, 30, 0},
		{"costs", ``, jobs + `"matrices":{"car":{"durations":[[0,100,100],[100,0,100],[100,100,0]],` +
			`"costs":[[0,1,9],[9,0,2],[3,9,0]]}}}`, 6, 300, 0, 30, 0},
		{"steps", `,"steps":[{"type":"start"},{"type":"job","id":8},{"type":"job","id":7},{"type":"end"}]`,
			jobs + table, 300, 300, 0, 30, 0},
	} {
		data := `{"vehicles":[{"id":1,"start_index":0,"end_index":0` + c.vehicle + `}],` + c.rest
		p, names, err := vroom.Parse([]byte(data), nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		res, err := search.Solve(t.Context(), p,
			search.Options{Seed: 1, Iterations: 100, Start: names.Start()})
		if err != nil {
			t.Fatal(err)
		}
		got := names.Answer(p, res.Solution).Summary
		if c.left > 0 { // which of the two is left out is a tie
			got.Service = c.service
		}
		if got.Cost != c.cost || got.Duration != c.duration || got.Setup != c.setup ||
			got.Service != c.service || got.Unassigned != c.left {
			t.Errorf("%s: %+v", c.name, got)
		}
		if (names.Start() != nil) != (c.name == "steps") {
			t.Errorf("%s: start %v", c.name, names.Start())
		}
	}
}

func TestPrioritiesAndSkillsDecideWhoIsLeftOut(t *testing.T) {
	p, names, err := vroom.Parse([]byte(`{"vehicles":[{"id":1,"start_index":0,"max_tasks":1,"skills":[4]}],
	"jobs":[{"id":1,"location_index":1,"priority":10},{"id":2,"location_index":0},
	{"id":3,"location_index":0,"priority":90,"skills":[5]}],"matrix":[[0,5000],[5000,0]]}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	res, _ := search.Solve(t.Context(), p, search.Options{Seed: 1, Iterations: 100})
	a := names.Answer(p, res.Solution)
	if len(a.Routes) != 1 || a.Summary.Priority != 10 || a.Summary.Unassigned != 2 || a.Summary.Cost != 5000 {
		t.Fatalf("%+v", a)
	}
}
