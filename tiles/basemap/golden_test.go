package basemap

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"
	"github.com/paulmach/orb/maptile"

	"beatplan/tiles/pmtiles"
)

var update = flag.Bool("update", false, "record the golden files anew")

// The tiles of a town drawn by hand, as text: what is in them, in which order,
// with which attributes, at which zoom.
func TestGoldenTiles(t *testing.T) {
	out := filepath.Join(t.TempDir(), "a.pmtiles")
	if err := Build(t.Context(), filepath.Join("testdata", "coast.osm"), out, nil); err != nil {
		t.Fatal(err)
	}
	r, err := pmtiles.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var text strings.Builder
	for _, z := range []maptile.Zoom{6, 10, 12, 13, 14} {
		at := maptile.At(orb.Point{0.010, 0.0101}, z)
		data, err := r.Tile(at)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "# %d/%d/%d\n", at.Z, at.X, at.Y)
		for _, l := range unpack(t, data) {
			for _, f := range l.Features {
				props, err := json.Marshal(f.Properties)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&text, "%s %s %s\n", l.Name, props, wkt.MarshalString(f.Geometry))
			}
		}
	}
	golden := filepath.Join("testdata", "coast.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text.String() != string(want) {
		t.Errorf("tiles differ from %s (make bless records them):\n%s", golden, text.String())
	}
}
