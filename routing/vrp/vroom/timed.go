package vroom

import (
	"fmt"
	"slices"

	"beatplan/routing/vrp"
)

// missed is the price of a second before or after a step's time. It is above what a
// second can add to the duty, whose price is 1.
const missed = 1000

// mostTimed is how many steps of a vehicle are timed: the cost as a function of time
// may have a bend for each two of them.
const mostTimed = 1000

// Timed is the plan of the steps where options.c asks for its times, not for a better
// one. Answer tells those that are least early and late in sum, then the shortest, and
// every rule that the plan breaks.
func (n *Names) Timed(p *vrp.Problem) (s vrp.Solution, ok bool) {
	if !n.options.C {
		return vrp.Solution{}, false
	}
	if n.start != nil {
		return *n.start, true
	}
	return vrp.Solution{Routes: make([][]int, len(p.Vehicles))}, true
}

// timeable reads the bounds of the steps and refuses what cannot be timed.
func (b *builder) timeable() error {
	b.n.bounds = make([][]vrp.Window, len(b.r.Vehicles))
	plan, _ := b.n.Timed(b.p)
	seen := make([]bool, len(b.p.Visits))
	for v, route := range plan.Routes {
		if len(route) == 0 {
			continue
		}
		if len(b.r.Vehicles[v].Breaks) > 0 {
			return &Unsupported{"options.c with vehicles.breaks"}
		}
		if len(route) > mostTimed {
			return &Unsupported{"options.c with more than 1000 steps of a vehicle"}
		}
		for _, i := range route {
			if seen[i] {
				return fmt.Errorf("vehicles.steps: %s %d is twice in the steps",
					b.n.tasks[i].kind, b.n.tasks[i].id)
			}
			if seen[i] = true; len(b.p.Visits[i].Windows) > 1 {
				return &Unsupported{"options.c with several time_windows of a task"}
			}
		}
		b.n.bounds[v] = b.bounds(v, route)
		q, stops := b.n.loose(b.p, v, route)
		for k := range q.Visits {
			q.Visits[k].Preferred = nil // it is only asked whether there are times
		}
		if t := vrp.Schedule(q, 0, stops); !t.Feasible() {
			return fmt.Errorf("vehicle %d: no times keep service_at, service_after and service_before, "+
				"or no way leads from step to step", b.r.Vehicles[v].ID)
		}
	}
	return nil
}

// bounds are the hard times of the start, of every task of the route, and of the end.
func (b *builder) bounds(v int, route []int) []vrp.Window {
	out := make([]vrp.Window, len(route)+2)
	for k := range out {
		out[k] = vrp.Window{Close: vrp.MaxTime}
	}
	k := 0
	for _, s := range b.r.Vehicles[v].Steps {
		var at, busy int
		switch s.Type {
		case "start":
			at = 0
		case "end":
			at = len(route) + 1
		default:
			busy = b.p.Visits[route[k]].Service
			k++
			at = k
		}
		w := &out[at]
		for _, x := range []*int{s.ServiceAt, s.ServiceAfter} {
			if x != nil {
				w.Open = max(w.Open, b.moment(*x))
			}
		}
		for _, x := range []*int{s.ServiceAt, s.ServiceBefore} {
			if x != nil {
				w.Close = min(w.Close, b.moment(*x)+busy)
			}
		}
	}
	return out
}

// loose is a vehicle's route as a problem of its own: start and end are visits, and
// the times of the request are preferences.
func (n *Names) loose(p *vrp.Problem, v int, route []int) (*vrp.Problem, []int) {
	x := &p.Vehicles[v]
	q := &vrp.Problem{Profiles: p.Profiles, Vehicles: []vrp.Vehicle{{Profile: x.Profile,
		Start: vrp.Nowhere, End: vrp.Nowhere, Shift: vrp.Window{Close: vrp.MaxTime}, PerDuty: 1}}}
	add := func(place, busy, bound int, wish []vrp.Window) {
		y := vrp.Visit{Location: place, Service: busy, Windows: []vrp.Window{n.bounds[v][bound]}}
		if len(wish) > 0 {
			y.Preferred = &vrp.Preference{Window: wish[0], PerEarly: missed, PerLate: missed}
		}
		q.Visits = append(q.Visits, y)
	}
	var hours []vrp.Window
	if n.vehicles[v].TimeWindow != nil {
		hours = []vrp.Window{x.Shift}
	}
	if x.Start != vrp.Nowhere {
		add(x.Start, 0, 0, hours)
	}
	for k, i := range route {
		add(p.Visits[i].Location, p.Visits[i].Service, k+1, p.Visits[i].Windows)
	}
	if x.End != vrp.Nowhere {
		add(x.End, 0, len(route)+1, hours)
	}
	stops := make([]int, len(q.Visits))
	for k := range stops {
		stops[k] = k
	}
	return q, stops
}

