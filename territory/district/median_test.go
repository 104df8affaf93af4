package district

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// Small instances against all deals: the annealer finds the optimum.
func TestClustersAgainstAllDeals(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	for range 20 {
		n, p := 8, 2
		c := Clustering{Demand: make([]float64, n), Distance: make([][]float64, n), Centres: p}
		x, y := make([]float64, n), make([]float64, n)
		var total float64
		for i := range n {
			x[i], y[i], c.Demand[i] = 100*rng.Float64(), 100*rng.Float64(), 1+9*rng.Float64()
			total += c.Demand[i]
		}
		c.Capacity = total * 0.6
		for i := range n {
			for j := range n {
				c.Distance[i] = append(c.Distance[i], math.Hypot(x[i]-x[j], y[i]-y[j]))
			}
		}
		best := math.Inf(1)
		for deal := 1; deal < 1<<n-1; deal++ {
			best = math.Min(best, costOf(c, deal))
		}
		area, cost := Clusters(context.Background(), c, 20_000, 1)
		deal := 0
		for i, a := range area {
			deal |= a << i
		}
		if math.Abs(cost-best) > 1e-6 || math.Abs(costOf(c, deal)-best) > 1e-6 {
			t.Errorf("found %.4f (its deal costs %.4f), the best is %.4f", cost, costOf(c, deal), best)
		}
	}
}

// costOf is what two clusters cost, by the bits of deal; +Inf beyond the capacity.
func costOf(c Clustering, deal int) float64 {
	var sum float64
	for k := range 2 {
		load, least := 0.0, math.Inf(1)
		for i := range c.Demand {
			if deal>>i&1 != k {
				continue
			}
			load += c.Demand[i]
			s := 0.0
			for j := range c.Demand {
				if deal>>j&1 == k {
					s += c.Distance[i][j]
				}
			}
			least = math.Min(least, s)
		}
		if load > c.Capacity {
			return math.Inf(1)
		}
		sum += least
	}
	return sum
}
