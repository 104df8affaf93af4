// Package cycle finds short round trips through all places of a symmetric table:
// the travelling salesman's problem, which a day without windows is.
//
// [Search] is a chained Lin–Kernighan search (Lin and Kernighan, 1973; Applegate, Cook
// and Rohe, 2003, DOI 10.1287/ijoc.15.1.82.15157) on an array: flips along lists of
// near neighbours with look-back, Or-opt (Or, 1976) beside them, and double bridges
// within a short stretch, each of which is taken back unless it pays. A queue of
// disturbed places stands for don't-look bits.
//
// [Herd] crosses tours of that descent by edge assembly, which finds the optimum or
// nearly so from a hundred places on.
package cycle

import (
	"math"
	"math/rand/v2"
)

// breadth is how many continuations a level of a chain tries. Deeper chains found
// less within seconds: more rounds make up for them.
func breadth(level int) int { return [deepest]int{5, 3, 1}[level] }

// deepest is the longest chain of flips: three are the sequential 3-opt.
const deepest = 3

// Search is a tour under improvement. It is not safe for concurrent use.
type Search struct {
	*ground
	tour, pos []int32
	rng       *rand.Rand
	flips     [][2]int32 // positions turned in this round
	queue     []int32
	queued    []bool
	length    int
	best      []int32
	bestLen   int
	leg       float64
	base      int32 // of the chain: position of its first end
	forward   bool
	cuts      [deepest]int32
	ends      [deepest][2]int32
}

// New starts from a tour by nearest neighbours, improved. d is symmetric, row by
// row; n ≥ 5.
func New(n int, d []int32, seed uint64) *Search {
	s := newSearch(newGround(n, d))
	s.begin(seed)
	s.leg = float64(s.length) / float64(n)
	return s
}

func newSearch(g *ground) *Search {
	return &Search{ground: g, tour: make([]int32, g.n), pos: make([]int32, g.n),
		queued: make([]bool, g.n)}
}

// begin starts anew from a tour by nearest neighbours of a drawn place, improved.
func (s *Search) begin(seed uint64) {
	s.rng = rand.New(rand.NewPCG(seed, 0xc1c1e))
	s.nearest(int32(s.rng.IntN(s.n)))
	s.length = s.measure()
	for i := range s.tour {
		s.push(s.tour[i])
	}
	s.descend()
	s.flips = s.flips[:0]
	s.best = s.best[:0]
	s.bestLen = math.MaxInt
	s.keep()
}

// nearest goes from a place to the nearest that is left, and so on.
func (s *Search) nearest(at int32) {
	used := make([]bool, s.n)
	for k := range s.n {
		s.tour[k], s.pos[at], used[at] = at, int32(k), true
		next, least := int32(-1), math.MaxInt
		for _, j := range s.nearTo(at) {
			if !used[j] {
				next = j
				break
			}
		}
		if next < 0 {
			for j := range s.n {
				if x := s.dist(at, int32(j)); !used[j] && x < least {
					next, least = int32(j), x
				}
			}
		}
		at = next
	}
}

func (s *Search) measure() int {
	sum := 0
	for k := range s.n {
		sum += s.dist(s.tour[k], s.tour[(k+1)%s.n])
	}
	return sum
}

// Best returns the shortest tour found and its length.
func (s *Search) Best() ([]int32, int) { return s.best, s.bestLen }

// Take goes on from another tour.
func (s *Search) Take(tour []int32, length int) {
	copy(s.tour, tour)
	for k, i := range s.tour {
		s.pos[i] = int32(k)
	}
	s.length = length
	s.keep()
}

func (s *Search) keep() {
	if s.length < s.bestLen {
		s.best = append(s.best[:0], s.tour...)
		s.bestLen = s.length
	}
}

func (s *Search) succ(a int32) int32 {
	k := s.pos[a] + 1
	if int(k) == s.n {
		k = 0
	}
	return s.tour[k]
}

func (s *Search) pred(a int32) int32 {
	k := s.pos[a]
	if k == 0 {
		k = int32(s.n)
	}
	return s.tour[k-1]
}

// flip turns the stretch from a to b (both on it, a first) round, or all the rest,
// which is the same tour; and notes it.
func (s *Search) flip(a, b int32) {
	i, j := s.pos[a], s.pos[b]
	s.turn(i, j)
	s.flips = append(s.flips, [2]int32{i, j})
}

