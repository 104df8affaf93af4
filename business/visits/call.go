package visits

import (
	"time"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
)

// Call is what somebody asked for: to come to a customer or a place, with what that
// takes. It waits on the dispatchers' board until somebody is sent.
type Call struct {
	ID       int64
	Customer business.CustomerID // 0 for a bare point
	Point    *orb.Point          // only for a bare point
	Title    string              // only for a bare point
	Skill    string              // that whoever goes must have; "" none
	Need     Need
	Note     string
	Priority Priority
	State    CallState
	Owner    business.PersonID // of the customer; 0 nobody's
	OpenedAt time.Time
	OpenedBy business.PersonID

	Person     business.PersonID // who goes, or went; 0 nobody
	Stop       int64             // on their day; 0 none
	StopState  StopState         // of that stop; "" without one
	SkipReason string            // when they left it out
	Day        business.Date     // of that stop; zero without one
	AssignedAt *time.Time
	AssignedBy business.PersonID

	ClosedAt *time.Time // done or withdrawn
	ClosedBy business.PersonID
	Reason   string // why it was withdrawn, or what was done
}

// Live reports whether something is still to be done.
func (c Call) Live() bool { return c.State == CallOpen || c.State == CallAssigned }

// CallState is where a call stands; see the package comment.
type CallState string

// The states of a call.
const (
	CallOpen      CallState = "open"
	CallAssigned  CallState = "assigned"
	CallDone      CallState = "done"
	CallWithdrawn CallState = "withdrawn"
)

// Priority orders the board; the higher the sooner.
type Priority int

// The priorities of a call.
const (
	Normal Priority = iota
	High
	Urgent
)

// NewCall is a call as it is asked for.
type NewCall struct {
	Customer business.CustomerID // or
	Point    *orb.Point          // a bare point
	Title    string              // of the point
	Skill    string
	Need     Need
	Note     string
	Priority Priority
}

// Sending says who goes to a call.
type Sending struct {
	Person business.PersonID
	// From is who had the call when the dispatcher looked; 0: nobody. Whoever comes
	// second is told that it is taken.
	From business.PersonID
	// As in Assignment.
	Order   []int64
	Version int64
}

// CallPage selects calls that are done or withdrawn, the latest first.
type CallPage struct {
	After CallCursor // zero: from the latest
	Limit int        // 0 is db.DefaultRows
}

// CallCursor is a place in a list of closed calls.
type CallCursor struct {
	At time.Time
	ID int64
}

// ShownCall is a call with what a reader needs to know around it.
type ShownCall struct {
	Call
	Site       Site // of the customer; zero for a bare point
	PersonName string
	OpenerName string
	SenderName string // who gave it away last
	CloserName string
}

const (
	maxSkill   = 60  // characters
	maxTitle   = 200 // characters
	maxService = 12 * time.Hour
)

// checkCall tells what is wrong with a call that is to be opened now.
func checkCall(in NewCall, now time.Time) error {
	switch {
	case (in.Customer == 0) == (in.Point == nil):
		return ErrCallInvalid.WithField("customer_id", "required",
			"Either a customer or a point, and not both.")
	case in.Point != nil && !geo.Valid(*in.Point):
		return ErrCallInvalid.WithField("point", "range",
			"Longitude ±180 and latitude ±90, in this order.")
	case in.Point != nil && in.Title == "":
		return ErrCallInvalid.WithField("title", "required", "Say what this place is.")
	case utf8.RuneCountInString(in.Title) > maxTitle:
		return ErrTooLong.WithField("title", "length", "At most 200 characters.")
	case utf8.RuneCountInString(in.Note) > maxReason:
		return ErrTooLong.WithField("note", "length", "At most 500 characters.")
	case utf8.RuneCountInString(in.Skill) > maxSkill:
		return ErrTooLong.WithField("skill", "length", "At most 60 characters.")
	case in.Priority < Normal || in.Priority > Urgent:
		return ErrCallInvalid.WithField("priority", "range", "normal, high or urgent.")
	case in.Need.Service < 0 || in.Need.Service > maxService:
		return ErrCallInvalid.WithField("service_minutes", "range", "At most twelve hours.")
	case in.Need.Until != nil && !in.Need.Until.After(now):
		return ErrCallInvalid.WithField("until", "past", "This time is over.")
	case in.Need.From != nil && in.Need.Until != nil && !in.Need.Until.After(*in.Need.From):
		return ErrCallInvalid.WithField("until", "order", "It ends before it begins.")
	}
	return nil
}

// sendable tells what keeps a call from being given to somebody: it is closed, or is
// not any more with whom the dispatcher saw it, or they have it already. Who had it on
// a day that is over may get it again.
func sendable(call Call, to Sending, today business.Date) error {
	switch {
	case !call.Live():
		return ErrCallClosed.With("state", string(call.State))
	case call.Person != to.From:
		return ErrCallTaken.With("person_id", int64(call.Person))
	case call.Person == to.Person && !call.Day.Before(today):
		return ErrPlanInvalid.WithField("person_id", "same", "They have it already.")
	case call.StopState == CheckedIn:
		return ErrStopDriven.With("stop_id", call.Stop)
	}
	return nil
}

// dateOf is the business day on which a call that is given out now is made: today,
// or the day on which its window begins.
func (c Call) dateOf(today business.Date, zone *time.Location) business.Date {
	if c.Need.From != nil {
		if d := business.DateOf(*c.Need.From, zone); today.Before(d) {
			return d
		}
	}
	return today
}

// apply gives an item what the dispatch asks for. It reports whether that names a
// time, which whoever asked agreed on: it stands in place of opening hours.
func (n Need) apply(it *Item, d business.Date, zone *time.Location) bool {
	if n.Service > 0 {
		it.Site.Service = n.Service
	}
	if n.From == nil && n.Until == nil {
		return false
	}
	w := Window{Open: d.At(zone, 0), Close: d.Add(1).At(zone, 0)}
	if n.From != nil {
		w.Open = *n.From
	}
	if n.Until != nil {
		w.Close = *n.Until
	}
	it.Windows = []Window{w}
	return true
}
