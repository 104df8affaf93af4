package routing

import (
	"context"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/tour"
)

// MaxTrip bounds the points of one trip.
const MaxTrip = 500

// TripOptions say where a trip begins and ends.
type TripOptions struct {
	Round      bool // it comes back to where it began
	FirstFirst bool // it begins at the first point
	LastLast   bool // the last point is the last that is visited
}

// Trip finds the order in which points are visited fastest and returns it, as
// indexes of snaps; a round trip comes back to the first of them. Exact up to seven
// points, by the optimiser's tour heuristic beyond. It fails with ErrFewPoints,
// ErrTooMany, ErrUnreachable or as Table does.
func (e *Engine) Trip(ctx context.Context, snaps []Snap, o TripOptions) ([]int, error) {
	switch {
	case len(snaps) == 0:
		return nil, ErrFewPoints
	case len(snaps) > MaxTrip:
		return nil, ErrTooMany.With("given", len(snaps)).With("limit", MaxTrip)
	}
	m, err := e.Table(ctx, snaps, snaps)
	if err != nil {
		return nil, err
	}
	for i := range snaps {
		for j := range snaps {
			if s, _ := m.At(i, j); s == Unreachable {
				return nil, ErrUnreachable.With("from", i).With("to", j)
			}
		}
	}
	return tripOrder(ctx, m, o), nil
}

// tripOrder solves the tour over a matrix without gaps.
func tripOrder(ctx context.Context, m Matrix, o TripOptions) []int {
	n := m.Sources
	if n == 1 {
		return []int{0}
	}
	start, end := vrp.Nowhere, vrp.Nowhere
	cycle := o.Round && !(o.FirstFirst && o.LastLast)
	switch {
	case cycle && o.LastLast:
		start, end = n-1, n-1
	case cycle:
		start, end = 0, 0
	default:
		if o.FirstFirst {
			start = 0
		}
		if o.LastLast {
			end = n - 1
		}
	}
	p := &vrp.Problem{
		Profiles: []vrp.Profile{{Locations: n, Duration: m.Seconds, Distance: m.Meters}},
		Vehicles: []vrp.Vehicle{{
			Start: start, End: end, Shift: vrp.Window{Open: 0, Close: vrp.MaxTime}, PerSecond: 1,
		}},
	}
	var visits, candidates []int // location of a visit
	for i := range n {
		if i != start && i != end {
			p.Visits = append(p.Visits, vrp.Visit{ID: int64(i), Location: i})
			candidates = append(candidates, len(visits))
			visits = append(visits, i)
		}
	}
	found := tour.Solve(ctx, p, 0, candidates, tour.Options{Seed: 1})
	var order []int
	if start != vrp.Nowhere && !(cycle && o.LastLast) {
		order = append(order, start)
	}
	for _, v := range found.Route {
		order = append(order, visits[v])
	}
	for _, v := range found.Left { // an interrupted search: visited in their order
		order = append(order, visits[v])
	}
	if end != vrp.Nowhere && !(cycle && !o.LastLast) {
		order = append(order, end)
	}
	return order
}

// Trip is Engine.Trip in the region of the snaps.
func (r *Roads) Trip(ctx context.Context, snaps []Snap, o TripOptions) ([]int, error) {
	e, err := r.engineOf(snaps)
	if err != nil {
		return nil, err
	}
	return e.Trip(ctx, snaps, o)
}
