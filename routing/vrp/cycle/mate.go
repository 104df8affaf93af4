package cycle

import (
	"math"
	"math/rand/v2"
	"slices"
)

// children is how many offspring a pair tries at most.
const children = 30

// change replaces a neighbour of a place by another.
type change struct{ at, old, new int32 }

// mate crosses two tours by edge assembly (Nagata and Kobayashi, 2013,
// DOI 10.1287/ijoc.1120.0506), localised: an offspring is the first parent with one
// cycle exchanged whose edges alternate between the parents, and the closed parts
// that this leaves joined where it costs least. Only what changes is touched, so an
// offspring costs what its cycle is long, not what the tour is. It is the scratch
// of one worker and is not safe for concurrent use.
type mate struct {
	*ground
	rng        *rand.Rand
	order      []int32 // of the first parent
	pos        []int32
	link, peer []int32    // neighbours of each place in the first and second parent
	rest       [2][]int32 // edges in only one parent that are in no cycle yet
	many       [2][]int8  // how many of them each place has
	seen       [2][]int32 // where the walk met each place, by parity
	path       []int32    // of the walk
	cycles     []int32    // all cycles end to end: the first parent's edge first
	bounds     [][2]int32 // of each cycle
	cuts       []int64    // position of a removed edge << 32 | its number in the cycle
	port       []int32    // of each place in the cycle: twice its segment, + 1 at the end
	across     []int32    // the port that a port is joined to
	part       []int32    // of each segment
	size, seat []int32    // of each part: places, and one of them
	done, best []change   // of the present and the best offspring
	variety    *variety
}

func newMate(g *ground) *mate {
	m := &mate{ground: g, pos: make([]int32, g.n), link: make([]int32, 2*g.n),
		peer: make([]int32, 2*g.n)}
	for k := range 2 {
		m.rest[k], m.many[k] = make([]int32, 2*g.n), make([]int8, g.n)
		m.seen[k] = make([]int32, g.n)
		for i := range m.seen[k] {
			m.seen[k][i] = -1
		}
	}
	return m
}

// cross writes the best offspring of a and b over child and returns what it is
// shorter than a. Without one that is shorter it returns 0 and leaves child alone.
func (m *mate) cross(a, b, child []int32) int {
	m.order = a
	links(a, m.link)
	links(b, m.peer)
	for k, i := range a {
		m.pos[i] = int32(k)
	}
	m.decompose()
	m.rng.Shuffle(len(m.bounds), func(i, j int) {
		m.bounds[i], m.bounds[j] = m.bounds[j], m.bounds[i]
	})
	gain, score := 0, 0.0
	for _, x := range m.bounds[:min(children, len(m.bounds))] {
		g := m.exchange(m.cycles[x[0]:x[1]])
		if g > 0 {
			if y := m.merit(g); y > score {
				gain, score = g, y
				m.best = append(m.best[:0], m.done...)
			}
		}
		m.undo()
	}
	if gain == 0 {
		return 0
	}
	for _, c := range m.best {
		m.replace(c.at, c.old, c.new)
	}
	walk(m.link, child)
	return gain
}

// links writes both neighbours of each place.
func links(order, link []int32) {
	n := len(order)
	before := order[n-1]
	for k, i := range order {
		behind := order[0]
		if k+1 < n {
			behind = order[k+1]
		}
		link[2*i], link[2*i+1] = before, behind
		before = i
	}
}

// walk writes the tour along neighbours.
func walk(link, order []int32) {
	before, at := int32(-1), int32(0)
	for k := range order {
		order[k] = at
		next := link[2*at]
		if next == before {
			next = link[2*at+1]
		}
		before, at = at, next
	}
}

// decompose splits the edges that only one parent has into cycles that alternate
// between the parents.
func (m *mate) decompose() {
	m.cycles, m.bounds = m.cycles[:0], m.bounds[:0]
	for i := range int32(m.n) {
		m.only(0, i, m.link, m.peer)
		m.only(1, i, m.peer, m.link)
	}
	at := m.rng.IntN(m.n)
	for range m.n {
		for m.many[0][at] > 0 {
			m.wander(int32(at))
		}
		if at++; at == m.n {
			at = 0
		}
	}
}

