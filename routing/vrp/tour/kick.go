package tour

import (
	"slices"
)

// construct starts from today's order or from cheapest insertion in the order of
// the windows' ends, whichever is better.
func (s *search) construct() {
	s.record()
	if len(s.in.pins) > 0 {
		return
	}
	first := append([]int(nil), s.seq...)
	total := s.total
	s.byDeadline()
	s.record()
	if s.total > total {
		s.seq = append(s.seq[:0], first...)
		s.out = s.out[:0]
		s.settle()
	}
}

func (s *search) queueAll() {
	for k := len(s.seq) - 2; k >= s.in.lo && k > 0; k-- {
		s.push(s.seq[k])
	}
	if s.in.lo == 0 {
		s.push(s.seq[0])
	}
}

// byDeadline rebuilds the route: visits whose window closes first go in first,
// each where it costs least.
func (s *search) byDeadline() {
	in := s.in
	var order []int
	for u := in.lo; u < in.n; u++ {
		order = append(order, u)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return (in.node[a].Late + in.node[a].Early) - (in.node[b].Late + in.node[b].Early)
	})
	s.seq = append(s.seq[:0], in.n)
	for u := range in.lo {
		s.seq = append(s.seq, u)
	}
	s.seq = append(s.seq, in.n+1)
	s.chain()
	for _, u := range order {
		best := move{kind: none, total: 1 << 60}
		for at := in.lo; at < len(s.seq)-1; at++ {
			there, onward := s.seq[at]*in.size+u, u*in.size+s.seq[at+1]
			t := s.totalsWith([3]int{s.arc(at, at+1), -1, -1}, [3]int{there, onward, -1})
			t.service += in.node[u].Dur - in.node[u].Warp
			w := join(s.pre[at], in.node[u], in.drive[there])
			w = join(w, s.suf[at+1], in.drive[onward])
			if x := s.price(s.hullValue(w, t)); x < best.total {
				best = move{kind: insert, k: at, node: u, total: x}
			}
		}
		s.seq = slices.Insert(s.seq, best.k+1, u)
		s.chain()
	}
	s.out = s.out[:0]
	s.settle()
}

// kick disturbs a stretch of the route: two neighbouring segments change places
// (a double bridge, Martin, Otto and Felten, 1991), now and then an optional
// visit comes or goes.
func (s *search) kick() {
	in := s.in
	if s.rng.IntN(6) == 0 {
		s.kickIn()
	}
	free := len(s.seq) - 2 - in.lo
	if len(s.out) > 0 && s.rng.IntN(4) == 0 {
		s.kickOut()
	}
	if free < 3 {
		s.queueAll()
		return
	}
	span := min(free, 30)
	base := in.lo + 1 + s.rng.IntN(free-span+1)
	times := 1
	if s.rng.IntN(4) == 0 {
		times = 2
	}
	for range times {
		a, b, c := s.rng.IntN(span), s.rng.IntN(span), s.rng.IntN(span)
		a, b, c = min(a, b, c), a+b+c-min(a, b, c)-max(a, b, c), max(a, b, c)
		if a == b || b == c {
			c = min(a+2, span-1)
			b = a + 1
			if c <= b {
				a, b, c = 0, 1, 2
			}
		}
		// seq[base+a … base+b−1] and seq[base+b … base+c] change places.
		m := move{kind: orOpt, i: base + a, j: base + b - 1, k: base + c}
		if len(in.pins) > 0 {
			m = move{kind: exchange, i: base + a, j: base + c}
			if s.pinned(m.i) || s.pinned(m.j) {
				continue
			}
		}
		s.apply(m)
	}
}

func (s *search) pinned(position int) bool {
	for _, q := range s.in.pins {
		if q.position+1 == position {
			return true
		}
	}
	return false
}

// kickOut forces one visit that is left out into a random place.
func (s *search) kickOut() {
	in := s.in
	if in.vehicle.MaxStops > 0 && len(s.seq)-2 >= in.vehicle.MaxStops || len(in.pins) > 0 {
		return
	}
	u := s.out[s.rng.IntN(len(s.out))]
	at := in.lo + s.rng.IntN(len(s.seq)-1-in.lo)
	s.apply(move{kind: insert, k: at, node: u})
}

// kickIn leaves out up to three neighbouring visits that may be left out.
func (s *search) kickIn() {
	in := s.in
	if len(s.seq)-2 <= in.lo || len(in.pins) > 0 {
		return
	}
	at := in.lo + 1 + s.rng.IntN(len(s.seq)-2-in.lo)
	for range 1 + s.rng.IntN(3) {
		if at >= len(s.seq)-1 || !s.mayLeave(s.seq[at]) {
			return
		}
		s.apply(move{kind: remove, i: at})
	}
}
