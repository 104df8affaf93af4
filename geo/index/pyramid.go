package index

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"sync"

	"github.com/paulmach/orb"
)

// MaxLatitude is where the Web Mercator square ends, north and south.
const MaxLatitude = 85.05112877980659

// Plane places p on the Web Mercator square: x grows east, y grows south, each
// in units of 2⁻³² of the square. Latitudes beyond ±[MaxLatitude] come to rest
// on the edge, so that no point is ever lost. The cell of p at level z has the
// column x>>(32−z) and the row y>>(32−z): half-open, each point in exactly one.
func Plane(p orb.Point) (x, y uint32) {
	lat := math.Max(-MaxLatitude, math.Min(MaxLatitude, p[1])) * math.Pi / 180
	fx := p[0]/360 + 0.5
	fy := 0.5 - math.Asinh(math.Tan(lat))/(2*math.Pi)
	return unit32(fx), unit32(fy)
}

// Unplane is the longitude and latitude of a place on the square.
func Unplane(x, y float64) orb.Point {
	fy := math.Pi * (1 - 2*y/(1<<32))
	return orb.Point{x/(1<<32)*360 - 180, math.Atan(math.Sinh(fy)) * 180 / math.Pi}
}

func unit32(f float64) uint32 {
	return uint32(math.Max(0, math.Min(math.MaxUint32, math.Floor(f*(1<<32)))))
}

// Tally counts the points of one group in one cell. X and Y are the sums of
// their places on the plane, kept as integers so that adding and removing in
// any order gives the same bits as counting anew (2³¹ points fit).
type Tally[G any] struct {
	Group G
	Count int64
	X, Y  uint64
}

// Pyramid holds a tally by cell and group at the levels low…high. A change costs
// one map access a level; reading a cell costs one. Safe for concurrent use.
type Pyramid[G any] struct {
	low, high int
	compare   func(a, b G) int

	mu     sync.RWMutex
	levels []map[uint64][]Tally[G] // by level−low; column<<32|row → tallies by group
}

// NewPyramid returns an empty pyramid of the cell levels low…high, 0 ≤ low ≤
// high ≤ 31. Groups are told apart and ordered by compare.
func NewPyramid[G any](low, high int, compare func(a, b G) int) *Pyramid[G] {
	p := &Pyramid[G]{low: low, high: high, compare: compare}
	p.Clear()
	return p
}

// Clear forgets everything.
func (p *Pyramid[G]) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.levels = make([]map[uint64][]Tally[G], p.high-p.low+1)
	for i := range p.levels {
		p.levels[i] = map[uint64][]Tally[G]{}
	}
}

// Add counts a point of group g.
func (p *Pyramid[G]) Add(at orb.Point, g G) { p.change(at, g, 1) }

// Remove takes a point of group g away that was added at the same place.
func (p *Pyramid[G]) Remove(at orb.Point, g G) { p.change(at, g, -1) }

func (p *Pyramid[G]) change(at orb.Point, g G, n int64) {
	x, y := Plane(at)
	t := Tally[G]{g, n, uint64(n * int64(x)), uint64(n * int64(y))}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, level := range p.levels {
		p.add(level, cellKey(x, y, p.low+i), t)
	}
}

// Fill replaces everything by the points given. It is several times faster than
// adding them one by one: the points are sorted once by cell and group, and each
// level is summed from the one below it. O(n log n).
func (p *Pyramid[G]) Fill(points iter.Seq2[orb.Point, G]) {
	var placed []placed[G]
	for at, g := range points {
		x, y := Plane(at)
		placed = append(placed, newPlaced(x, y, p.high, g))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for level := p.high; level >= p.low; level-- {
		placed = p.join(placed)
		p.levels[level-p.low] = byCell(placed)
		for i := range placed {
			placed[i].cell = placed[i].cell>>33<<32 | placed[i].cell&(1<<32-1)>>1
		}
	}
}

// placed is a tally on its way to its cell.
type placed[G any] struct {
	cell uint64
	Tally[G]
}

func newPlaced[G any](x, y uint32, level int, g G) placed[G] {
	return placed[G]{cellKey(x, y, level), Tally[G]{g, 1, uint64(x), uint64(y)}}
}

// join sorts by cell and group and adds up what is equal in both.
func (p *Pyramid[G]) join(all []placed[G]) []placed[G] {
	order := func(a, b placed[G]) int {
		if a.cell != b.cell {
			return cmp.Compare(a.cell, b.cell)
		}
		return p.compare(a.Group, b.Group)
	}
	slices.SortFunc(all, order)
	out := all[:0]
	for _, t := range all {
		if n := len(out); n > 0 && order(out[n-1], t) == 0 {
			out[n-1].Count += t.Count
			out[n-1].X, out[n-1].Y = out[n-1].X+t.X, out[n-1].Y+t.Y
			continue
		}
		out = append(out, t)
	}
	return out
}

// byCell makes a level of joined tallies. The cells share one array; a cell that
// grows later gets its own.
func byCell[G any](joined []placed[G]) map[uint64][]Tally[G] {
	cells := 0
	for i := range joined {
		if i == 0 || joined[i].cell != joined[i-1].cell {
			cells++
		}
	}
	level := make(map[uint64][]Tally[G], cells)
	tallies := make([]Tally[G], len(joined))
	for from := 0; from < len(joined); {
		to := from
		for ; to < len(joined) && joined[to].cell == joined[from].cell; to++ {
			tallies[to] = joined[to].Tally
		}
		level[joined[from].cell] = tallies[from:to:to]
		from = to
	}
	return level
}

func cellKey(x, y uint32, level int) uint64 {
	shift := 32 - level
	return uint64(x)>>shift<<32 | uint64(y)>>shift
}

// add joins a tally to a cell; what comes to nothing is taken out. The caller
// holds the lock.
func (p *Pyramid[G]) add(level map[uint64][]Tally[G], key uint64, t Tally[G]) {
	tallies := level[key]
	at, found := slices.BinarySearchFunc(tallies, t.Group, func(t Tally[G], g G) int {
		return p.compare(t.Group, g)
	})
	if !found {
		level[key] = slices.Insert(tallies, at, t)
		return
	}
	sum := &tallies[at]
	sum.Count, sum.X, sum.Y = sum.Count+t.Count, sum.X+t.X, sum.Y+t.Y
	if sum.Count != 0 {
		return
	}
	if len(tallies) == 1 {
		delete(level, key)
		return
	}
	level[key] = slices.Delete(tallies, at, at+1)
}

// Cells visits the non-empty cells of a level in the given block of columns and
// rows, row by row, while holding a read lock: visit must not keep tallies nor
// change the pyramid. A level outside low…high has no cells.
func (p *Pyramid[G]) Cells(
	level int, column, row, width uint32, visit func(column, row uint32, tallies []Tally[G]),
) {
	if level < p.low || level > p.high {
		return
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	cells := p.levels[level-p.low]
	for y := row; y < row+width; y++ {
		for x := column; x < column+width; x++ {
			if tallies := cells[uint64(x)<<32|uint64(y)]; len(tallies) > 0 {
				visit(x, y, tallies)
			}
		}
	}
}
