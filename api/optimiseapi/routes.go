// Package optimiseapi is the HTTP surface of the optimiser: plans of several
// people in our own model, and VROOM's request and answer for its clients.
package optimiseapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/internal/fail"
	"beatplan/internal/jobs"
	"beatplan/routing"
)

// Planner plans; routing.Planner does.
type Planner interface {
	Fleet(ctx context.Context, f routing.FleetProblem, p routing.Progress) (routing.FleetPlan, error)
	Slots(ctx context.Context, f routing.FleetProblem, visit int64, most int) (routing.FleetSlots, error)
}

// Jobs runs long plans; jobs.Service does.
type Jobs interface {
	Start(ctx context.Context, spec jobs.Spec,
		fn func(ctx context.Context, p *jobs.Progress) (any, error)) (jobs.Job, error)
}

// Lines draws ways on the road through points.
type Lines interface {
	Line(ctx context.Context, points []orb.Point) (orb.LineString, error)
}

// Surface holds what the operations need.
type Surface struct {
	Planner Planner
	Roads   routing.Matrices
	Lines   Lines
	Jobs    Jobs
}

// Bounds of one request.
const (
	maxBody    = 8 << 20
	atOnce     = 2     // seconds: longer plans are jobs
	fewRounds  = 2_000 // and so are more rounds
	maxSeconds = 600
)

// Mount registers the operations on a.
func Mount(a *api.API, s Surface) {
	own := []*fail.Error{routing.ErrFleetInvalid, routing.ErrBadPoint, routing.ErrTooMany}
	api.Post(a, "/v1/optimise", api.Op{
		ID: "optimise", Summary: "Plan the visits of several people", Tags: []string{"Optimiser"},
		Perm: business.RoutesRead, MaxBody: maxBody, Problems: own,
		Description: "Least driving, waiting counting a quarter; optional visits where their prize " +
			"pays. Plans of up to 2 seconds or 2,000 rounds are in the answer; longer ones answer 202 " +
			"with a job whose result is the plan; its note tells the best cost, the bound and the gap. A job " +
			"that is cancelled while it plans ends with the best plan so far. The same seed and iterations " +
			"give the same plan everywhere.",
	}, s.optimise)
	mountSlots(a, s, own)
	a.PlainBody(http.MethodPost, "/vroom", business.RoutesRead, maxBody, s.vroom)
}

type optimiseIn struct{ Body Problem }

type optimiseOut struct {
	Status int
	Body   Outcome
}

// Outcome is a plan, or the job that makes it.
type Outcome struct {
	Plan *Plan `json:"plan" doc:"null while a job makes it"`
	Job  *Job  `json:"job" doc:"null when the plan is here"`
}

// Job is where to follow a plan that takes long: GET /v1/jobs/{id}.
type Job struct {
	ID    int64      `json:"id"`
	Kind  string     `json:"kind" example:"routing.optimise"`
	State jobs.State `json:"state" enum:"queued,running,done,failed,cancelled,interrupted"`
}

func (s Surface) optimise(ctx context.Context, in *optimiseIn) (*optimiseOut, error) {
	f, err := in.Body.fleet()
	if err != nil {
		return nil, err
	}
	if short(f) {
		plan, err := s.Planner.Fleet(ctx, f, nil)
		if err != nil {
			return nil, err
		}
		shown := view(f, plan)
		return &optimiseOut{http.StatusOK, Outcome{Plan: &shown}}, nil
	}
	spec := jobs.Spec{Kind: "routing.optimise", Owner: int64(api.Actor(ctx).Person),
		Title: "Plan visits"}
	job, err := s.Jobs.Start(ctx, spec, func(ctx context.Context, p *jobs.Progress) (any, error) {
		p.Total(100)
		plan, err := s.Planner.Fleet(ctx, f, func(spent float64, cost, bound, unserved int) {
			p.Set(int64(100 * spent))
			p.Note(note(cost, bound, unserved))
		})
		if err != nil {
			return nil, err
		}
		return view(f, plan), nil
	})
	if err != nil {
		return nil, err
	}
	return &optimiseOut{http.StatusAccepted, Outcome{Job: &Job{job.ID, job.Kind, job.State}}}, nil
}

// note is the state of a search: its best cost, the lower bound, the gap between
// them, or how many visits nobody makes yet.
func note(cost, bound, unserved int) string {
	if unserved > 0 {
		return fmt.Sprintf("cost %d · bound %d · unserved %d", cost, bound, unserved)
	}
	return fmt.Sprintf("cost %d · bound %d · gap %.1f %%", cost, bound,
		100*float64(cost-bound)/float64(max(cost, 1)))
}

// short says whether the plan is made while the client waits.
func short(f routing.FleetProblem) bool {
	if f.Iterations > 0 {
		return f.Iterations <= fewRounds
	}
	return f.Time <= atOnce*time.Second
}

