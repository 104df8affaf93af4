package index

import (
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
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, level := range p.levels {
		shift := 32 - (p.low + i)
		key := uint64(x)>>shift<<32 | uint64(y)>>shift
		tallies := level[key]
		at, found := slices.BinarySearchFunc(tallies, g, func(t Tally[G], g G) int {
			return p.compare(t.Group, g)
		})
		if !found {
			tallies = slices.Insert(tallies, at, Tally[G]{Group: g})
		}
		t := &tallies[at]
		t.Count += n
		t.X += uint64(n * int64(x))
		t.Y += uint64(n * int64(y))
		if t.Count == 0 {
			tallies = slices.Delete(tallies, at, at+1)
		}
		if len(tallies) == 0 {
			delete(level, key)
			continue
		}
		level[key] = tallies
	}
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
