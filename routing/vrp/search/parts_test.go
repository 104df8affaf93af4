package search_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/check"
	"beatplan/routing/vrp/search"
)

// province is so many customers of a load of one around a depot, with wide windows, for
// people who carry thirty each.
func province(n int) *vrp.Problem {
	r := rand.New(rand.NewPCG(9, 9))
	size := n + 1
	x, y := make([]float64, size), make([]float64, size)
	for i := range size {
		x[i], y[i] = 10_000*r.Float64(), 10_000*r.Float64()
	}
	table := vrp.Profile{Locations: size}
	for i := range size {
		for j := range size {
			table.Duration = append(table.Duration, int32(math.Hypot(x[i]-x[j], y[i]-y[j])))
		}
	}
	table.Distance = table.Duration
	p := &vrp.Problem{Profiles: []vrp.Profile{table}}
	for v := range n/30 + 1 {
		p.Vehicles = append(p.Vehicles, vrp.Vehicle{ID: int64(v), PerMeter: 1,
			Capacity: []int{30}, Shift: vrp.Window{Close: 100_000}})
	}
	for i := 1; i < size; i++ {
		open := r.IntN(30_000)
		p.Visits = append(p.Visits, vrp.Visit{ID: int64(i), Location: i, Service: 60,
			Delivery: []int{1}, Windows: []vrp.Window{{Open: open, Close: open + 60_000}}})
	}
	return p
}

// A large plan is improved in parts, with the same outcome on any number of threads.
func TestLargePlansAreImprovedInParts(t *testing.T) {
	p := province(720)
	var first vrp.Solution
	for _, threads := range []int{1, 3} {
		least := math.MaxInt
		got, err := search.Solve(t.Context(), p, search.Options{Seed: 1, Iterations: 9000, Threads: threads,
			Progress: func(x search.Progress) {
				if x.Cost > least || x.Unserved > 0 {
					t.Errorf("told %+v after %d", x, least)
				}
				least = x.Cost
			}})
		if err != nil {
			t.Fatal(err)
		}
		plan := check.Plan{Solution: got.Solution, Cost: got.Cost}
		for v, route := range got.Solution.Routes {
			plan.Times = append(plan.Times, vrp.Schedule(p, v, route))
		}
		if faults := check.Faults(p, plan); len(faults) > 0 {
			t.Fatal(faults)
		}
		if got.Cost.Total() != least {
			t.Errorf("cost %d, told %d", got.Cost.Total(), least)
		}
		if threads == 1 {
			first = got.Solution
		} else if !reflect.DeepEqual(first, got.Solution) {
			t.Error("another plan with three threads")
		}
		if got.Cost.Total() > 434_500 { // removals alone come to 436,497
			t.Errorf("%d: the parts have not been improved", got.Cost.Total())
		}
	}
}
