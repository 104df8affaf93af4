// Package check says whether a territory plan keeps its promises. It shares no
// code with the solver, so that one fault cannot hide in both: it counts anew,
// from the plain figures of the problem.
package check

import (
	"fmt"
	"math"
)

// Plan is a problem and its answer in plain figures.
type Plan struct {
	Area       []int       // the person of every unit, 0 to People−1
	People     int         // how many there are
	Shares     []float64   // of each person, in proportion
	Loads      [][]float64 // activity → unit → load
	Borders    [][2]int    // the declared graph
	Current    []int       // the person of today, −1: nobody
	Locked     []bool      // units that stay with Current
	Value      []float64   // what a unit weighs in the disruption
	Forbidden  [][2]int    // unit, person
	Apart      [][2]int    // unit, unit
	Most       []int       // units at most of each person; 0: no limit
	Tolerance  float64     // of every load, a part of its target
	Budget     float64     // part of the value that may move; 0: all of it
	Cost       float64     // as the solver says
	Bound      float64     // as the solver says
	Infeasible bool        // the plan says of itself that it is off the tolerance
}

// Faults lists every broken promise in plain words; none: the plan is good.
func Faults(p Plan) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for u, a := range p.Area {
		if a < 0 || a >= p.People {
			add("unit %d is in no territory (%d)", u, a)
			return out
		}
	}
	if d := Deviation(p); d > p.Tolerance+1e-9 && !p.Infeasible {
		add("deviation %.4f is beyond %.4f and the plan does not say so", d, p.Tolerance)
	}
	for _, a := range Torn(p) {
		if !p.Infeasible {
			add("territory %d is in pieces and the plan does not say so", a)
		}
	}
	var all, moved float64
	for u, c := range p.Current {
		all += p.Value[u]
		if c >= 0 && c != p.Area[u] {
			moved += p.Value[u]
			if p.Locked != nil && p.Locked[u] {
				add("locked unit %d went from %d to %d", u, c, p.Area[u])
			}
		}
	}
	if p.Budget > 0 && moved > p.Budget*all*(1+1e-9) {
		add("%.4f of the value moves, the budget is %.4f", moved/all, p.Budget)
	}
	out = append(out, pairs(p)...)
	if p.Cost < p.Bound*(1-1e-9) && Deviation(p) <= p.Tolerance {
		add("cost %.3f is below its own lower bound %.3f", p.Cost, p.Bound)
	}
	return out
}

func pairs(p Plan) []string {
	var out []string
	for _, f := range p.Forbidden {
		if p.Area[f[0]] == f[1] {
			out = append(out, fmt.Sprintf("unit %d is with the forbidden person %d", f[0], f[1]))
		}
	}
	for _, f := range p.Apart {
		if p.Area[f[0]] == p.Area[f[1]] {
			out = append(out, fmt.Sprintf("units %d and %d are together", f[0], f[1]))
		}
	}
	count := make([]int, p.People)
	for _, a := range p.Area {
		count[a]++
	}
	for a, n := range count {
		if n == 0 {
			out = append(out, fmt.Sprintf("territory %d is empty", a))
		}
		if p.Most != nil && p.Most[a] > 0 && n > p.Most[a] {
			out = append(out, fmt.Sprintf("territory %d has %d units, at most %d", a, n, p.Most[a]))
		}
	}
	return out
}

// Deviation is the worst of all people and activities: |load − target| / target.
func Deviation(p Plan) float64 {
	var shares, worst float64
	for _, s := range p.Shares {
		shares += s
	}
	for _, loads := range p.Loads {
		sums, total := make([]float64, p.People), 0.0
		for u, l := range loads {
			sums[p.Area[u]] += l
			total += l
		}
		for a, s := range sums {
			if target := total * p.Shares[a] / shares; target > 0 {
				worst = math.Max(worst, math.Abs(s-target)/target)
			}
		}
	}
	return worst
}

// Torn lists the territories that are not connected in the declared graph. What
// units with a lock or a forbidden pair alone make up is let be: an exception may
// be served from elsewhere.
func Torn(p Plan) []int {
	root := make([]int, len(p.Area))
	for u := range root {
		root[u] = u
	}
	find := func(u int) int {
		for root[u] != u {
			u, root[u] = root[u], root[root[u]]
		}
		return u
	}
	for _, e := range p.Borders {
		if p.Area[e[0]] == p.Area[e[1]] {
			root[find(e[0])] = find(e[1])
		}
	}
	told := map[int]bool{}
	for _, f := range p.Forbidden {
		told[f[0]] = true
	}
	for _, f := range p.Apart {
		told[f[0]], told[f[1]] = true, true
	}
	pieces := make([]map[int]bool, p.People)
	for u, a := range p.Area {
		if told[u] || p.Locked != nil && p.Locked[u] {
			continue
		}
		if pieces[a] == nil {
			pieces[a] = map[int]bool{}
		}
		pieces[a][find(u)] = true
	}
	var out []int
	for a, set := range pieces {
		if len(set) > 1 {
			out = append(out, a)
		}
	}
	return out
}
