// Package ride makes up days of driving of which the truth is known, to measure
// what package track finds in them.
package ride

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/geo/track"
)

// Labelled is a made-up day of which stays and driven length are known.
type Labelled struct {
	Fixes  []track.Fix
	Stays  []track.Stay
	Length float64 // metres that were truly driven
}

// Day drives between eight customers with turns, halts at lights shorter than
// a stay, and a receiver whose error drifts by some metres.
func Day(rng *rand.Rand) Labelled {
	var d Labelled
	at := time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)
	here := orb.Point{-75.5 + rng.Float64()/10, 39 + rng.Float64()/10}
	var nx, ny float64
	tick := func(seconds int) {
		nx, ny = nx*0.9+rng.NormFloat64()*2, ny*0.9+rng.NormFloat64()*2
		at = at.Add(time.Duration(seconds) * time.Second)
		p := orb.Point{here[0] + nx/86_000, here[1] + ny/111_000}
		accuracy := float32(5 + rng.IntN(10))
		d.Fixes = append(d.Fixes, track.Fix{Person: 1, At: at, Position: p, AccuracyM: &accuracy,
			Source: "test"})
	}
	for range 8 {
		course, speed := rng.Float64()*360, 10.0
		for range 40 + rng.IntN(80) { // some ten seconds each
			speed = min(22, max(6, speed+rng.NormFloat64()*2))
			if rng.IntN(12) == 0 {
				course += []float64{90, -90}[rng.IntN(2)]
			}
			if rng.IntN(25) == 0 { // a red light
				for range 2 + rng.IntN(8) {
					tick(10)
				}
			}
			here = geodesic.Destination(here, course, geo.Meters(speed*10))
			d.Length += speed * 10
			tick(10)
		}
		begin := at
		for end := at.Add(time.Duration(8+rng.IntN(50)) * time.Minute); at.Before(end); {
			tick(8 + rng.IntN(5))
		}
		d.Stays = append(d.Stays, track.Stay{Begin: begin, End: at, Centre: here})
	}
	return d
}

// Matches counts stays that overlap by half of both and lie within 100 m.
func Matches(want, got []track.Stay) (n int) {
	for _, w := range want {
		if slices.ContainsFunc(got, func(g track.Stay) bool {
			both := earlier(w.End, g.End).Sub(later(w.Begin, g.Begin))
			all := later(w.End, g.End).Sub(earlier(w.Begin, g.Begin))
			return both > 0 && 2*both >= all && geodesic.Distance(w.Centre, g.Centre) < 100
		}) {
			n++
		}
	}
	return n
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
