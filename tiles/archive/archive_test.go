package archive_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"beatplan/geo"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
	"beatplan/tiles"
	"beatplan/tiles/archive"
	"beatplan/tiles/pmtiles"
)

// depots is a layer of a place each for two people, and of an area too small to be
// seen from far away.
type depots struct{}

func (depots) Info() tiles.Info {
	return tiles.Info{Name: "depots", Attribution: "© us", MaxZoom: 16, Private: true,
		Layers: []tiles.VectorLayer{{ID: "depots", MaxZoom: 16, Fields: map[string]string{"owner": "Whose"}}}}
}

func (depots) Shapes(_ context.Context, a tiles.Ask) ([]tiles.Shape, error) {
	yard := orb.Polygon{{{10.001, 50}, {10.0011, 50}, {10.0011, 50.0001}, {10.001, 50.0001}, {10.001, 50}}}
	all := []tiles.Shape{
		{ID: 7, Geometry: orb.Point{-75.5, 39.1}, Fields: map[string]any{"owner": 7}},
		{ID: 8, Geometry: orb.Point{121.47, 31.23}, Fields: map[string]any{"owner": 8}},
		{ID: 9, Geometry: yard, Fields: map[string]any{"owner": 7}},
	}
	var out []tiles.Shape
	for _, s := range all {
		if a.Scope.Has(int64(s.Fields["owner"].(int))) && s.Geometry.Bound().Intersects(a.Box) {
			out = append(out, s)
		}
	}
	return out, nil
}

// TestALayerGoesIntoAnArchiveAndBecomesALayer packs what one person sees, and serves
// the file as a layer: the same tiles, and nothing of anybody else.
//
// feature: Y16
func TestALayerGoesIntoAnArchiveAndBecomesALayer(t *testing.T) {
	source := tiles.NewShapes(depots{})
	path := filepath.Join(t.TempDir(), "yards.pmtiles")
	r := tiles.Request{Scope: scope.Scope{People: []int64{7}}, Query: url.Values{}}
	if err := tiles.Pack(t.Context(), source, r, geo.Box{}, 14, path); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	layers := archive.Folder(filepath.Dir(path), func(string) bool { return false }, log)
	if len(layers) != 1 || layers[0].Info().Name != "yards" || layers[0].Info().Attribution != "© us" ||
		len(layers[0].Info().Layers) != 1 {
		t.Fatalf("%+v", layers)
	}
	seen := map[any]bool{}
	for _, p := range []orb.Point{{-75.5, 39.1}, {10.00105, 50.00005}, {121.47, 31.23}} {
		for z := range maptile.Zoom(15) {
			r.Tile = maptile.At(p, z)
			want, err := source.Tile(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			got, err := layers[0].Tile(t.Context(), tiles.Request{Tile: r.Tile})
			if err != nil {
				t.Fatal(err)
			}
			a, b := features(t, want), features(t, got)
			if len(a) != len(b) {
				t.Errorf("tile %v: %d features became %d", r.Tile, len(a), len(b))
			}
			for id := range b {
				seen[id] = true
			}
		}
	}
	if len(seen) != 2 || seen[float64(8)] {
		t.Errorf("in the archive are %v", seen)
	}
	if taken := archive.Folder(filepath.Dir(path), func(string) bool { return true }, log); len(taken) != 0 {
		t.Error("a file took the name of a layer")
	}
}

func features(t *testing.T, tile tiles.Tile) map[any]bool {
	t.Helper()
	if tile.Empty() {
		return nil
	}
	read := mvt.Unmarshal
	if tile.Gzip {
		read = mvt.UnmarshalGzipped
	}
	layers, err := read(tile.Data)
	if err != nil {
		t.Fatal(err)
	}
	out := map[any]bool{}
	for _, f := range layers[0].Features {
		out[f.ID] = true
	}
	return out
}

// deep is a layer of the whole world with nothing above zoom 14.
type deep struct{}

func (deep) Info() tiles.Info { return tiles.Info{Name: "deep", MinZoom: 14, MaxZoom: 14} }

func (deep) Tile(context.Context, tiles.Request) (tiles.Tile, error) { return tiles.Tile{}, nil }

func TestArchivesThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	nobody := tiles.Request{Query: url.Values{}}
	path := filepath.Join(dir, "empty.pmtiles")
	err := tiles.Pack(t.Context(), tiles.NewShapes(depots{}), nobody, geo.Box{}, 14, path)
	if !fail.Is(err, fail.NotFound) {
		t.Errorf("an archive of nothing: %v", err)
	}
	err = tiles.Pack(t.Context(), deep{}, nobody, geo.Box{}, 14, path)
	if !errors.Is(err, tiles.ErrTooManyTiles) {
		t.Errorf("a world that begins at zoom 14: %v", err)
	}
	var log bytes.Buffer
	for name, data := range map[string]string{"Big Name.pmtiles": "x", "broken.pmtiles": "PMTiles\x03"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	raster, err := pmtiles.Create(filepath.Join(dir, "photos.pmtiles"))
	if err != nil {
		t.Fatal(err)
	}
	if err := raster.Add(maptile.New(0, 0, 0), []byte("png")); err != nil {
		t.Fatal(err)
	}
	if err := raster.Close(pmtiles.Description{Metadata: map[string]any{"vector_layers": 5}}); err != nil {
		t.Fatal(err)
	}
	found := archive.Folder(dir, func(string) bool { return false }, slog.New(slog.NewTextHandler(&log, nil)))
	if len(found) != 0 || bytes.Count(log.Bytes(), []byte("level=ERROR")) != 4 {
		t.Errorf("%d layers, log:\n%s", len(found), log.String())
	}
}
