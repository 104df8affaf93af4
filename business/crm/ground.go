package crm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/geo/postgis"
	"beatplan/internal/db"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

// Area is ground that customers are filtered by. A customer on its edge is in it,
// unless it is in Not, too: of areas that meet, each edge belongs to one.
type Area struct {
	Name    string
	In      orb.MultiPolygon
	Not     orb.MultiPolygon // of areas that come first
	Version string           // changes when In or Not does

	box    geo.Box
	notBox geo.Box
}

// Areas knows the ground of one kind: districts, territories, what can be reached.
type Areas interface {
	// Area returns the ground of an id, as far as the caller may see it. It fails
	// with a fail.NotFound or fail.Malformed error when there is none.
	Area(ctx context.Context, sc scope.Scope, id string) (Area, error)
}

// maxAreas bounds the areas of one filter.
const maxAreas = 50

// RegisterAreas lets customers be filtered by area=kind:id. It is called while the
// program is put together.
func (s *Service) RegisterAreas(kind string, a Areas) { s.areas[kind] = a }

// GuardFilters has may refuse callers who may not filter by a kind of area or by a
// name of marks. It is called while the program is put together.
func (s *Service) GuardFilters(may func(ctx context.Context, kind string) error) { s.guard = may }

// RegisterMarks lets customers be filtered by mark=name:value. The facts stand in
// the view crm.v_mark; [Service.MarksChanged] tells that many of them did. It is
// called while the program is put together.
func (s *Service) RegisterMarks(name string, values ...string) {
	for _, v := range values {
		s.marks[name+":"+v] = true
	}
}

// MarksChanged has every replica read the marks of all customers again. Marks that
// change in the transaction of a customer's own change need no telling.
func (s *Service) MarksChanged(ctx context.Context) error {
	return s.db.InTx(ctx, func(tx db.Tx) error {
		return s.bus.Notice(ctx, tx, TopicCustomer, nil, Notice{Command: resync})
	})
}

// Resolve looks up what the filter names that neighbours know. List, count, export
// and the rest do it by themselves; [Index.Select] takes a resolved filter. It
// fails with ErrBadFilter when something is unknown, and as the guard of
// [Service.GuardFilters] does.
func (s *Service) Resolve(ctx context.Context, sc scope.Scope, f Filter) (Filter, error) {
	for _, m := range f.Marks {
		if !s.marks[m] {
			return f, ErrBadFilter.WithField("mark", "choice", fmt.Sprintf("%q is not known.", m))
		}
		name, _, _ := strings.Cut(m, ":")
		if err := s.guard(ctx, name); err != nil {
			return f, err
		}
	}
	if len(f.Areas) == 0 || f.ground != nil {
		return f, nil
	}
	if len(f.Areas) > maxAreas {
		return f, ErrBadFilter.WithField("area", "too_many",
			fmt.Sprintf("At most %d areas are allowed.", maxAreas))
	}
	for _, name := range f.Areas {
		kind, id, _ := strings.Cut(name, ":")
		source := s.areas[kind]
		if source == nil {
			return f, ErrBadFilter.WithField("area", "choice", fmt.Sprintf("%q is not known.", name))
		}
		if err := s.guard(ctx, kind); err != nil {
			return f, err
		}
		a, err := source.Area(ctx, sc, id)
		var refused *fail.Error
		if errors.As(err, &refused) && (fail.Is(err, fail.NotFound) || fail.Is(err, fail.Malformed)) {
			return f, ErrBadFilter.WithField("area", "choice",
				fmt.Sprintf("%q: %s", name, refused.Message)).Because(err)
		}
		if err != nil {
			return f, fmt.Errorf("area %s: %w", name, err)
		}
		f.ground = append(f.ground, a.ready())
	}
	return f, nil
}

// Key names what the filter selects, the shapes of its areas included: with equal
// keys the same customers are selected on one day.
func (f Filter) Key() string {
	key := f.Values().Encode()
	for _, a := range f.ground {
		key += "\x00" + a.Version
	}
	return key
}

// ready measures what was not measured yet; shapes do not change afterwards.
func (a Area) ready() Area {
	if a.box == (geo.Box{}) {
		a.box = a.In.Bound()
	}
	if a.notBox == (geo.Box{}) && len(a.Not) > 0 {
		a.notBox = a.Not.Bound()
	}
	return a
}

// Holds reports whether a place is in the area. Edges belong to it, and to what it
// leaves out, as ST_Intersects has it.
func (a Area) Holds(p orb.Point) bool {
	return a.box.Contains(p) && within(a.In, p) &&
		(len(a.Not) == 0 || !a.notBox.Contains(p) || !within(a.Not, p))
}

