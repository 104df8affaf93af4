package vroom

import (
	"runtime"
	"time"

	"beatplan/routing/vrp"
)

// Names keep what an answer repeats of its request.
type Names struct {
	tasks    []name
	vehicles []Vehicle
	scale    int // parts of a unit of cost in the problem's costs; 0 is one
	perTask  int // those parts for a second at a task
	start    *vrp.Solution
	options  Options
	began    int // the request's time at the problem's second 0

	unmeasured bool           // some matrix has no distances
	bounds     [][]vrp.Window // of each vehicle's steps, where options.c asks for their times
}

// Threads are those of options.t, at most one a processor, which 0 is.
func (n *Names) Threads() int { return min(n.options.T, runtime.GOMAXPROCS(0)) }

// Budget is what options.l and options.x allow a search, 0 when they do not say: x is a
// number of sixths of most, less one.
func (n *Names) Budget(most time.Duration) time.Duration {
	switch {
	case n.options.L != nil:
		return time.Duration(*n.options.L * float64(time.Second))
	case n.options.X != nil:
		return most * time.Duration(*n.options.X+1) / 6
	}
	return 0
}

// Trace puts the ways on the road into an answer, where options.g asks for them: line
// draws the way through a route's places as an encoded polyline.
func (n *Names) Trace(a *Answer, line func([]Location) (string, error)) error {
	if !n.options.G {
		return nil
	}
	for k := range a.Routes {
		var places []Location
		for _, s := range a.Routes[k].Steps {
			if s.Location != nil {
				places = append(places, *s.Location)
			}
		}
		if len(places) < 2 {
			continue
		}
		var err error
		if a.Routes[k].Geometry, err = line(places); err != nil {
			return err
		}
	}
	return nil
}

// Start is the plan that the vehicles' steps describe; nil without steps.
func (n *Names) Start() *vrp.Solution { return n.start }

type name struct {
	kind        string
	id          int64
	description string
	location    *Location
	index       *int
	priority    int
	setup       int
}

// Plain names the tasks and vehicles of a problem that came in another format.
func Plain(p *vrp.Problem) *Names {
	n := &Names{}
	for i := range p.Visits {
		at := p.Visits[i].Location
		n.tasks = append(n.tasks, name{job, p.Visits[i].ID, "", nil, &at, 0, 0})
	}
	for v := range p.Vehicles {
		n.vehicles = append(n.vehicles, Vehicle{ID: int64(v + 1)})
	}
	return n
}

// Answer is a solution in VROOM's form. Code is 0 for success.
type Answer struct {
	Code       int          `json:"code"`
	Summary    Summary      `json:"summary"`
	Unassigned []Unassigned `json:"unassigned"`
	Routes     []Route      `json:"routes"`
}

// Summary adds up all routes.
type Summary struct {
	Sums
	Routes         int            `json:"routes"`
	Unassigned     int            `json:"unassigned"`
	ComputingTimes ComputingTimes `json:"computing_times"`
}

// ComputingTimes are milliseconds.
type ComputingTimes struct {
	Loading int `json:"loading"`
	Solving int `json:"solving"`
	Routing int `json:"routing"`
}

// Sums are the totals that a summary and a route share.
type Sums struct {
	Cost        int        `json:"cost"`
	Setup       int        `json:"setup"`
	Service     int        `json:"service"`
	Duration    int        `json:"duration"`
	WaitingTime int        `json:"waiting_time"`
	Priority    int        `json:"priority"`
	Distance    *int       `json:"distance,omitempty"` // metres, where they are known
	Delivery    []int      `json:"delivery,omitempty"`
	Pickup      []int      `json:"pickup,omitempty"`
	Violations  Violations `json:"violations"`
}

// Unassigned is a task in no route.
type Unassigned struct {
	ID            int64     `json:"id"`
	Type          string    `json:"type"`
	Description   string    `json:"description,omitempty"`
	Location      *Location `json:"location,omitempty"`
	LocationIndex *int      `json:"location_index,omitempty"`
}

