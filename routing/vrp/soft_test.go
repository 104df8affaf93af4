package vrp_test

import (
	"math/rand/v2"
	"testing"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/check"
)

// cheapest finds by trying every second the least price of waiting, duty and
// missed preferences of a route that ends by a limit.
type cheapest struct {
	p     *vrp.Problem
	route []int
	limit int
	memo  map[[4]int]int
}

// from is the least price from a state on; the duty is paid at its end.
func (s *cheapest) from(k, breaks, left, now int) int {
	if now > s.limit {
		return never
	}
	key := [4]int{k, breaks, left, now}
	if x, ok := s.memo[key]; ok {
		return x
	}
	best := s.any(k, breaks, left, now)
	s.memo[key] = best
	return best
}

func (s *cheapest) any(k, breaks, left, now int) int {
	v := &s.p.Vehicles[0]
	best := s.from(k, breaks, left, now+1) // wait a second
	if best < never {
		best += v.PerWait
	}
	if left > 0 {
		best = min(best, s.from(k, breaks, left-1, now+1))
	}
	if breaks < len(v.Breaks) {
		b := v.Breaks[breaks]
		for _, w := range b.Windows {
			if now >= w.Open && now+b.Duration <= w.Close {
				best = min(best, s.from(k, breaks+1, left, now+b.Duration))
			}
		}
	}
	if left > 0 {
		return best
	}
	if k == len(s.route) {
		ok := true
		for _, b := range v.Breaks[breaks:] {
			ok = ok && !b.Always && now <= b.Windows[len(b.Windows)-1].Close-b.Duration
		}
		if ok {
			best = min(best, v.PerDuty*now)
		}
		return best
	}
	x := &s.p.Visits[s.route[k]]
	inside := len(x.Windows) == 0
	for _, w := range x.Windows {
		inside = inside || now >= w.Open && now+x.Service <= w.Close
	}
	if !inside {
		return best
	}
	to := v.End
	if k+1 < len(s.route) {
		to = s.p.Visits[s.route[k+1]].Location
	}
	leg, _, _ := s.p.Travel(0, x.Location, to)
	rest := s.from(k+1, breaks, leg, now+x.Service)
	if y := x.Preferred; y != nil && rest < never {
		rest += y.PerEarly*max(0, y.Open-now) + y.PerLate*max(0, now+x.Service-y.Close)
	}
	return min(best, rest)
}

// day is the least price over all departures, or never.
func (s *cheapest) day() int {
	v := &s.p.Vehicles[0]
	best, last := never, v.Shift.Close
	if v.Punctual {
		last = v.Shift.Open
	}
	s.memo, s.limit = map[[4]int]int{}, v.Shift.Close
	for t := v.Shift.Open; t <= last; t++ {
		if v.MaxDuty > 0 {
			s.memo, s.limit = map[[4]int]int{}, min(v.Shift.Close, t+v.MaxDuty)
		}
		leg, _, _ := s.p.Travel(0, v.Start, s.p.Visits[s.route[0]].Location)
		for skipped := 0; skipped <= len(v.Breaks); skipped++ {
			if skipped > 0 {
				b := v.Breaks[skipped-1]
				if b.Always || t < b.Windows[len(b.Windows)-1].Close-b.Duration {
					break
				}
			}
			if e := s.from(0, skipped, leg, t); e < never {
				best = min(best, e-v.PerDuty*t)
			}
		}
	}
	return best
}

// TestPreferencesGetTheCheapestTimes compares with every second of a small day,
// with several windows, breaks, prices of waiting and duty, and longest duties.
func TestPreferencesGetTheCheapestTimes(t *testing.T) {
	tried, missed, bounded := 0, 0, 0
	for seed := range uint64(700) {
		r := rand.New(rand.NewPCG(seed, 5))
		p, route := randomDay(r)
		v := &p.Vehicles[0]
		v.PerWait, v.PerDuty = r.IntN(3), r.IntN(3)
		v.Shift.Close = min(v.Shift.Close, 42)
		for i := range p.Visits {
			if i == 0 || r.IntN(3) > 0 {
				open := r.IntN(30)
				p.Visits[i].Preferred = &vrp.Preference{
					Window:   vrp.Window{Open: open, Close: open + r.IntN(15)},
					PerEarly: r.IntN(4), PerLate: r.IntN(4)}
			}
		}
		if r.IntN(3) == 0 {
			free := vrp.Schedule(p, 0, route)
			v.MaxDuty = max(free.Duty()-r.IntN(6), 1)
		}
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		want := (&cheapest{p: p, route: route}).day()
		got := vrp.Schedule(p, 0, route)
		sum := vrp.NewClock(p, 0).Sum(route)
		if want == never {
			if got.Feasible() && (v.MaxDuty == 0 || got.Duty() <= v.MaxDuty) {
				t.Fatalf("seed %d: feasible, but no second is\n%+v\n%+v", seed, p, got)
			}
			continue
		}
		tried++
		soft := p.Softened(&got)
		if cost := v.PerWait*got.Wait + v.PerDuty*got.Duty() + soft; cost != want {
			t.Fatalf("seed %d: %d, every second tried %d\n%+v\n%+v", seed, cost, want, p, got)
		}
		if sum.Soft != soft || sum.Duty != got.Duty() || sum.End != got.End {
			t.Fatalf("seed %d: the clock says %+v of\n%+v", seed, sum, got)
		}
		s := vrp.Solution{Routes: [][]int{route}}
		cost, _ := vrp.Evaluate(p, s)
		plan := check.Plan{Solution: s, Times: []vrp.Timetable{got}, Cost: cost}
		if faults := check.Faults(p, plan); len(faults) > 0 {
			t.Fatalf("seed %d: %v\n%+v\n%+v", seed, faults, p, got)
		}
		if soft > 0 {
			missed++
		}
		if v.MaxDuty == got.Duty() {
			bounded++
		}
	}
	t.Logf("%d days, %d with a missed preference, %d as long as they may be", tried, missed, bounded)
	if tried < 250 || missed < 100 || bounded < 20 {
		t.Fatal("too few cases")
	}
}

