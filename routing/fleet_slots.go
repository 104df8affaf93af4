package routing

import (
	"context"
	"slices"
	"time"

	"beatplan/geo"
	"beatplan/routing/vrp"
	"beatplan/routing/vrp/insertion"
)

// FleetSlot is a place for a visit in a plan.
type FleetSlot struct {
	Person        int64
	Position      int // the visit becomes this stop of the day, counted from 0
	Begin, Depart time.Time
	Added         int // to the cost of the whole plan
	Drive         time.Duration
	Distance      geo.Meters // longer than before
}

// FleetSlots are the best places, cheapest first; where there is none, the rules
// that keep the visit out.
type FleetSlots struct {
	Slots   []FleetSlot
	Reasons []string
}

// Slots finds the best places for a visit in the plan of f.Previous, which stays
// as it is otherwise: nobody's other stops move to another day or order. Visits
// that the plan lacks stay out. It fails with ErrFleetInvalid, also when the visit
// is planned or driven already or one of a pair or pattern, which has no place alone, or with
// what Roads answers. O(visits × stops of a day).
func (p *Planner) Slots(ctx context.Context, f FleetProblem, visit int64, most int) (FleetSlots, error) {
	at := slices.IndexFunc(f.Tasks, func(t Task) bool { return t.ID == visit })
	if at < 0 {
		return FleetSlots{}, ErrFleetInvalid.WithField("visit_id", "unknown", "there is no such visit")
	}
	if err := f.placeable(visit); err != nil {
		return FleetSlots{}, err
	}
	m, err := p.fleet(ctx, f)
	if err != nil {
		return FleetSlots{}, err
	}
	plan := vrp.Solution{Routes: make([][]int, len(f.People))}
	if m.start != nil {
		plan = *m.start
	}
	var driven []int
	for v := range m.problem.Vehicles {
		driven = append(driven, m.problem.Vehicles[v].Prefix...)
	}
	for v := range plan.Routes { // what is driven already is in the plan, first
		rest := slices.DeleteFunc(plan.Routes[v], func(i int) bool { return slices.Contains(driven, i) })
		plan.Routes[v] = slices.Concat(m.problem.Vehicles[v].Prefix, rest)
	}
	var out FleetSlots
	for _, s := range insertion.Slots(m.problem, plan, at, most) {
		before := vrp.Schedule(m.problem, s.Vehicle, plan.Routes[s.Vehicle])
		after := vrp.Schedule(m.problem, s.Vehicle,
			slices.Insert(slices.Clone(plan.Routes[s.Vehicle]), s.Position, at))
		out.Slots = append(out.Slots, FleetSlot{
			Person: f.People[s.Vehicle].ID, Position: s.Position, Added: s.Added,
			Begin: m.frame.clock(s.Begin), Depart: m.frame.clock(after.Stops[s.Position].End),
			Drive: span(after.Drive - before.Drive), Distance: geo.Meters(after.Distance - before.Distance),
		})
	}
	if len(out.Slots) == 0 {
		for _, r := range insertion.Explain(m.problem, plan, at) {
			out.Reasons = append(out.Reasons, string(r))
		}
	}
	return out, nil
}

// placeable refuses a visit that is planned or driven already, or one of a pair or
// pattern.
func (f *FleetProblem) placeable(visit int64) error {
	planned := false
	for v := range f.People {
		planned = planned || slices.Contains(f.People[v].Locked, visit)
	}
	for _, day := range f.Previous {
		planned = planned || slices.Contains(day, visit)
	}
	if planned {
		return ErrFleetInvalid.WithField("visit_id", "duplicate",
			"the visit is in the plan already")
	}
	for _, q := range f.Pairs {
		if q.Pickup == visit || q.Delivery == visit {
			return ErrFleetInvalid.WithField("visit_id", "pair",
				"one visit of a pair has no place without the other")
		}
	}
	for _, g := range f.Patterns {
		for _, option := range g.Options {
			if slices.Contains(option, visit) {
				return ErrFleetInvalid.WithField("visit_id", "pattern",
					"one visit of a pattern has no place without the others")
			}
		}
	}
	return nil
}
