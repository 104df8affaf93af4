package vroom

import (
	"fmt"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/check"
)

// distinct refuses what VROOM's documentation calls errors: two jobs, two pickups or
// two deliveries of one id, two breaks of one id for a vehicle, and a vehicle with
// neither start nor end.
func (b *builder) distinct() error {
	seen := map[string]map[int64]bool{job: {}, pickup: {}, delivery: {}}
	note := func(kind string, id int64) error {
		if seen[kind][id] {
			return fmt.Errorf("there are two of %s %d", kind, id)
		}
		seen[kind][id] = true
		return nil
	}
	for i := range b.r.Jobs {
		if err := note(job, b.r.Jobs[i].ID); err != nil {
			return err
		}
	}
	for i := range b.r.Shipments {
		if err := note(pickup, b.r.Shipments[i].Pickup.ID); err != nil {
			return err
		}
		if err := note(delivery, b.r.Shipments[i].Delivery.ID); err != nil {
			return err
		}
	}
	for i := range b.r.Vehicles {
		v := &b.r.Vehicles[i]
		if v.Start == nil && v.StartIndex == nil && v.End == nil && v.EndIndex == nil {
			return fmt.Errorf("vehicle %d: there is neither start nor end", v.ID)
		}
		breaks := map[int64]bool{}
		for _, k := range v.Breaks {
			if breaks[k.ID] {
				return fmt.Errorf("vehicle %d: there are two of break %d", v.ID, k.ID)
			}
			breaks[k.ID] = true
		}
	}
	return nil
}

// possible refuses steps that break a rule, with the rule. The problem must have
// passed Validate.
func possible(p *vrp.Problem, start *vrp.Solution) error {
	if start == nil {
		return nil
	}
	times := make([]vrp.Timetable, len(p.Vehicles))
	for v, route := range start.Routes {
		times[v] = vrp.Schedule(p, v, route)
	}
	cost, _ := vrp.Evaluate(p, *start)
	faults := check.Faults(p, check.Plan{Solution: *start, Times: times, Cost: cost})
	if len(faults) > 0 {
		return fmt.Errorf("vehicles.steps: %s", faults[0])
	}
	return nil
}
