package tiles

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"beatplan/geo"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

// TestPointsAreReadByAnIndependentDecoder writes random features and reads them
// with orb's decoder.
func TestPointsAreReadByAnIndependentDecoder(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2))
	var w PointWriter
	for range 200 {
		w.Begin("things", []string{"name", "kind", "n"})
		type thing struct {
			x, y       int32
			name, kind string
			n          int64
		}
		want := map[uint64]thing{}
		for id := range uint64(rng.IntN(60)) {
			th := thing{rng.Int32N(5000) - 400, rng.Int32N(5000) - 400,
				fmt.Sprintf("名 %d", rng.IntN(1000)), []string{"shop", "", "bank"}[rng.IntN(3)],
				rng.Int64N(1 << 53)}
			want[id+1] = th
			w.Point(id+1, th.x, th.y)
			w.Text(0, th.name, false)
			w.Text(1, th.kind, true)
			w.Int(2, th.n)
		}
		data := w.Bytes()
		if len(want) == 0 {
			if data != nil {
				t.Fatal("a tile without features has bytes")
			}
			continue
		}
		layers, err := mvt.Unmarshal(data)
		if err != nil {
			t.Fatal(err)
		}
		if len(layers) != 1 || layers[0].Version != 2 || layers[0].Extent != Extent ||
			layers[0].Name != "things" || len(layers[0].Features) != len(want) {
			t.Fatalf("read %+v", layers[0])
		}
		for _, f := range layers[0].Features {
			id, _ := f.ID.(float64)
			th := want[uint64(id)]
			if f.Point() != (orb.Point{float64(th.x), float64(th.y)}) || f.Properties["name"] != th.name ||
				f.Properties["kind"] != th.kind || f.Properties["n"] != float64(th.n) {
				t.Fatalf("feature %v is %v %v, want %+v", f.ID, f.Geometry, f.Properties, th)
			}
		}
	}
}

func TestAWriterAllocatesOnceATile(t *testing.T) {
	var w PointWriter
	keys := []string{"name", "n"}
	draw := func() {
		w.Begin("things", keys)
		for i := range 500 {
			w.Point(uint64(i+1), int32(i), int32(i))
			w.Text(0, "the same", true)
			w.Int(1, int64(i%10))
		}
		if w.Bytes() == nil {
			t.Fatal("nothing was drawn")
		}
	}
	draw() // the buffers grow
	if n := testing.AllocsPerRun(20, draw); n > 1 {
		t.Errorf("%v allocations a tile, want 1", n)
	}
}

// book is a source of customers by owner; it counts how often it is asked.
type book struct {
	owners  []int64 // of the customers 1, 2, …
	changed uint64
	drawn   int
	day     int64
}

func (b *book) Bounds() geo.Box               { return geo.Box{} }
func (b *book) Version() uint64               { return b.changed }
func (b *book) Changed(_, _, _ uint32) uint64 { return b.changed }
func (b *book) Day() int64                    { return b.day }
func (b *book) Key() string                   { return strconv.FormatInt(b.day, 10) }
func (s *shelf) Lasting() bool                { return true }
func (s *shelf) Select() CustomerSelection    { return s }
func (b *book) Filter(_ context.Context, s scope.Scope, q url.Values) (CustomerFilter, error) {
	if q.Get("level") == "Z" {
		return nil, fail.New(fail.Malformed, "test.filter", "No such level.")
	}
	return &shelf{b, s}, nil
}

type shelf struct {
	*book
	scope scope.Scope
}

func (s *shelf) Clustered(z uint32) bool { return z < 5 }

func (s *shelf) Points(_, _, _ uint32, visit func(CustomerPoint)) {
	s.drawn++
	for i, owner := range s.owners {
		if s.scope.Has(owner) {
			visit(CustomerPoint{ID: int64(i + 1), X: 1 << 31, Y: 1 << 31, Name: "Secret", Owner: owner})
		}
	}
}

func (s *shelf) Clusters(_, _, _ uint32, by string, visit func(CustomerCluster)) {
	s.drawn++
	visit(CustomerCluster{X: 1 << 31, Y: 1 << 30, Count: 7, Expand: 6,
		Parts: []Part{{by, 3, 5}, {"other", 1, 2}}})
}

func tileFor(t *testing.T, c *Customers, z int, s scope.Scope, query string) Tile {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	tile, err := c.Tile(context.Background(), Request{
		Tile:  maptile.At(orb.Point{0.001, -0.001}, maptile.Zoom(z)),
		Scope: s, Query: q})
	if err != nil {
		t.Fatal(err)
	}
	return tile
}

func read(t *testing.T, tile Tile) []map[string]any {
	t.Helper()
	if tile.Empty() {
		return nil
	}
	unmarshal := mvt.Unmarshal
	if tile.Gzip {
		unmarshal = mvt.UnmarshalGzipped
	}
	layers, err := unmarshal(tile.Data)
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]any
	for _, f := range layers[0].Features {
		out = append(out, f.Properties)
	}
	return out
}

