package search_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/check"
	"beatplan/routing/vrp/search"
)

// small draws a problem that can be enumerated, with every feature now and then.
func small(r *rand.Rand) *vrp.Problem {
	n, m := 1+r.IntN(5), 1+r.IntN(2)
	size := n + 2
	p := &vrp.Problem{}
	table := vrp.Profile{Locations: size}
	for i := range size * size {
		d := int32(0)
		if i%size != i/size {
			d = int32(5 + r.IntN(40))
		}
		if m == 1 && i%size < n && i/size < n && r.IntN(40) == 0 {
			d = vrp.Unreachable // never to or from a depot: the search adds visits one by one
		}
		table.Duration = append(table.Duration, d)
		table.Distance = append(table.Distance, max(d*2, vrp.Unreachable))
	}
	p.Profiles = []vrp.Profile{table}
	for range m {
		p.Vehicles = append(p.Vehicles, smallVehicle(r, n))
	}
	for i := range n {
		p.Visits = append(p.Visits, smallVisit(r, i, m))
	}
	smallLinks(r, p)
	smallWishes(r, p)
	return p
}

func smallVisit(r *rand.Rand, i, vehicles int) vrp.Visit {
	x := vrp.Visit{ID: int64(i), Location: i, Service: r.IntN(20)}
	if r.IntN(2) == 0 {
		open := r.IntN(200)
		x.Windows = []vrp.Window{{Open: open, Close: open + x.Service + r.IntN(120)}}
		if r.IntN(3) == 0 {
			again := x.Windows[0].Close + 1 + r.IntN(60)
			x.Windows = append(x.Windows,
				vrp.Window{Open: again, Close: again + x.Service + r.IntN(50)})
		}
	}
	x.Delivery, x.Pickup = []int{r.IntN(4)}, []int{r.IntN(3)}
	if r.IntN(3) == 0 {
		x.Optional, x.Prize = true, r.IntN(120)
	}
	if r.IntN(5) == 0 {
		x.Skills = []int{1}
	}
	if r.IntN(6) == 0 {
		x.Forbidden = []int{r.IntN(vehicles)}
	}
	return x
}

func smallVehicle(r *rand.Rand, n int) vrp.Vehicle {
	v := vrp.Vehicle{Start: n, End: n + r.IntN(2), PerMeter: 1, Fixed: r.IntN(30),
		Shift:  vrp.Window{Open: r.IntN(40), Close: 200 + r.IntN(200)},
		Skills: []int{r.IntN(2)}, Capacity: []int{4 + r.IntN(8)}}
	switch r.IntN(6) {
	case 0:
		v.Start = vrp.Nowhere
	case 1:
		v.End = vrp.Nowhere
	case 2:
		v.MaxDuty = 100 + r.IntN(150)
	case 3:
		v.MaxStops, v.MaxDistance = 1+r.IntN(4), 100+r.IntN(200)
	case 4:
		v.Breaks = []vrp.Break{{Duration: 20,
			Windows: []vrp.Window{{Open: 80, Close: 100 + r.IntN(60)}}}}
	case 5:
		v.PerWait, v.PerSecond, v.PerDuty = r.IntN(2), r.IntN(3), r.IntN(2)
	}
	return v
}

// smallLinks adds a group, a pair, a locked prefix or balance bounds.
func smallLinks(r *rand.Rand, p *vrp.Problem) {
	n := len(p.Visits)
	if n < 3 {
		return
	}
	switch r.IntN(8) {
	case 5:
		p.Orders = []vrp.Order{{First: 0, Then: 2}, {First: 1, Then: 2}}[:1+r.IntN(2)]
	case 6:
		p.PerChange = 10 + r.IntN(60)
		for range p.Visits {
			p.Previous = append(p.Previous, r.IntN(len(p.Vehicles)+1)-1)
		}
	case 7:
		p.Balance = vrp.Balance{MinDuty: r.IntN(80), MaxDuty: 200 + r.IntN(100)}
	case 0:
		p.Groups = []vrp.Group{{Visits: []int{0, 1}, Required: r.IntN(2) == 0}}
	case 1:
		p.Visits[0].Optional, p.Visits[1].Optional = false, false
		p.Pairs = []vrp.Pair{{Pickup: 0, Delivery: 1, Amount: []int{r.IntN(4)}}}
	case 2:
		p.Vehicles[0].Prefix = []int{r.IntN(n)}
	case 3:
		p.Balance = vrp.Balance{PerSecond: r.IntN(2), MaxDuty: 150 + r.IntN(150)}
	}
}

