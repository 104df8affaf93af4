package visits

import (
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/internal/scope"
)

// Caller is who gives a command or asks, whose rows they may touch, and from
// what kind of device.
type Caller struct {
	Actor business.Actor
	Scope scope.Scope
	Phone bool // the phone app; a browser at a desk otherwise
}

// Status is what the day looks like to whoever plans it.
type Status string

// The states of a day.
const (
	None      Status = "none"      // nothing planned
	Draft     Status = "draft"     // never published, or changed since
	Published Status = "published" // the phone shows exactly this
)

// Anchor is where a day starts or ends.
type Anchor struct {
	Kind  AnchorKind
	Point *orb.Point // only for Custom
}

// AnchorKind names a place that everybody has, or a custom one.
type AnchorKind string

// The places where a day may start and end.
const (
	Home   AnchorKind = "home"
	Office AnchorKind = "office"
	Custom AnchorKind = "custom"
)

// StopState says whether somebody has been there.
type StopState string

// The states of a stop.
const (
	Planned   StopState = "planned"
	CheckedIn StopState = "checked_in"
	Done      StopState = "done"
	Skipped   StopState = "skipped"
)

// Source says how a stop came to the plan.
type Source string

// The sources of a stop.
const (
	ByPlan       Source = "plan"       // somebody put it there
	ByDue        Source = "due"        // from the due list; may be left out
	ByAssignment Source = "assignment" // a dispatch during the day
	ByVisit      Source = "visit"      // an unplanned call that was made
)

// Stop is a planned visit: a customer, or a bare point, on a person's day.
type Stop struct {
	ID         int64
	Customer   business.CustomerID // 0 for a bare point
	Point      *orb.Point          // only for a bare point
	Title      string              // only for a bare point
	Draft      *int                // place in the draft; nil: removed there
	Published  *int                // place in the published order; nil: not on it
	Locked     bool                // keeps its place when optimised
	Optional   bool                // may be left out when optimised
	Source     Source
	Before     Source // of a call that was planned before: by whom; "": it was not
	Note       string
	Need       Need // of a dispatch
	State      StopState
	SkipReason string
	Visit      business.VisitID // the visit that was made here; 0 none
	DrivenAt   *time.Time
}

// Need is what a dispatch asks of a stop beside its place. The zero value asks for
// nothing: the customer's own time on site and opening hours apply.
type Need struct {
	Service time.Duration // time on site, in whole minutes; 0: as usual
	From    *time.Time    // not before; nil: at any time
	Until   *time.Time    // it has ended by then; nil: whenever
}

// Driven reports whether the person is or was there.
func (s Stop) Driven() bool { return s.State == CheckedIn || s.State == Done }

// Day is one person's plan for one business date.
type Day struct {
	Person           business.PersonID
	Date             business.Date
	Status           Status
	Version          int64 // 0 when there is nothing yet
	PublishedVersion int64 // 0 when never published
	PublishedAt      *time.Time
	Dirty            bool // the draft differs from what the phone shows
	Start, End       Anchor
	Stops            []Stop // in order; the layer that was asked for
}

// Wanted is one stop of an order that somebody asks for: a customer, or an
// existing stop by its id.
type Wanted struct {
	Customer business.CustomerID
	Stop     int64 // set for bare points; may be 0 for customers
	Locked   bool
	Optional bool
}

// Edit is a day as somebody wants it.
type Edit struct {
	Stops      []Wanted
	Start, End Anchor // zero value: keep, or home for a new day
}

// Window is a stretch of time; the zero value is no bound.
type Window struct {
	Open  time.Time `json:"open"`
	Close time.Time `json:"close"`
}

// Hours are opening hours: on these ISO weekdays (1 Monday … 7 Sunday), from
// and to minutes after midnight in the company's zone. A To at or before From
// reaches into the next day.
type Hours struct {
	Days     []int
	From, To int
}

// Site is what planning and check-in need to know of a customer.
type Site struct {
	ID      business.CustomerID
	Name    string
	Address string
	Region  string // district
	Phone   string
	Kind    string
	Level   string
	Owner   business.PersonID // 0: nobody's
	Point   *orb.Point        // nil: not located yet
	Service time.Duration     // planned time on site
	Hours   []Hours           // none: always open
}

// Worker is what planning needs to know of a person.
type Worker struct {
	ID           business.PersonID
	Name         string
	Active       bool
	Salesperson  bool
	Home, Office *orb.Point
	From, To     int // shift, in minutes after midnight in the company's zone
}

// DueCustomer is a customer whose visit is due.
type DueCustomer struct {
	Customer business.CustomerID
	Overdue  int // days over the interval; 0 is due on the day itself
	Every    int // visit interval in days, ≥ 1
}

// Fix is a position that a device measured.
type Fix struct {
	Point    orb.Point
	Accuracy geo.Meters // radius in which the device believes itself to be
	At       time.Time  // when it was measured, by the device's clock
	SentAt   time.Time  // the device's clock at sending; zero: unknown
	Clock    Clock      // of a late one
}

// Kind says whom a visit is credited to.
type Kind string

// The kinds of a visit.
const (
	Sales      Kind = "sales"      // counts for the salesperson and the customer
	Inspection Kind = "inspection" // a manager's own; counts for neither
)

// State is where a visit stands; see the package comment.
type State string

// The states of a visit.
const (
	Open      State = "open"
	Pending   State = "pending"
	Valid     State = "valid"
	Rejected  State = "rejected"
	Abandoned State = "abandoned"
	Void      State = "void"
)

