package routing

import (
	"context"

	"beatplan/routing/network"
	"beatplan/routing/path"
)

// What makes an alternative worth telling, after Abraham, Delling, Goldberg and
// Werneck (doi:10.1145/2444016.2444019): it takes at most a quarter longer, shares
// at most four fifths of the best route's time with the routes told before, and every
// stretch around its via point that lasts a quarter of the best route is itself a
// fastest way (the T-test), so that it makes no senseless loop.
const (
	stretchShare = 4 // the share of the best route that may be lost: 1/4
	sharedParts  = 5 // of five parts of the best route, four may be shared
	testedShare  = 4 // the T of the T-test: 1/4 of the best route
	viaTries     = 60
)

// MaxAlternatives bounds the routes beside the best one.
const MaxAlternatives = 3

// Alternatives finds the fastest route between two snaps and up to n more that are
// sensible and different, the fastest first. Often there is none beside the first.
// It fails as Through does.
func (e *Engine) Alternatives(ctx context.Context, from, to Snap, n int) ([]Route, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.lease.RUnlock()
	for i, s := range []Snap{from, to} {
		if _, err := e.place(s, i); err != nil {
			return nil, err
		}
	}
	best, err := e.through(ctx, []Snap{from, to})
	if err != nil || n <= 0 || from.place.Segment == to.place.Segment {
		return []Route{best}, err
	}
	out := []Route{best}
	for _, w := range e.alternatives(from.place, to.place, min(n, MaxAlternatives)) {
		leg := e.leg(from.place, to.place, w)
		out = append(out, Route{
			Legs: []Leg{leg}, Duration: leg.Duration, Distance: leg.Distance,
			Snaps: []Snap{from, to}, ways: []way{w},
		})
	}
	return out, ctx.Err()
}

// alternatives returns the sensible ways beside the best.
func (e *Engine) alternatives(from, to network.Place, n int) []way {
	targets, bias := e.targets(to)
	q := e.search.Get()
	defer e.search.Put(q)
	vias := q.Vias(e.sources(from), targets, viaTries, func(best network.Cost) network.Cost {
		return best + best.Part(1, stretchShare)
	})
	if len(vias) == 0 {
		return nil
	}
	best := vias[0].Cost - bias
	told := map[uint32]bool{} // arcs of the routes so far
	for _, s := range vias[0].Vertices {
		told[e.net.StateArc[s]] = true
	}
	var out []way
	for _, v := range vias[1:] {
		if len(out) == n {
			break
		}
		if v.Cost-bias > best+best.Part(1, stretchShare) ||
			e.shared(from, to, v.Vertices, told) > best.Part(sharedParts-1, sharedParts) ||
			!e.locallyBest(q, v, best.Part(1, testedShare)) {
			continue
		}
		out = append(out, way{cost: v.Cost - bias, states: v.Vertices})
		for _, s := range v.Vertices {
			told[e.net.StateArc[s]] = true
		}
	}
	return out
}

// shared is the cost of the arcs of a path that were told before, at its ends as far
// as they are driven.
func (e *Engine) shared(
	from, to network.Place, states []uint32, told map[uint32]bool,
) network.Cost {
	sum := network.Cost(0)
	for i, s := range states {
		arc := e.net.StateArc[s]
		if !told[arc] {
			continue
		}
		switch {
		case i == len(states)-1:
			sum += e.net.Before(arc, to)
		case i == 0:
			sum += e.net.ArcCost(arc) - e.net.Before(arc, from)
		default:
			sum += e.net.ArcCost(arc)
		}
	}
	return sum
}

// locallyBest is the T-test: no faster way leads from a point T before the via point
// to one T after it. It also refuses a path that uses a street twice.
func (e *Engine) locallyBest(q *path.Search, v path.Via, t network.Cost) bool {
	seen := make(map[uint32]bool, len(v.Vertices))
	for _, s := range v.Vertices {
		segment := e.net.StateArc[s] >> 1
		if seen[segment] {
			return false
		}
		seen[segment] = true
	}
	first, last, sum := v.At, v.At, network.Cost(0)
	for back := network.Cost(0); first > 0 && back < t; first-- {
		back += e.step(v.Vertices[first-1], v.Vertices[first])
		sum = back
	}
	for ahead := network.Cost(0); last < len(v.Vertices)-1 && ahead < t; last++ {
		c := e.step(v.Vertices[last], v.Vertices[last+1])
		ahead += c
		sum += c
	}
	return q.Cost([]path.Seed{{Vertex: v.Vertices[first]}}, []path.Seed{{Vertex: v.Vertices[last]}}) >= sum
}

// step is the cost from the end of one state's arc to the end of the next one's.
func (e *Engine) step(from, to uint32) network.Cost {
	return network.NewCost(e.turnTime(from, to), 0) + e.net.ArcCost(e.net.StateArc[to])
}

// Alternatives is Engine.Alternatives in the region of the snaps.
func (r *Roads) Alternatives(ctx context.Context, from, to Snap, n int) ([]Route, error) {
	e, err := r.engineOf([]Snap{from, to})
	if err != nil {
		return nil, err
	}
	return e.Alternatives(ctx, from, to, n)
}
