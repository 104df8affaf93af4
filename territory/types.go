package territory

import (
	"context"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/gazetteer"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// Ports are what territory needs of its neighbours, in its own words. Those that
// take a transaction run inside it and never end it.
type (
	// Customers says what there is to cover, and changes hands.
	Customers interface {
		// Located returns the customers with a position that lie within sc and are
		// still served, by id.
		Located(ctx context.Context, q db.Querier, sc scope.Scope) ([]Customer, error)
		// Reassign gives a customer to a person, with history. A refusal of the
		// kind Conflict (the person's limit) leaves the customer where it is.
		Reassign(ctx context.Context, tx db.Tx, customer, to, by int64) error
	}
	// People says who may cover a territory.
	People interface {
		Salespeople(ctx context.Context, q db.Querier, sc scope.Scope) ([]Salesperson, error)
	}
	// Plans moves what is planned but not driven.
	Plans interface {
		// HandOver moves the planned visits to a customer from one person's days,
		// since a day, to another's, and returns how many.
		HandOver(ctx context.Context, tx db.Tx, h Handover) (int, error)
	}
	// Roads are the travel times between points, in seconds, row by row.
	Roads interface {
		Times(ctx context.Context, from, to []orb.Point) ([]float32, error)
	}
	// Rounds drives sample weeks.
	Rounds interface {
		// Week plans the stops as rounds from home with the least driving.
		Week(ctx context.Context, home orb.Point, stops []Stop) (Week, error)
	}
	// Ground knows administrative areas and what parts the ground.
	Ground interface {
		Districts(language string) []gazetteer.District
		Barriers(box geo.Box) []orb.LineString
	}
	// Approvals asks those above.
	Approvals interface {
		// Ask puts the day of a scenario to those above the caller. With nobody
		// above, Schedule has been called when it returns.
		Ask(ctx context.Context, tx db.Tx, c Caller, scenario int64, on time.Time) error
	}
	// Announcer tells those who look.
	Announcer interface {
		Notice(ctx context.Context, tx db.Tx, topic string, people []int64, payload any) error
	}
)

// Customer is one that has to be covered.
type Customer struct {
	ID        int64
	Name      string
	Point     orb.Point
	Owner     int64   // 0: nobody
	Every     int     // days between visits; 0: no plan
	Service   float64 // minutes of a visit
	Potential float64 // what it could buy, on any one scale
	Revenue   float64 // what it has bought, in the company's currency
	Level     string  // A, B or C
}

// Salesperson may cover a territory.
type Salesperson struct {
	ID     int64
	Name   string
	Color  int
	Home   *orb.Point
	Active bool
}

// Handover is planned visits that go from one person to another.
type Handover struct {
	Customer, From, To, By int64
	Since                  time.Time // a day
}

// State is where a scenario stands.
type State string

// The states; see the package comment for the ways between them.
const (
	Draft     State = "draft"
	Submitted State = "submitted"
	Scheduled State = "scheduled"
	Live      State = "live"
)

// Activity is what is balanced.
type Activity string

// The activities.
const (
	Workload  Activity = "workload" // minutes in four weeks
	Potential Activity = "potential"
	Revenue   Activity = "revenue"
	Count     Activity = "count" // customers
)

// Scenario is one plan of who covers what.
type Scenario struct {
	ID          int64      `db:"id"`
	Name        string     `db:"name"`
	State       State      `db:"state"`
	Version     int64      `db:"version"`
	Tolerance   float64    `db:"tolerance"`
	Budget      float64    `db:"budget"` // part of the customers that may move; 0: all
	Activities  []string   `db:"activities"`
	ByRoad      bool       `db:"by_road"`
	CreatedAt   time.Time  `db:"created_at"`
	CreatedBy   int64      `db:"created_by"`
	SubmittedAt *time.Time `db:"submitted_at"`
	SubmittedBy *int64     `db:"submitted_by"`
	PublishOn   *time.Time `db:"publish_on"`
	ScheduledBy *int64     `db:"scheduled_by"`
	LiveAt      *time.Time `db:"live_at"`
	Proof       *Proof     `db:"proof"`
	Barriers    bool       `db:"barriers"`   // rivers and motorways part the ground
	BaseLevel   int        `db:"base_level"` // areas of this level stay whole; 0: none do
	Routed      *Routed    `db:"routed"`
	AskedAt     *time.Time `db:"asked_at"` // when AskedOn was put to those above
	AskedOn     *time.Time `db:"asked_on"`
	Spare       bool       `db:"spare"`       // the tolerance gives way where evenness costs driving
	FromHome    bool       `db:"from_home"`   // travel counts from homes, not from the middles
	SplitPrice  float64    `db:"split_price"` // of splitting areas of BaseLevel; 0: they stay whole
	Apart       [][2]int64 `db:"apart"`       // customers who must not be one person's
}

// Proof is what the optimiser says of its last plan.
type Proof struct {
	Cost      float64 `json:"cost"`
	Bound     float64 `json:"bound"`
	Gap       float64 `json:"gap"`       // 0.03: at most 3 % could be saved
	Deviation float64 `json:"deviation"` // the worst, over people and activities
	Moved     float64 `json:"moved"`     // part of the value
	Binding   string  `json:"binding"`   // why the tolerance is not met; empty: it is
	ByRoad    bool    `json:"by_road"`   // travel by road, else by air
	Seconds   float64 `json:"seconds"`
	Better    float64 `json:"better"` // part of random legal plans that are better
	Plans     int     `json:"plans"`  // random legal plans that were drawn
}

// Member is a person of a scenario.
type Member struct {
	Person int64   `db:"person_id" json:"person"`
	Share  float64 `db:"share" json:"share"`
	Most   int     `db:"most" json:"most"`
}

// Unit is a customer in a scenario.
type Unit struct {
	Customer  int64     `db:"customer_id"`
	Name      string    `db:"name"`
	Point     orb.Point `db:"point"`
	Visits    float64   `db:"visits"`
	Minutes   float64   `db:"minutes"`
	Potential float64   `db:"potential"`
	Revenue   float64   `db:"revenue"`
	Was       int64     `db:"was"`
	Person    int64     `db:"person"`
	Locked    bool      `db:"locked"`
	Refused   string    `db:"refused"`
	Service   float64   `db:"service"` // minutes of a visit
	NotFor    []int64   `db:"not_for"` // people who must not serve it
}

// Caller is who asks: what they may see, and who they are.
type Caller struct {
	Person int64
	Scope  scope.Scope
	Key    idem.Key // of a creation
}

// Settings are what a scenario is optimised by; nil leaves a value alone.
type Settings struct {
	Name       *string
	Tolerance  *float64
	Budget     *float64
	Activities []string
	ByRoad     *bool
	Barriers   *bool
	BaseLevel  *int
	Spare      *bool
	FromHome   *bool
	SplitPrice *float64
	Apart      [][2]int64 // nil: as they are
	Members    []Member
}

// Topic is the topic of the notices about scenarios; their payload is a Notice.
const Topic = "territory"

// Notice says which scenario changed and how.
type Notice struct {
	Scenario int64  `json:"scenario"`
	Change   string `json:"change"`
	Version  int64  `json:"version"`
}

// Area is the ground of a person in force.
type Area struct {
	ID        int64            `db:"id"`
	Person    int64            `db:"person_id"`
	Scenario  int64            `db:"scenario_id"`
	Since     time.Time        `db:"since"`
	Customers int              `db:"customers"`
	Shape     orb.MultiPolygon `db:"shape"`
}
