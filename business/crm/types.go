package crm

import (
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo/datum"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// Level is how much a customer matters.
type Level string

// The levels, from the most to the least.
const (
	A Level = "A"
	B Level = "B"
	C Level = "C"
)

// Status is where the customer stands in its life with us.
type Status string

// The statuses.
const (
	Prospect Status = "prospect" // nothing sold yet
	Active   Status = "active"   // buys
	Dormant  Status = "dormant"  // has not bought for long
	Lost     Status = "lost"     // will not buy again
)

// Source says how a position came to be known.
type Source string

// The sources of a position.
const (
	FromMap     Source = "map"      // somebody placed the pin
	FromDevice  Source = "device"   // "use my position" on a phone
	FromImport  Source = "import"   // a file
	FromCheckIn Source = "check_in" // the first visit found it
	FromSeed    Source = "seed"     // the demo's data
	FromAPI     Source = "api"      // another program
)

// Hours are opening hours on some weekdays; Open and Close are "09:00" on the
// company's clock. A Close at or before Open reaches into the next day.
type Hours struct {
	Days  []int  `json:"days" doc:"ISO weekdays, 1 Monday to 7 Sunday" minItems:"1" maxItems:"7"`
	Open  string `json:"open" example:"09:00" pattern:"^[0-2][0-9]:[0-5][0-9]$"`
	Close string `json:"close" example:"18:00" pattern:"^[0-2][0-9]:[0-5][0-9]$"`
}

// Customer is one customer as a list or a page shows it.
type Customer struct {
	ID             business.CustomerID `db:"id"`
	Number         string              `db:"number"`
	Name           string              `db:"name"`
	Kind           string              `db:"kind"` // a path: "shop/bakery"
	Level          Level               `db:"level"`
	Status         Status              `db:"status"`
	Owner          business.PersonID   `db:"owner_id"` // 0: nobody
	OwnerName      string              `db:"owner_name"`
	OwnerColor     int                 `db:"owner_color"`
	Team           business.TeamID     `db:"team_id"` // of the owner; 0: none
	TeamName       string              `db:"team_name"`
	AssignedAt     *time.Time          `db:"assigned_at"`
	AssignedDay    business.Date       `db:"assigned_day"`
	PooledAt       *time.Time          `db:"pooled_at"`   // since when nobody owns it
	PooledFrom     business.PersonID   `db:"pooled_from"` // the last owner; 0: none
	Position       *orb.Point          `db:"position"`    // WGS-84; nil: not located
	Datum          datum.Datum         `db:"position_datum"`
	Source         Source              `db:"position_source"`
	AccuracyM      *float64            `db:"position_accuracy_m"`
	District       string              `db:"district"`
	Address        string              `db:"address"`
	Phone          string              `db:"phone"`
	Licence        string              `db:"licence"`
	Hours          []Hours             `db:"opening_hours"`
	VisitEveryDays int                 `db:"visit_every_days"` // 0: as the rule for its kind and level says
	ServiceMinutes int                 `db:"service_minutes"`
	LastVisitAt    *time.Time          `db:"last_visit_at"`
	LastVisitDay   business.Date       `db:"last_visit_day"`
	VisitCount     int64               `db:"visit_count"`
	SalesStage     string              `db:"sales_stage"` // as the latest visit found it
	StageAt        *time.Time          `db:"stage_at"`    // of that visit; nil: none did
	LastOrderAt    *time.Time          `db:"last_order_at"`
	LastSaleAt     *time.Time          `db:"last_sale_at"`
	Receivable     int64               `db:"open_receivable"` // minor units; negative: prepaid
	Deals          int64               `db:"deal_total"`      // minor units, of the orders that stand
	Received       int64               `db:"received_total"`  // minor units, of the receipts that stand
	DueOn          business.Date       `db:"due_on"`          // zero: never
	Tags           []string            `db:"tags"`
	SharedWith     []int64             `db:"shared_with"` // people, and teams as negative ids
	Contacts       []Contact           `db:"contacts"`    // the main one first
	Sites          []Site              `db:"sites"`
	Building       string              `db:"building"` // building, floor, door
	Stage          Stage               `db:"stage"`
	Channel        string              `db:"channel"`     // how the customer came to us
	Photo          int64               `db:"photo_id"`    // of the shop-front; 0: none
	MergedInto     business.CustomerID `db:"merged_into"` // the one that it turned out to be; 0: none
	DemoFields     []string            `db:"demo_fields"`
	Version        int64               `db:"version"`
	ArchivedAt     *time.Time          `db:"archived_at"`
	CreatedAt      time.Time           `db:"created_at"`
	UpdatedAt      time.Time           `db:"updated_at"`
}

// Overdue is the number of days since the visit was due, 0 on the day itself and
// before; today is the company's business day.
func (c Customer) Overdue(today business.Date) int { return overdue(c.DueOn, today) }

// By is who gives a command, whose rows they may touch, and the command's key.
// An empty key is allowed where a version makes replays harmless.
type By struct {
	Actor business.Actor
	Scope scope.Scope
	Key   idem.Key

	Request int64  // the approved request behind the command; 0: none
	Note    string // why, for the history
}

// NewCustomer is a customer to be created. Name, Kind and Level are required.
type NewCustomer struct {
	Number         string // "": the next one
	Name           string // 1 to 200 characters
	Kind           string
	Level          Level
	Status         Status            // "": Prospect
	Owner          business.PersonID // 0: the actor, when a salesperson; else nobody
	Pin            *Pin
	District       string
	Address        string
	Phone          string
	Licence        string
	Hours          []Hours
	VisitEveryDays int // 0: as the rule for its kind and level says
	ServiceMinutes int // 0: 20
	Tags           []string
	SharedWith     []int64 // people, and teams as negative ids
	Contacts       []Contact
	Sites          []Site
	Building       string
	Stage          Stage // "": Fresh
	Channel        string
	DemoFields     []string
	Entered        bool // by a person: what the company asks for must be there
}

// Pin is a position as somebody gave it.
type Pin struct {
	Point     orb.Point   // in Datum
	Datum     datum.Datum // "": WGS-84
	Source    Source
	AccuracyM *float64 // of the device, metres
}

// Patch names the fields to change; nil leaves a field alone.
type Patch struct {
	Name           *string
	Kind           *string
	Level          *Level
	Status         *Status
	Owner          *business.PersonID // 0: nobody
	Pin            *Pin
	NoPin          bool // take the position away
	District       *string
	Address        *string
	Phone          *string
	Licence        *string
	Hours          *[]Hours
	VisitEveryDays *int // 0: as the rule for its kind and level says
	ServiceMinutes *int
	Tags           *[]string
	SharedWith     *[]int64
	Contacts       *[]Contact
	Sites          *[]Site
	Building       *string
	Stage          *Stage
	Channel        *string
}

// Owner is what crm knows of a person who may own customers.
type Owner struct {
	Person business.PersonID `db:"person_id"`
	Name   string            `db:"name"`
	Team   business.TeamID   `db:"team_id"` // 0: none
	Of     string            `db:"team_name"`
	Color  int               `db:"color_index"` // the person's colour everywhere
	Active bool              `db:"active"`
}

// FieldChange is one field before and after a command.
type FieldChange struct {
	Field string `json:"field"`
	Old   any    `json:"old"`
	New   any    `json:"new"`
}

// Change is one command on a customer, as its history shows it.
type Change struct {
	ID      int64             `db:"id"`
	Command string            `db:"command"`
	At      time.Time         `db:"at"`
	By      business.PersonID `db:"by"`
	ByName  string            `db:"by_name"`
	Version int64             `db:"version"`
	Fields  []FieldChange     `db:"fields"`
	Request int64             `db:"request_id"` // 0: none
	Note    string            `db:"note"`
}

// Policy is how the company tells one customer from another.
type Policy struct {
	// Strict refuses a second customer of the same name anywhere (致远). Else the
	// same name is refused within NearMeters and elsewhere needs an address.
	Strict     bool
	NearMeters float64
}

// DefaultPolicy tells customers apart by name and place.
func DefaultPolicy() Policy { return Policy{NearMeters: 300} }

// CustomerChanged is the fact that a command changed a customer.
type CustomerChanged struct {
	Customer business.CustomerID `json:"customer_id"`
	Command  string              `json:"command"`
	Version  int64               `json:"version"`
	Owner    business.PersonID   `json:"owner_id"`
	WasOwner business.PersonID   `json:"was_owner_id"`
	Fields   []string            `json:"fields"` // names of what changed
	By       business.PersonID   `json:"by"`
}

// FactName is "crm.customer_changed".
func (CustomerChanged) FactName() string { return "crm.customer_changed" }

// TopicCustomer is the topic of the notices about customers.
const TopicCustomer = "customer"

// Notice is the payload of the notices on TopicCustomer: read these again.
type Notice struct {
	IDs     []business.CustomerID `json:"ids,omitempty"`
	From    business.CustomerID   `json:"from,omitempty"` // with To: every id of this range
	To      business.CustomerID   `json:"to,omitempty"`
	Owners  bool                  `json:"owners,omitempty"` // people or teams changed
	Command string                `json:"command"`
}
