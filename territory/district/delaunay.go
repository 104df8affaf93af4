package district

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// triangulate returns the Delaunay graph of points on a plane: incremental
// insertion along a Z-curve with edge flips (Lawson, 1977). Coordinates are laid
// on a grid of 2²⁰ steps, where both predicates are exact, so that rows, grids
// and heaps of points do no harm; points of one grid step are joined to the first
// of them. O(n log n) on the whole.
func triangulate(x, y []float64) Graph {
	if len(x) == 0 {
		return NewGraph(0, nil)
	}
	t := newMesh(x, y)
	var pairs []Pair
	for _, id := range t.order {
		if twin := t.insert(id); twin >= 0 {
			pairs = append(pairs, Pair{twin, id})
		}
	}
	n := int32(len(x))
	for i, v := range t.corner {
		if w := t.corner[next(int32(i))]; v < w && w < n {
			pairs = append(pairs, Pair{v, w})
		}
	}
	return NewGraph(len(x), pairs)
}

// mesh is a triangulation. A half edge i runs from corner[i] to the next corner
// of its triangle i/3, counter-clockwise; across[i] is its other half.
type mesh struct {
	px, py []int64
	order  []int32
	corner []int32
	across []int32
	last   int32 // a triangle near the last insertion
}

const gridSteps = 1 << 20

func newMesh(x, y []float64) *mesh {
	n := len(x)
	t := &mesh{px: make([]int64, n, n+3), py: make([]int64, n, n+3)}
	lowX, lowY := slices.Min(x), slices.Min(y)
	side := math.Max(math.Max(slices.Max(x)-lowX, slices.Max(y)-lowY), 1e-9)
	key := make([]uint64, n)
	for i := range x {
		t.px[i] = int64((x[i] - lowX) / side * (gridSteps - 1))
		t.py[i] = int64((y[i] - lowY) / side * (gridSteps - 1))
		key[i] = spread(uint64(t.px[i])) | spread(uint64(t.py[i]))<<1
		t.order = append(t.order, int32(i))
	}
	slices.SortFunc(t.order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(key[a], key[b]), cmp.Compare(a, b))
	})
	// A triangle around everything, far enough that it hides no pair that matters.
	const far = gridSteps << 4
	t.px = append(t.px, -far, 3*far, -far)
	t.py = append(t.py, -far, -far, 3*far)
	t.corner = []int32{int32(n), int32(n) + 1, int32(n) + 2}
	t.across = []int32{-1, -1, -1}
	return t
}

// spread puts a zero between the bits of v.
func spread(v uint64) uint64 {
	for _, s := range []struct {
		by   uint
		mask uint64
	}{{16, 0x0000ffff0000ffff}, {8, 0x00ff00ff00ff00ff}, {4, 0x0f0f0f0f0f0f0f0f},
		{2, 0x3333333333333333}, {1, 0x5555555555555555}} {
		v = (v | v<<s.by) & s.mask
	}
	return v
}

func next(i int32) int32 {
	if i%3 == 2 {
		return i - 2
	}
	return i + 1
}

func prev(i int32) int32 {
	if i%3 == 0 {
		return i + 2
	}
	return i - 1
}

// turn is twice the area of abc, positive when counter-clockwise.
func (t *mesh) turn(a, b, c int32) int64 {
	return (t.px[b]-t.px[a])*(t.py[c]-t.py[a]) - (t.py[b]-t.py[a])*(t.px[c]-t.px[a])
}

// inside reports whether d lies within the circle through a, b, c (ccw).
func (t *mesh) inside(a, b, c, d int32) bool {
	ax, ay := t.px[a]-t.px[d], t.py[a]-t.py[d]
	bx, by := t.px[b]-t.px[d], t.py[b]-t.py[d]
	cx, cy := t.px[c]-t.px[d], t.py[c]-t.py[d]
	var sum wide
	sum.add(ax*ax+ay*ay, bx*cy-by*cx)
	sum.add(bx*bx+by*by, cx*ay-cy*ax)
	sum.add(cx*cx+cy*cy, ax*by-ay*bx)
	return sum.positive()
}

// wide is a whole number of 128 bits, two's complement.
type wide struct{ high, low uint64 }

// add adds a × b.
func (w *wide) add(a, b int64) {
	negative := (a < 0) != (b < 0)
	high, low := bits.Mul64(uint64(max(a, -a)), uint64(max(b, -b)))
	if negative {
		low = ^low + 1
		high = ^high
		if low == 0 {
			high++
		}
	}
	var carry uint64
	w.low, carry = bits.Add64(w.low, low, 0)
	w.high, _ = bits.Add64(w.high, high, carry)
}

func (w *wide) positive() bool { return int64(w.high) > 0 || w.high == 0 && w.low > 0 }

// locate walks to the triangle that holds point p.
func (t *mesh) locate(p int32) int32 {
	at := t.last
	for {
		moved := false
		for k := range int32(3) {
			i := 3*at + k
			if t.across[i] >= 0 && t.turn(t.corner[i], t.corner[next(i)], p) < 0 {
				at = t.across[i] / 3
				moved = true
				break
			}
		}
		if !moved {
			return at
		}
	}
}

// insert adds point p and returns the point that is there already, or -1.
func (t *mesh) insert(p int32) (twin int32) {
	at := t.locate(p)
	for k := range int32(3) {
		if c := t.corner[3*at+k]; t.px[c] == t.px[p] && t.py[c] == t.py[p] {
			return c
		}
	}
	// Three triangles around p; a flat one, of a point on an edge, is flipped away.
	a, b, c := t.corner[3*at], t.corner[3*at+1], t.corner[3*at+2]
	ab, bc, ca := t.across[3*at], t.across[3*at+1], t.across[3*at+2]
	two := int32(len(t.corner))
	three := two + 3
	t.corner = append(t.corner, b, c, p, c, a, p)
	t.across = append(t.across, -1, -1, -1, -1, -1, -1)
	t.corner[3*at], t.corner[3*at+1], t.corner[3*at+2] = a, b, p
	t.link(3*at, ab)
	t.link(two, bc)
	t.link(three, ca)
	t.link(3*at+1, two+2)
	t.link(two+1, three+2)
	t.link(three+1, 3*at+2)
	t.last = at
	for _, i := range [3]int32{3 * at, two, three} {
		t.legalise(i)
	}
	return -1
}

func (t *mesh) link(i, j int32) {
	t.across[i] = j
	if j >= 0 {
		t.across[j] = i
	}
}

// legalise flips edge i, which faces the new point, while the point beyond lies
// in the circle of its triangle.
func (t *mesh) legalise(i int32) {
	stack := []int32{i}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		j := t.across[i]
		if j < 0 {
			continue
		}
		a, b, p, d := t.corner[i], t.corner[next(i)], t.corner[prev(i)], t.corner[prev(j)]
		if !t.inside(a, b, p, d) {
			continue
		}
		// Triangles a b p and b a d become a d p and d b p.
		bp, da, db := t.across[next(i)], t.across[next(j)], t.across[prev(j)]
		t.corner[next(i)] = d
		t.corner[next(j)] = p
		t.corner[j], t.corner[prev(j)] = b, d
		// Triangle of i: a d p; of j: b p d, that is d b p.
		t.link(i, da)
		t.link(next(j), next(i))
		t.link(j, bp)
		t.link(prev(j), db)
		stack = append(stack, i, prev(j))
	}
}
