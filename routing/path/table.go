package path

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"beatplan/routing/network"
)

// entry is a vertex that a source or target reaches on its way up, with the
// exact distance.
type entry struct {
	vertex uint32
	cost   cost
}

// label climbs from the seeds and appends the vertices that are reached. With
// exact, those are left out whose distance on the way up is not their true
// one: no fastest path turns down there. They are found by a second walk from
// the top, which doubles the work and saves a quarter of the entries.
func (q *Search) label(
	labels []entry, s *side, seeds []Seed, dir heading, exact bool,
) []entry {
	s.ascend(q.h, seeds, dir.up)
	for i := len(s.seen) - 1; i >= 0; i-- {
		v := s.seen[i]
		d := s.dist[v]
		if d == infinite {
			continue
		}
		if exact {
			if better := s.below(v, dir.down); better < d {
				s.dist[v] = better
				continue
			}
		}
		labels = append(labels, entry{v, d})
	}
	s.end()
	return labels
}

// below is the least distance at v of a way that comes down from above.
func (s *side) below(v uint32, down arcs) cost {
	best := infinite
	for a := down.first[v]; a < down.first[v+1]; a++ {
		best = min(best, s.dist[down.head[a]]+down.cost[a])
	}
	return best
}

// heading is the direction of a search: the arcs that it climbs and those by
// which it comes down again.
type heading struct{ up, down arcs }

func (h *Hierarchy) forwards() heading  { return heading{h.outward(), h.inward()} }
func (h *Hierarchy) backwards() heading { return heading{h.inward(), h.outward()} }

type arcs struct {
	first, head []uint32
	cost        []cost
}

func (h *Hierarchy) outward() arcs { return arcs{h.OutFirst, h.OutHead, h.OutCost} }
func (h *Hierarchy) inward() arcs  { return arcs{h.InFirst, h.InHead, h.InCost} }

// Where one way of answering a table becomes better than another, measured on
// the road network of Porto.
const (
	fanFrom   = 12  // up to so many rows (or columns) are fans
	exactFrom = 700 // from so many rows and columns labels are thinned out
)

// bucket is what a vertex knows of the targets, in no order; it is scanned
// whole.
type bucket struct {
	cost   cost
	target uint32
}

// Table computes the costs from every source to every target, row by row, on
// all processors; Infinite where there is no path. Every source and target is
// a list of seeds; an empty one reaches nothing. It fails only with ctx's
// error.
func (s *Searcher) Table(ctx context.Context, sources, targets [][]Seed) ([]network.Cost, error) {
	out := make([]network.Cost, len(sources)*len(targets))
	for i := range out {
		out[i] = infinite
	}
	if len(out) == 0 {
		return out, nil
	}
	switch {
	case len(sources) <= fanFrom && len(sources) <= len(targets):
		return out, s.fans(ctx, sources, targets, s.h.forwards(), func(i, j int, c cost) {
			out[i*len(targets)+j] = c
		})
	case len(targets) <= fanFrom:
		return out, s.fans(ctx, targets, sources, s.h.backwards(), func(j, i int, c cost) {
			out[i*len(targets)+j] = c
		})
	}
	exact := min(len(sources), len(targets)) >= exactFrom
	return out, s.throughBuckets(ctx, sources, targets, out, exact)
}

// throughBuckets fills out, which is all infinite, by buckets.
func (s *Searcher) throughBuckets(
	ctx context.Context, sources, targets [][]Seed, out []network.Cost, exact bool,
) error {
	first, buckets, err := s.buckets(ctx, targets, exact)
	if err != nil {
		return err
	}
	return parallel(ctx, len(sources), func(next func() (int, bool)) {
		q := s.Get()
		defer s.Put(q)
		for i, ok := next(); ok; i, ok = next() {
			row := out[i*len(targets) : (i+1)*len(targets)]
			q.entries = q.label(q.entries[:0], &q.fwd, sources[i], s.h.forwards(), exact)
			for _, e := range q.entries {
				lo, hi := first.at[e.vertex], first.at[e.vertex+1]
				for _, b := range buckets[lo:hi] {
					row[b.target] = min(row[b.target], e.cost+b.cost)
				}
			}
		}
	})
}

// bucketIndex is where the buckets of a vertex begin.
type bucketIndex struct{ at []uint32 }

// buckets labels all targets and gathers the labels by vertex.
func (s *Searcher) buckets(
	ctx context.Context, targets [][]Seed, exact bool,
) (bucketIndex, []bucket, error) {
	all := make([][]entry, len(targets))
	err := parallel(ctx, len(targets), func(next func() (int, bool)) {
		q := s.Get()
		defer s.Put(q)
		for j, ok := next(); ok; j, ok = next() {
			q.entries = q.label(q.entries[:0], &q.bwd, targets[j], s.h.backwards(), exact)
			all[j] = append([]entry(nil), q.entries...)
		}
	})
	if err != nil {
		return bucketIndex{}, nil, err
	}
	index := bucketIndex{at: make([]uint32, s.h.Vertices()+2)}
	total := 0
	for _, l := range all {
		total += len(l)
		for _, e := range l {
			index.at[e.vertex+2]++
		}
	}
	for v := 2; v < len(index.at); v++ {
		index.at[v] += index.at[v-1]
	}
	out := make([]bucket, total)
	for j, l := range all {
		for _, e := range l {
			at := &index.at[e.vertex+1]
			out[*at] = bucket{e.cost, uint32(j)}
			*at++
		}
	}
	return index, out, nil
}

// parallel runs work on all processors; next hands out 0 to n-1, each once,
// and ends early when ctx does.
func parallel(ctx context.Context, n int, work func(next func() (int, bool))) error {
	var wg sync.WaitGroup
	var at atomic.Int64
	next := func() (int, bool) {
		i := int(at.Add(1)) - 1
		return i, i < n && ctx.Err() == nil
	}
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() { work(next) })
	}
	wg.Wait()
	return ctx.Err()
}
