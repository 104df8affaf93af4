package path

import (
	"cmp"
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
	q.fwd.ascend(q.h, sources, q.h.outward())
	q.bwd.ascend(q.h, targets, q.h.inward())
	q.candidates()
	var out []Via
	on := map[uint32]bool{} // vertices of the paths so far: a via on one of them is old
	for _, e := range q.entries {
		if len(out) > n || len(out) > 0 && e.cost > limit(out[0].Cost) {
			break
		}
		v := q.fwd.vertex(e.meet.fwd, e.meet.depth)
		if on[v] {
			continue
		}
		q.meet = e.meet
		path := q.trace()
		out = append(out, Via{e.cost, path, slices.Index(path, v)})
		for _, v := range path {
			on[v] = true
		}
	}
	return out
}

// candidate is a vertex where both climbs meet.
type candidate struct {
	meet meeting
	cost cost
}

// candidates lists where both climbs meet, cheapest first, then from the root down.
func (q *Search) candidates() {
	q.entries = q.entries[:0]
	if len(q.fwd.branches) == 0 || len(q.bwd.branches) == 0 {
		return
	}
	visit := func(m meeting, c cost) {
		if c < infinite {
			q.entries = append(q.entries, candidate{m, c})
		}
	}
	common := commonDepth(q.fwd.trunk().chain, q.bwd.trunk().chain)
	for d := range common + 1 {
		visit(meeting{depth: d}, q.fwd.trunk().dist[d]+q.bwd.trunk().dist[d])
	}
	q.beside(common, visit)
	slices.SortStableFunc(q.entries, func(a, b candidate) int { return cmp.Compare(a.cost, b.cost) })
}
