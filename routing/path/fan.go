package path

import (
	"context"

	"beatplan/routing/network"
)

// A fan is a search from one place to many: climb from the one, then for each
// of the many walk up to where an earlier walk has been and come down again,
// settling each vertex from those above it. Vertices shared by the many are
// settled once. Source: Strasser and Zeitz, A Fast and Tight Heuristic for A*
// in Road Networks (doi:10.4230/LIPIcs.SEA.2021.6), there called Lazy RPHAST.

// fans answers from each of the ones to all of the many, from several goroutines but
// each of the ones once.
func (s *Searcher) fans(
	ctx context.Context, ones, many [][]Seed, dir heading, tell func(one int, costs []cost),
) error {
	return parallel(ctx, len(ones), func(next func() (int, bool)) {
		q := s.Get()
		defer s.Put(q)
		for i, ok := next(); ok; i, ok = next() {
			tell(i, q.fan(ones[i], many, dir))
		}
	})
}

// fan returns the costs from one to each of the many.
func (q *Search) fan(one []Seed, many [][]Seed, dir heading) []cost {
	out := make([]cost, len(many))
	q.open(one, dir)
	for j, seeds := range many {
		out[j] = q.spread(seeds, dir)
	}
	q.fold()
	return out
}

// Backwards begins a fan that comes backwards from the targets: [Search.From] then
// answers for one start after the other, whoever asks deciding when it is enough.
// [Search.End] ends it.
func (q *Search) Backwards(targets []Seed) { q.open(targets, q.h.backwards()) }

// From is the cost of the cheapest path from any of the sources to the targets of the
// fan, the seeds' costs included; network.Infinite when there is none.
func (q *Search) From(sources []Seed) network.Cost { return q.spread(sources, q.h.backwards()) }

// End ends the fan.
func (q *Search) End() { q.fold() }

// open climbs from the one.
func (q *Search) open(one []Seed, dir heading) {
	q.fwd.ascend(q.h, one, dir.up)
	if len(q.settled) == 0 {
		q.settled = make([]bool, q.h.Vertices())
	}
	// fwd.seen stays the list of all vertices whose distance is to be forgotten;
	// the climb's own are settled on demand like all others.
	q.walked = q.walked[:0]
}

// spread is the cost between the one and one of the many.
func (q *Search) spread(seeds []Seed, dir heading) cost {
	best := infinite
	for _, seed := range seeds {
		best = min(best, q.settle(seed.Vertex, dir.down)+seed.Cost)
	}
	return min(best, infinite)
}

// fold forgets the fan.
func (q *Search) fold() {
	for _, v := range q.walked {
		q.fwd.dist[v] = infinite
		q.settled[v] = false
	}
	q.fwd.end()
}

// settle makes the distance of v and of all above it final.
func (q *Search) settle(v uint32, down arcs) cost {
	from := len(q.walked)
	for u := v; u != none && !q.settled[u]; u = q.h.Parent[u] {
		q.walked = append(q.walked, u)
		q.settled[u] = true
	}
	for i := len(q.walked) - 1; i >= from; i-- {
		u := q.walked[i]
		q.fwd.dist[u] = min(q.fwd.dist[u], q.fwd.below(u, down))
	}
	return q.fwd.dist[v]
}
