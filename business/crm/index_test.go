package crm

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/geo/index"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// history gives random commands, each valid or refused, and counts what it did.
type history struct {
	*company
	rng *rand.Rand
	ids []business.CustomerID
	n   int
}

func (h *history) somewhere() orb.Point {
	if h.rng.IntN(8) == 0 { // on the edge of an area, and on its corners
		return orb.Point{edge, pick(h.rng, 38, 38.6, 39, 39.4, 40, 38.5+h.rng.Float64())}
	}
	return orb.Point{-75.8 + h.rng.Float64()*0.7, 38.5 + h.rng.Float64()*1.3}
}

func pick[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }

func (h *history) owner() business.PersonID { return pick(h.rng, 0, anna, ben, carla, dan) }

func (h *history) step(t *testing.T) {
	h.n++
	if len(h.ids) < 20 || h.rng.IntN(3) == 0 {
		in := shop(fmt.Sprintf("%s %d", pick(h.rng, "Bakery", "Bank", "永盛 店", "50%_off"), h.n), h.somewhere())
		in.Kind = pick(h.rng, "shop", "shop/bakery", "shopping", "amenity/bank", "amenity/fuel")
		in.Level = pick(h.rng, A, B, C)
		in.Status = pick(h.rng, Prospect, Active, Dormant, Lost)
		in.Owner = h.owner()
		in.VisitEveryDays = pick(h.rng, 0, 1, 3, 7, 14)
		in.Tags = pick(h.rng, []string{}, []string{"vip"}, []string{"vip", "new"}, []string{"new"})
		in.Stage = pick(h.rng, Stages()...)
		in.Channel, in.District = pick(h.rng, "", "fair"), pick(h.rng, "", "Kent", "Sussex")
		if in.Owner != 0 {
			in.SharedWith = h.sharees(in.Owner)
		}
		if h.rng.IntN(6) == 0 {
			in.Pin = nil
		}
		h.ids = append(h.ids, h.create(t, h.manager(), in).ID)
		return
	}
	id := pick(h.rng, h.ids...)
	var err error
	switch h.rng.IntN(10) {
	case 0:
		_, err = h.Update(t.Context(), h.manager(), id, 0, Patch{Pin: &Pin{Point: h.somewhere()}})
	case 1:
		_, err = h.Assign(t.Context(), h.manager(), []business.CustomerID{id}, h.owner())
	case 2:
		_, err = h.Archive(t.Context(), h.manager(), id, 0)
	case 3:
		_, err = h.Restore(t.Context(), h.manager(), id)
	case 4:
		level, no := pick(h.rng, A, B, C), h.rng.IntN(5) == 0
		_, err = h.Update(t.Context(), h.manager(), id, 0, Patch{Level: &level, NoPin: no})
	case 5:
		var now Customer
		if now, err = h.Customer(t.Context(), scope.Everything(), id); err == nil && now.Owner != 0 {
			with := h.sharees(now.Owner)
			_, err = h.Update(t.Context(), h.manager(), id, 0, Patch{SharedWith: &with})
		}
	case 7:
		h.in(t, func(tx db.Tx) error {
			last := h.clock.Now().AddDate(0, 0, -h.rng.IntN(30))
			return h.OrdersWere(t.Context(), tx, id, pick(h.rng, &last, nil), int64(h.rng.IntN(3)))
		})
	case 8:
		h.in(t, func(tx db.Tx) error {
			return h.MoneyWas(t.Context(), tx, id, int64(h.rng.IntN(5)-1)*1000, 0)
		})
	case 9:
		h.warn(t, id)
	case 6:
		h.in(t, func(tx db.Tx) error {
			at := h.clock.Now().AddDate(0, 0, -h.rng.IntN(30))
			return h.VisitBecameValid(t.Context(), tx, ValidVisit{Visit: 1, Customer: id, Person: anna,
				At: at, Day: business.DateOf(at, h.zone)})
		})
	}
	if err != nil && !isRefusal(err) {
		t.Fatal(err)
	}
}

