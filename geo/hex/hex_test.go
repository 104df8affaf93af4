package hex

import (
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

func TestCellHoldsItsPointAndItsCentre(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 6))
	for range 500 {
		p := orb.Point{-76 + rng.Float64(), 38.5 + rng.Float64()}
		c, err := Of(p, 9)
		if err != nil {
			t.Fatal(err)
		}
		outline, err := c.Boundary()
		if err != nil {
			t.Fatal(err)
		}
		if !planar.PolygonContains(outline, p) {
			t.Fatalf("cell %v does not hold %v", c, p)
		}
		centre, err := c.Center()
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := Of(centre, 9); again != c {
			t.Fatalf("the centre of %v lies in %v", c, again)
		}
		if back, err := Parse(c.String()); err != nil || back != c {
			t.Fatalf("%v came back as %v (%v)", c, back, err)
		}
	}
}

func TestNeighbouringAreasShareNoCell(t *testing.T) {
	square := func(w, e float64) orb.Polygon {
		return orb.Polygon{{{w, 39}, {e, 39}, {e, 39.2}, {w, 39.2}, {w, 39}}}
	}
	west, err := Cover(square(-75.8, -75.6), 8)
	if err != nil {
		t.Fatal(err)
	}
	east, err := Cover(square(-75.6, -75.4), 8)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[Cell]bool{}
	for _, c := range west {
		seen[c] = true
	}
	for _, c := range east {
		if seen[c] {
			t.Fatalf("cell %v is in both halves", c)
		}
	}
	if len(west) < 300 || len(east) < 300 {
		t.Fatalf("%d and %d cells cover 17 × 22 km, want about 500 each", len(west), len(east))
	}
}

func TestDiskAndParent(t *testing.T) {
	c, _ := Of(orb.Point{-75.5, 39.1}, 9)
	disk, err := c.Disk(2)
	if err != nil || len(disk) != 19 {
		t.Fatalf("disk of 2 has %d cells (%v), want 19", len(disk), err)
	}
	parent, err := c.Parent(7)
	if err != nil || parent.Resolution() != 7 {
		t.Fatalf("parent %v (%v)", parent, err)
	}
	if _, err := Of(orb.Point{0, 0}, 16); err == nil {
		t.Error("resolution 16 was accepted")
	}
	if _, err := Parse("no cell"); err == nil {
		t.Error("nonsense was read as a cell")
	}
}
