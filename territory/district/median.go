package district

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// Clustering is a capacitated p-median problem: p of the places become centres,
// every place goes to one centre, and no centre serves more than Capacity.
type Clustering struct {
	Distance [][]float64 // square, symmetric
	Demand   []float64
	Centres  int
	Capacity float64
}

// Clusters solves the capacitated p-median problem by simulated annealing over
// single moves and swaps, each cluster being served from its best place, with
// overloads at a price: the non-contiguous relation of territory design, for which
// proven optima are published. rounds moves are tried. It returns the cluster of
// every place and the cost, +Inf when no legal plan was found.
func Clusters(
	ctx context.Context, c Clustering, rounds int, seed uint64,
) (area []int, cost float64) {
	a := newAnnealer(c, rand.New(rand.NewPCG(seed, 5)))
	best := math.Inf(1)
	heat := a.mean / 4
	cooling := math.Pow(1e-3, 1/float64(rounds))
	for i := range rounds {
		if i%65536 == 0 && ctx.Err() != nil {
			break
		}
		heat *= cooling
		a.try(heat)
		if a.over <= 1e-9 && a.cost < best-1e-9 {
			best, area = a.cost, slices.Clone(a.area)
		}
	}
	return area, best
}

type annealer struct {
	Clustering
	rng    *rand.Rand
	area   []int
	served [][]float64 // cluster → place → what the cluster costs from there
	load   []float64
	median []float64 // cost of every cluster from its best place
	cost   float64
	over   float64 // load beyond the capacity
	fine   float64 // for a unit of it
	mean   float64 // distance
}

func newAnnealer(c Clustering, rng *rand.Rand) *annealer {
	n := len(c.Demand)
	a := &annealer{Clustering: c, rng: rng, area: make([]int, n), load: make([]float64, c.Centres),
		served: make([][]float64, c.Centres), median: make([]float64, c.Centres)}
	for k := range a.served {
		a.served[k] = make([]float64, n)
	}
	var total float64
	for i := range n {
		a.area[i] = i % c.Centres
		for j := range n {
			a.served[a.area[i]][j] += c.Distance[i][j]
			a.mean += c.Distance[i][j] / float64(n*n)
		}
		a.load[a.area[i]] += c.Demand[i]
		total += c.Demand[i]
	}
	a.fine = 4 * a.mean / (total / float64(n))
	a.sums()
	return a
}

func (a *annealer) sums() {
	a.cost, a.over = 0, 0
	for k := range a.load {
		a.median[k] = a.best(k)
		a.cost += a.median[k]
		a.over += math.Max(0, a.load[k]-a.Capacity)
	}
}

// best is what cluster k costs from the best of its own places.
func (a *annealer) best(k int) float64 {
	least := math.Inf(1)
	for i, at := range a.area {
		if at == k {
			least = math.Min(least, a.served[k][i])
		}
	}
	if math.IsInf(least, 1) {
		return 0
	}
	return least
}

func (a *annealer) shift(i, to int) {
	from := a.area[i]
	for j, d := range a.Distance[i] {
		a.served[from][j] -= d
		a.served[to][j] += d
	}
	a.load[from] -= a.Demand[i]
	a.load[to] += a.Demand[i]
	a.area[i] = to
}

// try makes a random move or swap and keeps it when the heat allows.
func (a *annealer) try(heat float64) {
	i := a.rng.IntN(len(a.area))
	from := a.area[i]
	j, to := -1, a.rng.IntN(a.Centres)
	if a.rng.IntN(2) == 0 {
		j = a.rng.IntN(len(a.area))
		to = a.area[j]
	}
	if to == from {
		return
	}
	over := func() float64 {
		return math.Max(0, a.load[from]-a.Capacity) + math.Max(0, a.load[to]-a.Capacity)
	}
	cost, extra := a.median[from]+a.median[to], over()
	a.shift(i, to)
	if j >= 0 {
		a.shift(j, from)
	}
	mine, yours := a.best(from), a.best(to)
	gain := cost - mine - yours + a.fine*(extra-over())
	if gain < 0 && a.rng.Float64() >= math.Exp(gain/heat) {
		if j >= 0 {
			a.shift(j, to)
		}
		a.shift(i, from)
		return
	}
	a.median[from], a.median[to] = mine, yours
	a.cost += mine + yours - cost
	a.over += over() - extra
}
