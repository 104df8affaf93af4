package warnings

import (
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/internal/scope"
)

// Caller is who asks, and whose rows they may see.
type Caller struct {
	Actor business.Actor
	Scope scope.Scope
}

// Kind is what is waited for, and from whom.
type Kind string

// The six kinds.
const (
	CustomerVisit Kind = "customer_visit" // nobody called on the customer
	CustomerOrder Kind = "customer_order" // the customer ordered nothing
	CustomerSale  Kind = "customer_sale"  // nothing was delivered to the customer
	PersonVisit   Kind = "person_visit"   // the salesperson called on nobody
	PersonOrder   Kind = "person_order"
	PersonSale    Kind = "person_sale"
)

// Kinds lists all kinds, customers first.
func Kinds() []Kind {
	return []Kind{CustomerVisit, CustomerOrder, CustomerSale, PersonVisit, PersonOrder, PersonSale}
}

// OfCustomers reports whether the kind is about customers; else about people.
func (k Kind) OfCustomers() bool {
	return k == CustomerVisit || k == CustomerOrder || k == CustomerSale
}

// Rule is the setting of one kind.
type Rule struct {
	Kind      Kind
	Enabled   bool
	Threshold int            // days, 1 to 3650; 0: no general one
	ByLevel   map[string]int // days by the customer's level
	ByKind    map[string]int // days by the customer's kind; the deepest one wins
	Weekdays  []int          // ISO weekdays that count, for kinds of people
	Version   int64
}

// Customer is what the clocks are made of.
type Customer struct {
	ID          business.CustomerID
	Owner       business.PersonID // 0: nobody's
	Kind        string            // a path: shop/bakery
	Level       string
	EveryDays   int           // visit interval; 0: none
	AssignedOn  business.Date // zero: nobody's
	LastVisitOn business.Date // zero: never
	LastVisitAt *time.Time
	LastOrderAt *time.Time
	LastSaleAt  *time.Time
	Archived    bool
}

// Card is what a row shows of a customer.
type Card struct {
	ID         business.CustomerID
	Name       string
	Kind       string
	Level      string
	Address    string
	Phone      string
	Position   *orb.Point
	OwnerName  string
	Receivable int64 // minor units
}

// Activity is what a salesperson did lately.
type Activity struct {
	Person   business.PersonID
	Name     string
	DutyFrom business.Date          // counts from here when there was never an event
	Days     map[business.Date]bool // that are worked, or not, whatever the rule's week says
	Last     map[Kind]business.Date // of the person kinds; missing: never
	InPeriod map[Kind]int64         // visits, or minor units of orders and sales
}

// Row is one overdue customer.
type Row struct {
	Card
	Warning   Kind
	Owner     business.PersonID // present owner; 0: nobody's
	LastAt    *time.Time        // of the last event, whoever made it; nil: never
	DueOn     business.Date
	Overdue   int  // days, 0 when due today
	Threshold int  // days
	Planned   bool // stands on the owner's plan of that day
}

// PersonRow is one salesperson beside the mean.
type PersonRow struct {
	Person  business.PersonID
	Name    string
	Last    business.Date // zero: never
	Elapsed int           // working days since
	Overdue int           // days over the threshold; 0: not flagged
	Days    Beside        // Elapsed beside the mean
	Period  Beside        // visits, or minor units, in the period
}

// Flagged reports whether the person is warned about.
func (r PersonRow) Flagged() bool { return r.Overdue > 0 }

// Beside is a value beside the mean over everybody.
type Beside struct {
	Value float64
	Mean  float64
	Delta float64 // value − mean
}

// Query selects overdue customers.
type Query struct {
	Kind   Kind
	AsOf   business.Date     // zero: today
	Person business.PersonID // 0: everybody within the scope
	After  Cursor
	Limit  int // 1 to 500; 0 is 50
}

// Cursor is a place in a list, the longest overdue first.
type Cursor struct {
	DueOn    business.Date
	Customer business.CustomerID
}

// Count is how many of one kind are overdue.
type Count struct {
	Kind    Kind
	Enabled bool
	Number  int64
	More    bool // than CountLimit, which Number says then
}

// DueVisit is a customer whose visit is due, for whoever plans a day.
type DueVisit struct {
	Customer business.CustomerID
	Overdue  int
	Every    int
}

// RuleChanged is the fact that a setting changed; the clocks follow.
type RuleChanged struct {
	Kind Kind `json:"kind"`
}

// FactName is "warnings.rule_changed".
func (RuleChanged) FactName() string { return "warnings.rule_changed" }
