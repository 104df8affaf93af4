package genetic

import (
	"math/rand/v2"
	"slices"
)

// Parameters of the population (Vidal, 2022, and Kool et al., 2022, DIMACS).
const (
	fewest    = 25 // plans kept
	brood     = 40 // children until survivors are chosen
	elite     = 4
	closest   = 5 // neighbours that make the diversity of a plan
	wantShare = 0.35
)

// plan is a member of the population.
type plan struct {
	routes       [][]int32
	next, prev   []int32 // −1 is the start or the end
	cost         int     // without penalties
	excess, late int
	price        int // with penalties
	near         []neighbour
	fitness      float64
}

type neighbour struct {
	apart int
	who   *plan
}

func (x *plan) feasible() bool { return x.excess == 0 && x.late == 0 }

func newPlan(n int, routes [][]int32) *plan {
	x := &plan{routes: routes, next: make([]int32, n), prev: make([]int32, n)}
	for _, list := range routes {
		last := int32(-1)
		for k, i := range list {
			x.prev[i], x.next[i] = last, -1
			if k > 0 {
				x.next[last] = i
			}
			last = i
		}
	}
	return x
}

// apart counts broken pairs (Prins, 2009).
func apart(a, b *plan) int {
	sum := 0
	for i, j := range a.next {
		if j != b.next[i] && j != b.prev[i] {
			sum++
		}
		if a.prev[i] < 0 && b.prev[i] >= 0 && b.next[i] >= 0 {
			sum++
		}
	}
	return sum
}

// population is two pools, each sorted by price.
type population struct {
	feasible, infeasible []*plan
}

func (p *population) add(x *plan) {
	pool := &p.infeasible
	if x.feasible() {
		pool = &p.feasible
	}
	for _, y := range *pool {
		d := apart(x, y)
		x.near = append(x.near, neighbour{d, y})
		y.near = append(y.near, neighbour{d, x})
	}
	at, _ := slices.BinarySearchFunc(*pool, x, func(a, b *plan) int { return a.price - b.price })
	*pool = slices.Insert(*pool, at, x)
	if len(*pool) >= fewest+brood {
		for len(*pool) > fewest {
			drop(pool)
		}
	}
}

// rank sets the biased fitness of a pool.
func rank(pool []*plan) {
	n := len(pool)
	if n == 1 {
		pool[0].fitness = 0
		return
	}
	order := make([]int, n)
	lone := make([]int, n)
	for k, x := range pool {
		order[k] = k
		slices.SortStableFunc(x.near, func(a, b neighbour) int { return a.apart - b.apart })
		for _, y := range x.near[:min(closest, len(x.near))] {
			lone[k] -= y.apart
		}
		lone[k] /= max(min(closest, len(x.near)), 1)
	}
	slices.SortStableFunc(order, func(a, b int) int { return lone[a] - lone[b] })
	for k, who := range order {
		byLoneliness := float64(k) / float64(n-1)
		byCost := float64(who) / float64(n-1)
		pool[who].fitness = byCost
		if n > elite {
			pool[who].fitness += (1 - elite/float64(n)) * byLoneliness
		}
	}
}

// drop removes the worst of a pool, twins first.
func drop(pool *[]*plan) {
	rank(*pool)
	worst := -1
	twin := false
	for k := 1; k < len(*pool); k++ {
		x := (*pool)[k]
		same := len(x.near) > 0 && x.near[0].apart == 0
		if worst < 0 || same && !twin ||
			same == twin && x.fitness > (*pool)[worst].fitness {
			worst, twin = k, same
		}
	}
	gone := (*pool)[worst]
	*pool = slices.Delete(*pool, worst, worst+1)
	for _, x := range *pool {
		x.near = slices.DeleteFunc(x.near, func(y neighbour) bool { return y.who == gone })
	}
}

// parents draws two members by binary tournaments.
func (p *population) parents(rng *rand.Rand) (a, b *plan) {
	if len(p.feasible) > 0 {
		rank(p.feasible)
	}
	if len(p.infeasible) > 0 {
		rank(p.infeasible)
	}
	a = p.pick(rng)
	b = p.pick(rng)
	for tries := 0; b == a && tries < 10; tries++ {
		b = p.pick(rng)
	}
	return a, b
}

func (p *population) pick(rng *rand.Rand) *plan {
	draw := func() *plan {
		k := rng.IntN(len(p.feasible) + len(p.infeasible))
		if k < len(p.feasible) {
			return p.feasible[k]
		}
		return p.infeasible[k-len(p.feasible)]
	}
	a, b := draw(), draw()
	if b.fitness < a.fitness {
		return b
	}
	return a
}

// resort brings the infeasible into the order of new prices.
func (p *population) resort() {
	slices.SortStableFunc(p.infeasible, func(a, b *plan) int { return a.price - b.price })
}
