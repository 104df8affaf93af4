package path

import "beatplan/routing/network"

// Dijkstra returns the cost of every vertex from the seeds without any
// hierarchy: O(m log n), the yardstick of benchmarks and the base of answers
// that need whole areas.
func Dijkstra(g network.Graph, seeds []Seed) []network.Cost {
	dist := make([]cost, len(g.First)-1)
	for i := range dist {
		dist[i] = infinite
	}
	var queue minHeap
	for _, s := range seeds {
		if s.Cost < dist[s.Vertex] {
			dist[s.Vertex] = s.Cost
			queue.push(entry{s.Vertex, s.Cost})
		}
	}
	for len(queue) > 0 {
		top := queue.pop()
		if top.cost > dist[top.vertex] {
			continue
		}
		for a := g.First[top.vertex]; a < g.First[top.vertex+1]; a++ {
			if c := top.cost + g.Cost[a]; c < dist[g.Head[a]] {
				dist[g.Head[a]] = c
				queue.push(entry{g.Head[a], c})
			}
		}
	}
	return dist
}

// minHeap is a binary heap of vertices by cost.
type minHeap []entry

func (h *minHeap) push(e entry) {
	*h = append(*h, e)
	a := *h
	for i := len(a) - 1; i > 0; {
		up := (i - 1) / 2
		if a[up].cost <= a[i].cost {
			return
		}
		a[i], a[up] = a[up], a[i]
		i = up
	}
}

func (h *minHeap) pop() entry {
	a := *h
	top := a[0]
	last := len(a) - 1
	a[0] = a[last]
	a = a[:last]
	*h = a
	for i := 0; 2*i+1 < last; {
		c := 2*i + 1
		if c+1 < last && a[c+1].cost < a[c].cost {
			c++
		}
		if a[i].cost <= a[c].cost {
			break
		}
		a[i], a[c] = a[c], a[i]
		i = c
	}
	return top
}
