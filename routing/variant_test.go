package routing

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/routing/network"
	"beatplan/routing/path"
)

// A fast road past a slow one: 2 is reached over the motorway unless it is excluded
// or its jam makes the slow road faster.
const bypass = `<osm version="0.6">
<node id="1" lon="7.00" lat="43.00"/><node id="2" lon="7.10" lat="43.00"/>
<node id="3" lon="7.00" lat="43.02"/><node id="4" lon="7.10" lat="43.02"/>
<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="secondary"/><tag k="name" v="Slow"/></way>
<way id="2"><nd ref="1"/><nd ref="3"/><tag k="highway" v="motorway_link"/><tag k="oneway" v="no"/></way>
<way id="3"><nd ref="3"/><nd ref="4"/><tag k="highway" v="motorway"/><tag k="oneway" v="no"/>
  <tag k="maxspeed" v="150"/><tag k="name" v="Fast"/></way>
<way id="4"><nd ref="4"/><nd ref="2"/><tag k="highway" v="motorway_link"/><tag k="oneway" v="no"/></way>
</osm>`

func TestVariants(t *testing.T) {
	dir := t.TempDir()
	importTown(t, dir, "bypass", bypass)
	roads := openRoads(t, dir)
	e, err := roads.Engine("bypass")
	if err != nil {
		t.Fatal(err)
	}
	ends := []orb.Point{{7.0005, 43.0}, {7.0995, 43.0}}
	free := mustRoute(t, e, ends)
	if free.Legs[0].Streets[0] != "Slow" && len(free.Legs[0].Line) < 3 {
		t.Fatalf("free: %v", free.Legs[0].Streets)
	}
	for _, hours := range []string{"night", "morning", "midday", "evening", "weekend"} {
		v, err := e.Variant(Variant{Hours: hours})
		if err != nil {
			t.Fatal(err)
		}
		got := mustRoute(t, v, ends)
		if hours == "night" && got.Duration != free.Duration || hours != "night" && got.Duration <= free.Duration {
			t.Errorf("%s takes %v, free %v", hours, got.Duration, free.Duration)
		}
		again, err := e.Variant(Variant{Hours: hours})
		if err != nil || again != v {
			t.Errorf("%s is made twice: %v", hours, err)
		}
	}
	without, err := roads.Variant(Variant{Exclude: []string{"motorway"}})
	if err != nil {
		t.Fatal(err)
	}
	slow, err := without.Route(t.Context(), ends)
	if err != nil || len(slow.Legs[0].Line) != 2 {
		t.Errorf("without motorway: %v %v", slow.Legs, err)
	}
	// The motorway itself is no place to snap to then.
	if s, err := without.Snap(orb.Point{7.05, 43.02}, 5000); err != nil || s.Street != "Slow" {
		t.Errorf("snapped to %q, %v", s.Street, err)
	}
	for _, v := range []Variant{{Hours: "teatime"}, {Exclude: []string{"bridge"}}} {
		if _, err := e.Variant(v); !errors.Is(err, ErrUnknownVariant) {
			t.Errorf("%v: %v", v, err)
		}
	}
}

func mustRoute(t *testing.T, e *Engine, pts []orb.Point) Route {
	t.Helper()
	r, err := e.Route(t.Context(), pts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A variant's costs equal Dijkstra's on its own graph.
func TestVariantEqualsDijkstra(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	dir := t.TempDir()
	importTown(t, dir, "grid", gridTown(rng, 10))
	e, err := openRoads(t, dir).Engine("grid")
	if err != nil {
		t.Fatal(err)
	}
	v, err := e.Variant(Variant{Hours: "evening"})
	if err != nil {
		t.Fatal(err)
	}
	q := v.search.Get()
	defer v.search.Put(q)
	slower := 0
	for range 20 {
		seed := []path.Seed{{Vertex: uint32(rng.IntN(v.net.States()))}}
		want, free := path.Dijkstra(v.net.Graph(), seed), path.Dijkstra(e.net.Graph(), seed)
		for range 50 {
			to := uint32(rng.IntN(v.net.States()))
			if got := q.Cost(seed, []path.Seed{{Vertex: to}}); got != want[to] {
				t.Fatalf("%v, want %v", got, want[to])
			}
			if want[to] < network.Infinite && want[to] > free[to] {
				slower++
			}
		}
	}
	if slower < 500 {
		t.Errorf("only %d are slower in the evening", slower)
	}
}

func TestHoursAt(t *testing.T) {
	for text, want := range map[string]string{
		"2026-11-20T06:29:00+08:00": "night", "2026-11-20T06:30:00+08:00": "morning",
		"2026-11-20T09:30:00Z": "midday", "2026-11-20T16:30:00Z": "evening",
		"2026-11-20T19:30:00Z": "night", "2026-11-21T12:00:00Z": "weekend", "2026-11-22T23:00:00Z": "night",
	} {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := HoursAt(at); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

// A stored snap is the same snap, until the network is another one.
func TestStoredSnap(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 8))
	dir := t.TempDir()
	town := gridTown(rng, 10)
	importTown(t, dir, "grid", town)
	roads := openRoads(t, dir)
	e, err := roads.Engine("grid")
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string]Snap{}
	for range 200 {
		p := orb.Point{7 + rng.Float64()*0.03, 43 + rng.Float64()*0.02}
		s, err := e.SnapWith(p, SnapOptions{Approach: Approach(rng.IntN(3))})
		if err != nil {
			t.Fatal(err)
		}
		text := s.Compact()
		back, err := roads.Restore(text)
		off := math.Abs(float64(back.Distance - s.Distance))
		back.Distance = s.Distance
		if err != nil || back != s || off > 0.006 || len(text) != 28 {
			t.Fatalf("%+v came back as %+v, %v, %q", s, back, err, text)
		}
		stored[text] = s
	}
	other := t.TempDir()
	importTown(t, other, "grid", gridTown(rand.New(rand.NewPCG(10, 8)), 10))
	again := openRoads(t, other)
	for text := range stored {
		if _, err := again.Restore(text); !errors.Is(err, ErrUnknownRegion) {
			t.Fatalf("another network took %q: %v", text, err)
		}
		damaged := []byte(text)
		damaged[rng.IntN(len(damaged)-1)] ^= 1
		if _, err := roads.Restore(string(damaged)); err == nil {
			t.Fatalf("a damaged form was taken: %q", damaged)
		}
	}
}
