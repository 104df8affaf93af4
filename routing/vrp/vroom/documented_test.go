package vroom_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"beatplan/routing/vrp/search"
	"beatplan/routing/vrp/vroom"
)

// street is a matrix of places 100 seconds apart on a line.
func street(places int) string {
	rows := make([]string, places)
	for i := range rows {
		cells := make([]string, places)
		for j := range cells {
			cells[j] = fmt.Sprint(100 * max(i-j, j-i))
		}
		rows[i] = "[" + strings.Join(cells, ",") + "]"
	}
	return `"matrices":{"car":{"durations":[` + strings.Join(rows, ",") + `]}}}`
}

func answer(t *testing.T, request string) vroom.Answer {
	t.Helper()
	p, names, err := vroom.Parse([]byte(request), nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, request)
	}
	res, err := search.Solve(t.Context(), p, search.Options{Seed: 1, Iterations: 300, Start: names.Start()})
	if err != nil {
		t.Fatal(err)
	}
	return names.Answer(p, res.Solution)
}

// told writes a route as its steps: type, id, arrival, waiting time and load.
func told(r vroom.Route) string {
	var list []string
	for _, s := range r.Steps {
		text := s.Type
		if s.ID != nil {
			text += fmt.Sprint(*s.ID)
		}
		text += fmt.Sprint("@", s.Arrival)
		if s.WaitingTime > 0 {
			text += fmt.Sprint("+", s.WaitingTime)
		}
		if len(s.Load) > 0 {
			text += fmt.Sprint(s.Load)
		}
		list = append(list, text)
	}
	return strings.Join(list, " ")
}

// TestDocumentedSemantics: one sentence of VROOM's API.md a case, each with a request
// of one vehicle whose route is plain.
func TestDocumentedSemantics(t *testing.T) {
	const home = `"vehicles":[{"id":1,"start_index":0,"end_index":0`
	for _, c := range []struct{ rule, request, route string }{
		{"another end than the start", `{"vehicles":[{"id":1,"start_index":0,"end_index":3}],
			"jobs":[{"id":5,"location_index":2},{"id":6,"location_index":1}],` + street(4),
			"start@0 job6@100 job5@200 end@300"},
		{"without an end the route stops at the last task", `{"vehicles":[{"id":1,"start_index":1}],
			"jobs":[{"id":5,"location_index":0},{"id":6,"location_index":3}],` + street(4),
			"start@0 job5@100 job6@400"},
		{"without a start it begins at the first task", `{"vehicles":[{"id":1,"end_index":1}],
			"jobs":[{"id":5,"location_index":0},{"id":6,"location_index":3}],` + street(4),
			"job6@0 job5@300 end@400"},
		{"a start at the very end of a window is in time, service goes on after it",
			`{` + home + `,"time_window":[0,900]}],"jobs":[{"id":5,"location_index":1,"setup":10,"service":490,
			"time_windows":[[0,50],[100,100]]}],` + street(2), "start@0 job5@100 end@700"},
		{"one of several windows", `{` + home + `}],"jobs":[{"id":5,"location_index":2,"service":50,
			"time_windows":[[0,150],[400,500]]},{"id":6,"location_index":1,"time_windows":[[100,100]]}],` + street(3),
			"start@0 job6@100 job5@200+200 end@650"},
		{"deliveries are on board from the start, pickups until the end", `{` + home + `,"capacity":[3,9]}],
			"jobs":[{"id":5,"location_index":1,"delivery":[2,1],"time_windows":[[100,100]]},
			{"id":6,"location_index":2,"pickup":[3,0],"time_windows":[[200,200]]}],` + street(3),
			"start@0[2 1] job5@100[0 0] job6@200[3 0] end@400[3 0]"},
		{"a shipment is on board in between", `{` + home + `,"capacity":[4]}],"shipments":[{"amount":[4],
			"pickup":{"id":5,"location_index":2},"delivery":{"id":5,"location_index":1}}],` + street(3),
			"start@0[0] pickup5@200[4] delivery5@300[0] end@400[0]"},
		{"a break begins in its window and stops the travel", `{` + home + `,"time_window":[0,900],
			"breaks":[{"id":4,"service":60,"time_windows":[[130,140]]}]}],"jobs":[{"id":5,"location_index":2}],` + street(3),
			"start@0 break4@130 job5@260 end@460"},
		{"a vehicle's hours hold at its end", `{` + home + `,"time_window":[0,399]}],
			"jobs":[{"id":5,"location_index":2},{"id":6,"location_index":1}],` + street(3),
			"start@0 job6@100 end@200"},
		{"all skills of a task", `{` + home + `,"skills":[1,14]}],"jobs":[{"id":5,"location_index":1,"skills":[14,1]},
			{"id":6,"location_index":1,"skills":[2]}],` + street(2), "start@0 job5@100 end@200"},
		{"the higher priority stays", `{` + home + `,"max_tasks":1}],"jobs":[{"id":5,"location_index":1},
			{"id":6,"location_index":2,"priority":1}],` + street(3), "start@0 job6@200 end@400"},
	} {
		a, got := answer(t, c.request), ""
		for _, r := range a.Routes {
			got += told(r)
		}
		// A day without windows may begin at any time: count from its first step.
		if c.route != got && len(a.Routes) > 0 && !fromZero(&a.Routes[0], c.route) {
			t.Errorf("%s: %s, want %s", c.rule, got, c.route)
		}
	}
}

