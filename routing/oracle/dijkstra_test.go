package oracle_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// cost is a time and a length, compared in that order.
type cost struct{ ms, cm int64 }

func (c cost) plus(d cost) cost { return cost{c.ms + d.ms, c.cm + d.cm} }
func (c cost) less(d cost) bool { return c.ms < d.ms || c.ms == d.ms && c.cm < d.cm }

// spot lies share/65536 of the way from node a to node b.
type spot struct {
	a, b  int64
	share int64
}

// status is where a car is: at the end of an edge, inside a private zone that
// it entered or not, with the chains it is in the middle of.
type status struct {
	edge   int
	inside bool
	memory string
}

// progress is how many edges of a chain have been driven.
type progress struct{ chain, driven int }

type item struct {
	at status
	c  cost
}

type queue []item

func (q *queue) push(x item) {
	*q = append(*q, x)
	a := *q
	for i := len(a) - 1; i > 0; {
		up := (i - 1) / 2
		if !a[i].c.less(a[up].c) {
			return
		}
		a[i], a[up] = a[up], a[i]
		i = up
	}
}

func (q *queue) pop() item {
	a := *q
	top, last := a[0], len(a)-1
	a[0] = a[last]
	a = a[:last]
	*q = a
	for i := 0; 2*i+1 < last; {
		c := 2*i + 1
		if c+1 < last && a[c+1].c.less(a[c].c) {
			c++
		}
		if !a[c].c.less(a[i].c) {
			break
		}
		a[i], a[c] = a[c], a[i]
		i = c
	}
	return top
}

// search runs Dijkstra's algorithm from one spot to many.
type search struct {
	g        *graph
	plain    []label          // of an edge without memory: twice its number, +1 inside
	rare     map[status]label // of all others
	queue    queue
	memories map[string][]progress
	wanted   map[int][]int // targets by the edges they lie on
	targets  []spot
	best     []cost
}

// label is what the search knows of a status.
type label struct {
	c             cost
	reached, done bool
}

func (at status) number() int {
	if at.inside {
		return 2*at.edge + 1
	}
	return 2 * at.edge
}

func (s *search) label(at status) label {
	if at.memory == "" {
		return s.plain[at.number()]
	}
	return s.rare[at]
}

func (s *search) set(at status, l label) {
	if at.memory == "" {
		s.plain[at.number()] = l
	} else {
		s.rare[at] = l
	}
}

func unreached() cost { return cost{math.MaxInt64 / 4, 0} }

// from returns the cost from one spot to each of the others.
func (g *graph) from(source spot, targets []spot) []cost {
	s := &search{
		g: g, plain: make([]label, 2*len(g.edges)), rare: map[status]label{}, targets: targets,
		memories: map[string][]progress{"": nil}, wanted: map[int][]int{},
		best: make([]cost, len(targets)),
	}
	for i, t := range targets {
		s.best[i] = unreached()
		for _, e := range slices.Concat(g.between[[2]int64{t.a, t.b}], g.between[[2]int64{t.b, t.a}]) {
			s.wanted[e] = append(s.wanted[e], i)
		}
	}
	for _, e := range slices.Concat(
		g.between[[2]int64{source.a, source.b}], g.between[[2]int64{source.b, source.a}]) {
		s.depart(source, e)
	}
	for len(s.queue) > 0 {
		x := s.queue.pop()
		l := s.label(x.at)
		if l.done {
			continue
		}
		l.done = true
		s.set(x.at, l)
		s.turn(x)
	}
	return s.best
}

// until is the cost from the beginning of an edge to a spot on it.
func (g *graph) until(e int, at spot) cost {
	x := g.edges[e]
	cut := func(v int64) int64 { return v * at.share / 65536 }
	if x.from == at.a {
		return cost{cut(x.ms), cut(x.cm)}
	}
	return cost{x.ms - cut(x.ms), x.cm - cut(x.cm)}
}

func (s *search) depart(source spot, e int) {
	x := s.g.edges[e]
	before := s.g.until(e, source)
	s.reach(status{edge: e}, cost{x.ms - before.ms, x.cm - before.cm})
	for _, i := range s.wanted[e] {
		t := s.targets[i]
		after := s.g.until(e, t)
		ahead := t.share >= source.share
		if x.from != source.a {
			ahead = t.share <= source.share
		}
		if (t.a == source.a) != (t.b == source.b) || !ahead {
			continue
		}
		if c := (cost{after.ms - before.ms, after.cm - before.cm}); c.less(s.best[i]) {
			s.best[i] = c
		}
	}
}

func (s *search) reach(at status, c cost) {
	if l := s.label(at); l.reached && !c.less(l.c) {
		return
	}
	s.set(at, label{c: c, reached: true})
	s.queue.push(item{at, c})
}

