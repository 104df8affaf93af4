package market

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/datum"
	"beatplan/geo/hex"
	"beatplan/territory/white"
)

// points is what a shop of a kind is worth: the longest path that holds it wins.
func (s *Settings) points(kind string) float64 {
	best, worth := -1, 0.0
	for _, w := range s.Kinds {
		if under(kind, w.Kind) && len(w.Kind) > best {
			best, worth = len(w.Kind), w.Points
		}
	}
	return worth
}

// under reports whether kind is path or below it.
func under(kind, path string) bool {
	rest, ok := strings.CutPrefix(kind, path)
	return ok && (rest == "" || rest[0] == '/')
}

// holds reports whether a focus counts shops of a kind.
func (f *Focus) holds(kind string) bool {
	return len(f.Kinds) == 0 ||
		slices.ContainsFunc(f.Kinds, func(path string) bool { return under(kind, path) })
}

// milli is points as a grid adds them up.
func milli(points float64) int64 { return int64(math.Round(points * 1000)) }

// checkSettings refuses what is out of bounds.
func checkSettings(s *Settings) error {
	e := ErrInvalid
	bad := func(path, rule string) { e = e.WithField(path, "range", rule) }
	between := func(path string, v, low, high float64) {
		if !(v >= low && v <= high) { // not a number is neither
			bad(path, strconv.FormatFloat(low, 'g', -1, 64)+" to "+strconv.FormatFloat(high, 'g', -1, 64)+".")
		}
	}
	seen := map[string]bool{}
	for i, w := range s.Kinds {
		path := "kinds." + strconv.Itoa(i)
		if w.Kind == "" || utf8.RuneCountInString(w.Kind) > 80 || seen[w.Kind] {
			bad(path, "A kind, once.")
		}
		seen[w.Kind] = true
		between(path, w.Points, 0, 1000)
	}
	if len(s.Kinds) > 200 {
		bad("kinds", "At most 200.")
	}
	between("prospect", s.Prospect, 0, 1000)
	between("customer", s.Customer, 0, 1000)
	between("persons", s.Persons, 0, 1e9)
	between("sales_each", float64(s.SalesEach), 0, 1e15)
	between("worth", float64(s.Worth), 0, 1e15)
	between("rings", float64(s.Rings), 0, white.MaxRings)
	between("threshold", s.Threshold, 0.001, 10)
	between("least", s.Least, 0, 1e9)
	between("decay", s.Decay, 0.5, 4)
	between("reach_m", s.Reach, 100, 20_000)
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// Table is a file as it was read: headings, then rows with their line in the file.
type Table struct {
	Headings []string
	Lines    []int
	Rows     [][]string
}

const (
	maxFaults = 100 // that are told of one file
	maxValue  = 1e9
	maxFinest = 2_000_000 // cells of the finest resolution that one file may fill
)

// columnsOf finds the columns by their headings; −1 where there is none.
func columnsOf(headings []string) (cell, lon, lat, value int) {
	find := func(names ...string) int {
		return slices.IndexFunc(headings, func(h string) bool {
			return slices.Contains(names, strings.ToLower(strings.TrimSpace(h)))
		})
	}
	return find("cell", "h3", "h3_index", "hex", "网格"), find("lon", "lng", "longitude", "x", "经度"),
		find("lat", "latitude", "y", "纬度"),
		find("value", "population", "potential", "people", "z", "人口", "潜力", "数值")
}

// readTable adds the rows of a file up by cell: by H3 cell of resolution 5 to 9, or by
// longitude and latitude in a datum, whose values go to cells of the finest
// resolution. Every wrong row is told, by line and column, 100 at most; then nothing
// of the file is of use. It fails with ErrHeadings or ErrRows, the latter also when
// coarse cells fill too much.
func readTable(t Table, d datum.Datum) (map[hex.Cell]float64, error) {
	cell, lon, lat, value := columnsOf(t.Headings)
	if value < 0 || cell < 0 && (lon < 0 || lat < 0) {
		return nil, ErrHeadings.With("headings", t.Headings)
	}
	sums := map[hex.Cell]float64{}
	bad, faults := ErrRows, 0
	for i, row := range t.Rows {
		r := reader{row: row}
		var at hex.Cell
		if cell >= 0 {
			at = r.cell(cell)
		} else {
			at = r.point(lon, lat, d)
		}
		amount := r.number(value, 0, maxValue)
		if r.code == "" {
			sums[at] += amount
			continue
		}
		if faults++; faults <= maxFaults {
			path := "line " + strconv.Itoa(t.Lines[i]) + ": " + heading(t.Headings, r.column)
			bad = bad.WithField(path, r.code, r.why)
		}
	}
	if faults > 0 {
		return nil, bad.With("wrong", faults).With("rows", len(t.Rows))
	}
	if len(sums) == 0 {
		return nil, ErrRows.WithField("rows", "required", "There is no row below the headings.")
	}
	if n := finest(sums); n > maxFinest {
		return nil, ErrRows.WithField(heading(t.Headings, max(cell, 0)), "size",
			"The cells are too coarse for so many: "+strconv.Itoa(n)+" of resolution 9, at most "+
				strconv.Itoa(maxFinest)+".")
	}
	return sums, nil
}

// finest counts the cells of the finest resolution that a file fills.
func finest(sums map[hex.Cell]float64) int {
	n := 0
	for c := range sums {
		below := 1
		for range white.Finest - c.Resolution() {
			below *= 7
		}
		n += below
	}
	return n
}

func heading(all []string, i int) string {
	if i >= 0 && i < len(all) {
		return all[i]
	}
	return ""
}

// reader reads the cells of a row; it keeps the first fault.
type reader struct {
	row       []string
	column    int
	code, why string
}

func (r *reader) fault(column int, code, why string) {
	if r.code == "" {
		r.column, r.code, r.why = column, code, why
	}
}

func (r *reader) text(column int) string {
	if column < len(r.row) {
		return strings.TrimSpace(r.row[column])
	}
	return ""
}

func (r *reader) number(column int, low, high float64) float64 {
	text := r.text(column)
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case text == "":
		r.fault(column, "required", "A number is missing.")
	case err != nil || math.IsNaN(v):
		r.fault(column, "format", "“"+clip(text)+"” is no number.")
	case v < low || v > high:
		r.fault(column, "range", "“"+clip(text)+"” is out of bounds.")
	}
	return v
}