// only notes the edges of place i in one parent that the other lacks.
func (m *mate) only(k int, i int32, mine, other []int32) {
	m.many[k][i] = 0
	for _, j := range mine[2*i : 2*i+2] {
		if j != other[2*i] && j != other[2*i+1] {
			m.rest[k][2*i+int32(m.many[k][i])] = j
			m.many[k][i]++
		}
	}
}

// take removes an edge from what is left of a parent at one end.
func (m *mate) take(k int, i, j int32) {
	m.many[k][i]--
	if m.rest[k][2*i] == j {
		m.rest[k][2*i] = m.rest[k][2*i+1]
	}
}

// wander walks from a place, by turns along an edge of the first and the second
// parent, and cuts off every cycle that closes, until it is back for good.
func (m *mate) wander(start int32) {
	m.path = append(m.path[:0], start)
	m.seen[0][start] = 0
	for {
		i := len(m.path) - 1
		v, k := m.path[i], i&1
		if m.many[k][v] == 0 { // only at the start, whose cycles are all closed
			m.seen[0][start] = -1
			return
		}
		w := m.rest[k][2*v]
		if m.many[k][v] == 2 && m.rng.Uint32()&1 == 1 {
			w = m.rest[k][2*v+1]
		}
		m.take(k, v, w)
		m.take(k, w, v)
		j := m.seen[1-k][w]
		if j < 0 {
			m.seen[1-k][w] = int32(i + 1)
			m.path = append(m.path, w)
			continue
		}
		from := int32(len(m.cycles))
		if j&1 == 0 {
			m.cycles = append(m.cycles, m.path[j:]...)
		} else {
			m.cycles = append(append(m.cycles, m.path[j+1:]...), m.path[j])
		}
		m.bounds = append(m.bounds, [2]int32{from, int32(len(m.cycles))})
		for x := int(j) + 1; x <= i; x++ {
			m.seen[x&1][m.path[x]] = -1
		}
		m.path = m.path[:j+1]
	}
}

func (m *mate) replace(at, old, new int32) {
	if m.link[2*at] == old {
		m.link[2*at] = new
		return
	}
	m.link[2*at+1] = new
}

func (m *mate) alter(at, old, new int32) {
	m.replace(at, old, new)
	m.done = append(m.done, change{at, old, new})
}

func (m *mate) undo() {
	for k := len(m.done) - 1; k >= 0; k-- {
		c := m.done[k]
		m.replace(c.at, c.new, c.old)
	}
	m.done = m.done[:0]
}

// exchange puts the second parent's edges of a cycle in place of the first's, joins
// the parts, and returns what is gained; 0 or less when it is not worth going on.
func (m *mate) exchange(c []int32) int {
	gain, k := 0, len(c)
	for i := 0; i < k; i += 2 {
		gain += m.dist(c[i], c[i+1]) - m.dist(c[i+1], c[(i+2)%k])
	}
	if gain <= 0 { // joining parts hardly ever gains
		return 0
	}
	parts := m.parts(c)
	for i := 0; i < k; i += 2 {
		m.alter(c[i], c[i+1], c[(i+k-1)%k])
		m.alter(c[i+1], c[i], c[(i+2)%k])
	}
	for ; parts > 1 && gain > 0; parts-- {
		gain += m.join(parts)
	}
	return gain
}

