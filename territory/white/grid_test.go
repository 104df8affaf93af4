package white

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"beatplan/geo/hex"
)

func rule() Rule { return Rule{Threshold: 0.25, Least: 0, Worth: 100_000} }

func cellOf(t *testing.T, g *Grid, p orb.Point) hex.Cell {
	t.Helper()
	c, err := g.Cell(p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func add(t *testing.T, g *Grid, c hex.Cell, v Values) {
	t.Helper()
	if err := g.Add(c, v); err != nil {
		t.Fatal(err)
	}
}

func TestSharesAddUpToTheWhole(t *testing.T) {
	for rings := range MaxRings + 1 {
		sum := kernel(rings)[0]
		for k := 1; k <= rings; k++ {
			sum += int64(6*k) * kernel(rings)[k]
			if kernel(rings)[k] >= kernel(rings)[k-1] {
				t.Errorf("%d rings: ring %d counts no less than the one before", rings, k)
			}
		}
		if sum != whole {
			t.Errorf("%d rings: the shares add up to %d of %d", rings, sum, whole)
		}
	}
}

// feature: Y17
func TestWhiteIsPotentialWithTooFewActiveCustomers(t *testing.T) {
	g, err := NewGrid(8, 0)
	if err != nil {
		t.Fatal(err)
	}
	c := cellOf(t, g, orb.Point{-75.5, 39.1})
	if g.At(c, rule()).White {
		t.Error("a cell without potential is white")
	}
	add(t, g, c, Values{Potential: 8000}) // eight shops; two customers cover them at 0.25
	if f := g.At(c, rule()); !f.White || f.Potential != 8 || f.Gap(rule()) != 8 {
		t.Errorf("eight shops and no customer: %+v", f)
	}
	add(t, g, c, Values{Active: 1})
	if f := g.At(c, rule()); !f.White || f.Coverage() != 0.125 || f.Gap(rule()) != 4 {
		t.Errorf("half of what it takes: %+v gap %v", f, f.Gap(rule()))
	}
	add(t, g, c, Values{Active: 1, Sales: 400_000})
	if f := g.At(c, rule()); f.White || f.Gap(rule()) != 0 || f.Wallet != 0.5 {
		t.Errorf("on the threshold: %+v", f)
	}
	if r := (Rule{Threshold: 0.25, Least: 9}); g.At(c, r).White {
		t.Error("less than the least potential is white")
	}
}

// A change of one thing changes its own cell and its rings, by their shares, and
// nothing else; and the whole is what one gets from scratch.
func TestAChangeStaysInItsRingsAndEqualsARecount(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		resolution := rapid.IntRange(Coarsest, Finest).Draw(rt, "resolution")
		rings := rapid.IntRange(0, MaxRings).Draw(rt, "rings")
		g, err := NewGrid(resolution, rings)
		if err != nil {
			rt.Fatal(err)
		}
		type thing struct {
			cell  hex.Cell
			value Values
		}
		var there []thing
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			if len(there) > 0 && rapid.Bool().Draw(rt, "remove") {
				i := rapid.IntRange(0, len(there)-1).Draw(rt, "which")
				if err := g.Add(there[i].cell, there[i].value.Negated()); err != nil {
					rt.Fatal(err)
				}
				there = slices.Delete(there, i, i+1)
				continue
			}
			p := orb.Point{-75.5 + 0.1*rapid.Float64Range(0, 1).Draw(rt, "lon"),
				39 + 0.1*rapid.Float64Range(0, 1).Draw(rt, "lat")}
			c, err := g.Cell(p)
			if err != nil {
				rt.Fatal(err)
			}
			v := Values{rapid.Int64Range(0, 9999).Draw(rt, "potential"),
				rapid.Int64Range(0, 2).Draw(rt, "active"), rapid.Int64Range(0, 1e9).Draw(rt, "sales")}
			before := maps.Clone(g.smooth)
			if err := g.Add(c, v); err != nil {
				rt.Fatal(err)
			}
			disk, err := c.Disk(rings)
			if err != nil {
				rt.Fatal(err)
			}
			for cell, now := range g.smooth {
				if now != before[cell] && !slices.Contains(disk, cell) {
					rt.Fatalf("adding to %v changed %v", c, cell)
				}
			}
			there = append(there, thing{c, v})
		}
		again, _ := NewGrid(resolution, rings)
		err = again.Fill(func(yield func(hex.Cell, Values) bool) {
			for _, x := range there {
				if !yield(x.cell, x.value) {
					return
				}
			}
		})
		if err != nil || !maps.Equal(g.smooth, again.smooth) || !maps.Equal(g.raw, again.raw) {
			rt.Fatalf("step by step it is not what it is at once (%v)", err)
		}
	})
}

