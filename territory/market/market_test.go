package market

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo/datum"
	"beatplan/geo/hex"
	"beatplan/internal/fail"
	"beatplan/internal/idem"
	"beatplan/territory/white"
)

// What is kept in step with random changes of customers is what one gets from
// scratch, and one changed customer touches its own cell and rings only.
func TestKeptInStepEqualsARecount(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 8))
	near := func() orb.Point {
		return orb.Point{-75.6 + 0.2*rng.Float64(), 39 + 0.2*rng.Float64()}
	}
	shops := make([]orb.Point, 200)
	for i := range shops {
		shops[i] = near()
	}
	s, n := open(t, shops...)
	cells := func(of *Service) map[hex.Cell]Cell {
		got, err := of.Cells(t.Context(), boss(), CellQuery{Limit: MaxCells})
		if err != nil {
			t.Fatal(err)
		}
		out := map[hex.Cell]Cell{}
		for _, c := range got.List {
			out[c.Cell] = c
		}
		return out
	}
	before := cells(s)
	for step := range 300 {
		id := int64(1 + rng.IntN(60))
		c := Customer{ID: id, Name: fmt.Sprintf("Stall %d", id), Kind: "shop/bakery", Point: near(),
			Owner: int64(rng.IntN(4)), Active: rng.IntN(2) == 0, Sales: rng.Int64N(1e6)}
		if i := rng.IntN(len(shops)); step%2 == 0 { // at a shop of the map, by its name
			c.Name, c.Point = spelt(i), shops[i]
		}
		touched := map[hex.Cell]bool{}
		mark := func(p orb.Point) {
			cell, _ := hex.Of(p, 8)
			disk, _ := cell.Disk(1)
			for _, k := range disk {
				touched[k] = true
			}
		}
		if old, ok := n.customers[id]; ok {
			mark(old.Point)
			if rng.IntN(5) == 0 {
				delete(n.customers, id)
				n.version, n.journal = n.version+1, append(n.journal, id)
			}
		}
		if _, kept := n.customers[id]; kept || rng.IntN(3) > 0 {
			mark(c.Point)
			n.set(c)
		}
		if step%17 == 0 {
			n.from, n.journal = n.version, nil // forgotten: all are compared
		}
		after := cells(s)
		for k, v := range after {
			if v.Figures != before[k].Figures && !touched[k] {
				t.Fatalf("step %d: cell %v changed from %+v to %+v", step, k, before[k], v)
			}
		}
		before = after
		if step%30 == 0 {
			fresh := New(s.Options)
			if again := cells(fresh); !maps.Equal(again, after) {
				t.Fatalf("step %d: kept in step it is not what it is from scratch", step)
			}
			if !slices.Equal(fresh.world.known, s.world.known) ||
				!slices.Equal(fresh.world.clients, s.world.clients) {
				t.Fatalf("step %d: other shops are customers", step)
			}
		}
	}
}

func TestRowsOfAFileAreJudgedOneByOne(t *testing.T) {
	s, _ := open(t)
	table := func(headings string, rows ...string) Table {
		out := Table{Headings: strings.Split(headings, ",")}
		for i, r := range rows {
			out.Lines, out.Rows = append(out.Lines, i+2), append(out.Rows, strings.Split(r, ","))
		}
		return out
	}
	keys := 0
	put := func(k Table) (Summary, error) {
		c := boss()
		keys++
		c.Key = idem.Key(fmt.Sprint("layer-key-", keys))
		return s.Import(t.Context(), c, NewLayer{Name: "people.csv", Kind: "potential", Table: k})
	}
	_, err := put(table("lon,lat,value", "-75.5,39.1,3", "-75.5,x,1", "39.1,-175.5,1", "-75.5,39.1,-2",
		"-75.5,39.1,", "-275,39,1"))
	refusal := fail.As(err)
	if !errors.Is(err, ErrRows) || len(refusal.Fields) != 5 || refusal.Args["wrong"] != 5 {
		t.Fatalf("five wrong rows: %v", err)
	}
	for i, want := range []fail.Field{{Path: "line 3: lat", Code: "format"}, {Path: "line 4: lat", Code: "swapped"},
		{Path: "line 5: value", Code: "range"}, {Path: "line 6: value", Code: "required"},
		{Path: "line 7: lon", Code: "range"}} {
		if f := refusal.Fields[i]; f.Path != want.Path || f.Code != want.Code {
			t.Errorf("fault %d: %+v, want %s %s", i, f, want.Path, want.Code)
		}
	}
	if list, err := s.Layers(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("half of a bad file was imported: %v %v", list, err)
	}
	if _, err := put(table("place,value", "a,1")); !errors.Is(err, ErrHeadings) {
		t.Errorf("no place: %v", err)
	}
	if _, err := put(table("cell,value", "88zz,1", "8f2aa8ccb5b6a45,1")); len(fail.As(err).Fields) != 2 {
		t.Errorf("no cell, and one too fine: %v", err)
	}
	here := orb.Point{-75.5, 39.1}
	seven, _ := hex.Of(here, 7)
	l, err := put(table("cell,value", seven.String()+",49", seven.String()+",49"))
	if err != nil || l.Rows != 2 || l.Cells != 1 {
		t.Fatalf("two rows of one cell: %+v %v", l, err)
	}
	for resolution, want := range map[int]int{6: 1, 7: 1, 8: 7, 9: 49} {
		q := CellQuery{Resolution: resolution, Limit: MaxCells}
		got, err := s.Cells(t.Context(), boss(), q)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, c := range s.world.grids {
			if c.Resolution() == resolution {
				for f := range c.All(white.Rule{Threshold: 1}) {
					sum += f.Potential
				}
			}
		}
		if sum < 97.9 || sum > 98.1 || len(got.List) < want {
			t.Errorf("resolution %d: %d cells and %.2f points of 98", resolution, len(got.List), sum)
		}
	}
	if err := s.RemoveLayer(t.Context(), l.ID); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Cells(t.Context(), boss(), CellQuery{Limit: 1}); err != nil || len(got.List) != 0 {
		t.Errorf("a forgotten file still counts: %+v %v", got, err)
	}
	if err := s.RemoveLayer(t.Context(), l.ID); !errors.Is(err, ErrNoLayer) {
		t.Errorf("forgotten twice: %v", err)
	}
}

