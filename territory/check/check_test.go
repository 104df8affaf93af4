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
	} {
		p := row()
		spoil(&p)
		if f := strings.Join(Faults(p), "; "); !strings.Contains(f, want) {
			t.Errorf("%q is not found: %q", want, f)
		}
	}
	p := row()
	p.Area[2], p.Infeasible = 1, true
	if f := Faults(p); len(f) > 0 {
		t.Errorf("a plan that says of itself that it is uneven: %v", f)
	}
}
