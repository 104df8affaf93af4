package trackapi

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo/track"
)

// answer refuses in the protocol's own words: a status and a line of text.
func answer(w http.ResponseWriter, status int, text string) error {
	http.Error(w, text, status)
	return nil
}

func deviceID(v url.Values) string {
	if id := v.Get("id"); id != "" {
		return id
	}
	return v.Get("deviceid")
}

const (
	knotKmh = 1.852 // km/h of a knot, exact by definition
	msKmh   = 3.6   // km/h of a metre a second
)

// parseOsmAnd reads one fix; now stands in for an absent timestamp.
func parseOsmAnd(v url.Values, now time.Time) (track.Fix, error) {
	fix := track.Fix{At: now, Source: "osmand"}
	var at orb.Point
	for i, name := range []string{"lon", "lat"} {
		f, err := strconv.ParseFloat(v.Get(name), 64)
		if err != nil {
			return fix, fmt.Errorf("%s is missing or no number", name)
		}
		at[i] = f
	}
	fix.Position = at
	if raw := v.Get("timestamp"); raw != "" {
		t, err := parseTimestamp(raw)
		if err != nil {
			return fix, err
		}
		fix.At = t
	}
	fix.AccuracyM = number(v.Get("accuracy"), 1)
	fix.SpeedKmh = number(v.Get("speed"), knotKmh)
	fix.CourseDeg = number(v.Get("bearing"), 1)
	if fix.CourseDeg == nil {
		fix.CourseDeg = number(v.Get("heading"), 1)
	}
	return fix, nil
}

// parseGPSLogger reads the parameters that docs/trackers.md has people enter.
func parseGPSLogger(v url.Values, now time.Time) (track.Fix, error) {
	same := url.Values{"lat": v["lat"], "lon": v["lon"], "timestamp": v["time"],
		"accuracy": v["acc"], "bearing": v["dir"]}
	fix, err := parseOsmAnd(same, now)
	fix.Source = "gpslogger"
	fix.SpeedKmh = number(v.Get("spd"), msKmh)
	return fix, err
}

// parseTimestamp reads Unix seconds, Unix milliseconds or RFC 3339. A number
// beyond the year 5138 in seconds can only be milliseconds.
func parseTimestamp(raw string) (time.Time, error) {
	if n, err := strconv.ParseInt(raw, 10, 64); err == nil {
		if n >= 100_000_000_000 {
			return time.UnixMilli(n).UTC(), nil
		}
		return time.Unix(n, 0).UTC(), nil
	}
	t, err := time.Parse(time.RFC3339, raw)
	if err != nil {
		return t, fmt.Errorf("timestamp %q is neither Unix time nor RFC 3339", raw)
	}
	return t.UTC(), nil
}

// number reads an optional parameter in another unit; nonsense is unknown.
func number(raw string, unit float64) *float32 {
	f, err := strconv.ParseFloat(raw, 32)
	if err != nil || f < 0 {
		return nil
	}
	v := float32(f * unit)
	return &v
}
