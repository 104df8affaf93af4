package tour_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/tour"
)

// state is a partial route of the dynamic programme: leaving at t ≤ late it has
// ended at max(t, early) + dur. It shares no code with the solver's segments.
type state struct{ arcs, dur, early, late int }

func (a state) beats(b state) bool {
	return a.arcs <= b.arcs && a.dur <= b.dur && a.early+a.dur <= b.early+b.dur &&
		(a.late >= b.late || a.late+a.dur >= b.late+b.dur)
}

func add(list []state, s state) []state {
	kept := list[:0]
	for _, x := range list {
		if x.beats(s) {
			return list
		}
	}
	for _, x := range list {
		if !s.beats(x) {
			kept = append(kept, x)
		}
	}
	return append(kept, s)
}

// step drives d seconds and serves in [open, latest], or fails.
func step(s state, d, service, open, latest int) (state, bool) {
	s.dur += d
	if s.early+s.dur > latest {
		return s, false
	}
	if s.late+s.dur < open { // waits even when leaving last
		s.dur = open - s.late
		s.early = s.late
	} else {
		s.early = max(s.early, open-s.dur)
		s.late = min(s.late, latest-s.dur)
	}
	s.dur += service
	return s, true
}

// exactCost is the cheapest day by dynamic programming over sets of visits with
// all undominated time profiles. No breaks, no prefix, no pins. −1: none.
func exactCost(p *vrp.Problem) int {
	v, n := &p.Vehicles[0], len(p.Visits)
	m := &p.Profiles[0]
	d := func(a, b int) int { return int(m.Duration[a*m.Locations+b]) }
	table := make([][]state, (1<<n)*n)
	serve := func(s state, from, i int) []state {
		x := &p.Visits[i]
		s.arcs += v.PerSecond * d(from, x.Location)
		windows := x.Windows
		if windows == nil {
			windows = []vrp.Window{{Open: 0, Close: 1 << 30}}
		}
		var list []state
		for _, w := range windows {
			if t, ok := step(s, d(from, x.Location), x.Service, w.Open, w.Close-x.Service); ok {
				list = append(list, t)
			}
		}
		return list
	}
	for i := range n {
		s := state{early: v.Shift.Open, late: v.Shift.Close}
		for _, t := range serve(s, v.Start, i) {
			table[(1<<i)*n+i] = add(table[(1<<i)*n+i], t)
		}
	}
	best := 0 // of leaving everything out
	for i := range n {
		best += p.Visits[i].Prize
		if !p.Visits[i].Optional {
			best = -1
			break
		}
	}
	for set := 1; set < 1<<n; set++ {
		left, ok, service := 0, true, 0
		for i := range n {
			if set>>i&1 == 1 {
				service += p.Visits[i].Service
			} else {
				ok = ok && p.Visits[i].Optional
				left += p.Visits[i].Prize
			}
		}
		for last := range n {
			for _, s := range table[set*n+last] {
				if t, in := step(s, d(p.Visits[last].Location, v.End), 0, 0, v.Shift.Close); in && ok &&
					(v.MaxDuty == 0 || t.dur <= v.MaxDuty) {
					arcs := t.arcs + v.PerSecond*d(p.Visits[last].Location, v.End)
					wait := t.dur - service - arcs/v.PerSecond
					if cost := arcs + v.PerWait*wait + left; best < 0 || cost < best {
						best = cost
					}
				}
				for next := range n {
					if set>>next&1 == 0 {
						cell := (set|1<<next)*n + next
						for _, t := range serve(s, p.Visits[last].Location, next) {
							table[cell] = add(table[cell], t)
						}
					}
				}
			}
			table[set*n+last] = nil
		}
	}
	return best
}

// TestSolveIsOptimal compares the search itself, without enumeration, with the
// exact dynamic programme.
func TestSolveIsOptimal(t *testing.T) {
	wrong, tried, late, programmes := 0, 0, 0, 0
	for seed := range uint64(160) {
		r := rand.New(rand.NewPCG(seed, 7))
		bit := func() bool { return r.IntN(2) == 0 }
		p := randomDay(r, kindOfDay{visits: 2 + r.IntN(9), windows: true, several: bit(),
			optional: bit(), asymmetric: bit()})
		want := exactCost(p)
		if want < 0 {
			continue
		}
		tried++
		if proved, ok := tour.Optimum(p, 0, all(p)); ok {
			programmes++
			if proved != want {
				t.Fatalf("seed %d: the programme says %d, the oracle %d", seed, proved, want)
			}
		}
		opt := tour.Heuristic(tour.Options{Seed: seed})
		res := tour.Solve(context.Background(), p, 0, all(p), opt)
		got, ok := valueOf(t, p, res.Route)
		switch {
		case !ok || got.left > 0:
			late++
		case got.cost > want:
			wrong++
			t.Logf("seed %d (%d visits): %d, optimum %d", seed, len(p.Visits), got.cost, want)
		case got.cost < want:
			t.Fatalf("seed %d: %d beats the optimum %d", seed, got.cost, want)
		}
	}
	t.Logf("%d days: %d above the optimum, %d without a feasible order", tried, wrong, late)
	if programmes < 40 || tried < 80 || wrong > 0 || late > 0 {
		t.Fail()
	}
}

// TestInteractiveDaysAreOptimal: what somebody waits for equals the optimum on days
// of up to fifteen visits.
func TestInteractiveDaysAreOptimal(t *testing.T) {
	proved := 0
	for seed := range uint64(16) {
		r := rand.New(rand.NewPCG(seed, 9))
		p := randomDay(r, kindOfDay{visits: 8 + r.IntN(6), windows: true, asymmetric: seed%2 == 0,
			optional: seed%3 == 0})
		if seed < 2 {
			p = randomDay(r, kindOfDay{visits: tour.MostProved, windows: true})
		}
		want, ok := tour.Optimum(p, 0, all(p))
		if !ok {
			continue
		}
		proved++
		res := tour.Solve(context.Background(), p, 0, all(p), tour.Options{Seed: 1})
		if got, sound := valueOf(t, p, res.Route); !sound || got.left > 0 || got.cost != want {
			t.Errorf("seed %d (%d visits): %+v, optimum %d", seed, len(p.Visits), got, want)
		}
	}
	if proved < 8 {
		t.Fatalf("only %d days have an order that serves everybody", proved)
	}
}
