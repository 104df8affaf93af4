package tour

// instead looks at serving u in the place of the visit at position at (Tang and
// Miller-Hooks, 2005, DOI 10.1016/j.cor.2003.11.008).
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
