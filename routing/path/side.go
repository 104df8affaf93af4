package path

// side is one half of a search: a climb from each seed along its ancestors in the
// elimination tree. Everything is kept by depth, so that it stays in the nearest cache
// whatever the size of the network.
//
// The climb of the first seed is the trunk. Another seed has a branch of its own up to
// where it comes upon the trunk; two such branches that join each other before may both
// hold the same vertex, which costs a little time and changes no result.
type side struct{ branches []branch }

// branch is the climb of a seed.
type branch struct {
	chain []uint32 // vertices by depth; below join only those of the trunk count
	dist  []cost   // by depth
	from  []uint32 // the step before, by depth; none at a seed
	join  int      // depth of the lowest vertex shared with the trunk, -1 for none
}

// step numbers a place on a side: a branch and a depth.
func step(branch, depth int) uint32 { return uint32(branch)<<16 | uint32(depth) }

func (s *side) trunk() *branch { return &s.branches[0] }

// place begins with the seeds, at least one.
func (s *side) place(h *Hierarchy, seeds []Seed) {
	s.branches = s.branches[:0]
	for _, x := range seeds {
		if len(s.branches) < cap(s.branches) {
			s.branches = s.branches[:len(s.branches)+1] // with the room of earlier searches
		} else {
			s.branches = append(s.branches, branch{})
		}
		k := len(s.branches) - 1
		s.branches[k].begin(h, x.Vertex, s.trunk(), k == 0)
		if d := s.at(k, int(h.Depth[x.Vertex])); x.Cost < *d {
			*d = x.Cost
			*s.fromAt(k, int(h.Depth[x.Vertex])) = none
		}
	}
}

// begin lists the ancestors of v up to the trunk, or all of them when it is the trunk
// itself.
func (b *branch) begin(h *Hierarchy, v uint32, trunk *branch, isTrunk bool) {
	n := int(h.Depth[v]) + 1
	if cap(b.chain) < n {
		b.chain, b.dist, b.from = make([]uint32, n), make([]cost, n), make([]uint32, n)
	}
	b.chain, b.dist, b.from = b.chain[:n], b.dist[:n], b.from[:n]
	d := n - 1
	for ; d >= 0; d-- {
		if !isTrunk && d < len(trunk.chain) && trunk.chain[d] == v {
			break
		}
		b.chain[d], b.dist[d] = v, infinite
		v = h.Parent[v]
	}
	if b.join = d; isTrunk {
		b.join = n - 1
	}
}

// at is the distance on a branch at a depth.
func (s *side) at(k, depth int) *cost { return &s.owner(k, depth).dist[depth] }

func (s *side) fromAt(k, depth int) *uint32 { return &s.owner(k, depth).from[depth] }

// owner is the branch or the trunk, whichever holds what is at a depth.
func (s *side) owner(k, depth int) *branch {
	if b := &s.branches[k]; depth > b.join {
		return b
	}
	return s.trunk()
}

// vertex is the vertex of a branch at a depth, none below its seed.
func (s *side) vertex(k, depth int) uint32 {
	if b := s.owner(k, depth); depth < len(s.branches[k].chain) {
		return b.chain[depth]
	}
	return none
}

func (s *side) vertexAt(at uint32) uint32 { return s.vertex(int(at>>16), int(at&0xffff)) }

// before is the step before another.
func (s *side) before(at uint32) uint32 { return *s.fromAt(int(at>>16), int(at&0xffff)) }

// climb settles the branches and the trunk below a depth, so that everything above is
// as good as the vertices below can make it.
func (s *side) climb(up arcs, above int) {
	for k := 1; k < len(s.branches); k++ {
		b := &s.branches[k]
		for d := len(b.chain) - 1; d > b.join; d-- {
			if b.dist[d] < infinite {
				s.branchOff(k, d, up)
			}
		}
	}
	t := s.trunk()
	for d := len(t.chain) - 1; d > above; d-- {
		if t.dist[d] < infinite {
			t.relax(d, up)
		}
	}
}

// relax lowers what lies above a vertex of the trunk.
func (b *branch) relax(depth int, up arcs) {
	v, d := b.chain[depth], b.dist[depth]
	lo, hi := up.first[v], up.first[v+1]
	heads, costs := up.head[lo:hi], up.cost[lo:hi]
	costs = costs[:len(heads)]
	dist := b.dist[:depth]
	from := b.from[:len(dist)]
	for i, w := range heads {
		if c := d + costs[i]; c < dist[w] {
			dist[w], from[w] = c, uint32(depth)
		}
	}
}

// branchOff is relax on a branch that is not the trunk.
func (s *side) branchOff(k, depth int, up arcs) {
	b := &s.branches[k]
	v, d := b.chain[depth], b.dist[depth]
	for a := up.first[v]; a < up.first[v+1]; a++ {
		w := int(up.head[a])
		if at, c := s.at(k, w), d+up.cost[a]; c < *at {
			*at = c
			*s.fromAt(k, w) = step(k, depth)
		}
	}
}

// ascend climbs from all seeds to the roots.
func (s *side) ascend(h *Hierarchy, seeds []Seed, up arcs) {
	s.branches = s.branches[:0]
	if len(seeds) > 0 {
		s.place(h, seeds)
		s.climb(up, -1)
	}
}

// each visits every vertex of the climbs and its distance, the trunk from the root down
// and then what is only on branches; shared says that all climbs pass it. A vertex on
// two branches is visited twice.
func (s *side) each(visit func(v uint32, d cost, shared bool)) {
	if len(s.branches) == 0 {
		return
	}
	shared := len(s.trunk().chain)
	for k := range s.branches {
		shared = min(shared, s.branches[k].join+1)
	}
	for k := range s.branches {
		b := &s.branches[k]
		first := b.join + 1
		if k == 0 {
			first = 0
		}
		for d := first; d < len(b.chain); d++ {
			visit(b.chain[d], b.dist[d], k == 0 && d < shared)
		}
	}
}

// commonDepth is the depth of the lowest vertex that two chains from the root have in
// common, -1 for none. O(log n).
func commonDepth(a, b []uint32) int {
	lo, hi := 0, min(len(a), len(b)) // a[:lo] is common, a[hi:] is not
	for lo < hi {
		if mid := (lo + hi) / 2; a[mid] == b[mid] {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo - 1
}
