package path

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"beatplan/routing/network"
)

// fanTo is up to how many rows (or columns) a table is answered by fans, measured on
// the road network of Porto.
const fanTo = 12

// entry is a vertex with a cost.
type entry struct {
	vertex uint32
	cost   cost
}

// heading is the direction of a search: the arcs that it climbs and those by
// which it comes down again.
type heading struct{ up, down arcs }

func (h *Hierarchy) forwards() heading  { return heading{h.outward(), h.inward()} }
func (h *Hierarchy) backwards() heading { return heading{h.inward(), h.outward()} }

type arcs struct {
	first []uint32
	head  []uint16
	cost  []cost
}

func (h *Hierarchy) outward() arcs { return arcs{h.OutFirst, h.OutHead, h.OutCost} }
func (h *Hierarchy) inward() arcs  { return arcs{h.InFirst, h.InHead, h.InCost} }

// Write takes the costs from a source to some targets, Infinite where there is no
// path. It is called from several goroutines, for every pair once; the slices are
// good during the call.
type Write func(source int, targets []int32, costs []network.Cost)

// Table computes the costs from every source to every target, row by row, on
// all processors; Infinite where there is no path. Every source and target is
// a list of seeds; an empty one reaches nothing. It fails only with ctx's
// error.
func (s *Searcher) Table(ctx context.Context, sources, targets [][]Seed) ([]network.Cost, error) {
	out := make([]network.Cost, len(sources)*len(targets))
	return out, s.Tell(ctx, sources, targets, func(i int, js []int32, costs []network.Cost) {
		row := out[i*len(targets) : (i+1)*len(targets)]
		for k, j := range js {
			row[j] = costs[k]
		}
	})
}

// Tell is Table for whoever keeps the costs in a form of his own.
func (s *Searcher) Tell(
	ctx context.Context, sources, targets [][]Seed, write Write,
) error {
	switch {
	case len(sources) == 0 || len(targets) == 0:
		return ctx.Err()
	case len(sources) <= fanTo && len(sources) <= len(targets):
		all := make([]int32, len(targets))
		for j := range all {
			all[j] = int32(j)
		}
		return s.fans(ctx, sources, targets, s.h.forwards(), func(i int, costs []cost) {
			write(i, all, costs)
		})
	case len(targets) <= fanTo:
		return s.fans(ctx, targets, sources, s.h.backwards(), func(j int, costs []cost) {
			one := []int32{int32(j)}
			for i := range costs {
				write(i, one, costs[i:i+1])
			}
		})
	}
	return s.tiles(ctx, sources, targets, write)
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

// bySeed orders searches by their lowest vertex. Vertices are numbered by nested
// dissection, so that what is close in this order is close on the ground.
func bySeed(searches [][]Seed) []int32 {
	key := make([]uint32, len(searches))
	order := make([]int32, len(searches))
	for i, seeds := range searches {
		order[i], key[i] = int32(i), none
		for _, s := range seeds {
			key[i] = min(key[i], s.Vertex)
		}
	}
	slices.SortFunc(order, func(a, b int32) int {
		if key[a] != key[b] {
			if key[a] < key[b] {
				return -1
			}
			return 1
		}
		return int(a) - int(b)
	})
	return order
}
