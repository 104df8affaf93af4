package clip

import (
	"math"

	"github.com/paulmach/orb"
)

// Margin is how far content reaches over a tile's edge, in units (16 pixels), so
// that wide strokes and outlines meet across edges.
const Margin = 128

// Extent is the side of a tile in its own units.
const Extent = 4096

// Cell is a rectangle of tiles: columns X0 to X1 and rows Y0 to Y1, inclusive.
type Cell struct{ X0, Y0, X1, Y1 int }

// CellOf is the rectangle of tiles that a box, in units at zoom z, touches with
// its margin.
func CellOf(box orb.Bound, z int) Cell {
	last := 1<<z - 1
	at := func(v float64) int {
		return min(last, max(0, int(math.Floor(v/Extent))))
	}
	return Cell{
		at(box.Min[0] - Margin), at(box.Min[1] - Margin),
		at(box.Max[0] + Margin), at(box.Max[1] + Margin),
	}
}

// halves splits a cell across its longer side; axis is 0 for columns.
func (c Cell) halves() (a, b Cell, axis int) {
	a, b = c, c
	if c.X1-c.X0 >= c.Y1-c.Y0 {
		a.X1 = (c.X0 + c.X1) / 2
		b.X0 = a.X1 + 1
		return a, b, 0
	}
	a.Y1 = (c.Y0 + c.Y1) / 2
	b.Y0 = a.Y1 + 1
	return a, b, 1
}

func (c Cell) single() bool { return c.X0 == c.X1 && c.Y0 == c.Y1 }

// band is the stretch of an axis that the cell covers with its margin, in units.
func (c Cell) band(axis int) (lo, hi float64) {
	first, last := c.X0, c.X1
	if axis == 1 {
		first, last = c.Y0, c.Y1
	}
	return float64(first*Extent - Margin), float64((last+1)*Extent + Margin)
}

// Lines hands each tile of the cell its part of the lines. Work is
// proportional to vertices times the logarithm of the tiles.
func Lines(lines []orb.LineString, c Cell, emit func(x, y int, part []orb.LineString)) {
	if len(lines) == 0 {
		return
	}
	if c.single() {
		emit(c.X0, c.Y0, clipLines(clipLines(lines, 0, c), 1, c))
		return
	}
	a, b, axis := c.halves()
	Lines(clipLines(lines, axis, a), a, emit)
	Lines(clipLines(lines, axis, b), b, emit)
}

// clipLines keeps what lies within the cell's band of one axis.
func clipLines(lines []orb.LineString, axis int, c Cell) []orb.LineString {
	lo, hi := c.band(axis)
	var out []orb.LineString
	for _, line := range lines {
		box := line.Bound()
		if box.Max[axis] < lo || box.Min[axis] > hi {
			continue
		}
		if box.Min[axis] >= lo && box.Max[axis] <= hi {
			out = append(out, line)
			continue
		}
		out = clipLine(out, line, axis, [2]float64{lo, hi})
	}
	return out
}

func clipLine(
	out []orb.LineString, line orb.LineString, axis int, band [2]float64,
) []orb.LineString {
	var part orb.LineString
	flush := func() {
		if len(part) > 1 {
			out = append(out, part)
		}
		part = nil
	}
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		p, q, ok := clipSegment(a, b, axis, band)
		if !ok {
			flush()
			continue
		}
		if len(part) == 0 {
			part = append(part, p)
		}
		part = append(part, q)
		if q != b {
			flush()
		}
	}
	flush()
	return out
}

// clipSegment is the part of a–b within the band of an axis.
func clipSegment(a, b orb.Point, axis int, band [2]float64) (p, q orb.Point, ok bool) {
	if max(a[axis], b[axis]) < band[0] || min(a[axis], b[axis]) > band[1] {
		return a, b, false
	}
	p, q = a, b
	for _, limit := range band {
		outside := func(v float64) bool { return v < limit }
		if limit == band[1] {
			outside = func(v float64) bool { return v > limit }
		}
		if outside(a[axis]) {
			p = crossing(a, b, axis, limit)
		}
		if outside(b[axis]) {
			q = crossing(a, b, axis, limit)
		}
	}
	return p, q, true
}

// crossing is where a–b meets the line on which an axis has the value at.
func crossing(a, b orb.Point, axis int, at float64) orb.Point {
	t := (at - a[axis]) / (b[axis] - a[axis])
	var p orb.Point
	p[axis] = at
	p[1-axis] = a[1-axis] + t*(b[1-axis]-a[1-axis])
	return p
}

// Polygon hands each tile of the cell its part of a polygon: the clipped
// outer ring and the holes that remain.
func Polygon(p orb.Polygon, c Cell, emit func(x, y int, part orb.Polygon)) {
	if len(p) == 0 {
		return
	}
	if c.single() {
		if part := clipPolygon(clipPolygon(p, 0, c), 1, c); len(part) > 0 {
			emit(c.X0, c.Y0, part)
		}
		return
	}
	a, b, axis := c.halves()
	Polygon(clipPolygon(p, axis, a), a, emit)
	Polygon(clipPolygon(p, axis, b), b, emit)
}

// clipPolygon keeps what lies within the cell's band of one axis; nil when
// nothing of the outer ring does.
func clipPolygon(p orb.Polygon, axis int, c Cell) orb.Polygon {
	lo, hi := c.band(axis)
	var out orb.Polygon
	for i, ring := range p {
		clipped := clipRing(ring, axis, lo, hi)
		if len(clipped) < 4 {
			if i == 0 {
				return nil
			}
			continue
		}
		out = append(out, clipped)
	}
	return out
}

// clipRing clips a closed ring to a band (Sutherland and Hodgman 1974,
// doi:10.1145/360767.360802). A ring that falls apart stays one ring, its parts
// joined along the band's edge.
func clipRing(ring orb.Ring, axis int, lo, hi float64) orb.Ring {
	box := ring.Bound()
	if box.Max[axis] < lo || box.Min[axis] > hi {
		return nil
	}
	if box.Min[axis] >= lo && box.Max[axis] <= hi {
		return ring
	}
	out := make(orb.Ring, 0, len(ring))
	for i := 1; i < len(ring); i++ {
		a, b := ring[i-1], ring[i]
		p, q, ok := clipSegment(a, b, axis, [2]float64{lo, hi})
		if !ok {
			continue
		}
		if p != a {
			out = append(out, p)
		}
		out = append(out, q)
	}
	if len(out) > 0 && out[0] != out[len(out)-1] {
		out = append(out, out[0])
	}
	return out
}
