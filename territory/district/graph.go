package district

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// Graph says who borders on whom. It is symmetric, without loops.
type Graph struct {
	first []int32 // where the neighbours of a unit begin in to; one more than units
	to    []int32
}

// NewGraph makes the graph of n units from pairs, in any order and direction;
// pairs of a unit with itself are left out.
func NewGraph(n int, pairs []Pair) Graph {
	both := make([]Pair, 0, 2*len(pairs))
	for _, e := range pairs {
		if e.A != e.B {
			both = append(both, e, Pair{e.B, e.A})
		}
	}
	slices.SortFunc(both, func(a, b Pair) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) })
	both = slices.Compact(both)
	g := Graph{first: make([]int32, n+1), to: make([]int32, len(both))}
	for i, e := range both {
		g.first[e.A+1]++
		g.to[i] = e.B
	}
	for i := range n {
		g.first[i+1] += g.first[i]
	}
	return g
}

// Len is the number of units.
func (g Graph) Len() int { return max(0, len(g.first)-1) }

// Of returns the neighbours of a unit in ascending order; the caller leaves the
// slice as it is.
func (g Graph) Of(unit int32) []int32 { return g.to[g.first[unit]:g.first[unit+1]] }

// Pairs returns every border once, the lesser unit first.
func (g Graph) Pairs() []Pair {
	out := make([]Pair, 0, len(g.to)/2)
	for u := range int32(g.Len()) {
		for _, v := range g.Of(u) {
			if u < v {
				out = append(out, Pair{u, v})
			}
		}
	}
	return out
}

// Components numbers the connected parts, 0 for the one of unit 0.
func (g Graph) Components() (of []int32, count int) {
	of = make([]int32, g.Len())
	for i := range of {
		of[i] = -1
	}
	var stack []int32
	for u := range of {
		if of[u] >= 0 {
			continue
		}
		of[u] = int32(count)
		stack = append(stack[:0], int32(u))
		for len(stack) > 0 {
			x := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for _, v := range g.Of(x) {
				if of[v] < 0 {
					of[v] = int32(count)
					stack = append(stack, v)
				}
			}
		}
		count++
	}
	return of, count
}

const (
	crossings = 3 // that stay between two neighbouring parts of the ground
	farEdge   = 8 // median lengths, beyond which a pair must have nobody between
)

// Around makes the graph of points from their Delaunay triangulation. With barriers (a
// river, a motorway) it leaves out the pairs whose straight line crosses one, but the
// shortest three between any two parts of the ground, its bridges: a territory may reach
// over a bridge. It leaves out, too, pairs far apart with somebody between (Gabriel &
// Sokal, Syst. Zool. 1969), which run along the hull over a bay, say. The graph hangs
// together.
func Around(points []orb.Point, barriers []orb.LineString) Graph {
	x, y := plane(points)
	whole := triangulate(x, y)
	if len(barriers) == 0 {
		return whole
	}
	length := func(e Pair) float64 { return math.Hypot(x[e.A]-x[e.B], y[e.A]-y[e.B]) }
	pairs := whole.Pairs()
	slices.SortStableFunc(pairs, func(a, b Pair) int { return cmp.Compare(length(a), length(b)) })
	walls := newWalls(points, barriers)
	var open, shut []Pair
	for _, e := range pairs {
		switch {
		case length(e) > farEdge*length(pairs[len(pairs)/2]) && whole.between(x, y, e):
			continue
		case walls.cross(points[e.A], points[e.B]):
			shut = append(shut, e)
		default:
			open = append(open, e)
		}
	}
	return NewGraph(len(points), append(open, bridges(len(points), open, shut)...))
}

// between reports whether a point lies in the circle over a pair of a Delaunay graph: if
// any does, then one that borders on the pair.
func (g Graph) between(x, y []float64, e Pair) bool {
	mx, my := (x[e.A]+x[e.B])/2, (y[e.A]+y[e.B])/2
	limit := (x[e.A]-mx)*(x[e.A]-mx) + (y[e.A]-my)*(y[e.A]-my)
	for _, i := range g.Of(e.A) {
		if dx, dy := x[i]-mx, y[i]-my; dx*dx+dy*dy < limit*(1-1e-9) {
			return true
		}
	}
	return false
}

