package path

import (
	"math"
	"slices"
	"sync"

	"beatplan/routing/network"
)

// none marks the absence of a vertex.
const none = ^uint32(0)

// Topology is the shape of a hierarchy: for every vertex its upward
// neighbours, once all lower vertices have been contracted, whatever the costs.
type Topology struct {
	first  []uint32 // of a vertex in up
	up     []uint32 // neighbours of higher number, ascending
	parent []uint32 // lowest upward neighbour, none for roots
	depth  []uint16 // in the tree of parents, 0 for roots

	lowFirst []uint32 // of a vertex in low
	low      []uint32 // positions in up at which the vertex stands
	owner    []uint32 // vertex whose neighbour a position of up is

	// Levels of the elimination tree, from below: each has parts of subtrees that do not
	// touch each other, their vertices ascending.
	levels [][][]uint32

	toOut, toIn []uint32 // position in up that an arc of the graph feeds, or none
	graph       network.Graph

	room sync.Pool // of *weights
}

// NewTopology contracts the vertices of g in their order. It panics when the tree of
// parents is deeper than 65,535, which no order by dissection makes of roads: that of a
// country has a few thousand levels.
func NewTopology(g network.Graph) *Topology {
	n := len(g.First) - 1
	t := &Topology{graph: g, parent: make([]uint32, n)}
	above := make([][]uint32, n)
	for v := range uint32(n) {
		for _, w := range g.Head[g.First[v]:g.First[v+1]] {
			if w != v {
				low, high := min(v, w), max(v, w)
				above[low] = append(above[low], high)
			}
		}
	}
	t.first = make([]uint32, 1, n+1)
	for v := range n {
		// Everything above v that came from the graph and from children.
		slices.Sort(above[v])
		up := slices.Compact(above[v])
		t.parent[v] = none
		if len(up) > 0 {
			p := up[0]
			t.parent[v] = p
			above[p] = append(above[p], up[1:]...)
		}
		t.up = append(t.up, up...)
		t.first = append(t.first, uint32(len(t.up)))
		above[v] = nil
	}
	t.depths()
	t.index()
	t.feed()
	t.divide()
	return t
}

// depths finds how far below its root each vertex lies.
func (t *Topology) depths() {
	t.depth = make([]uint16, len(t.parent))
	for v := len(t.parent) - 1; v >= 0; v-- {
		p := t.parent[v]
		if p == none {
			continue
		}
		if t.depth[p] == math.MaxUint16 {
			panic("path: the order of contraction is too deep")
		}
		t.depth[v] = t.depth[p] + 1
	}
}

// smallest is which share of the vertices the subtrees of the lowest level have at
// most; each level above has twice as much.
const smallest = 32

// divide finds the levels for working side by side.
func (t *Topology) divide() {
	n := len(t.parent)
	size := make([]int, n)
	for v, p := range t.parent {
		size[v]++
		if p != none {
			size[p] += size[v]
		}
	}
	level := func(v int) int {
		l := 0
		for share := n / smallest; share < n && size[v] > share; share = max(2*share, 1) {
			l++
		}
		return l
	}
	task := make([]int, n) // of a vertex on its level
	for v := n - 1; v >= 0; v-- {
		l, p := level(v), t.parent[v]
		for len(t.levels) <= l {
			t.levels = append(t.levels, nil)
		}
		if p != none && level(int(p)) == l {
			task[v] = task[p]
			continue
		}
		task[v] = len(t.levels[l])
		t.levels[l] = append(t.levels[l], nil)
	}
	for v := range n {
		l := level(v)
		t.levels[l][task[v]] = append(t.levels[l][task[v]], uint32(v))
	}
}

// index lists, for every vertex, the positions at which it is a neighbour.
func (t *Topology) index() {
	n := len(t.parent)
	t.lowFirst = make([]uint32, n+1)
	for _, w := range t.up {
		t.lowFirst[w+1]++
	}
	for v := range n {
		t.lowFirst[v+1] += t.lowFirst[v]
	}
	next := slices.Clone(t.lowFirst)
	t.low = make([]uint32, len(t.up))
	t.owner = make([]uint32, len(t.up))
	for v := range uint32(n) {
		for e := t.first[v]; e < t.first[v+1]; e++ {
			w := t.up[e]
			t.low[next[w]] = e
			next[w]++
			t.owner[e] = v
		}
	}
}

// feed finds the position of every arc of the graph.
func (t *Topology) feed() {
	g := t.graph
	t.toOut = make([]uint32, len(g.Head))
	t.toIn = make([]uint32, len(g.Head))
	for v := range uint32(len(t.parent)) {
		for a := g.First[v]; a < g.First[v+1]; a++ {
			t.toOut[a], t.toIn[a] = none, none
			switch w := g.Head[a]; {
			case w > v:
				t.toOut[a] = t.position(v, w)
			case w < v:
				t.toIn[a] = t.position(w, v)
			}
		}
	}
}

func (t *Topology) position(v, w uint32) uint32 {
	i, _ := slices.BinarySearch(t.up[t.first[v]:t.first[v+1]], w)
	return t.first[v] + uint32(i)
}

// Size returns the number of vertices, of upward pairs and of triangles: what
// customisation costs.
func (t *Topology) Size() (vertices, pairs, triangles int) {
	for v := range t.parent {
		k := int(t.first[v+1] - t.first[v])
		triangles += k * (k - 1) / 2
	}
	return len(t.parent), len(t.up), triangles
}
