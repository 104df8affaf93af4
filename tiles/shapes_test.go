package tiles

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/planar"

	"beatplan/geo/datum"
	"beatplan/geo/index"
	"beatplan/internal/scope"
)

// atlas is a source of some shapes; it counts how often it is read.
type atlas struct {
	shapes []Shape
	read   int
	err    error
}

func (*atlas) Info() Info {
	return Info{Name: "atlas", Private: true, Layers: []VectorLayer{{ID: "atlas"}}}
}

func (a *atlas) Shapes(_ context.Context, ask Ask) ([]Shape, error) {
	a.read++
	var out []Shape
	for _, s := range a.shapes {
		if ask.Scope.Has(s.ID) {
			out = append(out, s)
		}
	}
	return out, a.err
}

func features(t *testing.T, l Layer, r Request) map[uint64]orb.Geometry {
	t.Helper()
	got, err := l.Tile(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	out := map[uint64]orb.Geometry{}
	if got.Empty() {
		return out
	}
	read := mvt.Unmarshal
	if got.Gzip {
		read = mvt.UnmarshalGzipped
	}
	layers, err := read(got.Data)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range layers[0].Features {
		id, _ := f.ID.(float64)
		out[uint64(id)] = f.Geometry
	}
	return out
}

// TestAreasTileThePlane draws an area with a hole in all tiles of a zoom: within the
// tiles' own squares the pieces make up the area, wound as vector tiles ask.
func TestAreasTileThePlane(t *testing.T) {
	ring := orb.Ring{}
	for i := range 90 {
		a, r := float64(i)*4*math.Pi/180, 1.5+0.4*float64(i%3)
		ring = append(ring, orb.Point{110 + r*math.Cos(a), 30 + r*math.Sin(a)})
	}
	ring = append(ring, ring[0])
	hole := orb.Ring{{109.8, 29.8}, {110.2, 29.8}, {110.2, 30.2}, {109.8, 30.2}, {109.8, 29.8}}
	l := NewShapes(&atlas{shapes: []Shape{{ID: 1, Geometry: orb.Polygon{ring, hole}}}})
	for _, d := range []datum.Datum{"", datum.GCJ02, datum.BD09} {
		const z = 9
		sum := 0.0
		box := orb.Bound{Min: orb.Point{107, 27}, Max: orb.Point{113, 33}}
		low, high := maptile.At(orb.Point{box.Min[0], box.Max[1]}, z), maptile.At(orb.Point{box.Max[0], box.Min[1]}, z)
		for x := low.X; x <= high.X; x++ {
			for y := low.Y; y <= high.Y; y++ {
				r := Request{Tile: maptile.New(x, y, z), Scope: scope.Everything(), Datum: d}
				for _, g := range features(t, l, r) {
					sum += inside(t, g)
				}
			}
		}
		want := squared(orb.Polygon{ring, hole}, d, z)
		if off := math.Abs(sum-want) / want; off > 0.002 {
			t.Errorf("%q: the tiles hold %.4g of %.4g square units", d, sum, want)
		}
	}
}

// inside is the area of a drawn geometry within the tile itself.
func inside(t *testing.T, g orb.Geometry) float64 {
	t.Helper()
	areas, ok := g.(orb.MultiPolygon)
	if !ok {
		areas = orb.MultiPolygon{g.(orb.Polygon)}
	}
	sum := 0.0
	for _, p := range areas {
		for i, r := range p {
			if (r.Orientation() == orb.CCW) != (i == 0) { // y grows downwards
				t.Fatalf("ring %d is wound the wrong way", i)
			}
			sum += planar.Area(boxed(r))
		}
	}
	return sum
}

// boxed clips a ring to the square of a tile.
func boxed(r orb.Ring) orb.Ring {
	for axis := range 2 {
		for _, limit := range []float64{0, Extent} {
			var out orb.Ring
			in := func(p orb.Point) bool { return (limit == 0) == (p[axis] >= limit) || p[axis] == limit }
			for i := 1; i < len(r); i++ {
				a, b := r[i-1], r[i]
				if in(a) {
					out = append(out, a)
				}
				if in(a) != in(b) {
					f := (limit - a[axis]) / (b[axis] - a[axis])
					out = append(out, orb.Point{a[0] + f*(b[0]-a[0]), a[1] + f*(b[1]-a[1])})
				}
			}
			if len(out) == 0 {
				return nil
			}
			r = append(out, out[0])
		}
	}
	return r
}

func squared(p orb.Polygon, d datum.Datum, z int) float64 {
	var out orb.Polygon
	for _, r := range p {
		line := onSquare(orb.LineString(r), d)
		for i := range line {
			line[i] = orb.Point{line[i][0] * Extent * math.Exp2(float64(z)), line[i][1] * Extent * math.Exp2(float64(z))}
		}
		out = append(out, orb.Ring(line))
	}
	return math.Abs(planar.Area(out[0])) - math.Abs(planar.Area(out[1]))
}

// towns is a source of customers spread over a box, in single points everywhere.
type towns struct {
	book
	points []CustomerPoint
}

func (s *towns) Filter(context.Context, scope.Scope, url.Values) (CustomerFilter, error) {
	return s, nil
}
func (s *towns) Key() string               { return "" }
func (s *towns) Lasting() bool             { return true }
func (s *towns) Select() CustomerSelection { return s }
func (s *towns) Clustered(z uint32) bool   { return z <= 11 }

func (s *towns) Points(z, column, row uint32, visit func(CustomerPoint)) {
	for _, p := range s.points {
		if uint32(uint64(p.X)>>(32-z)) == column && uint32(uint64(p.Y)>>(32-z)) == row {
			visit(p)
		}
	}
}

func (s *towns) Clusters(z, column, row uint32, _ string, visit func(CustomerCluster)) {
	s.Points(z, column, row, func(p CustomerPoint) {
		visit(CustomerCluster{X: p.X, Y: p.Y, Count: 1, Single: &p})
	})
}

// TestShiftedTilesHoldEachCustomerOnce draws customers for maps of another datum:
// each is in exactly one tile of a zoom, where the shift puts it, within a unit.
func TestShiftedTilesHoldEachCustomerOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 9))
	source := &towns{}
	places := map[uint64]orb.Point{}
	for i := range 300 {
		p := orb.Point{121.4 + rng.Float64()*0.1, 31.2 + rng.Float64()*0.1}
		if i%3 == 0 { // at the edge of the shift's rectangle
			p = orb.Point{137.78 + rng.Float64()*0.1, 35 + rng.Float64()*0.1}
		}
		x, y := index.Plane(p)
		source.points = append(source.points, CustomerPoint{ID: int64(i + 1), X: x, Y: y, Name: "c"})
		places[uint64(i+1)] = p
	}
	l := NewCustomers(source)
	for _, d := range []datum.Datum{datum.WGS84, datum.GCJ02, datum.BD09} {
		for _, z := range []uint32{5, 9, 11, 13, 16} {
			wanted := map[maptile.Tile][]uint64{}
			for id, p := range places {
				q := datum.Convert(p, datum.WGS84, d)
				x, y := tileOn(q, z)
				for dx := range uint32(3) {
					for dy := range uint32(3) {
						at := maptile.New(x+dx-1, y+dy-1, maptile.Zoom(z))
						if _, ok := wanted[at]; !ok {
							wanted[at] = nil
						}
					}
				}
				at := maptile.New(x, y, maptile.Zoom(z))
				wanted[at] = append(wanted[at], id)
			}
			for at, ids := range wanted {
				got := features(t, l, Request{Tile: at, Scope: scope.Everything(), Datum: d})
				if len(got) != len(ids) {
					t.Fatalf("%s %v: %d customers, want %v", d, at, len(got), ids)
				}
				for _, id := range ids {
					px, py := index.Plane(datum.Convert(places[id], datum.WGS84, d))
					p, ok := got[id].(orb.Point)
					if !ok || math.Abs(p[0]-float64(inTile(px, z))) > 1 || math.Abs(p[1]-float64(inTile(py, z))) > 1 {
						t.Fatalf("%s %v: customer %d at %v, want %d %d", d, at, id, got[id], inTile(px, z), inTile(py, z))
					}
				}
			}
		}
	}
}

