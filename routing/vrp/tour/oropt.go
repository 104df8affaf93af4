package tour

// longest is the longest segment that Or-opt moves.
// Or (1976), "Traveling salesman-type combinatorial problems", Northwestern University.
const longest = 3

// shift is a segment on its way to another place.
type shift struct {
	i, j  int
	there seg // i…j joined
	back  seg // i…j turned round
	base  int // arcs of the route that is left when it is taken out
	turn  int // what driving it the other way round adds to the arcs
}

func (s *search) shiftOf(i, j int) shift {
	x := shift{i: i, j: j}
	x.there, x.back = s.segment(i, j)
	c := s.in.cost
	x.base = s.arcs[len(s.seq)-1] - c[s.arc(i-1, i)] - c[s.arc(j, j+1)] + c[s.arc(i-1, j+1)]
	x.turn = s.back[j] - s.back[i] - s.arcs[j] + s.arcs[i]
	return x
}

// forward moves i…j towards the end, after every k > j; backward towards the
// start, after every k < i−1. The arcs alone decide whether times are joined.
func (s *search) forward(best *move, x shift) {
	in := s.in
	mid := span{s: s, a: x.j + 1}
	i, j, size, c := s.seq[x.i], s.seq[x.j], in.size, in.cost
	for k := x.j + 1; k < len(s.seq)-1; k++ {
		a, b := s.seq[k]*size, s.seq[k+1]
		base := x.base - s.arcs[k+1] + s.arcs[k]
		if s.pays(best, base+c[a+i]+c[j*size+b]) {
			w := join(s.pre[x.i-1], mid.upTo(k), in.drive[s.arc(x.i-1, x.j+1)])
			w = join(w, x.there, in.drive[a+i])
			w = join(w, s.suf[k+1], in.drive[j*size+b])
			s.try(best, move{kind: orOpt, i: x.i, j: x.j, k: k}, w, s.moved(x, k, false), s.left())
		}
		if i != j && s.pays(best, base+x.turn+c[a+j]+c[i*size+b]) {
			w := join(s.pre[x.i-1], mid.upTo(k), in.drive[s.arc(x.i-1, x.j+1)])
			w = join(w, x.back, in.drive[a+j])
			w = join(w, s.suf[k+1], in.drive[i*size+b])
			s.try(best, move{kind: orOptRev, i: x.i, j: x.j, k: k}, w, s.moved(x, k, true), s.left())
		}
	}
}

func (s *search) backward(best *move, x shift) {
	in := s.in
	mid := span{s: s, b: x.i - 1}
	i, j, size, c := s.seq[x.i], s.seq[x.j], in.size, in.cost
	for k := x.i - 2; k >= in.lo; k-- {
		a, b := s.seq[k]*size, s.seq[k+1]
		base := x.base - s.arcs[k+1] + s.arcs[k]
		if s.pays(best, base+c[a+i]+c[j*size+b]) {
			w := join(s.pre[k], x.there, in.drive[a+i])
			w = join(w, mid.downTo(k+1), in.drive[j*size+b])
			w = join(w, s.suf[x.j+1], in.drive[s.arc(x.i-1, x.j+1)])
			s.try(best, move{kind: orOpt, i: x.i, j: x.j, k: k}, w, s.moved(x, k, false), s.left())
		}
		if i != j && s.pays(best, base+x.turn+c[a+j]+c[i*size+b]) {
			w := join(s.pre[k], x.back, in.drive[a+j])
			w = join(w, mid.downTo(k+1), in.drive[i*size+b])
			w = join(w, s.suf[x.j+1], in.drive[s.arc(x.i-1, x.j+1)])
			s.try(best, move{kind: orOptRev, i: x.i, j: x.j, k: k}, w, s.moved(x, k, true), s.left())
		}
	}
}

// moved are the sums of the route with the segment put after k.
func (s *search) moved(x shift, k int, turned bool) totals {
	out := [3]int{s.arc(x.i-1, x.i), s.arc(x.j, x.j+1), s.arc(k, k+1)}
	if !turned {
		return s.totalsWith(out, [3]int{s.arc(x.i-1, x.j+1), s.arc(k, x.i), s.arc(x.j, k+1)})
	}
	t := s.totalsWith(out, [3]int{s.arc(x.i-1, x.j+1), s.arc(k, x.j), s.arc(x.i, k+1)})
	return s.turned(t, x.i, x.j)
}
