package genetic

import "beatplan/routing/vrp/segment"

// relocate moves k visits from u on behind v, the other way round if asked
// (Or-opt; Or, 1976), when that lowers the cost. O(1) between two routes, O(stops
// between) within one.
func (s *local) relocate(u int32, k int, v int32, reversed bool) bool {
	w := u
	for range k - 1 {
		if w = s.next[w]; w >= int32(s.n) {
			return false
		}
	}
	if v == s.prev[u] || s.route[u] == s.route[v] && s.pos[v] >= s.pos[u] && s.pos[v] <= s.pos[w] {
		return false
	}
	p, x, y := s.prev[u], s.next[w], s.next[v]
	first, last := u, w
	inner := 0
	if reversed {
		first, last = w, u
		inner = s.rev[w] - s.rev[u] - s.cum[w] + s.cum[u]
	}
	ru, rv := &s.tracks[s.route[u]], &s.tracks[s.route[v]]
	delta := s.cost(p, x) - s.cost(p, u) - s.cost(w, x) +
		s.cost(v, first) + s.cost(last, y) - s.cost(v, y) + inner
	if ru != rv {
		if rv.count == 0 {
			delta += rv.fixed
		}
		if ru.count == k {
			delta -= ru.fixed
		}
	}
	bound := ru.price
	if ru != rv {
		bound += rv.price
	}
	if delta >= bound {
		return false
	}
	if ru == rv {
		if s.in.Timed {
			delta += s.shifted(p, x, v, y, [2]int32{u, w}, reversed) - ru.price +
				s.overload(ru, ru.load)
		}
	} else {
		q := s.load[w] - s.load[p]
		delta += s.overload(ru, ru.load-q) + s.overload(rv, rv.load+q) - bound
		if delta >= 0 {
			return false
		}
		if s.in.Timed {
			a := s.tail(s.pre[p], p, x)
			delta += s.lateCost(ru, &a)
			if delta >= 0 {
				return false
			}
			a = s.block(s.pre[v], v, u, w, reversed)
			a = s.tail(a, last, y)
			delta += s.lateCost(rv, &a)
		}
	}
	if delta >= 0 {
		return false
	}
	s.cut(p, x)
	s.paste(v, y, u, w, reversed)
	s.done(int(s.route[p]), int(s.route[v]))
	return true
}

// block joins u … w, or w … u when reversed.
func (s *local) block(a segment.Segment, last, u, w int32, reversed bool) segment.Segment {
	if reversed {
		return s.back(a, last, w, u)
	}
	return s.walk(a, last, u, w)
}

// shifted is the price of lateness after moving a block within its route.
func (s *local) shifted(p, x, v, y int32, b [2]int32, reversed bool) int {
	u, w := b[0], b[1]
	last := w
	if reversed {
		last = u
	}
	t := &s.tracks[s.route[u]]
	if s.pos[v] < s.pos[u] {
		a := s.block(s.pre[v], v, u, w, reversed)
		a = s.walk(a, last, y, p)
		a = s.tail(a, p, x)
		return s.lateCost(t, &a)
	}
	a := s.walk(s.pre[p], p, x, v)
	a = s.block(a, v, u, w, reversed)
	a = s.tail(a, last, y)
	return s.lateCost(t, &a)
}

func (s *local) cut(p, x int32) { s.next[p], s.prev[x] = x, p }

// paste puts u … w between v and y, which were neighbours.
func (s *local) paste(v, y, u, w int32, reversed bool) {
	if reversed {
		for i := u; ; {
			following := s.next[i]
			s.next[i], s.prev[i] = s.prev[i], following
			if i == w {
				break
			}
			i = following
		}
		u, w = w, u
	}
	s.next[v], s.prev[u] = u, v
	s.next[w], s.prev[y] = y, w
}

// done counts a move and recomputes its routes.
func (s *local) done(r1, r2 int) {
	s.moves++
	s.update(r1)
	if r2 != r1 {
		s.update(r2)
	}
}