// warn is a neighbour that says what is due, in the transaction of a change.
func (h *history) warn(t *testing.T, id business.CustomerID) {
	t.Helper()
	h.in(t, func(tx db.Tx) error {
		_, err := tx.Exec(t.Context(), `
insert into warnings.clock (customer_id, owner_id, started_on, due_on, threshold, kind)
values ($1, 0, $2::date - 7, $2, 7, $3) on conflict (customer_id, kind) do update
set started_on = excluded.started_on, due_on = excluded.due_on`,
			id, h.Today().Add(h.rng.IntN(9)-4).String(), 1+h.rng.IntN(3))
		if err != nil {
			return err
		}
		return h.MoneyWas(t.Context(), tx, id, int64(h.n), 0)
	})
}

// strips are areas between two meridians that meet on an edge, each without what is
// before it, and one with a hole.
type strips struct{}

func (strips) Area(_ context.Context, _ scope.Scope, id string) (Area, error) {
	strip := func(west, east float64) orb.Polygon {
		return orb.Polygon{{{west, 38}, {east, 38}, {east, 40}, {west, 40}, {west, 38}}}
	}
	west := Area{In: orb.MultiPolygon{strip(-75.7, edge)}, Version: "w"}
	east := Area{In: orb.MultiPolygon{strip(edge, -75)}, Version: "e"}
	switch id {
	case "west":
		return west, nil
	case "east":
		return Partition([]Area{west, east})[1], nil
	case "holed":
		hole := orb.Ring{{-75.6, 38.6}, {-75.6, 39.4}, {edge, 39.4}, {edge, 38.6}, {-75.6, 38.6}}
		return Area{In: orb.MultiPolygon{{strip(-75.7, -75)[0], hole}}, Version: "h"}, nil
	}
	return Area{}, ErrNoArea
}

// edge is a meridian on which areas meet and on which customers stand.
const edge = -75.375

// sharees is some people and teams, without the owner.
func (h *history) sharees(owner business.PersonID) []int64 {
	with := pick(h.rng, nil, nil, []int64{int64(anna)}, []int64{int64(carla), int64(ben)}, []int64{-2},
		[]int64{-1, int64(dan)})
	return unshared(with, int64(owner))
}

func isRefusal(err error) bool {
	return errors.Is(err, ErrArchived) || errors.Is(err, ErrNotArchived) ||
		errors.Is(err, ErrDuplicate) || errors.Is(err, ErrAddressNeeded)
}

// caughtUp waits until the index holds what the database holds; a minute leaves room for a busy machine, a second is the
// promise.
func caughtUp(t *testing.T, c *company, x *Index) {
	t.Helper()
	var fault string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if fault = differs(t, c, x); fault == "" {
			return
		}
	}
	t.Fatal("a minute after the last commit: " + fault)
}

// TestAChangedCustomerIsReadWithoutPlanning: both statements go by a plan that they share,
// however many customers a notice names, and find those and nobody else.
func TestAChangedCustomerIsReadWithoutPlanning(t *testing.T) {
	c, ctx := newCompany(t), t.Context()
	var ids []business.CustomerID
	for i := range 3 {
		made, err := c.Create(ctx, c.manager(), shop(fmt.Sprint("Shop ", i), orb.Point{-75, 39 + float64(i)}))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, made.ID)
	}
	c.in(t, func(tx db.Tx) error {
		for n := range 12 {
			want := ids[:1+n%2]
			pins, err := readPins(ctx, tx, Notice{IDs: want})
			if err != nil || len(pins) != len(want) || pins[0].ID != want[0] {
				t.Fatalf("%d of %d customers, %v", len(pins), len(want), err)
			}
		}
		var statements, shared int64
		err := tx.QueryRow(ctx, `select count(*), coalesce(min(generic_plans), 0)
			from pg_prepared_statements where statement like '%array(select unnest(%'
			and statement not like '%pg_prepared_statements%'`).Scan(&statements, &shared)
		if statements != 2 || shared < 5 {
			t.Errorf("%d statements, one of them %d times by the shared plan", statements, shared)
		}
		return err
	})
}