// Problem is the visits of several people on one day, or of several days when each
// person stands for somebody's one day.
type Problem struct {
	People         []Person   `json:"people" minItems:"1" maxItems:"200"`
	Visits         []Visit    `json:"visits" maxItems:"2000"`
	Seconds        float64    `json:"seconds,omitempty" minimum:"0" maximum:"600" doc:"Time to spend; 1 when neither is given"`
	Iterations     int        `json:"iterations,omitempty" minimum:"0" maximum:"1000000" doc:"Rounds to spend: the plan is then the same everywhere"`
	Seed           uint64     `json:"seed,omitempty" example:"1"`
	BalancePerHour int        `json:"balance_per_hour,omitempty" minimum:"0" maximum:"1000000" doc:"Seconds of driving that an hour between the longest and the shortest day is worth"`
	CrossingS      int        `json:"crossing_s,omitempty" minimum:"0" maximum:"10000000" doc:"Seconds of driving that two people's ways crossing on the map are worth"`
	OverlapS       int        `json:"overlap_s,omitempty" minimum:"0" maximum:"10000000" doc:"Seconds of driving that a visit within another's area is worth"`
	Groups         []Group    `json:"groups,omitempty" maxItems:"500" doc:"Alternatives"`
	Patterns       []Pattern  `json:"patterns,omitempty" maxItems:"2000" doc:"Choices among sets of visits, such as the weekdays of a customer who is seen twice a week"`
	Pairs          []Pair     `json:"pairs,omitempty" maxItems:"500" doc:"Taken up at one visit, set down at another by the same person"`
	Orders         []Order    `json:"orders,omitempty" maxItems:"2000" doc:"Whoever makes both makes the first first"`
	MinDutyS       int        `json:"min_duty_s,omitempty" minimum:"0" maximum:"259200" doc:"Of everybody who has visits"`
	MaxDutyS       int        `json:"max_duty_s,omitempty" minimum:"0" maximum:"259200" doc:"Of everybody"`
	Previous       []Previous `json:"previous,omitempty" maxItems:"200" doc:"The plan before, where the search starts"`
	ChangeS        int        `json:"change_s,omitempty" minimum:"0" maximum:"10000000" doc:"Seconds of driving that leaving a visit with its person is worth"`
}

// Group is a set of alternatives.
type Group struct {
	Visits   []int64 `json:"visits" maxItems:"100"`
	Required bool    `json:"required,omitempty" doc:"Exactly one instead of at most one"`
}

// Pattern is a choice among sets of visits, of which one is made whole. Its visits
// are in no group and no pair, and are not locked.
type Pattern struct {
	Options  [][]int64 `json:"options" minItems:"1" maxItems:"100" doc:"Visits by set; a visit may be in several sets of its pattern"`
	Optional bool      `json:"optional,omitempty" doc:"None may be made"`
	PrizeS   int       `json:"prize_s,omitempty" minimum:"0" maximum:"10000000" doc:"Seconds of driving that an optional one is worth"`
}

// Pair is a shipment.
type Pair struct {
	Pickup   int64 `json:"pickup"`
	Delivery int64 `json:"delivery"`
	Amount   []int `json:"amount,omitempty" maxItems:"10"`
}

// Order is a precedence.
type Order struct {
	First int64 `json:"first"`
	Then  int64 `json:"then"`
}

// Previous is what a person was to do.
type Previous struct {
	PersonID int64   `json:"person_id"`
	Visits   []int64 `json:"visits" maxItems:"2000"`
}

// Window is a stretch of time.
type Window struct {
	Open  time.Time `json:"open"`
	Close time.Time `json:"close"`
}

// Wish is a preferred time, whose edges have a price.
type Wish struct {
	Window
	EarlyPerHour int `json:"early_per_hour,omitempty" minimum:"0" maximum:"10000000" doc:"Seconds of driving that beginning an hour before it is worth, in steps of 900"`
	LatePerHour  int `json:"late_per_hour,omitempty" minimum:"0" maximum:"10000000" doc:"Seconds of driving that ending an hour after it is worth, in steps of 900"`
}

// Break is a pause.
type Break struct {
	DurationS int    `json:"duration_s" minimum:"0" maximum:"86400" example:"2700"`
	Window    Window `json:"window"`
}

// Person is somebody with a day.
type Person struct {
	ID           int64      `json:"id"`
	Start        *orb.Point `json:"start,omitempty" doc:"Longitude, latitude; null: at the first visit"`
	End          *orb.Point `json:"end,omitempty" doc:"Longitude, latitude; null: at the last visit"`
	Shift        Window     `json:"shift"`
	Breaks       []Break    `json:"breaks,omitempty" maxItems:"3"`
	MaxDutyS     int        `json:"max_duty_s,omitempty" minimum:"0" maximum:"259200"`
	MaxDistanceM float64    `json:"max_distance_m,omitempty" minimum:"0" maximum:"10000000"`
	MaxStops     int        `json:"max_stops,omitempty" minimum:"0" maximum:"2000"`
	Skills       []int      `json:"skills,omitempty" maxItems:"100"`
	Locked       []int64    `json:"locked,omitempty" maxItems:"200" doc:"Visits driven already, in order"`
	Capacity     []int      `json:"capacity,omitempty" maxItems:"10" doc:"What can be carried, by dimension"`
	Pins         []Pin      `json:"pins,omitempty" maxItems:"200" doc:"Visits that keep their place in the day"`
	FixedS       int        `json:"fixed_s,omitempty" minimum:"0" maximum:"10000000" doc:"Seconds of driving that having any visit is worth"`
}

