package app

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"beatplan/api/identityapi"
	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/geo/track"
	"beatplan/internal/scope"
)

// sent is a frame as a client sends it; %s stands for the token and %d for the time in
// Unix seconds.
type sent struct {
	name, method, path, kind, body string
	basic                          bool   // the token travels as a password
	answer                         string // of what was taken
}

func frames() []sent {
	return []sent{
		{name: "Traccar Client 8", method: "POST",
			path: "/osmand?id=%s&timestamp=%d&lat=39.1&lon=-75.5&speed=10.0&accuracy=6.5"},
		{name: "OsmAnd", method: "GET", path: "/osmand?id=%s&timestamp=%d000&lat=39.1&lon=-75.5&hdop=1.2"},
		{name: "a form", method: "POST", path: "/osmand", kind: "application/x-www-form-urlencoded",
			body: "id=%s&timestamp=%d&lat=39.1&lon=-75.5"},
		{name: "Traccar Client 9", method: "POST", path: "/osmand", kind: "application/json",
			body: `{"device_id":"%s","location":{"timestamp":%d,"coords":{"latitude":39.1,"longitude":-75.5}}}`},
		{name: "GPSLogger", method: "GET", path: "/gpslogger?id=%s&time=%d&lat=39.1&lon=-75.5&spd=3"},
		{name: "OwnTracks", method: "POST", path: "/owntracks", kind: "application/json", basic: true,
			body: `{"_type":"location","tst":%d,"lat":39.1,"lon":-75.5,"vel":36}`, answer: "[]"},
	}
}

// send sends the frame over HTTP.
func (f sent) send(t *testing.T, h *company, token string, at time.Time) (int, string) {
	t.Helper()
	fill := func(s string) string {
		s = strings.ReplaceAll(s, "%s", token)
		return strings.ReplaceAll(s, "%d", fmt.Sprint(at.Unix()))
	}
	req, err := http.NewRequestWithContext(t.Context(), f.method, h.srv.URL+fill(f.path),
		strings.NewReader(fill(f.body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", f.kind)
	if f.basic {
		req.SetBasicAuth("somebody", token)
	}
	res, err := h.srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, strings.TrimSpace(string(body))
}

// Every client is answered 200 whether its fix counts or not: off duty and without
// consent it is discarded and counted, and nothing of it is kept; on duty it is there.
// An unknown device is told so.
func TestEveryTrackerIsAnsweredAndOnlyDutyIsKept(t *testing.T) {
	h := newCompany(t)
	who, now := int64(h.mine.ID), h.Clock.Now()
	_, bare, err := h.Identity.CreateDevice(t.Context(), business.Actor{Role: business.Admin},
		scope.Everything(), "tracker-device", identity.NewDevice{Person: h.mine.ID, Name: "tracker"})
	if err != nil {
		t.Fatal(err)
	}
	token := identityapi.DeviceToken(bare)
	must := func(errs ...error) {
		t.Helper()
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	at := now.Add(-20 * time.Minute)
	all := func(when string) {
		t.Helper()
		for _, f := range frames() {
			at = at.Add(time.Second)
			status, body := f.send(t, h, token, at)
			if status != http.StatusOK || f.answer != "" && body != f.answer {
				t.Errorf("%s, %s: %d %s", f.name, when, status, body)
			}
			if status, body := f.send(t, h, "bpd_nobody", at); status != http.StatusNotFound {
				t.Errorf("%s of an unknown device: %d %s", f.name, status, body)
			}
		}
	}
	n := int64(len(frames()))
	all("off duty")
	must(h.Track.Punch(t.Context(), track.Punch{Person: who, On: true, At: now.Add(-30 * time.Minute)}))
	all("without consent")
	if off, unasked := h.Track.Discarded(); off != n || unasked != n {
		t.Errorf("discarded %d off duty and %d without consent, want %d each", off, unasked, n)
	}
	must(h.Track.Decide(t.Context(), who, track.ConsentVersion, true))
	all("on duty")
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		found, err := h.Track.Track(t.Context(), track.Reader{Person: who, Scope: scope.Everything()},
			who, now.Add(-time.Hour), now)
		must(err)
		if len(found.Fixes) == int(n) {
			break
		}
		if len(found.Fixes) > int(n) || time.Now().After(end) {
			t.Fatalf("%d fixes are kept, want %d", len(found.Fixes), n)
		}
	}
}
