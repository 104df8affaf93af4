package routingapi

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	ours "beatplan/geo"
	"beatplan/geo/hex"
	"beatplan/routing"
)

// square answers with a square of about 2 km and notes what it was asked.
type square struct {
	limit  time.Duration
	meters ours.Meters
}

func (s *square) Isochrone(
	_ context.Context, p orb.Point, limit time.Duration,
) (*routing.Isochrone, error) {
	s.limit = limit
	return s.Isodistance(context.Background(), p, 0)
}

func (s *square) Isodistance(
	_ context.Context, p orb.Point, limit ours.Meters,
) (*routing.Isochrone, error) {
	s.meters = limit
	ring := orb.Ring{{p[0], p[1]}, {p[0] + 0.02, p[1]}, {p[0] + 0.02, p[1] + 0.02}, {p[0], p[1] + 0.02}, p}
	return &routing.Isochrone{Area: orb.MultiPolygon{{ring}}}, nil
}

func TestIsochroneAnswersByTimeOrLength(t *testing.T) {
	roads := &square{}
	var profile string
	var departure time.Time
	m := areas{func(p string, d time.Time) (Areas, error) {
		profile, departure = p, d
		return roads, nil
	}}
	leave := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	out, err := m.isochrone(t.Context(), &areaIn{
		Point: "7.5,43.2", Minutes: 7.5, Profile: "foot", Departure: leave, Cells: 9,
	})
	if err != nil || roads.limit != 450*time.Second || profile != "foot" || !departure.Equal(leave) {
		t.Fatalf("%v %v %v %v", err, roads.limit, profile, departure)
	}
	if len(out.Body.Cells) < 20 || !slices.IsSorted(out.Body.Cells) {
		t.Errorf("%d cells", len(out.Body.Cells))
	}
	for _, name := range out.Body.Cells {
		c, err := hex.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		center, err := c.Center()
		if err != nil || !planar.MultiPolygonContains(out.Body.Area.Coordinates, center) {
			t.Errorf("the centre of %s is outside, %v", name, err)
		}
	}
	if _, err := m.isochrone(t.Context(), &areaIn{Point: "7.5,43.2", Meters: 900}); err != nil ||
		roads.meters != 900 {
		t.Errorf("%v %v", err, roads.meters)
	}
	for _, c := range []struct {
		in   areaIn
		want error
	}{
		{areaIn{Point: "7.5,43.2"}, ErrReach},
		{areaIn{Point: "7.5,43.2", Minutes: 3, Meters: 3}, ErrReach},
		{areaIn{Point: "7.5,43.2;7,43", Minutes: 3}, ErrPoints},
		{areaIn{Point: "here", Minutes: 3}, ErrPoints},
		{areaIn{Point: "7.5,43.2", Minutes: 3, Cells: 15}, routing.ErrTooMany},
	} {
		if _, err := m.isochrone(t.Context(), &c.in); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c.in, err)
		}
	}
}
