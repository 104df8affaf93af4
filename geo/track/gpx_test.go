package track_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"beatplan/geo"
	"beatplan/geo/track"
)

func geoMeters(m float64) geo.Meters { return geo.Meters(m) }

// Files go in, are stored, and come out as they were: 1e-7 degrees, 1 ms.
func TestGPXGoesInAndComesOut(t *testing.T) {
	for name, file := range gpxFiles(t) {
		t.Run(name, func(t *testing.T) {
			s, _, _, _ := service(t, 1)
			ctx := t.Context()
			fixes, untimed, err := track.ReadGPX(bytes.NewReader(file), 100_000, nine.Add(-30*time.Hour))
			must(t, err)
			if want := bytes.Count(file, []byte("<trkpt")); len(fixes)+untimed != want || len(fixes) < 2 {
				t.Fatalf("%d points, %d without time, of %d", len(fixes), untimed, want)
			}
			slices.SortStableFunc(fixes, func(a, b track.Fix) int { return a.At.Compare(b.At) })
			fixes = slices.CompactFunc(fixes, func(a, b track.Fix) bool { return a.At.Equal(b.At) })
			for i := range fixes {
				fixes[i].Person = 1
			}
			from, to := fixes[0].At, fixes[len(fixes)-1].At.Add(time.Second)
			must(t, s.AddDuty(ctx, 1, from, to))
			for some := range slices.Chunk(fixes, track.MaxBatch) {
				_, err := s.Record(ctx, some)
				must(t, err)
			}
			got, err := s.Track(ctx, everybody, 1, from, to)
			must(t, err)
			var out bytes.Buffer
			must(t, track.WriteGPX(&out, `A <day> & "more"`, got.Fixes))
			back, _, err := track.ReadGPX(&out, 100_000, time.Time{})
			must(t, err)
			same(t, fixes, back)
		})
	}
}

func same(t *testing.T, want, got []track.Fix) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d points came back of %d", len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		if math.Abs(g.Position[0]-w.Position[0]) > 1e-7 || math.Abs(g.Position[1]-w.Position[1]) > 1e-7 ||
			g.At.Sub(w.At).Abs() > time.Millisecond {
			t.Fatalf("point %d: %v %v came back as %v %v", i, w.Position, w.At, g.Position, g.At)
		}
	}
}

func TestBadGPXIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "{}", "<kml/>", `<gpx><trkpt lat="x" lon="1"><time>2026-11-02T10:00:00Z</time></trkpt></gpx>`,
		`<gpx><trkpt lat="1" lon="1"><time>yesterday</time></trkpt></gpx>`, "<gpx><trk>",
	} {
		if _, _, err := track.ReadGPX(strings.NewReader(text), 10, time.Time{}); !errors.Is(err, track.ErrGPX) {
			t.Errorf("%q: %v", text, err)
		}
	}
	point := `<trkpt lat="1" lon="1"><time>2026-11-02T10:00:00Z</time></trkpt>`
	long := "<gpx>" + strings.Repeat(point, 11) + "</gpx>"
	if _, _, err := track.ReadGPX(strings.NewReader(long), 10, time.Time{}); !errors.Is(err, track.ErrBatch) {
		t.Errorf("too many points: %v", err)
	}
}

func TestGeoJSONHoldsTheTimes(t *testing.T) {
	var out bytes.Buffer
	must(t, track.WriteGeoJSON(&out, "day", []track.Fix{fix(1, nine, -75, 39), fix(1, nine, -76, 40)}))
	var read struct {
		Features []struct {
			Geometry   struct{ Coordinates [][2]float64 }
			Properties struct{ CoordTimes []time.Time }
		}
	}
	must(t, json.Unmarshal(out.Bytes(), &read))
	f := read.Features[0]
	if len(f.Geometry.Coordinates) != 2 || !f.Properties.CoordTimes[0].Equal(nine) {
		t.Errorf("%+v", f)
	}
}
