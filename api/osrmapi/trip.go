package osrmapi

import (
	"context"
	"errors"

	"beatplan/routing"
)

// tripPoint is a coordinate with its place in the trip.
type tripPoint struct {
	waypoint
	WaypointIndex int `json:"waypoint_index"`
	TripsIndex    int `json:"trips_index"`
}

// trip answers the trip service.
func (q question) trip(ctx context.Context) (any, error) {
	v, err := q.view()
	if err != nil {
		return nil, err
	}
	o, err := q.tripOptions()
	if err != nil {
		return nil, err
	}
	snaps, waypoints, err := q.snap()
	if err != nil {
		return nil, err
	}
	order, err := q.roads.Trip(ctx, snaps, o)
	if errors.Is(err, routing.ErrUnreachable) {
		return nil, refuse("NoTrips",
			"No trip visiting all destinations possible.")
	}
	if err != nil {
		return nil, err
	}
	through := pick(snaps, order)
	if o.Round || len(through) == 1 {
		through = append(through, through[0])
	}
	found, err := q.roads.Through(ctx, through)
	if err != nil {
		return nil, err
	}
	trip, err := q.write(found, nil, v)
	if err != nil {
		return nil, err
	}
	points := make([]tripPoint, len(waypoints))
	for at, i := range order {
		points[i] = tripPoint{waypoint: waypoints[i], WaypointIndex: at}
	}
	return q.finish(map[string]any{"trips": []routeJSON{trip}}, points)
}

func (q question) tripOptions() (routing.TripOptions, error) {
	var o routing.TripOptions
	round, err := q.choice("roundtrip", "true", "false")
	if err != nil {
		return o, err
	}
	source, err := q.choice("source", "any", "first")
	if err != nil {
		return o, err
	}
	destination, err := q.choice("destination", "any", "last")
	if err != nil {
		return o, err
	}
	o.Round, o.FirstFirst, o.LastLast = round == "true", source == "first", destination == "last"
	return o, nil
}
