package routing

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/internal/fail"
	"beatplan/routing/vrp"
	"beatplan/routing/vrp/insertion"
	"beatplan/routing/vrp/search"
)

// Bounds of a fleet problem.
const (
	MaxPeople      = 200
	MaxFleetVisits = 2000
	// MaxApart is how far apart the shifts of a plan begin: four weeks.
	MaxApart = 28 * 24 * time.Hour
)

// ErrFleetInvalid refuses a plan of several people whose input breaks a rule; its
// fields say which.
var ErrFleetInvalid = fail.New(fail.Invalid, "routing.fleet_invalid",
	"These visits cannot be planned as they were given.")

// Person is somebody with a day.
type Person struct {
	ID          int64
	Start, End  *orb.Point // nil: the day begins, or ends, at any visit
	Shift       Window
	Breaks      []Break
	MaxDuty     time.Duration // 0 is no bound
	MaxDistance geo.Meters    // 0 is no bound
	MaxStops    int           // 0 is no bound
	Skills      []int
	Locked      []int64 // visits driven already, in their order
	Capacity    []int   // what can be carried, by dimension; nil is no bound
	Pins        []TaskPin
	Fixed       int // price of having any visit, in seconds of driving
}

// TaskPin keeps a visit at a position of its person's day, counted from 0.
type TaskPin struct {
	Task     int64
	Position int
}

// Task is a visit that somebody is to make.
type Task struct {
	Stop            // Position is not used
	People  []int64 // who may; nil is everybody
	Refused []int64 // who may not
	Skills  []int
	// Delivery is carried from the start to here, Pickup from here to the end.
	Delivery, Pickup []int
	Preferred        *Preference
}

// Preference is a soft window inside the hard ones. An hour that the visit begins
// before it or ends after it is worth that many seconds of driving.
type Preference struct {
	Window
	EarlyPerHour, LatePerHour int
}

// FleetProblem is the visits of several people on one day, or of several days when
// each person stands for somebody's one day.
type FleetProblem struct {
	People     []Person
	Tasks      []Task
	Seed       uint64
	Iterations int           // rounds of the search; with 0 the time bounds it
	Time       time.Duration // wall clock
	Balance    int           // price of a second between the longest and the shortest day
	// PerCrossing and PerOverlap are what two people's crossing ways, and a visit
	// within another's area, are worth, in seconds of driving.
	PerCrossing, PerOverlap int
	FleetLinks
}

// FleetPlan is who visits whom, when.
type FleetPlan struct {
	Days     []DayPlan // one a person; Index of a stop is its place in Tasks
	Unserved []Unserved
	Cost     vrp.Cost
	Bound    int // no plan that makes every required visit costs less
	Rounds   int
	Stopped  bool // ended before its budget: the best plan so far
}

// Progress of a search: its share of the budget, 0 … 1, the best cost so far, the
// lower bound, and how many visits nobody makes.
type Progress func(spent float64, cost, bound, unserved int)

// Fleet plans the visits of several people: least driving, waiting counting a
// quarter; optional visits where their prize pays. Visits that fit nowhere are in
// Unserved with reasons proven by trying every insertion. When ctx ends, the best
// plan so far is returned. It fails with ErrFleetInvalid or what Roads answers.
func (p *Planner) Fleet(ctx context.Context, f FleetProblem, progress Progress) (FleetPlan, error) {
	m, err := p.fleet(ctx, f)
	if err != nil {
		return FleetPlan{}, err
	}
	bound := search.Bound(m.problem)
	options := search.Options{Seed: f.Seed, Iterations: f.Iterations, Time: f.Time, Start: m.start}
	if progress != nil {
		options.Progress = func(x search.Progress) { progress(x.Spent, x.Cost, bound, x.Unserved) }
	}
	res, err := search.Solve(ctx, m.problem, options)
	if err != nil {
		return FleetPlan{}, ErrFleetInvalid.Because(err)
	}
	plan := m.tell(res.Solution)
	plan.Cost, plan.Rounds, plan.Bound, plan.Stopped = res.Cost, res.Iterations, bound, ctx.Err() != nil
	return plan, nil
}

// fleetModel is a fleet problem as a routing problem; visit i is task i.
type fleetModel struct {
	fleet   FleetProblem
	problem *vrp.Problem
	frame   dayModel // turns times into seconds and back
	start   *vrp.Solution
}