// parts cuts the first parent at a cycle's edges and finds the closed parts that
// the second's edges make of the segments. It returns their number.
func (m *mate) parts(c []int32) int {
	k, n := len(c), int32(m.n)
	m.cuts = m.cuts[:0]
	for i := 0; i < k; i += 2 {
		p, q := m.pos[c[i]], m.pos[c[i+1]]
		if q != p+1 && (q != 0 || p != n-1) {
			p = q
		}
		m.cuts = append(m.cuts, int64(p)<<32|int64(i))
	}
	slices.Sort(m.cuts)
	m.port, m.across = resize(m.port, k), resize(m.across, k)
	m.part = resize(m.part, k/2)
	for s, x := range m.cuts { // segment s ends at this cut, the next begins
		i, behind := int32(x), int32(2*(s+1))
		if int(behind) == k {
			behind = 0
		}
		m.port[i], m.port[i+1] = int32(2*s+1), behind
		if m.pos[c[i]] != int32(x>>32) {
			m.port[i], m.port[i+1] = m.port[i+1], m.port[i]
		}
	}
	for i := 1; i < k; i += 2 {
		a, b := m.port[i], m.port[(i+1)%k]
		m.across[a], m.across[b] = b, a
	}
	return m.label(k / 2)
}

// label numbers the closed parts of so many segments.
func (m *mate) label(segments int) int {
	for s := range m.part {
		m.part[s] = -1
	}
	m.size, m.seat = m.size[:0], m.seat[:0]
	for s := range segments {
		if m.part[s] >= 0 {
			continue
		}
		id, size := int32(len(m.size)), int32(0)
		for at := int32(2 * s); m.part[at/2] < 0; at = m.across[at^1] {
			m.part[at/2] = id
			size += m.extent(int(at / 2))
		}
		m.size = append(m.size, size)
		m.seat = append(m.seat, m.order[m.cuts[s]>>32])
	}
	return len(m.size)
}

// extent is the number of places of a segment.
func (m *mate) extent(s int) int32 {
	end := int32(m.cuts[s] >> 32)
	if s > 0 {
		return end - int32(m.cuts[s-1]>>32)
	}
	return end + int32(m.n) - int32(m.cuts[len(m.cuts)-1]>>32)
}

// of is the part that a place is in.
func (m *mate) of(v int32) int32 {
	p := int64(m.pos[v])
	lo, hi := 0, len(m.cuts)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if m.cuts[mid]>>32 < p {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(m.cuts) {
		lo = 0
	}
	return m.part[lo]
}

// join ties the smallest part to another where it costs least, and returns what is
// gained, which is mostly below 0.
func (m *mate) join(parts int) int {
	least := int32(-1)
	for id, size := range m.size {
		if size > 0 && (least < 0 || size < m.size[least]) {
			least = int32(id)
		}
	}
	gain := math.MinInt / 4
	var tie [4]int32
	before, at := int32(-1), m.seat[least]
	for range m.size[least] {
		for _, v := range m.nearTo(at) {
			if m.of(v) == least {
				continue
			}
			d := m.dist(at, v)
			for _, x := range m.link[2*at : 2*at+2] {
				open := m.dist(at, x) - d
				for _, y := range m.link[2*v : 2*v+2] {
					if g := open + m.dist(v, y) - m.dist(x, y); g > gain {
						gain, tie = g, [4]int32{at, x, v, y}
					}
				}
			}
		}
		next := m.link[2*at]
		if next == before {
			next = m.link[2*at+1]
		}
		before, at = at, next
	}
	if gain == math.MinInt/4 {
		return gain
	}
	u, x, v, y := tie[0], tie[1], tie[2], tie[3]
	id := m.of(v)
	m.alter(u, x, v)
	m.alter(x, u, y)
	m.alter(v, y, u)
	m.alter(y, v, x)
	for s := range m.part {
		if m.part[s] == least {
			m.part[s] = id
		}
	}
	m.size[id] += m.size[least]
	m.size[least] = 0
	return gain
}

// merit weighs what the present offspring gains against the variety that the herd
// loses by it: the loss of entropy of its edges.
func (m *mate) merit(gain int) float64 {
	loss := 0.0
	for _, c := range m.done { // every edge is seen from both ends
		loss -= m.variety.change(c)
	}
	return float64(gain) / max(loss, 1e-9)
}

func resize[T any](list []T, n int) []T {
	if cap(list) < n {
		return make([]T, n, 2*n)
	}
	return list[:n]
}