// turn tries every way on from the end of an edge.
func (s *search) turn(x item) {
	g := s.g
	e := &g.edges[x.at.edge]
	v := e.end
	for _, f := range v.out {
		next := &g.edges[f]
		round := f == e.twin
		switch {
		case round && !s.stuck(x.at.edge), !round && v.blocked, x.at.inside && !next.private:
			continue
		}
		memory, ok := s.remember(x.at, f)
		if !ok {
			continue
		}
		inside := next.private && (x.at.inside || !e.private)
		c := x.c.plus(cost{g.turnTime(x.at.edge, f), 0})
		for _, i := range s.wanted[f] {
			if to := c.plus(g.until(f, s.targets[i])); to.less(s.best[i]) {
				s.best[i] = to
			}
		}
		s.reach(status{f, inside, memory}, c.plus(cost{next.ms, next.cm}))
	}
}

// stuck reports whether there is nothing but to turn round.
func (s *search) stuck(edge int) bool {
	e := &s.g.edges[edge]
	v := e.end
	if v.blocked {
		return true
	}
	for _, f := range v.out {
		if f != e.twin && (e.private || !s.g.edges[f].private) {
			return false
		}
	}
	return true
}

// remember follows all chains over one more edge; false when one forbids it.
func (s *search) remember(at status, f int) (string, bool) {
	g := s.g
	if at.memory == "" && len(g.starting[at.edge]) == 0 {
		return "", true
	}
	active := slices.Clone(s.memories[at.memory])
	for _, c := range g.starting[at.edge] {
		active = append(active, progress{c, 1})
	}
	var next []progress
	prescribed := map[string]bool{} // by the edges driven: was f among the prescribed?
	for _, p := range active {
		c := g.chains[p.chain]
		matches := c.edges[p.driven] == f
		switch last := p.driven == len(c.edges)-1; {
		case last && c.only:
			key := fmt.Sprint(c.edges[:p.driven])
			prescribed[key] = prescribed[key] || matches
		case last && matches:
			return "", false
		case !last && matches:
			next = append(next, progress{p.chain, p.driven + 1})
		}
	}
	for _, ok := range prescribed {
		if !ok {
			return "", false
		}
	}
	if len(next) == 0 {
		return "", true
	}
	slices.SortFunc(next, func(a, b progress) int {
		return (a.chain-b.chain)*1000 + a.driven - b.driven
	})
	var key strings.Builder
	for _, p := range next {
		fmt.Fprintf(&key, "%d.%d ", p.chain, p.driven)
	}
	s.memories[key.String()] = next
	return key.String(), true
}

// turnTime is the time of a turn in milliseconds.
func (g *graph) turnTime(from, to int) int64 {
	e, f := &g.edges[from], &g.edges[to]
	v := e.end
	ms := int64(0)
	switch {
	case to == e.twin:
		ms = sigmoid(180) + 20000
	case v.links > 2:
		ms = g.bends[angle(e, f)+180]
	}
	if v.signal {
		ms += 2000
	}
	return ms
}

func sigmoid(angle int) int64 {
	x, bias := float64(angle)/180, 1.075
	if angle >= 0 {
		return int64(math.Round(7500 / (1 + math.Exp(-(13/bias*x - 6.5*bias)))))
	}
	return int64(math.Round(7500 / (1 + math.Exp(-(-13*bias*x - 6.5/bias)))))
}

// angle is how far f bends from e, in whole degrees, to the right positive.
func angle(e, f *edge) int {
	turn := f.course - e.course
	for turn > 180 {
		turn -= 360
	}
	for turn <= -180 {
		turn += 360
	}
	whole := int(math.Round(turn))
	if whole == -180 {
		return 180
	}
	return whole
}

// course is the bearing from a to b, by vectors on the unit sphere; 0 between
// two nodes in the same place.
func course(a, b *node) float64 {
	if a.lon == b.lon && a.lat == b.lat {
		return 0
	}
	rad := math.Pi / 180
	east := [3]float64{-math.Sin(a.lon * rad), math.Cos(a.lon * rad), 0}
	north := [3]float64{
		-math.Sin(a.lat*rad) * math.Cos(a.lon*rad),
		-math.Sin(a.lat*rad) * math.Sin(a.lon*rad), math.Cos(a.lat * rad),
	}
	to := [3]float64{
		math.Cos(b.lat*rad) * math.Cos(b.lon*rad),
		math.Cos(b.lat*rad) * math.Sin(b.lon*rad), math.Sin(b.lat * rad),
	}
	dot := func(p, q [3]float64) float64 { return p[0]*q[0] + p[1]*q[1] + p[2]*q[2] }
	return math.Atan2(dot(to, east), dot(to, north)) / rad
}
