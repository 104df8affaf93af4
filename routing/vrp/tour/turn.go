package tour

// turn reverses the stretch between at and every other position.
// Croes (1958), DOI 10.1287/opre.6.6.791.
func (s *search) turn(best *move, at int) {
	in, m := s.in, len(s.seq)
	c, whole := in.cost, s.arcs[m-1]
	pair := func(i, j int, mid seg) {
		arcs := whole - c[s.arc(i-1, i)] - c[s.arc(j, j+1)] + c[s.arc(i-1, j)] + c[s.arc(i, j+1)]
		if !s.pays(best, arcs+s.back[j]-s.back[i]-s.arcs[j]+s.arcs[i]) {
			return
		}
		t := s.totalsWith([3]int{s.arc(i-1, i), s.arc(j, j+1), -1},
			[3]int{s.arc(i-1, j), s.arc(i, j+1), -1})
		w := join(s.pre[i-1], mid, in.drive[s.arc(i-1, j)])
		w = join(w, s.suf[j+1], in.drive[s.arc(i, j+1)])
		s.try(best, move{kind: twoOpt, i: i, j: j}, w, s.turned(t, i, j), s.left())
	}
	mid := in.node[s.seq[at]]
	for j := at + 1; j < m-1; j++ {
		mid = join(in.node[s.seq[j]], mid, in.drive[s.arc(j, j-1)])
		pair(at, j, mid)
	}
	mid = in.node[s.seq[at]]
	for i := at - 1; i > in.lo; i-- {
		mid = join(mid, in.node[s.seq[i]], in.drive[s.arc(i+1, i)])
		pair(i, at, mid)
	}
}