func TestAReplayedImportAnswersTheFirst(t *testing.T) {
	s, _ := open(t)
	c := boss()
	c.Key = "layer-key"
	in := NewLayer{Name: "people.csv", Kind: "potential", Table: Table{
		[]string{"lon", "lat", "value"}, []int{2}, [][]string{{"-75.5", "39.1", "3"}}}}
	first, err := s.Import(t.Context(), c, in)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Import(t.Context(), c, in)
	if list, _ := s.Layers(t.Context()); err != nil || again != first || len(list) != 1 {
		t.Errorf("%+v, then %+v (%v); %d files", first, again, err, len(list))
	}
}

// A file in the datum of Chinese maps lands where it belongs, 500 m away.
func TestAFileInAnotherDatum(t *testing.T) {
	shanghai := orb.Point{121.4737, 31.2304}
	there := datum.Convert(shanghai, datum.WGS84, datum.GCJ02)
	row := []string{fmt.Sprint(there[0]), fmt.Sprint(there[1]), "5"}
	sums, err := readTable(Table{[]string{"经度", "纬度", "人口"}, []int{2}, [][]string{row}}, datum.GCJ02)
	want, _ := hex.Of(shanghai, white.Finest)
	if err != nil || sums[want] != 5 {
		t.Errorf("%v %v", sums, err)
	}
}

// Few rows of coarse cells would fill more cells than there is room for.
func TestAFileOfCoarseCellsIsBounded(t *testing.T) {
	middle, _ := hex.Of(orb.Point{116, 33}, white.Coarsest)
	disk, err := middle.Disk(20)
	if err != nil {
		t.Fatal(err)
	}
	table := Table{Headings: []string{"cell", "value"}}
	for i, c := range disk[:833] {
		table.Lines, table.Rows = append(table.Lines, i+2), append(table.Rows, []string{c.String(), "1"})
	}
	_, err = readTable(table, datum.WGS84)
	if !errors.Is(err, ErrRows) || fail.As(err).Fields[0].Path != "cell" {
		t.Errorf("833 cells of resolution 5: %v", err)
	}
	table.Lines, table.Rows = table.Lines[1:], table.Rows[1:]
	if sums, err := readTable(table, datum.WGS84); err != nil || len(sums) != 832 {
		t.Errorf("one less: %d %v", len(sums), err)
	}
}

func TestWhatLiesAlongARoute(t *testing.T) {
	on := func(east, north float64) orb.Point {
		return orb.Point{-75.5 + east/86_400, 39 + north/111_195}
	}
	s, n := open(t, on(1000, 100), on(1000, 400), on(1000, 900), on(3000, 0), on(-600, 0))
	if _, err := s.Along(t.Context(), boss(), 7, time.Time{}, 500); !errors.Is(err, ErrNoRoute) {
		t.Errorf("without a route: %v", err)
	}
	n.route = orb.LineString{on(0, 0), on(1500, 0), on(2000, 0)}
	found, err := s.Along(t.Context(), boss(), 7, time.Time{}, 500)
	if err != nil || len(found) != 2 {
		t.Fatalf("%+v %v", found, err)
	}
	// A supermarket 400 m off is worth four bakeries, and its way there and back less.
	if found[0].ID != "node-2" || found[0].Off < 399 || found[0].Off > 401 || found[1].ID != "node-1" {
		t.Errorf("%+v", found)
	}
	out, err := s.OfferStops(t.Context(), boss(), PersonDay{Person: 7}, []string{"node-1"})
	if err != nil || len(out) != 1 || !out[0].Made || !slices.Equal(n.offered, []int64{out[0].Customer}) {
		t.Errorf("%+v %v, offered %v", out, err, n.offered)
	}
	if n.made[0].Owner != 7 {
		t.Errorf("the stop on 7's day belongs to %d", n.made[0].Owner)
	}
}