func differs(t *testing.T, c *company, x *Index) string {
	t.Helper()
	rows, err := readPins(t.Context(), c.db, Notice{})
	if err != nil {
		t.Fatal(err)
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	if len(rows) != len(x.pins) {
		return fmt.Sprintf("%d in memory, %d in the database", len(x.pins), len(rows))
	}
	located := 0
	for _, row := range rows {
		if got, want := fmt.Sprintf("%+v", flat(x.pins[row.ID])), fmt.Sprintf("%+v", flat(&row)); got != want {
			return fmt.Sprintf("customer %d is %s, want %s", row.ID, got, want)
		}
		if row.Position != nil {
			located++
		}
	}
	if n := x.tree.Snapshot().Len(); n != located {
		return fmt.Sprintf("%d in the tree, %d located", n, located)
	}
	return ""
}

func flat(p *MapPin) (out struct {
	MapPin
	At orb.Point
}) {
	if p == nil {
		return out
	}
	out.MapPin = *p
	out.shares, out.cell = 0, 0 // the index's own
	if p.Position != nil {
		out.At = *p.Position
	}
	out.Position = nil
	return out
}

func (h *history) filter() Filter {
	var f Filter
	v := url.Values{}
	one := func(name string, values ...string) {
		if h.rng.IntN(9) == 0 {
			v.Set(name, pick(h.rng, values...))
		}
	}
	one("q", "bakery", "BANK 1", "永盛", "50%", "_off", "street", "c0000", "１")
	one("owner", "11", "11,12", "none", "none,22", "4711")
	one("team", "1", "2", "1,2", "3")
	one("kind", "shop", "amenity", "shop/bakery,amenity/fuel", "=shop")
	one("level", "A", "B,C")
	one("status", "active", "lost,dormant")
	one("due", "overdue", "today,soon", "later", "none")
	one("tag", "vip", "new")
	one("bbox", "-75.6,38.8,-75.2,39.4")
	one("polygon", "-75.7,38.6;-75.2,38.6;-75.4,39.6")
	one("located", "true", "false")
	one("shared_to", "11", "22", "12,21")
	one("shared_by", "11", "12,22")
	one("stage", "new,won", "contacted")
	one("channel", "fair", "none")
	one("district", "Kent", "none,Sussex")
	one("created_from", "2026-11-25", "2026-12-01")
	one("created_to", "2026-11-26", "2026-12-04")
	one("visited_from", "2026-11-10", "2026-11-25")
	one("visited_to", "2026-11-20", "2026-11-30")
	one("unvisited_since", "2026-11-15", "2026-12-01")
	one("ordered_from", "2026-11-10", "2026-11-25")
	one("ordered_to", "2026-11-20", "2026-11-30")
	one("unordered_since", "2026-11-15", "2026-12-01")
	one("owes_from", "0", "1", "1000")
	one("owes_to", "-1", "0", "2000")
	one("mark", "warning:customer_visit", "warning:customer_order,warning:customer_sale")
	one("area", "strip:west", "strip:east", "strip:west,strip:east", "strip:holed")
	if h.rng.IntN(6) == 0 {
		for range 10 {
			f.IDs = append(f.IDs, pick(h.rng, h.ids...))
		}
	}
	parsed, err := ParseFilter(v)
	if err != nil {
		panic(err)
	}
	parsed.IDs = f.IDs
	return parsed
}

// TestIndexEqualsTheDatabaseAfterRandomHistories also compares, for random
// filters and scopes, the ids of list, count, export and map.
//
// feature: Y16
func TestIndexEqualsTheDatabaseAfterRandomHistories(t *testing.T) {
	c := newCompany(t)
	x := c.start(t)
	c.RegisterAreas("strip", strips{})
	c.RegisterMarks("warning", "customer_visit", "customer_order", "customer_sale")
	h := &history{company: c, rng: rand.New(rand.NewPCG(2026, 11))}
	scopes := []scope.Scope{scope.Everything(), only(anna), only(anna, ben), only(carla, dan), only(), only(gone)}
	compared := 0
	for range 12 {
		for range 25 {
			h.step(t)
		}
		c.clock.Advance(36 * time.Hour)
		caughtUp(t, c, x)
		compareClusters(t, c, x, Filter{}, scope.Everything())
		for range 40 {
			f, sc := h.filter(), pick(h.rng, scopes...)
			compared += compareSets(t, c, x, f, sc)
			compareClusters(t, c, x, f, sc)
		}
	}
	if compared < 1000 {
		t.Fatalf("the filters selected only %d customers in all", compared)
	}
}

// sees says independently who may see a row: the owner's scope, or a person of
// the scope with whom, or with whose team, it is shared.
func sees(sc scope.Scope, row Customer) bool {
	if sc.All || sc.Has(int64(row.Owner)) {
		return true
	}
	team := map[int64]int64{int64(anna): -1, int64(ben): -1, int64(carla): -2, int64(dan): -2, int64(gone): -2}
	for _, p := range sc.People {
		for _, with := range row.SharedWith {
			if with == p || with == team[p] {
				return true
			}
		}
	}
	return false
}

func compareSets(t *testing.T, c *company, x *Index, f Filter, sc scope.Scope) int {
	t.Helper()
	f, err := c.Resolve(t.Context(), sc, f)
	if err != nil {
		t.Fatal(err)
	}
	count, err := c.Count(t.Context(), sc, f)
	if err != nil {
		t.Fatal(err)
	}
	var exported []business.CustomerID
	for row, err := range c.Export(t.Context(), sc, f) {
		if err != nil {
			t.Fatal(err)
		}
		if !sees(sc, row) {
			t.Fatalf("export of %v shows a customer of %d", sc.People, row.Owner)
		}
		exported = append(exported, row.ID)
	}
	words := f.Values().Encode()
	if got := x.Select(f, sc).IDs(); !slices.Equal(got, exported) {
		t.Fatalf("%s for %v: the map has %v, the export %v", words, sc, got, exported)
	}
	if int64(len(exported)) != count.Total {
		t.Fatalf("%s: count %d, export %d", words, count.Total, len(exported))
	}
	for _, sort := range []Sort{ByName, ByDueDown, ByVisit, ByNumberDown, ByUpdate, ByDebtDown} {
		listed := walk(t, c, sc, f, sort)
		slices.Sort(listed)
		if !slices.Equal(listed, exported) {
			t.Fatalf("%s by %s: list %v, export %v", words, sort, listed, exported)
		}
	}
	return len(exported)
}

// walk reads a list page by page.
func walk(t *testing.T, c *company, sc scope.Scope, f Filter, sort Sort) []business.CustomerID {
	t.Helper()
	var ids []business.CustomerID
	l := List{Filter: f, Sort: sort, Limit: 7}
	for {
		page, next, err := c.List(t.Context(), sc, l)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page {
			ids = append(ids, row.ID)
		}
		if next == nil {
			return ids
		}
		l.After = *next
	}
}

// compareClusters checks that tallies and single customers make the same
// clusters at every zoom, that the counts add up, and that deeper tiles hold
// every located customer exactly once.
func compareClusters(t *testing.T, c *company, x *Index, f Filter, sc scope.Scope) {
	t.Helper()
	count, err := c.Count(t.Context(), sc, f)
	if err != nil {
		t.Fatal(err)
	}
	if f, err = c.Resolve(t.Context(), sc, f); err != nil {
		t.Fatal(err)
	}
	s := x.Select(f, sc)
	for z := uint32(0); z <= 9; z++ {
		var total int64
		for column := range uint32(1) << min(z, 3) {
			for row := range uint32(1) << min(z, 3) {
				tx, ty := zoomIn(z, column, row)
				for _, k := range compareTile(t, s, z, tx, ty) {
					total += k.Count
				}
			}
		}
		if total != count.Plotted {
			t.Fatalf("zoom %d counts %d of %d under %s", z, total, count.Plotted, f.Values().Encode())
		}
	}
	var single int64
	for column := uint32(290); column < 305; column++ { // zoom 10 over Delaware
		for row := uint32(380); row < 400; row++ {
			for range s.Points(10, column, row) {
				single++
			}
		}
	}
	if single != count.Plotted {
		t.Fatalf("%d single customers of %d", single, count.Plotted)
	}
}

// zoomIn addresses the 8 × 8 tiles around Delaware at zooms above 3.
func zoomIn(z, column, row uint32) (uint32, uint32) {
	if z <= 3 {
		return column, row
	}
	cx, cy := uint32(296)<<z>>10, uint32(390)<<z>>10
	return cx - min(cx, 4) + column, cy - min(cy, 4) + row
}

func compareTile(t *testing.T, s *Selection, z, column, row uint32) []Cluster {
	t.Helper()
	clusters := s.Clusters(z, column, row, ByOwner)
	scanned := s.scan(z, column, row, ByOwner)
	slices.SortFunc(scanned, byPlace)
	slices.SortFunc(clusters, byPlace)
	got, want := fmt.Sprintf("%+v", clusters), fmt.Sprintf("%+v", scanned)
	if got != want {
		t.Fatalf("tile %d/%d/%d: tallies say %s, customers %s", z, column, row, got, want)
	}
	for _, k := range clusters {
		var parts int64
		for _, p := range k.Parts {
			parts += p.Count
		}
		if parts != k.Count || (k.Count == 1) != (k.Single != nil) {
			t.Fatalf("tile %d/%d/%d: cluster %+v", z, column, row, k)
		}
	}
	return clusters
}

func byPlace(a, b Cluster) int {
	if a.Y != b.Y {
		return int(int64(a.Y) - int64(b.Y))
	}
	return int(int64(a.X) - int64(b.X))
}

func TestOnlyTouchedTilesChange(t *testing.T) {
	c := newCompany(t)
	x := c.start(t)
	made := c.create(t, c.manager(), shop("One", dover))
	caughtUp(t, c, x)
	for _, z := range []uint32{0, 5, 10, 14, 16, 20} {
		column, row := tileOf(dover, z)
		before := x.Changed(z, column, row)
		away := x.Changed(max(z, 8), 3, 3)
		owner := pick(rand.New(rand.NewPCG(uint64(z), 1)), anna, ben)
		if z%2 == 0 {
			owner = carla + business.PersonID(z/2%2)
		}
		given, err := c.Assign(t.Context(), c.manager(), []business.CustomerID{made.ID}, owner)
		if err != nil || given[0].Owner != owner {
			t.Fatal(given, err)
		}
		caughtUp(t, c, x)
		if given[0].Version > made.Version && x.Changed(z, column, row) <= before {
			t.Errorf("zoom %d: the customer's tile did not change", z)
		}
		made = given[0]
		if x.Changed(max(z, 8), 3, 3) != away {
			t.Errorf("zoom %d: a tile far away changed", z)
		}
	}
}

func tileOf(p orb.Point, z uint32) (column, row uint32) {
	x, y := index.Plane(p)
	return uint32(uint64(x) >> (32 - z)), uint32(uint64(y) >> (32 - z))
}

func TestIndexFollowsTeamsAndReconnects(t *testing.T) {
	c := newCompany(t)
	x := c.start(t)
	made := c.create(t, c.sells(anna), shop("Of Anna", dover))
	caughtUp(t, c, x)
	f := Filter{Teams: []business.TeamID{9}}
	if got := x.Select(f, scope.Everything()).IDs(); len(got) != 0 {
		t.Fatalf("team 9 has %v", got)
	}
	c.in(t, func(tx db.Tx) error {
		return c.SaveOwners(t.Context(), tx, []Owner{{Person: anna, Name: "Anna", Team: 9, Active: true}})
	})
	waitFor(t, func() bool {
		return slices.Equal(x.Select(f, scope.Everything()).IDs(), []business.CustomerID{made.ID})
	})
	// Break the listening connection: changes made meanwhile must not be lost.
	if _, err := c.db.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity
		where query like 'listen %' and datname = current_database()`); err != nil {
		t.Fatal(err)
	}
	c.create(t, c.sells(anna), shop("Unheard", north(500)))
	waitFor(t, func() bool { return differs(t, c, x) == "" })
}

func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatal("it did not happen within a minute")
}

func TestAFullInboxReadsEverythingInstead(t *testing.T) {
	var b inbox
	b.wake = make(chan struct{}, 1)
	for i := range maxWaiting + 10 {
		b.put(Notice{IDs: []business.CustomerID{business.CustomerID(i + 1)}})
	}
	if len(b.waiting) > maxWaiting {
		t.Fatalf("%d wait", len(b.waiting))
	}
	notices, arrived := b.take()
	if len(notices) != 1 || notices[0].Command != resync || arrived != maxWaiting+10 {
		t.Fatalf("%d notices for %d arrivals", len(notices), arrived)
	}
	b.put(Notice{IDs: []business.CustomerID{1}})
	b.put(Notice{IDs: []business.CustomerID{2, 3}})
	b.put(Notice{Owners: true})
	if notices, _ = b.take(); len(notices) != 2 || !notices[0].Owners || len(notices[1].IDs) != 3 {
		t.Fatalf("%+v", notices)
	}
}

func TestTilesReachThePolesAndTheEdges(t *testing.T) {
	x := (&Service{}).NewIndex(nil)
	x.today = func() business.Date { return business.NewDate(2026, 11, 23) }
	points := []orb.Point{{-180, 89.9}, {179.9999999, -89}, {180, 85.06}, {0, 0}, {-75.5, 39.1}}
	for i, p := range points {
		x.put(&MapPin{ID: business.CustomerID(i + 1), Position: &p, Level: A, Status: Active})
	}
	x.tree.Publish()
	s := x.Select(Filter{}, scope.Everything())
	for z := range uint32(7) {
		single, clustered := 0, int64(0)
		for column := range uint32(1) << z {
			for row := range uint32(1) << z {
				for range s.Points(z, column, row) {
					single++
				}
				for _, k := range s.Clusters(z, column, row, ByLevel) {
					clustered += k.Count
				}
			}
		}
		if single != len(points) || clustered != int64(len(points)) {
			t.Fatalf("zoom %d: %d single, %d in clusters, want %d", z, single, clustered, len(points))
		}
	}
	if !geo.Valid(points[0]) {
		t.Fatal("the test's own points are wrong")
	}
}

// TestOnlyMovesCountAsChangesOfPlaces: who keeps sets of places reads a million of them
// anew, which a visit or an order is no reason for.
func TestOnlyMovesCountAsChangesOfPlaces(t *testing.T) {
	x := newCompany(t).NewIndex(nil)
	here, there := orb.Point{-75, 39}, orb.Point{-75.1, 39}
	for _, step := range []struct {
		what  string
		do    func()
		moves bool
	}{
		{"comes", func() { x.put(&MapPin{ID: 1, Position: &here}) }, true},
		{"is visited", func() { x.put(&MapPin{ID: 1, Position: new(here), Status: Active}) }, false},
		{"moves", func() { x.put(&MapPin{ID: 1, Position: &there}) }, true},
		{"loses its place", func() { x.put(&MapPin{ID: 1}) }, true},
		{"goes", func() { x.remove(1) }, true},
	} {
		before := x.Places()
		step.do()
		if moved := x.Places() != before; moved != step.moves {
			t.Errorf("a customer that %s counts as a move: %t", step.what, moved)
		}
	}
}
