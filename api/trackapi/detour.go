package trackapi

import (
	"context"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/geo"
	"beatplan/geo/track"
	"beatplan/internal/fail"
)

// Ports of the comparison of a day's way with what was planned.
type (
	// Plans knows what a person was to drive and whom they visited.
	Plans interface {
		// Driven returns where the person's visits of the day were, in their order,
		// and how long the plan's way was; 0 without a plan.
		Driven(ctx context.Context, person int64, on business.Date) (
			stops []orb.Point, planned geo.Meters, err error)
	}
	// Shortest knows the roads.
	Shortest interface {
		// ShortestThrough is the length of the shortest order of the stops between
		// two fixed ends.
		ShortestThrough(ctx context.Context, from, to orb.Point, stops []orb.Point) (geo.Meters, error)
	}
)

// shortWay is what is too short to compare: below it noise decides.
const shortWay = 500 // metres

// DetourOut compares what was driven with what was planned and what was needed.
type DetourOut struct {
	PersonID   int64    `json:"person_id"`
	Date       string   `json:"date"`
	TravelledM int      `json:"travelled_m" doc:"After the outlier filter, stays left out"`
	PlannedM   *int     `json:"planned_m" doc:"Of the published plan; null without one"`
	ShortestM  *int     `json:"shortest_m" doc:"Shortest order of the stops that were visited, same ends; null without a road"`
	OfPlanned  *float64 `json:"of_planned" doc:"travelled ÷ planned; below 1 when stops were dropped"`
	OfShortest *float64 `json:"of_shortest" doc:"travelled ÷ shortest"`
	Stops      int      `json:"stops" doc:"Visits that were made"`
}

func (s Surface) mountDetour(a *api.API) {
	api.Get(a, "/v1/detours/{person}/{date}", api.Op{
		ID: "get-detour", Summary: "Compare a person's driven way of a day with the plan and the shortest",
		Tags: []string{"Positions"}, Perm: api.SignedIn,
		Problems: []*fail.Error{track.ErrNotFound, ErrDate, api.ErrDenied},
	}, s.detour)
}

type detourOut struct{ Body DetourOut }

func (s Surface) detour(ctx context.Context, in *trackIn) (*detourOut, error) {
	on, by, err := in.asked(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.Track.Report(ctx, by, in.Person, on.At(s.Zone, 0), on.Add(1).At(s.Zone, 0))
	if err != nil {
		return nil, err
	}
	stops, planned, err := s.Plans.Driven(ctx, in.Person, on)
	if err != nil {
		return nil, err
	}
	out := DetourOut{PersonID: in.Person, Date: on.String(), TravelledM: int(r.Length),
		Stops: len(stops)}
	out.PlannedM, out.OfPlanned = ratio(r.Length, planned)
	if len(r.Trips) > 0 {
		from, to := r.Trips[0].From, r.Trips[len(r.Trips)-1].To
		if shortest, err := s.Roads.ShortestThrough(ctx, from, to, stops); err == nil {
			out.ShortestM, out.OfShortest = ratio(r.Length, shortest)
		} else if fail.As(err) == nil { // places off the road network have no ratio
			return nil, err
		}
	}
	return &detourOut{out}, nil
}

// ratio is the length in whole metres and travelled ÷ length; nil where nothing
// can be compared.
func ratio(travelled, length geo.Meters) (*int, *float64) {
	if length <= 0 {
		return nil, nil
	}
	whole := int(length)
	if length < shortWay {
		return &whole, nil
	}
	of := float64(travelled / length)
	return &whole, &of
}
