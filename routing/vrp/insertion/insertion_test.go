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
	linked(r, p)
	return p
}

// linked ties visits together, bounds duties, adds breaks or pickups.
func linked(r *rand.Rand, p *vrp.Problem) {
	n := len(p.Visits)
	switch r.IntN(10) {
	case 9:
		p.Patterns = []vrp.Pattern{{Options: [][]int{{1, 2}, {2, 3}}, Optional: r.IntN(2) == 0, Prize: 30}}
		for i := range 3 {
			p.Visits[i+1].Allowed, p.Visits[i+1].Forbidden = []int{i % 2}, nil
		}
	case 0:
		p.Groups = []vrp.Group{{Visits: []int{1, 2, 3}, Required: r.IntN(2) == 0}}
	case 1:
		p.Orders = []vrp.Order{{First: 1, Then: 2}, {First: 2, Then: 3}, {First: 0, Then: n - 1}}
	case 2:
		p.Pairs = []vrp.Pair{{Pickup: 1, Delivery: 2, Amount: []int{3 + r.IntN(4)}}}
		p.Visits[1].Optional, p.Visits[2].Optional = true, true
	case 3:
		p.Balance.MaxDuty = 80 + r.IntN(150)
	case 4:
		p.Balance.MinDuty, p.Balance.MaxDuty = 60+r.IntN(80), 200
	case 5:
		for v := range p.Vehicles {
			open := 60 + r.IntN(60)
			p.Vehicles[v].Breaks = []vrp.Break{{Duration: 20 + r.IntN(30), Always: r.IntN(2) == 0,
				Windows: []vrp.Window{{Open: open, Close: open + 60}}}}
		}
	case 6:
		for i := range p.Visits {
			p.Visits[i].Pickup = []int{r.IntN(4)}
		}
	case 7:
		p.Visits[n-1] = vrp.Visit{Location: n - 1, Service: 10}
		p.Vehicles[1].Pins = []vrp.Pin{{Visit: n - 1, Position: 1}}
	case 8:
		for i := range p.Visits {
			p.Visits[i].Preferred = &vrp.Preference{Window: vrp.Window{Open: 50, Close: 90 + r.IntN(60)},
				PerEarly: r.IntN(2), PerLate: r.IntN(3)}
		}
		p.Balance.PerSecond = r.IntN(2)
		p.Compact = vrp.Compact{PerCrossing: 5, PerOverlap: 7}
		for range n + 1 {
			p.Points = append(p.Points, vrp.Point{X: r.IntN(9), Y: r.IntN(9)})
		}
	}
}

// TestEveryUnservedVisitHasAReasonThatIsTrue: what is named can be lifted, and
// then the visit fits; what fits without lifting is only ever too dear.
func TestEveryUnservedVisitHasAReasonThatIsTrue(t *testing.T) {
	seen := map[insertion.Reason]int{}
	explained, unsound := 0, 0
	for seed := range uint64(400) {
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
			if q := lenient(p); !sound(&q, res.Solution) {
				unsound++ // a pin or a shortest duty that nothing keeps
				continue
			}
			proof(t, p, res.Solution, i, reasons)
		}
	}
	t.Logf("%d visits explained, %d of them in unsound plans: %v", explained, unsound, seen)
	if explained < 800 || len(seen) < 14 {
		t.Fatalf("too few cases: %d, %v", explained, seen)
	}
}

