package path

import (
	"slices"

	"beatplan/routing/network"
)

// Via is a path over a vertex that both climbs of a search have met.
type Via struct {
	Cost     network.Cost
	Vertices []uint32
	At       int // place of the via vertex in Vertices
}

// Vias returns the fastest path and up to n others that lead over one more vertex,
// cheapest first and none above limit(best); none at all when there is no path. All
// vertices of both climbs are candidates, so that every path is the shortest up to
// its via vertex and from there on, as far as the climbs know: whether it is
// sensible is for the caller to judge.
//
// Source: Abraham, Delling, Goldberg and Werneck, Alternative Routes in Road
// Networks (doi:10.1145/2444016.2444019).
func (q *Search) Vias(
	sources, targets []Seed, n int, limit func(best network.Cost) network.Cost,
) []Via {
	h := q.h
	q.fwd.ascend(h, sources, h.outward())
	q.bwd.ascend(h, targets, h.inward())
	defer q.fwd.end()
	defer q.bwd.end()
	q.entries = q.entries[:0]
	for _, v := range q.fwd.seen {
		if f, b := q.fwd.dist[v], q.bwd.dist[v]; f < infinite && b < infinite {
			q.entries = append(q.entries, entry{v, f + b})
		}
	}
	slices.SortFunc(q.entries, func(a, b entry) int {
		switch {
		case a.cost < b.cost:
			return -1
		case a.cost > b.cost:
			return 1
		}
		return int(b.vertex) - int(a.vertex)
	})
	var out []Via
	on := map[uint32]bool{} // vertices of the paths so far: a via on one of them is old
	for _, e := range q.entries {
		if len(out) > n || len(out) > 0 && e.cost > limit(out[0].Cost) {
			break
		}
		if on[e.vertex] {
			continue
		}
		q.meet = e.vertex
		path := q.trace()
		out = append(out, Via{e.cost, path, slices.Index(path, e.vertex)})
		for _, v := range path {
			on[v] = true
		}
	}
	return out
}
