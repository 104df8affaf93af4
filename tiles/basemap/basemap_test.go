package basemap

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/planar"

	"beatplan/geo/osm"
	"beatplan/geo/osm/osmtest"
	"beatplan/internal/clock"
	"beatplan/tiles"
	"beatplan/tiles/clip"
	"beatplan/tiles/pmtiles"
)

var built struct {
	once sync.Once
	dir  string
	took time.Duration
	err  error
}

// delawareArchive builds the basemap of Delaware once for all tests.
func delawareArchive(t *testing.T) *pmtiles.Reader {
	t.Helper()
	extract := osmtest.Delaware(t)
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "basemap"); built.err != nil {
			return
		}
		begin := time.Now()
		last := 0.0
		built.err = Build(context.Background(), extract, filepath.Join(built.dir, "a.pmtiles"),
			func(done float64) {
				if done < last || done > 1 {
					t.Errorf("progress went from %v to %v", last, done)
				}
				last = done
			})
		built.took = time.Since(begin)
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	r, err := pmtiles.Open(filepath.Join(built.dir, "a.pmtiles"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// unpack decodes a stored tile.
func unpack(t testing.TB, data []byte) mvt.Layers {
	t.Helper()
	if data == nil {
		return nil
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	layers, err := mvt.Unmarshal(plain)
	if err != nil {
		t.Fatal(err)
	}
	return layers
}

// every visits all tiles of an archive around Delaware.
func every(t *testing.T, r *pmtiles.Reader, visit func(maptile.Tile, mvt.Layers)) {
	t.Helper()
	box := r.Header.Bounds.Pad(1)
	for z := maptile.Zoom(MinZoom); z <= MaxZoom; z++ {
		nw, se := maptile.At(orb.Point{box.Min[0], box.Max[1]}, z), maptile.At(
			orb.Point{box.Max[0], box.Min[1]}, z)
		for x := nw.X; x <= se.X; x++ {
			for y := nw.Y; y <= se.Y; y++ {
				tile := maptile.New(x, y, z)
				data, err := r.Tile(tile)
				if err != nil {
					t.Fatal(err)
				}
				if data != nil {
					visit(tile, unpack(t, data))
				}
			}
		}
	}
}

// feature: Y16
func TestDelawareTilesAreValid(t *testing.T) {
	r := delawareArchive(t)
	info, err := os.Stat(filepath.Join(built.dir, "a.pmtiles"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 40<<20 {
		t.Errorf("the archive has %d bytes", info.Size())
	}
	schema := map[string]tiles.VectorLayer{}
	for _, l := range Schema() {
		schema[l.ID] = l
	}
	seen := map[string]int{}
	count := 0
	every(t, r, func(tile maptile.Tile, layers mvt.Layers) {
		count++
		for _, l := range layers {
			known, ok := schema[l.Name]
			if !ok || l.Version != 2 || l.Extent != tiles.Extent || int(tile.Z) < known.MinZoom {
				t.Fatalf("%v: layer %s, version %d", tile, l.Name, l.Version)
			}
			for _, f := range l.Features {
				seen[l.Name]++
				checkFeature(t, tile, known, f)
			}
		}
	})
	for name := range schema {
		if seen[name] == 0 {
			t.Errorf("no feature in layer %s", name)
		}
	}
	if uint64(count) != r.Header.Addressed {
		t.Errorf("%d tiles found, the header says %d", count, r.Header.Addressed)
	}
	t.Logf("%d tiles, %d kB, built in %v on %d processors; features %v",
		count, info.Size()>>10, built.took.Round(time.Millisecond), runtime.GOMAXPROCS(0), seen)
}

func checkFeature(t *testing.T, at maptile.Tile, l tiles.VectorLayer, f *geojson.Feature) {
	t.Helper()
	for key := range f.Properties {
		if _, ok := l.Fields[key]; !ok {
			t.Fatalf("%v %s: attribute %q is not documented", at, l.ID, key)
		}
	}
	// corners may lie one unit outside because of rounding
	room := orb.Bound{Min: orb.Point{-clip.Margin - 1, -clip.Margin - 1},
		Max: orb.Point{tiles.Extent + clip.Margin + 1, tiles.Extent + clip.Margin + 1}}
	if b := f.Geometry.Bound(); !room.Contains(b.Min) || !room.Contains(b.Max) {
		t.Fatalf("%v %s: geometry reaches to %v", at, l.ID, b)
	}
	switch g := f.Geometry.(type) {
	case orb.Polygon:
		checkPolygon(t, at, g)
	case orb.MultiPolygon:
		for _, p := range g {
			checkPolygon(t, at, p)
		}
	case orb.LineString:
		checkLine(t, at, g)
	case orb.MultiLineString:
		for _, line := range g {
			checkLine(t, at, line)
		}
	case orb.Point:
		if g[0] < 0 || g[1] < 0 || g[0] > tiles.Extent || g[1] > tiles.Extent {
			t.Fatalf("%v %s: label at %v", at, l.ID, g)
		}
	default:
		t.Fatalf("%v %s: %T", at, l.ID, g)
	}
}

func checkLine(t *testing.T, at maptile.Tile, line orb.LineString) {
	t.Helper()
	for i, p := range line {
		if i > 0 && p == line[i-1] {
			t.Fatalf("%v: repeated vertex %v", at, p)
		}
	}
	if len(line) < 2 {
		t.Fatalf("%v: line of %d vertices", at, len(line))
	}
}

// checkPolygon holds a polygon to MVT 2.1 §4.3.3.3, with its own arithmetic.
func checkPolygon(t *testing.T, at maptile.Tile, p orb.Polygon) {
	t.Helper()
	for i, ring := range p {
		if len(ring) < 4 || ring[0] != ring[len(ring)-1] {
			t.Fatalf("%v: ring %d of %d vertices is not closed", at, i, len(ring))
		}
		area := 0.0
		for k := 1; k < len(ring); k++ {
			area += ring[k-1][0]*ring[k][1] - ring[k][0]*ring[k-1][1]
		}
		if (i == 0) != (area > 0) || area == 0 {
			t.Fatalf("%v: ring %d has area %v", at, i, area/2)
		}
		if i > 0 && !p[0].Bound().Pad(2).Contains(ring.Bound().Center()) {
			t.Fatalf("%v: hole %d lies outside", at, i)
		}
		if len(ring) < 120 { // all pairs of edges, for all but the largest
			checkSimple(t, at, ring)
		}
	}
}

func checkSimple(t *testing.T, at maptile.Tile, ring orb.Ring) {
	t.Helper()
	for i := 0; i+1 < len(ring); i++ {
		for j := i + 2; j+1 < len(ring); j++ {
			a, b, c, d := ring[i], ring[i+1], ring[j], ring[j+1]
			o := func(p, q, r orb.Point) float64 {
				return math.Copysign(1, (q[0]-p[0])*(r[1]-p[1])-(q[1]-p[1])*(r[0]-p[0])) *
					math.Min(1, math.Abs((q[0]-p[0])*(r[1]-p[1])-(q[1]-p[1])*(r[0]-p[0])))
			}
			if o(a, b, c)*o(a, b, d) < 0 && o(c, d, a)*o(c, d, b) < 0 {
				t.Fatalf("%v: edges %v–%v and %v–%v cross", at, a, b, c, d)
			}
		}
	}
}

// feature: Y16
func TestLandIsLandAndTheBayIsWater(t *testing.T) {
	r := delawareArchive(t)
	wet := map[string]orb.Point{
		"Delaware Bay": {-75.25, 39.10}, "mouth of the bay": {-75.05, 38.87},
		"off Rehoboth Beach": {-75.04, 38.72}, "river at New Castle": {-75.55, 39.655},
		"Rehoboth Bay": {-75.10, 38.66}, "Atlantic beyond the extract": {-74.8, 38.6},
	}
	dry := map[string]orb.Point{
		"Wilmington": {-75.5466, 39.7447}, "Dover": {-75.5244, 39.1582},
		"Rehoboth Beach": {-75.0813, 38.7209}, "Georgetown": {-75.3855, 38.6901},
		"Lewes": {-75.1394, 38.7745}, "Cape Henlopen": {-75.0880, 38.7870},
		"Pennsville NJ": {-75.509, 39.655}, "Elkton MD": {-75.83, 39.6},
	}
	for _, z := range []maptile.Zoom{6, 9, 11, 14} {
		for name, p := range wet {
			if !water(t, r, p, z) {
				t.Errorf("zoom %d: %s is land", z, name)
			}
		}
		for name, p := range dry {
			if z > 6 && water(t, r, p, z) {
				t.Errorf("zoom %d: %s is water", z, name)
			}
		}
	}
}

// water reports whether a point is drawn blue at a zoom.
func water(t *testing.T, r *pmtiles.Reader, p orb.Point, z maptile.Zoom) bool {
	t.Helper()
	at := maptile.At(p, z)
	data, err := r.Tile(at)
	if err != nil {
		t.Fatal(err)
	}
	scale := float64(int(tiles.Extent) << z)
	w := world(p)
	q := orb.Point{w[0]*scale - float64(at.X)*tiles.Extent, w[1]*scale - float64(at.Y)*tiles.Extent}
	for _, l := range unpack(t, data) {
		if l.Name != "water" {
			continue
		}
		for _, f := range l.Features {
			if polygon, ok := f.Geometry.(orb.Polygon); ok && planar.PolygonContains(polygon, q) {
				return true
			}
		}
	}
	return false
}

func TestNationalBoundariesAreLeftOut(t *testing.T) {
	every(t, delawareArchive(t), func(at maptile.Tile, layers mvt.Layers) {
		for _, l := range layers {
			for _, f := range l.Features {
				if level, ok := f.Properties["level"].(float64); ok && level < 3 {
					t.Fatalf("%v: boundary of level %v", at, level)
				}
			}
		}
	})
}

func TestSameExtractSameBytes(t *testing.T) {
	dir := t.TempDir()
	extract := filepath.Join("testdata", "coast.osm")
	var files [][]byte
	for _, name := range []string{"a", "b"} {
		out := filepath.Join(dir, name)
		if err := Build(t.Context(), extract, out, nil); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, data)
	}
	if len(files[0]) < 1000 || !bytes.Equal(files[0], files[1]) {
		t.Errorf("two builds of %d and %d bytes differ", len(files[0]), len(files[1]))
	}
}

func TestBuildRefuses(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.osm.pbf")
	if err := os.WriteFile(broken, []byte("not a map"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out.pmtiles")
	var format *osm.FormatError
	if err := Build(t.Context(), broken, out, nil); !errors.As(err, &format) {
		t.Errorf("broken extract: %v", err)
	}
	empty := filepath.Join(dir, "empty.osm")
	if err := os.WriteFile(empty, []byte(`<osm version="0.6"></osm>`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Build(t.Context(), empty, out, nil); !errors.Is(err, ErrNothing) {
		t.Errorf("empty extract: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := Build(ctx, osmtest.Delaware(t), out, func(done float64) {
		if done > readShare {
			cancel()
		}
	})
	cancel()
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a half-written archive stayed behind: %v", err)
	}
}

// shelf is a region store for tests.
type shelf struct {
	archives []Archive
	err      error
}

func (s *shelf) Basemaps() ([]Archive, error) { return slices.Clone(s.archives), s.err }

// Two regions meet: the town of one lies where the other guessed open sea.
func TestLayerMergesRegions(t *testing.T) {
	dir := t.TempDir()
	s := &shelf{}
	for _, name := range []string{"coast", "island"} {
		path := filepath.Join(dir, name)
		if err := Build(t.Context(), filepath.Join("testdata", name+".osm"), path, nil); err != nil {
			t.Fatal(err)
		}
		s.archives = append(s.archives, Archive{ID: name, Path: path})
	}
	both := s.archives
	s.archives = both[:1]
	now := clock.NewManual(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC))
	layer := New(s, now, slog.New(slog.DiscardHandler))
	at := maptile.At(orb.Point{0.051, 0.01}, 14) // east of the coast's box, on the island
	first, err := layer.Tile(t.Context(), tiles.Request{Tile: at})
	if err != nil || first.Empty() || !first.Gzip {
		t.Fatalf("one region: %v, %v", first, err)
	}
	one := layer.Info()
	if !guessed(t, first) {
		t.Error("one region guesses no sea beyond its box")
	}

	s.archives = append(both, Archive{ID: "gone", Path: filepath.Join(dir, "nowhere")})
	same, _ := layer.Tile(t.Context(), tiles.Request{Tile: at})
	if same.ETag != first.ETag {
		t.Error("the list was read again before its time")
	}
	now.Advance(refreshEvery)
	merged, err := layer.Tile(t.Context(), tiles.Request{Tile: at})
	if err != nil || merged.ETag == first.ETag {
		t.Fatalf("two regions: tag %s, %v", merged.ETag, err)
	}
	if guessed(t, merged) {
		t.Error("guessed sea covers the other region")
	}
	names := map[string]bool{}
	for _, l := range unpack(t, merged.Data) {
		if names[l.Name] {
			t.Errorf("layer %s stands twice in the tile", l.Name)
		}
		names[l.Name] = true
	}
	if !names["road"] || !names["place"] {
		t.Errorf("merged tile has layers %v", names)
	}
	if two := layer.Info(); two.Version == one.Version || !two.Bounds.Contains(one.Bounds.Max) {
		t.Errorf("info %+v after %+v", two, one)
	}
	again, _ := layer.Tile(t.Context(), tiles.Request{Tile: at})
	if again.ETag != merged.ETag {
		t.Error("the merged tile changed by itself")
	}
	if nothing, err := layer.Tile(t.Context(), tiles.Request{Tile: maptile.New(0, 0, 14)}); err != nil ||
		!nothing.Empty() {
		t.Errorf("far away: %v, %v", nothing, err)
	}
}

func guessed(t *testing.T, tile tiles.Tile) bool {
	t.Helper()
	for _, l := range unpack(t, tile.Data) {
		if l.Name == "water" && slices.ContainsFunc(l.Features, guessedSea) {
			return true
		}
	}
	return false
}