func (p *Planner) fleet(ctx context.Context, f FleetProblem) (*fleetModel, error) {
	if err := checkFleet(f); err != nil {
		return nil, err
	}
	first := f.People[0].Shift.Open
	for i := range f.People {
		if open := f.People[i].Shift.Open; open.Before(first) {
			first = open
		}
	}
	m := &fleetModel{fleet: f, problem: &vrp.Problem{}}
	m.frame = dayModel{origin: first.Add(-before), reach: MaxApart + dayReach}
	for i := range f.Tasks {
		m.frame.day.Stops = append(m.frame.day.Stops, f.Tasks[i].Stop)
	}
	points := m.frame.day.points()
	place := func(at *orb.Point) int {
		if at == nil {
			return vrp.Nowhere
		}
		points = append(points, *at)
		return len(points) - 1
	}
	tasks, people := map[int64]int{}, map[int64]int{}
	for i := range f.Tasks {
		tasks[f.Tasks[i].ID] = i
	}
	for v := range f.People {
		people[f.People[v].ID] = v
		m.problem.Vehicles = append(m.problem.Vehicles, m.person(&f.People[v], place, tasks))
	}
	for i := range f.Tasks {
		m.problem.Visits = append(m.problem.Visits, m.task(i, people))
	}
	m.problem.Balance.PerSecond = f.Balance
	m.problem.Compact = vrp.Compact{PerCrossing: f.PerCrossing * perDrive, PerOverlap: f.PerOverlap * perDrive}
	m.problem.Points = plane(points)
	m.links(tasks, people)
	table, err := p.Roads.Matrix(ctx, points, points)
	if err != nil {
		return nil, fmt.Errorf("travel times of the plan: %w", err)
	}
	m.problem.Profiles = []vrp.Profile{{Locations: len(points),
		Duration: table.Seconds, Distance: table.Meters}}
	if err := m.problem.Validate(); err != nil {
		return nil, refused(err)
	}
	return m, nil
}

// refused turns the solver's faults into fields.
func refused(err error) error {
	out := ErrFleetInvalid
	if bad := (*vrp.Invalid)(nil); errors.As(err, &bad) {
		for _, x := range bad.Faults {
			path := strings.Replace(x.Path, "vehicles[", "people[", 1)
			out = out.WithField(path, x.Code, x.Text)
		}
	}
	return out.Because(err)
}

func (m *fleetModel) person(x *Person, place func(*orb.Point) int, tasks map[int64]int) vrp.Vehicle {
	v := vrp.Vehicle{ID: x.ID, Start: place(x.Start), End: place(x.End),
		Shift: m.frame.window(x.Shift), Punctual: len(x.Locked) > 0,
		MaxDuty: seconds(x.MaxDuty), MaxDistance: int(x.MaxDistance), MaxStops: x.MaxStops,
		Skills: x.Skills, Capacity: x.Capacity, PerSecond: perDrive, PerWait: perWait,
		Fixed: x.Fixed * perDrive}
	for _, b := range x.Breaks {
		v.Breaks = append(v.Breaks, vrp.Break{Duration: seconds(b.Duration),
			Windows: []vrp.Window{m.frame.window(b.Window)}})
	}
	for _, id := range x.Locked {
		v.Prefix = append(v.Prefix, tasks[id])
	}
	for _, pin := range x.Pins {
		v.Pins = append(v.Pins, vrp.Pin{Visit: tasks[pin.Task], Position: pin.Position})
	}
	return v
}

func (m *fleetModel) task(i int, people map[int64]int) vrp.Visit {
	t := &m.fleet.Tasks[i]
	x := m.frame.visit(i)
	x.Skills, x.Delivery, x.Pickup = t.Skills, t.Delivery, t.Pickup
	for _, id := range t.People {
		x.Allowed = append(x.Allowed, people[id])
	}
	for _, id := range t.Refused {
		x.Forbidden = append(x.Forbidden, people[id])
	}
	for v := range m.problem.Vehicles { // what is driven already is history
		if slices.Contains(m.problem.Vehicles[v].Prefix, i) {
			x.Windows, x.Allowed, x.Forbidden, x.Skills = nil, nil, nil, nil
			return x
		}
	}
	if y := t.Preferred; y != nil {
		x.Preferred = &vrp.Preference{Window: m.frame.window(y.Window),
			PerEarly: perHour(y.EarlyPerHour), PerLate: perHour(y.LatePerHour)}
	}
	return x
}

// perHour turns the worth of an hour into the price of a second, which is whole
// and at least 1 where there is one.
func perHour(x int) int {
	if x <= 0 {
		return 0
	}
	return max((x*perDrive+1800)/3600, 1)
}

// plane lays points on a plane about their first, in metres.
func plane(points []orb.Point) []vrp.Point {
	var out []vrp.Point
	for _, q := range points {
		const degree = math.Pi / 180 * orb.EarthRadius
		shrink := math.Cos(points[0][1] * math.Pi / 180)
		out = append(out, vrp.Point{X: int((q[0] - points[0][0]) * degree * shrink),
			Y: int((q[1] - points[0][1]) * degree)})
	}
	return out
}