func TestNeighboursSalesArePotentialOfTheNeighbours(t *testing.T) {
	g, _ := NewGrid(8, 1)
	c := cellOf(t, g, orb.Point{-75.5, 39.1})
	add(t, g, c, Values{Active: 1, Sales: 1800})
	r := Rule{Threshold: 0.25, PerSales: 0.01}
	if f := g.At(c, r); f.Potential != 0 {
		t.Errorf("its own sales are %v points of potential", f.Potential)
	}
	rings, _ := c.Rings(2)
	if f := g.At(rings[1][0], r); f.Potential != 1 { // 1800 × 20/360 × 0.01
		t.Errorf("beside it: %v points, want 1", f.Potential)
	}
	if f := g.At(rings[2][0], r); f.Potential != 0 {
		t.Errorf("two cells off: %v points", f.Potential)
	}
}

func TestTheWidestGapComesFirst(t *testing.T) {
	r := rule()
	list := []Figures{{Cell: 1, Potential: 2}, {Cell: 2, Potential: 1, White: true},
		{Cell: 3, Potential: 5, White: true}, {Cell: 4, Potential: 5, White: true}}
	slices.SortFunc(list, func(a, b Figures) int { return Compare(&a, &b, r) })
	var got []hex.Cell
	for _, f := range list {
		got = append(got, f.Cell)
	}
	if !slices.Equal(got, []hex.Cell{3, 4, 2, 1}) {
		t.Errorf("order %v", got)
	}
}

func TestGridRefusesWhatItIsNot(t *testing.T) {
	for _, bad := range [][2]int{{4, 0}, {10, 0}, {8, -1}, {8, 4}} {
		if _, err := NewGrid(bad[0], bad[1]); !errors.Is(err, ErrGrid) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	g, _ := NewGrid(8, 1)
	coarse, _ := hex.Of(orb.Point{0, 0}, 7)
	if err := g.Add(coarse, Values{Active: 1}); !errors.Is(err, ErrGrid) {
		t.Errorf("a cell of another resolution: %v", err)
	}
}

func TestHuffSharesDemandByPullAndDistance(t *testing.T) {
	here := orb.Point{-75.5, 39}
	north := func(km float64) orb.Point { return orb.Point{-75.5, 39 + km/111.195} }
	for _, c := range []struct {
		what    string
		outlets []Outlet
		want    float64
	}{
		{"nobody", nil, 0},
		{"only ours", []Outlet{{north(1), 1, true}}, 1},
		{"equals", []Outlet{{north(1), 1, true}, {north(-1), 1, false}}, 0.5},
		{"twice as far", []Outlet{{north(2), 1, true}, {north(-1), 1, false}}, 0.2},
		{"four times as large makes up for it", []Outlet{{north(2), 4, true}, {north(-1), 1, false}}, 0.5},
		{"beyond reach", []Outlet{{north(11), 9, true}, {north(-1), 1, false}}, 0},
		{"next door is not infinite", []Outlet{{here, 1, true}, {north(0.1), 1, false}}, 0.5},
	} {
		if got := Draw(here, c.outlets, 2, 10_000); got < c.want-0.001 || got > c.want+0.001 {
			t.Errorf("%s: %.4f, want %.4f", c.what, got, c.want)
		}
	}
}
