package visits_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/visits"
	"beatplan/geo"
	"beatplan/geo/geodesic"
)

// recorded is what devices recorded of everybody.
type recorded []visits.Trace

func (r recorded) Traces(
	_ context.Context, _ business.PersonID, from, to time.Time,
) ([]visits.Trace, error) {
	return slices.DeleteFunc(slices.Clone(r), func(tr visits.Trace) bool {
		return tr.At.Before(from) || tr.At.After(to)
	}), nil
}

// near is a trace so far from the customer's door, so long from now.
func (c *company) near(
	id business.CustomerID, off, accuracy geo.Meters, from time.Duration, source string,
) visits.Trace {
	return visits.Trace{
		At: c.clock.Now().Add(from), Accuracy: accuracy, Source: source,
		Point: geodesic.Destination(*c.sites[id].Point, 90, off),
	}
}

// Each fix and each photo claims no more than what confirms it at that time and place.
func TestAGradeSaysOnlyWhatConfirmsIt(t *testing.T) {
	c := newCompany(t)
	c.withDarkroom(t)
	me := phone(sales(1))
	for i, try := range []struct {
		name           string
		off, accuracy  geo.Meters
		from           time.Duration
		source         string
		in, photo, out visits.Grade
	}{
		{"nothing", 0, 0, -time.Hour, "osmand", "browser", "browser", "browser"},
		{"the page itself", 0, 5, 0, "app", "browser", "browser", "browser"},
		{"a tracker at the door", 20, 10, 0, "osmand", "tracker", "tracker", "browser"},
		{"a tracker at the end", 20, 10, 14 * time.Minute, "osmand", "browser", "browser", "tracker"},
		{"a tracker elsewhere", 700, 10, 0, "osmand", "browser", "browser", "browser"},
		{"a tracker that may be anywhere", 40_000, 100_000, 0, "osmand", "browser", "browser", "browser"},
		{"an app that its maker vouches for", 20, 10, 0, "native", "native", "native", "browser"},
	} {
		id := business.CustomerID(101 + i)
		c.Tracks = recorded{c.near(id, try.off, try.accuracy, try.from, try.source)}
		v := c.arrive(t, me, c.door(id))
		p, err := c.AddPhoto(t.Context(), me, c.key(), c.shot(v, jpegOf(t, scenery(i), 80)))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.DrawPhoto(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		c.clock.Advance(14 * time.Minute)
		fix := c.door(id).Fix
		if _, err := c.CheckOut(t.Context(), me, c.key(), visits.CheckOut{Visit: v.ID, Fix: &fix}); err != nil {
			t.Fatal(err)
		}
		truth, err := c.Truth(t.Context(), manager(), v.ID)
		if err != nil {
			t.Fatal(err)
		}
		row, err := c.Visit(t.Context(), manager(), v.ID)
		if err != nil || row.Grade != try.in || truth.Grade != try.in || truth.Out != try.out {
			t.Errorf("%s: check-in %s (%s), check-out %s: %v", try.name, truth.Grade, row.Grade, truth.Out, err)
		}
		all, err := c.Photos(t.Context(), me, v.ID)
		if err != nil || all[0].Grade != try.photo || !strings.HasSuffix(all[0].Stamp[1], string(try.photo)) {
			t.Errorf("%s: the photo %s, stamped %q: %v", try.name, all[0].Grade, all[0].Stamp, err)
		}
		c.clock.Advance(time.Hour)
	}
}

// A track speaks against a visit where it lies elsewhere, for it where it lies there; one
// that is not there speaks neither way.
func TestATrackSpeaksForAVisitOrAgainst(t *testing.T) {
	c := newCompany(t)
	me := sales(1)
	for i, try := range []struct {
		name string
		off  geo.Meters
		gone bool
		want string
		less int
	}{
		{"at the door", 30, false, "", 0},
		{"elsewhere", 3000, false, visits.DoubtTrack, 30},
		{"not there", 0, true, visits.DoubtNoTrack, 0},
	} {
		id := business.CustomerID(101 + i)
		c.Tracks = recorded{c.near(id, try.off, 10, time.Minute, "app")}
		if try.gone {
			c.Tracks = recorded{}
		}
		v := c.visit(t, me, id, 20)
		got, err := c.Truth(t.Context(), manager(), v.ID)
		if err != nil {
			t.Fatal(err)
		}
		weight := map[string]int{}
		for _, d := range got.Doubts {
			weight[d.Code] = d.Weight
		}
		delete(weight, visits.DoubtNoOut)
		less, said := weight[try.want]
		if len(weight) > 1 || said != (try.want != "") || less != try.less || got.Score != 95-try.less {
			t.Errorf("%s: %d by %+v", try.name, got.Score, got.Doubts)
		}
		c.clock.Advance(time.Hour)
	}
}

// A tracker that sends what it held hours later is heard: the list says what the page of
// the visit says.
func TestAVisitIsJudgedOnceMoreWhenTrackersHaveSent(t *testing.T) {
	c := newCompany(t)
	ctx := t.Context()
	c.Tracks = recorded{}
	came := recorded{c.near(101, 3000, 10, time.Minute, "osmand")}
	v := c.visit(t, sales(1), 101, 20)
	c.Tracks = came
	for _, try := range []struct {
		later time.Duration
		want  int
		truth int
	}{{5 * time.Hour, 0, 95}, {time.Hour, 1, 65}, {time.Hour, 0, 65}} {
		c.clock.Advance(try.later)
		if n, err := c.JudgeLeft(ctx); err != nil || n != try.want {
			t.Errorf("%d were judged, want %d: %v", n, try.want, err)
		}
		if row, err := c.Visit(ctx, manager(), v.ID); err != nil || *row.Truth != try.truth {
			t.Errorf("truth %d, want %d: %v", *row.Truth, try.truth, err)
		}
	}
}
