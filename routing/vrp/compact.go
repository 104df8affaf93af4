package vrp

import "slices"

// Compact prices plans in which people get into each other's way on the map:
// what planners call untidy (Rossit, Vigo, Tohmé and Frutos, 2019, DOI
// 10.1016/j.cor.2018.10.012). Only ways between two visits count: from one office
// every first way leads through the areas of the others.
type Compact struct {
	PerCrossing int // cost of two people's ways between visits that cross
	PerOverlap  int // cost of a visit that lies inside the hull of another's visits
}

// Point is a place on a plane, in metres or any other whole unit.
type Point struct{ X, Y int }

// maxCoordinate keeps products of coordinates within 64 bits.
const maxCoordinate = 1 << 29

// Shape is a route on the plane.
type Shape struct {
	visits   []Point // in order
	hull     []Point // counterclockwise, no three on a line
	low, top Point   // corners of the box
}

// Shape returns the shape of a route, in the memory of old. O(stops · log stops).
func (p *Problem) Shape(route []int, old Shape) Shape {
	s := Shape{visits: old.visits[:0], hull: old.hull[:0]}
	for k, i := range route {
		x := p.Points[p.Visits[i].Location]
		if k == 0 {
			s.low, s.top = x, x
		}
		s.low = Point{min(s.low.X, x.X), min(s.low.Y, x.Y)}
		s.top = Point{max(s.top.X, x.X), max(s.top.Y, x.Y)}
		s.visits = append(s.visits, x)
	}
	s.hull = hullOf(s.visits, s.hull)
	return s
}

// side is above 0 when c lies left of the way from a to b, 0 on its line.
func side(a, b, c Point) int {
	return (b.X-a.X)*(c.Y-a.Y) - (b.Y-a.Y)*(c.X-a.X)
}

// hullOf is the convex hull by Andrew's monotone chain (1979, DOI
// 10.1016/0020-0190(79)90072-3).
func hullOf(points, out []Point) []Point {
	sorted := slices.Clone(points)
	slices.SortFunc(sorted, func(a, b Point) int {
		if a.X != b.X {
			return a.X - b.X
		}
		return a.Y - b.Y
	})
	for turn := range 2 {
		first := len(out)
		for _, x := range sorted {
			for len(out) >= first+2 && side(out[len(out)-2], out[len(out)-1], x) <= 0 {
				out = out[:len(out)-1]
			}
			out = append(out, x)
		}
		if len(out) > 0 {
			out = out[:len(out)-1]
		}
		if turn == 0 {
			slices.Reverse(sorted)
		}
	}
	return out
}

// holds reports whether x lies strictly inside the hull.
func (s *Shape) holds(x Point) bool {
	if len(s.hull) < 3 || x.X <= s.low.X || x.X >= s.top.X || x.Y <= s.low.Y || x.Y >= s.top.Y {
		return false
	}
	for k, a := range s.hull {
		if side(a, s.hull[(k+1)%len(s.hull)], x) <= 0 {
			return false
		}
	}
	return true
}

// crossing reports whether two ways cross, neither merely touching the other.
func crossing(a, b, c, d Point) bool {
	if max(a.X, b.X) < min(c.X, d.X) || max(c.X, d.X) < min(a.X, b.X) ||
		max(a.Y, b.Y) < min(c.Y, d.Y) || max(c.Y, d.Y) < min(a.Y, b.Y) {
		return false
	}
	apart := func(x, y int) bool { return x > 0 && y < 0 || x < 0 && y > 0 }
	return apart(side(a, b, c), side(a, b, d)) && apart(side(c, d, a), side(c, d, b))
}

// Tangle is the cost of two people's routes being where the other is.
// O(stops of one × stops of the other), O(1) when their boxes are apart.
func (c Compact) Tangle(a, b *Shape) int {
	if len(a.visits) == 0 || len(b.visits) == 0 || a.top.X < b.low.X || b.top.X < a.low.X ||
		a.top.Y < b.low.Y || b.top.Y < a.low.Y {
		return 0
	}
	cost := 0
	for _, x := range a.visits {
		if b.holds(x) {
			cost += c.PerOverlap
		}
	}
	for _, x := range b.visits {
		if a.holds(x) {
			cost += c.PerOverlap
		}
	}
	if c.PerCrossing == 0 {
		return cost
	}
	for i := 1; i < len(a.visits); i++ {
		for j := 1; j < len(b.visits); j++ {
			if crossing(a.visits[i-1], a.visits[i], b.visits[j-1], b.visits[j]) {
				cost += c.PerCrossing
			}
		}
	}
	return cost
}

// tangled is the compactness term of a plan. O(pairs of vehicles × stops²).
func (p *Problem) tangled(s Solution) int {
	if p.Compact == (Compact{}) {
		return 0
	}
	shapes := make([]Shape, len(s.Routes))
	cost := 0
	for v, route := range s.Routes {
		shapes[v] = p.Shape(route, Shape{})
		for w := range v {
			cost += p.Compact.Tangle(&shapes[v], &shapes[w])
		}
	}
	return cost
}
