package tour

// take looks at putting a visit that is left out after position at, or in the
// place of the visit at that position (Vansteenwegen et al., 2009, DOI
// 10.1016/j.cor.2009.03.008).
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
