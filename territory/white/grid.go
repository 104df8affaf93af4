package white

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/paulmach/orb"

	"beatplan/geo/hex"
)

// Bounds of a grid.
const (
	Coarsest = 5 // cells of 253 km²
	Finest   = 9 // cells of 0.105 km²
	MaxRings = 3
)

// ErrGrid says that a grid was asked for which there is none.
var ErrGrid = errors.New("a grid has a resolution of 5 to 9 and 0 to 3 rings")

// whole is what the shares of a cell and its rings add up to. It is a multiple of
// every denominator of the kernels, so that shares are whole.
const whole = 360

// kernel is the share, in 1/360, that one cell of each ring gets of what stands in
// the middle. Ring k as a whole gets (rings+1−k) parts of (rings+1)(rings+2)/2, a
// triangular kernel (Silverman 1986, "Density Estimation", §2.4), dealt out evenly
// among its 6k cells. Around the twelve pentagons, all at sea, a little is lost.
func kernel(rings int) []int64 {
	return [MaxRings + 1][]int64{
		{360},
		{240, 20},
		{180, 20, 5},
		{144, 18, 6, 2},
	}[rings]
}

// Values are what stands in a cell; all of them may be negative in a change.
type Values struct {
	Potential int64 // thousandths of a point
	Active    int64 // customers that are active
	Sales     int64 // what they buy, in minor units of money
}

// Plus adds o, n times.
func (v Values) plus(o Values, n int64) Values {
	return Values{v.Potential + n*o.Potential, v.Active + n*o.Active, v.Sales + n*o.Sales}
}

// Negated is what takes v away again.
func (v Values) Negated() Values { return Values{}.plus(v, -1) }

// Grid adds up what stands in the cells of one resolution. It is not safe for
// concurrent use.
type Grid struct {
	resolution int
	shares     []int64
	raw        map[hex.Cell]Values
	smooth     map[hex.Cell]Values // in 1/360
}

// NewGrid makes an empty grid; things count in so many rings around their cell.
// It fails with ErrGrid.
func NewGrid(resolution, rings int) (*Grid, error) {
	if resolution < Coarsest || resolution > Finest || rings < 0 || rings > MaxRings {
		return nil, ErrGrid
	}
	return &Grid{resolution, kernel(rings), map[hex.Cell]Values{}, map[hex.Cell]Values{}}, nil
}

// Resolution is that of all cells.
func (g *Grid) Resolution() int { return g.resolution }

// Rings is how far things count.
func (g *Grid) Rings() int { return len(g.shares) - 1 }

// Cell is the cell that holds p.
func (g *Grid) Cell(p orb.Point) (hex.Cell, error) { return hex.Of(p, g.resolution) }

// Add puts v into a cell. Only the cell and the rings around it change: 1, 7, 19 or
// 37 cells.
func (g *Grid) Add(c hex.Cell, v Values) error {
	if v == (Values{}) {
		return nil
	}
	if c.Resolution() != g.resolution {
		return fmt.Errorf("cell %v in a grid of resolution %d: %w", c, g.resolution, ErrGrid)
	}
	put(g.raw, c, v, 1)
	return g.spread(c, v)
}

func (g *Grid) spread(c hex.Cell, v Values) error {
	rings, err := c.Rings(len(g.shares) - 1)
	if err != nil {
		return err
	}
	for k, ring := range rings {
		for _, at := range ring {
			put(g.smooth, at, v, g.shares[k])
		}
	}
	return nil
}

// put adds to an entry; one that comes to nothing is forgotten.
func put(m map[hex.Cell]Values, c hex.Cell, v Values, n int64) {
	if sum := m[c].plus(v, n); sum == (Values{}) {
		delete(m, c)
	} else {
		m[c] = sum
	}
}

// Fill adds many things at once, each cell spread once. It fails as Add does, and
// the grid is of no use then.
func (g *Grid) Fill(things iter.Seq2[hex.Cell, Values]) error {
	sums := map[hex.Cell]Values{}
	for c, v := range things {
		put(sums, c, v, 1)
	}
	for c, v := range sums {
		if err := g.Add(c, v); err != nil {
			return err
		}
	}
	return nil
}

// Rule is how the figures of a cell are read.
type Rule struct {
	Threshold float64 // active customers for each point of potential, below it is white
	Least     float64 // points below which a cell is not worth a look
	PerSales  float64 // points for each minor unit that the neighbours buy
	Worth     float64 // minor units that a point could buy; 0: not known
}

// Figures are what a cell amounts to.
type Figures struct {
	Cell      hex.Cell
	Potential float64 // points, smoothed, with the part of the neighbours' sales
	Active    float64 // customers, smoothed
	Customers int64   // active in the cell itself
	Sales     int64   // in the cell itself, minor units
	Wallet    float64 // part of what the cell could buy that we sell; −1: not known
	White     bool
}

// Coverage is active customers for each point of potential; 0 without potential.
func (f Figures) Coverage() float64 {
	if f.Potential <= 0 {
		return 0
	}
	return f.Active / f.Potential
}

// Gap is how many points of potential are not covered: all of them where nobody
// buys, none from the threshold on.
func (f Figures) Gap(r Rule) float64 {
	if f.Potential <= 0 || r.Threshold <= 0 {
		return 0
	}
	return f.Potential * max(0, 1-f.Coverage()/r.Threshold)
}

// At is what a cell amounts to.
func (g *Grid) At(c hex.Cell, r Rule) Figures {
	raw, s := g.raw[c], g.smooth[c]
	// What a cell buys itself is no potential of its own, only of its neighbours.
	beside := float64(s.Sales-g.shares[0]*raw.Sales) / whole
	f := Figures{
		Cell: c, Active: float64(s.Active) / whole, Customers: raw.Active, Sales: raw.Sales,
		Potential: float64(s.Potential)/(1000*whole) + r.PerSales*beside, Wallet: -1,
	}
	f.White = f.Potential > 0 && f.Potential >= r.Least && f.Active < r.Threshold*f.Potential
	if could := r.Worth * float64(raw.Potential) / 1000; could > 0 {
		f.Wallet = float64(raw.Sales) / could
	}
	return f
}

// All are the cells with potential or customers, in the order of their numbers.
func (g *Grid) All(r Rule) iter.Seq[Figures] {
	return func(yield func(Figures) bool) {
		for _, c := range slices.Sorted(maps.Keys(g.smooth)) {
			if f := g.At(c, r); (f.Potential > 0 || f.Active > 0) && !yield(f) {
				return
			}
		}
	}
}

// Compare orders cells: white ones first, the largest gap first, then by number.
func Compare(a, b *Figures, r Rule) int {
	if a.White != b.White {
		return boolean(b.White) - boolean(a.White)
	}
	return cmp.Or(cmp.Compare(b.Gap(r), a.Gap(r)), cmp.Compare(a.Cell, b.Cell))
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}
