package routing

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// edge of the grid: the crossing lies on it. Horizontal edges run from (x, y)
// to (x+1, y), vertical ones to (x, y+1).
type gridEdge struct {
	x, y     int
	vertical bool
}

// rings traces the lines where the field is 1, inside on the left.
// Source: marching squares, Lorensen and Cline 1987 in two dimensions.
func (f *field) rings() []orb.Ring {
	next := map[gridEdge]gridEdge{}
	for y := range f.ny - 1 {
		for x := range f.nx - 1 {
			f.cross(x, y, next)
		}
	}
	var out []orb.Ring
	for start := range next {
		var ring orb.Ring
		for e, ok := start, true; ok; {
			ring = append(ring, f.crossing(e))
			following, found := next[e]
			delete(next, e)
			e, ok = following, found && following != start
		}
		if len(ring) >= 3 {
			out = append(out, append(ring, ring[0]))
		}
	}
	return out
}

func (f *field) inside(x, y int) bool { return f.value[y*f.nx+x] < 1 }

// cross adds the one or two pieces of line through a cell, from the edge where
// they enter it to the edge where they leave, inside on the left.
func (f *field) cross(x, y int, next map[gridEdge]gridEdge) {
	bottom, top := gridEdge{x, y, false}, gridEdge{x, y + 1, false}
	left, right := gridEdge{x, y, true}, gridEdge{x + 1, y, true}
	corners := 0
	for bit, c := range [4][2]int{{x, y}, {x + 1, y}, {x + 1, y + 1}, {x, y + 1}} {
		if f.inside(c[0], c[1]) {
			corners |= 1 << bit
		}
	}
	switch corners { // bits: south-west, south-east, north-east, north-west
	case 1:
		next[bottom] = left
	case 2:
		next[right] = bottom
	case 3:
		next[right] = left
	case 4:
		next[top] = right
	case 5: // the two insides stay apart
		next[bottom], next[top] = left, right
	case 6:
		next[top] = bottom
	case 7:
		next[top] = left
	case 8:
		next[left] = top
	case 9:
		next[bottom] = top
	case 10:
		next[right], next[left] = bottom, top
	case 11:
		next[right] = top
	case 12:
		next[left] = right
	case 13:
		next[bottom] = right
	case 14:
		next[left] = bottom
	}
}

// crossing is where on an edge the field is 1.
func (f *field) crossing(e gridEdge) orb.Point {
	x, y := e.x+1, e.y
	if e.vertical {
		x, y = e.x, e.y+1
	}
	a := math.Sqrt(float64(f.value[e.y*f.nx+e.x]))
	b := math.Sqrt(float64(f.value[y*f.nx+x]))
	t := (1 - a) / (b - a)
	return orb.Point{
		f.west + f.dx*(float64(e.x)+t*float64(x-e.x)),
		f.south + f.dy*(float64(e.y)+t*float64(y-e.y)),
	}
}

// assemble puts holes, which run clockwise, into the outer rings around them.
func assemble(rings []orb.Ring) orb.MultiPolygon {
	var out orb.MultiPolygon
	var holes []orb.Ring
	for _, r := range rings {
		if r.Orientation() == orb.CCW {
			out = append(out, orb.Polygon{r})
		} else {
			holes = append(holes, r)
		}
	}
	for _, h := range holes {
		best, bestArea := -1, math.Inf(1)
		for i := range out {
			if area := planar.Area(out[i][0]); area < bestArea &&
				out[i][0].Bound().Contains(h[0]) && planar.RingContains(out[i][0], h[0]) {
				best, bestArea = i, area
			}
		}
		if best >= 0 {
			out[best] = append(out[best], h)
		}
	}
	return out
}
