package path

import (
	"slices"
	"sync"

	"beatplan/routing/network"
)

// The parameters of the cuts.
const (
	// terminals is the share of the nodes at either end that a cut must part.
	terminals = 0.25
	// parallelFrom is the number of segments from which the two sides of a cut
	// are worth a goroutine.
	parallelFrom = 2000
)

// Dissect orders the segments of a network for contraction: those that cut it
// in two come last, and so on in both halves (nested dissection). A cut is a
// smallest set of segments between the two quarters of the junctions that lie
// farthest in one of four directions (Inertial Flow). About 20 µs a segment.
func Dissect(o network.Outline) []int32 {
	d := &dissection{o: o, order: make([]int32, len(o.From)), local: make([]int32, len(o.Lon))}
	nodes := make([]int32, len(o.Lon))
	for i := range nodes {
		nodes[i] = int32(i)
	}
	edges := make([]int32, len(o.From))
	for i := range edges {
		edges[i] = int32(i)
	}
	d.split(nodes, edges, 0)
	d.wg.Wait()
	return d.order
}

type dissection struct {
	o     network.Outline
	order []int32
	local []int32 // number of a junction in its part; parts are disjoint
	wg    sync.WaitGroup
}

// split orders the edges of a part into order[at:at+len(edges)].
func (d *dissection) split(nodes, edges []int32, at int) {
	for len(edges) > 0 {
		if len(nodes) <= 3 || len(edges) <= 2 {
			copy(d.order[at:], edges)
			return
		}
		p := d.newPart(nodes, edges)
		side, parts := p.pieces()
		if parts == 1 {
			side, parts = p.bestCut(), 2
		}
		split := d.divide(nodes, edges, side, parts)
		for i := 1; i < parts; i++ {
			n, e, start := split.nodes[i], split.edges[i], at
			at += len(e)
			if len(e) >= parallelFrom {
				d.wg.Go(func() { d.split(n, e, start) })
			} else {
				d.split(n, e, start)
			}
		}
		// The first part goes on here, in front of the cut.
		copy(d.order[at+len(split.edges[0]):], split.cut)
		nodes, edges = split.nodes[0], split.edges[0]
	}
}

// division is a part taken apart.
type division struct {
	nodes, edges [][]int32
	cut          []int32
}

func (d *dissection) divide(nodes, edges []int32, side []int32, parts int) division {
	out := division{nodes: make([][]int32, parts), edges: make([][]int32, parts)}
	for i, v := range nodes {
		out.nodes[side[i]] = append(out.nodes[side[i]], v)
	}
	for _, e := range edges {
		a, b := side[d.local[d.o.From[e]]], side[d.local[d.o.To[e]]]
		if a == b {
			out.edges[a] = append(out.edges[a], e)
		} else {
			out.cut = append(out.cut, e)
		}
	}
	return out
}

// part is a piece of the network with its own numbering.
type part struct {
	d        *dissection
	nodes    []int32
	from, to []int32 // local nodes of an edge; loops left out
	first    []int32 // of a node in ends
	ends     []int32 // edge<<1, +1 at its to end
}

func (d *dissection) newPart(nodes, edges []int32) *part {
	p := &part{d: d, nodes: nodes, first: make([]int32, len(nodes)+1)}
	for i, v := range nodes {
		d.local[v] = int32(i)
	}
	p.from = make([]int32, 0, len(edges))
	p.to = make([]int32, 0, len(edges))
	for _, e := range edges {
		a, b := d.local[d.o.From[e]], d.local[d.o.To[e]]
		if a == b {
			continue
		}
		p.from, p.to = append(p.from, a), append(p.to, b)
		p.first[a+1]++
		p.first[b+1]++
	}
	for i := range nodes {
		p.first[i+1] += p.first[i]
	}
	p.ends = make([]int32, 2*len(p.from))
	next := slices.Clone(p.first)
	for e := range p.from {
		a, b := p.from[e], p.to[e]
		p.ends[next[a]] = int32(e) << 1
		next[a]++
		p.ends[next[b]] = int32(e)<<1 | 1
		next[b]++
	}
	return p
}

func (p *part) far(end int32) int32 {
	if end&1 == 0 {
		return p.to[end>>1]
	}
	return p.from[end>>1]
}

// pieces numbers the connected pieces of the part, the largest 0.
func (p *part) pieces() (side []int32, count int) {
	side = make([]int32, len(p.nodes))
	for i := range side {
		side[i] = -1
	}
	var stack []int32
	var sizes []int
	for root := range int32(len(p.nodes)) {
		if side[root] >= 0 {
			continue
		}
		id := int32(count)
		count++
		sizes = append(sizes, 0)
		side[root] = id
		for stack = append(stack, root); len(stack) > 0; {
			v := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			sizes[id]++
			for _, end := range p.ends[p.first[v]:p.first[v+1]] {
				if w := p.far(end); side[w] < 0 {
					side[w] = id
					stack = append(stack, w)
				}
			}
		}
	}
	return side, count
}