// smallWishes adds preferred times or a price of compactness.
func smallWishes(r *rand.Rand, p *vrp.Problem) {
	switch r.IntN(4) {
	case 0:
		for i := range p.Visits {
			if r.IntN(2) == 0 {
				open := r.IntN(250)
				p.Visits[i].Preferred = &vrp.Preference{Window: vrp.Window{Open: open, Close: open + r.IntN(60)},
					PerEarly: r.IntN(3), PerLate: r.IntN(3)}
			}
		}
	case 1:
		p.Compact = vrp.Compact{PerCrossing: r.IntN(60), PerOverlap: r.IntN(60)}
		for range p.Profiles[0].Locations {
			p.Points = append(p.Points, vrp.Point{X: r.IntN(6), Y: r.IntN(6)})
		}
	}
}

// judge returns the cost of a plan, and what the checker says of it.
func judge(p *vrp.Problem, s vrp.Solution) (int, []string) {
	cost, _ := vrp.Evaluate(p, s)
	times := make([]vrp.Timetable, len(p.Vehicles))
	for v, route := range s.Routes {
		times[v] = vrp.Schedule(p, v, route)
	}
	return cost.Total(), check.Faults(p, check.Plan{Solution: s, Times: times, Cost: cost})
}

// enumerate tries every assignment in every order; -1 when no plan is feasible.
func enumerate(p *vrp.Problem) int {
	best := -1
	s := vrp.Solution{Routes: make([][]int, len(p.Vehicles))}
	var grow func(i int)
	grow = func(i int) {
		if i == len(p.Visits) {
			if cost, faults := judge(p, s); len(faults) == 0 && (best < 0 || cost < best) {
				best = cost
			}
			return
		}
		grow(i + 1)
		for v := range s.Routes {
			for at := 0; at <= len(s.Routes[v]); at++ {
				s.Routes[v] = slices.Insert(s.Routes[v], at, i)
				grow(i + 1)
				s.Routes[v] = slices.Delete(s.Routes[v], at, at+1)
			}
		}
	}
	grow(0)
	return best
}

