package tilesapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb/encoding/mvt"

	"beatplan/api"
	"beatplan/api/tilesapi"
	"beatplan/business"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
	"beatplan/tiles"
	"beatplan/tiles/basemap"
)

// door knows one token.
type door struct{}

func (door) Caller(_ context.Context, c api.Credential) (api.Caller, error) {
	if c.Token != "good" {
		return api.Caller{}, fail.New(fail.Unauthenticated, "test.nobody", "Nobody.")
	}
	return api.Caller{Actor: business.Actor{Person: 7}, Scope: scope.Scope{People: []int64{7}}}, nil
}

// one is a store with one region.
type one string

func (path one) Basemaps() ([]basemap.Archive, error) {
	return []basemap.Archive{{ID: "town", Path: string(path)}}, nil
}

// wall is the clock of the machine.
type wall struct{}

func (wall) Now() time.Time { return time.Now().UTC() }

var drawn struct {
	once sync.Once
	dir  string
	err  error
}

// archive draws the town of the basemap's tests, once.
func archive(t *testing.T) string {
	t.Helper()
	drawn.once.Do(func() {
		if drawn.dir, drawn.err = os.MkdirTemp("", "tilesapi"); drawn.err != nil {
			return
		}
		extract := filepath.Join("..", "..", "tiles", "basemap", "testdata", "coast.osm")
		drawn.err = basemap.Build(context.Background(), extract, filepath.Join(drawn.dir, "a"), nil)
	})
	if drawn.err != nil {
		t.Fatal(drawn.err)
	}
	return filepath.Join(drawn.dir, "a")
}

func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(drawn.dir)
	os.Exit(code)
}

// server serves the town of the basemap's tests and a layer that tells the scope.
func server(t *testing.T) http.Handler {
	t.Helper()
	out := archive(t)
	log := slog.New(slog.DiscardHandler)
	a := api.New(api.Options{Version: "test", Sessions: door{}, Log: log, Now: time.Now})
	tilesapi.Surface{
		Layers: []tiles.Layer{basemap.New(one(out), wall{}, log), private{"mine"}, private{"guarded"}},
		Needs:  map[string]business.Permission{"guarded": business.CustomersRead},
	}.Mount(a)
	t.Cleanup(a.Close)
	return a.Handler()
}

// private is a layer whose tiles name the people in scope.
type private struct{ name string }

func (p private) Info() tiles.Info {
	return tiles.Info{Name: p.name, MaxZoom: 16, Version: "3", Private: true,
		Layers: []tiles.VectorLayer{{ID: p.name, Fields: map[string]string{"name": "Name", "count": "How many"}}}}
}

func (private) Tile(_ context.Context, r tiles.Request) (tiles.Tile, error) {
	data, err := json.Marshal([]any{r.Scope.People, r.Query})
	return tiles.Tile{Data: data, ETag: tiles.ETag(data)}, err
}

// answer is a response with its body read.
type answer struct {
	StatusCode int
	Header     http.Header
	data       []byte
}

func get(t *testing.T, h http.Handler, path string, headers ...string) answer {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Authorization", "Bearer good")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{w.Code, w.Result().Header, w.Body.Bytes()} // a recorder's body is memory
}

func body(_ *testing.T, r answer) []byte { return r.data }

const town = "/tiles/basemap/14/8192/8191.mvt"

