package trackapi

import (
	"encoding/json"
	"errors"
	"io"
	"math"
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

// mountTrackers registers the protocols of ready-made clients. Each answers as
// those clients expect: 2xx when the fix is durable and also when it is discarded
// (they send again on anything else); 400 for a fix that cannot be read; 404 for
// an unknown device; 429 when a device sends too much.
func (s Surface) mountTrackers(a *api.API) {
	both := []string{http.MethodGet, http.MethodPost}
	for _, p := range []struct {
		path, id, who, params string
		methods               []string
		read                  func(*http.Request, time.Time) (frame, error)
		body                  string
	}{
		{"/osmand", "osmand", "an OsmAnd or Traccar Client tracker",
			"Query or form: id (device token), lat, lon, timestamp (seconds, milliseconds or RFC 3339), " +
				"speed (knots), bearing (degrees), accuracy (metres). JSON, as Traccar Client 9 sends it: " +
				"device_id, location.timestamp, location.coords (speed in m/s; -1 is unknown).",
			both, readOsmAnd, ""},
		{"/gpslogger", "gpslogger", "GPSLogger's custom URL",
			"Parameters: id (device token), lat, lon, time (RFC 3339 or seconds), spd (m/s), dir (degrees), " +
				"acc (metres).", both, readGPSLogger, ""},
		{"/owntracks", "owntracks", "OwnTracks in HTTP mode",
			"The device token is the password of Basic authentication, or the parameter id. vel is km/h, " +
				"tst seconds. The answer is an empty JSON list.",
			[]string{http.MethodPost}, readOwnTracks, "[]"},
	} {
		for _, method := range p.methods {
			a.Plain(method, p.path, api.Public, s.tracker(p.read, p.body))
			a.Describe(&huma.Operation{
				OperationID: p.id + "-" + strings.ToLower(method), Method: method, Path: p.path,
				Summary: "Take fixes from " + p.who, Description: p.params, Tags: []string{"Positions"},
				Responses: map[string]*huma.Response{
					"200": {Description: "Durable, or discarded for want of duty or consent"},
					"400": {Description: "The fix cannot be read"},
					"404": {Description: "Unknown device"},
					"429": {Description: "The device sends too much"},
				},
			})
		}
	}
}

// frame is what a tracker sent: who, and fixes without their person.
type frame struct {
	token string
	fixes []track.Fix
}

// errFrame is what a client is told that sent something unreadable.
var errFrame = errors.New("the message cannot be read")

// tracker answers one protocol. The device is looked up before its fix is read,
// so that a revoked one learns of it.
func (s Surface) tracker(
	read func(*http.Request, time.Time) (frame, error), body string,
) api.PlainHandler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, bad := read(r, s.Now())
		person, err := s.devices.person(r.Context(), f.token)
		if fail.Is(err, fail.NotFound) || fail.Is(err, fail.Unauthenticated) {
			return answer(w, http.StatusNotFound, "unknown device")
		}
		if err != nil {
			return err
		}
		if wait := s.devices.sent.take(person, max(1, len(f.fixes))); wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			return answer(w, http.StatusTooManyRequests, "this device sends too much")
		}
		if bad != nil {
			return answer(w, http.StatusBadRequest, bad.Error())
		}
		for i := range f.fixes {
			f.fixes[i].Person = person
		}
		_, err = s.Track.Record(r.Context(), f.fixes)
		if e := fail.As(err); e != nil && e.Kind == fail.Invalid {
			return answer(w, http.StatusBadRequest, e.Message)
		}
		if err == nil && body != "" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, body) // the sender is gone
		}
		return err
	}
}

func isJSON(r *http.Request) bool {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.TrimSpace(kind) == "application/json"
}

// readOsmAnd reads the query and form of OsmAnd and older Traccar Clients, and
// the JSON of Traccar Client 9.
func readOsmAnd(r *http.Request, now time.Time) (frame, error) {
	if isJSON(r) {
		return readTraccar(r)
	}
	return readParams(r, now, parseOsmAnd)
}

