package visits_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"beatplan/business/visits"
)

// A morning is made without a network on a phone whose clock is then set by hours or days,
// either way; or back in the middle of a visit. Nothing of it is refused, everything stands
// at its own time, and what happened to the clock speaks in the visit's truth.
func TestAClockThatIsSetLosesNothingAndIsSeen(t *testing.T) {
	for name, set := range map[string]struct{ during, after time.Duration }{
		"back":                {after: -3 * time.Hour},
		"forward by a week":   {after: 7 * 24 * time.Hour},
		"back to last year":   {after: -365 * 24 * time.Hour},
		"back inside a visit": {during: -2 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCompany(t)
			c.withDarkroom(t)
			me := phone(sales(1))
			heard := c.clock.Now()
			in := c.door(101)
			in.Late, in.Fix.At = true, heard.Add(10*time.Minute)
			took := in.Fix.At.Add(5 * time.Minute)
			left := in.Fix.At.Add(20 * time.Minute)
			c.clock.Advance(2 * time.Hour) // the network is back
			sent := c.clock.Now().Add(set.during + set.after)
			clock := visits.Clock{Heard: heard}
			in.Fix.SentAt, in.Fix.Clock = sent, clock
			v := c.arrive(t, me, in)
			shot := c.shot(v, jpegOf(t, scenery(3), 80))
			shot.TakenAt, shot.SentAt, shot.Clock = took.Add(set.during), sent, clock
			p, err := c.AddPhoto(t.Context(), me, c.key(), shot)
			if err != nil {
				t.Fatalf("photo: %v", err)
			}
			out, err := c.CheckOut(t.Context(), me, c.key(), visits.CheckOut{
				Visit: v.ID, Late: true, LeftAt: left.Add(set.during), SentAt: sent, Clock: clock,
			})
			if err != nil {
				t.Fatalf("check-out: %v", err)
			}
			v = out.Visit
			if !v.In.At.Equal(heard.Add(10*time.Minute)) || v.OnSite() != 20*time.Minute ||
				!p.TakenAt.Equal(took) || v.State != visits.Valid {
				t.Errorf("in at %v, photo at %v, %v on site, %s", v.In.At, p.TakenAt, v.OnSite(), v.State)
			}
			truth, err := c.Truth(t.Context(), manager(), v.ID)
			if err != nil {
				t.Fatal(err)
			}
			seen := func(d visits.Doubt) bool {
				return d.Code == visits.DoubtClock && d.Weight > 0 &&
					d.Value == (set.during+set.after).Abs().Seconds()
			}
			if !slices.ContainsFunc(truth.Doubts, seen) || !slices.Contains(p.Flags, visits.FlagClock) {
				t.Errorf("nobody learns that the clock was set: %v, %v", truth.Doubts, p.Flags)
			}
		})
	}
}

// What a clock is said to have been does not bring in what is too old, nor a photo of
// another hour than the visit's.
func TestAClockThatIsSetExcusesNothingElse(t *testing.T) {
	c := newCompany(t)
	c.withDarkroom(t)
	me := phone(sales(1))
	heard := c.clock.Now()
	in := c.door(101)
	in.Late, in.Fix.At = true, heard.Add(time.Hour)
	c.clock.Advance(80 * time.Hour)
	in.Fix.SentAt, in.Fix.Clock = heard.Add(2*time.Hour), visits.Clock{Heard: heard, Elapsed: 79 * time.Hour}
	if _, err := c.CheckIn(t.Context(), me, c.key(), in); !errors.Is(err, visits.ErrTooLate) {
		t.Errorf("79 hours ago, said to be one: %v", err)
	}
	v := c.arrive(t, me, c.door(102))
	shot := c.shot(v, jpegOf(t, scenery(4), 80))
	shot.TakenAt, shot.Clock = shot.SentAt.Add(-4*time.Hour), visits.Clock{Heard: heard}
	if _, err := c.AddPhoto(t.Context(), me, c.key(), shot); !errors.Is(err, visits.ErrPhotoTime) {
		t.Errorf("a photo of four hours before the visit: %v", err)
	}
	shot.File = bytes.NewReader(jpegOf(t, scenery(4), 80))
	shot.TakenAt = shot.SentAt
	if _, err := c.AddPhoto(t.Context(), me, c.key(), shot); err != nil {
		t.Errorf("a photo of now: %v", err)
	}
	shot = c.shot(v, jpegOf(t, scenery(5), 80))
	shot.TakenAt = shot.SentAt.AddDate(100, 0, 0)
	shot.SentAt = shot.TakenAt
	if _, err := c.AddPhoto(t.Context(), me, c.key(), shot); err != nil {
		t.Errorf("a photo of now, by a clock of the next century: %v", err)
	}
}
