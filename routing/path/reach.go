package path

import "beatplan/routing/network"

// Reach returns the vertices that cost at most limit from the seeds, with
// their costs, by Dijkstra's algorithm: O(k log k) for k of them.
func Reach(g network.Graph, seeds []Seed, limit network.Cost) map[uint32]network.Cost {
	dist := map[uint32]cost{}
	var queue minHeap
	offer := func(v uint32, c cost) {
		if old, ok := dist[v]; c <= limit && (!ok || c < old) {
			dist[v] = c
			queue.push(entry{v, c})
		}
	}
	for _, s := range seeds {
		offer(s.Vertex, s.Cost)
	}
	for len(queue) > 0 {
		top := queue.pop()
		if top.cost > dist[top.vertex] {
			continue
		}
		for a := g.First[top.vertex]; a < g.First[top.vertex+1]; a++ {
			offer(g.Head[a], top.cost+g.Cost[a])
		}
	}
	return dist
}
