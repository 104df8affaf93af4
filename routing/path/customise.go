package path

import (
	"context"
	"slices"

	"beatplan/routing/network"
)

type cost = network.Cost

const infinite = network.Infinite

// weights are the costs of a topology's pairs while it is customised: out from
// the lower to the higher vertex, in from the higher to the lower; mid is the
// vertex that a shortcut leads over, none for an arc of the graph.
type weights struct {
	out, in       []cost
	midOut, midIn []uint32
}

// Customise gives the pairs their costs (those of the topology's graph) and
// keeps the ones that some fastest path needs.
func (t *Topology) Customise(costs []network.Cost) *Hierarchy {
	w := t.respect(costs)
	t.contract(w)
	exact := t.perfect(w)
	return t.prune(w, exact)
}

// respect copies the costs of the graph's arcs; of parallel ones the least.
func (t *Topology) respect(costs []cost) *weights {
	n := len(t.up)
	w := &weights{
		out: make([]cost, n), in: make([]cost, n),
		midOut: make([]uint32, n), midIn: make([]uint32, n),
	}
	for e := range n {
		w.out[e], w.in[e] = infinite, infinite
		w.midOut[e], w.midIn[e] = none, none
	}
	for a, c := range costs {
		if e := t.toOut[a]; e != none {
			w.out[e] = min(w.out[e], c)
		}
		if e := t.toIn[a]; e != none {
			w.in[e] = min(w.in[e], c)
		}
	}
	return w
}

// contract lowers every pair (x, y) to the cheapest way over a vertex below
// both, in ascending order of x (basic customisation). Subtrees go side by
// side, then what is above them all.
func (t *Topology) contract(w *weights) {
	t.inSubtrees(func(next func() (int, bool)) {
		place := make([]uint32, len(t.parent))
		for i, ok := next(); ok; i, ok = next() {
			for _, x := range t.subtrees[i] {
				t.contractAt(x, w, place)
			}
		}
	})
	place := make([]uint32, len(t.parent))
	for _, x := range t.top {
		t.contractAt(x, w, place)
	}
}

// contractAt lowers the pairs of x; place is room for the positions of (x, y)
// in up, by y.
func (t *Topology) contractAt(x uint32, w *weights, place []uint32) {
	for e := t.first[x]; e < t.first[x+1]; e++ {
		place[t.up[e]] = e
	}
	for _, vx := range t.low[t.lowFirst[x]:t.lowFirst[x+1]] {
		v := t.owner[vx]
		toX, fromX := w.out[vx], w.in[vx] // v→x, x→v
		for vy := vx + 1; vy < t.first[v+1]; vy++ {
			e := place[t.up[vy]]
			if c := fromX + w.out[vy]; c < w.out[e] {
				w.out[e], w.midOut[e] = c, v
			}
			if c := w.in[vy] + toX; c < w.in[e] {
				w.in[e], w.midIn[e] = c, v
			}
		}
	}
}

// perfect returns the true distance of every pair, from the top down: a pair
// (v, x) may be beaten by a way over a third vertex above v.
func (t *Topology) perfect(w *weights) *weights {
	exact := &weights{out: slices.Clone(w.out), in: slices.Clone(w.in)}
	for i := len(t.top) - 1; i >= 0; i-- {
		t.perfectAt(t.top[i], exact)
	}
	t.inSubtrees(func(next func() (int, bool)) {
		for i, ok := next(); ok; i, ok = next() {
			for k := len(t.subtrees[i]) - 1; k >= 0; k-- {
				t.perfectAt(t.subtrees[i][k], exact)
			}
		}
	})
	return exact
}

func (t *Topology) perfectAt(v uint32, exact *weights) {
	first, last := t.first[v], t.first[v+1]
	for vx := first; vx < last; vx++ {
		x := t.up[vx]
		e := t.first[x]
		for vy := vx + 1; vy < last; vy++ {
			for y := t.up[vy]; t.up[e] != y; {
				e++
			}
			xy, yx := exact.out[e], exact.in[e]
			exact.out[vy] = min(exact.out[vy], exact.out[vx]+xy)
			exact.out[vx] = min(exact.out[vx], exact.out[vy]+yx)
			exact.in[vy] = min(exact.in[vy], yx+exact.in[vx])
			exact.in[vx] = min(exact.in[vx], xy+exact.in[vy])
		}
	}
}

// inSubtrees runs work over the subtrees on all processors.
func (t *Topology) inSubtrees(work func(next func() (int, bool))) {
	// Customising takes a tenth of a second: it is not interrupted.
	if err := parallel(context.Background(), len(t.subtrees), work); err != nil {
		panic(err)
	}
}

// prune keeps the pairs whose own cost is their distance.
func (t *Topology) prune(w, exact *weights) *Hierarchy {
	n := len(t.parent)
	h := &Hierarchy{Parent: t.parent}
	h.OutFirst = make([]uint32, 1, n+1)
	h.InFirst = make([]uint32, 1, n+1)
	for v := range n {
		for e := t.first[v]; e < t.first[v+1]; e++ {
			if w.out[e] < infinite && w.out[e] == exact.out[e] {
				h.OutHead = append(h.OutHead, t.up[e])
				h.OutCost = append(h.OutCost, w.out[e])
				h.OutMid = append(h.OutMid, w.midOut[e])
			}
			if w.in[e] < infinite && w.in[e] == exact.in[e] {
				h.InHead = append(h.InHead, t.up[e])
				h.InCost = append(h.InCost, w.in[e])
				h.InMid = append(h.InMid, w.midIn[e])
			}
		}
		h.OutFirst = append(h.OutFirst, uint32(len(h.OutHead)))
		h.InFirst = append(h.InFirst, uint32(len(h.InHead)))
	}
	return h
}
