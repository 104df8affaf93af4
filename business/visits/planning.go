package visits

import (
	"context"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
)

// Planner times and optimises days on real roads.
type Planner interface {
	// Evaluate times the tasks in the given order, as it is. What the order
	// breaks is named in the plan's violations; it is no error.
	Evaluate(ctx context.Context, p Problem) (Plan, error)
	// Optimise returns the best order found; when the given order is feasible,
	// the answer is feasible and no worse.
	Optimise(ctx context.Context, p Problem) (Plan, error)
	// Line is the way on the road through the points in their order.
	Line(ctx context.Context, points []orb.Point) (orb.LineString, error)
	// Roads names the roads that answer: under another name, what was answered
	// before is asked anew.
	Roads() string
}

// Problem is a day to be timed or optimised.
type Problem struct {
	Start, End *orb.Point // nil: at the first stop, at the last
	Shift      Window
	Tasks      []Task    // in today's order
	Driven     int       // that many first tasks keep their order
	Stays      []Stay    // when each driven task was really made
	Now        time.Time // nothing to come can be before it; zero on another day
}

// Task is one stop of a problem.
type Task struct {
	ID       int64 // unique in the problem
	Point    orb.Point
	Service  time.Duration
	Windows  []Window // one of them must hold the whole visit; none: any time
	Optional bool     // may be left out, which forgoes Prize
	Prize    int64    // in seconds of driving that it justifies
	Position *int     // must stand at this index; nil: anywhere
}

// Leg is the way to a stop, or back at the end.
type Leg struct {
	Duration time.Duration
	Distance geo.Meters
}

// Timed is a stop with its times.
type Timed struct {
	ID     int64 // of the task
	Arrive time.Time
	Begin  time.Time // after waiting for the window
	Depart time.Time
	Wait   time.Duration
	Leg    Leg // the way here
}

// Violation is one rule that an order breaks.
type Violation struct {
	Task int64         `json:"-"` // 0: the whole day
	Code string        `json:"code"`
	By   time.Duration `json:"by"` // by how much, where time is what is broken
}

// The violations that are found here; the planner has more.
const (
	closedThatDay = "closed"      // the customer does not open that day
	noPosition    = "no_position" // the customer is not on the map yet
)

// Unserved is a stop that a plan leaves out, and why.
type Unserved struct {
	Task     int64
	Customer business.CustomerID // 0 for a bare point
	Reasons  []string
}

// Totals sum up a plan.
type Totals struct {
	Drive    time.Duration `json:"drive"`
	Service  time.Duration `json:"service"`
	Wait     time.Duration `json:"wait"`
	Distance geo.Meters    `json:"distance"`
	Start    time.Time     `json:"start"`
	End      time.Time     `json:"end"`
	Stops    int           `json:"stops"`
	Feasible bool          `json:"feasible"`
}

// Plan is an order with its times.
type Plan struct {
	Stops      []Timed // in order
	Return     Leg
	Totals     Totals
	Violations []Violation
	Unserved   []Unserved
}

// Saving is what the best order saves over today's. Percent is of driving time.
type Saving struct {
	Duration time.Duration
	Distance geo.Meters
	Percent  float64
}

// Item is a stop as a reader needs it: what it is, when, and what it breaks.
type Item struct {
	Stop
	Site       Site // for a bare point only Name and Point are set
	Overdue    *int // days, when the customer is due on that day
	Windows    []Window
	Stay       *Stay  // when it was really made; nil: not yet
	Timed      *Timed // nil: not timed, because skipped or not located
	Violations []Violation
}

// Evaluated is a day with its times on the road.
type Evaluated struct {
	Day
	Worker     Worker
	Shift      Window
	Items      []Item
	Return     Leg
	Totals     Totals
	Violations []Violation    // of the day as a whole
	Now        time.Time      // to the minute, when the day is today
	Line       orb.LineString // nil when there is no way to draw
	Best       *Best          // nil when nothing is to be ordered
	Planned    bool           // false when the roads could not answer
}

