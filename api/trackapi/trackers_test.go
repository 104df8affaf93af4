package trackapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
)

// Recorded frames of clients that send JSON, with their traps of units.
func TestJSONFramesOfRealClients(t *testing.T) {
	at := time.Date(2026, 11, 23, 15, 29, 1, 0, time.UTC)
	for name, c := range map[string]struct {
		read                    func(*http.Request, time.Time) (frame, error)
		body                    string
		at                      time.Time
		accuracy, speed, course float64
	}{
		"Traccar Client 9": {readOsmAnd, `{"location":{"timestamp":"2026-11-23T15:29:01.500Z",
			"coords":{"latitude":39.1573,"longitude":-75.5244,"accuracy":4.8,"speed":10.0,"heading":271.5,
			"altitude":12.1},"is_moving":true,"odometer":1250,"event":"motionchange",
			"battery":{"level":0.83,"is_charging":false},"activity":{"type":"in_vehicle"}},
			"device_id":"tok"}`, at.Add(500 * time.Millisecond), 4.8, 36, 271.5},
		"Traccar Client 9, standing": {readOsmAnd, `{"location":{"timestamp":"2026-11-23T15:29:01Z",
			"coords":{"latitude":39.1573,"longitude":-75.5244,"accuracy":12,"speed":-1,"heading":-1,
			"altitude":0},"is_moving":false},"device_id":"tok"}`, at, 12, -1, -1},
		"OwnTracks": {readOwnTracks, `{"_type":"location","BSSID":"0:0:0:0:0:0","acc":11,"alt":12,
			"batt":83,"bs":1,"conn":"m","created_at":1795447800,"lat":39.1573,"lon":-75.5244,"m":1,
			"t":"u","tid":"cw","tst":1795447741,"vac":3,"vel":36,"cog":271}`, at, 11, 36, 271},
	} {
		r := httptest.NewRequest(http.MethodPost, "/x", strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json; charset=UTF-8")
		r.SetBasicAuth("cw", "tok")
		f, err := c.read(r, now)
		if err != nil || f.token != "tok" || len(f.fixes) != 1 {
			t.Errorf("%s: %+v, %v", name, f, err)
			continue
		}
		fix := f.fixes[0]
		if !fix.At.Equal(c.at) || fix.Position != (orb.Point{-75.5244, 39.1573}) {
			t.Errorf("%s: %+v", name, fix)
		}
		same(t, name+" accuracy", fix.AccuracyM, c.accuracy)
		same(t, name+" speed", fix.SpeedKmh, c.speed)
		same(t, name+" course", fix.CourseDeg, c.course)
	}
}

// GPSLogger sends metres a second where OsmAnd's protocol has knots.
func TestGPSLoggerSendsMetresASecond(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/gpslogger?id=tok&lat=39.1573&lon=-75.5244"+
		"&time=2026-11-23T15:29:01.000Z&spd=10.0&dir=271.5&acc=9.0", nil)
	f, err := readGPSLogger(r, now)
	if err != nil || f.token != "tok" {
		t.Fatal(f, err)
	}
	same(t, "speed", f.fixes[0].SpeedKmh, 36)
	same(t, "course", f.fixes[0].CourseDeg, 271.5)
	same(t, "accuracy", f.fixes[0].AccuracyM, 9)
	if f.fixes[0].Source != "gpslogger" {
		t.Error(f.fixes[0].Source)
	}
}

// What is no location is answered all the same, and holds no fix.
func TestOwnTracksSendsMoreThanLocations(t *testing.T) {
	for body, fixes := range map[string]int{
		`{"_type":"lwt","tst":1795447741}`:                                  0,
		`{"_type":"transition","event":"enter","lat":39,"lon":-75,"tst":1}`: 0,
	} {
		r := httptest.NewRequest(http.MethodPost, "/owntracks?id=tok", strings.NewReader(body))
		if f, err := readOwnTracks(r, now); err != nil || f.token != "tok" || len(f.fixes) != fixes {
			t.Errorf("%s: %+v, %v", body, f, err)
		}
	}
	for _, body := range []string{`{`, `{"_type":"location","lat":39}`, `{"_type":"location","tst":"x"}`} {
		r := httptest.NewRequest(http.MethodPost, "/owntracks?id=tok", strings.NewReader(body))
		if f, err := readOwnTracks(r, now); err == nil || f.token != "tok" {
			t.Errorf("%s: %+v, %v", body, f, err)
		}
	}
}

// An hour's buffer is taken at once; a device that sends on and on is slowed down.
func TestADeviceMaySendOnlySoMuch(t *testing.T) {
	clock := now
	d := newDevices(nil, func() time.Time { return clock })
	if d.sent.take(1, fixesAtOnce) > 0 || d.sent.take(1, 1) == 0 || d.sent.take(2, 1) > 0 {
		t.Error("the first burst")
	}
	clock = clock.Add(time.Second)
	if d.sent.take(1, fixesPerSecond) > 0 || d.sent.take(1, 1) == 0 {
		t.Error("a second later")
	}
	clock = clock.Add(24 * time.Hour)
	if d.sent.take(1, fixesAtOnce) > 0 || d.sent.take(1, 1) == 0 {
		t.Error("a day later it holds no more than at first")
	}
}
