package index

import (
	"cmp"
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
