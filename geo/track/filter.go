package track

import (
	"math"
	"slices"
	"time"

	"github.com/paulmach/orb"
)

// The limits of the filter.
const (
	worstAccuracy = 200     // metres; what is worse says nothing of the way
	topSpeed      = 90.0    // metres a second: a fast train
	usualChange   = 0.5     // metres a second squared, that a way may have for nothing
	least         = 30.0    // metres aside that noise may reach
	lookBack      = 40      // fixes of a teleport that are seen through
	metresPerDeg  = 111_195 // along a meridian of the mean sphere

	// What a chain pays, in metres a second of changed speed: for a fix that is left out,
	// and for going on where nobody can be so soon.
	leftOut  = 17.0
	teleport = leftOut * lookBack / 2

	fullPause = 5.0  // seconds after which a fix counts in full
	copied    = 0.25 // of what one counts that may be a copy
)

// Filter drops the fixes that cannot be true: of a hopeless accuracy, teleports
// (only reached faster than anything drives), and jumps aside, alone or several
// together (reached and left by changes of speed that nobody makes who could have gone
// straight on). It returns what is left, in order. fixes are ordered by time. O(n) for a
// clean day, O(40·n) at worst.
func Filter(fixes []Fix) []Fix {
	kept := make([]Fix, 0, len(fixes))
	for _, f := range fixes {
		if f.AccuracyM == nil || *f.AccuracyM <= worstAccuracy {
			kept = append(kept, f)
		}
	}
	return smoothest(kept)
}

// smoothest keeps the chain of fixes that pays least: for the changes of speed along it
// and for the fixes that it leaves out. A corner that was driven is cheaper with its fix
// than cut, a jump aside is cheaper left out. Dynamic programming over the last lookBack
// fixes, with the best chain to each.
func smoothest(fixes []Fix) []Fix {
	n := len(fixes)
	if n < 2 {
		return fixes
	}
	out := worth(fixes)
	paid, from := make([]float64, n), make([]int, n)
	end := 0
	for i := range fixes {
		paid[i], from[i] = out[i], -1
		for j := i - 1; j >= max(0, i-lookBack); j-- {
			price := price(fixes, from[j], j, i)
			if sum := paid[j] + out[i] - out[j+1] + price; sum < paid[i] {
				paid[i], from[i] = sum, j
			}
			if j == i-1 && price == 0 {
				break // nothing goes on more evenly than from the one before
			}
		}
		if paid[i]-out[i+1] <= paid[end]-out[end+1] {
			end = i
		}
	}
	chain := make([]Fix, 0, n)
	for i := end; i >= 0; i = from[i] {
		chain = append(chain, fixes[i])
	}
	slices.Reverse(chain)
	return chain
}

// worth is what leaving out all fixes before each costs, and at the end what leaving out
// all does. A fix after a short pause says less than one after a long, and little one
// whose place was seen to the centimetre at another time too, with others between: one of
// the two is a copy that came with a wrong time.
func worth(fixes []Fix) []float64 {
	shares := make([]float64, len(fixes))
	seen := make(map[orb.Point]int, len(fixes))
	for i, f := range fixes {
		shares[i] = 1
		if i > 0 {
			shares[i] = math.Min(1, f.At.Sub(fixes[i-1].At).Seconds()/fullPause)
		}
		if k, ok := seen[f.Position]; ok && k < i-1 {
			shares[i], shares[k] = shares[i]*copied, shares[k]*copied
		}
		seen[f.Position] = i
	}
	out := make([]float64, len(fixes)+1)
	for i, share := range shares {
		out[i+1] = out[i] + leftOut*share
	}
	return out
}

// price is what going on from fix j, which was reached from fix h (-1: from nowhere), to
// fix i costs: the change of speed beyond noise and what every way has.
func price(fixes []Fix, h, j, i int) float64 {
	b, c := fixes[j], fixes[i]
	if !reaches(b, c) {
		return teleport
	}
	if h < 0 {
		return 0
	}
	a := fixes[h]
	before, after := pause(a, b), pause(b, c)
	x1, y1 := offset(a.Position, b.Position)
	x2, y2 := offset(b.Position, c.Position)
	change := math.Hypot(x2/after-x1/before, y2/after-y1/before)
	noise := math.Max(2*least, 3*math.Max(slack(b), slack(c))) / math.Min(before, after)
	return math.Max(0, change-math.Max(noise, usualChange*(before+after)/2))
}

// pause is the time from a to b in seconds, one at least.
func pause(a, b Fix) float64 { return math.Max(1, b.At.Sub(a.At).Seconds()) }

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

// meanwhile is where somebody is at t who goes evenly from a to c.
func meanwhile(a, c Fix, t time.Time) orb.Point {
	share := 0.0
	if whole := c.At.Sub(a.At); whole > 0 {
		share = float64(t.Sub(a.At)) / float64(whole)
	}
	return orb.Point{around(a.Position[0] + share*around(c.Position[0]-a.Position[0])),
		a.Position[1] + share*(c.Position[1]-a.Position[1])}
}

// around is a longitude, or a difference of two, within half the globe.
func around(lon float64) float64 {
	if lon > 180 {
		return lon - 360
	}
	if lon < -180 {
		return lon + 360
	}
	return lon
}

// offset is the way from a to b east and north in metres, on the plane that
// touches halfway: better than 0.1 % up to 100 km away from the poles.
func offset(a, b orb.Point) (east, north float64) {
	dx := around(b[0] - a[0])
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
