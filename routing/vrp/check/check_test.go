package check_test

import (
	"strings"
	"testing"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/check"
)

// right is a plan of two visits by one of two people, with nothing wrong.
func right() (*vrp.Problem, check.Plan) {
	d := []int32{0, 10, 20, 10, 0, 10, 20, 10, 0}
	v := vrp.Vehicle{Start: 0, End: 0, PerMeter: 1, PerWait: 2, Shift: vrp.Window{Open: 0, Close: 200},
		Capacity: []int{5}, Breaks: []vrp.Break{{Duration: 5, Windows: []vrp.Window{{Open: 30, Close: 60}}}}}
	p := &vrp.Problem{
		Profiles: []vrp.Profile{{Locations: 3, Duration: d, Distance: d}},
		Vehicles: []vrp.Vehicle{v, v},
		Visits: []vrp.Visit{
			{Location: 1, Service: 20, Delivery: []int{2}, Windows: []vrp.Window{{Open: 0, Close: 60}}},
			{Location: 2, Service: 10, Delivery: []int{3}, Windows: []vrp.Window{{Open: 70, Close: 90}}},
		},
	}
	s := vrp.Solution{Routes: [][]int{{0, 1}, nil}}
	cost, _ := vrp.Evaluate(p, s)
	times := []vrp.Timetable{vrp.Schedule(p, 0, s.Routes[0]), {}}
	return p, check.Plan{Solution: s, Times: times, Cost: cost}
}

func TestARightPlanHasNoFaults(t *testing.T) {
	p, plan := right()
	if faults := check.Faults(p, plan); len(faults) > 0 {
		t.Fatal(faults)
	}
}

// TestEveryLieIsFound spoils one thing at a time.
func TestEveryLieIsFound(t *testing.T) {
	for want, spoil := range map[string]func(p *vrp.Problem, x *check.Plan){
		"served twice":        func(_ *vrp.Problem, x *check.Plan) { x.Solution.Routes[1] = []int{0} },
		"does not exist":      func(_ *vrp.Problem, x *check.Plan) { x.Solution.Routes[0][1] = 7 },
		"is not served":       func(_ *vrp.Problem, x *check.Plan) { x.Solution.Routes[0] = []int{0} },
		"the cost is":         func(_ *vrp.Problem, x *check.Plan) { x.Cost.Distance-- },
		"outside its windows": func(p *vrp.Problem, _ *check.Plan) { p.Visits[1].Windows[0].Close = 75 },
		"before":              func(_ *vrp.Problem, x *check.Plan) { x.Times[0].Start += 60 },
		"outside the shift":   func(p *vrp.Problem, _ *check.Plan) { p.Vehicles[0].Shift.Close = 50 },
		"is owed":             func(_ *vrp.Problem, x *check.Plan) { x.Times[0].Breaks = nil },
		"carries 5":           func(p *vrp.Problem, _ *check.Plan) { p.Vehicles[0].Capacity[0] = 4 },
		"lacks skill":         func(p *vrp.Problem, _ *check.Plan) { p.Visits[0].Skills = []int{3} },
		"may not serve":       func(p *vrp.Problem, _ *check.Plan) { p.Visits[0].Forbidden = []int{0} },
		"duty":                func(p *vrp.Problem, _ *check.Plan) { p.Vehicles[0].MaxDuty = 40 },
		"distance":            func(p *vrp.Problem, _ *check.Plan) { p.Vehicles[0].MaxDistance = 39 },
		"drive 40":            func(p *vrp.Problem, _ *check.Plan) { p.Vehicles[0].MaxDrive = 39 },
		"at most 1":           func(p *vrp.Problem, _ *check.Plan) { p.Vehicles[0].MaxStops = 1 },
		"locked stop":         func(p *vrp.Problem, _ *check.Plan) { p.Vehicles[0].Prefix = []int{1} },
		"position 0":          func(p *vrp.Problem, _ *check.Plan) { p.Vehicles[0].Pins = []vrp.Pin{{Visit: 1}} },
		"turned round":        func(p *vrp.Problem, _ *check.Plan) { p.Pairs = []vrp.Pair{{Pickup: 1}} },
		"of group":            func(p *vrp.Problem, _ *check.Plan) { p.Groups = []vrp.Group{{Visits: []int{0, 1}}} },
		"of pattern 0":        func(p *vrp.Problem, _ *check.Plan) { p.Patterns = []vrp.Pattern{{Options: [][]int{{0}, {1}}}} },
		"balance bounds":      func(p *vrp.Problem, _ *check.Plan) { p.Balance.MinDuty = 190 },
		"no path":             func(p *vrp.Problem, _ *check.Plan) { p.Profiles[0].Duration[1] = -1 },
		"when the shift":      func(p *vrp.Problem, x *check.Plan) { p.Vehicles[0].Punctual = true; x.Times[0].Start++ },
	} {
		p, plan := right()
		spoil(p, &plan)
		if faults := strings.Join(check.Faults(p, plan), "; "); !strings.Contains(faults, want) {
			t.Errorf("%q is not among: %s", want, faults)
		}
	}
}
