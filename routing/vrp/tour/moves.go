package tour

import "slices"

// move is a candidate change of the present sequence, by positions.
type move struct {
	kind    kind
	i, j, k int // meaning by kind
	node    int // inserted candidate
	total   int // penalised sum afterwards, by hull
}

type kind int8

const (
	none     kind = iota
	orOpt         // take i…j out and put it after k
	orOptRev      // the same, turned round
	twoOpt        // turn i…j round
	exchange      // swap i and j
	insert        // put node after k
	remove        // leave the visit at i out
	replace       // put node in the place of i
)

// descend applies the best improving move of each queued node until none is left.
func (s *search) descend() {
	for len(s.queue) > 0 {
		if s.work > s.maxWork || s.over() { // the queue is the next descent's
			return
		}
		u := s.queue[len(s.queue)-1]
		s.queue = s.queue[:len(s.queue)-1]
		s.inQ[u] = false
		at := slices.Index(s.seq, u)
		if at < 0 || s.total == 0 {
			continue
		}
		for !s.over() && s.improve(at) {
			if at = slices.Index(s.seq, u); at < 0 {
				break
			}
		}
	}
}

// improve looks at every move that touches position at and applies the best.
func (s *search) improve(at int) bool {
	best := move{total: s.total}
	if at > s.in.lo && at < len(s.seq)-1 {
		for size := range longest {
			if at+size < len(s.seq)-1 {
				x := s.shiftOf(at, at+size)
				s.forward(&best, x)
				s.backward(&best, x)
			}
		}
		s.turn(&best, at)
		s.swap(&best, at)
		s.drop(&best, at)
	}
	if at >= s.in.lo && at < len(s.seq)-1 {
		s.take(&best, at)
	}
	if best.kind == none {
		return false
	}
	return s.apply(best)
}

func (s *search) arc(a, b int) int { return s.seq[a]*s.in.size + s.seq[b] }

// try prices a candidate and keeps it when it beats the best so far. The route
// without its times is arcs; nothing can make it cheaper, so that is looked at
// before the segments are joined. With breaks or several windows the segments are
// a relaxation, and the exact clock has the last word.
func (s *search) try(best *move, m move, whole seg, t totals, left int) {
	if len(s.in.pins) > 0 {
		s.tryPinned(best, m, left)
		return
	}
	s.work += 6
	x := s.hullValue(whole, t)
	x.left = left
	m.total = s.price(x)
	if m.total >= best.total {
		return
	}
	if !s.in.exact {
		x = s.measure(s.changed(m))
		x.left = left
		if m.total = s.price(x); m.total >= best.total {
			return
		}
	}
	*best = m
}

// tryPinned prices a candidate after its pinned visits are back at their
// positions, which changes arcs the segments know nothing of. O(n).
func (s *search) tryPinned(best *move, m move, left int) {
	q := s.changed(m)
	arcs := 0
	for k := 1; k < len(q); k++ {
		arcs += s.in.cost[q[k-1]*s.in.size+q[k]]
	}
	if arcs+left >= best.total {
		return
	}
	x := s.measure(q)
	x.left = left
	if m.total = s.price(x); m.total < best.total {
		*best = m
	}
}

// pinBack puts the pinned visits at their positions; the others keep their order.
func (s *search) pinBack(q []int) {
	for _, p := range s.in.pins {
		at := slices.Index(q, p.node)
		to := p.position + 1
		if at < 0 || to >= len(q)-1 {
			continue
		}
		for ; at < to; at++ {
			q[at], q[at+1] = q[at+1], q[at]
		}
		for ; at > to; at-- {
			q[at], q[at-1] = q[at-1], q[at]
		}
	}
}

// totalsWith are the sums of the present route after arcs out and in.
func (s *search) totalsWith(out, in [3]int) totals {
	m := len(s.seq) - 1
	t := totals{s.arcs[m], s.drive[m], s.dist[m], s.serve[m]}
	for k := range 3 {
		if out[k] >= 0 {
			t.arcs -= s.in.cost[out[k]]
			t.drive -= s.in.drive[out[k]]
			t.meters -= s.in.meters[out[k]]
		}
		if in[k] >= 0 {
			t.arcs += s.in.cost[in[k]]
			t.drive += s.in.drive[in[k]]
			t.meters += s.in.meters[in[k]]
		}
	}
	return t
}