// Best is the best order found for a day's stops.
type Best struct {
	Totals   Totals
	Order    []Wanted
	Saving   Saving
	Unserved []Unserved
}

// Proposal sets today's order beside the best one; nothing is saved.
type Proposal struct {
	Current, Best Evaluated
	Saving        Saving
	Unserved      []Unserved
}

// problemOf turns a day's items into a problem. Skipped stops and customers
// without a position are left out; a stop's task id is its index in items plus
// one. Customers that are closed that day get no window, so that the order stays
// sensible, and a violation afterwards.
func problemOf(e *Evaluated, due map[business.CustomerID]DueCustomer, free bool) Problem {
	p := Problem{
		Start: anchorPoint(e.Start, e.Worker), End: anchorPoint(e.End, e.Worker),
		Shift: e.Shift, Now: e.Now,
	}
	for i, it := range e.Items {
		if it.State == Skipped || it.Site.Point == nil {
			continue
		}
		t := Task{
			ID: int64(i + 1), Point: *it.Site.Point, Service: it.Site.Service,
			Windows: it.Windows,
		}
		switch {
		case it.Driven():
			p.Driven++
			if it.Stay != nil {
				p.Stays = append(p.Stays, *it.Stay)
			}
		case it.Locked:
			at := len(p.Tasks)
			t.Position = &at
		case it.Optional && free:
			t.Optional = true
			t.Prize = prizeOf(it.Site.Level, due[it.Customer])
		}
		p.Tasks = append(p.Tasks, t)
	}
	return p
}

// apply puts a plan's times into the items it was made for and reorders them:
// driven first, then as planned, then what is not timed in its old order. Items
// that the plan leaves out are dropped and returned.
func apply(e Evaluated, p Plan) (Evaluated, []Unserved) {
	placed := make(map[int64]bool, len(p.Stops))
	items := make([]Item, 0, len(e.Items))
	byTask := map[int64][]Violation{}
	e.Violations = nil
	for _, v := range p.Violations {
		if v.Task == 0 {
			e.Violations = append(e.Violations, v)
			continue
		}
		byTask[v.Task] = append(byTask[v.Task], v)
	}
	for _, t := range p.Stops {
		it := e.Items[t.ID-1]
		it.Timed = &t
		it.Violations = append(slices.Clone(it.Violations), byTask[t.ID]...)
		items = append(items, it)
		placed[t.ID] = true
	}
	left := slices.Clone(p.Unserved)
	dropped := make(map[int64]bool, len(left))
	for i := range left {
		dropped[left[i].Task] = true
		left[i].Customer = e.Items[left[i].Task-1].Customer
	}
	for i, it := range e.Items {
		id := int64(i + 1)
		if !placed[id] && !dropped[id] {
			items = append(items, it)
		}
	}
	e.Items, e.Return, e.Totals, e.Planned = items, p.Return, p.Totals, true
	e.Totals.Stops = len(p.Stops)
	e.Totals.Feasible = p.Totals.Feasible && len(left) == 0
	for _, it := range items {
		if len(it.Violations) > 0 {
			e.Totals.Feasible = false
		}
	}
	return e, left
}

// saving compares two plans of the same stops; positive is better.
func saving(current, best Totals) Saving {
	s := Saving{
		Duration: current.Drive - best.Drive, Distance: current.Distance - best.Distance,
	}
	if current.Drive > 0 {
		s.Percent = 100 * float64(s.Duration) / float64(current.Drive)
	}
	return s
}

// noWorse keeps today's order when it is feasible and the proposal is not, or
// drives longer.
func noWorse(current, best Plan) Plan {
	if len(current.Violations) > 0 || len(best.Unserved) > 0 {
		return best
	}
	if len(best.Violations) > 0 || best.Totals.Drive > current.Totals.Drive {
		return current
	}
	return best
}
