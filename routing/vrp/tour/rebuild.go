package tour

import (
	"context"
	"math"
	"slices"
)

// Parameters of ruin and recreate. The temperatures are shares of an average leg.
const (
	mostRemoved = 12
	hotShare    = 0.3
	coldShare   = 0.005
	blink       = 80 // one chance in so many that a place is overlooked
	rebuildPart = 0.8
)

// rebuildAll takes stretches and neighbourhoods out and puts them back greedily
// under simulated annealing, until its part of the budget is spent. It is slack
// induction by string removals (Christiaens and Vanden Berghe, 2020, DOI
// 10.1287/trsc.2019.0914) for one route, in which lateness is allowed at a price.
func (s *search) rebuildAll(ctx context.Context) {
	s.neighbours()
	current := s.cost
	s.save()
	leg := float64(s.cost.arcs)/float64(max(len(s.seq)-1, 1)) + 1
	for s.advance(ctx) && s.spent < rebuildPart {
		s.adapt()
		s.ruin()
		s.recreate()
		s.record()
		heat := leg * hotShare * math.Pow(coldShare/hotShare, s.spent/rebuildPart)
		if float64(s.total) < float64(s.price(current))-heat*math.Log(s.rng.Float64()) {
			current = s.cost
			s.save()
			continue
		}
		s.seq = append(s.seq[:0], s.saved...)
		s.out = append(s.out[:0], s.savedOut...)
		s.cost = current
	}
	s.restart()
}

// neighbours sorts, for each candidate, the others by what driving there costs.
func (s *search) neighbours() {
	in := s.in
	s.near = make([][]int, in.n)
	for u := range in.n {
		list := make([]int, 0, in.n)
		for w := in.lo; w < in.n; w++ {
			if w != u {
				list = append(list, w)
			}
		}
		row := in.cost[u*in.size:]
		slices.SortStableFunc(list, func(a, b int) int { return row[a] - row[b] })
		s.near[u] = list[:min(len(list), 4*mostRemoved)]
	}
}

// ruin takes up to mostRemoved visits out: a stretch of the route, with or
// without a gap, or the neighbours of one visit.
func (s *search) ruin() {
	free := len(s.seq) - 2 - s.in.lo
	s.gone = s.gone[:0]
	if free > 0 {
		most := 1 + s.rng.IntN(min(mostRemoved, free))
		at := s.in.lo + 1 + s.rng.IntN(free)
		if s.rng.IntN(2) == 0 {
			s.ruinStretch(at, most)
		} else {
			s.ruinAround(s.seq[at], most)
		}
		for _, u := range s.gone {
			s.seq = slices.Delete(s.seq, slices.Index(s.seq, u), slices.Index(s.seq, u)+1)
		}
	}
	back := s.gone
	for k, turn := 0, s.rng.IntN(len(s.out)+1); k < len(s.out) && k < mostRemoved; k++ {
		back = append(back, s.out[(k+turn)%len(s.out)])
	}
	s.gone = back
	s.out = slices.DeleteFunc(s.out, func(u int) bool { return slices.Contains(back, u) })
}

func (s *search) ruinStretch(at, most int) {
	gap := 0
	if s.rng.IntN(2) == 0 {
		gap = 1 + s.rng.IntN(4)
	}
	skip := s.rng.IntN(most)
	for k := at; k < len(s.seq)-1 && most > 0; k++ {
		if k-at >= skip && k-at < skip+gap || s.locked(s.seq[k]) {
			continue
		}
		s.gone = append(s.gone, s.seq[k])
		most--
	}
}

func (s *search) ruinAround(u, most int) {
	if !s.locked(u) {
		s.gone = append(s.gone, u)
	}
	for _, w := range s.near[u] {
		if len(s.gone) >= most {
			return
		}
		if !s.locked(w) && !slices.Contains(s.out, w) && s.rng.IntN(4) > 0 {
			s.gone = append(s.gone, w)
		}
	}
}

func (s *search) locked(u int) bool {
	return u < s.in.lo || slices.ContainsFunc(s.in.pins, func(p pin) bool { return p.node == u })
}

