package district

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// directions is how many lines are tried for each cut, evenly turned over a half
// circle.
const directions = 16

// Bisect deals points with a load out to parts areas of equal share and returns
// the area of each, 0 to parts−1. It cuts the ground in two by a straight line,
// with loads in the proportion of the areas on either side, and cuts each half
// again: successive dichotomies (Kalcsics, Nickel & Schröder, TOP 13, 2005). Of
// the lines in 16 directions it takes the one whose halves have the least moment
// of inertia, so that areas are compact. Areas do not overlap, and at each cut a
// side's load is off its share by at most the load of one point. Air distance
// only: rivers and roads are not seen. Deterministic, O(16 n log n log parts).
//
// It fails with ErrParts and ErrUnit.
func Bisect(points []orb.Point, loads []float64, parts int) ([]int32, error) {
	if parts < 1 || parts > len(points) {
		return nil, ErrParts.With("parts", parts).With("units", len(points))
	}
	for i, p := range points {
		if u := (Unit{Point: p, Loads: [Activities]float64{loads[i]}}); !u.sound(1) {
			return nil, ErrUnit.With("index", i)
		}
	}
	x, y := plane(points)
	return bisect(x, y, loads, slices.Repeat([]float64{1}, parts)), nil
}

// bisect cuts points on a plane into areas of these shares.
func bisect(x, y, loads, shares []float64) []int32 {
	d := dealer{x: x, y: y, loads: loads, area: make([]int32, len(x))}
	all := make([]spot, len(x))
	for i := range all {
		all[i].id = int32(i)
	}
	d.deal(all, 0, shares)
	return d.area
}

type dealer struct {
	x, y, loads []float64
	area        []int32
}

// spot is a point and how far a line has come when it meets it.
type spot struct {
	depth float64
	id    int32
}

// deal gives the areas first, first+1 … to these points.
func (d *dealer) deal(ids []spot, first int, shares []float64) {
	if len(shares) == 1 {
		for _, s := range ids {
			d.area[s.id] = int32(first)
		}
		return
	}
	left := len(shares) / 2
	best := make([]spot, len(ids))
	cut, least := 0, math.Inf(1)
	for k := range directions {
		d.along(ids, float64(k)*math.Pi/directions)
		at := d.split(ids, sum(shares[:left])/sum(shares), left, len(shares))
		if m := d.inertia(ids[:at]) + d.inertia(ids[at:]); m < least {
			copy(best, ids)
			cut, least = at, m
		}
	}
	d.deal(best[:cut], first, shares[:left])
	d.deal(best[cut:], first+left, shares[left:])
}

func sum(list []float64) float64 {
	var s float64
	for _, v := range list {
		s += v
	}
	return s
}

// along sorts the points as a line of this direction meets them; ties by their
// place in the input.
func (d *dealer) along(ids []spot, angle float64) {
	sin, cos := math.Sincos(angle)
	for i, s := range ids {
		ids[i].depth = d.x[s.id]*cos + d.y[s.id]*sin
	}
	sortSpots(ids)
}

func sortSpots(ids []spot) {
	slices.SortFunc(ids, func(a, b spot) int {
		switch {
		case a.depth < b.depth:
			return -1
		case a.depth > b.depth:
			return 1
		}
		return cmp.Compare(a.id, b.id)
	})
}

// split is where to cut an order so that its first part carries this part of the
// load as nearly as can be, and neither side has fewer points than areas.
func (d *dealer) split(order []spot, part float64, left, parts int) int {
	var total, seen float64
	for _, s := range order {
		total += d.loads[s.id]
	}
	at := 0
	for at < len(order) {
		load := d.loads[order[at].id]
		if seen+load/2 > total*part {
			break
		}
		seen += load
		at++
	}
	return max(left, min(at, len(order)-(parts-left)))
}

// inertia is the sum of load × squared distance to the centre of load; points
// without load count a little, so that they stay near.
func (d *dealer) inertia(ids []spot) float64 {
	var m moment
	for _, s := range ids {
		m.add(d.x[s.id], d.y[s.id], d.loads[s.id])
	}
	return m.inertia()
}

// moment sums loads and where they are.
type moment struct{ weight, x, y, square float64 }

func (m *moment) add(x, y, load float64) {
	w := load + 1e-9
	m.weight += w
	m.x, m.y = m.x+w*x, m.y+w*y
	m.square += w * (x*x + y*y)
}

func (m *moment) centre() (x, y float64) { return m.x / m.weight, m.y / m.weight }

func (m *moment) inertia() float64 {
	if m.weight == 0 {
		return 0
	}
	return math.Max(0, m.square-(m.x*m.x+m.y*m.y)/m.weight)
}

// Deviation is how far the heaviest or lightest area lies from its share, as a
// part of it: 0.02 is 2 %. Shares need not sum up to anything.
func Deviation(loads, shares []float64) float64 {
	unit := sum(loads) / sum(shares)
	if unit == 0 {
		return 0
	}
	var worst float64
	for i, l := range loads {
		worst = math.Max(worst, math.Abs(l-unit*shares[i])/(unit*shares[i]))
	}
	return worst
}
