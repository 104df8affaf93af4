package insertion_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/check"
	"beatplan/routing/vrp/insertion"
	"beatplan/routing/vrp/search"
)

// crowded draws more visits than two people can make.
func crowded(r *rand.Rand) *vrp.Problem {
	n := 4 + r.IntN(6)
	p := &vrp.Problem{}
	table := vrp.Profile{Locations: n + 1}
	for i := range (n + 1) * (n + 1) {
		d := int32(10 + r.IntN(50))
		if i%(n+1) == i/(n+1) {
			d = 0
		}
		table.Duration, table.Distance = append(table.Duration, d), append(table.Distance, 2*d)
	}
	p.Profiles = []vrp.Profile{table}
	for range 2 {
		v := vrp.Vehicle{Start: n, End: n, Shift: vrp.Window{Close: 150 + r.IntN(200)}, PerMeter: 1,
			Capacity: []int{3 + r.IntN(5)}, Skills: []int{r.IntN(2)}}
		switch r.IntN(4) {
		case 0:
			v.MaxDuty = 120 + r.IntN(100)
		case 1:
			v.MaxDistance = 200 + r.IntN(200)
		case 2:
			v.MaxStops = 1 + r.IntN(3)
		}
		p.Vehicles = append(p.Vehicles, v)
	}
	for i := range n {
		x := vrp.Visit{ID: int64(i), Location: i, Service: r.IntN(40), Delivery: []int{r.IntN(3)}}
		if r.IntN(2) == 0 {
			open := r.IntN(150)
			x.Windows = []vrp.Window{{Open: open, Close: open + x.Service + r.IntN(60)}}
		}
		if r.IntN(3) == 0 {
			x.Skills = []int{1}
		}
		if r.IntN(5) == 0 {
			x.Forbidden = []int{r.IntN(2)}
		}
		if r.IntN(4) == 0 {
			x.Optional, x.Prize = true, r.IntN(60)
		}
		p.Visits = append(p.Visits, x)
	}
	if r.IntN(4) == 0 {
		p.Vehicles[0].Prefix = []int{0}
		p.Visits[0] = vrp.Visit{Location: 0, Service: 20}
	}
	return p
}

// TestEveryUnservedVisitHasAReasonThatIsTrue: what is named can be lifted, and
// then the visit fits; what fits without lifting is only ever too dear.
func TestEveryUnservedVisitHasAReasonThatIsTrue(t *testing.T) {
	seen := map[insertion.Reason]int{}
	explained := 0
	for seed := range uint64(250) {
		p := crowded(rand.New(rand.NewPCG(seed, 21)))
		res, err := search.Solve(t.Context(), p, search.Options{Seed: seed, Iterations: 150})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range res.Solution.Unserved(p) {
			reasons := insertion.Explain(p, res.Solution, i)
			if len(reasons) == 0 {
				t.Fatalf("seed %d: visit %d has no reason", seed, i)
			}
			explained++
			for _, r := range reasons {
				seen[r]++
			}
			proof(t, p, res.Solution, i, reasons)
		}
	}
	t.Logf("%d visits explained: %v", explained, seen)
	if explained < 200 || len(seen) < 6 {
		t.Fatalf("too few cases: %d, %v", explained, seen)
	}
}

func proof(t *testing.T, p *vrp.Problem, s vrp.Solution, i int, reasons []insertion.Reason) {
	t.Helper()
	if slices.Equal(reasons, []insertion.Reason{insertion.PrizeTooLow}) {
		if len(insertion.Slots(p, s, i, 1)) == 0 {
			t.Fatalf("visit %d is said to be too dear, but fits nowhere", i)
		}
		return
	}
	if len(insertion.Slots(p, s, i, 1)) > 0 {
		t.Fatalf("visit %d fits, but is said to miss %v", i, reasons)
	}
	slots := insertion.Slots(insertion.Relax(p, i, reasons...), s, i, 1)
	if len(slots) == 0 {
		t.Fatalf("visit %d fits nowhere even without %v", i, reasons)
	}
}

// TestSlotsAreTheBest compares with all places, judged by the checker.
func TestSlotsAreTheBest(t *testing.T) {
	found := 0
	for seed := range uint64(120) {
		p := crowded(rand.New(rand.NewPCG(seed, 22)))
		for i := range p.Visits {
			p.Visits[i].Optional, p.Visits[i].Prize = true, 0
		}
		res, err := search.Solve(t.Context(), p, search.Options{Seed: seed, Iterations: 30})
		if err != nil {
			t.Fatal(err)
		}
		s := res.Solution
		for v := range s.Routes {
			if k := len(s.Routes[v]); k > 1 {
				s.Routes[v] = s.Routes[v][:k/2+1]
			}
		}
		for _, i := range s.Unserved(p) {
			slots := insertion.Slots(p, s, i, 3)
			want := everyPlace(p, s, i)
			if len(slots) != min(len(want), 3) {
				t.Fatalf("seed %d visit %d: %d slots, %d places", seed, i, len(slots), len(want))
			}
			for k := range slots {
				found++
				if slots[k].Added != want[k] {
					t.Fatalf("seed %d visit %d: slot %d adds %d, not %d", seed, i, k, slots[k].Added, want[k])
				}
			}
		}
	}
	if found < 100 {
		t.Fatalf("only %d slots", found)
	}
}

// everyPlace lists the added cost of each feasible place, cheapest first.
func everyPlace(p *vrp.Problem, s vrp.Solution, i int) []int {
	before, _ := vrp.Evaluate(p, s)
	var list []int
	for v := range s.Routes {
		for at := 0; at <= len(s.Routes[v]); at++ {
			trial := s.Clone()
			trial.Routes[v] = slices.Insert(trial.Routes[v], at, i)
			cost, _ := vrp.Evaluate(p, trial)
			times := make([]vrp.Timetable, len(p.Vehicles))
			for w, route := range trial.Routes {
				times[w] = vrp.Schedule(p, w, route)
			}
			if len(check.Faults(p, check.Plan{Solution: trial, Times: times, Cost: cost})) == 0 {
				list = append(list, cost.Total()-before.Total())
			}
		}
	}
	slices.Sort(list)
	return list
}