// Visit is one call on one customer.
type Visit struct {
	ID       business.VisitID
	Person   business.PersonID
	Customer business.CustomerID
	Date     business.Date // business day of the check-in
	Stop     int64         // 0 for none
	Kind     Kind
	State    State
	In       Punch
	Out      *Punch
	Fence    geo.Meters // radius that applied at check-in
	Outside  bool       // checked in outside the fence
	Reason   string     // why, when outside
	Late     bool       // uploaded after the fact
	// By how much the device's clock was set, either way, between what was done and its
	// sending: the most of both ends, as far as can be told.
	ClockSet time.Duration
	Notes
	ValidAt  *time.Time
	Decision string // of who approved, rejected or voided it
	Grade    Grade
	Truth    *int     // 0 to 100, how far it is to be believed; nil while open
	Doubts   []string // codes of what speaks against it

	// Forgotten: abandoned because nobody checked out in time. Its check-out, and
	// what belongs to it, may still come from a phone without network.
	Forgotten bool
}

// underway reports whether what belongs to the visit can still be added.
func (v Visit) underway() bool { return v.State == Open || v.State == Abandoned && v.Forgotten }

// Notes are what the salesperson writes about a visit.
type Notes struct {
	PersonMet string
	Stage     string // sales stage
	Status    string // of the customer, as found: prospect, active, dormant, lost; "" as it was
	Text      string
}

// Punch is one end of a visit.
type Punch struct {
	At         time.Time  // when it happened: the server's clock, unless late
	ReceivedAt time.Time  // the server's clock
	DeviceAt   time.Time  // the device's clock
	Point      *orb.Point // nil when the device had no position (check-out only)
	Accuracy   geo.Meters
	Distance   *geo.Meters // to the customer; nil when it is not located

	// By how much the device's clock was set before this was sent. Only the rules read it:
	// what is stored is the visit's.
	ClockSet time.Duration
}

// OnSite is the time between check-in and check-out, 0 while open.
func (v Visit) OnSite() time.Duration {
	if v.Out == nil {
		return 0
	}
	return v.Out.At.Sub(v.In.At)
}

// CheckIn asks to open a visit.
type CheckIn struct {
	Customer business.CustomerID
	Fix      Fix
	Reason   string // needed outside the fence, at most 500 characters
	Late     bool   // recorded without network and sent afterwards
}

// CheckOut asks to close a visit.
type CheckOut struct {
	Visit business.VisitID
	Fix   *Fix // nil: the device had no position
	Late  bool
	Notes Notes
	// When it happened and when it was sent, by the device's clock; only read of a
	// late one without a position. Zero: now.
	LeftAt, SentAt time.Time
	Clock          Clock
}

// Assignment is a dispatch: somebody sends a person to a customer or a point.
type Assignment struct {
	Person   business.PersonID
	Customer business.CustomerID // or
	Point    *orb.Point          // a bare point
	Title    string              // of the point
	Date     business.Date       // zero: today
	Note     string
	Need     Need
	// The order of the phone's day that was shown, by stop and 0 for the call itself,
	// and the version of the day that it was shown for; nil: next today, else last.
	Order   []int64
	Version int64
}

// Policy is how the company wants its visits.
type Policy struct {
	SeveralADay    bool                  // the same customer twice a day by the same person
	ReorderOnPhone bool                  // the phone may change the order of a day
	Fence          geo.Meters            // how near is near enough
	FenceByKind    map[string]geo.Meters // other radii by the customer's kind
	FixAge         time.Duration         // how old a position may be at check-in
	LateFor        time.Duration         // how long after the fact a visit may come in
	ApproveLate    bool                  // late visits wait for approval
	ApproveOutside bool                  // visits outside the fence wait for approval
}

// Filter selects visits. The zero value selects all within the scope.
type Filter struct {
	Person   business.PersonID
	Customer business.CustomerID
	From, To business.Date // inclusive; zero: unbounded
	State    State         // empty: all
	Kind     Kind          // empty: all
	After    Cursor        // zero: from the newest
	Limit    int           // 1 to 200; 0 is 50
}

// Cursor is a place in a list of visits, newest first.
type Cursor struct {
	At time.Time
	ID business.VisitID
}

// Row is a visit in a list, with the names that a reader needs.
type Row struct {
	Visit
	PersonName   string
	CustomerName string
	Address      string // of the customer, as it is known now
	Region       string
	Phone        string
}

// ValidVisit is what the neighbours learn when a visit counts for its customer.
type ValidVisit struct {
	ID       business.VisitID
	Person   business.PersonID
	Customer business.CustomerID
	Date     business.Date
	At       time.Time // check-in
	Stage    string
	Status   string    // of the customer, as found; "" nothing was said
	StageAt  time.Time // of the visit that found the stage; zero: none did
}

// Change is the payload of the notices on topics "day", "visit" and "call".
type Change struct {
	What     string              `json:"what"` // saved, published, assigned, checked_in, …
	Person   business.PersonID   `json:"person_id"`
	Date     business.Date       `json:"date"`
	Version  int64               `json:"version,omitempty"`
	Stop     int64               `json:"stop_id,omitempty"`
	Visit    business.VisitID    `json:"visit_id,omitempty"`
	Customer business.CustomerID `json:"customer_id,omitempty"`
	Call     int64               `json:"call_id,omitempty"`
	State    string              `json:"state,omitempty"`
	By       business.PersonID   `json:"by"`
}

// The topics that visits sends notices on.
const (
	TopicDay   = "day"
	TopicVisit = "visit"
	TopicCall  = "call"
)

// BecameValid is the fact that a visit counts from now on.
type BecameValid struct {
	Visit    business.VisitID    `json:"visit_id"`
	Person   business.PersonID   `json:"person_id"`
	Customer business.CustomerID `json:"customer_id"`
	Date     business.Date       `json:"date"`
}

// FactName is "visits.became_valid".
func (BecameValid) FactName() string { return "visits.became_valid" }