func TestSolveEqualsEnumeration(t *testing.T) {
	tried, wrong := 0, 0
	for seed := range uint64(400) {
		p := small(rand.New(rand.NewPCG(seed, 4)))
		if err := p.Validate(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		want := enumerate(p)
		if want < 0 {
			continue
		}
		tried++
		if low := search.Bound(p); low > want {
			t.Fatalf("seed %d: bound %d above the optimum %d\n%+v", seed, low, want, p)
		}
		got, err := search.Solve(t.Context(), p, search.Options{Seed: seed, Iterations: 1500})
		if err != nil {
			t.Fatal(err)
		}
		cost, faults := judge(p, got.Solution)
		if len(faults) > 0 || cost != want || cost != got.Cost.Total() {
			wrong++
			t.Errorf("seed %d: cost %d, optimum %d, %v\n%v\n%+v", seed, cost, want, faults, got.Solution.Routes, p)
			if wrong > 3 {
				t.FailNow()
			}
		}
	}
	t.Logf("%d problems", tried)
	if tried < 100 {
		t.Fatalf("only %d feasible problems", tried)
	}
}

func TestSolveIsTheSameOnAnyNumberOfThreads(t *testing.T) {
	p := medium(60, 6)
	var first vrp.Solution
	for _, threads := range []int{1, 2, 4} {
		got, err := search.Solve(t.Context(), p,
			search.Options{Seed: 3, Iterations: 800, Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		if threads == 1 {
			first = got.Solution
			continue
		}
		if !reflect.DeepEqual(first, got.Solution) {
			t.Fatalf("another plan on %d threads", threads)
		}
	}
}

// medium draws visits with windows for a fleet, in seconds.
func medium(visits, vehicles int) *vrp.Problem {
	r := rand.New(rand.NewPCG(8, uint64(visits)))
	x, y := make([]int, visits+1), make([]int, visits+1)
	for i := range x {
		x[i], y[i] = r.IntN(3000), r.IntN(3000)
	}
	table := vrp.Profile{Locations: visits + 1}
	for i := range x {
		for j := range x {
			d := max(x[i]-x[j], x[j]-x[i]) + max(y[i]-y[j], y[j]-y[i])
			table.Duration = append(table.Duration, int32(d))
		}
	}
	table.Distance = table.Duration
	p := &vrp.Problem{Profiles: []vrp.Profile{table}}
	for range vehicles {
		p.Vehicles = append(p.Vehicles, vrp.Vehicle{Start: visits, End: visits, PerMeter: 1,
			Shift: vrp.Window{Open: 28_800, Close: 64_800}})
	}
	for i := range visits {
		v := vrp.Visit{ID: int64(i), Location: i, Service: 900}
		if i%3 == 0 {
			open := 28_800 + 3600*r.IntN(7)
			v.Windows = []vrp.Window{{Open: open, Close: open + 7200}}
		}
		p.Visits = append(p.Visits, v)
	}
	return p
}

func TestSolveRepairsWithoutMovingWhatIsLocked(t *testing.T) {
	p := medium(60, 6)
	first, err := search.Solve(t.Context(), p, search.Options{Seed: 1, Iterations: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for v, route := range first.Solution.Routes {
		p.Vehicles[v].Prefix = slices.Clone(route[:min(3, len(route))])
	}
	again, err := search.Solve(t.Context(), p,
		search.Options{Seed: 2, Iterations: 1000, Start: &first.Solution})
	if err != nil {
		t.Fatal(err)
	}
	if cost, faults := judge(p, again.Solution); len(faults) > 0 || cost > first.Cost.Total() {
		t.Fatalf("%d after %d: %v", cost, first.Cost.Total(), faults)
	}
}

func TestSolveRefusesNonsense(t *testing.T) {
	p := medium(5, 1)
	p.Visits[2].Windows = []vrp.Window{{Open: 9, Close: 3}}
	p.Visits[3].Location = 99
	_, err := search.Solve(t.Context(), p, search.Options{Iterations: 1})
	var bad *vrp.Invalid
	ok := errors.As(err, &bad)
	if !ok || len(bad.Faults) != 2 || bad.Faults[0].Path != "visits[2].windows[0]" {
		t.Fatalf("%v", err)
	}
}

func TestSolveWithoutVisits(t *testing.T) {
	p := medium(1, 2)
	p.Visits = nil
	got, err := search.Solve(t.Context(), p, search.Options{Iterations: 5})
	if err != nil || len(got.Solution.Routes) != 2 || got.Cost.Total() != 0 {
		t.Fatalf("%+v %v", got, err)
	}
}

// line is a street with a place each minute; the depot is place 0.
func line(visits, vehicles int) *vrp.Problem {
	p := &vrp.Problem{Profiles: []vrp.Profile{{Locations: visits + 1}}}
	for i := range visits + 1 {
		for j := range visits + 1 {
			d := int32(60 * max(i-j, j-i))
			p.Profiles[0].Duration = append(p.Profiles[0].Duration, d)
		}
	}
	p.Profiles[0].Distance = p.Profiles[0].Duration
	for range vehicles {
		p.Vehicles = append(p.Vehicles, vrp.Vehicle{PerSecond: 1, Shift: vrp.Window{Close: 36_000}})
	}
	for i := range visits {
		p.Visits = append(p.Visits, vrp.Visit{Location: i + 1})
	}
	return p
}

// TestTheModelByHand: each rule alone on a street, where the answer is plain.
func TestTheModelByHand(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(p *vrp.Problem)
		want vrp.Cost
	}{
		{"there and back", func(*vrp.Problem) {}, vrp.Cost{Drive: 480}},
		{"first the third place, then the others", func(p *vrp.Problem) {
			p.Vehicles = p.Vehicles[:1]
			p.Orders = []vrp.Order{{First: 2, Then: 0}, {First: 0, Then: 3}}
		}, vrp.Cost{Drive: 720}}, // 0-3-1-4-0
		{"a change dearer than the detour", func(p *vrp.Problem) {
			p.Previous, p.PerChange = []int{0, 0, 1, 1}, 500
		}, vrp.Cost{Drive: 720}},
		{"a change cheaper than the detour", func(p *vrp.Problem) {
			p.Previous, p.PerChange = []int{0, 1, 1, 1}, 100
		}, vrp.Cost{Drive: 480, Changes: 100}},
		{"a visit that is new is no change", func(p *vrp.Problem) {
			p.Previous, p.PerChange = []int{1, vrp.Nowhere, 1, 1}, 100
		}, vrp.Cost{Drive: 480}},
		{"paid by the hour on duty", func(p *vrp.Problem) {
			for v := range p.Vehicles {
				p.Vehicles[v].PerDuty = 2
			}
			p.Visits[0].Service = 100
		}, vrp.Cost{Drive: 480, Duty: 2 * 580}},
		{"nobody works longer than half of it", func(p *vrp.Problem) {
			p.Balance.MaxDuty = 660
			for i := range p.Visits {
				p.Visits[i].Service = 60
			}
		}, vrp.Cost{Drive: 600}}, // one goes to place 1 alone, or 4 with 3 and 2
		{"a preferred time that cannot be met", func(p *vrp.Problem) {
			p.Visits[3].Preferred = &vrp.Preference{Window: vrp.Window{Close: 200}, PerLate: 2}
		}, vrp.Cost{Drive: 480, Soft: 80}}, // place 4 is reached at 240
		{"a preferred time on the way back", func(p *vrp.Problem) {
			p.Vehicles = p.Vehicles[:1]
			p.Vehicles[0].PerWait = 1
			p.Visits[0].Preferred = &vrp.Preference{Window: vrp.Window{Open: 420, Close: 450}, PerEarly: 1}
		}, vrp.Cost{Drive: 480}},
		{"a tangle dearer than a change", func(p *vrp.Problem) {
			for k := range p.Profiles[0].Duration { // every way takes a minute
				p.Profiles[0].Duration[k] = 60
			}
			for v := range p.Vehicles {
				p.Vehicles[v].Start, p.Vehicles[v].End = vrp.Nowhere, vrp.Nowhere
			}
			p.Points = []vrp.Point{{}, {X: 0, Y: 0}, {X: 9, Y: 9}, {X: 0, Y: 9}, {X: 9, Y: 0}}
			p.Compact.PerCrossing = 50
			p.Previous, p.PerChange = []int{0, 0, 1, 1}, 10
		}, vrp.Cost{Drive: 120, Changes: 10}}, // three and one
		{"one of two alternatives", func(p *vrp.Problem) {
			p.Groups = []vrp.Group{{Visits: []int{0, 3}, Required: true}}
		}, vrp.Cost{Drive: 360}},
	} {
		p := line(4, 2)
		c.set(p)
		got, err := search.Solve(t.Context(), p, search.Options{Seed: 1, Iterations: 400})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if _, faults := judge(p, got.Solution); len(faults) > 0 || got.Cost != c.want {
			t.Errorf("%s: %+v, want %+v; %v %v", c.name, got.Cost, c.want, got.Solution.Routes, faults)
		}
	}
}

func TestOrdersInACircleAreRefused(t *testing.T) {
	p := line(3, 1)
	p.Orders = []vrp.Order{{First: 0, Then: 1}, {First: 1, Then: 2}, {First: 2, Then: 0}}
	p.Previous = []int{0, 7, 0}
	var bad *vrp.Invalid
	if err := p.Validate(); !errors.As(err, &bad) || len(bad.Faults) != 2 {
		t.Fatalf("%v", err)
	}
}

// TestPrizesBeyondThePlanAreServed: visits whose prizes outweigh any plan are planned as
// well as required ones; visits whose prizes pay for nothing stay out.
func TestPrizesBeyondThePlanAreServed(t *testing.T) {
	solve := func(optional bool, prize int) search.Result {
		p := medium(60, 6)
		for i := range p.Visits {
			p.Visits[i].Optional, p.Visits[i].Prize = optional, prize
		}
		got, err := search.Solve(t.Context(), p, search.Options{Seed: 3, Iterations: 1500})
		if err != nil {
			t.Fatal(err)
		}
		if _, faults := judge(p, got.Solution); len(faults) > 0 {
			t.Fatal(faults)
		}
		return got
	}
	required, dear, cheap := solve(false, 0), solve(true, 5_000_000), solve(true, 1)
	if a, b := required.Cost.Total(), dear.Cost.Total(); dear.Cost.Prizes > 0 || b > a+a/50 {
		t.Errorf("cost %d with prizes, %d without", b, a)
	}
	if cheap.Cost.Total() != 60 {
		t.Errorf("%+v", cheap.Cost)
	}
}
