package routing

import (
	"context"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
)

// Matrices answers travel times between points; Roads does, and so does a test.
type Matrices interface {
	// Matrix returns times and lengths from every source to every target.
	Matrix(ctx context.Context, sources, targets []orb.Point) (Matrix, error)
}

// Window is a stretch of time: a visit must begin at or after Open and end at or
// before Close. The zero Window is no bound at all.
type Window struct {
	Open  time.Time `json:"open"`
	Close time.Time `json:"close"`
}

// Break is a pause that the person takes between visits, on the road or while
// waiting: it lasts Duration and lies wholly inside Window.
type Break struct {
	Duration time.Duration
	Window   Window
}

// Stop is a customer of the day.
type Stop struct {
	ID       int64         // the caller's id, unique in the day
	Point    orb.Point     // longitude, latitude
	Service  time.Duration // time spent there
	Windows  []Window      // one of them must hold the whole visit; none: any time
	Optional bool          // may be left out, which forgoes Prize
	Prize    int64         // worth of an optional stop, in seconds of driving it justifies
	Position *int          // locked to this place in the order, from 0; nil is free
}

// DayProblem is one person's day: where it starts and ends, when it may, and the
// stops in today's order.
type DayProblem struct {
	Start  *orb.Point // nil: the day begins at the first stop
	End    *orb.Point // nil: the day ends at the last stop
	Shift  Window     // the whole day, travel included, lies inside
	Breaks []Break    // in order of time, at most three
	Stops  []Stop     // in today's order, at most MaxDayStops
	Locked int        // that many first stops are driven already and keep their order
}

// MaxDayStops bounds the stops of one day.
const MaxDayStops = 200

// LegTotals is the way to a stop, or back at the end.
type LegTotals struct {
	Duration time.Duration
	Distance geo.Meters
}

// PlannedStop is a stop with its times.
type PlannedStop struct {
	ID     int64
	Index  int       // place in DayProblem.Stops
	Arrive time.Time // at the door
	Begin  time.Time // of the visit, after waiting for a window
	Depart time.Time // end of the visit
	Leg    LegTotals // the way here from the stop before, or from the start
	Wait   time.Duration
}

// The codes of a [Violation].
const (
	LateForWindow   = "window_missed"   // the visit ends after its last window closes
	ShiftExceeded   = "shift_exceeded"  // the day ends after the shift
	BreakMissed     = "break_missed"    // a break cannot lie in its window
	StopUnreachable = "unreachable"     // no road leads to the stop from the one before
	EndUnreachable  = "end_unreachable" // no road leads from the last stop to the end
	LockMoved       = "lock_moved"      // a locked stop is not at its position
	PrefixMoved     = "prefix_moved"    // a stop already driven is not where it was
	StopLeftOut     = "stop_left_out"   // a required stop is not in the order
)

// Violation is one rule that an order breaks.
type Violation struct {
	Stop int64         // id of the stop; 0 when the whole day is meant
	Code string        // one of the codes above
	By   time.Duration // by how much, where time is what is broken
}

// Unserved is a stop that the plan leaves out, and why.
type Unserved struct {
	ID      int64
	Reasons []string // codes of package insertion: "window", "shift", "prize_too_low", …
}

// DayPlan is a day in a certain order, with its times, totals and faults.
// Times follow the earliest departure that makes the day shortest.
type DayPlan struct {
	Stops      []PlannedStop
	Return     LegTotals     // the way from the last stop to the end
	Drive      time.Duration // sum of all legs
	Service    time.Duration
	Wait       time.Duration // waiting for windows; breaks are in neither sum
	Distance   geo.Meters
	Start, End time.Time // leaving the start, reaching the end
	Violations []Violation
	Unserved   []Unserved
	Feasible   bool // no violation
}

// Planner evaluates and optimises days over road times.
// It holds no state of its own and is safe for concurrent use.
type Planner struct {
	Roads Matrices
}

// NewPlanner returns a planner that asks roads for its travel times.
func NewPlanner(roads Matrices) *Planner { return &Planner{Roads: roads} }
