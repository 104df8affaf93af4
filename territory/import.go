package territory

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"beatplan/geo"
	"beatplan/geo/datum"
	"beatplan/geo/gazetteer"
	"beatplan/geo/geodesic"
	"beatplan/internal/db"
	"beatplan/internal/fail"
)

// Bounds of an import.
const (
	MaxImportAreas   = 5000
	MaxImportCorners = 200_000
	mostFaults       = 20 // told at once
)

// ImportArea is a row of a file of areas: whose the ground is.
type ImportArea struct {
	Person string // id or name
	Shape  orb.Geometry
}

// ImportLine is a row of a table of assignments.
type ImportLine struct {
	Customer, Person string // ids; the person may be a name, empty for nobody
}

// ImportAreas gives the customers within areas to the areas' people, as one edit.
// Positions are converted from the datum that the caller names. Any bad row (no
// polygon, a hole, an outline that crosses itself, an unknown person, ground that
// another row has too) refuses the whole file with the row and the reason; so does
// an outline that follows a known boundary only when read as GCJ-02. It fails with
// ErrImport and ErrShifted beside the errors of every change.
func (s *Service) ImportAreas(
	ctx context.Context, c Caller, at At, rows []ImportArea, from datum.Datum,
) (Scenario, error) {
	shapes, err := readShapes(rows, from)
	if err != nil {
		return Scenario{}, err
	}
	if from == datum.WGS84 && s.Ground != nil && shifted(shapes, s.Ground.Districts("")) {
		return Scenario{}, ErrShifted
	}
	return s.importing(ctx, c, at, func(_ *Scenario, list []Unit, who whose) error {
		bad := ErrImport
		people := make([]int64, len(rows))
		for i, row := range rows {
			var code, why string
			if people[i], code, why = who(row.Person); code == "" && people[i] == 0 {
				code, why = nobody(row.Person)
			}
			if code != "" {
				bad = fault(bad, i, code, why)
			}
		}
		boxes := make([]geo.Box, len(shapes))
		for i := range shapes {
			boxes[i] = shapes[i].Bound()
		}
		told := map[[2]int]bool{}
		for k := range list {
			u, in := &list[k], -1
			for i := range shapes {
				if !boxes[i].Contains(u.Point) || !planar.MultiPolygonContains(shapes[i], u.Point) {
					continue
				}
				if in >= 0 && people[in] != people[i] && !told[[2]int{in, i}] {
					told[[2]int{in, i}] = true
					bad = fault(bad, i, "overlap",
						fmt.Sprintf("%s lies in row %d too, which is another's.", u.Name, in+1))
				}
				in = i
			}
			if in >= 0 && !u.Locked && !slices.Contains(u.NotFor, people[in]) {
				u.Person = people[in]
			}
		}
		return orNil(bad)
	})
}

// ImportLines gives customers to people by a table, as one edit; any bad row
// refuses the whole table. It fails like ImportAreas.
func (s *Service) ImportLines(
	ctx context.Context, c Caller, at At, rows []ImportLine,
) (Scenario, error) {
	if len(rows) == 0 {
		return Scenario{}, ErrImport.WithField("rows", "required", "There is no row.")
	}
	return s.importing(ctx, c, at, func(d *Scenario, list []Unit, who whose) error {
		bad, before := ErrImport, slices.Clone(list)
		unit := make(map[string]int, len(list))
		for i := range list {
			unit[strconv.FormatInt(list[i].Customer, 10)] = i
		}
		row := map[int]int{}
		for i, line := range rows {
			k, known := unit[strings.TrimSpace(line.Customer)]
			person, code, why := who(line.Person)
			switch first, twice := row[k]; {
			case !known:
				bad = fault(bad, i, "unknown_customer",
					fmt.Sprintf("%q is no customer of the scenario.", line.Customer))
			case code != "":
				bad = fault(bad, i, code, why)
			case twice:
				bad = fault(bad, i, "twice", fmt.Sprintf("The customer stands in row %d already.", first+1))
			case list[k].Person != person && list[k].Locked:
				bad = fault(bad, i, "locked", "The customer is locked.")
			case slices.Contains(list[k].NotFor, person):
				bad = fault(bad, i, "refused", "The person must not serve this customer.")
			default:
				row[k] = i
				list[k].Person = person
			}
		}
		return orNil(metAgain(bad, before, list, d.Apart, row))
	})
}

