package tour

import (
	"math/rand/v2"
	"slices"
	"testing"

	"beatplan/routing/vrp"
)

// drawn is a day under search: a random order of some of its visits.
func drawn(seed uint64) *search {
	r := rand.New(rand.NewPCG(seed, 31))
	n := 4 + r.IntN(6)
	table := vrp.Profile{Locations: n + 1}
	for k := range (n + 1) * (n + 1) {
		d := int32(0)
		if k/(n+1) != k%(n+1) {
			d = int32(10 + r.IntN(90))
		}
		table.Duration, table.Distance = append(table.Duration, d), append(table.Distance, d+int32(r.IntN(9)))
	}
	x := vrp.Vehicle{Start: n, End: n, PerMeter: 1, PerSecond: r.IntN(2), PerWait: r.IntN(2), PerDuty: r.IntN(2),
		Shift: vrp.Window{Close: 500 + r.IntN(300)}}
	switch r.IntN(4) {
	case 0:
		x.MaxDuty = 300 + r.IntN(200)
	case 1:
		x.MaxDistance = 300 + r.IntN(200)
	}
	p := &vrp.Problem{Profiles: []vrp.Profile{table}, Vehicles: []vrp.Vehicle{x}}
	for i := range n {
		y := vrp.Visit{ID: int64(i), Location: i, Service: r.IntN(20), Optional: r.IntN(2) == 0, Prize: r.IntN(150)}
		if r.IntN(2) == 0 {
			open := r.IntN(300)
			y.Windows = []vrp.Window{{Open: open, Close: open + y.Service + r.IntN(200)}}
		}
		p.Visits = append(p.Visits, y)
	}
	s := newSearch(newInstance(p, 0, r.Perm(n)), seed)
	s.mayDrop = r.IntN(2) == 0
	s.seq = append(s.seq, n)
	for u := range n {
		if r.IntN(4) > 0 {
			s.seq = append(s.seq, u)
			continue
		}
		s.out = append(s.out, u)
	}
	s.seq = append(s.seq, n+1)
	s.settle()
	return s
}

// afresh is the penalised sum of an order that nothing was ever moved in.
func afresh(s *search, seq, out []int) int {
	t := newSearch(s.in, 1)
	t.late, t.seq, t.out = s.late, slices.Clone(seq), slices.Clone(out)
	t.settle()
	return t.total
}

// alone lets one kind of move look at a place of many days. What it finds must be the
// best of all orders that byHand makes there, and its sum that of the order afresh.
func alone(t *testing.T, look func(s *search, best *move, at int), byHand func(s *search, at int, see func(seq, out []int))) {
	t.Helper()
	found := 0
	for seed := range uint64(800) {
		s := drawn(seed)
		if len(s.seq) < 4 {
			continue
		}
		at := 1 + rand.New(rand.NewPCG(seed, 32)).IntN(len(s.seq)-2)
		best := move{total: s.total}
		look(s, &best, at)
		want := s.total
		byHand(s, at, func(seq, out []int) { want = min(want, afresh(s, seq, out)) })
		if best.total != want {
			t.Fatalf("seed %d: %+v, want %d of %d", seed, best, want, s.total)
		}
		if best.kind == none {
			continue
		}
		found++
		if s.apply(best); s.total != want || s.total != afresh(s, s.seq, s.out) {
			t.Fatalf("seed %d: %d after the move, %d afresh, want %d", seed, s.total, afresh(s, s.seq, s.out), want)
		}
	}
	if found < 50 {
		t.Fatalf("found %d times", found)
	}
}

func TestOrOpt(t *testing.T) {
	alone(t, func(s *search, best *move, at int) {
		for size := range longest {
			if at+size < len(s.seq)-1 {
				x := s.shiftOf(at, at+size)
				s.forward(best, x)
				s.backward(best, x)
			}
		}
	}, func(s *search, at int, see func(seq, out []int)) {
		for size := 1; size <= longest && at+size < len(s.seq); size++ {
			block := slices.Clone(s.seq[at : at+size])
			rest := slices.Delete(slices.Clone(s.seq), at, at+size)
			for range 2 {
				for k := 1; k < len(rest); k++ {
					if k != at {
						see(slices.Insert(slices.Clone(rest), k, block...), s.out)
					}
				}
				slices.Reverse(block)
			}
		}
	})
}

func TestTurn(t *testing.T) {
	alone(t, (*search).turn, func(s *search, at int, see func(seq, out []int)) {
		for other := 1; other < len(s.seq)-1; other++ {
			q := slices.Clone(s.seq)
			slices.Reverse(q[min(at, other) : max(at, other)+1])
			see(q, s.out)
		}
	})
}

func TestSwap(t *testing.T) {
	alone(t, (*search).swap, func(s *search, at int, see func(seq, out []int)) {
		for other := 1; other < len(s.seq)-1; other++ {
			if other < at-1 || other > at+1 {
				q := slices.Clone(s.seq)
				q[at], q[other] = q[other], q[at]
				see(q, s.out)
			}
		}
	})
}

func TestInsertAndReplace(t *testing.T) {
	alone(t, (*search).take, func(s *search, at int, see func(seq, out []int)) {
		for _, u := range s.out {
			rest := slices.DeleteFunc(slices.Clone(s.out), func(x int) bool { return x == u })
			see(slices.Insert(slices.Clone(s.seq), at+1, u), rest)
			if s.mayLeave(s.seq[at]) {
				q := slices.Clone(s.seq)
				q[at] = u
				see(q, append(rest, s.seq[at]))
			}
		}
	})
}

func TestRemove(t *testing.T) {
	alone(t, (*search).drop, func(s *search, at int, see func(seq, out []int)) {
		if s.mayLeave(s.seq[at]) {
			see(slices.Delete(slices.Clone(s.seq), at, at+1), append(slices.Clone(s.out), s.seq[at]))
		}
	})
}
