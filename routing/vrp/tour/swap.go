package tour

// swap exchanges the visit at position at with every other but its neighbours
// (Osman, 1993, DOI 10.1007/BF02023004).
func (s *search) swap(best *move, at int) {
	later := span{s: s, a: at + 1}
	for j := at + 2; j < len(s.seq)-1; j++ {
		if s.swapPays(best, at, j) {
			s.trySwap(best, at, j, later.upTo(j-1))
		}
	}
	earlier := span{s: s, b: at - 1}
	for i := at - 2; i > s.in.lo; i-- {
		if s.swapPays(best, i, at) {
			s.trySwap(best, i, at, earlier.downTo(i+1))
		}
	}
}

func (s *search) swapPays(best *move, i, j int) bool {
	c := s.in.cost
	arcs := s.arcs[len(s.seq)-1] - s.arcs[i+1] + s.arcs[i-1] - s.arcs[j+1] + s.arcs[j-1]
	arcs += c[s.arc(i-1, j)] + c[s.arc(j, i+1)] + c[s.arc(j-1, i)] + c[s.arc(i, j+1)]
	return s.pays(best, arcs)
}

func (s *search) trySwap(best *move, i, j int, mid seg) {
	in := s.in
	t := s.totalsWith([3]int{s.arc(i-1, i), s.arc(i, i+1), s.arc(j-1, j)},
		[3]int{s.arc(i-1, j), s.arc(j, i+1), s.arc(j-1, i)})
	last, now := s.arc(j, j+1), s.arc(i, j+1)
	t.arcs += in.cost[now] - in.cost[last]
	t.drive += in.drive[now] - in.drive[last]
	t.meters += in.meters[now] - in.meters[last]
	w := join(s.pre[i-1], in.node[s.seq[j]], in.drive[s.arc(i-1, j)])
	w = join(w, mid, in.drive[s.arc(j, i+1)])
	w = join(w, in.node[s.seq[i]], in.drive[s.arc(j-1, i)])
	w = join(w, s.suf[j+1], in.drive[now])
	s.try(best, move{kind: exchange, i: i, j: j}, w, t, s.left())
}