// timed is the route with the times that miss its windows least.
func (n *Names) timed(p *vrp.Problem, v int, route []int) vrp.Timetable {
	q, stops := n.loose(p, v, route)
	t := vrp.Schedule(q, 0, stops)
	if p.Vehicles[v].Start != vrp.Nowhere {
		t.Start, t.Stops = t.Stops[0].Begin, t.Stops[1:]
	}
	if last := len(t.Stops) - 1; p.Vehicles[v].End != vrp.Nowhere {
		end := t.Stops[last]
		t.End, t.Travel, t.Meters, t.Stops = end.Begin, end.Travel, end.Meters, t.Stops[:last]
	}
	for k := range t.Stops {
		t.Stops[k].Visit = route[k]
	}
	return t
}

// Violation is a rule that a step or a route breaks. Duration is how much too early
// or too late, in seconds.
type Violation struct {
	Cause    string `json:"cause"`
	Duration int    `json:"duration,omitempty"`
}

// Violations are told once a cause, their durations summed.
type Violations []Violation

func (list Violations) with(more ...Violation) Violations {
	for _, x := range more {
		k := slices.IndexFunc(list, func(y Violation) bool { return y.Cause == x.Cause })
		if k < 0 {
			list = append(list, x)
			continue
		}
		list[k].Duration += x.Duration
	}
	return list
}

// judge adds what a timed route breaks to its steps and to itself.
func (n *Names) judge(p *vrp.Problem, v int, t *vrp.Timetable, r *Route) {
	x := &p.Vehicles[v]
	steps := r.Steps
	if x.Start != vrp.Nowhere {
		n.judgeEnd(v, x.Shift, t.Start, &steps[0])
		steps = steps[1:]
	}
	for k := range t.Stops {
		steps[k].Violations = n.broken(p, v, t, k)
	}
	if x.End != vrp.Nowhere {
		n.judgeEnd(v, x.Shift, t.End, &steps[len(t.Stops)])
	}
	for k := range r.Steps {
		s := &r.Steps[k]
		for d, most := range x.Capacity {
			if d < len(s.Load) && s.Load[d] > most {
				s.Violations = s.Violations.with(Violation{Cause: "load"})
			}
		}
		r.Violations = r.Violations.with(s.Violations...)
	}
	for _, limit := range []struct {
		cause       string
		value, most int
	}{
		{"max_tasks", len(t.Stops), x.MaxStops}, {"max_travel_time", t.Drive, x.MaxDrive},
		{"max_distance", t.Distance, x.MaxDistance},
	} {
		if limit.most > 0 && limit.value > limit.most {
			r.Violations = r.Violations.with(Violation{Cause: limit.cause})
		}
	}
}

// judgeEnd holds the start or the end against the vehicle's hours.
func (n *Names) judgeEnd(v int, hours vrp.Window, at int, s *Step) {
	if n.vehicles[v].TimeWindow != nil {
		s.Violations = s.Violations.with(untimely(hours, at)...)
	}
}

func untimely(w vrp.Window, begin int) Violations {
	switch {
	case begin < w.Open:
		return Violations{{"lead_time", w.Open - begin}}
	case begin > w.Close:
		return Violations{{"delay", begin - w.Close}}
	}
	return Violations{}
}

// broken is what the k-th task of a route breaks by itself.
func (n *Names) broken(p *vrp.Problem, v int, t *vrp.Timetable, k int) Violations {
	i := t.Stops[k].Visit
	x, out := &p.Visits[i], Violations{}
	if len(x.Windows) > 0 {
		w := x.Windows[0]
		w.Close = w.LatestStart(x.Service)
		out = out.with(untimely(w, t.Stops[k].Begin)...)
	}
	for _, s := range x.Skills {
		if !slices.Contains(p.Vehicles[v].Skills, s) {
			out = out.with(Violation{Cause: "skills"})
		}
	}
	at := func(i int) int {
		return slices.IndexFunc(t.Stops, func(s vrp.StopTime) bool { return s.Visit == i })
	}
	for _, pair := range p.Pairs {
		other := pair.Pickup == i && at(pair.Delivery) < 0
		if pair.Delivery == i {
			first := at(pair.Pickup)
			other = first < 0 || first > k
		}
		if other {
			out = out.with(Violation{Cause: "precedence"})
		}
	}
	return out
}
