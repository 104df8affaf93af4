package trackapi

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/geo/track"
	"beatplan/internal/fail"
)

// mountTracker registers the OsmAnd protocol, which Traccar Client, OsmAnd and
// GPSLogger speak: one fix as query or form parameters, by GET or POST.
//
// Answers as those clients expect (traccar.org/osmand): 200 with no body when
// the fix is durable, and also when its person is off duty (they send again on
// any 4xx); 400 for a fix that cannot be read; 404 for an unknown device.
func (s Surface) mountTracker(a *api.API) {
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		a.Plain(method, "/osmand", api.Public, s.osmand)
		a.Describe(&huma.Operation{
			OperationID: "osmand-" + strings.ToLower(method), Method: method, Path: "/osmand",
			Summary: "Take one fix from an OsmAnd or Traccar Client tracker",
			Description: "Parameters: id (device token), lat, lon, timestamp (seconds, milliseconds or " +
				"RFC 3339), speed (knots), bearing (degrees), accuracy (metres).",
			Tags:      []string{"Positions"},
			Responses: map[string]*huma.Response{"200": {Description: "Durable, or discarded off duty"}},
		})
	}
}

func (s Surface) osmand(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return answer(w, http.StatusBadRequest, "the parameters cannot be read")
	}
	person, err := s.Devices.Device(r.Context(), deviceID(r.Form))
	if fail.Is(err, fail.NotFound) || fail.Is(err, fail.Unauthenticated) {
		return answer(w, http.StatusNotFound, "unknown device")
	}
	if err != nil {
		return err
	}
	fix, err := parseOsmAnd(r.Form, s.Now())
	if err != nil {
		return answer(w, http.StatusBadRequest, err.Error())
	}
	fix.Person = person
	_, err = s.Track.Record(r.Context(), []track.Fix{fix})
	if e := fail.As(err); e != nil && e.Kind == fail.Invalid {
		return answer(w, http.StatusBadRequest, e.Message)
	}
	return err
}

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

const knotKmh = 1.852 // km/h, exact by definition

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