// proof tries every place with the checker, not with the package's own rules.
func proof(t *testing.T, p *vrp.Problem, s vrp.Solution, i int, reasons []insertion.Reason) {
	t.Helper()
	lifted := func(list ...insertion.Reason) bool {
		return len(everyPlace(insertion.Relax(p, i, list...), s, i)) > 0
	}
	if slices.Equal(reasons, []insertion.Reason{insertion.PrizeTooLow}) {
		if !lifted() {
			t.Fatalf("visit %d is said to be too dear, but fits nowhere\n%+v\n%v", i, p, s.Routes)
		}
		return
	}
	if lifted() {
		t.Fatalf("visit %d fits, but is said to miss %v\n%+v\n%v", i, reasons, p, s.Routes)
	}
	if !lifted(reasons...) {
		t.Fatalf("visit %d fits nowhere even without %v\n%+v\n%v", i, reasons, p, s.Routes)
	}
	alone := 0
	for _, r := range reasons {
		if lifted(r) {
			alone++
		}
	}
	if alone > 0 && alone < len(reasons) {
		t.Fatalf("visit %d: only some of %v suffice alone", i, reasons)
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
		if q := lenient(p); !sound(&q, s) {
			continue
		}
		for _, i := range s.Unserved(p) {
			if len(p.Pairs) > 0 && (p.Pairs[0].Pickup == i || p.Pairs[0].Delivery == i) ||
				len(p.Patterns) > 0 && slices.Contains(p.Patterns[0].Visits(), i) {
				continue
			}
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

// lenient lets everything be left out for nothing.
func lenient(p *vrp.Problem) vrp.Problem {
	q := *p
	q.Visits, q.Groups = slices.Clone(p.Visits), slices.Clone(p.Groups)
	for k := range q.Visits {
		q.Visits[k].Optional, q.Visits[k].Prize = true, 0
	}
	for g := range q.Groups {
		q.Groups[g].Required = false
	}
	q.Patterns = slices.Clone(p.Patterns)
	for k := range q.Patterns {
		q.Patterns[k].Optional, q.Patterns[k].Prize = true, 0
	}
	return q
}

// judge prices a plan and asks the checker whether it is sound.
func judge(p *vrp.Problem, s vrp.Solution) (int, bool) {
	cost, _ := vrp.Evaluate(p, s)
	times := make([]vrp.Timetable, len(p.Vehicles))
	for w, route := range s.Routes {
		times[w] = vrp.Schedule(p, w, route)
	}
	return cost.Total(), len(check.Faults(p, check.Plan{Solution: s, Times: times, Cost: cost})) == 0
}

func sound(p *vrp.Problem, s vrp.Solution) bool {
	_, ok := judge(p, s)
	return ok
}

// everywhere tries the visits in all places at once.
func everywhere(s vrp.Solution, visits []int, try func(vrp.Solution)) {
	if len(visits) == 0 {
		try(s)
		return
	}
	for v := range s.Routes {
		for at := 0; at <= len(s.Routes[v]); at++ {
			trial := s.Clone()
			trial.Routes[v] = slices.Insert(trial.Routes[v], at, visits[0])
			everywhere(trial, visits[1:], try)
		}
	}
}

// everyPlace lists the added cost of each feasible place, cheapest first; of a
// pair, of every two places, of a pattern, of all places of its options. What else is left out is no fault here.
func everyPlace(p *vrp.Problem, s vrp.Solution, i int) []int {
	q := lenient(p)
	before, _ := judge(&q, s)
	var list []int
	try := func(trial vrp.Solution) {
		if cost, sound := judge(&q, trial); sound {
			list = append(list, cost-before)
		}
	}
	for _, pattern := range q.Patterns {
		for _, option := range pattern.Options {
			if slices.Contains(option, i) {
				everywhere(s, option, try)
			}
		}
		if slices.Contains(pattern.Visits(), i) {
			slices.Sort(list)
			return list
		}
	}
	other := -1
	for _, pair := range p.Pairs {
		if pair.Pickup == i || pair.Delivery == i {
			i, other = pair.Pickup, pair.Delivery
		}
	}
	for v := range s.Routes {
		for at := 0; at <= len(s.Routes[v]); at++ {
			trial := s.Clone()
			trial.Routes[v] = slices.Insert(trial.Routes[v], at, i)
			if other < 0 {
				try(trial)
				continue
			}
			for to := at + 1; to <= len(trial.Routes[v]); to++ {
				both := trial.Clone()
				both.Routes[v] = slices.Insert(both.Routes[v], to, other)
				try(both)
			}
		}
	}
	slices.Sort(list)
	return list
}