// TestAMomentIsReadOnceAndNeverCrossesScopes asks for the tiles of a view.
func TestAMomentIsReadOnceAndNeverCrossesScopes(t *testing.T) {
	source := &atlas{}
	for i := range 50 {
		source.shapes = append(source.shapes, Shape{ID: int64(i + 1),
			Geometry: orb.LineString{{float64(i), 10}, {float64(i) + 0.5, 10.5}}})
	}
	now := time.Unix(0, 0)
	l := NewShapes(NewMoment(source, Fresh, func() time.Time { return now }))
	ask := func(s scope.Scope) int {
		seen := map[uint64]bool{}
		for x := range uint32(8) {
			for y := range uint32(8) {
				for id := range features(t, l, Request{Tile: maptile.New(x, y, 3), Scope: s}) {
					seen[id] = true
				}
			}
		}
		return len(seen)
	}
	for i, c := range []struct {
		scope scope.Scope
		sees  int
		reads int
	}{
		{scope.Everything(), 50, 1}, {scope.Scope{People: []int64{3, 4}, Version: "a"}, 2, 2},
		{scope.Everything(), 50, 2}, {scope.Scope{People: []int64{5}, Version: "a"}, 1, 3},
		{scope.Scope{Version: "b"}, 0, 4},
	} {
		if n := ask(c.scope); n != c.sees || source.read != c.reads {
			t.Fatalf("%d: %d shapes by %d reads, want %+v", i, n, source.read, c)
		}
	}
	now = now.Add(Fresh)
	if ask(scope.Everything()); source.read != 5 {
		t.Fatalf("%d reads after a second", source.read)
	}
	source.err = fmt.Errorf("away")
	now = now.Add(Fresh)
	if _, err := l.Tile(t.Context(), Request{Tile: maptile.New(0, 0, 0), Scope: scope.Everything()}); err == nil {
		t.Fatal("an error was swallowed")
	}
	source.err = nil
	if ask(scope.Everything()) != 50 {
		t.Fatal("an error was kept")
	}
}

// TestATileOfAnotherDatumComesFromFewTiles asks where nothing is shifted, and deep
// within China.
func TestATileOfAnotherDatumComesFromFewTiles(t *testing.T) {
	for _, d := range []datum.Datum{datum.GCJ02, datum.BD09} {
		delaware := maptile.At(orb.Point{-75.5, 39.1}, 16)
		if got := sources(delaware, d); len(got) != 1 || got[0] != delaware {
			t.Errorf("%s: %d tiles where nothing is shifted", d, len(got))
		}
		if p := (orb.Point{-75.5, 39.1}); datum.Convert(p, datum.WGS84, d) != p {
			t.Errorf("%s shifts outside of China", d)
		}
		if got := sources(maptile.At(orb.Point{121.4, 31.2}, 16), d); len(got) > 9 {
			t.Errorf("%s: %d tiles in Shanghai", d, len(got))
		}
	}
}
