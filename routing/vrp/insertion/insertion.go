// Package insertion tries a visit at every place of a plan: to find the best
// places for a new one, and to prove why one has none.
//
// Every trial is judged by the exact clock of package vrp, so an answer is a
// fact about the plan, not an estimate. One visit costs O(stops × route length).
package insertion

import (
	"cmp"
	"slices"

	"beatplan/routing/vrp"
)

// Slot is a place for a visit in a plan.
type Slot struct {
	Vehicle, Position int // the visit becomes stop Position, counted from 0
	Begin             int // of the service
	Added             int // to the cost of the whole plan, prize of the visit not counted
}

// Slots returns up to most places for the visit, cheapest first, then by vehicle
// and position; a locked prefix and pins stay as they are. A visit whose
// alternative is in the plan has none; one of a pair or a pattern is looked at alone.
func Slots(p *vrp.Problem, s vrp.Solution, visit, most int) []Slot {
	if chosen(p, s, visit) {
		return nil
	}
	var list []Slot
	x := newPrices(p, s)
	for v := range p.Vehicles {
		list = append(list, x.slotsOn(s, v, visit)...)
	}
	slices.SortFunc(list, func(a, b Slot) int {
		return cmp.Or(a.Added-b.Added, a.Vehicle-b.Vehicle, a.Position-b.Position)
	})
	return list[:min(most, len(list))]
}

func (x *prices) slotsOn(s vrp.Solution, v, visit int) []Slot {
	p := x.p
	if !p.Serves(v, visit) || !stopsLeft(p, s, v) {
		return nil
	}
	route := s.Routes[v]
	now := vrp.Schedule(p, v, route)
	before := x.route(v, route, &now)
	clock := vrp.NewClock(p, v)
	var list []Slot
	for _, at := range places(p, v, route) {
		trial := slices.Insert(slices.Clone(route), at, visit)
		if !p.Ordered(trial) || !carries(p, v, trial) || !keeps(p, v, clock.Sum(trial)) {
			continue
		}
		t := vrp.Schedule(p, v, trial)
		list = append(list, Slot{v, at, t.Stops[at].Begin, x.route(v, trial, &t) - before + p.Changed(v, visit)})
	}
	return list
}

// places are the positions at which something may be put into the route.
func places(p *vrp.Problem, v int, route []int) []int {
	vehicle := &p.Vehicles[v]
	first := len(vehicle.Prefix)
	for _, pin := range vehicle.Pins {
		if pin.Position < len(route) && route[pin.Position] == pin.Visit {
			first = max(first, pin.Position+1)
		}
	}
	var list []int
	for at := first; at <= len(route); at++ {
		list = append(list, at)
	}
	return list
}

// keeps reports whether a measured route holds its times and limits.
func keeps(p *vrp.Problem, v int, x vrp.Sum) bool {
	limit := &p.Vehicles[v]
	within := func(value, bound int) bool { return bound == 0 || value <= bound }
	return x.Warp == 0 && x.Missing == 0 && within(x.Duty, limit.MaxDuty) &&
		within(x.Drive, limit.MaxDrive) && within(x.Distance, limit.MaxDistance) &&
		within(x.Duty, p.Balance.MaxDuty) && x.Duty >= p.Balance.MinDuty
}

func stopsLeft(p *vrp.Problem, s vrp.Solution, v int) bool {
	most := p.Vehicles[v].MaxStops
	return most == 0 || len(s.Routes[v]) < most
}

func at(list []int, d int) int {
	if d < len(list) {
		return list[d]
	}
	return 0
}
