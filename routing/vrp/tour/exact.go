package tour

// small is the number of free candidates up to which every order of every
// subset is tried: at most 13,700 of them.
const small = 7

// enumerate tries every order of every subset of the free candidates behind the
// locked prefix, and leaves out what can no longer be better. It keeps the best
// as run does, but proves it.
func (s *search) enumerate() {
	in := s.in
	s.seq = s.seq[:0]
	s.seq = append(s.seq, in.n)
	for u := range in.lo {
		s.seq = append(s.seq, u)
	}
	used := make([]bool, in.n)
	s.branch(used, in.n-in.lo)
}

// branch looks at ending the route here, then at every further visit.
func (s *search) branch(used []bool, free int) {
	in := s.in
	end := append(s.seq, in.n+1)
	s.out = s.out[:0]
	left, musts := 0, 0
	for u := in.lo; u < in.n; u++ {
		if !used[u] {
			s.out = append(s.out, u)
			left += in.worth(u)
			if in.must[u] {
				musts++
			}
		}
	}
	s.rounds++
	feasible := s.bestValue.excess == 0 && s.bestValue.missing == 0
	if musts == 0 || !feasible || s.bestValue.left >= in.dear {
		x := s.measure(end)
		x.left = left
		if x.less(s.bestValue) {
			s.bestValue = x
			s.best = append(s.best[:0], end...)
			s.bestOut = append(s.bestOut[:0], s.out...)
		}
	}
	if free == 0 || in.vehicle.MaxStops > 0 && len(s.seq)-1 >= in.vehicle.MaxStops {
		return
	}
	last := s.seq[len(s.seq)-1]
	for u := in.lo; u < in.n; u++ {
		if used[u] {
			continue
		}
		if feasible && s.arcsTo(last, u) >= s.bestValue.plain() {
			continue
		}
		used[u] = true
		s.seq = append(s.seq, u)
		s.branch(used, free-1)
		s.seq = s.seq[:len(s.seq)-1]
		used[u] = false
	}
}

// arcsTo is the cost of the arcs so far, and to u.
func (s *search) arcsTo(last, u int) int {
	sum := s.in.cost[last*s.in.size+u]
	for k := 1; k < len(s.seq); k++ {
		sum += s.in.cost[s.seq[k-1]*s.in.size+s.seq[k]]
	}
	return sum
}