// metAgain adds the rows that bring customers of a pair together who are kept apart; row
// is the number of a customer's row by place.
func metAgain(
	bad *fail.Error, before, after []Unit, pairs [][2]int64, row map[int]int,
) *fail.Error {
	for _, p := range apart(after, pairs) {
		for k, u := range p {
			i, named := row[u]
			v := &after[p[1-k]]
			if named && v.Person != 0 && v.Person == after[u].Person && before[u].Person != v.Person {
				bad = fault(bad, i, "apart", fmt.Sprintf("%s and %s must not be one person's.",
					after[u].Name, v.Name))
				break
			}
		}
	}
	return bad
}

// importing is one edit in which fn deals units out, with people by id or name.
func (s *Service) importing(
	ctx context.Context, c Caller, at At,
	fn func(d *Scenario, list []Unit, who whose) error,
) (Scenario, error) {
	return s.change(ctx, c, at, "imported", func(tx db.Tx, d *Scenario) error {
		people, err := s.People.Salespeople(ctx, tx, c.Scope)
		if err != nil {
			return fmt.Errorf("salespeople: %w", err)
		}
		return s.edit(ctx, tx, c, d, "import", func(list []Unit, in []Member) ([]Member, error) {
			people = slices.DeleteFunc(people, func(p Salesperson) bool { return !holds(in, p.ID) })
			return in, fn(d, list, whoIs(people))
		})
	})
}

// whose finds a person by id or name, 0 for an empty text; code and why say what is
// wrong with it.
type whose func(text string) (person int64, code, why string)

// whoIs finds these people. A name of several is nobody's: only the id tells.
func whoIs(people []Salesperson) whose {
	ids, names := map[string]int64{"": 0}, map[string][]int64{}
	for _, p := range people {
		ids[strconv.FormatInt(p.ID, 10)] = p.ID
		name := strings.ToLower(strings.TrimSpace(p.Name))
		names[name] = append(names[name], p.ID)
	}
	return func(text string) (person int64, code, why string) {
		key := strings.ToLower(strings.TrimSpace(text))
		if id, ok := ids[key]; ok {
			return id, "", ""
		}
		switch same := names[key]; len(same) {
		case 0:
			code, why = nobody(text)
			return 0, code, why
		case 1:
			return same[0], "", ""
		default:
			return 0, "ambiguous_person",
				fmt.Sprintf("%q is the name of %d people; give the id.", text, len(same))
		}
	}
}

func nobody(text string) (code, why string) {
	return "unknown_person", fmt.Sprintf("%q is nobody of the scenario.", text)
}

// readShapes checks the outlines of a file and converts them to WGS-84.
func readShapes(rows []ImportArea, from datum.Datum) ([]orb.MultiPolygon, error) {
	bad := ErrImport
	if len(rows) == 0 || len(rows) > MaxImportAreas {
		return nil, bad.WithField("rows", "size", fmt.Sprintf("1 to %d areas.", MaxImportAreas))
	}
	out := make([]orb.MultiPolygon, len(rows))
	corners := 0
	for i, row := range rows {
		shape := polygons(row.Shape)
		for _, p := range shape {
			for _, ring := range p {
				corners += len(ring)
			}
		}
		if corners > MaxImportCorners {
			return nil, fault(bad, i, "size",
				fmt.Sprintf("with it the file has more than %d corners.", MaxImportCorners))
		}
		if code, why := flaw(shape); code != "" {
			bad = fault(bad, i, code, why)
			continue
		}
		for _, p := range shape {
			ring := make(orb.Ring, len(p[0]))
			for k := range ring {
				ring[k] = datum.Convert(p[0][k], from, datum.WGS84)
			}
			out[i] = append(out[i], orb.Polygon{ring})
		}
	}
	return out, orNil(bad)
}

// polygons are those of a geometry, without corners that only repeat the one before;
// nil when it is no area.
func polygons(g orb.Geometry) orb.MultiPolygon {
	var out orb.MultiPolygon
	switch g := g.(type) {
	case orb.Polygon:
		out = orb.MultiPolygon{g.Clone()}
	case orb.MultiPolygon:
		out = g.Clone()
	}
	for _, p := range out {
		for i := range p {
			p[i] = slices.Compact(p[i])
		}
	}
	return out
}

