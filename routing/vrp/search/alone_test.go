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

// errands are places on a line for one person, open one after the other from the far
// end on: the only order that keeps the windows is the reverse one.
func errands(n, open int) *vrp.Problem {
	size := n + 1
	table := vrp.Profile{Locations: size}
	for i := range size {
		for j := range size {
			d := int32(max(i-j, j-i))
			table.Duration = append(table.Duration, d)
			table.Distance = append(table.Distance, d)
		}
	}
	p := &vrp.Problem{Profiles: []vrp.Profile{table},
		Vehicles: []vrp.Vehicle{{Shift: vrp.Window{Close: 10 * size}, PerSecond: 1}}}
	for i := 1; i < size; i++ {
		from := n + 2*(n-i)
		p.Visits = append(p.Visits, vrp.Visit{ID: int64(i), Location: i,
			Windows: []vrp.Window{{Open: from, Close: from + open}}})
	}
	return p
}

func TestOnePersonIsPlannedAsATour(t *testing.T) {
	p := errands(40, 1)
	want := make([]int, 40)
	for k := range want {
		want[k] = len(want) - 1 - k
	}
	for _, threads := range []int{1, 3} {
		told := search.Progress{}
		got, err := search.Solve(t.Context(), p, search.Options{Seed: 1, Iterations: 4000, Threads: threads,
			Progress: func(x search.Progress) {
				if x.Spent <= told.Spent || x.Iterations <= told.Iterations || x.Unserved > 0 {
					t.Errorf("told %+v after %+v", x, told)
				}
				told = x
			}})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.Solution.Routes, [][]int{want}) || got.Cost.Total() != 80 {
			t.Fatalf("route %v at %d", got.Solution.Routes, got.Cost.Total())
		}
		if told.Cost != 80 || told.Spent < 0.8 {
			t.Errorf("told %+v at the end", told)
		}
	}
}

// Who cannot be served by one person is left out, and the rest is planned.
func TestOnePersonWhoCannotServeAll(t *testing.T) {
	p := errands(12, 1)
	p.Visits = append(p.Visits, vrp.Visit{ID: 99, Location: 1,
		Windows: []vrp.Window{{Open: 12, Close: 12}}}) // when the far end opens
	got, err := search.Solve(t.Context(), p, search.Options{Seed: 1, Iterations: 3000})
	if err != nil {
		t.Fatal(err)
	}
	if missing := got.Solution.Missing(p); len(missing) != 1 {
		t.Fatalf("%v are left out", missing)
	}
	plan := check.Plan{Solution: got.Solution, Cost: got.Cost,
		Times: []vrp.Timetable{vrp.Schedule(p, 0, got.Solution.Routes[0])}}
	q := *p
	q.Visits = append([]vrp.Visit(nil), p.Visits...)
	q.Visits[got.Solution.Missing(p)[0]].Optional = true
	plan.Cost, _ = vrp.Evaluate(&q, plan.Solution)
	if faults := check.Faults(&q, plan); len(faults) > 0 {
		t.Fatal(faults)
	}
}
