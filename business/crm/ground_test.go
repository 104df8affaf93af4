package crm

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"beatplan/internal/db"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

// TestEveryCustomerCountsInOneArea counts by areas that meet on an edge on which
// customers stand: the map's count of an area is the length of the list that names
// it, for everybody, and what is counted adds up.
//
// feature: Y19
func TestEveryCustomerCountsInOneArea(t *testing.T) {
	c := newCompany(t)
	c.RegisterAreas("strip", strips{})
	x := c.start(t)
	h := &history{company: c, rng: rand.New(rand.NewPCG(19, 19))}
	for range 90 {
		h.step(t)
	}
	for i := range 10 {
		in := shop(fmt.Sprintf("On the edge %d", i), orb.Point{edge, 38 + float64(i)/5})
		in.Owner = pick(h.rng, anna, ben, carla)
		c.create(t, c.manager(), in)
	}
	caughtUp(t, c, x)
	west, _ := strips{}.Area(t.Context(), scope.Everything(), "west")
	east, _ := strips{}.Area(t.Context(), scope.Everything(), "east")
	areas := Partition([]Area{west, east})
	for _, sc := range []scope.Scope{scope.Everything(), only(anna), only(anna, ben), only()} {
		for _, f := range []Filter{{}, {Levels: []Level{A, B}}, {Statuses: []Status{Active}}} {
			counts, outside, unlocated := x.Select(f, sc).CountIn(areas)
			total := outside + unlocated
			for i, name := range []string{"strip:west", "strip:east"} {
				g := f
				g.Areas = []string{name}
				listed, err := c.Count(t.Context(), sc, g)
				if err != nil || listed.Total != counts[i] {
					t.Fatalf("%s: the map counts %d, the list %d (%v)", name, counts[i], listed.Total, err)
				}
				total += counts[i]
			}
			all, err := c.Count(t.Context(), sc, f)
			if err != nil || all.Total != total {
				t.Fatalf("the areas add up to %d of %d (%v)", total, all.Total, err)
			}
		}
	}
}

func TestUnknownAreasAndMarksAreRefused(t *testing.T) {
	c := newCompany(t)
	c.RegisterAreas("strip", strips{})
	c.RegisterMarks("warning", "customer_visit")
	for _, f := range []Filter{
		{Areas: []string{"strip:north"}}, {Areas: []string{"moon:1"}},
		{Marks: []string{"warning:rain"}}, {Marks: []string{"moon:full"}},
	} {
		_, err := c.Count(t.Context(), scope.Everything(), f)
		refused(t, err, ErrBadFilter)
		if e := fail.As(err); len(e.Fields) != 1 {
			t.Errorf("%+v: fields %+v", f, e.Fields)
		}
	}
	// What was never looked up selects nothing, rather than everything.
	x := c.start(t)
	c.create(t, c.manager(), shop("One", dover))
	caughtUp(t, c, x)
	if ids := x.Select(Filter{Areas: []string{"strip:west"}}, scope.Everything()).IDs(); len(ids) != 0 {
		t.Errorf("an area that nobody looked up selects %v", ids)
	}
}

// TestMarksChangeWithoutTheCustomer has a neighbour say something about everybody.
func TestMarksChangeWithoutTheCustomer(t *testing.T) {
	c := newCompany(t)
	c.RegisterMarks("warning", "customer_order")
	x := c.start(t)
	made := c.create(t, c.manager(), shop("One", dover))
	caughtUp(t, c, x)
	c.in(t, func(tx db.Tx) error {
		_, err := tx.Exec(t.Context(), `
insert into warnings.clock (customer_id, owner_id, started_on, due_on, threshold, kind)
values ($1, 0, $2::date - 7, $2, 7, 2)`, made.ID, c.Today().Add(-1).String())
		return err
	})
	if err := c.MarksChanged(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := Filter{Marks: []string{"warning:customer_order"}}
	waitFor(t, func() bool { return len(x.Select(f, scope.Everything()).IDs()) == 1 })
}

// TestAnAreaIsCountedWithoutThoseThatAreNotShown counts one of two areas that
// overlap, whose first is somebody else's: what is in both is not the second's.
func TestAnAreaIsCountedWithoutThoseThatAreNotShown(t *testing.T) {
	c := newCompany(t)
	x := c.start(t)
	c.create(t, c.manager(), shop("In both", orb.Point{edge, 39}))
	caughtUp(t, c, x)
	square := func(west, east float64, version string) Area {
		return Area{Version: version, In: orb.MultiPolygon{{{
			{west, 38}, {east, 38}, {east, 40}, {west, 40}, {west, 38}}}}}
	}
	first, second := square(edge-1, edge+0.1, "1"), square(edge-0.1, edge+1, "2")
	both := Partition([]Area{first, second})
	counts, outside, _ := x.Select(Filter{}, scope.Everything()).CountIn(both[1:])
	if counts[0] != 0 || outside != 1 {
		t.Errorf("the second counts %d, outside are %d", counts[0], outside)
	}
	counts, outside, _ = x.Select(Filter{}, scope.Everything()).CountIn([]Area{first, second})
	if counts[0] != 1 || counts[1] != 0 || outside != 0 {
		t.Errorf("in their order: %v, outside %d", counts, outside)
	}
	// Another shape of the first is another second, and so are its tiles.
	moved := Partition([]Area{square(edge-1, edge+0.2, "1b"), second})
	if both[0].Version != "1" || moved[1].Version == both[1].Version {
		t.Errorf("versions %q, %q, %q", both[0].Version, both[1].Version, moved[1].Version)
	}
}