// segment is i…j joined, and turned round.
func (s *search) segment(i, j int) (there, back seg) {
	there, back = s.in.node[s.seq[i]], s.in.node[s.seq[i]]
	for k := i + 1; k <= j; k++ {
		there = join(there, s.in.node[s.seq[k]], s.in.drive[s.arc(k-1, k)])
		back = join(s.in.node[s.seq[k]], back, s.in.drive[s.arc(k, k-1)])
	}
	return there, back
}

// turned adds to t what driving i…j the other way round changes.
func (s *search) turned(t totals, i, j int) totals {
	t.arcs += s.back[j] - s.back[i] - s.arcs[j] + s.arcs[i]
	t.drive += s.rdriv[j] - s.rdriv[i] - s.drive[j] + s.drive[i]
	t.meters += s.rdist[j] - s.rdist[i] - s.dist[j] + s.dist[i]
	return t
}

func (s *search) left() int { return s.cost.left }

// pays says whether a route of such arcs can be better at all: nothing about its
// times makes it cheaper.
func (s *search) pays(best *move, arcs int) bool {
	s.work++
	return len(s.in.pins) > 0 || arcs+s.left() < best.total
}

// span joins positions from a to b, a ≤ b, step by step in one direction: the
// middle of a move grows only when a candidate asks for its times.
type span struct {
	s    *search
	seg  seg
	a, b int
	ok   bool
}

// upTo extends the middle towards the end.
func (x *span) upTo(b int) seg {
	s := x.s
	if !x.ok {
		x.seg, x.b, x.ok = s.in.node[s.seq[x.a]], x.a, true
	}
	for x.b < b {
		x.b++
		x.seg = join(x.seg, s.in.node[s.seq[x.b]], s.in.drive[s.arc(x.b-1, x.b)])
	}
	return x.seg
}

// downTo extends the middle towards the start.
func (x *span) downTo(a int) seg {
	s := x.s
	if !x.ok {
		x.seg, x.a, x.ok = s.in.node[s.seq[x.b]], x.b, true
	}
	for x.a > a {
		x.a--
		x.seg = join(s.in.node[s.seq[x.a]], x.seg, s.in.drive[s.arc(x.a, x.a+1)])
	}
	return x.seg
}

// changed builds the sequence after the move in scratch.
func (s *search) changed(m move) []int {
	q := append(s.scratch[:0], s.seq...)
	switch m.kind {
	case orOpt, orOptRev:
		if m.kind == orOptRev {
			slices.Reverse(q[m.i : m.j+1])
		}
		if m.k > m.j {
			rotate(q[m.i:m.k+1], m.j-m.i+1)
		} else {
			rotate(q[m.k+1:m.j+1], m.i-m.k-1)
		}
	case twoOpt:
		slices.Reverse(q[m.i : m.j+1])
	case exchange:
		q[m.i], q[m.j] = q[m.j], q[m.i]
	case insert:
		q = slices.Insert(q, m.k+1, m.node)
	case remove:
		q = slices.Delete(q, m.i, m.i+1)
	case replace:
		q[m.i] = m.node
	}
	s.pinBack(q)
	s.scratch = q
	return q
}

// rotate moves the first n elements behind the rest.
func rotate(q []int, n int) {
	slices.Reverse(q[:n])
	slices.Reverse(q[n:])
	slices.Reverse(q)
}

// apply makes the move, queues the visits around it and reports whether the
// penalised sum fell.
func (s *search) apply(m move) bool {
	before := s.total
	for _, k := range [...]int{m.i - 1, m.i, m.i + 1, m.j - 1, m.j, m.j + 1, m.k, m.k + 1} {
		if k >= s.in.lo && k < len(s.seq)-1 && (k > 0) {
			s.push(s.seq[k])
		}
	}
	switch m.kind {
	case insert, replace:
		s.push(m.node)
		s.out = slices.DeleteFunc(s.out, func(u int) bool { return u == m.node })
	}
	if m.kind == remove || m.kind == replace {
		s.out = append(s.out, s.seq[m.i])
	}
	q := s.changed(m)
	s.seq, s.scratch = q, s.seq
	s.settle()
	return s.total < before
}

// push queues a visit unless it is queued already.
func (s *search) push(u int) {
	if !s.inQ[u] {
		s.inQ[u] = true
		s.queue = append(s.queue, u)
	}
}
