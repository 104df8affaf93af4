package cycle_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"beatplan/routing/vrp/cycle"
)

func table(n int, seed uint64) []int32 {
	r := rand.New(rand.NewPCG(seed, 9))
	x, y := make([]float64, n), make([]float64, n)
	for i := range n {
		x[i], y[i] = 1000*r.Float64(), 1000*r.Float64()
	}
	d := make([]int32, n*n)
	for i := range n {
		for j := range n {
			d[i*n+j] = int32(math.Hypot(x[i]-x[j], y[i]-y[j]) + 0.5)
		}
	}
	return d
}

func length(t *testing.T, n int, d []int32, tour []int32) int {
	t.Helper()
	seen := make([]bool, n)
	sum := 0
	for k, i := range tour {
		if seen[i] {
			t.Fatalf("place %d twice", i)
		}
		seen[i] = true
		sum += int(d[int(i)*n+int(tour[(k+1)%n])])
	}
	if len(tour) != n {
		t.Fatalf("%d of %d places", len(tour), n)
	}
	return sum
}

// optimum is the shortest round trip by dynamic programming (Held and Karp, 1962).
func optimum(n int, d []int32) int {
	full := 1 << (n - 1)
	best := make([]int, full*(n-1))
	for s := 1; s < full; s++ {
		for j := range n - 1 {
			k := s*(n-1) + j
			best[k] = math.MaxInt / 2
			if s>>j&1 == 0 {
				continue
			}
			if s == 1<<j {
				best[k] = int(d[(n-1)*n+j])
			}
			for i := range n - 1 {
				if i != j && s>>i&1 == 1 {
					best[k] = min(best[k], best[(s&^(1<<j))*(n-1)+i]+int(d[i*n+j]))
				}
			}
		}
	}
	least := math.MaxInt
	for j := range n - 1 {
		least = min(least, best[(full-1)*(n-1)+j]+int(d[j*n+n-1]))
	}
	return least
}

func TestShortToursAreOptimal(t *testing.T) {
	for seed := range uint64(40) {
		n := 5 + int(seed)%9
		d := table(n, seed)
		s := cycle.New(n, d, seed)
		for range 300 {
			s.Round(0.05)
		}
		tour, claimed := s.Best()
		if got := length(t, n, d, tour); got != claimed || got != optimum(n, d) {
			t.Fatalf("seed %d, %d places: length %d, claimed %d, optimum %d",
				seed, n, got, claimed, optimum(n, d))
		}
	}
}

func TestTheBookkeepingIsTrue(t *testing.T) {
	for _, n := range []int{8, 50, 400} {
		d := table(n, uint64(n))
		s := cycle.New(n, d, 1)
		_, first := s.Best()
		for range 2000 {
			s.Round(0.02)
		}
		tour, claimed := s.Best()
		if got := length(t, n, d, tour); got != claimed || got > first {
			t.Fatalf("%d places: length %d, claimed %d, first %d", n, got, claimed, first)
		}
	}
}
