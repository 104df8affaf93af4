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

// label climbs from the seeds and appends the vertices whose distance on the
// way up is their true distance: only those can be where a fastest path
// turns down. The others are found by a second walk from the top, which
// corrects distances by the arcs that lead down again.
func (q *Search) label(
	labels []entry, s *side, seeds []Seed, upward, downward arcs,
) []entry {
	s.begin(seeds)
	for v := s.next(); v != none; v = s.next() {
		if d := s.dist[v]; d < infinite {
			s.relax(d, v, upward.first, upward.head, upward.cost)
		}
		s.climb(v, q.h.Parent[v])
	}
	for i := len(s.seen) - 1; i >= 0; i-- {
		v := s.seen[i]
		d := s.dist[v]
		if d == infinite {
			continue
		}
		exact := d
		for a := downward.first[v]; a < downward.first[v+1]; a++ {
			exact = min(exact, s.dist[downward.head[a]]+downward.cost[a])
		}
		if exact < d {
			s.dist[v] = exact
			continue
		}
		labels = append(labels, entry{v, d})
	}
	s.end()
	return labels
}

type arcs struct {
	first, head []uint32
	cost        []cost
}

func (h *Hierarchy) outward() arcs { return arcs{h.OutFirst, h.OutHead, h.OutCost} }
func (h *Hierarchy) inward() arcs  { return arcs{h.InFirst, h.InHead, h.InCost} }

// bucket is what a vertex knows of the targets: sorted by nothing, scanned
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
	first, buckets, err := s.buckets(ctx, targets)
	if err != nil {
		return nil, err
	}
	err = parallel(ctx, len(sources), func(next func() (int, bool)) {
		q := s.Get()
		defer s.Put(q)
		for i, ok := next(); ok; i, ok = next() {
			row := out[i*len(targets) : (i+1)*len(targets)]
			q.entries = q.label(q.entries[:0], &q.fwd, sources[i], s.h.outward(), s.h.inward())
			for _, e := range q.entries {
				lo, hi := first.at[e.vertex], first.at[e.vertex+1]
				for _, b := range buckets[lo:hi] {
					if c := e.cost + b.cost; c < row[b.target] {
						row[b.target] = c
					}
				}
			}
		}
	})
	return out, err
}

// bucketIndex is where the buckets of a vertex begin.
type bucketIndex struct{ at []uint32 }

// buckets labels all targets and gathers the labels by vertex.
func (s *Searcher) buckets(ctx context.Context, targets [][]Seed) (bucketIndex, []bucket, error) {
	all := make([][]entry, len(targets))
	err := parallel(ctx, len(targets), func(next func() (int, bool)) {
		q := s.Get()
		defer s.Put(q)
		for j, ok := next(); ok; j, ok = next() {
			q.entries = q.label(q.entries[:0], &q.bwd, targets[j], s.h.inward(), s.h.outward())
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
