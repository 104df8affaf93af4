// Package check says whether a territory plan keeps its promises. It shares no
// code with the solver, so that one fault cannot hide in both: it counts anew,
// from the plain figures of the problem.
package check

import (
	"fmt"
	"math"
	"slices"
)

// Plan is a problem and its answer in plain figures.
type Plan struct {
	Area      []int       // the person of every unit, 0 to People−1
	People    int         // how many there are
	Shares    []float64   // of each person, in proportion
	Loads     [][]float64 // activity → unit → load
	Borders   [][2]int    // the declared graph
	Current   []int       // the person of today, −1: nobody
	Locked    []bool      // units that stay with Current
	Value     []float64   // what a unit weighs in the disruption
	Forbidden [][2]int    // unit, person
	Apart     [][2]int    // unit, unit
	Most      []int       // units at most of each person; 0: no limit
	Tolerance float64     // of every load, a part of its target
	Budget    float64     // part of the value that may move; 0: all of it
	Cost      float64     // as the solver says
	Bound     float64     // as the solver says
	Binding   string      // why the plan is off the tolerance, as it says; empty: it is not
	Nearest   float64     // deviation of everybody to the nearest; 0: driving is not spared
	Region    []int       // the area that a unit lies in, −1: none; nil: there are none
	Whole     bool        // areas must not be split at all
	Split     float64     // as the solver says, see SplitOf
}

// Faults lists every broken promise in plain words; none: the plan is good.
//
// What is off must be said: a plan beyond the tolerance, or with a territory in
// pieces, names the reason that binds, and the reason must be there (somebody locked,
// the budget spent, a limit reached …). Driving excuses less: a plan that is uneven to
// spare it is in one piece everywhere, and more even than everybody to the nearest.
// Locks, pairs, limits, the budget and areas that stay whole have no excuse.
func Faults(p Plan) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for u, a := range p.Area {
		if a < 0 || a >= p.People {
			add("unit %d is in no territory (%d)", u, a)
			return out
		}
	}
	out = append(out, evenness(p)...)
	for u, c := range p.Current {
		if p.Locked != nil && p.Locked[u] && c >= 0 && c != p.Area[u] {
			add("locked unit %d went from %d to %d", u, c, p.Area[u])
		}
	}
	if moved := Moved(p); p.Budget > 0 && moved > p.Budget*(1+1e-9) {
		add("%.4f of the value moves, the budget is %.4f", moved, p.Budget)
	}
	out = append(out, pairs(p)...)
	out = append(out, regions(p)...)
	if p.Cost < p.Bound*(1-1e-9) && Deviation(p) <= p.Tolerance {
		add("cost %.3f is below its own lower bound %.3f", p.Cost, p.Bound)
	}
	return out
}

// evenness asks for the tolerance and whole territories, or a sound reason.
func evenness(p Plan) (out []string) {
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	off, torn := Deviation(p), Torn(p)
	switch {
	case p.Binding == "" && off > p.Tolerance+1e-9:
		add("deviation %.4f is beyond %.4f and the plan does not say so", off, p.Tolerance)
	case p.Binding == "driving" && off > p.Nearest:
		add("driving is spared at a deviation of %.4f, the nearest have %.4f", off, p.Nearest)
	case p.Binding != "" && off < p.Tolerance-1e-9 && len(torn) == 0:
		add("the plan keeps the tolerance and says that %q binds", p.Binding)
	case p.Binding != "" && !binds(p):
		add("the plan says that %q binds, and it does not", p.Binding)
	}
	if p.Binding == "" || p.Binding == "driving" {
		for _, a := range torn {
			add("territory %d is in pieces and the plan does not say so", a)
		}
	}
	return out
}

// binds reports whether the reason that a plan gives is there at all.
func binds(p Plan) bool {
	switch p.Binding {
	case "driving":
		return p.Nearest > 0
	case "locks":
		return slices.Contains(p.Locked, true)
	case "budget":
		return p.Budget > 0 && Moved(p) >= 0.97*p.Budget
	case "capacity":
		count := counts(p)
		for a, most := range p.Most {
			if most > 0 && count[a] >= most {
				return true
			}
		}
		return false
	case "heavy_unit":
		return heavy(p)
	case "forbidden_pairs":
		return len(p.Forbidden)+len(p.Apart) > 0
	case "activities":
		return len(p.Loads) > 1
	}
	return p.Binding == "contiguity"
}

// heavy reports whether somebody's tolerance, on both sides of the target, holds less
// than one unit does.
func heavy(p Plan) bool {
	least := slices.Min(p.Shares) / sum(p.Shares)
	return slices.ContainsFunc(p.Loads, func(loads []float64) bool {
		return slices.Max(loads) > 2*p.Tolerance*least*sum(loads)
	})
}

func sum(list []float64) (all float64) {
	for _, v := range list {
		all += v
	}
	return all
}

// Moved is the part of the value that leaves its person of today.
func Moved(p Plan) float64 {
	var moved float64
	for u, c := range p.Current {
		if c >= 0 && c != p.Area[u] {
			moved += p.Value[u]
		}
	}
	return moved / math.Max(sum(p.Value), math.SmallestNonzeroFloat64)
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
	for a, n := range counts(p) {
		if n == 0 {
			out = append(out, fmt.Sprintf("territory %d is empty", a))
		}
		if p.Most != nil && p.Most[a] > 0 && n > p.Most[a] {
			out = append(out, fmt.Sprintf("territory %d has %d units, at most %d", a, n, p.Most[a]))
		}
	}
	return out
}

func counts(p Plan) []int {
	count := make([]int, p.People)
	for _, a := range p.Area {
		count[a]++
	}
	return count
}

// regions asks for areas that are whole where they must be, and for a true account of
// how far the others are split.
func regions(p Plan) (out []string) {
	if split := SplitOf(p); math.Abs(split-p.Split) > 1e-6*(1+split) {
		out = append(out, fmt.Sprintf("areas are split by %.4f, the plan says %.4f", split, p.Split))
	}
	if !p.Whole {
		return out
	}
	told, owner := told(p), map[int]int{}
	for u, r := range p.Region {
		if r < 0 || told[u] {
			continue
		}
		if first, seen := owner[r]; seen && first != p.Area[u] {
			out = append(out, fmt.Sprintf("area %d is split at unit %d", r, u))
		} else {
			owner[r] = p.Area[u]
		}
	}
	return out
}

// SplitOf is how far areas are split, what a price on it is paid for: over their units
// the chance that a unit of the same area, itself included, is somebody else's.
func SplitOf(p Plan) (split float64) {
	all, mine := map[int]float64{}, map[[2]int]float64{}
	for u, r := range p.Region {
		if r >= 0 {
			all[r]++
			mine[[2]int{r, p.Area[u]}]++
		}
	}
	for at, n := range mine {
		split += n * (1 - n/all[at[0]])
	}
	return split
}

// told marks the units that have a rule of their own: a lock or a pair.
func told(p Plan) []bool {
	out := make([]bool, len(p.Area))
	copy(out, p.Locked)
	for _, f := range p.Forbidden {
		out[f[0]] = true
	}
	for _, f := range p.Apart {
		out[f[0]], out[f[1]] = true, true
	}
	return out
}

// Deviation is the worst of all people and activities: |load − target| / target.
func Deviation(p Plan) float64 {
	var worst float64
	shares := sum(p.Shares)
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
	told := told(p)
	pieces := make([]map[int]bool, p.People)
	for u, a := range p.Area {
		if told[u] {
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