// TestCompactnessByHand: two people on a square of a hundred metres whose
// diagonals cross, then one visit inside a triangle.
func TestCompactnessByHand(t *testing.T) {
	p := &vrp.Problem{Profiles: []vrp.Profile{{Locations: 7,
		Duration: make([]int32, 49), Distance: make([]int32, 49)}},
		Vehicles: make([]vrp.Vehicle, 2), Compact: vrp.Compact{PerCrossing: 10, PerOverlap: 3},
		Points: []vrp.Point{{0, 0}, {100, 100}, {0, 100}, {100, 0}, {50, 20}, {50, 0}, {500, 500}}}
	for v := range p.Vehicles {
		p.Vehicles[v] = vrp.Vehicle{Start: vrp.Nowhere, End: vrp.Nowhere, Shift: vrp.Window{Close: 10}}
	}
	for i := range 7 {
		p.Visits = append(p.Visits, vrp.Visit{Location: i, Optional: true})
	}
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		a, b []int
		want int
	}{
		{"diagonals", []int{0, 1}, []int{2, 3}, 10},
		{"sides", []int{0, 2}, []int{1, 3}, 0},
		{"one inside", []int{0, 3, 2}, []int{4}, 3},
		{"one on the edge", []int{0, 3, 2}, []int{5}, 0},
		{"inside, and its way crosses one side", []int{0, 3, 2}, []int{4, 6}, 13},
		{"a way that touches", []int{0, 3}, []int{5, 4}, 0},
	} {
		s := vrp.Solution{Routes: [][]int{c.a, c.b}}
		cost, _ := vrp.Evaluate(p, s)
		times := []vrp.Timetable{vrp.Schedule(p, 0, c.a), vrp.Schedule(p, 1, c.b)}
		if cost.Compact != c.want {
			t.Errorf("%s: %d, want %d", c.name, cost.Compact, c.want)
		}
		if faults := check.Faults(p, check.Plan{Solution: s, Times: times, Cost: cost}); faults != nil {
			t.Errorf("%s: %v", c.name, faults)
		}
	}
	p.Points = p.Points[:3]
	if p.Validate() == nil {
		t.Error("compactness without points is accepted")
	}
}

// TestCompactnessEqualsTheCheckers: hulls against half planes, on crowded grids.
func TestCompactnessEqualsTheCheckers(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	total := 0
	for range 400 {
		n := 2 + r.IntN(14)
		p := &vrp.Problem{Compact: vrp.Compact{PerCrossing: 1, PerOverlap: 1000},
			Profiles: []vrp.Profile{{Locations: n, Duration: make([]int32, n*n), Distance: make([]int32, n*n)}}}
		s := vrp.Solution{Routes: make([][]int, 3)}
		for range 3 {
			p.Vehicles = append(p.Vehicles,
				vrp.Vehicle{Start: vrp.Nowhere, End: vrp.Nowhere, Shift: vrp.Window{Close: 10}})
		}
		for i := range n {
			p.Visits = append(p.Visits, vrp.Visit{Location: i})
			p.Points = append(p.Points, vrp.Point{X: r.IntN(8), Y: r.IntN(8)})
			v := r.IntN(3)
			s.Routes[v] = append(s.Routes[v], i)
		}
		var times []vrp.Timetable
		for v, route := range s.Routes {
			times = append(times, vrp.Schedule(p, v, route))
		}
		cost, _ := vrp.Evaluate(p, s)
		total += cost.Compact
		if faults := check.Faults(p, check.Plan{Solution: s, Times: times, Cost: cost}); faults != nil {
			t.Fatalf("%v\n%v %v", faults, s.Routes, p.Points)
		}
	}
	if total < 100_000 {
		t.Fatalf("only %d", total)
	}
}
