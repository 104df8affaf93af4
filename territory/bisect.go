package territory

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"beatplan/internal/fail"
)

// What can be refused.
var (
	ErrParts = fail.New(fail.Invalid, "territory.bad_parts",
		"Units can be dealt out to at least one area and at most as many as there are units.")
	ErrUnit = fail.New(fail.Invalid, "territory.bad_unit",
		"A unit needs a position and a load of zero or more.")
)

// Unit is what is dealt out: a customer, with the work that it takes.
type Unit struct {
	Point orb.Point // longitude, latitude
	Load  float64   // of any one measure: minutes a month, revenue, 1 for a count
}

// directions is how many lines are tried for each cut, evenly turned over a half
// circle.
const directions = 16

// Bisect deals the units out to parts areas and returns the area of each unit, 0
// to parts−1. It cuts the ground in two by a straight line, with loads in the
// proportion of the areas on either side, and cuts each half again: successive
// dichotomies (Kalcsics, Nickel & Schröder, TOP 13, 2005). Of the lines in 16
// directions it takes the one whose halves have the least moment of inertia, so
// that areas are compact. Areas do not overlap, and at each cut a side's load is
// off its share by at most the load of one unit. Air distance only: rivers and
// roads are not seen. Deterministic, O(16 n log n log parts).
//
// It fails with ErrParts and ErrUnit.
func Bisect(units []Unit, parts int) ([]int, error) {
	if parts < 1 || parts > len(units) {
		return nil, ErrParts.With("parts", parts).With("units", len(units))
	}
	d := dealer{units: units, area: make([]int, len(units))}
	all := make([]int, len(units))
	var sum float64
	for i, u := range units {
		ok := u.Load >= 0 && !math.IsInf(u.Load, 0) && math.Abs(u.Point[0]) <= 180 &&
			math.Abs(u.Point[1]) <= 90
		if !ok {
			return nil, ErrUnit.With("index", i)
		}
		all[i] = i
		sum += u.Point[1]
	}
	// One degree of longitude in degrees of latitude, amid the units.
	d.squeeze = math.Cos(sum / float64(len(units)) * math.Pi / 180)
	d.deal(all, 0, parts)
	return d.area, nil
}

type dealer struct {
	units   []Unit
	area    []int
	squeeze float64
}

// deal gives the areas first … first+parts−1 to these units.
func (d *dealer) deal(ids []int, first, parts int) {
	if parts == 1 {
		for _, id := range ids {
			d.area[id] = first
		}
		return
	}
	left := parts / 2
	var best []int
	cut, least := 0, math.Inf(1)
	for k := range directions {
		order := d.along(ids, float64(k)*math.Pi/directions)
		at := d.split(order, left, parts)
		if m := d.inertia(order[:at]) + d.inertia(order[at:]); m < least {
			best, cut, least = order, at, m
		}
	}
	d.deal(best[:cut], first, left)
	d.deal(best[cut:], first+left, parts-left)
}

// along returns the units in the order in which a line of this direction meets
// them; ties by their place in the input.
func (d *dealer) along(ids []int, angle float64) []int {
	sin, cos := math.Sincos(angle)
	depth := func(id int) float64 {
		p := d.units[id].Point
		return p[0]*d.squeeze*cos + p[1]*sin
	}
	order := slices.Clone(ids)
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(depth(a), depth(b)), cmp.Compare(a, b))
	})
	return order
}

// split is where to cut an order so that the first part carries left of parts of
// the load as nearly as can be, and neither side has fewer units than areas.
func (d *dealer) split(order []int, left, parts int) int {
	var total, seen float64
	for _, id := range order {
		total += d.units[id].Load
	}
	want := total * float64(left) / float64(parts)
	at := 0
	for at < len(order) {
		load := d.units[order[at]].Load
		if seen+load/2 > want {
			break
		}
		seen += load
		at++
	}
	return max(left, min(at, len(order)-(parts-left)))
}

// inertia is the sum of load × squared distance to the centre of load, in square
// degrees of latitude; units without load count a little, so that they stay near.
func (d *dealer) inertia(ids []int) float64 {
	var weight, x, y, xx, yy float64
	for _, id := range ids {
		u := d.units[id]
		w := u.Load + 1e-9
		px, py := u.Point[0]*d.squeeze, u.Point[1]
		weight += w
		x, y = x+w*px, y+w*py
		xx, yy = xx+w*px*px, yy+w*py*py
	}
	if weight == 0 {
		return 0
	}
	return xx - x*x/weight + yy - y*y/weight
}

// Loads sums the load of each area.
func Loads(units []Unit, area []int, parts int) []float64 {
	sums := make([]float64, parts)
	for i, a := range area {
		sums[a] += units[i].Load
	}
	return sums
}

// Deviation is how far the heaviest or lightest area lies from an equal share, as
// a part of it: 0.02 is 2 %.
func Deviation(loads []float64) float64 {
	var total float64
	for _, l := range loads {
		total += l
	}
	share := total / float64(len(loads))
	if share == 0 {
		return 0
	}
	var worst float64
	for _, l := range loads {
		worst = math.Max(worst, math.Abs(l-share)/share)
	}
	return worst
}