// feature: Y16
func TestTileIsPassedThroughWithItsTag(t *testing.T) {
	h := server(t)
	r := get(t, h, town, "Accept-Encoding", "deflate, gzip")
	packed := body(t, r)
	if r.StatusCode != http.StatusOK || r.Header.Get("Content-Encoding") != "gzip" ||
		r.Header.Get("Content-Type") != "application/vnd.mapbox-vector-tile" {
		t.Fatalf("%d %v", r.StatusCode, r.Header)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	layers, err := mvt.Unmarshal(plain)
	if err != nil || len(layers) == 0 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	tag := r.Header.Get("ETag")
	if tag == "" || strings.HasPrefix(tag, "W/") {
		t.Fatalf("tag %q", tag)
	}
	same := get(t, h, town, "Accept-Encoding", "gzip", "If-None-Match", `"old", `+tag)
	if same.StatusCode != http.StatusNotModified || len(body(t, same)) != 0 || same.Header.Get("ETag") != tag {
		t.Errorf("If-None-Match: %d %v", same.StatusCode, same.Header)
	}
	other := get(t, h, town, "Accept-Encoding", "gzip", "If-None-Match", `"old"`)
	if other.StatusCode != http.StatusOK {
		t.Errorf("another tag: %d", other.StatusCode)
	}

	for _, accept := range []string{"", "identity", "gzip;q=0"} {
		r := get(t, h, town, "Accept-Encoding", accept)
		if b := body(t, r); r.Header.Get("Content-Encoding") != "" || !bytes.Equal(b, plain) {
			t.Errorf("Accept-Encoding %q: %v, %d bytes", accept, r.Header, len(b))
		}
		if r.Header.Get("ETag") == tag {
			t.Errorf("Accept-Encoding %q: other bytes, same tag", accept)
		}
	}
}

func TestTilesThatAreNot(t *testing.T) {
	h := server(t)
	for path, want := range map[string]int{
		"/tiles/basemap/14/0/0.mvt":                 204,
		"/tiles/basemap/3/4/3.mvt":                  204, // above the drawn zooms
		"/tiles/basemap/30/1/1.mvt":                 400,
		"/tiles/basemap/23/1/1.mvt":                 400,
		"/tiles/basemap/2/4/0.mvt":                  400,
		"/tiles/basemap/2/0/4.mvt":                  400,
		"/tiles/basemap/-1/0/0.mvt":                 400,
		"/tiles/basemap/a/b/c.mvt":                  400,
		"/tiles/basemap/14/99999999999999/0.mvt":    400,
		"/tiles/nothing/2/0/0.mvt":                  404,
		"/tiles/guarded/2/0/0.mvt":                  403,
		"/tiles/guarded.json":                       403,
		"/tiles/mine/2/0/0.mvt?datum=bd09":          200,
		"/tiles/mine/2/0/0.mvt?datum=mars":          400,
		"/tiles/basemap/2/0/0.mvt?datum=gcj02":      400,
		"/tiles/nothing.json":                       404,
		"/tiles/style/loud.json":                    404,
		"/tiles/style/light.json":                   200,
		"/tiles/basemap/14/8192/8191.mvt?lang=zh&x": 200,
	} {
		r := get(t, h, path)
		if r.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, r.StatusCode, want)
		}
		if want >= 400 && r.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s", path, r.Header.Get("Content-Type"))
		}
	}
	for _, path := range []string{town, "/tiles/basemap.json", "/tiles/style/dark.json"} {
		if r := get(t, h, path, "Authorization", "Bearer bad"); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s without a session: %d", path, r.StatusCode)
		}
	}
}

func TestTileJSONLeadsToTiles(t *testing.T) {
	h := server(t)
	r := get(t, h, "http://maps.example/tiles/basemap.json")
	var doc tiles.TileJSON
	if err := json.Unmarshal(body(t, r), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.TileJSON != "3.0.0" || doc.MinZoom != basemap.MinZoom || doc.MaxZoom != basemap.MaxZoom ||
		!strings.Contains(doc.Attribution, "© OpenStreetMap contributors") ||
		len(doc.VectorLayers) != len(basemap.Schema()) || doc.Bounds[0] >= doc.Bounds[2] {
		t.Errorf("%+v", doc)
	}
	address := strings.NewReplacer("{z}", "14", "{x}", "8192", "{y}", "8191").Replace(doc.Tiles[0])
	if !strings.HasPrefix(address, "http://maps.example/tiles/basemap/14/") {
		t.Fatalf("tiles at %s", address)
	}
	tile := get(t, h, address)
	if tile.StatusCode != http.StatusOK || !strings.Contains(tile.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("%s: %d %v", address, tile.StatusCode, tile.Header)
	}
	stale := get(t, h, town+"?v=older")
	if stale.Header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("another version: %v", stale.Header)
	}
	if again := get(t, h, "http://maps.example/tiles/basemap.json",
		"If-None-Match", r.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("TileJSON again: %d", again.StatusCode)
	}
}

