package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"beatplan/geo/osm"
	"beatplan/routing/network"
	"beatplan/routing/path"
)

// Nine copies of a town are one network: from every state of one corner a way leads
// to the opposite corner.
func TestMosaicHangsTogether(t *testing.T) {
	const side = 10
	var nodes, arcs strings.Builder
	for i := range side * side {
		fmt.Fprintf(&nodes, "%.4f %.4f\n", 0.001*float64(i%side), 0.001*float64(i/side))
		if i%side > 0 {
			fmt.Fprintf(&arcs, "%d %d\n%d %d\n", i-1, i, i, i-1)
		}
		if i >= side {
			fmt.Fprintf(&arcs, "%d %d\n%d %d\n", i, i-side, i-side, i)
		}
	}
	name := filepath.Join(t.TempDir(), "town")
	for end, text := range map[string]string{".nodes": nodes.String(), ".arcs": arcs.String()} {
		if err := os.WriteFile(name+end, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	profile, err := network.Car()
	if err != nil {
		t.Fatal(err)
	}
	roads, err := osm.ReadRoads(t.Context(), name+".arcs", osm.Options{}, profile.Interesting)
	if err != nil {
		t.Fatal(err)
	}
	mosaic := Mosaic(roads)
	if n, want := len(mosaic.Ways), 9*len(roads.Ways)+12*mosaicLinks; n != want {
		t.Errorf("%d ways, want %d", n, want)
	}
	draft := network.FromRoads(mosaic, profile)
	net := draft.Finish(path.Dissect(draft.Outline()))
	graph := net.Graph()
	for s, c := range path.Dijkstra(graph, []path.Seed{{Vertex: 0}}) {
		if c >= network.Infinite {
			t.Fatalf("state %d cannot be reached", s)
		}
	}
}
