package path

import (
	"sync"

	"beatplan/routing/network"
)

// Seed is a vertex where a search begins, and the cost of being there.
type Seed struct {
	Vertex uint32
	Cost   network.Cost
}

// side is one half of a search.
type side struct {
	dist []cost   // by vertex, infinite between searches
	from []uint32 // vertex before, none at a seed; valid where dist is finite
	seen []uint32 // vertices on the way up, ascending
	// forks is how many of seen lie below the vertex where all climbs are one, -1 when
	// they never are.
	forks int
	at    []uint32 // where the seeds' climbs are
}

func newSide(n int) side {
	s := side{dist: make([]cost, n), from: make([]uint32, n)}
	for i := range s.dist {
		s.dist[i] = infinite
	}
	return s
}

// begin places the seeds.
func (s *side) begin(seeds []Seed) {
	s.at = s.at[:0]
	s.seen = s.seen[:0]
	for _, x := range seeds {
		if x.Cost < s.dist[x.Vertex] {
			s.dist[x.Vertex], s.from[x.Vertex] = x.Cost, none
		}
		s.at = append(s.at, x.Vertex)
	}
}

// next is the lowest vertex of the climbs, none at the end.
func (s *side) next() uint32 {
	v := none
	for _, a := range s.at {
		v = min(v, a)
	}
	return v
}

// climb moves the climbs that are at v to its parent and merges them.
func (s *side) climb(v, parent uint32) {
	s.seen = append(s.seen, v)
	kept := s.at[:0]
	moved := false
	for _, a := range s.at {
		switch {
		case a != v:
			kept = append(kept, a)
		case !moved && parent != none:
			moved = true
			kept = append(kept, parent)
		}
	}
	s.at = kept
}

// end forgets the search.
func (s *side) end() {
	for _, v := range s.seen {
		s.dist[v] = infinite
	}
}

// Search answers one question at a time; get one from a Searcher.
type Search struct {
	h        *Hierarchy
	fwd, bwd side
	best     cost
	meet     uint32
	entries  []entry
	settled  []bool   // of fans, by vertex
	walked   []uint32 // vertices that a fan has settled
}

// Searcher hands out searches over one hierarchy. Safe for concurrent use.
type Searcher struct {
	h    *Hierarchy
	pool sync.Pool
}

// NewSearcher returns a searcher over h.
func NewSearcher(h *Hierarchy) *Searcher {
	s := &Searcher{h: h}
	s.pool.New = func() any {
		return &Search{h: h, fwd: newSide(h.Vertices()), bwd: newSide(h.Vertices())}
	}
	return s
}

// Get borrows a search; give it back with Put.
func (s *Searcher) Get() *Search { return s.pool.Get().(*Search) }

// Put gives a search back.
func (s *Searcher) Put(q *Search) { s.pool.Put(q) }

// Path returns the cost of the cheapest path from any source to any target,
// the seeds' costs included, and its vertices; network.Infinite when there is
// none. A path may consist of a single vertex that is source and target.
func (q *Search) Path(sources, targets []Seed) (network.Cost, []uint32) {
	q.run(sources, targets)
	var path []uint32
	if q.best < infinite {
		path = q.trace()
	}
	q.fwd.end()
	q.bwd.end()
	return q.best, path
}

// Cost is Path without the vertices.
func (q *Search) Cost(sources, targets []Seed) network.Cost {
	q.run(sources, targets)
	q.fwd.end()
	q.bwd.end()
	return q.best
}

// run climbs from both ends in the order of the vertices. Where all climbs
// have become one, the rest is a plain walk to the root.
func (q *Search) run(sources, targets []Seed) {
	h := q.h
	q.best, q.meet = infinite, none
	q.fwd.begin(sources)
	q.bwd.begin(targets)
	for {
		f, b := q.fwd.next(), q.bwd.next()
		v := min(f, b)
		if v == none {
			return
		}
		if f == b && len(q.fwd.at) == 1 && len(q.bwd.at) == 1 {
			q.together(v)
			return
		}
		if f == b {
			q.meetAt(v)
		}
		if v == f {
			if d := q.fwd.dist[v]; d < q.best {
				q.fwd.relax(d, v, h.OutFirst, h.OutHead, h.OutCost)
			}
			q.fwd.climb(v, h.Parent[v])
		}
		if v == b {
			if d := q.bwd.dist[v]; d < q.best {
				q.bwd.relax(d, v, h.InFirst, h.InHead, h.InCost)
			}
			q.bwd.climb(v, h.Parent[v])
		}
	}
}

func (q *Search) meetAt(v uint32) {
	if c := q.fwd.dist[v] + q.bwd.dist[v]; c < q.best {
		q.best, q.meet = c, v
	}
}

// together walks both searches up from their one common vertex.
func (q *Search) together(v uint32) {
	h := q.h
	for ; v != none; v = h.Parent[v] {
		q.fwd.seen = append(q.fwd.seen, v)
		q.bwd.seen = append(q.bwd.seen, v)
		q.meetAt(v)
		if d := q.fwd.dist[v]; d < q.best {
			q.fwd.relax(d, v, h.OutFirst, h.OutHead, h.OutCost)
		}
		if d := q.bwd.dist[v]; d < q.best {
			q.bwd.relax(d, v, h.InFirst, h.InHead, h.InCost)
		}
	}
}

// ascend walks one search up to the root, whatever the other side does.
func (s *side) ascend(h *Hierarchy, seeds []Seed, up arcs) {
	s.begin(seeds)
	apart := false // they end at different roots: none is below the others' way up
	for len(s.at) > 1 {
		v := s.next()
		if d := s.dist[v]; d < infinite {
			s.relax(d, v, up.first, up.head, up.cost)
		}
		apart = apart || h.Parent[v] == none
		s.climb(v, h.Parent[v])
	}
	if s.forks = len(s.seen); apart {
		s.forks = -1
	}
	if len(s.at) == 0 {
		return
	}
	for v := s.at[0]; v != none; v = h.Parent[v] {
		s.seen = append(s.seen, v)
		if d := s.dist[v]; d < infinite {
			s.relax(d, v, up.first, up.head, up.cost)
		}
	}
}

func (s *side) relax(d cost, v uint32, first, head []uint32, costs []cost) {
	lo, hi := first[v], first[v+1]
	heads, weights := head[lo:hi], costs[lo:hi]
	weights = weights[:len(heads)]
	for i, w := range heads {
		if c := d + weights[i]; c < s.dist[w] {
			s.dist[w], s.from[w] = c, v
		}
	}
}

// trace unpacks the path over the meeting vertex.
func (q *Search) trace() []uint32 {
	var up []uint32
	for v := q.meet; v != none; v = q.fwd.from[v] {
		up = append(up, v)
	}
	path := []uint32{up[len(up)-1]}
	for i := len(up) - 1; i > 0; i-- {
		path = q.h.unpack(path, up[i], up[i-1])
	}
	for v := q.meet; q.bwd.from[v] != none; v = q.bwd.from[v] {
		path = q.h.unpack(path, v, q.bwd.from[v])
	}
	return path
}
