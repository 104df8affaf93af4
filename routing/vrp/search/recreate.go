package search

import (
	"math/rand/v2"
	"slices"

	"beatplan/routing/vrp"
)

// blinks is one chance in so many that a place is overlooked: a hundred as in the
// paper, fewer where there are few places to choose from.
func blinks(n int) uint32 { return uint32(min(max(2*n, 5), 100)) }

// anewBlinks is the chance of a small plan that begins anew: its first visits are to
// go to other vehicles than the cheapest.
const anewBlinks = 3

// everywhere is up to how many visits in the plan every place is looked at.
const everywhere = 220

// spot is a place for a visit; vehicle −1 is none.
type spot struct{ vehicle, at, added int }

// recreator puts absent visits back greedily, in a random kind of order.
type recreator struct {
	rng   *rand.Rand
	blink uint32
	tried []int // by kind of vehicle: round in which an empty one was tried
	round int   // never the same again, however long the search
	full  bool  // few are in the plan: look everywhere
	seen  []int // by visit: round in which the gaps around it were tried
	asked []int // by vehicle: round in which may was asked, below 0 when it said no
}

// order sorts the absent visits by one of several criteria, drawn by weight:
// random 4, load 4, far from the depot 2, near 1, and with windows their length
// 2, opening 2 and closing 2.
func (x *recreator) order(s *state, list []int32) {
	in := s.in
	depot, c := in.vehicle[0].start, &in.classes[in.vehicle[0].class]
	pick := x.rng.IntN(19)
	x.rng.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
	var key func(i int32) int
	switch {
	case pick < 4:
		return
	case pick < 8:
		if in.dims == 0 {
			return
		}
		key = func(i int32) int { return -in.deliver[int(i)*in.dims] - in.pick[int(i)*in.dims] }
	case pick < 10:
		key = func(i int32) int { return -int(c.cost[depot*in.size+int(i)]) }
	case pick < 11:
		key = func(i int32) int { return int(c.cost[depot*in.size+int(i)]) }
	case pick < 13:
		key = func(i int32) int { return in.last[i] - in.open[i] }
	case pick < 15:
		key = func(i int32) int { return in.open[i] }
	case pick < 17:
		key = func(i int32) int { return in.last[i] }
	default:
		key = func(i int32) int { return -in.prize[i] }
	}
	slices.SortStableFunc(list, func(a, b int32) int { return key(a) - key(b) })
}

// recreate tries to place every visit of the list; what fits nowhere, or costs
// more than it is worth, is appended to rest.
func (x *recreator) recreate(s *state, list, rest []int32, touch func(v int)) []int32 {
	x.order(s, list)
	for _, i := range list {
		if s.where[i] >= 0 { // came in with its partner
			continue
		}
		if g := s.in.group[i]; g >= 0 && s.served[g] > 0 {
			rest = append(rest, i)
			continue
		}
		if other := s.in.partner[i]; other >= 0 {
			if !x.pair(s, i, int32(other), touch) {
				rest = append(rest, i)
			}
			continue
		}
		if s.in.patterned(i) {
			x.pattern(s, i, touch)
			rest = append(rest, i) // the option may be one without it
			continue
		}
		best := x.best(s, i)
		if best.vehicle < 0 || best.added >= x.limit(s, i) {
			rest = append(rest, i)
			continue
		}
		touch(best.vehicle)
		s.put(i, best.vehicle, best.at)
	}
	if len(s.in.p.Pairs)+len(s.in.p.Patterns) > 0 { // others may have brought them in
		rest = slices.DeleteFunc(rest, func(i int32) bool { return s.where[i] >= 0 })
	}
	return rest
}

// limit is what serving the visit may cost.
func (x *recreator) limit(s *state, i int32) int {
	if s.in.must[i] {
		return s.in.dear
	}
	// Now and then a visit comes in above its prize: the next may share the cost, or
	// the duties become more alike.
	if x.rng.IntN(10) == 0 {
		return s.in.dear
	}
	g := s.in.group[i]
	if g < 0 {
		return s.in.prize[i] + x.rng.IntN(s.in.prize[i]/8+1)
	}
	return s.in.groupWorth(g)
}

// best finds the cheapest place for a visit, blinking.
func (x *recreator) best(s *state, i int32) spot {
	in := s.in
	best := spot{-1, 0, 2 * in.dear}
	x.round++
	if in.depth > 0 && !x.full {
		x.nearby(s, i, &best)
		if best.vehicle >= 0 || !in.must[i] {
			x.empty(s, i, &best)
			return best
		}
		best = spot{-1, 0, 2 * in.dear}
	}
	for v := range s.routes {
		if m := len(s.routes[v].seq); m > 0 && x.may(s, i, v) {
			x.scan(s, i, v, &best)
		}
	}
	x.empty(s, i, &best)
	return best
}

// nearby looks before and after the nearest neighbours, once into each gap.
func (x *recreator) nearby(s *state, i int32, best *spot) {
	near := s.in.near[i]
	for _, c := range near[:min(s.in.depth, len(near))] {
		v := int(s.where[c])
		if v < 0 || !x.ask(s, i, v) {
			continue
		}
		x.seen[c] = x.round
		at, seq := int(s.at[c]), s.routes[v].seq
		if at == 0 || x.seen[seq[at-1]] != x.round {
			x.try(s, i, v, at, best)
		}
		if at+1 == len(seq) || x.seen[seq[at+1]] != x.round {
			x.try(s, i, v, at+1, best)
		}
	}
}

