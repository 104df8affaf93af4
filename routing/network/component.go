package network

import "slices"

// Minor marks segments that belong to no large component: islands of a few
// streets, parking lots cut off by the edge of the extract.
const Minor uint8 = 0

// maxComponents is how many large components are told apart.
const maxComponents = 16

// components labels every segment: 1 for those from which the largest strongly
// connected part of the graph can be reached and that can be reached from it, 2 and
// up for further large parts, Minor for the rest. A part is large with at least
// a hundredth of the states of the largest and at least 50.
func components(g *stateGraph, segments int) []uint8 {
	part, sizes := strongParts(g)
	bySize := make([]int, len(sizes))
	for i := range bySize {
		bySize[i] = i
	}
	slices.SortFunc(bySize, func(a, b int) int { return sizes[b] - sizes[a] })
	label := make([]uint8, segments)
	reverse := g.reversed()
	for rank, p := range bySize {
		if rank == maxComponents || rank > 0 && sizes[p] < max(50, sizes[bySize[0]]/100) {
			break
		}
		var seeds []int32
		for s, q := range part {
			if int(q) == p {
				seeds = append(seeds, int32(s))
			}
		}
		to := reach(reverse.firstTurn, reverse.turns, seeds)
		from := reach(g.firstTurn, g.turns, seeds)
		leads := make([]bool, segments)
		for s := range to {
			if to[s] {
				leads[g.states[s].arc>>1] = true
			}
		}
		for s := range from {
			if seg := g.states[s].arc >> 1; from[s] && leads[seg] && label[seg] == Minor {
				label[seg] = uint8(rank + 1)
			}
		}
	}
	return label
}

// reach returns the states that can be reached from the seeds.
func reach(first []uint32, turns []turn, seeds []int32) []bool {
	seen := make([]bool, len(first)-1)
	for _, s := range seeds {
		seen[s] = true
	}
	for stack := slices.Clone(seeds); len(stack) > 0; {
		s := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, t := range turns[first[s]:first[s+1]] {
			if !seen[t.to] {
				seen[t.to] = true
				stack = append(stack, t.to)
			}
		}
	}
	return seen
}

// reversed is the graph with all turns the other way round.
func (g *stateGraph) reversed() *stateGraph {
	r := &stateGraph{
		firstTurn: make([]uint32, len(g.states)+1),
		turns:     make([]turn, len(g.turns)),
	}
	for _, t := range g.turns {
		r.firstTurn[t.to+1]++
	}
	for s := range g.states {
		r.firstTurn[s+1] += r.firstTurn[s]
	}
	next := slices.Clone(r.firstTurn)
	for s := range g.states {
		for _, t := range g.turns[g.firstTurn[s]:g.firstTurn[s+1]] {
			r.turns[next[t.to]] = turn{int32(s), t.ms}
			next[t.to]++
		}
	}
	return r
}

// strongParts numbers the strongly connected parts of the graph and gives
// their sizes (Tarjan 1972, without recursion).
func strongParts(g *stateGraph) (part []int32, sizes []int) {
	n := len(g.states)
	part = make([]int32, n)
	low := make([]int32, n) // 0 while unvisited, else 1 + order of visit
	next := slices.Clone(g.firstTurn[:n])
	var path, open []int32
	visited := int32(0)
	order := make([]int32, n)
	for i := range part {
		part[i] = -1
	}
	for root := range int32(n) {
		if order[root] != 0 {
			continue
		}
		path = append(path, root)
		for len(path) > 0 {
			s := path[len(path)-1]
			if order[s] == 0 {
				visited++
				order[s], low[s] = visited, visited
				open = append(open, s)
			}
			if next[s] < g.firstTurn[s+1] {
				to := g.turns[next[s]].to
				next[s]++
				if order[to] == 0 {
					path = append(path, to)
				} else if part[to] < 0 {
					low[s] = min(low[s], order[to])
				}
				continue
			}
			path = path[:len(path)-1]
			if len(path) > 0 {
				parent := path[len(path)-1]
				low[parent] = min(low[parent], low[s])
			}
			if low[s] != order[s] {
				continue
			}
			size := 0
			for {
				top := open[len(open)-1]
				open = open[:len(open)-1]
				part[top] = int32(len(sizes))
				size++
				if top == s {
					break
				}
			}
			sizes = append(sizes, size)
		}
	}
	return part, sizes
}
