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

// Search answers one question at a time; get one from a Searcher.
type Search struct {
	h        *Hierarchy
	fwd, bwd side
	best     cost
	meet     meeting
	entries  []candidate
	down     descent  // of fans
	row      []uint32 // of tables, by vertex; all 0 between them
}

// meeting is a vertex that both sides of a search know.
type meeting struct {
	fwd, bwd int // branches
	depth    int
}

// Searcher hands out searches over one hierarchy. Safe for concurrent use.
type Searcher struct {
	h    *Hierarchy
	pool sync.Pool
}

// NewSearcher returns a searcher over h.
func NewSearcher(h *Hierarchy) *Searcher {
	s := &Searcher{h: h}
	s.pool.New = func() any { return &Search{h: h} }
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
	if q.run(sources, targets); q.best == infinite {
		return infinite, nil
	}
	return q.best, q.trace()
}

// Cost is Path without the vertices.
func (q *Search) Cost(sources, targets []Seed) network.Cost {
	q.run(sources, targets)
	return q.best
}

// run climbs from both ends: first each alone, up to where their trunks become one,
// then both together to the root.
func (q *Search) run(sources, targets []Seed) {
	q.best = infinite
	if len(sources) == 0 || len(targets) == 0 {
		return
	}
	q.fwd.place(q.h, sources)
	q.bwd.place(q.h, targets)
	f, b := q.fwd.trunk(), q.bwd.trunk()
	common := commonDepth(f.chain, b.chain)
	out, in := q.h.outward(), q.h.inward()
	q.fwd.climb(out, common)
	q.bwd.climb(in, common)
	for d := common; d >= 0; d-- {
		df, db := f.dist[d], b.dist[d]
		if df+db < q.best {
			q.best, q.meet = df+db, meeting{depth: d}
		}
		if df < q.best {
			f.relax(d, out)
		}
		if db < q.best {
			b.relax(d, in)
		}
	}
	q.beside(common, func(m meeting, c cost) {
		if c < q.best {
			q.best, q.meet = c, m
		}
	})
}

// beside visits where the sides meet off the common part of their trunks: close to
// sources and targets that are neighbours.
func (q *Search) beside(common int, visit func(meeting, cost)) {
	for i := range q.fwd.branches {
		for j := range q.bwd.branches {
			d := min(q.fwd.branches[i].join, q.bwd.branches[j].join, common) + 1
			for ; q.fwd.vertex(i, d) == q.bwd.vertex(j, d) && q.fwd.vertex(i, d) != none; d++ {
				visit(meeting{i, j, d}, *q.fwd.at(i, d)+*q.bwd.at(j, d))
			}
		}
	}
}

// trace unpacks the path over the meeting vertex.
func (q *Search) trace() []uint32 {
	m := q.meet
	var up []uint32
	for at := step(m.fwd, m.depth); at != none; at = q.fwd.before(at) {
		up = append(up, q.fwd.vertexAt(at))
	}
	path := []uint32{up[len(up)-1]}
	for i := len(up) - 1; i > 0; i-- {
		path = q.h.unpack(path, up[i], up[i-1])
	}
	at := step(m.bwd, m.depth)
	for next := q.bwd.before(at); next != none; at, next = next, q.bwd.before(next) {
		path = q.h.unpack(path, q.bwd.vertexAt(at), q.bwd.vertexAt(next))
	}
	return path
}
