package trackapi

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/geo/track"
	"beatplan/geo/track/ride"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/pgtest"
)

// quiet takes notices and deeds that nobody asks for here.
type quiet struct{}

func (quiet) Notice(context.Context, db.Tx, string, []int64, any) error { return nil }
func (quiet) Did(context.Context, db.Tx, track.Deed) error              { return nil }

// agreed is a plan of a known length and roads of a known shortest way; it keeps
// what it was asked.
type agreed struct {
	stops             []orb.Point
	planned, shortest geo.Meters
	from, to          orb.Point
	asked             []orb.Point
}

func (a *agreed) Driven(context.Context, int64, business.Date) ([]orb.Point, geo.Meters, error) {
	return a.stops, a.planned, nil
}

func (a *agreed) ShortestThrough(
	_ context.Context, from, to orb.Point, stops []orb.Point,
) (geo.Meters, error) {
	a.from, a.to, a.asked = from, to, stops
	return a.shortest, nil
}

// A day of known length with fifty jumps of the receiver: what was travelled is
// compared with the plan and with the shortest order of the visited stops between
// the ends of the way, and jumps are no detour. Without a plan there is no ratio.
//
// feature: Y34
func TestTheDrivenWayIsComparedWithThePlanAndTheShortest(t *testing.T) {
	rng := rand.New(rand.NewPCG(34, 1))
	d := ride.Day(rng)
	fixes := slices.Clone(d.Fixes)
	for range 50 {
		i := 1 + rng.IntN(len(fixes)-2)
		fixes[i].Position = geodesic.Destination(d.Fixes[i].Position, rng.Float64()*360, 5000)
	}
	end := fixes[len(fixes)-1].At
	service := track.New(pgtest.DB(t), nil, quiet{}, quiet{}, clock.NewManual(end.Add(time.Hour)))
	for _, err := range []error{
		service.Decide(t.Context(), 1, track.ConsentVersion, true),
		service.AddDuty(t.Context(), 1, fixes[0].At.Add(-time.Minute), end.Add(time.Minute)),
		service.Store(t.Context(), fixes),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	day := &agreed{planned: geo.Meters(d.Length * 1.25), shortest: geo.Meters(d.Length / 1.5)}
	for _, s := range d.Stays {
		day.stops = append(day.stops, s.Centre)
	}
	s := Surface{Track: service, Plans: day, Roads: day, Zone: time.UTC}
	ctx := api.WithCaller(t.Context(), api.Caller{Actor: business.Actor{Person: 1}})
	in := &trackIn{Person: 1, Date: "2026-11-23"}
	out, err := s.detour(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	got := out.Body
	near := func(v *float64, want float64) bool { return v != nil && math.Abs(*v/want-1) < 0.06 }
	if !near(got.OfPlanned, 0.8) || !near(got.OfShortest, 1.5) || got.Stops != len(d.Stays) {
		t.Errorf("%.0f m driven, planned %.0f: %+v", d.Length, day.planned, got)
	}
	first, last := d.Fixes[0].Position, d.Stays[len(d.Stays)-1].Centre
	if !slices.Equal(day.asked, day.stops) || geodesic.Distance(day.from, first) > 300 ||
		geodesic.Distance(day.to, last) > 300 {
		t.Errorf("asked from %v to %v, the way was from %v to %v", day.from, day.to, first, last)
	}

	day.planned = 0
	if out, err = s.detour(ctx, in); err != nil || out.Body.OfPlanned != nil {
		t.Errorf("without a plan: %+v, %v", out, err)
	}
}