// bridges picks of the shut pairs, shortest first, those between two parts that the open
// ones leave apart, a few for every two.
func bridges(n int, open, shut []Pair) []Pair {
	part, _ := NewGraph(n, open).Components()
	kept := map[Pair]int{}
	var out []Pair
	for _, e := range shut {
		of := Pair{min(part[e.A], part[e.B]), max(part[e.A], part[e.B])}
		if of.A != of.B && kept[of] < crossings {
			kept[of]++
			out = append(out, e)
		}
	}
	return out
}

// walls finds crossings with barriers by a grid of their segments.
type walls struct {
	cell float64
	grid map[[2]int32][][2]orb.Point
}

func newWalls(points []orb.Point, barriers []orb.LineString) walls {
	box := orb.MultiPoint(points).Bound()
	side := math.Max(box.Max[0]-box.Min[0], box.Max[1]-box.Min[1])
	w := walls{cell: math.Max(side/256, 1e-6), grid: map[[2]int32][][2]orb.Point{}}
	for _, line := range barriers {
		for i := 1; i < len(line); i++ {
			s := [2]orb.Point{line[i-1], line[i]}
			w.cells(s[0], s[1], func(c [2]int32) bool {
				w.grid[c] = append(w.grid[c], s)
				return false
			})
		}
	}
	return w
}

// cells visits the cells of the box around a segment until stop says so.
func (w walls) cells(a, b orb.Point, stop func([2]int32) bool) {
	at := func(v float64) int32 { return int32(math.Floor(v / w.cell)) }
	for i := at(math.Min(a[0], b[0])); i <= at(math.Max(a[0], b[0])); i++ {
		for j := at(math.Min(a[1], b[1])); j <= at(math.Max(a[1], b[1])); j++ {
			if stop([2]int32{i, j}) {
				return
			}
		}
	}
}

func (w walls) cross(a, b orb.Point) bool {
	found := false
	w.cells(a, b, func(c [2]int32) bool {
		for _, s := range w.grid[c] {
			if meet(a, b, s[0], s[1]) {
				found = true
			}
		}
		return found
	})
	return found
}

// meet reports whether two segments have a point in common.
func meet(a, b, c, d orb.Point) bool {
	side := func(p, q, r orb.Point) float64 {
		return (q[0]-p[0])*(r[1]-p[1]) - (q[1]-p[1])*(r[0]-p[0])
	}
	return side(a, b, c)*side(a, b, d) <= 0 && side(c, d, a)*side(c, d, b) <= 0 &&
		math.Min(a[0], b[0]) <= math.Max(c[0], d[0]) && math.Min(c[0], d[0]) <= math.Max(a[0], b[0]) &&
		math.Min(a[1], b[1]) <= math.Max(c[1], d[1]) && math.Min(c[1], d[1]) <= math.Max(a[1], b[1])
}

// plane lays points out in kilometres around their middle (equirectangular): for
// shapes up to a few hundred kilometres.
func plane(points []orb.Point) (x, y []float64) {
	f := frameOf(points)
	x, y = make([]float64, len(points)), make([]float64, len(points))
	for i, p := range points {
		x[i], y[i] = f.to(p)
	}
	return x, y
}

// frame is the plane's middle and scale.
type frame struct {
	middle  orb.Point
	squeeze float64
}

const kmPerDegree = 111.195

func frameOf(points []orb.Point) frame {
	var f frame
	for _, p := range points {
		f.middle[0] += p[0] / float64(len(points))
		f.middle[1] += p[1] / float64(len(points))
	}
	f.squeeze = math.Max(0.01, math.Cos(f.middle[1]*math.Pi/180))
	return f
}

func (f frame) to(p orb.Point) (x, y float64) {
	return (p[0] - f.middle[0]) * f.squeeze * kmPerDegree, (p[1] - f.middle[1]) * kmPerDegree
}

func (f frame) from(x, y float64) orb.Point {
	return orb.Point{f.middle[0] + x/f.squeeze/kmPerDegree, f.middle[1] + y/kmPerDegree}
}
