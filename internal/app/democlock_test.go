package app

import (
	"os"
	"testing"
	"time"

	"beatplan/internal/clock"
	"beatplan/internal/config"
)

func newYork(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestDemoMorning(t *testing.T) {
	zone := newYork(t)
	at := func(text string) time.Time {
		t.Helper()
		if text == "" {
			return time.Time{}
		}
		v, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct{ now, last, want string }{
		{"2026-11-21 22:00", "", "2026-11-21 10:30"},
		{"2026-11-21 02:00", "", "2026-11-21 10:30"},
		{"2026-11-21 22:05", "2026-11-21 10:40", "2026-11-21 10:40"}, // the same morning goes on
		{"2026-11-21 23:00", "2026-11-21 11:59", "2026-11-21 11:59"},
		{"2026-11-21 23:00", "2026-11-21 12:00", "2026-11-22 10:30"}, // the next one
		{"2026-11-22 08:00", "2026-11-21 15:00", "2026-11-22 10:30"},
		{"2026-11-21 23:30", "2026-11-22 10:50", "2026-11-22 10:50"}, // ahead of the calendar
		{"2026-11-21 23:50", "2026-11-22 17:00", "2026-11-23 10:30"},
		{"2026-12-24 08:00", "2026-11-22 17:00", "2026-12-24 10:30"},
		{"2026-03-08 01:30", "", "2026-03-08 10:30"}, // the night that lacks an hour
		{"2026-11-01 09:00", "2026-10-31 13:00", "2026-11-01 10:30"},
	} {
		got := demoMorning(at(c.now), at(c.last), zone)
		if !got.Equal(at(c.want)) {
			t.Errorf("at %s after %s: %v, want %s", c.now, c.last, got, c.want)
		}
	}
}

func TestDemoClockNeverGoesBack(t *testing.T) {
	zone := newYork(t)
	c := config.Default()
	c.Data = t.TempDir()
	var last time.Time
	for range 3 { // three runs that end without a word
		now, err := demoClock(c.Data, zone)
		if err != nil {
			t.Fatal(err)
		}
		if now.Now().Before(last) {
			t.Errorf("begins at %v after %v", now.Now(), last)
		}
		a := &App{Options: Options{Config: c, Clock: clock.Shifted{
			Offset: time.Until(now.Now().Add(40 * time.Minute)),
		}}}
		if err := a.writeDemoClock(); err != nil {
			t.Fatal(err)
		}
		last = a.Clock.Now()
	}
	if err := os.WriteFile(demoClockFile(c.Data), []byte("2026-1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := demoClock(c.Data, zone); err != nil {
		t.Error("half a file stops the demo:", err)
	}
}
