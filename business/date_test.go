package business

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDateFollowsTheZone(t *testing.T) {
	ny, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	late := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC) // 21:00 on the 23rd in New York
	if got := DateOf(late, ny).String(); got != "2026-11-23" {
		t.Errorf("in New York it is %s, want 2026-11-23", got)
	}
	if got := DateOf(late, time.UTC).String(); got != "2026-11-24" {
		t.Errorf("in UTC it is %s, want 2026-11-24", got)
	}
	d := NewDate(2026, 11, 23)
	if d.ISOWeekday() != 1 || d.Add(6).ISOWeekday() != 7 {
		t.Errorf("23 November 2026 is a Monday, got weekday %d", d.ISOWeekday())
	}
	if got := d.At(ny, 9*60+30).UTC(); got.Hour() != 14 || got.Minute() != 30 {
		t.Errorf("09:30 in New York is %v in UTC, want 14:30", got)
	}
}

func TestDateReadsWhatItWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Date{int32(rapid.IntRange(-100_000, 100_000).Filter(func(n int) bool {
			return n != 0
		}).Draw(t, "day"))}
		text, err := d.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back Date
		if err := back.UnmarshalText(text); err != nil || back != d {
			t.Fatalf("%v reads back as %v (%v)", d, back, err)
		}
		n := rapid.IntRange(-5000, 5000).Draw(t, "n")
		if d.Add(n).Sub(d) != n {
			t.Fatalf("%v + %d − itself is %d", d, n, d.Add(n).Sub(d))
		}
	})
	if _, err := ParseDate("23.11.2026"); err == nil {
		t.Error("a German date was taken for ISO")
	}
}
