package path

import "context"

// Big tables are answered in tiles: sources and targets, in the order of the
// dissection, are cut into bundles of neighbours. What a bundle of targets knows is a
// small dense matrix: for every vertex above any of its targets, its hubs, the cost
// from there to each target. For each hub that a source's climb has met, the costs of
// the bundle are lowered by a + b[t], a plain loop over two short arrays.
//
// Most hubs need no loop: the cost of the hub plus the least cost from it to any
// target of the bundle is a lower bound, and when that is no better than the worst
// cost of the bundle so far, the hub cannot help anybody. Neighbouring targets have
// alike costs, so that few hubs pass. The hub that was best for the source before,
// which is a neighbour too, is tried first and makes the bound tight from the start.
//
// Both the climb of a source and the hubs of a bundle hold with a vertex all of its
// ancestors in the elimination tree. Walking down the climb from the top one has met
// all common vertices at the first that the bundle does not know.
//
// It is Hub Labeling (Abraham, Delling, Goldberg and Werneck,
// doi:10.1007/978-3-642-20662-7_20) with the labels of a hierarchy, many to many.

// bundleSize is how many targets make a bundle: enough that the loop outweighs the
// bound, few enough that they are neighbours. A power of two, for the compiler.
const bundleSize = 32

// chunkSize is how many sources meet a bundle while it lies in the cache.
const chunkSize = 64

// lanes are the costs of a bundle's targets, in its order.
type lanes [bundleSize]cost

// bundle is a few targets with their hubs.
type bundle struct {
	targets []int32
	hubs    []hub
	costs   []lanes // of each hub
}

// hub is a vertex with the least cost from it to any target of the bundle.
type hub struct {
	vertex uint32
	least  cost
}

// label is a climb: what it has reached, from the top down, and how many of these lie
// above the vertex from which all of its seeds have one way up.
type label struct {
	reached []entry
	trunk   int
}

// tiles answers a table by bundles.
func (s *Searcher) tiles(
	ctx context.Context, sources, targets [][]Seed, write Write,
) error {
	bundles, err := s.bundles(ctx, targets)
	if err != nil {
		return err
	}
	order := bySeed(sources)
	chunks := (len(order) + chunkSize - 1) / chunkSize
	return parallel(ctx, chunks, func(next func() (int, bool)) {
		q := s.Get()
		defer s.Put(q)
		labels := make([]label, chunkSize)
		row := q.rows() // of a vertex in the bundle's hubs, plus 1
		for c, ok := next(); ok; c, ok = next() {
			chunk := order[c*chunkSize : min((c+1)*chunkSize, len(order))]
			for k, i := range chunk {
				q.climb(&labels[k], sources[i])
			}
			for k := range bundles {
				if ctx.Err() != nil {
					return
				}
				bundles[k].meet(chunk, labels, row, write)
			}
		}
	})
}

// rows is room for a number of each vertex, all 0.
func (q *Search) rows() []uint32 {
	if q.row == nil {
		q.row = make([]uint32, q.h.Vertices())
	}
	return q.row
}

// climb labels a source.
func (q *Search) climb(l *label, seeds []Seed) {
	l.reached, l.trunk = l.reached[:0], 0
	q.fwd.ascend(q.h, seeds, q.h.outward())
	q.fwd.each(func(v uint32, d cost, shared bool) {
		if d == infinite {
			return
		}
		l.reached = append(l.reached, entry{v, d})
		if shared {
			l.trunk = len(l.reached)
		}
	})
}

// meet answers from a chunk of sources to the bundle; row is all 0 before and after.
func (b *bundle) meet(chunk []int32, labels []label, row []uint32, write Write) {
	for i, h := range b.hubs {
		row[h.vertex] = uint32(i) + 1
	}
	first := none // the best hub of the source before
	for k, i := range chunk {
		var costs lanes
		first = b.lower(&labels[k], first, row, &costs)
		write(int(i), b.targets, costs[:len(b.targets)])
	}
	for _, h := range b.hubs {
		row[h.vertex] = 0
	}
}

// lower computes the costs from a source to the bundle's targets, beginning with one
// of the hubs. It returns the hub with the least bound.
func (b *bundle) lower(l *label, first uint32, row []uint32, costs *lanes) uint32 {
	for t := range b.targets { // lanes without a target stay 0 and bound nothing
		costs[t] = infinite
	}
	worst := infinite
	if first != none {
		for _, e := range l.reached {
			if e.vertex == first {
				worst = costs.lower(&b.costs[row[first]-1], e.cost, len(b.targets))
				break
			}
		}
	}
	best, least := first, infinite
	for k, e := range l.reached {
		r := row[e.vertex]
		if r == 0 {
			if k < l.trunk {
				break
			}
			continue
		}
		bound := e.cost + b.hubs[r-1].least
		if bound >= worst {
			continue
		}
		if bound < least {
			best, least = e.vertex, bound
		}
		worst = costs.lower(&b.costs[r-1], e.cost, len(b.targets))
	}
	for t := range b.targets {
		costs[t] = min(costs[t], infinite)
	}
	return best
}

// lower takes the ways over a hub at cost a and returns the worst cost left.
func (l *lanes) lower(hub *lanes, a cost, targets int) (worst cost) {
	if targets == bundleSize {
		// Four at a time: a single maximum would have to wait for the one before.
		var w [4]cost
		for t := 0; t < bundleSize; t += 4 {
			x, y := (*[4]cost)(l[t:t+4]), (*[4]cost)(hub[t:t+4])
			x[0], x[1] = min(x[0], a+y[0]), min(x[1], a+y[1])
			x[2], x[3] = min(x[2], a+y[2]), min(x[3], a+y[3])
			w[0], w[1] = max(w[0], x[0]), max(w[1], x[1])
			w[2], w[3] = max(w[2], x[2]), max(w[3], x[3])
		}
		return max(w[0], w[1], w[2], w[3])
	}
	for t := range l[:targets] {
		l[t] = min(l[t], a+hub[t])
		worst = max(worst, l[t])
	}
	return worst
}

// bundles climbs from all targets and gathers what neighbours know.
func (s *Searcher) bundles(ctx context.Context, targets [][]Seed) ([]bundle, error) {
	order := bySeed(targets)
	out := make([]bundle, (len(order)+bundleSize-1)/bundleSize)
	err := parallel(ctx, len(out), func(next func() (int, bool)) {
		q := s.Get()
		defer s.Put(q)
		row := q.rows() // of a vertex in the bundle's costs, plus 1
		for k, ok := next(); ok; k, ok = next() {
			out[k].targets = order[k*bundleSize : min((k+1)*bundleSize, len(order))]
			q.gather(&out[k], targets, row)
		}
	})
	return out, err
}

// gather fills a bundle; row is all 0 before and after. The hubs of many targets, which
// are the high vertices, come first of themselves.
func (q *Search) gather(b *bundle, targets [][]Seed, row []uint32) {
	for t, j := range b.targets {
		q.bwd.ascend(q.h, targets[j], q.h.inward())
		q.bwd.each(func(v uint32, d cost, _ bool) {
			if row[v] == 0 {
				b.hubs = append(b.hubs, hub{v, infinite})
				b.costs = append(b.costs, unreachedLanes())
				row[v] = uint32(len(b.hubs))
			}
			i := row[v] - 1
			b.costs[i][t] = min(b.costs[i][t], d)
			b.hubs[i].least = min(b.hubs[i].least, d)
		})
	}
	for _, h := range b.hubs {
		row[h.vertex] = 0
	}
}

func unreachedLanes() (l lanes) {
	for t := range l {
		l[t] = infinite
	}
	return l
}