// turn reverses the tour between positions. Turning the same positions again undoes it.
func (s *Search) turn(i, j int32) {
	n := int32(s.n)
	inner := j - i
	if inner < 0 {
		inner += n
	}
	inner++
	if 2*inner > n {
		i, j = j+1, i-1
		if i == n {
			i = 0
		}
		if j < 0 {
			j = n - 1
		}
		inner = n - inner
	}
	tour, pos := s.tour, s.pos
	if i <= j {
		for ; i < j; i, j = i+1, j-1 {
			a, b := tour[i], tour[j]
			tour[i], tour[j] = b, a
			pos[b], pos[a] = i, j
		}
		return
	}
	for range inner / 2 {
		a, b := tour[i], tour[j]
		tour[i], tour[j] = b, a
		pos[b], pos[a] = i, j
		if i++; i == n {
			i = 0
		}
		if j--; j < 0 {
			j = n - 1
		}
	}
}

// undo takes flips back until so many are left.
func (s *Search) undo(left int) {
	for k := len(s.flips) - 1; k >= left; k-- {
		s.turn(s.flips[k][0], s.flips[k][1])
	}
	s.flips = s.flips[:left]
}

func (s *Search) push(a int32) {
	if !s.queued[a] {
		s.queued[a] = true
		s.queue = append(s.queue, a)
	}
}

// descend improves around queued places until nothing helps.
func (s *Search) descend() {
	for len(s.queue) > 0 {
		a := s.queue[len(s.queue)-1]
		s.queue = s.queue[:len(s.queue)-1]
		s.queued[a] = false
		for s.improve(a) {
		}
	}
}

// improve tries chains from both edges of a, then Or-opt.
func (s *Search) improve(a int32) bool {
	for _, forward := range [...]bool{true, false} {
		if gain := s.chain(a, forward); gain > 0 {
			s.length -= gain
			s.push(a)
			return true
		}
	}
	return s.orOpt(a)
}

// chain grows a Lin–Kernighan chain from the edge between t1 and the place beside
// it, and returns what it gains. With that edge gone the tour is a path from t2 to
// t1; every step turns a beginning of it round, which is only noted until it pays.
func (s *Search) chain(t1 int32, forward bool) int {
	t2 := s.succ(t1)
	if !forward {
		t2 = s.pred(t1)
	}
	s.base, s.forward = s.pos[t2], forward
	return s.step(t1, t2, s.dist(t1, t2), 0)
}

// index is the place's position on the path after that many turns.
func (s *Search) index(a int32, turns int) int32 {
	k := s.pos[a] - s.base
	if !s.forward {
		k = -k
	}
	if k < 0 {
		k += int32(s.n)
	}
	for _, cut := range s.cuts[:turns] {
		if k < cut {
			k = cut - 1 - k
		}
	}
	return k
}

// at is the place at a position of the path after that many turns.
func (s *Search) at(k int32, turns int) int32 {
	for t := turns - 1; t >= 0; t-- {
		if cut := s.cuts[t]; k < cut {
			k = cut - 1 - k
		}
	}
	if !s.forward {
		k = -k
	}
	k += s.base
	if n := int32(s.n); k >= n {
		k -= n
	} else if k < 0 {
		k += n
	}
	return s.tour[k]
}

// link is a step: an edge from the end of the path to t3, and t4 before it as the
// new end; value is the gain with the tour open.
type link struct {
	t3, t4, cut int32
	value       int
}

// step adds an edge from t2 to a near place and removes one before that; gain is
// the sum so far with the tour open.
func (s *Search) step(t1, t2 int32, gain, level int) int {
	var list [8]link
	count := s.links(&list, t2, gain, level)
	for _, x := range list[:count] {
		s.cuts[level], s.ends[level] = x.cut, [2]int32{t2, x.t4}
		if closed := x.value - s.dist(x.t4, t1); closed > 0 {
			for _, e := range s.ends[:level+1] {
				s.part(t1, e[0], e[1])
				s.push(e[0])
				s.push(e[1])
			}
			s.push(x.t3)
			return closed
		}
		if level+1 < deepest {
			if more := s.step(t1, x.t4, x.value, level+1); more > 0 {
				s.push(x.t3)
				return more
			}
		}
	}
	return 0
}

// links collects the best continuations, by what they leave in hand.
func (s *Search) links(list *[8]link, t2 int32, gain, level int) int {
	width, count := breadth(level), 0
	for _, t3 := range s.nearTo(t2)[:s.looks] {
		left := gain - s.dist(t2, t3)
		if left <= 0 {
			break
		}
		cut := s.index(t3, level)
		if cut < 2 || int(cut) == s.n-1 {
			continue
		}
		t4 := s.at(cut-1, level)
		x := link{t3, t4, cut, left + s.dist(t3, t4)}
		k := count
		if count == width {
			if x.value <= list[count-1].value {
				continue
			}
			k--
		} else {
			count++
		}
		for ; k > 0 && list[k-1].value < x.value; k-- {
			list[k] = list[k-1]
		}
		list[k] = x
	}
	return count
}

