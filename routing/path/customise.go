package path

import (
	"context"
	"runtime"

	"beatplan/routing/network"
)

type cost = network.Cost

const infinite = network.Infinite

// pair is the costs of a topology's pair while it is customised: out from the lower
// to the higher vertex, in from the higher to the lower.
type pair struct{ out, in cost }

// middle is the vertex that the shortcuts of a pair lead over: none for an arc of the
// graph, beaten for one that no fastest path needs.
type middle struct{ out, in uint32 }

// beaten marks a direction of a pair that is longer than another way.
const beaten = none - 1

// weights are what customising works on, by position in up.
type weights struct {
	pairs []pair
	mids  []middle
}

// Customise gives the pairs their costs (those of the topology's graph) and
// keeps the ones that some fastest path needs.
func (t *Topology) Customise(costs []network.Cost) *Hierarchy {
	w, ok := t.room.Get().(*weights)
	if !ok {
		w = &weights{pairs: make([]pair, len(t.up)), mids: make([]middle, len(t.up))}
	}
	defer t.room.Put(w)
	t.respect(w, costs)
	t.contract(w)
	t.perfect(w)
	return t.prune(w)
}

// respect copies the costs of the graph's arcs; of parallel ones the least.
func (t *Topology) respect(w *weights, costs []cost) {
	for e := range w.pairs {
		w.pairs[e] = pair{infinite, infinite}
		w.mids[e] = middle{none, none}
	}
	for a, c := range costs {
		if e := t.toOut[a]; e != none {
			w.pairs[e].out = min(w.pairs[e].out, c)
		}
		if e := t.toIn[a]; e != none {
			w.pairs[e].in = min(w.pairs[e].in, c)
		}
	}
}

// contract lowers every pair (x, y) to the cheapest way over a vertex below
// both, in ascending order of x (basic customisation). Subtrees go side by
// side, then what is above them.
func (t *Topology) contract(w *weights) {
	for _, subtrees := range t.levels {
		inParallel(len(subtrees), func(next func() (int, bool)) {
			place := make([]uint32, len(t.parent))
			for i, ok := next(); ok; i, ok = next() {
				for _, x := range subtrees[i] {
					t.contractAt(x, w, place)
				}
			}
		})
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
		at := w.pairs[vx] // out v→x, in x→v
		if at.out == infinite && at.in == infinite {
			continue
		}
		above := t.up[vx+1 : t.first[v+1]]
		others := w.pairs[vx+1:]
		others = others[:len(above)]
		for i, y := range above {
			other := others[i]
			e := place[y]
			p := &w.pairs[e]
			if c := at.in + other.out; c < p.out {
				p.out, w.mids[e].out = c, v
			}
			if c := other.in + at.out; c < p.in {
				p.in, w.mids[e].in = c, v
			}
		}
	}
}

// perfect lowers every pair to its true distance, from the top down, and marks those
// that are beaten: a pair (v, x) by a way over a third vertex above v.
func (t *Topology) perfect(w *weights) {
	for l := len(t.levels) - 1; l >= 0; l-- {
		subtrees := t.levels[l]
		inParallel(len(subtrees), func(next func() (int, bool)) {
			var own []pair
			for i, ok := next(); ok; i, ok = next() {
				for k := len(subtrees[i]) - 1; k >= 0; k-- {
					own = t.perfectAt(subtrees[i][k], w, own)
				}
			}
		})
	}
}

// perfectAt lowers the pairs of v; own is room for what they cost before.
func (t *Topology) perfectAt(v uint32, w *weights, own []pair) []pair {
	first, last := t.first[v], t.first[v+1]
	up, pairs := t.up[first:last], w.pairs[first:last]
	own = append(own[:0], pairs...)
	for i, x := range up {
		a, e := pairs[i], t.first[x]
		others := pairs[i+1:]
		others = others[:len(up)-i-1]
		for k, y := range up[i+1:] {
			for t.up[e] != y {
				e++
			}
			b, xy := others[k], w.pairs[e]
			b.out, b.in = min(b.out, a.out+xy.out), min(b.in, xy.in+a.in)
			a.out, a.in = min(a.out, b.out+xy.in), min(a.in, xy.out+b.in)
			others[k] = b
		}
		pairs[i] = a
	}
	mids := w.mids[first:last]
	for i, was := range own {
		if pairs[i].out < was.out {
			mids[i].out = beaten
		}
		if pairs[i].in < was.in {
			mids[i].in = beaten
		}
	}
	return own
}

// inParallel runs work over n tasks on all processors. Customising takes a tenth of a
// second: it is not interrupted.
func inParallel(n int, work func(next func() (int, bool))) {
	if err := parallel(context.Background(), n, work); err != nil {
		panic(err)
	}
}

// overVertices runs work over ranges of the vertices on all processors.
func (t *Topology) overVertices(work func(first, last int)) {
	n := len(t.parent)
	ranges := 8 * runtime.GOMAXPROCS(0)
	inParallel(ranges, func(next func() (int, bool)) {
		for i, ok := next(); ok; i, ok = next() {
			work(n*i/ranges, n*(i+1)/ranges)
		}
	})
}

// prune keeps the pairs that are not beaten: first it counts them, then it copies.
func (t *Topology) prune(w *weights) *Hierarchy {
	n := len(t.parent)
	h := &Hierarchy{
		Parent: t.parent, Depth: t.depth,
		OutFirst: make([]uint32, n+1), InFirst: make([]uint32, n+1),
	}
	t.overVertices(func(first, last int) {
		for v := first; v < last; v++ {
			for e := t.first[v]; e < t.first[v+1]; e++ {
				if w.keepsOut(e) {
					h.OutFirst[v+1]++
				}
				if w.keepsIn(e) {
					h.InFirst[v+1]++
				}
			}
		}
	})
	for v := range n {
		h.OutFirst[v+1] += h.OutFirst[v]
		h.InFirst[v+1] += h.InFirst[v]
	}
	out, in := h.OutFirst[n], h.InFirst[n]
	h.OutHead, h.OutCost, h.OutMid = make([]uint16, out), make([]cost, out), make([]uint32, out)
	h.InHead, h.InCost, h.InMid = make([]uint16, in), make([]cost, in), make([]uint32, in)
	t.overVertices(func(first, last int) {
		o, i := h.OutFirst[first], h.InFirst[first]
		for e := t.first[first]; e < t.first[last]; e++ {
			if w.keepsOut(e) {
				h.OutHead[o], h.OutCost[o], h.OutMid[o] = t.depth[t.up[e]], w.pairs[e].out, w.mids[e].out
				o++
			}
			if w.keepsIn(e) {
				h.InHead[i], h.InCost[i], h.InMid[i] = t.depth[t.up[e]], w.pairs[e].in, w.mids[e].in
				i++
			}
		}
	})
	return h
}

func (w *weights) keepsOut(e uint32) bool {
	return w.mids[e].out != beaten && w.pairs[e].out < infinite
}

func (w *weights) keepsIn(e uint32) bool {
	return w.mids[e].in != beaten && w.pairs[e].in < infinite
}