// TestNoTileCrossesScopes draws for everybody first, so that the cache is warm.
func TestNoTileCrossesScopes(t *testing.T) {
	b := &book{owners: []int64{7, 7, 8, 0}}
	c := NewCustomers(b)
	for round := range 2 {
		for _, v := range []struct {
			s    scope.Scope
			want int
		}{
			{scope.Everything(), 4}, {scope.Scope{People: []int64{7}, Version: "7"}, 2},
			{scope.Scope{People: []int64{8}, Version: "8"}, 1}, {scope.Scope{Version: "none"}, 0},
			{scope.Scope{People: []int64{7}}, 2}, {scope.Scope{People: []int64{8}}, 1},
			{scope.Scope{People: []int64{7}, Version: "all"}, 2},
		} {
			if got := len(read(t, tileFor(t, c, 12, v.s, ""))); got != v.want {
				t.Errorf("round %d: %+v sees %d customers, want %d", round, v.s, got, v.want)
			}
		}
	}
}

func TestATileIsDrawnAgainOnlyWhenSomethingInItChanged(t *testing.T) {
	b := &book{owners: []int64{7}}
	c := NewCustomers(b)
	first := tileFor(t, c, 12, scope.Everything(), "")
	again := tileFor(t, c, 12, scope.Everything(), "")
	if b.drawn != 1 || first.ETag != again.ETag || first.ETag == "" {
		t.Fatalf("drawn %d times, tags %s and %s", b.drawn, first.ETag, again.ETag)
	}
	b.changed, b.owners = 1, []int64{8}
	if changed := tileFor(t, c, 12, scope.Everything(), ""); b.drawn != 2 || changed.ETag == first.ETag {
		t.Fatalf("drawn %d times, tag %s", b.drawn, changed.ETag)
	}
}

// TestWhatIsAtHandIsWhatWouldBeDrawn asks in the same words again: for the same scope,
// on the same day, of unchanged customers there is a tile at hand, and never else.
func TestWhatIsAtHandIsWhatWouldBeDrawn(t *testing.T) {
	b := &book{owners: []int64{7, 7, 8}}
	c := NewCustomers(b)
	at := func(s scope.Scope, words string) Request {
		q, err := url.ParseQuery(words)
		if err != nil {
			t.Fatal(err)
		}
		return Request{Tile: maptile.At(orb.Point{0.001, -0.001}, 12), Scope: s, Query: q, Words: words}
	}
	seven, eight := scope.Scope{People: []int64{7}, Version: "7"}, scope.Scope{People: []int64{8}, Version: "8"}
	kept := func(r Request) int {
		if tile, ok := c.Kept(r); ok {
			return len(read(t, tile))
		}
		return -1
	}
	draw := func(r Request) {
		if _, err := c.Tile(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if n := kept(at(seven, "")); n != -1 {
		t.Errorf("%d customers are at hand before anybody asked", n)
	}
	draw(at(seven, ""))
	draw(at(eight, "level=A"))
	unspelled := at(seven, "level=A")
	unspelled.Words = "" // as archives are drawn
	draw(unspelled)
	for _, v := range []struct {
		r    Request
		want int
	}{
		{at(seven, ""), 2}, {at(eight, "level=A"), 1}, {at(seven, "level=A"), -1}, {at(eight, ""), -1},
		{at(scope.Everything(), ""), -1}, {at(scope.Scope{People: []int64{7}}, ""), -1},
	} {
		if got := kept(v.r); got != v.want {
			t.Errorf("%+v %q: %d customers are at hand, want %d", v.r.Scope, v.r.Words, got, v.want)
		}
	}
	b.changed = 1
	if n := kept(at(seven, "")); n != -1 {
		t.Error("a tile is at hand after a customer in it changed")
	}
	draw(at(seven, ""))
	b.day = 1
	if n := kept(at(seven, "")); n != -1 {
		t.Error("yesterday's tile is at hand")
	}
	draw(at(seven, ""))
	if n := kept(at(seven, "")); n != 2 {
		t.Errorf("%d customers are at hand after the day began", n)
	}
}

func TestClustersCarryCountPartsAndExpansion(t *testing.T) {
	c := NewCustomers(&book{})
	got := read(t, tileFor(t, c, 3, scope.Everything(), "by=level"))
	if len(got) != 1 || got[0]["count"] != float64(7) || got[0]["expand"] != float64(6) ||
		got[0]["parts"] != "level:3:5;other:1:2" {
		t.Fatalf("%v", got)
	}
	_, err := c.Tile(context.Background(), Request{Tile: maptile.New(0, 0, 0),
		Scope: scope.Everything(), Query: url.Values{"level": {"Z"}}})
	if !fail.Is(err, fail.Malformed) {
		t.Errorf("a filter that cannot be read: %v", err)
	}
}

func TestLargeTilesAreCompressedAndTheCacheIsBounded(t *testing.T) {
	b := &book{owners: make([]int64, 3000)}
	c := NewCustomers(b)
	c.cache.limit = 40_000
	tile := tileFor(t, c, 12, scope.Everything(), "")
	if !tile.Gzip || len(read(t, tile)) != 3000 {
		t.Fatalf("gzip %v, %d bytes", tile.Gzip, len(tile.Data))
	}
	for i := range 300 {
		tileFor(t, c, 12, scope.Scope{People: []int64{1}, Version: strings.Repeat("x", i)}, "")
	}
	if c.cache.size > c.cache.limit || len(c.cache.entries) != c.cache.order.Len() {
		t.Fatalf("%d bytes in %d entries", c.cache.size, len(c.cache.entries))
	}
}