// orOpt moves one to three places that begin or end at a next to a near place,
// either way round.
func (s *Search) orOpt(a int32) bool {
	for _, forward := range [...]bool{true, false} {
		end := a
		for range 3 {
			if s.insert(a, end, forward) {
				return true
			}
			if forward {
				end = s.succ(end)
			} else {
				end = s.pred(end)
			}
		}
	}
	return false
}

// insert moves the stretch between a and end so that a comes beside a near place c.
// forward says that end lies behind a.
func (s *Search) insert(a, end int32, forward bool) bool {
	before, behind := s.pred(a), s.succ(end)
	if !forward {
		before, behind = s.succ(a), s.pred(end)
	}
	if before == behind || before == end || behind == a {
		return false
	}
	gain := s.dist(before, a) + s.dist(end, behind) - s.dist(before, behind)
	for _, c := range s.nearTo(a)[:s.looks] {
		left := gain - s.dist(c, a)
		if left <= 0 {
			return false
		}
		if s.inside(c, a, end, forward) {
			continue
		}
		for _, e := range [...]int32{s.succ(c), s.pred(c)} {
			if s.inside(e, a, end, forward) {
				continue
			}
			if total := left + s.dist(c, e) - s.dist(end, e); total > 0 {
				s.carry([2]int32{a, end}, [2]int32{before, behind}, [2]int32{c, e}, forward)
				s.length -= total
				for _, x := range [...]int32{a, end, before, behind, c, e} {
					s.push(x)
				}
				return true
			}
		}
	}
	return false
}

func (s *Search) inside(c, a, end int32, forward bool) bool {
	for x := a; ; {
		if x == c {
			return true
		}
		if x == end {
			return false
		}
		if forward {
			x = s.succ(x)
		} else {
			x = s.pred(x)
		}
	}
}

// carry moves a … end from between before and behind to between c and e, a beside
// c, by at most three flips.
func (s *Search) carry(seg, from, to [2]int32, forward bool) {
	a, end, before, behind, c, e := seg[0], seg[1], from[0], from[1], to[0], to[1]
	if !forward { // see everything from the other side
		a, end, before, behind, c, e = end, a, behind, before, e, c
	}
	// Now the tour reads before a … end behind; the stretch goes between c and e,
	// a beside c.
	if s.succ(c) == e { // … c [a … end] e …: the same way round
		if s.ahead(behind, c) {
			s.flip(a, c) // before c … behind end … a e
			s.part(before, c, behind)
			s.part(e, a, end)
			return
		}
		s.flip(e, end) // c end … a before … e behind
		s.part(c, end, a)
		s.part(behind, e, before)
		return
	}
	// … e [end … a] c …: turned round.
	if s.ahead(behind, e) {
		s.flip(a, e) // before e … behind end … a c
		s.part(before, e, behind)
		return
	}
	s.flip(c, end) // e end … a before … c behind
	s.part(behind, c, before)
}

// part turns the stretch from a to b round; outer is the place beside a that is not
// on it. A flip may have turned the rest instead, so that all reads backwards.
func (s *Search) part(outer, a, b int32) {
	if s.succ(outer) == a {
		s.flip(a, b)
		return
	}
	s.flip(b, a)
}

// ahead reports whether going on from behind reaches c within half the tour.
func (s *Search) ahead(behind, c int32) bool {
	k := s.pos[c] - s.pos[behind]
	if k < 0 {
		k += int32(s.n)
	}
	return 2*int(k) < s.n
}

// Round disturbs a stretch, repairs it, and takes both back unless the tour is no
// longer than slack allows; heat in 0 … 1 is a share of a small part of a leg.
func (s *Search) Round(heat float64) {
	before := s.length
	s.flips = s.flips[:0]
	s.bridge()
	s.descend()
	if s.length < s.bestLen {
		s.keep()
	}
	if float64(s.length) <= float64(before)+heat*s.leg*-math.Log(1-s.rng.Float64()) {
		return
	}
	s.undo(0)
	s.length = before
}

// bridge exchanges two neighbouring short stretches: a double bridge.
func (s *Search) bridge() {
	n := s.n
	most := min(50, (n-2)/3)
	i := s.rng.IntN(n)
	x, y := 1+s.rng.IntN(most), 1+s.rng.IntN(most)
	at := func(k int) int32 { return s.tour[(i+k)%n] }
	p, a, b, c, e, q := at(0), at(1), at(x), at(x+1), at(x+y), at(x+y+1)
	s.length += s.dist(p, c) + s.dist(e, a) + s.dist(b, q) -
		s.dist(p, a) - s.dist(b, c) - s.dist(e, q)
	s.flip(a, e) // p e … c b … a q
	s.part(p, e, c)
	s.part(q, a, b)
	for _, u := range [...]int32{p, a, b, c, e, q} {
		s.push(u)
	}
}