// flaw says what is wrong with an outline; nothing when code is empty.
func flaw(shape orb.MultiPolygon) (code, why string) {
	if len(shape) == 0 {
		return "not_an_area", "It is no polygon."
	}
	for _, p := range shape {
		switch {
		case len(p) == 0 || len(p[0]) < 4 || p[0][0] != p[0][len(p[0])-1]:
			return "open", "The outline is not closed, or has fewer than three corners."
		case len(p) > 1:
			return "hole", "It has a hole; whose is the ground inside?"
		}
		for _, corner := range p[0] {
			if !geo.Valid(corner) {
				return "range", fmt.Sprintf("%v is no longitude and latitude in degrees.", corner)
			}
		}
		if a, b, crosses := crossing(p[0]); crosses {
			return "crosses_itself", fmt.Sprintf("The outline crosses itself near %.5f, %.5f (edges %d and %d).",
				p[0][a][0], p[0][a][1], a+1, b+1)
		}
	}
	return "", ""
}

// crossing finds two edges of a ring that cross, or touch without being neighbours,
// by a sweep from west to east: O(n log n) for outlines that do not run back and
// forth.
func crossing(ring orb.Ring) (first, second int, crosses bool) {
	n := len(ring) - 1
	order := make([]int, n)
	west := func(i int) float64 { return math.Min(ring[i][0], ring[i+1][0]) }
	east := func(i int) float64 { return math.Max(ring[i][0], ring[i+1][0]) }
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch d := west(a) - west(b); {
		case d < 0:
			return -1
		case d > 0:
			return 1
		}
		return a - b
	})
	var open []int
	for _, i := range order {
		open = slices.DeleteFunc(open, func(k int) bool { return east(k) < west(i) })
		for _, k := range open {
			a, b := min(i, k), max(i, k)
			if b-a == 1 || a == 0 && b == n-1 {
				continue
			}
			if meet(ring[a], ring[a+1], ring[b], ring[b+1]) {
				return a, b, true
			}
		}
		open = append(open, i)
	}
	return 0, 0, false
}

// meet reports whether two segments have a point in common.
func meet(a, b, c, d orb.Point) bool {
	return turn(a, b, c)*turn(a, b, d) <= 0 && turn(c, d, a)*turn(c, d, b) <= 0 &&
		math.Min(a[1], b[1]) <= math.Max(c[1], d[1]) && math.Min(c[1], d[1]) <= math.Max(a[1], b[1]) &&
		math.Min(a[0], b[0]) <= math.Max(c[0], d[0]) && math.Min(c[0], d[0]) <= math.Max(a[0], b[0])
}

// shifted reports whether outlines in China follow known boundaries only when they
// are read as GCJ-02: as they stand a quarter of the corners is more than 100 m off
// (the shift may run along an edge), and taken back less than a third of that. It looks
// at 500 corners at most.
func shifted(shapes []orb.MultiPolygon, known []gazetteer.District) bool {
	const enough, most, off = 12, 500, 100.0
	var corners orb.Ring
	for _, shape := range shapes {
		for _, p := range shape {
			corners = append(corners, p[0]...)
		}
	}
	var plain, back []float64
	step := (len(corners) + most - 1) / most
	for i := 0; i < len(corners); i += step {
		at := corners[i]
		if !datum.InChina(at) {
			return false
		}
		a, okA := toBoundary(known, at)
		b, okB := toBoundary(known, datum.Convert(at, datum.GCJ02, datum.WGS84))
		if okA && okB {
			plain, back = append(plain, a), append(back, b)
		}
	}
	if len(plain) < enough {
		return false
	}
	slices.Sort(plain)
	slices.Sort(back)
	was, now := plain[len(plain)*3/4], back[len(back)*3/4]
	return was > off && now < was/3
}

// toBoundary is the way in metres to the nearest known boundary; false beyond 2 km.
func toBoundary(known []gazetteer.District, p orb.Point) (float64, bool) {
	const far = 0.02
	best := math.Inf(1)
	for i := range known {
		if !known[i].Box.Pad(far).Contains(p) {
			continue
		}
		for _, polygon := range known[i].Shape {
			for _, ring := range polygon {
				for k := 1; k < len(ring); k++ {
					if q := nearestOn(ring[k-1], ring[k], p); math.Abs(q[0]-p[0])+math.Abs(q[1]-p[1]) < far {
						best = math.Min(best, float64(geodesic.Distance(p, q)))
					}
				}
			}
		}
	}
	return best, !math.IsInf(best, 1)
}

// nearestOn is the point of a segment that is nearest to p, on the plane at p.
func nearestOn(a, b, p orb.Point) orb.Point {
	squeeze := math.Cos(p[1] * math.Pi / 180)
	dx, dy := (b[0]-a[0])*squeeze, b[1]-a[1]
	length := dx*dx + dy*dy
	if length == 0 {
		return a
	}
	t := ((p[0]-a[0])*squeeze*dx + (p[1]-a[1])*dy) / length
	t = math.Max(0, math.Min(1, t))
	return orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])}
}