func readGPSLogger(r *http.Request, now time.Time) (frame, error) {
	return readParams(r, now, parseGPSLogger)
}

func readParams(
	r *http.Request, now time.Time, parse func(url.Values, time.Time) (track.Fix, error),
) (frame, error) {
	if err := r.ParseForm(); err != nil {
		return frame{}, errFrame
	}
	f := frame{token: deviceID(r.Form)}
	fix, err := parse(r.Form, now)
	f.fixes = []track.Fix{fix}
	return f, err
}

// traccar is the message of Traccar Client 9, a background-geolocation location.
type traccar struct {
	Device   string `json:"device_id"`
	Location struct {
		Timestamp timestamp `json:"timestamp"`
		Coords    struct {
			Lat      *float64 `json:"latitude"`
			Lon      *float64 `json:"longitude"`
			Accuracy *float64 `json:"accuracy"`
			Speed    *float64 `json:"speed"`   // m/s; -1 unknown
			Heading  *float64 `json:"heading"` // degrees; -1 unknown
		} `json:"coords"`
	} `json:"location"`
}

func readTraccar(r *http.Request) (frame, error) {
	var m traccar
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		// The device may stand in the address, too.
		return frame{token: deviceID(r.URL.Query())}, errFrame
	}
	f := frame{token: m.Device}
	if f.token == "" {
		f.token = deviceID(r.URL.Query())
	}
	c := m.Location.Coords
	if c.Lat == nil || c.Lon == nil || m.Location.Timestamp.IsZero() {
		return f, errors.New("latitude, longitude or timestamp is missing")
	}
	f.fixes = []track.Fix{{
		At: m.Location.Timestamp.Time, Position: orb.Point{*c.Lon, *c.Lat}, Source: "traccar",
		AccuracyM: measure(c.Accuracy, 1), SpeedKmh: measure(c.Speed, msKmh),
		CourseDeg: measure(c.Heading, 1),
	}}
	return f, nil
}

// ownTracks is a message of OwnTracks; only locations hold a fix.
type ownTracks struct {
	Type string    `json:"_type"`
	Lat  *float64  `json:"lat"`
	Lon  *float64  `json:"lon"`
	Tst  timestamp `json:"tst"` // seconds
	Acc  *float64  `json:"acc"` // metres
	Vel  *float64  `json:"vel"` // km/h
	Cog  *float64  `json:"cog"` // degrees
}

func readOwnTracks(r *http.Request, _ time.Time) (frame, error) {
	f := frame{token: deviceID(r.URL.Query())}
	if _, password, ok := r.BasicAuth(); ok && f.token == "" {
		f.token = password
	}
	var m ownTracks
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		return f, errFrame
	}
	if m.Type != "location" { // waypoints, transitions, lwt: nothing to record
		return f, nil
	}
	if m.Lat == nil || m.Lon == nil || m.Tst.IsZero() {
		return f, errors.New("lat, lon or tst is missing")
	}
	f.fixes = []track.Fix{{
		At: m.Tst.Time, Position: orb.Point{*m.Lon, *m.Lat}, Source: "owntracks",
		AccuracyM: measure(m.Acc, 1), SpeedKmh: measure(m.Vel, 1), CourseDeg: measure(m.Cog, 1),
	}}
	return f, nil
}

// timestamp is a time as trackers write it in JSON: RFC 3339, seconds or
// milliseconds, as text or number.
type timestamp struct{ time.Time }

// UnmarshalJSON reads all of them.
func (t *timestamp) UnmarshalJSON(b []byte) error {
	var err error
	t.Time, err = parseTimestamp(strings.Trim(string(b), `"`))
	return err
}

// measure is an optional value in another unit; below zero means unknown.
func measure(v *float64, unit float64) *float32 {
	if v == nil || *v < 0 {
		return nil
	}
	f := float32(*v * unit)
	return &f
}
