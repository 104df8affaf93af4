package vroom

import (
	"fmt"

	"beatplan/routing/vrp"
)

// effort is how long a task takes, and in which vehicles.
type effort struct {
	setup, service int
	vehicles       []int // nil is all
}

// efforts are the lengths of a task by type of vehicle: one unless its times per
// type differ between the vehicles that there are.
func (b *builder) efforts(j *Job, what string) ([]effort, error) {
	bad := func(x int) bool { return x < 0 || x > vrp.MaxTime }
	if bad(j.Setup) || bad(j.Service) {
		return nil, fmt.Errorf("%s: setup and service must be 0 … 2³⁰", what)
	}
	for _, by := range []map[string]int{j.SetupPerType, j.ServicePerType} {
		for kind, x := range by {
			if bad(x) {
				return nil, fmt.Errorf("%s: setup_per_type and service_per_type of %q must be 0 … 2³⁰",
					what, kind)
			}
		}
	}
	if len(j.SetupPerType)+len(j.ServicePerType) == 0 {
		return []effort{{setup: j.Setup, service: j.Service}}, nil
	}
	var list []effort
	for v := range b.r.Vehicles {
		setup, service := j.Setup, j.Service
		if own, ok := j.SetupPerType[b.r.Vehicles[v].Type]; ok {
			setup = own
		}
		if own, ok := j.ServicePerType[b.r.Vehicles[v].Type]; ok {
			service = own
		}
		k := 0
		for k < len(list) && (list[k].setup != setup || list[k].service != service) {
			k++
		}
		if k == len(list) {
			list = append(list, effort{setup: setup, service: service})
		}
		list[k].vehicles = append(list[k].vehicles, v)
	}
	switch len(list) {
	case 0:
		return []effort{{setup: j.Setup, service: j.Service}}, nil
	case 1:
		list[0].vehicles = nil
	}
	return list, nil
}

// task adds a task: a visit, or alternatives where it takes longer in some vehicles
// than in others.
func (b *builder) task(j *Job, kind string, explicit bool) error {
	what := fmt.Sprintf("%s %d", kind, j.ID)
	at, err := b.place(j.Location, j.LocationIndex, explicit, what)
	if err != nil {
		return err
	}
	if j.Priority < 0 || j.Priority > maxPriority {
		return fmt.Errorf("%s: priority must be 0 … 100", what)
	}
	list, err := b.efforts(j, what)
	if err != nil {
		return err
	}
	if len(list) > 1 && kind != job {
		return &Unsupported{"shipments." + kind + ".service_per_type, where vehicles differ by it"}
	}
	deliver := j.Delivery
	if deliver == nil {
		deliver = j.Amount
	}
	var group vrp.Group
	for _, x := range list {
		group.Visits = append(group.Visits, len(b.p.Visits))
		busy := x.setup + x.service
		b.p.Visits = append(b.p.Visits, vrp.Visit{ID: j.ID, Location: at, Service: busy,
			Windows: b.windows(j.TimeWindows, busy), Delivery: deliver, Pickup: j.Pickup,
			Skills: j.Skills, Allowed: x.vehicles,
			Optional: true, Prize: prizeTask + prizePriority*j.Priority})
		b.n.tasks = append(b.n.tasks,
			name{kind, j.ID, j.Description, j.Location, j.LocationIndex, j.Priority, x.setup})
	}
	if len(list) > 1 {
		b.p.Groups = append(b.p.Groups, group)
	}
	return nil
}

// same reports whether two visits are the same task, in other vehicles.
func (n *Names) same(i, k int) bool {
	return n.tasks[i].kind == n.tasks[k].kind && n.tasks[i].id == n.tasks[k].id
}

func (b *builder) shipment(s *Shipment, explicit bool) error {
	if s.Pickup.Skills != nil || s.Delivery.Skills != nil || s.Pickup.Priority != 0 ||
		s.Delivery.Priority != 0 || s.Pickup.Pickup != nil || s.Pickup.Delivery != nil ||
		s.Delivery.Pickup != nil || s.Delivery.Delivery != nil ||
		s.Pickup.Amount != nil || s.Delivery.Amount != nil {
		return &Unsupported{"shipments: skills, priority and amounts belong to the shipment"}
	}
	first := len(b.p.Visits)
	up, down := s.Pickup, s.Delivery
	up.Skills, up.Priority = s.Skills, s.Priority
	down.Skills, down.Priority = s.Skills, s.Priority
	if err := b.task(&up, pickup, explicit); err != nil {
		return err
	}
	if err := b.task(&down, delivery, explicit); err != nil {
		return err
	}
	b.p.Pairs = append(b.p.Pairs,
		vrp.Pair{Pickup: first, Delivery: first + 1, Amount: s.Amount})
	return nil
}
