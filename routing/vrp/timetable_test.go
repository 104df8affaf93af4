package vrp_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/check"
)

// shortest finds by trying every second what Schedule finds by labels: the
// least duty of a route, or -1. State: where in the route, breaks passed,
// seconds of the leg still to travel, and the clock.
type shortest struct {
	p     *vrp.Problem
	route []int
	memo  map[[4]int]int
}

const never = 1 << 30

// end returns the earliest end of the day from a state between visits.
func (s *shortest) end(k, breaks, left, now int) int {
	v := &s.p.Vehicles[0]
	if now > v.Shift.Close {
		return never
	}
	key := [4]int{k, breaks, left, now}
	if x, ok := s.memo[key]; ok {
		return x
	}
	best := s.end1(k, breaks, left, now)
	s.memo[key] = best
	return best
}

func (s *shortest) end1(k, breaks, left, now int) int {
	v := &s.p.Vehicles[0]
	best := never
	if left > 0 {
		best = min(best, s.end(k, breaks, left-1, now+1)) // travel a second
	}
	best = min(best, s.end(k, breaks, left, now+1)) // wait a second
	if breaks < len(v.Breaks) {
		b := v.Breaks[breaks]
		for _, w := range b.Windows {
			if now >= w.Open && now+b.Duration <= w.Close {
				best = min(best, s.end(k, breaks+1, left, now+b.Duration))
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
			best = min(best, now)
		}
		return best
	}
	x := &s.p.Visits[s.route[k]]
	inside := len(x.Windows) == 0
	for _, w := range x.Windows {
		inside = inside || now >= w.Open && now+x.Service <= w.Close
	}
	if inside {
		to := v.End
		if k+1 < len(s.route) {
			to = s.p.Visits[s.route[k+1]].Location
		}
		leg, _, _ := s.p.Travel(0, x.Location, to)
		best = min(best, s.end(k+1, breaks, leg, now+x.Service))
	}
	return best
}

func (s *shortest) duty() int {
	v := &s.p.Vehicles[0]
	best := -1
	last := v.Shift.Close
	if v.Punctual {
		last = v.Shift.Open
	}
	for t := v.Shift.Open; t <= last; t++ {
		leg, _, _ := s.p.Travel(0, v.Start, s.p.Visits[s.route[0]].Location)
		for skipped := 0; skipped <= len(v.Breaks); skipped++ {
			if skipped > 0 {
				b := v.Breaks[skipped-1]
				if b.Always || t < b.Windows[len(b.Windows)-1].Close-b.Duration {
					break
				}
			}
			if e := s.end(0, skipped, leg, t); e < never && (best < 0 || e-t < best) {
				best = e - t
			}
		}
	}
	return best
}

func randomDay(r *rand.Rand) (*vrp.Problem, []int) {
	n := 1 + r.IntN(4)
	locations := n + 2
	m := vrp.Profile{Locations: locations}
	for range locations * locations {
		m.Duration = append(m.Duration, int32(r.IntN(9)))
		m.Distance = append(m.Distance, int32(r.IntN(9)))
	}
	p := &vrp.Problem{Profiles: []vrp.Profile{m}}
	v := vrp.Vehicle{Start: n, End: n + 1, Shift: vrp.Window{Open: r.IntN(4), Close: 30 + r.IntN(30)}}
	v.Punctual = r.IntN(4) == 0
	if r.IntN(4) == 0 {
		v.Start = vrp.Nowhere
	}
	if r.IntN(4) == 0 {
		v.End = vrp.Nowhere
	}
	for open := r.IntN(15); len(v.Breaks) < r.IntN(3); open += 8 + r.IntN(12) {
		b := vrp.Break{Duration: r.IntN(6), Always: r.IntN(3) == 0}
		b.Windows = randomWindows(r, open, 1+r.IntN(2), b.Duration)
		v.Breaks = append(v.Breaks, b)
	}
	p.Vehicles = []vrp.Vehicle{v}
	var route []int
	for i := range n {
		x := vrp.Visit{Location: i, Service: r.IntN(6)}
		x.Windows = randomWindows(r, r.IntN(20), r.IntN(4), x.Service)
		p.Visits = append(p.Visits, x)
		route = append(route, i)
	}
	return p, route
}

func randomWindows(r *rand.Rand, open, count, length int) []vrp.Window {
	var list []vrp.Window
	for range count {
		w := vrp.Window{Open: open, Close: open + length + r.IntN(12)}
		list = append(list, w)
		open = w.Close + 1 + r.IntN(8)
	}
	return list
}

func TestScheduleFindsTheShortestDuty(t *testing.T) {
	feasible := 0
	for seed := range uint64(4000) {
		p, route := randomDay(rand.New(rand.NewPCG(seed, 1)))
		want := (&shortest{p, route, map[[4]int]int{}}).duty()
		got := vrp.Schedule(p, 0, route)
		if got.Feasible() != (want >= 0) {
			t.Fatalf("seed %d: feasible %v, shortest duty %d\n%+v\n%+v", seed, got.Feasible(), want, p, got)
		}
		sum := vrp.NewClock(p, 0).Sum(route)
		if (sum.Warp == 0) != (want >= 0) {
			t.Fatalf("seed %d: warp %d, shortest duty %d", seed, sum.Warp, want)
		}
		if want < 0 {
			continue
		}
		feasible++
		if got.Duty() != want || sum.Duty != want {
			t.Fatalf("seed %d: duty %d (sum %d), want %d\n%+v\n%+v", seed, got.Duty(), sum.Duty, want, p, got)
		}
		s := vrp.Solution{Routes: [][]int{route}}
		cost, _ := vrp.Evaluate(p, s)
		plan := check.Plan{Solution: s, Times: []vrp.Timetable{got}, Cost: cost}
		if faults := check.Faults(p, plan); len(faults) > 0 {
			t.Fatalf("seed %d: %v\n%+v\n%+v", seed, faults, p, got)
		}
	}
	if feasible < 500 {
		t.Fatalf("only %d feasible days tried", feasible)
	}
}

func ExampleSchedule() {
	// Two customers ten minutes apart; the second opens at 09:00.
	p := &vrp.Problem{
		Profiles: []vrp.Profile{{Locations: 2, Duration: []int32{0, 600, 600, 0}, Distance: []int32{0, 5000, 5000, 0}}},
		Vehicles: []vrp.Vehicle{{Start: 0, End: 0, Shift: vrp.Window{Open: 8 * 3600, Close: 17 * 3600}}},
		Visits: []vrp.Visit{{Location: 1, Service: 1800,
			Windows: []vrp.Window{{Open: 9 * 3600, Close: 12 * 3600}}}},
	}
	t := vrp.Schedule(p, 0, []int{0})
	fmt.Println(t.Start/60, t.Stops[0].Begin/60, t.End/60, t.Wait)
	// Output: 530 540 580 0
}
