package tour

// drop looks at leaving out the visit at position at (Feillet, Dejax and Gendreau,
// 2005, DOI 10.1287/trsc.1030.0079).
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
