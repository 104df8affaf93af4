package clip

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/simplify"
)

// Scaled brings a line of the world square (0 to 1) to units at a zoom and
// simplifies it to within a tolerance in units.
func Scaled(line orb.LineString, z int, tolerance float64) orb.LineString {
	scale := float64(int(Extent) << z)
	out := make(orb.LineString, len(line))
	for i, p := range line {
		out[i] = orb.Point{p[0] * scale, p[1] * scale}
	}
	return simplify.DouglasPeucker(tolerance).LineString(out)
}

// ScaledRing is Scaled for a ring: it is opened at the vertex farthest from its
// first, so that both halves simplify. Nil when nothing worth drawing remains.
func ScaledRing(ring orb.Ring, z int, tolerance float64) orb.Ring {
	far, distance := 0, 0.0
	for i, p := range ring {
		if d := math.Hypot(p[0]-ring[0][0], p[1]-ring[0][1]); d > distance {
			far, distance = i, d
		}
	}
	if far == 0 {
		return nil
	}
	a := Scaled(orb.LineString(ring[:far+1]), z, tolerance)
	b := Scaled(orb.LineString(ring[far:]), z, tolerance)
	out := orb.Ring(append(a, b[1:]...))
	if len(out) < 4 {
		return nil
	}
	return out
}

// Whole rounds a line to the units of a tile and drops repeats; nil when it has
// shrunk to a point.
func Whole(line orb.LineString, x, y int) orb.LineString {
	out := make(orb.LineString, 0, len(line))
	for _, p := range line {
		q := WholePoint(p, x, y)
		if len(out) == 0 || out[len(out)-1] != q {
			out = append(out, q)
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// WholePoint rounds a point to the units of a tile.
func WholePoint(p orb.Point, x, y int) orb.Point {
	return orb.Point{
		math.Floor(p[0] - float64(x*Extent) + 0.5),
		math.Floor(p[1] - float64(y*Extent) + 0.5),
	}
}

// WholePolygon rounds a polygon to the units of a tile: rings without repeats,
// spikes and crossings, the outer one with positive area in the tile's downward
// y (MVT 2.1 §4.3.3.3), holes negative. Nil when nothing remains.
func WholePolygon(p orb.Polygon, x, y int) orb.Polygon {
	var out orb.Polygon
	for i, ring := range p {
		line := Whole(orb.LineString(ring), x, y)
		r := untangled(unspiked(orb.Ring(line)))
		if len(r) < 4 || r.Orientation() == 0 {
			if i == 0 {
				return nil
			}
			continue
		}
		want := orb.CCW // counter-clockwise by orb's upward y is positive here
		if i > 0 {
			want = orb.CW
		}
		if r.Orientation() != want {
			r.Reverse()
		}
		out = append(out, r)
	}
	return out
}

// unspiked removes vertices from which a ring runs straight back, and repeats.
func unspiked(ring orb.Ring) orb.Ring {
	if len(ring) < 4 {
		return nil
	}
	open := ring[:len(ring)-1]
	var out []orb.Point
	push := func(p orb.Point) {
		for {
			n := len(out)
			if n > 0 && out[n-1] == p {
				return
			}
			if n < 2 || !runsBack(out[n-2], out[n-1], p) {
				break
			}
			out = out[:n-1]
		}
		out = append(out, p)
	}
	for _, p := range open {
		push(p)
	}
	for len(out) > 2 { // the same where the ring closes
		n := len(out)
		switch {
		case out[0] == out[n-1] || runsBack(out[n-2], out[n-1], out[0]):
			out = out[:n-1]
		case runsBack(out[n-1], out[0], out[1]):
			out = out[1:]
		default:
			return append(out, out[0])
		}
	}
	return nil
}

// runsBack reports whether b–c runs back over a–b.
func runsBack(a, b, c orb.Point) bool {
	ux, uy, vx, vy := b[0]-a[0], b[1]-a[1], c[0]-b[0], c[1]-b[1]
	return ux*vy == uy*vx && ux*vx+uy*vy < 0
}

// tangles bounds the crossings that are undone in one ring.
const tangles = 200

// untangled cuts the smaller loop off wherever a ring crosses itself.
func untangled(ring orb.Ring) orb.Ring {
	for range tangles {
		if len(ring) < 4 {
			return nil
		}
		i, j, at, ok := selfCrossing(ring)
		if !ok {
			return ring
		}
		at = orb.Point{math.Round(at[0]), math.Round(at[1])}
		loop := append(orb.Ring{at}, ring[i+1:j+1]...)
		rest := append(append(slices.Clone(ring[:i+1]), at), ring[j+1:]...)
		loop = append(loop, at)
		if math.Abs(SignedArea(loop)) > math.Abs(SignedArea(rest)) {
			rest = loop
		}
		ring = unspiked(slices.Compact(rest))
	}
	return ring
}

// SignedArea is twice the area by the surveyor's formula.
func SignedArea(r orb.Ring) float64 {
	sum := 0.0
	for i := 1; i < len(r); i++ {
		sum += r[i-1][0]*r[i][1] - r[i][0]*r[i-1][1]
	}
	return sum
}

// selfCrossing finds two edges i < j of a closed ring that properly cross, and
// where. Edges are swept by their left ends: O(n log n) for outlines.
func selfCrossing(r orb.Ring) (i, j int, at orb.Point, ok bool) {
	order := make([]int, len(r)-1)
	for k := range order {
		order[k] = k
	}
	left := func(k int) float64 { return min(r[k][0], r[k+1][0]) }
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(left(a), left(b)), cmp.Compare(a, b))
	})
	var active []int
	for _, k := range order {
		kept := active[:0]
		for _, a := range active {
			if max(r[a][0], r[a+1][0]) < left(k) {
				continue
			}
			kept = append(kept, a)
			if p, crosses := properCrossing(r[a], r[a+1], r[k], r[k+1]); crosses {
				return min(a, k), max(a, k), p, true
			}
		}
		active = append(kept, k)
	}
	return 0, 0, orb.Point{}, false
}

// properCrossing is where the insides of two segments cross; touching does not
// count.
func properCrossing(a, b, c, d orb.Point) (orb.Point, bool) {
	if max(a[1], b[1]) < min(c[1], d[1]) || max(c[1], d[1]) < min(a[1], b[1]) {
		return orb.Point{}, false
	}
	side := func(p, q, r orb.Point) float64 {
		return (q[0]-p[0])*(r[1]-p[1]) - (q[1]-p[1])*(r[0]-p[0])
	}
	s1, s2, s3, s4 := side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)
	if s1*s2 >= 0 || s3*s4 >= 0 {
		return orb.Point{}, false
	}
	t := s3 / (s3 - s4)
	return orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])}, true
}
