package check

import (
	"strings"
	"testing"
)

// row is a sound plan of six units in a row for two people.
func row() Plan {
	return Plan{
		Area: []int{0, 0, 0, 1, 1, 1}, People: 2, Shares: []float64{1, 1},
		Loads:   [][]float64{{1, 1, 1, 1, 1, 1}},
		Borders: [][2]int{{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}},
		Current: []int{0, 0, 0, 1, 1, 1}, Locked: make([]bool, 6),
		Value: []float64{1, 1, 1, 1, 1, 1}, Tolerance: 0.02, Cost: 5, Bound: 4,
	}
}

func TestEveryBrokenPromiseIsFound(t *testing.T) {
	if f := Faults(row()); len(f) > 0 {
		t.Fatalf("a sound plan: %v", f)
	}
	for want, spoil := range map[string]func(*Plan){
		"in no territory": func(p *Plan) { p.Area[2] = 2 },
		"deviation":       func(p *Plan) { p.Area[2] = 1 },
		"in pieces":       func(p *Plan) { p.Area[2], p.Area[4] = 1, 0 },
		"locked unit":     func(p *Plan) { p.Current[0], p.Locked[0] = 1, true },
		"budget":          func(p *Plan) { p.Current[0], p.Current[5], p.Budget = 1, 0, 0.2 },
		"forbidden":       func(p *Plan) { p.Forbidden = [][2]int{{1, 0}} },
		"together":        func(p *Plan) { p.Apart = [][2]int{{1, 2}} },
		"at most":         func(p *Plan) { p.Most = []int{0, 2} },
		"is empty":        func(p *Plan) { p.People = 3; p.Shares = append(p.Shares, 1) },
		"below its own":   func(p *Plan) { p.Bound = 6 },
		"split by 1.3333": func(p *Plan) { p.Region = []int{-1, 0, 0, 0, 1, 1} },
		"area 0 is split": func(p *Plan) { p.Region, p.Whole = []int{-1, 0, 0, 0, 1, 1}, true },
		// A reason has to be there, and to be needed.
		`"locks" binds, and`:      func(p *Plan) { p.Area[2], p.Binding = 1, "locks" },
		`"budget" binds, and`:     func(p *Plan) { p.Area[2], p.Binding, p.Budget = 1, "budget", 0.5 },
		`"capacity" binds, and`:   func(p *Plan) { p.Area[2], p.Binding, p.Most = 1, "capacity", []int{0, 9} },
		`"heavy_unit" binds, and`: func(p *Plan) { p.Area[2], p.Binding, p.Tolerance = 1, "heavy_unit", 0.3 },
		`"forbidden_pairs" binds`: func(p *Plan) { p.Area[2], p.Binding = 1, "forbidden_pairs" },
		`"activities" binds, and`: func(p *Plan) { p.Area[2], p.Binding = 1, "activities" },
		`"whim" binds, and`:       func(p *Plan) { p.Area[2], p.Binding = 1, "whim" },
		"keeps the tolerance":     func(p *Plan) { p.Binding = "contiguity" },
		// Driving excuses a deviation below the nearest plan's, and no pieces.
		"driving is spared": func(p *Plan) { p.Area[2], p.Binding, p.Nearest = 1, "driving", 0.2 },
		"territory 1 is in pieces": func(p *Plan) {
			p.Area, p.Binding, p.Nearest = []int{0, 0, 1, 0, 1, 1}, "driving", 0.5
			p.Tolerance, p.Loads[0][5] = 0.01, 1.2
		},
	} {
		p := row()
		spoil(&p)
		if f := strings.Join(Faults(p), "; "); !strings.Contains(f, want) {
			t.Errorf("%q is not found: %q", want, f)
		}
	}
	for why, excuse := range map[string]func(*Plan){
		"contiguity":      func(*Plan) {},
		"driving":         func(p *Plan) { p.Nearest = 0.5 },
		"locks":           func(p *Plan) { p.Locked[0] = true },
		"budget":          func(p *Plan) { p.Budget = 0.17 },
		"capacity":        func(p *Plan) { p.Most = []int{2, 0} },
		"heavy_unit":      func(*Plan) {},
		"forbidden_pairs": func(p *Plan) { p.Forbidden = [][2]int{{0, 1}} },
		"activities":      func(p *Plan) { p.Loads = append(p.Loads, p.Loads[0]) },
	} {
		p := row()
		p.Area[2], p.Binding = 1, why
		excuse(&p)
		if f := Faults(p); len(f) > 0 {
			t.Errorf("a plan that says of itself that it is uneven for %s: %v", why, f)
		}
	}
}