// recreate puts back what was taken out, each where it costs least with
// lateness priced, then measures the route.
func (s *search) recreate() {
	s.sortGone()
	s.tight = true // a day as long as this takes its breaks
	s.chain()
	full := s.in.vehicle.MaxStops
	for _, u := range s.gone {
		best := s.place(u)
		if best < 0 || full > 0 && len(s.seq)-2 >= full {
			s.out = append(s.out, u)
			continue
		}
		s.seq = slices.Insert(s.seq, best+1, u)
		s.chain()
	}
	s.tight = false
	s.pinBack(s.seq)
	s.settle()
}

// sortGone orders by chance, by closing or opening of the window, by length of
// the window, or far ones first.
func (s *search) sortGone() {
	in := s.in
	s.rng.Shuffle(len(s.gone), func(a, b int) { s.gone[a], s.gone[b] = s.gone[b], s.gone[a] })
	var key func(u int) int
	switch s.rng.IntN(6) {
	case 0:
		key = func(u int) int { return in.node[u].Late }
	case 1:
		key = func(u int) int { return in.node[u].Late - in.node[u].Early }
	case 2:
		key = func(u int) int { return in.node[u].Early }
	case 3:
		key = func(u int) int { return -in.cost[in.n*in.size+u] }
	default:
		return
	}
	slices.SortStableFunc(s.gone, func(a, b int) int { return key(a) - key(b) })
}

// place returns the position after which u costs least, or −1 when leaving it
// out costs less, or is allowed and no place exists.
func (s *search) place(u int) int {
	in, m := s.in, len(s.seq)
	before := s.price(s.hullValue(s.pre[m-1], s.sums()))
	limit := math.MaxInt
	if s.mayLeave(u) {
		limit = in.worth(u)
	}
	best, at := math.MaxInt, -1
	for k := in.lo; k < m-1; k++ {
		a, b := s.seq[k], s.seq[k+1]
		there, away := a*in.size+u, u*in.size+b
		arcs := s.arcs[m-1] + in.cost[there] + in.cost[away] - in.cost[a*in.size+b]
		if arcs >= best || s.rng.Uint32()%blink == 0 {
			continue
		}
		t := s.sums()
		t.arcs = arcs
		t.drive += in.drive[there] + in.drive[away] - in.drive[a*in.size+b]
		t.meters += in.meters[there] + in.meters[away] - in.meters[a*in.size+b]
		t.service += in.node[u].Dur - in.node[u].Warp
		w := join(s.pre[k], in.node[u], in.drive[there])
		w = join(w, s.suf[k+1], in.drive[away])
		if x := s.price(s.hullValue(w, t)); x < best {
			best, at = x, k
		}
	}
	s.work += 3 * m
	if at >= 0 && best-before >= limit {
		return -1
	}
	return at
}

func (s *search) sums() totals {
	m := len(s.seq) - 1
	return totals{s.arcs[m], s.drive[m], s.dist[m], s.serve[m]}
}

// chain recomputes prefixes and suffixes, not the value. O(n).
func (s *search) chain() {
	in, m := s.in, len(s.seq)
	s.grow(m)
	s.pre[0] = in.node[s.seq[0]]
	s.arcs[0], s.drive[0], s.dist[0], s.serve[0] = 0, 0, 0, 0
	for k := 1; k < m; k++ {
		b := s.seq[k]
		arc := s.seq[k-1]*in.size + b
		s.pre[k] = join(s.pre[k-1], s.at(b), in.drive[arc])
		s.arcs[k] = s.arcs[k-1] + in.cost[arc]
		s.drive[k] = s.drive[k-1] + in.drive[arc]
		s.dist[k] = s.dist[k-1] + in.meters[arc]
		s.serve[k] = s.serve[k-1] + in.node[b].Dur - in.node[b].Warp
	}
	s.suf[m-1] = s.at(s.seq[m-1])
	for k := m - 2; k >= 0; k-- {
		s.suf[k] = join(in.node[s.seq[k]], s.suf[k+1], in.drive[s.seq[k]*in.size+s.seq[k+1]])
	}
	s.work += 4 * m
}

// at is a node's segment. The end of the day leaves room for the breaks while
// the route is rebuilt, because the hull knows nothing of them.
func (s *search) at(u int) seg {
	x := s.in.node[u]
	if s.tight && u == s.in.n+1 {
		x.Late -= s.in.pause
	}
	return x
}