// Pin keeps a visit at its place in a person's day; a window keeps its time.
type Pin struct {
	VisitID  int64 `json:"visit_id"`
	Position int   `json:"position" minimum:"0" maximum:"2000" doc:"Of the day's stops, from 0"`
}

// Visit is what somebody is to make.
type Visit struct {
	ID        int64     `json:"id"`
	Position  orb.Point `json:"position" doc:"Longitude, latitude"`
	ServiceS  int       `json:"service_s,omitempty" minimum:"0" maximum:"86400"`
	Windows   []Window  `json:"windows,omitempty" maxItems:"16" doc:"One of them holds the whole visit"`
	Preferred *Wish     `json:"preferred,omitempty" doc:"A time inside the windows that is better than the rest"`
	Optional  bool      `json:"optional,omitempty"`
	PrizeS    int64     `json:"prize_s,omitempty" minimum:"0" maximum:"10000000" doc:"Seconds of driving that an optional visit is worth"`
	Skills    []int     `json:"skills,omitempty" maxItems:"100"`
	Allowed   []int64   `json:"allowed,omitempty" maxItems:"200" doc:"People who may; all when absent"`
	Forbidden []int64   `json:"forbidden,omitempty" maxItems:"200" doc:"People who may not"`
	Delivery  []int     `json:"delivery,omitempty" maxItems:"10" doc:"Carried from the start to here"`
	Pickup    []int     `json:"pickup,omitempty" maxItems:"10" doc:"Carried from here to the end"`
}

// fleet states the request for the planner.
func (p Problem) fleet() (routing.FleetProblem, error) {
	f := routing.FleetProblem{Seed: p.Seed, Iterations: p.Iterations,
		Time: time.Duration(p.Seconds * float64(time.Second)), Balance: p.BalancePerHour * 4 / 3600,
		PerCrossing: p.CrossingS, PerOverlap: p.OverlapS}
	if p.Seconds == 0 && p.Iterations == 0 {
		f.Time = time.Second
	}
	if p.Iterations > 0 && p.Seconds == 0 { // a bound on the machine's time all the same
		f.Time = maxSeconds * time.Second
	}
	for _, x := range p.People {
		person := routing.Person{ID: x.ID, Start: x.Start, End: x.End, Shift: routing.Window(x.Shift),
			MaxDuty: span(x.MaxDutyS), MaxDistance: meters(x.MaxDistanceM), MaxStops: x.MaxStops,
			Skills: x.Skills, Locked: x.Locked, Capacity: x.Capacity, Fixed: x.FixedS}
		for _, pin := range x.Pins {
			person.Pins = append(person.Pins, routing.TaskPin{Task: pin.VisitID, Position: pin.Position})
		}
		for _, b := range x.Breaks {
			person.Breaks = append(person.Breaks,
				routing.Break{Duration: span(b.DurationS), Window: routing.Window(b.Window)})
		}
		f.People = append(f.People, person)
	}
	for _, x := range p.Visits {
		task := routing.Task{People: x.Allowed, Refused: x.Forbidden, Skills: x.Skills,
			Delivery: x.Delivery, Pickup: x.Pickup}
		task.Stop = routing.Stop{ID: x.ID, Point: x.Position, Service: span(x.ServiceS),
			Optional: x.Optional, Prize: x.PrizeS}
		if y := x.Preferred; y != nil {
			task.Preferred = &routing.Preference{Window: routing.Window(y.Window),
				EarlyPerHour: y.EarlyPerHour, LatePerHour: y.LatePerHour}
		}
		for _, w := range x.Windows {
			task.Windows = append(task.Windows, routing.Window(w))
		}
		f.Tasks = append(f.Tasks, task)
	}
	f.FleetLinks = p.links()
	return f, nil
}

func (p Problem) links() routing.FleetLinks {
	l := routing.FleetLinks{MinDuty: span(p.MinDutyS), MaxDuty: span(p.MaxDutyS), PerChange: p.ChangeS}
	for _, g := range p.Groups {
		l.Groups = append(l.Groups, routing.TaskGroup{Tasks: g.Visits, Required: g.Required})
	}
	for _, g := range p.Patterns {
		l.Patterns = append(l.Patterns,
			routing.TaskPattern{Options: g.Options, Optional: g.Optional, Prize: g.PrizeS})
	}
	for _, q := range p.Pairs {
		l.Pairs = append(l.Pairs, routing.TaskPair(q))
	}
	for _, o := range p.Orders {
		l.Orders = append(l.Orders, routing.TaskOrder(o))
	}
	if len(p.Previous) > 0 {
		l.Previous = map[int64][]int64{}
	}
	for _, x := range p.Previous {
		l.Previous[x.PersonID] = append(l.Previous[x.PersonID], x.Visits...)
	}
	return l
}
