package genetic

import (
	"math/rand/v2"

	"beatplan/routing/vrp/segment"
)

// point is a fixed-point one: weights of penalties are in sixteenths.
const point = 4

// track is a route under local search.
type track struct {
	start, end  int32 // sentinel nodes
	count       int   // visits
	load        int
	excess      int // load above the capacity
	late        int // warp and duty above the bound
	price       int // of the penalties
	changed     int // number of the move that changed it last
	capacity    int
	maxDuty     int
	fixed, kind int
	probed      int // number of the move at which SWAP* looked last
}

// local is a plan under local search: linked lists of nodes. Nodes 0 … n−1 are
// visits; n+2r and n+2r+1 are the start and the end of route r.
type local struct {
	in         *Input
	rng        *rand.Rand
	n          int
	next, prev []int32
	route, pos []int32
	place      []int32
	node       []segment.Segment // of a node alone
	pre, suf   []segment.Segment
	load       []int // carried up to the node
	cum, rev   []int // cost of the arcs from the start to here, and driven back
	tracks     []track
	tested     []int
	order      []int32
	near       [][]int32
	moves      int
	loadWeight int // price of a unit of overload, fixed point
	lateWeight int // price of a second of lateness, fixed point
	loop       int
	three      []three // SWAP*: best places of visit i in route r at r·n+i
	removal    []int
	epoch      int // tells the plans apart for which places were kept
	pairs      []int32
	work       int    // candidates looked at
	same       []bool // routes that are known to be at a local optimum
}

func newLocal(in *Input, rng *rand.Rand, granular int) *local {
	m := in.N + 2*len(in.Vehicles)
	s := &local{in: in, rng: rng, n: in.N, next: make([]int32, m), prev: make([]int32, m),
		route: make([]int32, m), pos: make([]int32, m), place: make([]int32, m),
		node: make([]segment.Segment, m), pre: make([]segment.Segment, m),
		suf: make([]segment.Segment, m), load: make([]int, m),
		cum: make([]int, m), rev: make([]int, m), tracks: make([]track, len(in.Vehicles)),
		tested: make([]int, in.N), three: make([]three, in.N*len(in.Vehicles)),
		removal: make([]int, in.N), same: make([]bool, len(in.Vehicles))}
	for i := range in.N {
		s.place[i] = int32(i)
		s.node[i] = segment.Segment{Dur: in.Serve[i], Early: in.Open[i], Late: in.Last[i]}
		s.order = append(s.order, int32(i))
		s.near = append(s.near, in.Near[i][:min(granular, len(in.Near[i]))])
	}
	for r := range in.Vehicles {
		v := &in.Vehicles[r]
		a, b := int32(in.N+2*r), int32(in.N+2*r+1)
		s.place[a], s.place[b] = int32(v.Start), int32(v.End)
		s.node[a] = segment.Segment{Early: v.Open, Late: v.Leave}
		s.node[b] = segment.Segment{Early: v.Open, Late: v.Shut}
		s.route[a], s.route[b] = int32(r), int32(r)
		s.tracks[r] = track{start: a, end: b, capacity: v.Capacity, maxDuty: v.MaxDuty,
			fixed: v.Fixed, kind: v.Kind}
	}
	return s
}

func (s *local) cost(a, b int32) int {
	return int(s.in.Cost[int(s.place[a])*s.in.Size+int(s.place[b])])
}

func (s *local) travel(a, b int32) int {
	return int(s.in.Time[int(s.place[a])*s.in.Size+int(s.place[b])])
}

// set takes a plan: one list of visits a vehicle.
func (s *local) set(routes [][]int32) {
	s.moves = 0
	for r := range s.tracks {
		t := &s.tracks[r]
		last := t.start
		for _, i := range routes[r] {
			s.next[last], s.prev[i] = i, last
			last = i
		}
		s.next[last], s.prev[t.end] = t.end, last
		s.update(r)
	}
}

// routes writes the plan into out.
func (s *local) routes() [][]int32 {
	out := make([][]int32, len(s.tracks))
	for r := range s.tracks {
		t := &s.tracks[r]
		if t.count == 0 {
			continue
		}
		list := make([]int32, 0, t.count)
		for i := s.next[t.start]; i != t.end; i = s.next[i] {
			list = append(list, i)
		}
		out[r] = list
	}
	return out
}

