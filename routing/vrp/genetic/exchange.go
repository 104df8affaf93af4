package genetic

// exchange swaps k visits from u on with j visits from v on, when that lowers the
// cost (Osman, 1993). O(1) between two routes, O(stops between) within one.
func (s *local) exchange(u int32, k int, v int32, j int) bool {
	n := int32(s.n)
	w, z := u, v
	for range k - 1 {
		if w = s.next[w]; w >= n {
			return false
		}
	}
	for range j - 1 {
		if z = s.next[z]; z >= n {
			return false
		}
	}
	ru, rv := &s.tracks[s.route[u]], &s.tracks[s.route[v]]
	p, x, q, y := s.prev[u], s.next[w], s.prev[v], s.next[z]
	if ru == rv && s.pos[u] <= s.pos[z]+1 && s.pos[v] <= s.pos[w]+1 {
		return false // they touch: relocate does the same
	}
	delta := s.cost(p, v) + s.cost(z, x) - s.cost(p, u) - s.cost(w, x) +
		s.cost(q, u) + s.cost(w, y) - s.cost(q, v) - s.cost(z, y)
	bound := ru.price
	if ru != rv {
		bound += rv.price
	}
	if delta >= bound {
		return false
	}
	if ru == rv {
		if s.in.Timed {
			delta += s.swapped([4]int32{p, u, w, x}, [4]int32{q, v, z, y}) - ru.price +
				s.overload(ru, ru.load)
		}
	} else {
		more := s.load[z] - s.load[q] - s.load[w] + s.load[p]
		delta += s.overload(ru, ru.load+more) + s.overload(rv, rv.load-more) - bound
		if delta >= 0 {
			return false
		}
		if s.in.Timed {
			a := s.walk(s.pre[p], p, v, z)
			a = s.tail(a, z, x)
			delta += s.lateCost(ru, &a)
			if delta >= 0 {
				return false
			}
			a = s.walk(s.pre[q], q, u, w)
			a = s.tail(a, w, y)
			delta += s.lateCost(rv, &a)
		}
	}
	if delta >= 0 {
		return false
	}
	s.next[p], s.prev[v] = v, p
	s.next[z], s.prev[x] = x, z
	s.next[q], s.prev[u] = u, q
	s.next[w], s.prev[y] = y, w
	s.done(int(s.route[p]), int(s.route[q]))
	return true
}

// swapped is the price of lateness after exchanging two blocks of one route, each
// given as the node before it, its first, its last and the node behind it.
func (s *local) swapped(b, c [4]int32) int {
	if s.pos[b[1]] > s.pos[c[1]] {
		b, c = c, b
	}
	a := s.walk(s.pre[b[0]], b[0], c[1], c[2])
	a = s.walk(a, c[2], b[3], c[0])
	a = s.walk(a, c[0], b[1], b[2])
	a = s.tail(a, b[2], c[3])
	return s.lateCost(&s.tracks[s.route[b[1]]], &a)
}
