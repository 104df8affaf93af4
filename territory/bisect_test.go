package territory

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
)

func random(rng *rand.Rand, n int, load func() float64) []Unit {
	units := make([]Unit, n)
	for i := range units {
		units[i] = Unit{orb.Point{114 + rng.NormFloat64()*0.3, 22.6 + rng.NormFloat64()*0.1}, load()}
	}
	return units
}

func TestEveryUnitHasOneAreaAndLoadsAreEven(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		parts := 1 + rng.IntN(24)
		units := random(rng, parts*(20+rng.IntN(40)), func() float64 { return 1 })
		area, err := Bisect(units, parts)
		if err != nil {
			t.Fatal(err)
		}
		if len(area) != len(units) || slices.Min(area) != 0 || slices.Max(area) != parts-1 {
			t.Fatalf("%d units in areas %d to %d of %d", len(area), slices.Min(area), slices.Max(area), parts)
		}
		// At most one unit off at each of the cuts above an area.
		loads := Loads(units, area, parts)
		bound := math.Ceil(math.Log2(float64(parts)))
		share := float64(len(units)) / float64(parts)
		for _, l := range loads {
			if math.Abs(l-share) > bound {
				t.Fatalf("%d areas of %v, an equal share is %.1f", parts, loads, share)
			}
		}
	}
}

func TestUnevenLoadsStayWithinAHeavyUnit(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		units := random(rng, 400, func() float64 { return rng.ExpFloat64() })
		heaviest := slices.MaxFunc(units, func(a, b Unit) int { return int(1e6 * (a.Load - b.Load)) }).Load
		area, err := Bisect(units, 8)
		if err != nil {
			t.Fatal(err)
		}
		loads := Loads(units, area, 8)
		if spread := slices.Max(loads) - slices.Min(loads); spread > 3*2*heaviest {
			t.Errorf("loads %v spread %.2f, the heaviest unit is %.2f", loads, spread, heaviest)
		}
	}
}

// Four towns of equal size must become four areas: no straight cut is better.
func TestTownsBecomeAreas(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var units []Unit
	for town := range 4 {
		at := orb.Point{float64(town%2) * 0.5, float64(town/2) * 0.5}
		for range 50 {
			p := orb.Point{at[0] + rng.NormFloat64()*0.02, at[1] + rng.NormFloat64()*0.02}
			units = append(units, Unit{p, 1})
		}
	}
	area, err := Bisect(units, 4)
	if err != nil {
		t.Fatal(err)
	}
	for i := range units {
		if area[i] != area[i/50*50] {
			t.Fatalf("unit %d of town %d is in area %d with another town", i, i/50, area[i])
		}
	}
}

func TestSameInputSameAreas(t *testing.T) {
	units := random(rand.New(rand.NewPCG(7, 8)), 500, func() float64 { return 1 })
	first, err := Bisect(units, 12)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Bisect(units, 12)
	if err != nil || !slices.Equal(first, again) {
		t.Errorf("two runs differ (%v)", err)
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	two := []Unit{{orb.Point{1, 1}, 1}, {orb.Point{2, 2}, 1}}
	for _, parts := range []int{-1, 0, 3} {
		if _, err := Bisect(two, parts); !errors.Is(err, ErrParts) {
			t.Errorf("%d parts: %v", parts, err)
		}
	}
	for _, bad := range []Unit{
		{orb.Point{math.NaN(), 1}, 1}, {orb.Point{1, 91}, 1}, {orb.Point{1, 1}, -1},
		{orb.Point{1, 1}, math.NaN()}, {orb.Point{1, 1}, math.Inf(1)},
	} {
		if _, err := Bisect([]Unit{bad, two[0]}, 1); !errors.Is(err, ErrUnit) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	same := []Unit{{orb.Point{1, 1}, 0}, {orb.Point{1, 1}, 0}, {orb.Point{1, 1}, 0}}
	area, err := Bisect(same, 3)
	if err != nil || slices.Compare(slices.Sorted(slices.Values(area)), []int{0, 1, 2}) != 0 {
		t.Errorf("three units of one place without load: %v, %v", area, err)
	}
}
