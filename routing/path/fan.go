package path

import "context"

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
	s := &q.fwd
	s.ascend(q.h, one, dir.up)
	if len(q.settled) == 0 {
		q.settled = make([]bool, q.h.Vertices())
	}
	// s.seen stays the list of all vertices whose distance is to be forgotten;
	// the climb's own are settled on demand like all others.
	walked := q.walked[:0]
	for j, seeds := range many {
		best := infinite
		for _, seed := range seeds {
			best = min(best, q.settle(seed.Vertex, dir.down, &walked)+seed.Cost)
		}
		out[j] = best
	}
	for _, v := range walked {
		s.dist[v] = infinite
		q.settled[v] = false
	}
	q.walked = walked
	s.end()
	return out
}

// settle makes the distance of v and of all above it final.
func (q *Search) settle(v uint32, down arcs, walked *[]uint32) cost {
	from := len(*walked)
	for u := v; u != none && !q.settled[u]; u = q.h.Parent[u] {
		*walked = append(*walked, u)
		q.settled[u] = true
	}
	for i := len(*walked) - 1; i >= from; i-- {
		u := (*walked)[i]
		q.fwd.dist[u] = min(q.fwd.dist[u], q.fwd.below(u, down))
	}
	return q.fwd.dist[v]
}
