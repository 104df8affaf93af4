package genetic

import "math"

// three are the cheapest places for a visit in another route: what each adds and
// the node it follows.
type three struct {
	stamp int
	cost  [3]int
	after [3]int32
}

// kin is how many neighbours of a visit make two routes worth a SWAP*.
const kin = 8

// star is a candidate of SWAP*: u goes behind after in v's route, v behind behind
// in u's; either may be none.
type star struct {
	u, v          int32
	after, behind int32
	delta         int
}

// swapStars exchanges visits between routes, each to the best place of the other
// route (SWAP*; Vidal, 2022, arXiv 2012.10384), where times do not matter. It reports
// whether it changed any.
func (s *local) swapStars() bool {
	changed := false
	count := len(s.tracks)
	for r := range s.tracks {
		t := &s.tracks[r]
		if t.count == 0 {
			continue
		}
		probed := t.probed
		t.probed = s.moves
		s.pairs = s.pairs[:0]
		for i := s.next[t.start]; i != t.end; i = s.next[i] {
			for _, j := range s.near[i][:min(kin, len(s.near[i]))] {
				if q := s.route[j]; int(q) != r {
					s.pairs = append(s.pairs, q)
				}
			}
		}
		for k, q := range s.pairs {
			o := &s.tracks[q]
			if o.changed <= probed && t.changed <= probed || seen(s.pairs[:k], q) || count == 0 {
				continue
			}
			for s.swapStar(r, int(q)) {
				changed = true
			}
		}
	}
	return changed
}

func seen(list []int32, x int32) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// swapStar applies the best exchange between two routes if it lowers the cost.
// O(stops of one × stops of the other).
func (s *local) swapStar(r1, r2 int) bool {
	a, b := &s.tracks[r1], &s.tracks[r2]
	if a.count == 0 || b.count == 0 {
		return false
	}
	s.probe(a, r2)
	s.probe(b, r1)
	best := star{u: -1, v: -1}
	for u := s.next[a.start]; u != a.end; u = s.next[u] {
		for v := s.next[b.start]; v != b.end; v = s.next[v] {
			more := s.load[v] - s.load[s.prev[v]] - s.load[u] + s.load[s.prev[u]]
			loads := s.overload(a, a.load+more) + s.overload(b, b.load-more) -
				s.overload(a, a.load) - s.overload(b, b.load)
			delta := loads + s.removal[u] + s.removal[v]
			if delta >= best.delta {
				continue
			}
			there, after := s.cheapest(u, v, r2)
			if delta+there >= best.delta {
				continue
			}
			back, behind := s.cheapest(v, u, r1)
			if delta += there + back; delta < best.delta {
				best = star{u, v, after, behind, delta}
			}
		}
	}
	s.work += a.count * b.count / 4
	if best.u < 0 || s.exact(a, b, &best) >= 0 {
		return false
	}
	s.move(&best)
	s.done(r1, r2)
	return true
}

// probe prices taking each visit of t out, and finds its best places in route r.
func (s *local) probe(t *track, r int) {
	other := &s.tracks[r]
	for u := s.next[t.start]; u != t.end; u = s.next[u] {
		p, x := s.prev[u], s.next[u]
		s.removal[u] = s.cost(p, x) - s.cost(p, u) - s.cost(u, x)
		best := &s.three[r*s.n+int(u)]
		if best.stamp == s.epoch+other.changed {
			continue
		}
		const none = math.MaxInt / 4
		*best = three{stamp: s.epoch + other.changed, cost: [3]int{none, none, none},
			after: [3]int32{-1, -1, -1}}
		s.work += other.count / 4
		for v := other.start; v != other.end; v = s.next[v] {
			y := s.next[v]
			added := s.cost(v, u) + s.cost(u, y) - s.cost(v, y)
			if added >= best.cost[2] {
				continue
			}
			best.insert(added, v)
		}
	}
}

func (x *three) insert(cost int, after int32) {
	for k := range x.cost {
		if cost < x.cost[k] {
			x.cost[k], cost = cost, x.cost[k]
			x.after[k], after = after, x.after[k]
		}
	}
}

// cheapest is the best place for u in route r once v has left it.
func (s *local) cheapest(u, v int32, r int) (cost int, after int32) {
	p, y := s.prev[v], s.next[v]
	cost = s.cost(p, u) + s.cost(u, y) - s.cost(p, y)
	after = p
	x := &s.three[r*s.n+int(u)]
	for k := range x.cost {
		if w := x.after[k]; w >= 0 && w != v && s.next[w] != v {
			if x.cost[k] < cost {
				return x.cost[k], w
			}
			break
		}
	}
	return cost, after
}

// exact is the true difference that the exchange makes.
func (s *local) exact(a, b *track, x *star) int {
	delta := s.replaced(x.u, x.v, x.behind) + s.replaced(x.v, x.u, x.after)
	more := s.load[x.v] - s.load[s.prev[x.v]] - s.load[x.u] + s.load[s.prev[x.u]]
	return delta + s.overload(a, a.load+more) + s.overload(b, b.load-more) - a.price - b.price
}

// replaced is the change of arcs of a route when out leaves it and in comes behind
// after, which may be the node before out.
func (s *local) replaced(out, in, after int32) int {
	p, x := s.prev[out], s.next[out]
	if after == p {
		return s.cost(p, in) + s.cost(in, x) - s.cost(p, out) - s.cost(out, x)
	}
	y := s.next[after]
	return s.cost(p, x) - s.cost(p, out) - s.cost(out, x) +
		s.cost(after, in) + s.cost(in, y) - s.cost(after, y)
}

// move applies the exchange.
func (s *local) move(x *star) {
	after, behind := x.after, x.behind
	s.cut(s.prev[x.u], s.next[x.u])
	s.cut(s.prev[x.v], s.next[x.v])
	s.paste(after, s.next[after], x.u, x.u, false)
	s.paste(behind, s.next[behind], x.v, x.v, false)
}