// checkFleet refuses what the solver does not see: times, ids, sizes.
func checkFleet(f FleetProblem) error {
	bad := ErrFleetInvalid
	fault := func(code, text, path string, args ...any) {
		bad = bad.WithField(fmt.Sprintf(path, args...), code, text)
	}
	if len(f.People) == 0 || len(f.People) > MaxPeople {
		fault("size", fmt.Sprintf("1 … %d people", MaxPeople), "people")
	}
	if len(f.Tasks) > MaxFleetVisits {
		fault("size", fmt.Sprintf("at most %d visits", MaxFleetVisits), "visits")
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	checkStops(DayProblem{Stops: stopsOf(f.Tasks)}, "visits", fault)
	tasks, people := map[int64]bool{}, map[int64]bool{}
	for i := range f.Tasks {
		tasks[f.Tasks[i].ID] = true
	}
	for v := range f.People {
		if people[f.People[v].ID] {
			fault("duplicate", "the same person twice", "people[%d].id", v)
		}
		people[f.People[v].ID] = true
		checkPerson(&f, v, tasks, fault)
	}
	if f.PerCrossing < 0 || f.PerOverlap < 0 || f.PerCrossing > maxPrize || f.PerOverlap > maxPrize {
		fault("range", "a price is negative or too large", "compactness")
	}
	for i, t := range f.Tasks {
		if !geo.Valid(t.Point) {
			fault("range", "not a longitude and latitude", "visits[%d].position", i)
		}
		if y := t.Preferred; y != nil && (y.Close.Before(y.Open) ||
			min(y.EarlyPerHour, y.LatePerHour) < 0 || max(y.EarlyPerHour, y.LatePerHour) > maxPrize) {
			fault("range", "the preferred time ends before it begins, or has no sound price",
				"visits[%d].preferred", i)
		}
		for _, id := range append(slices.Clone(t.People), t.Refused...) {
			if !people[id] {
				fault("unknown", "there is no such person", "visits[%d].people", i)
			}
		}
	}
	checkLinks(f, tasks, people, fault)
	if len(bad.Fields) > 0 {
		return bad
	}
	return nil
}

// checkPerson names what is wrong with a person's day.
func checkPerson(f *FleetProblem, v int, tasks map[int64]bool,
	fault func(code, text, path string, args ...any),
) {
	x := &f.People[v]
	for _, at := range []*orb.Point{x.Start, x.End} {
		if at != nil && !geo.Valid(*at) {
			fault("range", "not a longitude and latitude", "people[%d]", v)
		}
	}
	if x.Shift.Open.IsZero() || !x.Shift.Close.After(x.Shift.Open) ||
		x.Shift.Close.Sub(x.Shift.Open) > maxShift ||
		x.Shift.Open.Sub(f.People[0].Shift.Open).Abs() > MaxApart/2 {
		fault("range", "a shift ends after it begins, within three days; all begin within two weeks"+
			" of the first person's", "people[%d].shift", v)
	}
	for k, id := range x.Locked {
		if !tasks[id] {
			fault("unknown", "there is no such visit", "people[%d].locked[%d]", v, k)
		}
	}
	for k, b := range x.Breaks {
		if b.Duration < 0 || b.Window.Close.Sub(b.Window.Open) < b.Duration {
			fault("range", "the break does not fit into its window", "people[%d].breaks[%d]", v, k)
		}
	}
	for k, pin := range x.Pins {
		if !tasks[pin.Task] {
			fault("unknown", "there is no such visit", "people[%d].pins[%d]", v, k)
		}
	}
	if x.MaxDuty < 0 || x.MaxDistance < 0 || x.MaxStops < 0 || x.Fixed < 0 || x.Fixed > maxPrize {
		fault("range", "a limit or price is negative or too large", "people[%d]", v)
	}
}

func stopsOf(tasks []Task) []Stop {
	list := make([]Stop, len(tasks))
	for i := range tasks {
		list[i] = tasks[i].Stop
		list[i].Position = nil
	}
	return list
}

// tell times every day and explains what is left out.
func (m *fleetModel) tell(s vrp.Solution) FleetPlan {
	var out FleetPlan
	for v, route := range s.Routes {
		open := m.frame.clock(m.problem.Vehicles[v].Shift.Open)
		day := DayPlan{Start: open, End: open, Feasible: true}
		if len(route) > 0 {
			t := vrp.Schedule(m.problem, v, route)
			m.frame.tell(&day, &t)
			day.Feasible = t.Feasible()
		}
		out.Days = append(out.Days, day)
	}
	for _, i := range s.Unserved(m.problem) {
		u := Unserved{ID: m.fleet.Tasks[i].ID}
		for _, r := range insertion.Explain(m.problem, s, i) {
			u.Reasons = append(u.Reasons, string(r))
		}
		out.Unserved = append(out.Unserved, u)
	}
	return out
}