// Route is a vehicle's day.
type Route struct {
	Vehicle     int64  `json:"vehicle"`
	Description string `json:"description,omitempty"`
	Sums
	Steps    []Step `json:"steps"`
	Geometry string `json:"geometry,omitempty"` // encoded polyline, with options.g
}

// Step is one stop of a route; Duration and Distance are cumulated travel.
type Step struct {
	Type          string     `json:"type"`
	ID            *int64     `json:"id,omitempty"`
	Job           *int64     `json:"job,omitempty"` // the older name of a job's id
	Description   string     `json:"description,omitempty"`
	Location      *Location  `json:"location,omitempty"`
	LocationIndex *int       `json:"location_index,omitempty"`
	Setup         int        `json:"setup"`
	Service       int        `json:"service"`
	WaitingTime   int        `json:"waiting_time"`
	Load          []int      `json:"load,omitempty"`
	Arrival       int        `json:"arrival"`
	Duration      int        `json:"duration"`
	Distance      *int       `json:"distance,omitempty"`
	Violations    Violations `json:"violations"`
}

// Answer tells a solution of the problem that Parse gave.
func (n *Names) Answer(p *vrp.Problem, s vrp.Solution) Answer {
	a := Answer{Unassigned: []Unassigned{}, Routes: []Route{}}
	a.Summary.Violations = Violations{}
	last := -1
	for _, i := range s.Missing(p) {
		t := n.tasks[i]
		if last >= 0 && n.same(last, i) {
			continue
		}
		last = i
		a.Unassigned = append(a.Unassigned, Unassigned{t.id, t.kind, t.description, t.location, t.index})
	}
	a.Summary.Unassigned = len(a.Unassigned)
	for v, route := range s.Routes {
		if len(route) == 0 {
			continue
		}
		r := n.told(p, v, route)
		a.Routes = append(a.Routes, r)
		sum := &a.Summary.Sums
		sum.Cost += r.Cost
		sum.Service += r.Service
		sum.Setup += r.Setup
		sum.Duration += r.Duration
		sum.WaitingTime += r.WaitingTime
		sum.Priority += r.Priority
		if r.Distance != nil {
			sum.Distance = n.metres(*r.Distance + value(sum.Distance))
		}
		sum.Violations = sum.Violations.with(r.Violations...)
		sum.Delivery, sum.Pickup = added(sum.Delivery, r.Delivery), added(sum.Pickup, r.Pickup)
	}
	a.Summary.Routes = len(a.Routes)
	return a
}

// told tells a route with the shortest times or, with options.c, with those that
// break its steps' times least, and what it breaks then.
func (n *Names) told(p *vrp.Problem, v int, route []int) Route {
	if !n.options.C {
		t := vrp.Schedule(p, v, route)
		return n.route(p, v, &t)
	}
	t := n.timed(p, v, route)
	r := n.route(p, v, &t)
	n.judge(p, v, &t, &r)
	return r
}

// metres are told where the request knows them.
func (n *Names) metres(m int) *int {
	if n.unmeasured {
		return nil
	}
	return &m
}

func value(x *int) int {
	if x == nil {
		return 0
	}
	return *x
}

func added(a, b []int) []int {
	for k, x := range b {
		if k == len(a) {
			a = append(a, 0)
		}
		a[k] += x
	}
	return a
}