// update recomputes what is known of a route. O(stops).
func (s *local) update(r int) {
	t := &s.tracks[r]
	s.pre[t.start] = s.node[t.start]
	s.load[t.start], s.cum[t.start], s.rev[t.start], s.pos[t.start] = 0, 0, 0, 0
	last, k := t.start, int32(0)
	for i := s.next[last]; ; i = s.next[i] {
		k++
		s.route[i], s.pos[i] = int32(r), k
		s.cum[i] = s.cum[last] + s.cost(last, i)
		s.rev[i] = s.rev[last] + s.cost(i, last)
		s.load[i] = s.load[last]
		if i < int32(s.n) {
			s.load[i] += s.in.Demand[i]
		}
		if s.in.Timed {
			s.pre[i] = segment.Join(&s.pre[last], &s.node[i], s.travel(last, i))
		}
		if i == t.end {
			break
		}
		last = i
	}
	t.count, t.load = int(k)-1, s.load[t.end]
	if s.in.Timed {
		s.suf[t.end] = s.node[t.end]
		last = t.end
		for i := s.prev[last]; ; i = s.prev[i] {
			s.suf[i] = segment.Join(&s.node[i], &s.suf[last], s.travel(i, last))
			if i == t.start {
				break
			}
			last = i
		}
	}
	t.excess = max(t.load-t.capacity, 0)
	t.late = 0
	if s.in.Timed {
		t.late = t.lateness(&s.pre[t.end])
	}
	t.price = s.overload(t, t.load) + s.lateCost(t, &s.pre[t.end])
	t.changed = s.moves
}

// lateness is what a whole route violates in time.
func (t *track) lateness(whole *segment.Segment) int {
	late := whole.Warp
	if t.maxDuty > 0 {
		late += max(whole.Duty()-t.maxDuty, 0)
	}
	return late
}

func (s *local) overload(t *track, load int) int {
	if load <= t.capacity {
		return 0
	}
	return (load - t.capacity) * s.loadWeight >> point
}

func (s *local) lateCost(t *track, whole *segment.Segment) int {
	if !s.in.Timed {
		return 0
	}
	return t.lateness(whole) * s.lateWeight >> point
}

// walk joins the nodes from … to along the route.
func (s *local) walk(a segment.Segment, last, from, to int32) segment.Segment {
	for i := from; ; i = s.next[i] {
		a = segment.Join(&a, &s.node[i], s.travel(last, i))
		if i == to {
			return a
		}
		last = i
	}
}

// back joins the nodes from … to against the route.
func (s *local) back(a segment.Segment, last, from, to int32) segment.Segment {
	for i := from; ; i = s.prev[i] {
		a = segment.Join(&a, &s.node[i], s.travel(last, i))
		if i == to {
			return a
		}
		last = i
	}
}

// tail joins the rest of a route.
func (s *local) tail(a segment.Segment, last, i int32) segment.Segment {
	return segment.Join(&a, &s.suf[i], s.travel(last, i))
}

// total is the penalised cost, and what it violates.
func (s *local) total() (cost, excess, late int) {
	for r := range s.tracks {
		t := &s.tracks[r]
		if t.count == 0 {
			continue
		}
		cost += s.cum[t.end] + t.fixed
		excess += t.excess
		late += t.late
	}
	return cost, excess, late
}

// descend applies improving moves until none is left.
func (s *local) descend() {
	s.rng.Shuffle(len(s.order), func(a, b int) { s.order[a], s.order[b] = s.order[b], s.order[a] })
	for i := range s.tested {
		s.tested[i] = 0
	}
	for r := range s.tracks {
		t := &s.tracks[r]
		t.price = s.overload(t, t.load) + s.lateCost(t, &s.pre[t.end])
		t.changed, t.probed = count(r >= len(s.same) || !s.same[r]), -1
	}
	s.epoch += 1 << 32 // the places kept for SWAP* are of another plan
	s.moves = 1
	for s.loop = 0; ; s.loop++ {
		before := s.moves
		for _, u := range s.order {
			s.visit(u)
		}
		if s.loop == 0 || s.moves > before {
			continue
		}
		// With times SWAP* takes a third of the work and finds little: without it
		// RC2_4_1 is at 0.6 % after 8 processor seconds instead of 1.8 %.
		if s.in.Timed || !s.swapStars() {
			return
		}
	}
}

// around is u with what moves ask of it, worked out once for all neighbours.
type around struct {
	u, p, x, x2, x3       int32 // before u and behind it
	one, two, three, turn int   // added by taking 1, 2 or 3 visits out; by turning two
	pu, ux, xx2, x2x3     int   // arcs
	long                  int   // visits from u to the end of the route, at most 3
}

func (s *local) around(u int32) around {
	n := int32(s.n)
	a := around{u: u, p: s.prev[u], x: s.next[u], long: 1}
	a.pu, a.ux = s.cost(a.p, u), s.cost(u, a.x)
	a.one = s.cost(a.p, a.x) - a.pu - a.ux
	if a.x >= n {
		return a
	}
	a.long, a.x2 = 2, s.next[a.x]
	a.xx2 = s.cost(a.x, a.x2)
	a.two = s.cost(a.p, a.x2) - a.pu - a.xx2
	a.turn = s.cost(a.x, u) - a.ux
	if a.x2 >= n {
		return a
	}
	a.long, a.x3 = 3, s.next[a.x2]
	a.x2x3 = s.cost(a.x2, a.x3)
	a.three = s.cost(a.p, a.x3) - a.pu - a.x2x3
	return a
}

