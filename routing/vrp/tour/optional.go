package tour

// take looks at putting a visit that is left out after position at, or in the
// place of the visit at that position.
func (s *search) take(best *move, at int) {
	in := s.in
	full := in.vehicle.MaxStops > 0 && len(s.seq)-2 >= in.vehicle.MaxStops
	for _, u := range s.out {
		there := s.seq[at]*in.size + u
		if !full {
			onward := u*in.size + s.seq[at+1]
			t := s.totalsWith([3]int{s.arc(at, at+1), -1, -1}, [3]int{there, onward, -1})
			t.service += in.node[u].Dur - in.node[u].Warp
			left := s.left() - in.worth(u)
			if len(in.pins) > 0 || t.arcs+left < best.total {
				w := join(s.pre[at], in.node[u], in.drive[there])
				w = join(w, s.suf[at+1], in.drive[onward])
				s.try(best, move{kind: insert, k: at, node: u}, w, t, left)
			}
		}
		if at > in.lo && s.mayLeave(s.seq[at]) {
			s.instead(best, at, u)
		}
	}
}

// instead looks at serving u in the place of the visit at position at.
func (s *search) instead(best *move, at, u int) {
	in := s.in
	gone := s.seq[at]
	to, onward := s.seq[at-1]*in.size+u, u*in.size+s.seq[at+1]
	t := s.totalsWith([3]int{s.arc(at-1, at), s.arc(at, at+1), -1}, [3]int{to, onward, -1})
	t.service += in.node[u].Dur - in.node[u].Warp - in.node[gone].Dur + in.node[gone].Warp
	left := s.left() - in.worth(u) + in.worth(gone)
	if len(in.pins) == 0 && t.arcs+left >= best.total {
		return
	}
	w := join(s.pre[at-1], in.node[u], in.drive[to])
	w = join(w, s.suf[at+1], in.drive[onward])
	s.try(best, move{kind: replace, i: at, node: u}, w, t, left)
}

// drop looks at leaving out the visit at position at.
func (s *search) drop(best *move, at int) {
	in := s.in
	u := s.seq[at]
	if !s.mayLeave(u) {
		return
	}
	bridge := s.arc(at-1, at+1)
	t := s.totalsWith([3]int{s.arc(at-1, at), s.arc(at, at+1), -1}, [3]int{bridge, -1, -1})
	t.service -= in.node[u].Dur - in.node[u].Warp
	left := s.left() + in.worth(u)
	if len(in.pins) == 0 && t.arcs+left >= best.total {
		return
	}
	w := join(s.pre[at-1], s.suf[at+1], in.drive[bridge])
	s.try(best, move{kind: remove, i: at}, w, t, left)
}

// mayLeave says whether the visit may be left out now.
func (s *search) mayLeave(u int) bool {
	for _, q := range s.in.pins {
		if q.node == u {
			return false
		}
	}
	return s.mayDrop || !s.in.must[u]
}
