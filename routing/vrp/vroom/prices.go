package vroom

import (
	"fmt"
	"slices"

	"beatplan/routing/vrp"
)

// unit is how many parts of a unit of cost the prices are first stated in: a cost
// per hour is five of them a second, a cost per kilometre eighteen a metre.
const unit = 18_000

// highestPrice bounds a price of a second or a metre after the common divisor is
// taken out, so that sums stay exact.
const highestPrice = 1000

// hourly is the cost of an hour on the way unless a vehicle says otherwise.
const hourly = 3600

// prices states a vehicle's costs in parts.
func (b *builder) prices(v *Vehicle) (fixed, perSecond, perMeter int) {
	hour, km := hourly, 0
	if c := v.Costs; c != nil {
		fixed, km = c.Fixed, c.PerKM
		if c.PerHour != nil {
			hour = *c.PerHour
		}
	}
	if b.priced(v) {
		return fixed, 0, unit
	}
	return fixed, 5 * hour, 18 * km
}

// economy divides all prices by what they share; Names.scale undoes the rest.
func (b *builder) economy() error {
	perTask, err := b.perTask()
	if err != nil {
		return err
	}
	shared := divisor(unit, perTask)
	for v := range b.p.Vehicles {
		shared = divisor(divisor(shared, b.p.Vehicles[v].PerSecond), b.p.Vehicles[v].PerMeter)
	}
	b.n.scale, b.n.perTask = unit/shared, perTask/shared
	for v := range b.p.Vehicles {
		x := &b.p.Vehicles[v]
		x.PerSecond, x.PerMeter = x.PerSecond/shared, x.PerMeter/shared
		if x.PerSecond < 0 || x.PerMeter < 0 || x.PerSecond > highestPrice || x.PerMeter > highestPrice {
			return &Unsupported{"vehicles.costs: per_hour and per_km this large or this uneven"}
		}
		if x.Fixed < 0 || x.Fixed > vrp.MaxTime/b.n.scale {
			return fmt.Errorf("vehicle %d: costs.fixed is negative or too large", x.ID)
		}
		x.Fixed *= b.n.scale
	}
	most := vrp.MaxTime / (prizeTask + maxPriority*prizePriority)
	if b.n.scale > most { // the prizes are far above any route all the same
		return nil
	}
	for i := range b.p.Visits {
		b.p.Visits[i].Prize *= b.n.scale
	}
	return nil
}

// perTask is the price of a second at a task, in parts. All vehicles must ask the same:
// then it says nothing of who does what, and is only told.
func (b *builder) perTask() (int, error) {
	price := func(v int) int {
		if c := b.r.Vehicles[v].Costs; c != nil {
			return c.PerTaskHour
		}
		return 0
	}
	for v := range b.r.Vehicles {
		switch {
		case price(v) < 0 || price(v) > vrp.MaxTime:
			return 0, fmt.Errorf("vehicle %d: costs.per_task_hour must be 0 … 2³⁰", b.r.Vehicles[v].ID)
		case price(v) != price(0):
			return 0, &Unsupported{"vehicles.costs.per_task_hour that differs between vehicles"}
		case price(v) > 0 && len(b.p.Groups) > 0:
			return 0, &Unsupported{"vehicles.costs.per_task_hour beside times by type of vehicle"}
		}
	}
	if len(b.r.Vehicles) == 0 {
		return 0, nil
	}
	return 5 * price(0), nil
}

func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, -a)
}

// setups refuses setup times that would not always be due: VROOM leaves the setup
// out when the step before is at the same place.
func (b *builder) setups() error {
	count := map[int]int{} // tasks, and a start, of a place
	for i := range b.p.Visits {
		if i == 0 || !b.n.same(i-1, i) {
			count[b.p.Visits[i].Location]++
		}
	}
	for v := range b.p.Vehicles {
		count[b.p.Vehicles[v].Start]++
	}
	for i, t := range b.n.tasks {
		if t.setup > 0 && count[b.p.Visits[i].Location] > 1 {
			return &Unsupported{fmt.Sprintf("setup of %s %d at a place that others share", t.kind, t.id)}
		}
	}
	return nil
}

// plan reads the routes that the vehicles' steps describe.
func (b *builder) plan() error {
	at := map[string]map[int64][]int{job: {}, pickup: {}, delivery: {}}
	for i, t := range b.n.tasks {
		at[t.kind][t.id] = append(at[t.kind][t.id], i)
	}
	start, any := vrp.Solution{Routes: make([][]int, len(b.r.Vehicles))}, false
	for v := range b.r.Vehicles {
		for _, s := range b.r.Vehicles[v].Steps {
			switch s.Type {
			case "start", "end", "break":
				continue
			case job, pickup, delivery:
			default:
				return &Unsupported{"vehicles.steps.type " + s.Type}
			}
			if s.ID == nil {
				return fmt.Errorf("vehicle %d: a step has no id", b.r.Vehicles[v].ID)
			}
			list := at[s.Type][*s.ID]
			if len(list) == 0 {
				return fmt.Errorf("vehicle %d: no %s %d", b.r.Vehicles[v].ID, s.Type, *s.ID)
			}
			i := list[0]
			for _, k := range list { // the one that takes as long as in this vehicle
				if x := &b.p.Visits[k]; x.Allowed == nil || slices.Contains(x.Allowed, v) {
					i = k
				}
			}
			start.Routes[v], any = append(start.Routes[v], i), true
		}
	}
	if any {
		b.n.start = &start
	}
	return nil
}
