package genetic

// reverse drives the stretch between u and v the other way round (2-opt; Croes,
// 1958), when that lowers the cost. O(stops between) with windows, else O(1).
func (s *local) reverse(u, v int32) bool {
	if s.pos[u] > s.pos[v] {
		u, v = v, u
	}
	x, y := s.next[u], s.next[v]
	if x == v {
		return false
	}
	t := &s.tracks[s.route[u]]
	delta := s.cost(u, v) + s.cost(x, y) - s.cost(u, x) - s.cost(v, y) +
		s.rev[v] - s.rev[x] - s.cum[v] + s.cum[x]
	if delta >= t.price {
		return false
	}
	if s.in.Timed {
		a := s.back(s.pre[u], u, v, x)
		a = s.tail(a, x, y)
		delta += s.lateCost(t, &a) + s.overload(t, t.load) - t.price
	}
	if delta >= 0 {
		return false
	}
	s.paste(u, y, x, v, true)
	s.done(int(s.route[u]), int(s.route[u]))
	return true
}

// cross lets two routes of one kind exchange what follows u and v (2-opt*; Potvin
// and Rousseau, 1995), when that lowers the cost. O(1).
func (s *local) cross(u, v int32) bool {
	ru, rv := &s.tracks[s.route[u]], &s.tracks[s.route[v]]
	if ru.kind != rv.kind || ru == rv {
		return false
	}
	x, y := s.next[u], s.next[v]
	delta := s.cost(u, y) + s.cost(v, x) - s.cost(u, x) - s.cost(v, y)
	full, empty := ru.count > 0, rv.count > 0
	nowU, nowV := u < int32(s.n) || y < int32(s.n), v < int32(s.n) || x < int32(s.n)
	delta += ru.fixed * (count(nowU) + count(nowV) - count(full) - count(empty))
	bound := ru.price + rv.price
	if delta >= bound {
		return false
	}
	loadU := s.load[u] + rv.load - s.load[v]
	delta += s.overload(ru, loadU) + s.overload(rv, ru.load+rv.load-loadU) - bound
	if delta >= 0 {
		return false
	}
	if s.in.Timed {
		a := s.tail(s.pre[u], u, y)
		delta += s.lateCost(ru, &a)
		if delta >= 0 {
			return false
		}
		a = s.tail(s.pre[v], v, x)
		delta += s.lateCost(rv, &a)
		if delta >= 0 {
			return false
		}
	}
	lastU, lastV := s.prev[ru.end], s.prev[rv.end]
	s.chain(ru, u, y, lastV, rv.end)
	s.chain(rv, v, x, lastU, ru.end)
	s.done(int(s.route[ru.start]), int(s.route[rv.start]))
	return true
}

// chain lets first … last follow u in route t; first is stop when there is none.
func (s *local) chain(t *track, u, first, last, stop int32) {
	if first == stop {
		s.next[u], s.prev[t.end] = t.end, u
		return
	}
	s.next[u], s.prev[first] = first, u
	s.next[last], s.prev[t.end] = t.end, last
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
