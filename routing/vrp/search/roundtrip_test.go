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

// ring is a round trip through places on a circle in no order, from the first: its
// optimum is the way round.
func ring(n int) (*vrp.Problem, int) {
	order := rand.New(rand.NewPCG(1, 2)).Perm(n)
	table := vrp.Profile{Locations: n, Duration: make([]int32, n*n), Distance: make([]int32, n*n)}
	for i := range n {
		for j := range n {
			angle := math.Pi * float64(order[i]-order[j]) / float64(n)
			table.Distance[i*n+j] = int32(1e5*math.Abs(math.Sin(angle)) + 0.5)
		}
	}
	p := &vrp.Problem{Profiles: []vrp.Profile{table},
		Vehicles: []vrp.Vehicle{{Start: 0, End: 0, Shift: vrp.Window{Close: vrp.MaxTime},
			PerMeter: 1, Fixed: 7}}}
	for i := 1; i < n; i++ {
		p.Visits = append(p.Visits, vrp.Visit{ID: int64(i), Location: i})
	}
	return p, n * int(1e5*math.Sin(math.Pi/float64(n))+0.5)
}

func TestARoundTripIsSolvedAsOne(t *testing.T) {
	p, want := ring(160)
	var first vrp.Solution
	for _, threads := range []int{1, 3} {
		spent, least := 0.0, math.MaxInt
		got, err := search.Solve(t.Context(), p, search.Options{Seed: 1, Iterations: 8000, Threads: threads,
			Progress: func(x search.Progress) {
				if x.Spent <= spent || x.Cost > least || x.Unserved > 0 {
					t.Errorf("told %+v after %f, %d", x, spent, least)
				}
				spent, least = x.Spent, x.Cost
			}})
		if err != nil {
			t.Fatal(err)
		}
		if got.Cost.Total() != want+7 || least != want+7 {
			t.Fatalf("cost %d, told %d, the circle has %d", got.Cost.Total(), least, want+7)
		}
		plan := check.Plan{Solution: got.Solution, Cost: got.Cost,
			Times: []vrp.Timetable{vrp.Schedule(p, 0, got.Solution.Routes[0])}}
		if faults := check.Faults(p, plan); len(faults) > 0 {
			t.Fatal(faults)
		}
		if threads == 1 {
			first = got.Solution
		} else if !reflect.DeepEqual(first, got.Solution) {
			t.Fatal("another plan with three threads")
		}
	}
}
