package datum

import (
	"encoding/csv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/paulmach/orb"

	"beatplan/geo/geodesic"
)

// Pairs published with several open implementations of the shift.
var published = []struct{ wgs, gcj orb.Point }{
	{orb.Point{121.5272106, 31.1774276}, orb.Point{121.531541859215, 31.17530398364597}},
	{orb.Point{113.912316, 22.543847}, orb.Point{113.9171764808363, 22.540796131694766}},
	{orb.Point{116.377817, 39.911954}, orb.Point{116.38404722455657, 39.91334545536069}},
}

func TestPublishedPairs(t *testing.T) {
	for _, c := range published {
		if off := geodesic.Distance(Convert(c.wgs, WGS84, GCJ02), c.gcj); off > 0.001 {
			t.Errorf("%v forward: off by %.4f m", c.wgs, float64(off))
		}
		if off := geodesic.Distance(Convert(c.gcj, GCJ02, WGS84), c.wgs); off > 0.001 {
			t.Errorf("%v back: off by %.4f m", c.gcj, float64(off))
		}
	}
}

func TestRoundTripsBelowAMillimetre(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	all := []Datum{WGS84, GCJ02, BD09}
	for range 5000 {
		p := orb.Point{75 + rng.Float64()*60, 5 + rng.Float64()*48}
		for _, from := range all {
			for _, to := range all {
				back := Convert(Convert(p, from, to), to, from)
				if off := geodesic.Distance(p, back); off > 0.001 {
					t.Fatalf("%v %s→%s→%s: off by %.5f m", p, from, to, from, float64(off))
				}
			}
		}
	}
}

func TestNothingIsShiftedOutsideChina(t *testing.T) {
	for _, p := range []orb.Point{{-75.5, 39.7}, {1.52, 42.5}, {-8.61, 41.15}} {
		if got := Convert(p, WGS84, BD09); got != p {
			t.Errorf("%v became %v", p, got)
		}
	}
}

func TestVectorsOfTwoLibraries(t *testing.T) {
	dir := os.Getenv("BEATPLAN_SHARED_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, "datum", "wgs_gcj_bd_vectors.csv"))
	if err != nil {
		t.Log("shared vectors are not here; the published pairs alone are checked")
		return
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		var v [6]float64
		for i := range v {
			if v[i], err = strconv.ParseFloat(row[i+1], 64); err != nil {
				t.Fatal(err)
			}
		}
		wgs := orb.Point{v[0], v[1]}
		for to, want := range map[Datum]orb.Point{GCJ02: {v[2], v[3]}, BD09: {v[4], v[5]}} {
			if off := geodesic.Distance(Convert(wgs, WGS84, to), want); off > 0.01 {
				t.Fatalf("%s: %s off by %.3f m", row[0], to, float64(off))
			}
			if off := geodesic.Distance(Convert(want, to, WGS84), wgs); off > 0.01 {
				t.Fatalf("%s: back from %s off by %.3f m", row[0], to, float64(off))
			}
		}
	}
}
