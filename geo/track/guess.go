package track

import (
	"math"
	"slices"
)

// blockLen is how many values share a way of guessing and a width.
const blockLen = 32

// guesser guesses the values of a chunk's columns from those before them, and of
// speed and course from the places, which are written first. Writing and reading guess
// alike: on whole numbers, and where not with single operations of floating point that
// are rounded the same on every machine.
type guesser struct {
	flat  []int64
	n     int
	step  [columns]int64 // that all errors are multiples of
	base  [columns]int64 // the usual value, of times the usual pause
	wide  float64        // length of a unit of longitude in units of latitude
	error [blockLen]int64
}

func newGuesser(flat []int64, n int) *guesser { return &guesser{flat: flat, n: n} }

func (g *guesser) column(k int) []int64 { return g.flat[k*g.n : (k+1)*g.n] }

// measure finds the usual value of a column and what all its differences are
// multiples of. So is what a guess from the usual value is wrong by, as that is one of
// the values or of the pauses.
func (g *guesser) measure(k int) {
	col := g.column(k)
	g.step[k] = 1
	if len(col) == 0 {
		return
	}
	g.base[k] = col[0]
	if k == colTime || k == colAccuracy {
		common := int64(0)
		pauses := make([]int64, 0, len(col))
		for i := 1; i < len(col); i++ {
			common = divisor(common, col[i]-col[i-1])
			pauses = append(pauses, col[i]-col[i-1])
		}
		g.step[k] = max(1, common)
		values := pauses
		if k == colAccuracy {
			values = slices.Clone(col)
		}
		if len(values) > 0 {
			slices.Sort(values)
			g.base[k] = values[len(values)/2]
		}
	}
}

// divisor is the greatest common one, of either sign's magnitude.
func divisor(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, -a)
}

// The ways of guessing.
const (
	asBefore = iota // as the one before
	onward          // as evenly as before; of speed, course and accuracy: see guess
	ways
)

// guess is what value i of a column is expected to be.
func (g *guesser) guess(k, i, way int) int64 {
	col := g.column(k)
	if i == 0 {
		return 0
	}
	last := col[i-1]
	switch {
	case k == colTime && way == asBefore:
		return last + g.base[k]
	case k == colSource, k != colAccuracy && way == asBefore:
		return last
	case k == colAccuracy:
		if way == asBefore {
			return last
		}
		return g.base[k]
	case k == colSpeed:
		return g.speed(i)
	case k == colCourse:
		return g.course(i)
	case i == 1:
		return last
	}
	return 2*last - col[i-2]
}

// moved is the way to place i east and north, in units of latitude.
func (g *guesser) moved(i int) (east, north float64) {
	lon, lat := g.column(colLon), g.column(colLat)
	if g.wide == 0 {
		g.wide = float64(int64(64*math.Cos(float64(lat[0])/degreeUnits*math.Pi/180)+0.5)) / 64
	}
	return float64(float64(lon[i]-lon[i-1]) * g.wide), float64(lat[i] - lat[i-1])
}

// unitMetres is the length of 1e-7 degrees along a meridian.
const unitMetres = metresPerDeg / degreeUnits

// speed is that of the way to place i, as the column holds it.
func (g *guesser) speed(i int) int64 {
	at := g.column(colTime)
	east, north := g.moved(i)
	way := math.Sqrt(float64(east*east) + float64(north*north))
	pause := float64(max(1, at[i]-at[i-1])) / 3600
	return 1 + int64(min(1e6, float64(float64(way*unitMetres)*speedUnits)/pause)+0.5)
}

// course is that of the way to place i to a degree or so, as the column holds it.
func (g *guesser) course(i int) int64 {
	east, north := g.moved(i)
	x, y := math.Abs(east), math.Abs(north)
	if x == 0 && y == 0 {
		return g.column(colCourse)[i-1]
	}
	// The arc tangent to 0.2°: r·(45 + (1−r)·(14.02 + 3.79·r)) for 0 ≤ r ≤ 1.
	r := min(x, y) / max(x, y)
	bend := float64((1 - r) * (14.02 + float64(3.79*r)))
	deg := float64(r * (45 + bend))
	// Mirrored into its octant without a branch, which no processor could foretell.
	steep, quadrant := 0, math.Float64bits(east)>>63<<1|math.Float64bits(north)>>63
	if x > y {
		steep = 1
	}
	deg = float64(mirrored[steep].sign*deg) + mirrored[steep].base
	deg = float64(turned[quadrant].sign*deg) + turned[quadrant].base
	return 1 + int64(deg+0.5)%360
}

// mirror says how an angle is mirrored.
type mirror struct{ sign, base float64 }

// The mirrors of angles from the nearer axis, and of angles from north by whether one goes
// west (2) and south (1).
var (
	mirrored = [2]mirror{{1, 0}, {-1, 90}}
	turned   = [4]mirror{{1, 0}, {-1, 180}, {-1, 360}, {1, 180}}
)

// write writes a column, block by block, each in the way that takes fewer bits.
func (g *guesser) write(w *bitWriter, k int) {
	col := g.column(k)
	for first := 0; first < len(col); first += blockLen {
		last := min(first+blockLen, len(col))
		way, width, best := 0, 0, math.MaxInt
		for some := range ways {
			g.errors(k, first, last, some)
			if wide, bits := narrowest(g.error[:last-first]); bits < best {
				way, width, best = some, wide, bits
			}
		}
		g.errors(k, first, last, way)
		w.put(uint64(way), 1)
		w.put(uint64(width), widthBits)
		for _, e := range g.error[:last-first] {
			w.rice(zigzag(e), width)
		}
	}
}

// errors fills in how far a way of guessing is off in a block, in steps. The very
// first value of a column is written as it is, and may be no multiple of the step.
func (g *guesser) errors(k, first, last, way int) {
	col := g.column(k)
	for i := first; i < last; i++ {
		if off := col[i] - g.guess(k, i, way); i == 0 {
			g.error[0] = off
		} else {
			g.error[i-first] = off / g.step[k]
		}
	}
}

// read is the reverse of write.
func (g *guesser) read(r *bitReader, k int) {
	col := g.column(k)
	for first := 0; first < len(col); first += blockLen {
		last := min(first+blockLen, len(col))
		way, width := int(r.take(1)), int(r.take(widthBits))
		from := first
		if from == 0 { // in no steps: see errors
			r.errors(col[:1], width, 1)
			from = 1
		}
		r.errors(col[from:last], width, g.step[k])
		g.restore(k, first, last, way)
	}
}

// restore adds the guesses to the errors that a block holds.
func (g *guesser) restore(k, first, last, way int) {
	col := g.column(k)
	if first == 0 { // the first guess is 0, the second as the one before: no run yet
		first = min(2, last)
		if last > 1 {
			col[1] += g.guess(k, 1, way)
		}
	}
	switch {
	case way == onward && (k == colTime || k == colLon || k == colLat):
		for i := first; i < last; i++ {
			col[i] += 2*col[i-1] - col[i-2]
		}
	case way == onward && k == colSpeed:
		for i := first; i < last; i++ {
			col[i] += g.speed(i)
		}
	case way == onward && k == colCourse:
		for i := first; i < last; i++ {
			col[i] += g.course(i)
		}
	case way == onward && k == colAccuracy:
		for i := first; i < last; i++ {
			col[i] += g.base[k]
		}
	default:
		usual := int64(0)
		if k == colTime {
			usual = g.base[k]
		}
		for i := first; i < last; i++ {
			col[i] += col[i-1] + usual
		}
	}
}
