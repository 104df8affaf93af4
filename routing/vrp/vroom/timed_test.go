package vroom_test

import (
	"fmt"
	"strings"
	"testing"

	"beatplan/routing/vrp/vroom"
)

// planned tells the routes of a request with options.c, with what each step breaks.
func planned(t *testing.T, request string) (string, vroom.Answer) {
	t.Helper()
	p, names, err := vroom.Parse([]byte(request), nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, request)
	}
	s, ok := names.Timed(p)
	if !ok {
		t.Fatal("not timed")
	}
	a := names.Answer(p, s)
	var list []string
	for _, r := range a.Routes {
		for _, s := range r.Steps {
			text := fmt.Sprint(s.Type, "@", s.Arrival+s.WaitingTime)
			for _, x := range s.Violations {
				text += fmt.Sprint("!", x.Cause)
				if x.Duration > 0 {
					text += fmt.Sprint(x.Duration)
				}
			}
			list = append(list, text)
		}
	}
	return strings.Join(list, " "), a
}

// TestStepsAreTimed: options.c keeps the steps and tells what they break, each rule
// alone on a street whose places are 100 seconds apart.
func TestStepsAreTimed(t *testing.T) {
	const steps = `{"vehicles":[{"id":1,"start_index":0,"end_index":0,"steps":[{"type":"start"%s},
		{"type":"job","id":5%s},{"type":"job","id":6},{"type":"end"%s}]%s}],
		"jobs":[{"id":5,"location_index":1,"service":10%s},{"id":6,"location_index":2%s}],
		"options":{"c":true},`
	for _, c := range []struct {
		rule                                 string
		start, first, end, vehicle, one, two string
		want, route                          string
	}{
		{rule: "nothing", want: "start@0 job@100 job@210 end@410", route: "[]"},
		{rule: "hours too short: half a day early or late is the same, the shortest it is",
			vehicle: `,"time_window":[1000,1400]`, want: "", route: "10"},
		{rule: "late", one: `,"time_windows":[[0,50]]`, start: `,"service_at":0`,
			want: "start@0 job@100!delay50 job@210 end@410", route: "[{delay 50}]"},
		{rule: "early", two: `,"time_windows":[[500,600]]`, end: `,"service_before":650`,
			want: "start@240 job@340 job@450!lead_time50 end@650", route: "[{lead_time 50}]"},
		{rule: "kept by waiting", one: `,"time_windows":[[100,100]]`, two: `,"time_windows":[[400,400]]`,
			want: "start@0 job@100 job@400 end@600", route: "[]"},
		{rule: "a step at its time", first: `,"service_at":150`, start: `,"service_before":20`,
			want: "start@20 job@150 job@260 end@460", route: "[]"},
		{rule: "a step not before its time", start: `,"service_after":70`, first: `,"service_before":170`,
			want: "start@70 job@170 job@280 end@480", route: "[]"},
		{rule: "load", vehicle: `,"capacity":[3]`, one: `,"delivery":[2]`, two: `,"delivery":[2]`,
			want: "start@0!load job@100 job@210 end@410", route: "[{load 0}]"},
		{rule: "skills", two: `,"skills":[4]`, want: "start@0 job@100 job@210!skills end@410", route: "[{skills 0}]"},
		{rule: "limits", vehicle: `,"max_tasks":1,"max_travel_time":399`,
			want: "start@0 job@100 job@210 end@410", route: "[{max_tasks 0} {max_travel_time 0}]"},
	} {
		got, a := planned(t, fmt.Sprintf(steps, c.start, c.first, c.end, c.vehicle, c.one, c.two)+street(3))
		if c.want != "" && got != c.want {
			t.Errorf("%s: %s, want %s", c.rule, got, c.want)
		}
		route := fmt.Sprint(a.Routes[0].Violations)
		if c.want == "" {
			sum := 0
			for _, x := range a.Routes[0].Violations {
				sum += x.Duration
			}
			route = fmt.Sprint(sum)
		}
		if route != c.route || fmt.Sprint(a.Summary.Violations) != fmt.Sprint(a.Routes[0].Violations) {
			t.Errorf("%s: the route breaks %s, want %s", c.rule, route, c.route)
		}
	}
}

// TestStepsOfShipments: a delivery before its pickup, and one without.
func TestStepsOfShipments(t *testing.T) {
	got, a := planned(t, `{"vehicles":[{"id":1,"start_index":0,"capacity":[2],"steps":[{"type":"delivery","id":2},
		{"type":"pickup","id":1},{"type":"pickup","id":3}]}],
		"shipments":[{"amount":[1],"pickup":{"id":1,"location_index":1},"delivery":{"id":2,"location_index":0}},
		{"amount":[2],"pickup":{"id":3,"location_index":1},"delivery":{"id":4,"location_index":0}}],
		"options":{"c":true},`+street(2))
	if got != "start@0 delivery@0!precedence pickup@100 pickup@100!precedence" {
		t.Error(got)
	}
	if len(a.Unassigned) != 1 || a.Unassigned[0].ID != 4 {
		t.Errorf("%+v", a.Unassigned)
	}
}

// TestStepsThatCannotBeTimed: what no times can keep is refused with the vehicle.
func TestStepsThatCannotBeTimed(t *testing.T) {
	for _, c := range []struct{ steps, want string }{
		{`{"type":"start","service_after":50},{"type":"job","id":5,"service_before":60}`, "vehicle 1: no times keep"},
		{`{"type":"job","id":5},{"type":"job","id":5}`, "job 5 is twice"},
		{`{"type":"job","id":9}`, "no job 9"},
	} {
		_, _, err := vroom.Parse([]byte(`{"vehicles":[{"id":1,"start_index":0,"steps":[`+c.steps+`]}],
			"jobs":[{"id":5,"location_index":1}],"options":{"c":true},`+street(2)), nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	if _, a := planned(t, `{"vehicles":[{"id":1,"start_index":0}],"jobs":[{"id":5,"location_index":1}],
		"options":{"c":true},`+street(2)); len(a.Routes) != 0 || len(a.Unassigned) != 1 {
		t.Errorf("%+v", a)
	}
}
