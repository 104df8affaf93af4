package track_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"beatplan/geo/geodesic"
	"beatplan/geo/track"
	"beatplan/geo/track/ride"
)

// A day on the antimeridian is read as the same day elsewhere: stays, trips, length, and
// what simplifying leaves.
func TestADayOnTheAntimeridianIsADayLikeOthers(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 3))
	for round := range 20 {
		day := ride.Day(rng).Fixes
		middle := day[rng.IntN(len(day))].Position[0]
		turn := func(lon float64) float64 { return math.Remainder(lon-middle+180, 360) }
		moved := slices.Clone(day)
		for i := range moved {
			moved[i].Position[0] = turn(moved[i].Position[0])
		}
		want, got := track.Read(day, false), track.Read(moved, false)
		if len(got.Stays) != len(want.Stays) || len(got.Trips) != len(want.Trips) ||
			math.Abs(float64(got.Length()/want.Length())-1) > 1e-4 {
			t.Fatalf("round %d: %d stays, %d trips, %v; elsewhere %d, %d, %v", round, len(got.Stays),
				len(got.Trips), got.Length(), len(want.Stays), len(want.Trips), want.Length())
		}
		for i, s := range got.Stays {
			w := want.Stays[i]
			w.Centre[0] = turn(w.Centre[0])
			if !s.Begin.Equal(w.Begin) || !s.End.Equal(w.End) ||
				geodesic.Distance(s.Centre, w.Centre) > 0.01 || math.Abs(s.Centre[0]) > 180 {
				t.Fatalf("round %d: %+v, elsewhere %+v", round, s, w)
			}
		}
		if a, b := track.Simplify(moved, 50), track.Simplify(day, 50); !slices.Equal(a, b) {
			t.Fatalf("round %d: %d fixes are left, elsewhere %d", round, len(a), len(b))
		}
	}
}