// visit tries every move of u with its neighbours.
func (s *local) visit(u int32) {
	last := s.tested[u]
	s.tested[u] = s.moves
	a := s.around(u)
	for k := 0; k < len(s.near[u]); k++ {
		v := s.near[u][k]
		if max(s.tracks[s.route[u]].changed, s.tracks[s.route[v]].changed) <= last {
			continue
		}
		if s.try(&a, v) {
			a = s.around(u)
			k = -1
			continue
		}
		if p := s.prev[v]; p >= int32(s.n) && s.tryFirst(&a, p) {
			a = s.around(u)
			k = -1
		}
	}
	if s.loop == 1 || s.loop > 1 && s.tracks[s.route[u]].changed > last {
		s.tryEmpty(u)
	}
}

// try looks at u behind v, and at exchanges of what stands there. The arcs are
// compared first: most moves end there.
func (s *local) try(a *around, v int32) bool {
	s.work++
	u, y, q := a.u, s.next[v], s.prev[v]
	bound := s.bound(u, v)
	vy := s.cost(v, y)
	bound += vy
	vx, uy := s.cost(v, a.x), s.cost(u, y)
	if s.behind(a, v, y, bound, vx, uy) {
		return true
	}
	qv := s.cost(q, v)
	most := bound + qv + a.pu - s.cost(q, u) - s.cost(a.p, v)
	if u < v && vx+uy < most+a.ux && s.exchange(u, 1, v, 1) {
		return true
	}
	if a.long >= 2 && s.larger(a, v, y, most-vy) {
		return true
	}
	if s.route[u] == s.route[v] {
		return s.reverse(u, v)
	}
	return uy+vx < bound+a.ux && s.cross(u, v)
}

// bound is what a move may cost in arcs at most: all penalties of its routes.
func (s *local) bound(u, v int32) int {
	ru, rv := s.route[u], s.route[v]
	if ru == rv {
		return s.tracks[ru].price
	}
	return s.tracks[ru].price + s.tracks[rv].price
}

// behind looks at one to three visits from u on behind v.
func (s *local) behind(a *around, v, y int32, bound, vx, uy int) bool {
	vu := s.cost(v, a.u)
	if a.one+vu+uy < bound && s.relocate(a.u, 1, v, false) {
		return true
	}
	if a.long < 2 || v == a.x {
		return false
	}
	if a.two+vu+s.cost(a.x, y) < bound && s.relocate(a.u, 2, v, false) ||
		a.two+vx+uy+a.turn < bound && s.relocate(a.u, 2, v, true) {
		return true
	}
	return a.long > 2 && v != a.x2 && a.three+vu+s.cost(a.x2, y) < bound &&
		s.relocate(a.u, 3, v, false)
}

// larger looks at exchanges of two or three visits from u on with one or two from
// v on. bound holds the arcs from u's and v's other ends already.
func (s *local) larger(a *around, v, y int32, bound int) bool {
	u, n := a.u, int32(s.n)
	vy := s.cost(v, y)
	if s.cost(a.x, y)+s.cost(v, a.x2) < bound+vy+a.xx2 && s.exchange(u, 2, v, 1) {
		return true
	}
	if a.long > 2 && s.cost(a.x2, y)+s.cost(v, a.x3) < bound+vy+a.x2x3 && s.exchange(u, 3, v, 1) {
		return true
	}
	if y >= n {
		return false
	}
	yy := s.next[y]
	yyy := s.cost(y, yy)
	if u < v && s.cost(a.x, yy)+s.cost(y, a.x2) < bound+yyy+a.xx2 && s.exchange(u, 2, v, 2) {
		return true
	}
	return a.long > 2 && s.cost(a.x2, yy)+s.cost(y, a.x3) < bound+yyy+a.x2x3 &&
		s.exchange(u, 3, v, 2)
}

// tryFirst looks at u behind the start of a route.
func (s *local) tryFirst(a *around, start int32) bool {
	y := s.next[start]
	bound := s.bound(a.u, start) + s.cost(start, y)
	vx, uy := s.cost(start, a.x), s.cost(a.u, y)
	if s.behind(a, start, y, bound, vx, uy) {
		return true
	}
	return s.route[a.u] != s.route[start] && uy+vx < bound+a.ux && s.cross(a.u, start)
}

// tryEmpty looks at moving u, or u and what follows, into an unused route of each
// kind.
func (s *local) tryEmpty(u int32) {
	kind := -1
	for r := range s.tracks {
		t := &s.tracks[r]
		if t.count > 0 || t.kind == kind {
			continue
		}
		kind = t.kind
		if s.relocate(u, 1, t.start, false) || s.relocate(u, 2, t.start, false) ||
			s.cross(s.prev[u], t.start) {
			return
		}
	}
}