func clip(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return text
}

func (r *reader) cell(column int) hex.Cell {
	c, err := hex.Parse(r.text(column))
	if err != nil {
		r.fault(column, "format", "“"+clip(r.text(column))+"” is no H3 cell.")
		return 0
	}
	if res := c.Resolution(); res < white.Coarsest || res > white.Finest {
		r.fault(column, "range", "The cell has resolution "+strconv.Itoa(res)+", not 5 to 9.")
	}
	return c
}

func (r *reader) point(lon, lat int, d datum.Datum) hex.Cell {
	p := orb.Point{r.number(lon, -180, 180), r.number(lat, -180, 180)}
	if math.Abs(p[1]) > 90 {
		r.fault(lat, "swapped", "A latitude beyond 90°: longitude and latitude may stand in each other's column.")
	}
	if r.code != "" {
		return 0
	}
	c, err := hex.Of(datum.Convert(p, d, datum.WGS84), white.Finest)
	if err != nil {
		r.fault(lon, "range", "This is no place on earth.")
	}
	return c
}

// spread gives the amounts of a file to the cells of a resolution: coarser cells add
// up what lies below them, finer ones share evenly.
func spread(l *Layer, resolution int, each func(hex.Cell, float64) bool) error {
	for i, n := range l.Cells {
		c := hex.Cell(n)
		if c.Resolution() >= resolution {
			parent, err := c.Parent(resolution)
			if err != nil {
				return err
			}
			if !each(parent, l.Amounts[i]) {
				return nil
			}
			continue
		}
		children, err := c.Children(resolution)
		if err != nil {
			return err
		}
		for _, child := range children {
			if !each(child, l.Amounts[i]/float64(len(children))) {
				return nil
			}
		}
	}
	return nil
}

// before orders prospects: the best first.
func before(a, b *Prospect, near bool) int {
	return cmp.Or(cmp.Compare(b.key(near).Order, a.key(near).Order), strings.Compare(a.ID, b.ID))
}

func (p *Prospect) key(near bool) ProspectKey {
	if near {
		return ProspectKey{-float64(p.Off), p.ID}
	}
	return ProspectKey{p.Score, p.ID}
}

// beyond reports whether a prospect comes after a key.
func (p *Prospect) beyond(after ProspectKey, near bool) bool {
	k := p.key(near)
	return after.ID == "" || k.Order < after.Order || k.Order == after.Order && k.ID > after.ID
}

// metersPerDegree of a meridian.
const metersPerDegree = 111_195

// offLine is how far p is from a line, on a plane that touches the ground at p: exact
// to a thousandth within a few kilometres. The line must have a point.
func offLine(p orb.Point, line orb.LineString) geo.Meters {
	east := metersPerDegree * math.Cos(p[1]*math.Pi/180)
	flat := func(q orb.Point) (x, y float64) {
		return (q[0] - p[0]) * east, (q[1] - p[1]) * metersPerDegree
	}
	ax, ay := flat(line[0])
	best := math.Hypot(ax, ay)
	for _, q := range line[1:] {
		bx, by := flat(q)
		dx, dy := bx-ax, by-ay
		if l := dx*dx + dy*dy; l > 0 {
			t := min(1, max(0, -(ax*dx+ay*dy)/l))
			best = min(best, math.Hypot(ax+t*dx, ay+t*dy))
		}
		ax, ay = bx, by
	}
	return geo.Meters(best)
}