// directions are the four lines along which cuts are tried.
func directions() [4][2]int64 { return [4][2]int64{{1, 0}, {0, 1}, {1, 1}, {1, -1}} }

// bestCut tries all directions and returns the side of every node under the
// cut with the fewest edges for the size of its smaller side.
func (p *part) bestCut() []int32 {
	var best []int32
	bestScore := 0.0
	keys := make([]int64, len(p.nodes))
	order := make([]int32, len(p.nodes))
	f := newFlow(p)
	for _, dir := range directions() {
		for i, v := range p.nodes {
			keys[i] = dir[0]*int64(p.d.o.Lon[v]) + dir[1]*int64(p.d.o.Lat[v])
			order[i] = int32(i)
		}
		slices.SortFunc(order, func(a, b int32) int {
			switch {
			case keys[a] < keys[b]:
				return -1
			case keys[a] > keys[b]:
				return 1
			}
			return int(a - b)
		})
		k := max(1, int(terminals*float64(len(order))))
		edges, side := f.minCut(order[:k], order[len(order)-k:])
		small := 0
		for _, s := range side {
			small += int(s)
		}
		small = min(small, len(side)-small)
		if score := float64(edges) / float64(small); best == nil || score < bestScore {
			best, bestScore = slices.Clone(side), score
		}
	}
	return best
}

// flow finds smallest cuts of one part by augmenting paths (Ford and Fulkerson
// 1956) of edges that may each be used once.
type flow struct {
	p     *part
	used  []int8  // of an edge: +1 along it, -1 against it
	seen  []int32 // round in which a node was reached
	via   []int32 // end over which it was reached
	role  []int8  // 1 source, 2 sink
	queue []int32
	round int32
	side  []int32
}

func newFlow(p *part) *flow {
	n := len(p.nodes)
	return &flow{
		p: p, used: make([]int8, len(p.from)), seen: make([]int32, n), via: make([]int32, n),
		role: make([]int8, n), queue: make([]int32, 0, n), side: make([]int32, n),
	}
}

// minCut returns the number of edges between the side of the sources (0) and
// that of the sinks (1); of the two extreme smallest cuts the more even one.
func (f *flow) minCut(sources, sinks []int32) (int, []int32) {
	clear(f.used)
	clear(f.role)
	for _, v := range sources {
		f.role[v] = 1
	}
	for _, v := range sinks {
		f.role[v] = 2
	}
	cut := 0
	for f.augment(sources) {
		cut++
	}
	near := len(f.queue)
	for i := range f.side {
		f.side[i] = 1
	}
	for _, v := range f.queue {
		f.side[v] = 0
	}
	f.grow(sinks)
	if far := len(f.queue); min(far, len(f.side)-far) > min(near, len(f.side)-near) {
		for i := range f.side {
			f.side[i] = 0
		}
		for _, v := range f.queue {
			f.side[v] = 1
		}
	}
	return cut, f.side
}

// begin starts a round: the queue holds nodes, and they are seen.
func (f *flow) begin(nodes []int32) {
	f.round++
	f.queue = f.queue[:0]
	for _, v := range nodes {
		f.seen[v] = f.round
		f.queue = append(f.queue, v)
	}
}

// augment sends one more unit; afterwards queue holds what was reached.
func (f *flow) augment(sources []int32) bool {
	f.begin(sources)
	for i := 0; i < len(f.queue); i++ {
		v := f.queue[i]
		for _, end := range f.p.ends[f.p.first[v]:f.p.first[v+1]] {
			w := f.p.far(end)
			if f.seen[w] == f.round || f.used[end>>1] == direction(end) {
				continue
			}
			f.seen[w], f.via[w] = f.round, end
			if f.role[w] == 2 {
				f.push(w)
				return true
			}
			f.queue = append(f.queue, w)
		}
	}
	return false
}

func direction(end int32) int8 { return 1 - 2*int8(end&1) }

// push sends a unit along the path that reached w.
func (f *flow) push(w int32) {
	for f.role[w] != 1 {
		end := f.via[w]
		f.used[end>>1] += direction(end)
		w = f.p.far(end ^ 1)
	}
}

// grow collects the nodes from which the sinks can still be reached.
func (f *flow) grow(sinks []int32) {
	f.begin(sinks)
	for i := 0; i < len(f.queue); i++ {
		v := f.queue[i]
		for _, end := range f.p.ends[f.p.first[v]:f.p.first[v+1]] {
			w := f.p.far(end)
			if f.seen[w] != f.round && f.used[end>>1] != -direction(end) {
				f.seen[w] = f.round
				f.queue = append(f.queue, w)
			}
		}
	}
}
