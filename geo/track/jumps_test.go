package track_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/geo/track"
	"beatplan/geo/track/ride"
)

// spoiler puts two hundred false fixes into a day. It returns what a device would have
// sent, and the day without the false ones.
type spoiler func(rng *rand.Rand, fixes []track.Fix) (sent, honest []track.Fix)

// Two hundred false fixes of one kind change a day's distance by less than one percent,
// however good a receiver says that they are.
func TestJumpsOfEveryKindDoNotChangeTheDistance(t *testing.T) {
	for name, spoil := range map[string]spoiler{
		"small": func(rng *rand.Rand, fixes []track.Fix) (sent, honest []track.Fix) {
			return instead(rng, fixes, 200, 1, func() float64 { return 100 + 400*rng.Float64() })
		},
		"near and far": func(rng *rand.Rand, fixes []track.Fix) (sent, honest []track.Fix) {
			return instead(rng, fixes, 200, 1, func() float64 { return 500 * math.Pow(10, 4*rng.Float64()) })
		},
		"five together": func(rng *rand.Rand, fixes []track.Fix) (sent, honest []track.Fix) {
			return instead(rng, fixes, 40, 5, func() float64 { return 2000 + 20_000*rng.Float64() })
		},
		"ten at once": atOnce, "begin, end and gaps": atEnds, "copies with a shifted clock": copies,
	} {
		rng := rand.New(rand.NewPCG(21, 4))
		worst := 0.0
		for range 10 {
			sent, honest := spoil(rng, ride.Day(rng).Fixes)
			clean := track.Read(honest, false).Length()
			worst = max(worst, math.Abs(float64(track.Read(sent, false).Length()/clean)-1))
		}
		t.Logf("%s: %.2f %%", name, worst*100)
		if worst >= 0.01 {
			t.Errorf("%s: 200 jumps change the distance by %.2f %%", name, worst*100)
		}
	}
}

// aside is the fix somewhere else, and said to be good.
func aside(f track.Fix, course, away float64) track.Fix {
	good := float32(4)
	f.Position, f.AccuracyM = geodesic.Destination(f.Position, course, geo.Meters(away)), &good
	return f
}

// instead moves runs of fixes, each run together. Single ones were seen truly in the
// honest day, of longer runs nobody knows where the person was.
func instead(
	rng *rand.Rand, fixes []track.Fix, runs, length int, away func() float64,
) (sent, honest []track.Fix) {
	sent = slices.Clone(fixes)
	moved := map[int]bool{}
	for range runs {
		i := rng.IntN(len(sent) - length)
		course, far := rng.Float64()*360, away()
		for k := i; k < i+length; k++ {
			sent[k], moved[k] = aside(fixes[k], course, far), true
		}
	}
	for i, f := range fixes {
		if length == 1 || !moved[i] {
			honest = append(honest, f)
		}
	}
	return sent, honest
}

// atOnce puts ten fixes between two, all at another place.
func atOnce(rng *rand.Rand, fixes []track.Fix) (sent, honest []track.Fix) {
	sent = slices.Clone(fixes)
	for range 20 {
		f := aside(fixes[rng.IntN(len(fixes)-1)], rng.Float64()*360, 500+3000*rng.Float64())
		for range 10 {
			f.At = f.At.Add(700 * time.Millisecond)
			sent = append(sent, f)
		}
	}
	return ordered(sent), fixes
}

// atEnds cuts gaps of a minute into the day and puts false fixes at their ends, and
// before the first fix and after the last.
func atEnds(rng *rand.Rand, fixes []track.Fix) (sent, honest []track.Fix) {
	cut := map[int]bool{}
	var ends []int
	for i := 20; i < len(fixes)-20; i += 20 + rng.IntN(10) {
		for k := range 6 {
			cut[i+k] = true
		}
		ends = append(ends, i-1, i+6)
	}
	for i, f := range fixes {
		if !cut[i] {
			honest = append(honest, f)
		}
	}
	sent = slices.Clone(honest)
	put := func(f track.Fix, after time.Duration) {
		f = aside(f, rng.Float64()*360, 1000*math.Pow(10, 1.5*rng.Float64()))
		f.At = f.At.Add(after)
		sent = append(sent, f)
	}
	put(fixes[0], -5*time.Second)
	put(fixes[len(fixes)-1], 5*time.Second)
	for n := 2; n < 200; n++ {
		k := n % len(ends)
		after := time.Duration(1000+rng.IntN(9000)) * time.Millisecond
		if k%2 == 1 { // before the first fix after the gap
			after = -after
		}
		put(fixes[ends[k]], after)
	}
	return ordered(sent), honest
}

// copies has places again as if they had been seen minutes later or earlier.
func copies(rng *rand.Rand, fixes []track.Fix) (sent, honest []track.Fix) {
	sent = slices.Clone(fixes)
	for range 200 {
		f := fixes[rng.IntN(len(fixes))]
		f.At = f.At.Add(time.Duration(rng.IntN(600_000)-300_000) * time.Millisecond)
		sent = append(sent, f)
	}
	return ordered(sent), fixes
}

// ordered is by time, as the store has it: an instant is there once.
func ordered(fixes []track.Fix) []track.Fix {
	slices.SortStableFunc(fixes, func(a, b track.Fix) int { return a.At.Compare(b.At) })
	return slices.CompactFunc(fixes, func(a, b track.Fix) bool { return a.At.Equal(b.At) })
}