func within(m orb.MultiPolygon, p orb.Point) bool {
	return slices.ContainsFunc(m, func(area orb.Polygon) bool {
		return len(area) > 0 && planar.RingContains(area[0], p) &&
			!slices.ContainsFunc(area[1:], func(hole orb.Ring) bool {
				return planar.RingContains(hole, p) && !onEdge(hole, p)
			})
	})
}

func onEdge(r orb.Ring, p orb.Point) bool {
	for i := 1; i < len(r); i++ {
		a, b := r[i-1], r[i]
		if (b[0]-a[0])*(p[1]-a[1]) == (b[1]-a[1])*(p[0]-a[0]) &&
			p[0] >= min(a[0], b[0]) && p[0] <= max(a[0], b[0]) &&
			p[1] >= min(a[1], b[1]) && p[1] <= max(a[1], b[1]) {
			return true
		}
	}
	return false
}

// Partition gives every area what of its neighbours comes first in the list, so
// that a place on a common edge, or where areas overlap, is in one of them only.
func Partition(areas []Area) []Area {
	out := make([]Area, len(areas))
	for i, a := range areas {
		a.box, a.Not, a.notBox = a.In.Bound(), nil, geo.Box{}
		without := []byte(a.Version)
		for j, b := range out[:i] {
			if !b.box.Intersects(a.box) {
				continue
			}
			if len(a.Not) == 0 {
				a.notBox = b.box
			}
			a.notBox = a.notBox.Union(b.box)
			a.Not = append(a.Not, b.In...)
			without = append(append(without, 0), areas[j].Version...)
		}
		if len(a.Not) > 0 {
			sum := sha256.Sum256(without)
			a.Version += "-" + hex.EncodeToString(sum[:12])
		}
		out[i] = a
	}
	return out
}

// CountIn counts the selected customers in the first area that holds each, and
// those that are located in none.
func (s *Selection) CountIn(areas []Area) (in []int64, outside, unlocated int64) {
	ready := make([]Area, len(areas))
	for i, a := range areas {
		ready[i] = a.ready()
	}
	in = make([]int64, len(areas))
	for _, p := range s.pins() {
		if !s.filter.match(p) {
			continue
		}
		if p.Position == nil {
			unlocated++
			continue
		}
		at := slices.IndexFunc(ready, func(a Area) bool { return a.Holds(*p.Position) })
		if at < 0 {
			outside++
			continue
		}
		in[at]++
	}
	return in, outside, unlocated
}

// spellGround writes areas as PostGIS reads them from text.
func spellGround(areas []Area) (in []string, not []*string, err error) {
	for _, a := range areas {
		text, err := spellShape(a.In)
		if err != nil {
			return nil, nil, err
		}
		in = append(in, text)
		if len(a.Not) == 0 {
			not = append(not, nil)
			continue
		}
		if text, err = spellShape(a.Not); err != nil {
			return nil, nil, err
		}
		not = append(not, &text)
	}
	return in, not, nil
}

func spellShape(m orb.MultiPolygon) (string, error) {
	b, err := postgis.EWKB(m)
	if err != nil {
		return "", fmt.Errorf("shape of an area: %w", err)
	}
	return hex.EncodeToString(b), nil
}

// Mark is a fact of a neighbour about a customer that holds after a day.
type Mark struct {
	Name  string        // as it was registered: name:value
	DueOn business.Date // it holds from the day after
}

const (
	sqlMarks       = `select m.customer_id, m.name, m.due_on from crm.v_mark m`
	sqlMarksSorted = ` order by m.customer_id, m.name`
	sqlMarksOf     = sqlMarks + ` where m.customer_id` + db.Among + sqlMarksSorted
	sqlMarksIn     = sqlMarks + ` where (@from::bigint = 0 or m.customer_id between @from and @to)` +
		sqlMarksSorted
)

// readMarks adds their marks to pins.
func readMarks(ctx context.Context, q db.Querier, n Notice, pins []MapPin) error {
	rows, err := noticed(ctx, q, n, sqlMarksOf, sqlMarksIn)
	if err != nil {
		return fmt.Errorf("read marks: %w", err)
	}
	defer rows.Close()
	at := make(map[business.CustomerID]int, len(pins))
	for i := range pins {
		at[pins[i].ID] = i
	}
	names := map[string]string{} // one string for each
	for rows.Next() {
		var id business.CustomerID
		var m Mark
		if err := rows.Scan(&id, &m.Name, &m.DueOn); err != nil {
			return fmt.Errorf("read marks: %w", err)
		}
		if names[m.Name] == "" {
			names[m.Name] = m.Name
		}
		m.Name = names[m.Name]
		if i, ok := at[id]; ok {
			pins[i].Marks = append(pins[i].Marks, m)
		}
	}
	return rows.Err()
}
