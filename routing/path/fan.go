package path

import (
	"context"

	"beatplan/routing/network"
)

// A fan is a search from one place to many: climb from the one, then for each
// of the many walk up to where the walk before has been and come down again,
// settling each vertex from those above it. The many go in the order of the
// dissection, so that what neighbours share is settled once. Source: Strasser and
// Zeitz, A Fast and Tight Heuristic for A* in Road Networks
// (doi:10.4230/LIPIcs.SEA.2021.6), there called Lazy RPHAST.

// fans answers from each of the ones to all of the many, from several goroutines but
// each of the ones once.
func (s *Searcher) fans(
	ctx context.Context, ones, many [][]Seed, dir heading, tell func(one int, costs []cost),
) error {
	order := bySeed(many)
	return parallel(ctx, len(ones), func(next func() (int, bool)) {
		q := s.Get()
		defer s.Put(q)
		for i, ok := next(); ok; i, ok = next() {
			tell(i, q.fan(ones[i], many, order, dir))
		}
	})
}

// fan returns the costs from one to each of the many, which it takes in an order.
func (q *Search) fan(one []Seed, many [][]Seed, order []int32, dir heading) []cost {
	out := make([]cost, len(many))
	q.open(one, dir)
	for _, j := range order {
		out[j] = q.spread(many[j], dir)
	}
	return out
}

// Backwards begins a fan that comes backwards from the targets: [Search.From] then
// answers for one start after the other, whoever asks deciding when it is enough.
func (q *Search) Backwards(targets []Seed) { q.open(targets, q.h.backwards()) }

// From is the cost of the cheapest path from any of the sources to the targets of the
// fan, the seeds' costs included; network.Infinite when there is none.
func (q *Search) From(sources []Seed) network.Cost { return q.spread(sources, q.h.backwards()) }

// open climbs from the one.
func (q *Search) open(one []Seed, dir heading) {
	q.fwd.ascend(q.h, one, dir.up)
	q.down.settled = 0
}

// spread is the cost between the one and one of the many.
func (q *Search) spread(seeds []Seed, dir heading) cost {
	best := infinite
	for _, seed := range seeds {
		best = min(best, q.settle(seed.Vertex, dir.down)+seed.Cost)
	}
	return min(best, infinite)
}

// descent is a chain from a root down and the final distances of its vertices.
type descent struct {
	chain   []uint32 // by depth
	dist    []cost   // by depth
	settled int      // how many, from the root, are good
}

// walk makes the chain that of v and returns its depth; what it shares with the chain
// before stays settled.
func (w *descent) walk(h *Hierarchy, v uint32) int {
	depth := int(h.Depth[v])
	for len(w.chain) <= depth {
		w.chain, w.dist = append(w.chain, none), append(w.dist, infinite)
	}
	d := depth
	for ; d >= 0 && (d >= w.settled || w.chain[d] != v); d-- {
		w.chain[d] = v
		v = h.Parent[v]
	}
	if d < depth {
		w.settled = d + 1
	}
	return depth
}

// settle makes the distance of v and of all above it final.
func (q *Search) settle(v uint32, down arcs) cost {
	w := &q.down
	depth := w.walk(q.h, v)
	for ; w.settled <= depth; w.settled++ {
		u := w.chain[w.settled]
		best := q.fwd.known(u, w.settled)
		lo, hi := down.first[u], down.first[u+1]
		heads, costs := down.head[lo:hi], down.cost[lo:hi]
		costs = costs[:len(heads)]
		for i, x := range heads {
			best = min(best, w.dist[x]+costs[i])
		}
		w.dist[w.settled] = best
	}
	return w.dist[depth]
}

// known is the distance of a vertex at a depth, infinite when no climb passes it.
func (s *side) known(v uint32, depth int) cost {
	best := infinite
	for k := range s.branches {
		if s.vertex(k, depth) == v {
			best = min(best, *s.at(k, depth))
		}
	}
	return best
}
