package district

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
)

func random(rng *rand.Rand, n int, load func() float64) (points []orb.Point, loads []float64) {
	for range n {
		points = append(points, orb.Point{114 + rng.NormFloat64()*0.3, 22.6 + rng.NormFloat64()*0.1})
		loads = append(loads, load())
	}
	return points, loads
}

func one() float64 { return 1 }

func loadsOf(loads []float64, area []int32, parts int) []float64 {
	sums := make([]float64, parts)
	for i, a := range area {
		sums[a] += loads[i]
	}
	return sums
}

func TestEveryUnitHasOneAreaAndLoadsAreEven(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		parts := 1 + rng.IntN(24)
		points, loads := random(rng, parts*(20+rng.IntN(40)), one)
		area, err := Bisect(points, loads, parts)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Min(area) != 0 || int(slices.Max(area)) != parts-1 {
			t.Fatalf("areas %d to %d of %d", slices.Min(area), slices.Max(area), parts)
		}
		// At most one unit off at each of the cuts above an area.
		share := float64(len(points)) / float64(parts)
		for _, l := range loadsOf(loads, area, parts) {
			if math.Abs(l-share) > math.Ceil(math.Log2(float64(parts))) {
				t.Fatalf("%d areas, one of %v, an equal share is %.1f", parts, l, share)
			}
		}
	}
}

// Four towns of equal size must become four areas: no straight cut is better.
func TestTownsBecomeAreas(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var points []orb.Point
	for town := range 4 {
		at := orb.Point{float64(town%2) * 0.5, float64(town/2) * 0.5}
		for range 50 {
			points = append(points, orb.Point{at[0] + rng.NormFloat64()*0.02, at[1] + rng.NormFloat64()*0.02})
		}
	}
	area, err := Bisect(points, slices.Repeat([]float64{1}, 200), 4)
	if err != nil {
		t.Fatal(err)
	}
	for i := range points {
		if area[i] != area[i/50*50] {
			t.Fatalf("unit %d of town %d is in area %d with another town", i, i/50, area[i])
		}
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	two, ones := []orb.Point{{1, 1}, {2, 2}}, []float64{1, 1}
	for _, parts := range []int{-1, 0, 3} {
		if _, err := Bisect(two, ones, parts); !errors.Is(err, ErrParts) {
			t.Errorf("%d parts: %v", parts, err)
		}
	}
	for _, bad := range []Unit{
		{Point: orb.Point{math.NaN(), 1}}, {Point: orb.Point{1, 91}},
		{Loads: [3]float64{-1}}, {Loads: [3]float64{math.NaN()}}, {Loads: [3]float64{math.Inf(1)}},
	} {
		_, err := Bisect([]orb.Point{bad.Point, {1, 1}}, []float64{bad.Loads[0], 1}, 1)
		if !errors.Is(err, ErrUnit) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	same := slices.Repeat([]orb.Point{{1, 1}}, 3)
	area, err := Bisect(same, []float64{0, 0, 0}, 3)
	if err != nil || !slices.Equal(slices.Sorted(slices.Values(area)), []int32{0, 1, 2}) {
		t.Errorf("three units of one place without load: %v, %v", area, err)
	}
}
