package track

import (
	"math"
	"time"

	"github.com/paulmach/orb"
)

// The limits of the filter.
const (
	worstAccuracy = 200     // metres; what is worse says nothing of the way
	topSpeed      = 90.0    // metres a second: a fast train
	topChange     = 3.0     // metres a second squared, between two fixes on average
	least         = 30.0    // metres aside that noise may reach
	lookBack      = 40      // fixes of a teleport that are seen through
	metresPerDeg  = 111_195 // along a meridian of the mean sphere
)

// Filter drops the fixes that cannot be true: of a hopeless accuracy, teleports
// (only reached and left faster than anything drives), and spikes (a change of
// speed that no vehicle makes, aside from the straight way by more than noise).
// It returns what is left, in order. fixes are ordered by time. O(n) for a clean
// day, O(40·n) at worst.
func Filter(fixes []Fix) []Fix {
	kept := make([]Fix, 0, len(fixes))
	for _, f := range fixes {
		if f.AccuracyM == nil || *f.AccuracyM <= worstAccuracy {
			kept = append(kept, f)
		}
	}
	kept = longestChain(kept)
	for range 3 {
		n := len(kept)
		if kept = withoutSpikes(kept); len(kept) == n {
			break
		}
	}
	return kept
}

// longestChain keeps the most fixes of which each can be reached from the one
// before it. Dynamic programming over the last lookBack fixes: a burst of false fixes
// shorter than that loses against the way round it.
func longestChain(fixes []Fix) []Fix {
	n := len(fixes)
	if n < 2 {
		return fixes
	}
	best, from := make([]int32, n), make([]int32, n)
	top := 0 // the end of the longest chain so far
	for i := range fixes {
		best[i], from[i] = 1, -1
		// Nothing beats the longest chain of all, when it reaches here.
		if i > 0 && i-top <= lookBack && follows(fixes, from, top, i) {
			best[i], from[i] = best[top]+1, int32(top)
		} else {
			for j := i - 1; j >= max(0, i-lookBack); j-- {
				if best[j]+1 > best[i] && follows(fixes, from, j, i) {
					best[i], from[i] = best[j]+1, int32(j)
				}
			}
		}
		if i-top > lookBack && best[i] < best[top] {
			best[i], from[i] = best[top]+1, int32(top) // a burst that long is where they went
		}
		if best[i] >= best[top] {
			top = i
		}
	}
	chain := make([]Fix, 0, best[top])
	for i := int32(top); i >= 0; i = from[i] {
		chain = append(chain, fixes[i])
	}
	for i, j := 0, len(chain)-1; i < j; i, j = i+1, j-1 {
		chain[i], chain[j] = chain[j], chain[i]
	}
	return chain
}

// follows reports whether fix i can come after fix j and the one before that: the
// place can be reached, and the speed changes no more than a vehicle's does.
func follows(fixes []Fix, from []int32, j, i int) bool {
	if !reaches(fixes[j], fixes[i]) {
		return false
	}
	return from[j] < 0 || !swerves(fixes[from[j]], fixes[j], fixes[i])
}

// swerves reports whether somebody who went evenly from a to b would have to
// change their speed more than a vehicle can to be at c, noise aside.
func swerves(a, b, c Fix) bool {
	before, after := b.At.Sub(a.At).Seconds(), c.At.Sub(b.At).Seconds()
	x1, y1 := offset(a.Position, b.Position)
	x2, y2 := offset(b.Position, c.Position)
	change := math.Hypot(x2/after-x1/before, y2/after-y1/before)
	return change/((before+after)/2) > topChange &&
		change*after > math.Max(2*least, 3*slack(c))
}

// reaches reports whether b can be reached from a, given how sure both are.
func reaches(a, b Fix) bool {
	seconds := b.At.Sub(a.At).Seconds()
	return gap(a.Position, b.Position) <= topSpeed*seconds+slack(a)+slack(b)
}

func slack(f Fix) float64 {
	if f.AccuracyM == nil {
		return least
	}
	return float64(*f.AccuracyM)
}

// withoutSpikes drops a fix that lies aside of the way between its neighbours by
// more than noise and asks for a change of speed that is too great.
func withoutSpikes(fixes []Fix) []Fix {
	if len(fixes) < 3 {
		return fixes
	}
	out := append(make([]Fix, 0, len(fixes)), fixes[0])
	for i := 1; i < len(fixes)-1; i++ {
		a, b, c := out[len(out)-1], fixes[i], fixes[i+1]
		if !spike(a, b, c) {
			out = append(out, b)
		}
	}
	return append(out, fixes[len(fixes)-1])
}

func spike(a, b, c Fix) bool {
	aside := gap(b.Position, meanwhile(a, c, b.At))
	if aside <= math.Max(least, 3*slack(b)) {
		return false
	}
	return swerves(a, b, c)
}

// meanwhile is where somebody is at t who goes evenly from a to c.
func meanwhile(a, c Fix, t time.Time) orb.Point {
	share := 0.0
	if whole := c.At.Sub(a.At); whole > 0 {
		share = float64(t.Sub(a.At)) / float64(whole)
	}
	dx := c.Position[0] - a.Position[0]
	if dx > 180 {
		dx -= 360
	} else if dx < -180 {
		dx += 360
	}
	return orb.Point{a.Position[0] + share*dx,
		a.Position[1] + share*(c.Position[1]-a.Position[1])}
}

// offset is the way from a to b east and north in metres, on the plane that
// touches halfway: better than 0.1 % up to 100 km away from the poles.
func offset(a, b orb.Point) (east, north float64) {
	dx := b[0] - a[0]
	if dx > 180 {
		dx -= 360
	} else if dx < -180 {
		dx += 360
	}
	return dx * metresPerDeg * math.Cos((a[1]+b[1])/2*math.Pi/180), (b[1] - a[1]) * metresPerDeg
}

func gap(a, b orb.Point) float64 {
	x, y := offset(a, b)
	return math.Hypot(x, y)
}

// Simplify returns the indices of the fixes that are left when none may lie
// farther than bound metres from where the simplified way says the person was at
// that very time (top-down time ratio, Meratnia and de By 2004,
// doi:10.1007/978-3-540-24741-8_44). The first and the last fix always stay.
// O(n log n) as a rule, O(n²) at worst.
func Simplify(fixes []Fix, bound float64) []int {
	if len(fixes) < 3 {
		all := make([]int, len(fixes))
		for i := range all {
			all[i] = i
		}
		return all
	}
	keep := make([]bool, len(fixes))
	keep[0], keep[len(fixes)-1] = true, true
	spans := [][2]int{{0, len(fixes) - 1}}
	for len(spans) > 0 {
		low, high := spans[len(spans)-1][0], spans[len(spans)-1][1]
		spans = spans[:len(spans)-1]
		worst, at := bound, -1
		for i := low + 1; i < high; i++ {
			if d := SynchronisedError(fixes[low], fixes[high], fixes[i]); d > worst {
				worst, at = d, i
			}
		}
		if at >= 0 {
			keep[at] = true
			spans = append(spans, [2]int{low, at}, [2]int{at, high})
		}
	}
	var left []int
	for i, k := range keep {
		if k {
			left = append(left, i)
		}
	}
	return left
}

// SynchronisedError is how far, in metres, f lies from where somebody is at its
// time who goes evenly from a to b.
func SynchronisedError(a, b, f Fix) float64 { return gap(f.Position, meanwhile(a, b, f.At)) }
