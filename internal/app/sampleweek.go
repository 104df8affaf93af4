package app

import (
	"context"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo/geodesic"
	"beatplan/routing"
	"beatplan/territory"
)

const (
	weekRounds = 12 // of the search, for each stop
	mostRounds = 500
	weekDays   = 5
)

// rounds drives sample weeks on the imported roads.
type rounds struct{ roads routing.Matrices }

// Week plans the stops as rounds from home with the least driving, on as many
// days as they take; seeded, bounded by rounds of the search and not by time, so
// that equal weeks are equal. It fails as routing.Planner.Fleet does.
func (r rounds) Week(
	ctx context.Context, home orb.Point, stops []territory.Stop,
) (territory.Week, error) {
	monday := time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC)
	f := routing.FleetProblem{Seed: 1, Iterations: min(weekRounds*len(stops), mostRounds)}
	for i, s := range stops {
		f.Tasks = append(f.Tasks, routing.Task{Stop: routing.Stop{
			ID: int64(i + 1), Point: s.Point, Service: s.Service}})
	}
	planner := routing.NewPlanner(bridged(r))
	for days := weekDays; ; days *= 2 {
		f.People = f.People[:0]
		for d := range days {
			f.People = append(f.People, routing.Person{ID: int64(d + 1), Start: &home, End: &home,
				MaxDuty: territory.Duty,
				Shift:   routing.Window{Open: monday, Close: monday.Add(2 * territory.Duty)}})
		}
		plan, err := planner.Fleet(ctx, f, nil)
		if err != nil {
			return territory.Week{}, err
		}
		if len(plan.Unserved) == 0 || days > 4*weekDays {
			return told(plan), nil
		}
	}
}

func told(plan routing.FleetPlan) territory.Week {
	w := territory.Week{Left: len(plan.Unserved)}
	for _, d := range plan.Days {
		if len(d.Stops) > 0 {
			w.Days++
			w.Drive += d.Drive
			w.Service += d.Service
		}
	}
	return w
}

// bridged answers for every pair: where the roads know no way, one as the crow
// flies at 15 km/h.
type bridged struct{ roads routing.Matrices }

// Matrix fills what is unreachable.
func (b bridged) Matrix(ctx context.Context, from, to []orb.Point) (routing.Matrix, error) {
	m, err := b.roads.Matrix(ctx, from, to)
	if err != nil {
		return m, err
	}
	for i := range from {
		for j := range to {
			if k := i*len(to) + j; m.Seconds[k] == routing.Unreachable {
				m.Seconds[k] = offRoad(from[i], to[j])
				m.Meters[k] = int32(geodesic.Distance(from[i], to[j]))
			}
		}
	}
	return m, nil
}
