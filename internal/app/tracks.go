package app

import (
	"context"
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/visits"
	"beatplan/geo"
	"beatplan/internal/scope"
	"beatplan/routing"
)

// driven tells the surface of tracks what a person was to drive and whom they
// visited.
type driven struct{ visits *visits.Service }

// Driven returns where the person's visits of the day were, in their order, and
// how long the published plan's way was.
func (d driven) Driven(
	ctx context.Context, person int64, on business.Date,
) ([]orb.Point, geo.Meters, error) {
	who := business.PersonID(person)
	caller := visits.Caller{Actor: business.Actor{Person: who}, Phone: true,
		Scope: scope.Scope{People: []int64{person}}}
	day, err := d.visits.Day(ctx, caller, visits.PersonDay{Person: who, Date: on})
	if err != nil {
		return nil, 0, fmt.Errorf("day of person %d: %w", person, err)
	}
	items := slices.DeleteFunc(slices.Clone(day.Items), func(it visits.Item) bool {
		return !it.Driven() || it.DrivenAt == nil || it.Site.Point == nil
	})
	slices.SortStableFunc(items, func(a, b visits.Item) int { return a.DrivenAt.Compare(*b.DrivenAt) })
	stops := make([]orb.Point, len(items))
	for i, it := range items {
		stops[i] = *it.Site.Point
	}
	return stops, day.Totals.Distance, nil
}

// shortest tells the surface of tracks how long the shortest order is.
type shortest struct{ roads *routing.Roads }

// ShortestThrough is the length of the shortest order of the stops between two
// fixed ends, by road time.
func (s shortest) ShortestThrough(
	ctx context.Context, from, to orb.Point, stops []orb.Point,
) (geo.Meters, error) {
	var snaps []routing.Snap
	for _, p := range append(append([]orb.Point{from}, stops...), to) {
		snap, err := s.roads.Snap(p, 0)
		if err != nil {
			return 0, err
		}
		snaps = append(snaps, snap)
	}
	order, err := s.roads.Trip(ctx, snaps, routing.TripOptions{FirstFirst: true, LastLast: true})
	if err != nil {
		return 0, err
	}
	ordered := make([]routing.Snap, len(order))
	for i, k := range order {
		ordered[i] = snaps[k]
	}
	route, err := s.roads.Through(ctx, ordered)
	if err != nil {
		return 0, err
	}
	var sum geo.Meters
	for _, leg := range route.Legs {
		sum += leg.Distance
	}
	return sum, nil
}
