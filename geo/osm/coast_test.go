package osm

import (
	"context"
	"math/rand/v2"
	"testing"

	"beatplan/geo/osm/osmtest"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"beatplan/geo"
)

// feature: Y16
func TestSeaOfDelaware(t *testing.T) {
	var water orb.MultiPolygon
	info, err := Map(context.Background(), osmtest.Delaware(t), Options{}, MapHandler{
		Sea: func(s orb.MultiPolygon) error { water = s; return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if info.Box.Min[0] > -75.78 || info.Box.Max[1] < 39.8 {
		t.Errorf("box %v", info.Box)
	}
	for name, p := range map[string]orb.Point{
		"mouth of Delaware Bay": {-75.10, 38.90}, "Delaware Bay": {-75.25, 39.10},
		"off Rehoboth Beach": {-75.04, 38.72}, "off Bethany Beach": {-75.03, 38.54},
		"Delaware River at New Castle": {-75.55, 39.655}, "open Atlantic": {-74.97, 38.50},
		"river below the Memorial Bridge": {-75.52, 39.68}, "Atlantic beyond the box": {-74.6, 38.6},
	} {
		if !planar.MultiPolygonContains(water, p) {
			t.Errorf("%s %v is land", name, p)
		}
	}
	for name, p := range map[string]orb.Point{
		"Wilmington": {-75.5466, 39.7447}, "Dover": {-75.5244, 39.1582},
		"Rehoboth Beach": {-75.0813, 38.7209}, "Lewes": {-75.1394, 38.7745},
		"Bethany Beach": {-75.0585, 38.5396}, "Cape Henlopen": {-75.0880, 38.7870},
		"Pea Patch Island": {-75.5700, 39.5895}, "Georgetown": {-75.3855, 38.6901},
		"Bowers": {-75.4009, 39.0590}, "Pennsville NJ": {-75.5090, 39.6550},
		"Cecil County MD": {-75.85, 39.5}, "Ocean View": {-75.0891, 38.5451},
	} {
		if planar.MultiPolygonContains(water, p) {
			t.Errorf("%s %v is sea", name, p)
		}
	}
}

// A coast that runs through the box from south to north, water to its right
// (east), is closed along the border, whatever piece of it the extract holds.
func TestSeaClosesLooseEnds(t *testing.T) {
	box := geo.Box{Min: orb.Point{0, 0}, Max: orb.Point{2, 2}}
	land, wet := orb.Point{0.3, 1}, orb.Point{1.7, 1}
	for name, chains := range map[string][]orb.LineString{
		"crosses":     {{{1, -1}, {1.1, 1}, {1, 3}}},
		"begins late": {{{1, 0.5}, {1.1, 1}, {1, 3}}},
		"ends early":  {{{1, -1}, {1.1, 1}, {1, 1.5}}},
		"both loose":  {{{1, 0.6}, {1.1, 1}, {1, 1.4}}},
		"river mouth": {{{1, -1}, {1.1, 0.96}}, {{1.1, 1.04}, {1, 3}}},
		"two ways":    {{{1, -1}, {1.1, 1}, {1, 3}}, {{1.5, 1.5}, {1.6, 1.5}, {1.6, 1.6}, {1.5, 1.5}}},
	} {
		got := sea(chains, box, box, []orb.Point{{0.5, 0.2}, {0.5, 1.8}})
		if !planar.MultiPolygonContains(got, wet) || planar.MultiPolygonContains(got, land) {
			t.Errorf("%s: sea is %v", name, got)
		}
		if name == "two ways" && planar.MultiPolygonContains(got, orb.Point{1.57, 1.53}) {
			t.Error("the island is under water")
		}
	}
}

func TestSeaOfIslandsAndLakes(t *testing.T) {
	box := geo.Box{Min: orb.Point{0, 0}, Max: orb.Point{2, 2}}
	island := orb.LineString{{0.5, 0.5}, {1.5, 0.5}, {1.5, 1.5}, {0.5, 1.5}, {0.5, 0.5}}
	got := sea([]orb.LineString{island}, box, box, nil)
	if !planar.MultiPolygonContains(got, orb.Point{0.2, 0.2}) ||
		planar.MultiPolygonContains(got, orb.Point{1, 1}) {
		t.Errorf("island country: sea is %v", got)
	}
	inland := island.Clone()
	inland.Reverse() // water inside
	got = sea([]orb.LineString{inland}, box, box, nil)
	if planar.MultiPolygonContains(got, orb.Point{0.2, 0.2}) ||
		!planar.MultiPolygonContains(got, orb.Point{1, 1}) {
		t.Errorf("inland sea: sea is %v", got)
	}
	if got := sea(nil, box, box, nil); len(got) != 0 {
		t.Errorf("no coast: sea is %v", got)
	}
}

// Whatever half of a wavy coast an extract holds, the sea keeps to the east of
// where the coast is known.
func TestSeaRandomCuts(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	box := geo.Box{Min: orb.Point{0, 0}, Max: orb.Point{4, 4}}
	for range 200 {
		var coast orb.LineString
		x := 2.0
		for y := -0.5; y <= 4.5; y += 0.05 {
			x = min(2.6, max(1.4, x+(rng.Float64()-0.5)*0.1))
			coast = append(coast, orb.Point{x, y})
		}
		from, to := rng.IntN(40), 61+rng.IntN(40)
		got := sea([]orb.LineString{coast[from:to]}, box, box, nil)
		for _, p := range coast[45:56] { // near the middle, always part of the extract
			east, west := orb.Point{p[0] + 0.2, p[1]}, orb.Point{p[0] - 0.2, p[1]}
			if !planar.MultiPolygonContains(got, east) || planar.MultiPolygonContains(got, west) {
				t.Fatalf("coast %v: at %v the sea is on the wrong side", coast[from:to], p)
			}
		}
		for _, polygon := range got {
			if polygon[0].Orientation() != orb.CCW || !polygon[0].Closed() {
				t.Fatal("ring is open or wound the wrong way")
			}
		}
	}
}

// A coast that is known in a small box only is not an island, however far beyond
// the sea is drawn.
func TestSeaBeyondTheKnownBox(t *testing.T) {
	known := geo.Box{Min: orb.Point{0, 0}, Max: orb.Point{0.04, 0.04}}
	coast := orb.LineString{{0.03, 0}, {0.031, 0.01}, {0.03, 0.02}, {0.03, 0.035}}
	got := sea([]orb.LineString{coast}, known, known.Pad(0.5), nil)
	if !planar.MultiPolygonContains(got, orb.Point{0.038, 0.02}) ||
		planar.MultiPolygonContains(got, orb.Point{0.01, 0.02}) {
		t.Errorf("sea is %v", got)
	}
}
