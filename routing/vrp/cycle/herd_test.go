package cycle_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"beatplan/routing/vrp/cycle"
)

// bred crosses a herd of k tours until no offspring is shorter, checks what it
// claims after each generation, and returns the best.
func bred(t *testing.T, n int, d []int32, k, workers int) ([]int32, int) {
	t.Helper()
	h := cycle.NewHerd(n, d, 1, workers)
	h.Grow(k)
	_, last := h.Best()
	for more := true; more; {
		more = h.Generation()
		tour, claimed := h.Best()
		if got := length(t, n, d, tour); got != claimed || got > last {
			t.Fatalf("%d places: length %d, claimed %d, before %d", n, got, claimed, last)
		}
		last = claimed
	}
	return h.Best()
}

func TestAHerdFindsShortTours(t *testing.T) {
	for seed := range uint64(20) {
		n := 8 + int(seed)%6
		d := table(n, seed)
		if _, got := bred(t, n, d, 20, 2); got != optimum(n, d) {
			t.Fatalf("seed %d, %d places: length %d, optimum %d", seed, n, got, optimum(n, d))
		}
	}
}

// Places on a circle in clusters: the way round is the only optimum, and leading out
// of a cluster takes more than the nearest places.
func TestAHerdCrossesBetweenClusters(t *testing.T) {
	const n = 240
	r := rand.New(rand.NewPCG(3, 3))
	angle := make([]float64, n)
	for i := range angle {
		angle[i] = float64(r.IntN(8)) + 0.5*r.Float64()
		angle[i] *= 2 * math.Pi / 8
	}
	d := make([]int32, n*n)
	for i := range n {
		for j := range n {
			d[i*n+j] = int32(2e6*math.Abs(math.Sin((angle[i]-angle[j])/2)) + 0.5)
		}
	}
	slices.Sort(angle)
	want := 0.0
	for i := range angle {
		want += 2e6 * math.Abs(math.Sin((angle[(i+1)%n]-angle[i])/2))
	}
	if _, got := bred(t, n, d, 20, 2); math.Abs(float64(got)-want) > n {
		t.Fatalf("length %d, the circle has %.0f", got, want)
	}
}

func TestAHerdIsTheSameWithAnyNumberOfWorkers(t *testing.T) {
	const n = 150
	d := table(n, 5)
	first, _ := bred(t, n, d, 24, 1)
	for _, workers := range []int{2, 5} {
		if tour, _ := bred(t, n, d, 24, workers); !slices.Equal(first, tour) {
			t.Fatalf("%d workers: another tour", workers)
		}
	}
}

func TestANewHerdDiffers(t *testing.T) {
	const n = 120
	h := cycle.NewHerd(n, table(n, 6), 1, 1)
	h.Grow(1)
	before, _ := h.Best()
	before = slices.Clone(before)
	h.Anew()
	if h.Size() != 0 {
		t.Fatalf("%d tours left", h.Size())
	}
	h.Grow(1)
	if after, _ := h.Best(); slices.Equal(before, after) {
		t.Fatal("the same tour again")
	}
}