// ask is may, asked once a round.
func (x *recreator) ask(s *state, i int32, v int) bool {
	switch x.asked[v] {
	case x.round:
		return true
	case -x.round:
		return false
	}
	if x.may(s, i, v) {
		x.asked[v] = x.round
		return true
	}
	x.asked[v] = -x.round
	return false
}

// empty tries one unused vehicle of each kind.
func (x *recreator) empty(s *state, i int32, best *spot) {
	for v := range s.routes {
		if len(s.routes[v].seq) > 0 {
			continue
		}
		kind := s.in.vehicle[v].kind
		if x.tried[kind] == x.round || !x.may(s, i, v) {
			continue
		}
		x.tried[kind] = x.round
		x.try(s, i, v, 0, best)
	}
}

// may checks what does not depend on the place: lists, skills, number of stops
// and, without pickups, the load.
func (x *recreator) may(s *state, i int32, v int) bool {
	in, r := s.in, &s.routes[v]
	if b := in.blocked[v]; b != nil && b[i] {
		return false
	}
	rule := in.vehicle[v].rule
	if rule.MaxStops > 0 && len(r.seq) >= rule.MaxStops {
		return false
	}
	for k, capacity := range rule.Capacity {
		need := in.deliver[int(i)*in.dims+k]
		if len(r.seq) > 0 {
			need += r.load[k]
		}
		if need > capacity {
			return false
		}
	}
	return true
}

// scan tries every gap of a route.
func (x *recreator) scan(s *state, i int32, v int, best *spot) {
	for at := len(s.in.vehicle[v].rule.Prefix); at <= len(s.routes[v].seq); at++ {
		if s.routes[v].ready[at] > s.in.last[i] {
			return
		}
		x.try(s, i, v, at, best)
	}
}

// try judges one gap: the added cost first, then the times, then what only the
// exact clock knows.
func (x *recreator) try(s *state, i int32, v, at int, best *spot) {
	in, r, y := s.in, &s.routes[v], &s.in.vehicle[v]
	c := &in.classes[y.class]
	m := len(r.seq)
	prev, next := y.start, y.end
	if at > 0 {
		prev = int(r.seq[at-1])
	}
	if at < m {
		next = int(r.seq[at])
	}
	there, away := prev*in.size+int(i), int(i)*in.size+next
	added := int(c.into[int(i)*in.size+prev]) + int(c.cost[away])
	if m == 0 {
		added += y.rule.Fixed
	} else {
		added -= int(r.step[at])
	}
	if in.p.PerChange > 0 {
		added += in.p.Changed(v, int(i))
	}
	if added >= best.added || x.rng.Uint32()%x.blink == 0 {
		return
	}
	begin := in.begin(i, r.ready[at]+int(c.time[there]))
	if begin > in.last[i] || begin+in.serve[i]+int(c.time[away]) > r.late[at] {
		return
	}
	if c.time[there] == far || c.time[away] == far || at < len(y.rule.Prefix) {
		return
	}
	if in.order != nil && !s.ordered(i, v, at) {
		return
	}
	if in.picks && !s.carries(i, v, at) {
		return
	}
	if y.joined && s.dutyWith(v, i, at, int(c.time[there]), int(c.time[away])) > in.longest(y.rule) {
		return
	}
	if y.rich {
		sum := s.sum(v, i, at)
		if !keeps(in.p, y.rule, sum) {
			return
		}
		if in.soft {
			before := 0
			if m > 0 {
				before = s.known(v)
			}
			added += in.hours(y.rule, sum, in.service(r.seq)+in.serve[i]) - before
			if added >= best.added {
				return
			}
		}
	}
	*best = spot{v, at, added}
}

// known is the price of a route's hours as it is. O(1) unless the route changed.
func (s *state) known(v int) int {
	if s.routes[v].stale {
		s.costs(v)
	}
	return s.routes[v].hours
}

// ordered reports whether the visit may stand before stop at of the route.
func (s *state) ordered(i int32, v, at int) bool {
	for _, o := range s.in.order[i] {
		other := int32(o.First + o.Then - int(i))
		if int(s.where[other]) != v {
			continue
		}
		if o.Then == int(i) && int(s.at[other]) >= at || o.First == int(i) && int(s.at[other]) < at {
			return false
		}
	}
	return true
}

// carries checks loads in between: deliveries ride from the start to the stop,
// pickups from the stop to the end.
func (s *state) carries(i int32, v, at int) bool {
	in, r := s.in, &s.routes[v]
	d := in.dims
	for k, capacity := range in.vehicle[v].rule.Capacity {
		deliver, pick := in.deliver[int(i)*d+k], in.pick[int(i)*d+k]
		above, below := 0, 0
		if len(r.seq) > 0 {
			above, below = r.above[at*d+k], r.below[at*d+k]
		}
		if above+deliver > capacity || below+pick > capacity {
			return false
		}
	}
	return true
}

// keeps reports whether a measured route holds its times and limits.
func keeps(p *vrp.Problem, x *vrp.Vehicle, sum vrp.Sum) bool {
	within := func(value, bound int) bool { return bound == 0 || value <= bound }
	return sum.Warp == 0 && sum.Missing == 0 && within(sum.Duty, x.MaxDuty) &&
		within(sum.Drive, x.MaxDrive) && within(sum.Distance, x.MaxDistance) &&
		within(sum.Duty, p.Balance.MaxDuty)
}
