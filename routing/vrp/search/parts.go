package search

import (
	"slices"

	"beatplan/routing/vrp/genetic"
)

// Large plans of long routes are too much for a herd of whole plans, but parts of them
// are not: neighbouring routes of so many visits together are a problem of their own,
// which the genetic search solves well. Islands work on different parts of the best
// plan at a time, and what they find goes together, since parts share neither vehicles
// nor visits. Santini, Schneider, Vidal and Vigo (2023), DOI 10.1287/ijoc.2022.0048,
// compare such decompositions.
const (
	wholeUpTo    = 700 // visits: more are divided
	longRoutes   = 20  // visits a route, on average: of shorter ones removals are ahead
	longerRoutes = 100 // and of longer ones a part is a few routes only
	partVisits   = 250
)

// part is what an island works on instead of the whole plan.
type part struct {
	vehicles []int
	visits   []int32 // the visit of each of the part's own
	plan     [][]int // the whole plan, the same for all parts
	herd     *genetic.Search
	looked   int // work of the herd that rounds count
	cost     int // of the routes as they were
}

// step is one child of the part's herd, and answers how many rounds it counts for.
func (p *part) step() int {
	p.herd.Step()
	rounds := (p.herd.Work() - p.looked) / perRound
	p.looked = p.herd.Work()
	return rounds
}

// divide gives every island a part of the best plan to work on until the next meeting,
// if the plan is large, its routes are long and its rules are plain.
func divide(in *genetic.Input, all []*island, meeting int) {
	top := best(all)
	if meeting == meetings || !divisible(in, top) {
		return
	}
	plan := clone(top.best)
	taken := make([]bool, len(plan))
	for k, x := range all {
		x.s.load(plan)
		x.remember()
		if list := x.neighbouring(taken, in.N/len(all)); len(list) > 1 {
			x.part = x.newPart(in, list, uint64(meetings*meeting+k))
			x.part.plan = plan
		}
	}
}

// newPart is what those vehicles do in the present plan.
func (x *island) newPart(in *genetic.Input, vehicles []int, seed uint64) *part {
	p := &part{vehicles: vehicles}
	routes, own := make([][]int32, len(vehicles)), make([][]int32, len(vehicles))
	next := int32(0)
	for k, v := range vehicles {
		r := &x.s.routes[v]
		routes[k] = r.seq
		p.cost += r.cost
		for range r.seq {
			own[k] = append(own[k], next)
			next++
		}
	}
	small, visits := in.Part(vehicles, routes)
	p.visits, p.herd = visits, genetic.New(small, x.opt.Seed+seed)
	p.herd.Add(own)
	return p
}

// divisible reports whether the best plan of an island is better improved in parts: it
// serves everybody, and a herd of whole plans would be too much.
func divisible(in *genetic.Input, x *island) bool {
	if in == nil || in.N <= wholeUpTo || x.herd != nil || !x.complete() {
		return false
	}
	used := 0
	for _, route := range x.best {
		used += min(len(route), 1)
	}
	return in.N >= longRoutes*used && in.N <= longerRoutes*used
}

// neighbouring are the vehicles of routes around a visit drawn by chance, which nobody
// has taken yet, until they serve enough for a part, and at most so many visits.
func (x *island) neighbouring(taken []bool, most int) []int {
	s := x.s
	seed := x.rng.IntN(s.in.n)
	for k := 0; k < s.in.n && (s.where[seed] < 0 || taken[s.where[seed]]); k++ {
		seed = (seed + 1) % s.in.n
	}
	row := s.in.classes[0].cost[seed*s.in.size : seed*s.in.size+s.in.n]
	order := make([]int, s.in.n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(row[a] - row[b]) })
	var out []int
	served := 0
	for _, i := range order {
		v := s.where[i]
		if v < 0 || taken[v] {
			continue
		}
		m := len(s.routes[v].seq)
		if len(out) > 1 && served+m > min(most, partVisits+m/2) {
			break
		}
		taken[v] = true
		out = append(out, int(v))
		served += m
	}
	return out
}

// join puts what the islands made of their parts together, and lets all go on from it.
func join(all []*island) {
	var plan [][]int
	for _, x := range all {
		p := x.part
		if x.part = nil; p == nil {
			continue
		}
		if plan == nil {
			plan = clone(p.plan)
		}
		routes, cost := p.herd.Best()
		if routes == nil || cost >= p.cost {
			continue
		}
		for k, v := range p.vehicles {
			plan[v] = plan[v][:0]
			for _, i := range routes[k] {
				plan[v] = append(plan[v], int(p.visits[i]))
			}
		}
	}
	if plan == nil {
		return
	}
	for _, x := range all {
		x.s.load(plan)
		if x.s.cost >= x.bestCost {
			x.s.load(x.best)
			continue
		}
		x.remember()
	}
}
