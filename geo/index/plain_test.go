package index

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
)

func TestThePlainTreeFindsTheNearestOnThePlane(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 1))
	var tree Plain
	points := make([]orb.Point, 2000)
	for i := range points {
		points[i] = orb.Point{rng.Float64(), rng.Float64()}
		tree.Put(int64(i), points[i])
	}
	for range 50 {
		p := orb.Point{rng.Float64(), rng.Float64()}
		apart := func(i int64) float64 {
			x, y := points[i][0]-p[0], points[i][1]-p[1]
			return x*x + y*y
		}
		found := tree.Near([]int64{-1}, p, 10)[1:]
		last := slices.MaxFunc(found, func(a, b int64) int { return cmp.Compare(apart(a), apart(b)) })
		for i := range points {
			if apart(int64(i)) < apart(last) && !slices.Contains(found, int64(i)) {
				t.Fatalf("%d is nearer to %v than %d", i, p, last)
			}
		}
		if len(found) != 10 || len(tree.Near(nil, p, 0)) != 0 {
			t.Fatalf("%d found", len(found))
		}
	}
}

// Of two things with one id the later holds, and what lies off the globe is left out.
func TestResetTakesTheLaterOfTwoAndNothingOffTheGlobe(t *testing.T) {
	live := NewLive[string](Options{})
	live.Put(9, orb.Point{1, 1}, "before")
	live.Reset(slices.Values([]Item[string]{
		{1, orb.Point{1, 1}, "first"}, {2, orb.Point{180, 91}, "off"}, {1, orb.Point{-180, 0}, "later"},
		{3, orb.Point{math.NaN(), 0}, "nowhere"},
	}))
	found := live.Snapshot().Near(nil, orb.Point{180, 0}, 9, 1e9, nil)
	if len(found) != 1 || found[0].Value != "later" || found[0].Distance > 1e-6 {
		t.Errorf("%+v", found)
	}
	if _, known := live.Get(9); known || live.Delete(2) || !live.Delete(1) {
		t.Error("what was before Reset, or left out by it, is still known")
	}
}

// Who asks for more than there are is answered in one search.
func TestAFewThingsAreLookedAtOnce(t *testing.T) {
	live := NewLive[int](Options{})
	var all []Item[int]
	for id := range int64(40) {
		all = append(all, Item[int]{ID: id, Point: orb.Point{float64(id), 0}})
	}
	live.Reset(slices.Values(all))
	asked := 0
	few := func(i *Item[int]) bool { asked++; return i.ID < 5 }
	found := live.Snapshot().Near(nil, orb.Point{3, 1}, 10, 1e9, few)
	if len(found) != 5 || asked != 40 {
		t.Errorf("%d found, %d looked at", len(found), asked)
	}
}