// Ground in force goes before the nearest customer; spans compare what was visited.
func TestPeopleByGroundAndSpan(t *testing.T) {
	west, east := orb.Point{-75.7, 39}, orb.Point{-75.3, 39}
	s, n := open(t, west, east)
	n.grounds = []Ground{{Person: 7, Shape: orb.MultiPolygon{{{{-76, 38}, {-75.5, 38}, {-75.5, 40}, {-76, 40}, {-76, 38}}}}}}
	n.set(Customer{ID: 1, Name: spelt(0), Point: west, Owner: 9, Active: true})
	n.set(Customer{ID: 2, Name: "Nobody knows", Point: east, Owner: 9, Active: true})
	day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }
	n.visited["2026-11-11"], n.visited["2026-11-01"] = []int64{1, 2}, []int64{2}
	list, err := s.People(t.Context(), boss(), Focus{From: day(11), To: day(20)}, 8, 0)
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v %v", list, err)
	}
	of := map[int64]PersonSpace{}
	for _, p := range list {
		of[p.Person] = p
	}
	if p := of[7]; p.White != 0 || p.Before == nil || p.Before.White == 0 || p.Customers != 0 {
		t.Errorf("7, whose ground holds a customer that was visited of late: %+v %+v", p, p.Before)
	}
	if p := of[9]; p.Customers != 2 || p.Prospects != 1 {
		t.Errorf("9, by the nearest customer: %+v", p)
	}
	if len(s.world.grids) != 1 {
		t.Errorf("%d grids are kept beside that of no span", len(s.world.grids)-1)
	}
	span := CellQuery{Focus: Focus{From: day(21), To: day(30)}, Limit: MaxCells}
	for _, c := range []Caller{boss(), seller(9)} {
		got, err := s.Cells(t.Context(), c, span)
		if err != nil {
			t.Fatal(err)
		}
		seen := int64(0)
		for _, k := range got.List {
			seen += k.Seen
		}
		if seen != 0 || len(got.List) == 0 {
			t.Errorf("%d counts %d customers of a span without visits", c.Person, seen)
		}
	}
	mine, err := s.People(t.Context(), seller(7), Focus{}, 8, 0)
	if err != nil || len(mine) != 1 || mine[0].Person != 7 {
		t.Errorf("7 sees %+v %v", mine, err)
	}
}

func TestPagesOfProspectsHoldEachOnce(t *testing.T) {
	var points []orb.Point
	for i := range 23 {
		points = append(points, orb.Point{-75.5 + 0.01*float64(i%5), 39 + 0.01*float64(i/5)})
	}
	s, _ := open(t, points...)
	for _, near := range []*orb.Point{nil, {-75.5, 39}} {
		q := ProspectQuery{Limit: 4, Near: near}
		var ids []string
		for {
			page, next, total, err := s.Prospects(t.Context(), boss(), q)
			if err != nil || total != 23 {
				t.Fatalf("%d %v", total, err)
			}
			for i := range page {
				ids = append(ids, page[i].ID)
				if near != nil && i > 0 && page[i].Off < page[i-1].Off {
					t.Errorf("%v before %v", page[i-1].Off, page[i].Off)
				}
			}
			if next == nil {
				break
			}
			q.After = *next
		}
		slices.Sort(ids)
		if len(ids) != 23 || len(slices.Compact(ids)) != 23 {
			t.Errorf("near %v: %d prospects", near, len(ids))
		}
	}
}

func TestSettingsOutOfBoundsAreRefused(t *testing.T) {
	s, _ := open(t)
	bad := Defaults()
	bad.Rings, bad.Threshold, bad.Kinds = 4, 0, append(bad.Kinds, Weight{"shop", 1})
	_, err := s.SetSettings(t.Context(), bad)
	if !errors.Is(err, ErrInvalid) || len(fail.As(err).Fields) != 3 {
		t.Errorf("%v", err)
	}
	good := Defaults()
	good.Threshold = 0.5
	if _, err := s.SetSettings(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	if now, err := s.Settings(t.Context()); err != nil || now.Threshold != 0.5 || len(now.Kinds) != len(good.Kinds) {
		t.Errorf("%+v %v", now, err)
	}
}
