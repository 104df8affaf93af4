package search

import "slices"

// pair puts both halves of a shipment into one route, where they add least.
// It tries every two places of every vehicle. O(stops × route length²).
func (x *recreator) pair(s *state, a, b int32, touch func(v int)) bool {
	in := s.in
	if !in.first[a] {
		a, b = b, a
	}
	if s.where[a] >= 0 || s.where[b] >= 0 {
		return false
	}
	type place struct{ v, i, j, added int }
	best := place{-1, 0, 0, in.dear}
	x.round++
	for v := range s.routes {
		kind := in.vehicle[v].kind
		if len(s.routes[v].seq) == 0 {
			if x.tried[kind] == x.round {
				continue
			}
			x.tried[kind] = x.round
		}
		if !x.may(s, a, v) || !x.may(s, b, v) {
			continue
		}
		r := &s.routes[v]
		first := len(in.vehicle[v].rule.Prefix)
		if most := in.vehicle[v].rule.MaxStops; most > 0 && len(r.seq)+2 > most {
			continue
		}
		for i := first; i <= len(r.seq); i++ {
			for j := i; j <= len(r.seq); j++ {
				trial := slices.Insert(slices.Insert(slices.Clone(r.seq), j, b), i, a)
				added, ok := s.addedBy(v, trial)
				if ok && added < best.added && x.rng.Uint32()%x.blink > 0 {
					best = place{v, i, j, added}
				}
			}
		}
	}
	if best.v < 0 || best.added >= s.pairWorth(a, b) {
		return false
	}
	touch(best.v)
	r := &s.routes[best.v]
	r.seq = slices.Insert(slices.Insert(r.seq, best.j, b), best.i, a)
	s.refresh(best.v)
	return true
}

func (s *state) pairWorth(a, b int32) int { return s.worth(a) + s.worth(b) }

// addedBy prices a whole trial route and checks its times and loads.
func (s *state) addedBy(v int, trial []int32) (int, bool) {
	in, x := s.in, &s.in.vehicle[v]
	c := &in.classes[x.class]
	cost, prev := 0, x.start
	s.trial = s.trial[:0]
	for _, i := range trial {
		cost += int(c.cost[prev*in.size+int(i)])
		prev = int(i)
		s.trial = append(s.trial, int(i))
	}
	cost += int(c.cost[prev*in.size+x.end]) - s.routes[v].arcs
	if len(s.routes[v].seq) == 0 {
		cost += x.rule.Fixed + s.routes[v].arcs
	}
	for _, i := range trial {
		cost += in.p.Changed(v, int(i))
	}
	for _, i := range s.routes[v].seq {
		cost -= in.p.Changed(v, int(i))
	}
	if !in.p.Ordered(s.trial) || !s.pairLoads(v, trial) {
		return 0, false
	}
	return cost, keeps(in.p, x.rule, s.clocks[v].Sum(s.trial))
}

// pairLoads drives a route with all its shipments on board in turn.
func (s *state) pairLoads(v int, trial []int32) bool {
	in := s.in
	for d, capacity := range in.vehicle[v].rule.Capacity {
		load := 0
		for _, i := range trial {
			load += in.deliver[int(i)*in.dims+d]
		}
		if load > capacity {
			return false
		}
		for _, i := range trial {
			load += in.pick[int(i)*in.dims+d] - in.deliver[int(i)*in.dims+d]
			for _, q := range in.p.Pairs {
				if q.Pickup == int(i) {
					load += entry(q.Amount, d)
				}
				if q.Delivery == int(i) {
					load -= entry(q.Amount, d)
				}
			}
			if load > capacity {
				return false
			}
		}
	}
	return true
}