func TestPrivateLayersSeeScopeAndFilter(t *testing.T) {
	h := server(t)
	r := get(t, h, "/tiles/mine/3/1/1.mvt?level=A&v=3")
	if got := string(body(t, r)); got != `[[7],{"level":["A"]}]` {
		t.Errorf("the layer saw %s", got)
	}
	if r.Header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("%v", r.Header)
	}
	var doc tiles.TileJSON
	if err := json.Unmarshal(body(t, get(t, h, "/tiles/mine.json?level=A")), &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(doc.Tiles[0], ".mvt?level=A") {
		t.Errorf("tiles at %s", doc.Tiles[0])
	}
}

func TestStyleNamesItsSource(t *testing.T) {
	h := server(t)
	r := get(t, h, "/tiles/style/dark.json?lang=zh", "X-Forwarded-Proto", "https")
	var doc struct {
		Sources map[string]tiles.TileJSON
	}
	if err := json.Unmarshal(body(t, r), &doc); err != nil {
		t.Fatal(err)
	}
	var said tiles.TileJSON
	r = get(t, h, "/tiles/basemap.json", "X-Forwarded-Proto", "https")
	if err := json.Unmarshal(body(t, r), &said); err != nil {
		t.Fatal(err)
	}
	own := doc.Sources["basemap"]
	if len(own.Tiles) != 1 || !strings.HasPrefix(own.Tiles[0], "https://example.com/tiles/basemap/") ||
		own.Tiles[0] != said.Tiles[0] || own.Bounds != said.Bounds ||
		own.MinZoom != said.MinZoom || own.MaxZoom != said.MaxZoom {
		t.Errorf("source %+v, by TileJSON %+v", own, said)
	}
}

// The archive is read whole, and by ranges as PMTiles clients do.
func TestExport(t *testing.T) {
	h := server(t)
	whole := get(t, h, "/tiles/basemap.pmtiles")
	disk, err := os.ReadFile(archive(t))
	if err != nil {
		t.Fatal(err)
	}
	if whole.StatusCode != http.StatusOK || !bytes.Equal(whole.data, disk) {
		t.Errorf("%d, %d bytes of %d", whole.StatusCode, len(whole.data), len(disk))
	}
	head := get(t, h, "/tiles/basemap.pmtiles?region=town", "Range", "bytes=0-126")
	if head.StatusCode != http.StatusPartialContent || !bytes.Equal(head.data, disk[:127]) {
		t.Errorf("range: %d, %d bytes", head.StatusCode, len(head.data))
	}
	for _, path := range []string{"/tiles/mine.pmtiles", "/tiles/nothing.pmtiles",
		"/tiles/basemap.pmtiles?region=elsewhere"} {
		if r := get(t, h, path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
}

// TestStylesAndListHoldWhatTheCallerMayRead: a style draws the layers it is asked for,
// with the filter of the address, and no other.
func TestStylesAndListHoldWhatTheCallerMayRead(t *testing.T) {
	h := server(t)
	for _, theme := range []string{"light", "dark", "print"} {
		r := get(t, h, "http://maps.example/tiles/style/"+theme+".json?lang=en&layers=mine,basemap,mine&level=A")
		var doc struct {
			Sources map[string]struct{ URL string }
			Layers  []struct {
				ID, Source string
			}
		}
		if err := json.Unmarshal(body(t, r), &doc); err != nil || r.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %v", theme, r.StatusCode, err)
		}
		if len(doc.Sources) != 2 || doc.Sources["mine"].URL != "http://maps.example/tiles/mine.json?level=A" {
			t.Errorf("%s: sources %+v", theme, doc.Sources)
		}
		seen, drawn := map[string]bool{}, 0
		for _, l := range doc.Layers {
			if seen[l.ID] {
				t.Errorf("%s: two layers %s", theme, l.ID)
			}
			seen[l.ID] = true
			if l.Source == "mine" {
				drawn++
			}
		}
		if drawn < 5 {
			t.Errorf("%s: %d layers draw it", theme, drawn)
		}
	}
	for path, want := range map[string]int{
		"/tiles/style/light.json?layers=guarded": http.StatusForbidden,
		"/tiles/style/light.json?layers=nothing": http.StatusNotFound,
	} {
		if r := get(t, h, path); r.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, r.StatusCode, want)
		}
	}
	text := string(body(t, get(t, h, "/v1/map/layers")))
	if !strings.Contains(text, `"name":"mine"`) || !strings.Contains(text, `"name":"basemap"`) ||
		strings.Contains(text, "guarded") {
		t.Error(text)
	}
}
