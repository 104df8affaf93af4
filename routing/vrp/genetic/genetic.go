package genetic

import (
	"math/rand/v2"
	"slices"
)

// Search is one population.
type Search struct {
	in    *Input
	rng   *rand.Rand
	local *local
	pool  population
	best  *plan
	first *plan // the parent that is being recombined

	handed     int // plans handed in
	stale      int // generations since the best changed
	generation int
	okLoad     int // children without overload since the prices were set
	okLate     int
	judged     int
}

// Parameters of the search.
const (
	enough     = 8    // plans handed in that make random ones superfluous
	granular   = 30   // neighbours of a visit that moves look at
	interval   = 60   // generations between changes of the prices
	repairOdds = 2    // one infeasible child in so many is repaired
	patience   = 6000 // generations without a better plan until all start anew
)

// New returns a search without plans.
func New(in *Input, seed uint64) *Search {
	rng := rand.New(rand.NewPCG(seed, 0x5eed))
	x := &Search{in: in, rng: rng, local: newLocal(in, rng, granular)}
	legs, loads := 1, 1
	for i := range in.N {
		for _, j := range in.Near[i][:min(10, len(in.Near[i]))] {
			legs += int(in.Cost[i*in.Size+int(j)])
		}
		loads += in.Demand[i]
	}
	far := 0
	for i := range in.N {
		far = max(far, int(in.Cost[in.Vehicles[0].Start*in.Size+i]))
	}
	x.local.loadWeight = max((far<<point)*in.N/loads, 1)
	x.local.lateWeight = x.perSecond()
	return x
}

// perSecond is the first price of a second: what driving for a second costs.
func (x *Search) perSecond() int {
	cost, time := 0, 0
	for i := range x.in.N {
		for _, j := range x.in.Near[i][:min(10, len(x.in.Near[i]))] {
			k := i*x.in.Size + int(j)
			cost += int(x.in.Cost[k])
			time += int(x.in.Time[k])
		}
	}
	return max((cost<<point)/max(time, 1), 1)
}

// Add educates a plan and takes it into the population. One list of visits a
// vehicle; every visit must be in one.
func (x *Search) Add(routes [][]int32) {
	x.handed++
	x.educate(routes, true)
}

// Best returns the best feasible plan and its cost; nil without one.
func (x *Search) Best() ([][]int32, int) {
	if x.best == nil {
		return nil, 0
	}
	return x.best.routes, x.best.cost
}

// Work is how many candidates were looked at so far: a measure of time that is
// the same everywhere.
func (x *Search) Work() int { return x.local.work }

// Step makes one generation: a random plan while the population is small, then a
// child of two members.
func (x *Search) Step() {
	x.generation++
	if len(x.pool.feasible)+len(x.pool.infeasible) < fewest && x.handed < enough {
		x.educate(x.random(), true)
		return
	}
	a, b := x.pool.parents(x.rng)
	x.first = a
	child := x.srex(a, b)
	for r := range child {
		x.local.same[r] = slices.Equal(child[r], a.routes[r])
	}
	x.educate(child, false)
	clear(x.local.same)
	x.stale++
	if x.generation%interval == 0 {
		x.reprice()
	}
	if x.stale > patience {
		x.pool = population{}
		x.stale, x.handed = 0, 0
	}
}

// random deals the visits to the vehicles by chance, in bins of the average size.
func (x *Search) random() [][]int32 {
	in := x.in
	routes := make([][]int32, len(in.Vehicles))
	total, room := 0, 0
	for i := range in.N {
		total += in.Demand[i]
	}
	used := 0
	for used < len(routes) && room < total+total/8 || used < 1 {
		room += in.Vehicles[used].Capacity
		used++
	}
	used = min(max(used, min(len(routes), 2)), len(routes))
	order := x.rng.Perm(in.N)
	vehicles := x.rng.Perm(len(routes))[:used]
	// Visits in order of their nearness to a few seeds, so that the descent is short.
	seeds := make([]int, used)
	for k := range seeds {
		seeds[k] = order[k%len(order)]
	}
	for _, i := range order {
		best, to := 1<<60, 0
		for k, c := range seeds {
			d := int(in.Cost[c*in.Size+i]) + x.rng.IntN(1+int(in.Cost[c*in.Size+i])/4)
			if d < best {
				best, to = d, k
			}
		}
		routes[vehicles[to]] = append(routes[vehicles[to]], int32(i))
	}
	for _, list := range routes {
		slices.SortStableFunc(list, func(a, b int32) int {
			return in.Open[a] + in.Last[a] - in.Open[b] - in.Last[b]
		})
	}
	return routes
}

// educate descends from a plan and takes the outcome in; an infeasible one is
// repaired now and then at prices ten times as high.
func (x *Search) educate(routes [][]int32, fresh bool) {
	s := x.local
	s.set(routes)
	s.descend()
	p := x.take()
	x.judged++
	x.okLoad += count(p.excess == 0)
	x.okLate += count(p.late == 0)
	if p.feasible() || x.rng.IntN(repairOdds) > 0 && !fresh {
		return
	}
	clear(s.same)
	load, late := s.loadWeight, s.lateWeight
	s.loadWeight, s.lateWeight = 10*load, 10*late
	s.descend()
	s.loadWeight, s.lateWeight = load, late
	if cost, excess, late := s.total(); excess == 0 && late == 0 && cost > 0 {
		x.take()
	}
}

// take puts the present plan into the population.
func (x *Search) take() *plan {
	s := x.local
	p := newPlan(x.in.N, s.routes())
	p.cost, p.excess, p.late = s.total()
	p.price = x.price(p)
	if p.feasible() && (x.best == nil || p.cost < x.best.cost) {
		x.best = p
		x.stale = 0
	}
	x.pool.add(p)
	return p
}

func (x *Search) price(p *plan) int {
	return p.cost + p.excess*x.local.loadWeight>>point + p.late*x.local.lateWeight>>point
}

// reprice makes a violation dearer when too few children are free of it, cheaper
// when too many are.
func (x *Search) reprice() {
	adapt := func(weight *int, ok int) {
		share := float64(ok) / float64(max(x.judged, 1))
		switch {
		case share < wantShare-0.05:
			*weight = min(*weight*6/5+1, 1<<36)
		case share > wantShare+0.05:
			*weight = max(*weight*17/20, 1)
		}
	}
	adapt(&x.local.loadWeight, x.okLoad)
	if x.in.Timed {
		adapt(&x.local.lateWeight, x.okLate)
	}
	x.okLoad, x.okLate, x.judged = 0, 0, 0
	for _, p := range x.pool.infeasible {
		p.price = x.price(p)
	}
	x.pool.resort()
}