// route tells a timed route, without what it breaks.
func (n *Names) route(p *vrp.Problem, v int, t *vrp.Timetable) Route {
	x, zero := &p.Vehicles[v], n.zero(p, v, t)
	r := Route{Vehicle: n.vehicles[v].ID, Description: n.vehicles[v].Description}
	r.Violations = Violations{}
	r.Duration, r.Distance, r.WaitingTime, r.Service = t.Drive, n.metres(t.Distance), t.Wait, t.Service
	cost := x.Fixed + x.PerSecond*t.Drive + x.PerMeter*t.Distance + n.perTask*t.Service
	r.Cost = cost / max(n.scale, 1)
	load := make([]int, len(x.Capacity))
	for k := range t.Stops {
		i := t.Stops[k].Visit
		r.Setup += n.tasks[i].setup
		load = added(load, p.Visits[i].Delivery)
		r.Delivery = added(r.Delivery, p.Visits[i].Delivery)
		r.Pickup = added(r.Pickup, p.Visits[i].Pickup)
		r.Priority += n.tasks[i].priority
	}
	r.Service -= r.Setup
	if x.Start != vrp.Nowhere {
		r.Steps = append(r.Steps, Step{Type: "start", Location: n.vehicles[v].Start,
			LocationIndex: n.vehicles[v].StartIndex, Arrival: t.Start, Distance: n.metres(0),
			Load: clone(load), Violations: Violations{}})
	}
	driven, length := 0, 0
	for k := range t.Stops {
		q := &t.Stops[k]
		r.Steps = append(r.Steps, n.breaks(p, v, t, k, load)...)
		driven, length = driven+q.Travel, length+q.Meters
		load = n.loaded(p, q.Visit, load)
		r.Steps = append(r.Steps, n.step(p, q, load, driven, length))
		for _, b := range t.Breaks { // a break while waiting is no waiting
			if b.Before == k && b.Start >= q.Arrive {
				r.Steps[len(r.Steps)-1].WaitingTime -= b.End - b.Start
			}
		}
	}
	r.Steps = append(r.Steps, n.breaks(p, v, t, len(t.Stops), load)...)
	for _, b := range t.Breaks {
		r.Service += b.End - b.Start
	}
	if x.End != vrp.Nowhere {
		r.Steps = append(r.Steps, Step{Type: "end", Location: n.vehicles[v].End,
			LocationIndex: n.vehicles[v].EndIndex, Arrival: t.End, Duration: t.Drive,
			Distance: n.metres(t.Distance), Load: clone(load), Violations: Violations{}})
	}
	for k := range r.Steps {
		r.Steps[k].Arrival += zero
	}
	return r
}

func clone(list []int) []int { return append([]int(nil), list...) }

// loaded is what is on board after the visit.
func (n *Names) loaded(p *vrp.Problem, i int, load []int) []int {
	load = added(load, p.Visits[i].Pickup)
	for k, q := range p.Visits[i].Delivery {
		load[k] -= q
	}
	for _, pair := range p.Pairs {
		if pair.Pickup == i {
			load = added(load, pair.Amount)
		}
		if pair.Delivery == i {
			load = added(load, negative(pair.Amount))
		}
	}
	return load
}

func negative(list []int) []int {
	out := clone(list)
	for k := range out {
		out[k] = -out[k]
	}
	return out
}

func (n *Names) step(p *vrp.Problem, q *vrp.StopTime, load []int, driven, length int) Step {
	t := n.tasks[q.Visit]
	id := t.id
	s := Step{Type: t.kind, ID: &id, Description: t.description, Location: t.location,
		LocationIndex: t.index, Setup: t.setup, Service: p.Visits[q.Visit].Service - t.setup,
		Load: clone(load), WaitingTime: q.Begin - q.Arrive, Arrival: q.Arrive, Duration: driven,
		Distance: n.metres(length), Violations: Violations{}}
	if t.kind == job {
		s.Job = &id
	}
	return s
}

// breaks are the pauses taken on the way to a stop.
func (n *Names) breaks(p *vrp.Problem, v int, t *vrp.Timetable, before int, load []int) []Step {
	var out []Step
	for _, b := range t.Breaks {
		if b.Before != before {
			continue
		}
		id := p.Vehicles[v].Breaks[b.Break].ID
		out = append(out, Step{Type: "break", ID: &id, Service: b.End - b.Start, Arrival: b.Start,
			Load: clone(load), Violations: Violations{}})
	}
	return out
}
