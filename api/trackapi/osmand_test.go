package trackapi

import (
	"math"
	"net/url"
	"testing"
	"time"

	"github.com/paulmach/orb"
)

var now = time.Date(2026, 11, 23, 15, 30, 0, 0, time.UTC)

// Frames as the clients send them.
func TestFramesOfRealClients(t *testing.T) {
	at := time.Date(2026, 11, 23, 15, 29, 1, 0, time.UTC)
	for name, c := range map[string]struct {
		query    string
		at       time.Time
		accuracy float64
		speed    float64
		course   float64
	}{
		"Traccar Client 8": {"id=tok&timestamp=1795447741&lat=39.1573&lon=-75.5244&speed=10.0" +
			"&bearing=271.5&altitude=12.0&accuracy=6.5&batt=83.0", at, 6.5, 18.52, 271.5},
		"OsmAnd": {"id=tok&lat=39.1573&lon=-75.5244&timestamp=1795447741000&hdop=1.2" +
			"&altitude=12&speed=0.0", at, -1, 0, -1},
		"GPSLogger": {"id=tok&timestamp=2026-11-23T15:29:01Z&lat=39.1573&lon=-75.5244&speed=-1" +
			"&bearing=&accuracy=9", at, 9, -1, -1},
		"no time": {"deviceid=tok&lat=39.1573&lon=-75.5244", now, -1, -1, -1},
	} {
		v, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		fix, err := parseOsmAnd(v, now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if deviceID(v) != "tok" || !fix.At.Equal(c.at) || fix.Position != (orb.Point{-75.5244, 39.1573}) {
			t.Errorf("%s: %+v", name, fix)
		}
		same(t, name+" accuracy", fix.AccuracyM, c.accuracy)
		same(t, name+" speed", fix.SpeedKmh, c.speed)
		same(t, name+" course", fix.CourseDeg, c.course)
	}
}

// same compares an optional number; -1 stands for unknown.
func same(t *testing.T, what string, got *float32, want float64) {
	t.Helper()
	switch {
	case got == nil && want >= 0:
		t.Errorf("%s is unknown, want %g", what, want)
	case got != nil && math.Abs(float64(*got)-want) > 1e-4:
		t.Errorf("%s is %g, want %g", what, *got, want)
	}
}

func TestBadFramesAreRefused(t *testing.T) {
	for _, q := range []string{
		"id=t", "id=t&lat=39", "id=t&lat=x&lon=1", "id=t&lat=39&lon=-75&timestamp=yesterday",
	} {
		v, _ := url.ParseQuery(q)
		if fix, err := parseOsmAnd(v, now); err == nil {
			t.Errorf("%s was read as %+v", q, fix)
		}
	}
}