// fromZero moves the route so that its first step is at the first second.
func fromZero(r *vroom.Route, want string) bool {
	first := r.Steps[0].Arrival
	for k := range r.Steps {
		r.Steps[k].Arrival -= first
	}
	return told(*r) == want
}

// TestDocumentedErrors: what API.md calls an error is one, and is named.
func TestDocumentedErrors(t *testing.T) {
	const one = `{"vehicles":[{"id":1,"start_index":0`
	for request, want := range map[string]string{
		one + `}],"jobs":[{"id":5,"location_index":1},{"id":5,"location_index":0}],` + street(2): "two of job 5",
		one + `}],"shipments":[{"pickup":{"id":1,"location_index":1},"delivery":{"id":2,"location_index":0}},
			{"pickup":{"id":1,"location_index":1},"delivery":{"id":3,"location_index":0}}],` + street(2): "two of pickup 1",
		one + `,"breaks":[{"id":7},{"id":7}]}],"jobs":[],` + street(2):                "two of break 7",
		`{"vehicles":[{"id":3}],"jobs":[{"id":5,"location_index":1}],` + street(2):    "neither start nor end",
		one + `}],"jobs":[{"id":5}],` + street(2):                                     "job 5: location_index",
		one + `}],"jobs":[{"id":5,"location_index":2}],` + street(2):                  "visits[0].location",
		one + `}],"jobs":[{"id":5,"location_index":1,"priority":101}],` + street(2):   "priority",
		one + `,"profile":"bike"}],"jobs":[{"id":5,"location_index":1}],` + street(2): `no matrix of profile "bike"`,
		one + `,"max_tasks":1,"steps":[{"type":"job","id":5},{"type":"job","id":6}]}],
			"jobs":[{"id":5,"location_index":1},{"id":6,"location_index":1}],` + street(2): "vehicles.steps: vehicle 0: 2 stops, at most 1",
	} {
		if _, _, err := vroom.Parse([]byte(request), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s\n%s", err, want, request)
		}
	}
}

// TestProfilesHaveMatricesOfTheirOwn: the bike is as fast as the car where it is short.
func TestProfilesHaveMatricesOfTheirOwn(t *testing.T) {
	a := answer(t, `{"vehicles":[{"id":1,"profile":"car","start_index":0,"end_index":0},
	{"id":2,"profile":"bike","start_index":0,"end_index":0}],
	"jobs":[{"id":5,"location_index":1},{"id":6,"location_index":2}],
	"matrices":{"car":{"durations":[[0,50,9],[50,0,50],[9,50,0]]},
	"bike":{"durations":[[0,7,90],[8,0,90],[90,90,0]]}}}`)
	var cost []int
	for _, r := range a.Routes {
		cost = append(cost, r.Cost)
	}
	if !slices.Equal(cost, []int{18, 15}) || a.Summary.Cost != 33 {
		t.Fatalf("%+v", a)
	}
}
