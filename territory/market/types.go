package market

import (
	"context"
	"iter"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/hex"
	"beatplan/geo/poi"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
	"beatplan/territory/white"
)

// Ports are what market needs of its neighbours, in its own words. Those that take a
// transaction run inside it and never end it.
type (
	// Regions says where the named businesses of the imported maps are.
	Regions interface {
		// Places lists the files of all complete regions, in a stable order.
		Places() ([]File, error)
	}
	// Customers are all that are not archived, as they are in memory.
	Customers interface {
		// Version changes whenever any customer did.
		Version() uint64
		// Located yields every customer with a position, in any order.
		Located() iter.Seq[Customer]
		// Since returns the ids of all that changed, came or went after a version;
		// known is false when that is not remembered.
		Since(version uint64) (ids []int64, known bool)
		// Customer returns one; false: it is gone, or stands nowhere.
		Customer(id int64) (Customer, bool)
		// Seen returns the ids of those that the scope may see.
		Seen(sc scope.Scope) []int64
	}
	// Grounds are the territories in force.
	Grounds interface {
		// Mark changes whenever any of them does.
		Mark(ctx context.Context) (string, error)
		// InForce returns them, the newest first.
		InForce(ctx context.Context) ([]Ground, error)
	}
	// Visits says where somebody called.
	Visits interface {
		// Visited returns the customers with a valid visit in a span of days, both included.
		Visited(ctx context.Context, from, to time.Time) ([]int64, error)
	}
	// Leads makes customers.
	Leads interface {
		// Make creates a customer of a shop, owned by a person, 0 nobody. Refusals
		// of the kinds Conflict, Invalid and Denied leave nothing behind.
		Make(ctx context.Context, tx db.Tx, c Caller, lead Lead) (int64, error)
	}
	// Days are people's plans.
	Days interface {
		// Route is the way of a person's day on the road; empty when nothing is
		// planned. It fails when the caller may not see the day.
		Route(ctx context.Context, c Caller, person int64, day time.Time) (orb.LineString, error)
		// Offer puts customers on a day as stops that may be left out, or fails when
		// the caller may not change it.
		Offer(ctx context.Context, tx db.Tx, c Caller, at PersonDay, customers []int64) error
	}
	// Announcer tells those who look.
	Announcer interface {
		Notice(ctx context.Context, tx db.Tx, topic string, people []int64, payload any) error
	}
)

// PersonDay is a day of a person.
type PersonDay struct {
	Person int64
	Day    time.Time
}

// Topic is the topic of the notices about white space; their payload is a Notice.
const Topic = "whitespace"

// Notice says what changed.
type Notice struct {
	Change string `json:"change"` // settings, layer, decision
}

// File is the list of one region's places on disk.
type File struct {
	ID   string // changes with the content
	Path string
}

// Customer is what white space needs of one. Equal customers have not changed.
type Customer struct {
	ID     int64
	Name   string
	Kind   string // a path, "shop/bakery"
	Point  orb.Point
	Owner  int64 // 0: nobody
	Active bool
	Lead   bool  // a prospect of the company's own
	Sales  int64 // worth of the orders that stand, minor units
}

// Ground is a person's territory.
type Ground struct {
	Person int64
	Shape  orb.MultiPolygon
}

// Lead is a shop that becomes a customer.
type Lead struct {
	Place poi.Place
	Owner int64 // 0: nobody
}

// Caller is who asks: what they may see, and who they are.
type Caller struct {
	Person int64
	Role   string
	Team   int64
	Scope  scope.Scope
	Key    idem.Key // of an import
}

// Weight says what a shop of a kind is worth.
type Weight struct {
	Kind   string  `json:"kind" maxLength:"80" doc:"A path; shop holds shop/bakery too, the longest wins"`
	Points float64 `json:"points" minimum:"0" maximum:"1000" doc:"0: not counted, and no prospect"`
}

// Settings are what the company counts as potential, and when a cell is white.
type Settings struct {
	Kinds     []Weight `json:"kinds" maxItems:"200"`
	Prospect  float64  `json:"prospect" minimum:"0" maximum:"1000" doc:"Points of an own prospect that is not on the map"`
	Customer  float64  `json:"customer" minimum:"0" maximum:"1000" doc:"Points of any other customer that is not on the map"`
	Persons   float64  `json:"persons" minimum:"0" doc:"People of a population file that make one point; 0: they do not count"`
	SalesEach int64    `json:"sales_each" minimum:"0" doc:"Minor units bought in the neighbouring cells that make one point; 0: they do not count"`
	Worth     int64    `json:"worth" minimum:"0" doc:"Minor units that a point could buy, for the share of wallet; 0: not known"`
	Rings     int      `json:"rings" minimum:"0" maximum:"3" doc:"Rings of cells in which things count"`
	Threshold float64  `json:"threshold" minimum:"0.001" maximum:"10" doc:"Active customers for each point; white below"`
	Least     float64  `json:"least" minimum:"0" doc:"Points below which a cell is not shown"`
	Decay     float64  `json:"decay" minimum:"0.5" maximum:"4" doc:"Of the pull of a shop with distance (Huff)"`
	Reach     float64  `json:"reach_m" minimum:"100" maximum:"20000" doc:"Metres beyond which a shop draws nobody (Huff)"`
}

// Defaults are the settings of a company that chose none: one point is an ordinary
// shop, and one shop in four should be a customer.
func Defaults() Settings {
	return Settings{
		Kinds: []Weight{
			{"shop", 1}, {"shop/supermarket", 4}, {"shop/mall", 5}, {"shop/department_store", 4},
			{"shop/wholesale", 5}, {"shop/convenience", 1.5}, {"amenity", 0.7},
			{"amenity/restaurant", 1}, {"amenity/fast_food", 1}, {"amenity/fuel", 1.5},
			{"amenity/pharmacy", 1}, {"amenity/bank", 0.5}, {"healthcare", 0.5}, {"office", 0.5},
			{"craft", 0.5}, {"tourism", 0.3}, {"tourism/hotel", 1.5}, {"tourism/motel", 1},
			{"leisure", 0.5},
		},
		Prospect: 1, Customer: 1, Rings: 1, Threshold: 0.25, Least: 0.5, Decay: 2, Reach: 5000,
	}
}

// rule is how figures are read by these settings.
func (s *Settings) rule() white.Rule {
	r := white.Rule{Threshold: s.Threshold, Least: s.Least, Worth: float64(s.Worth)}
	if s.SalesEach > 0 {
		r.PerSales = 1 / float64(s.SalesEach)
	}
	return r
}

// ruleAt is the rule with another threshold; 0: the company's.
func (s *Settings) ruleAt(threshold float64) white.Rule {
	r := s.rule()
	if threshold > 0 {
		r.Threshold = threshold
	}
	return r
}

// State is what was decided about a place.
type State string

// The states of a prospect.
const (
	Open      State = "open"
	Dismissed State = "dismissed"
	Taken     State = "taken"
)

// Decision is what was decided about a place.
type Decision struct {
	Place    string    `db:"place"`
	State    State     `db:"state"`
	Customer int64     `db:"customer_id"` // 0: none
	Reason   string    `db:"reason"`
	At       time.Time `db:"decided_at"`
	By       int64     `db:"decided_by"`
}

// Prospect is a shop that is no customer yet.
type Prospect struct {
	poi.Place
	Owner    int64 // whose ground it lies in; 0: nobody's
	Cell     hex.Cell
	Points   float64
	Score    float64    // points, doubled where nobody buys around
	Off      geo.Meters // from what was asked for: a place, a route; −1: nothing was
	Decision Decision   // the zero Decision: open
}

// State is open unless something was decided.
func (p *Prospect) State() State {
	if p.Decision.State == "" {
		return Open
	}
	return p.Decision.State
}

// Focus narrows what is counted.
type Focus struct {
	Kinds    []string  // paths of shops; none: all with a weight
	From, To time.Time // days: customers count when they were visited then; zero: always
}

// CellQuery asks for cells.
type CellQuery struct {
	Focus
	Resolution int      // 5 to 9; 0: 8
	Box        *geo.Box // cells whose middle lies inside; nil: anywhere
	Person     int64    // of this person's ground; 0: of all
	Threshold  float64  // 0: the company's
	WhiteOnly  bool
	Limit      int // 1 to MaxCells
}

// MaxCells bounds the cells of an answer.
const MaxCells = 5000

// Cell is a cell with its figures.
type Cell struct {
	white.Figures
	Owner int64   // whose ground it is; 0: nobody's
	Gap   float64 // points that nobody covers
	Seen  int64   // active customers of the cell that the caller sees
}

// Detail is a cell with what stands in it.
type Detail struct {
	Cell
	Drawn     float64 // part of the demand in its middle that goes to shops of ours (Huff)
	Sources   []Source
	Customers []Customer // that the caller sees, active ones first
}

// Source is what adds to the potential of a cell.
type Source struct {
	Kind   string // of shops; "population", "potential": of a file; "customers": not on the map
	Count  int    // shops, customers; people of a file
	Points float64
}

// Totals sum cells up.
type Totals struct {
	Cells     int
	White     int
	Potential float64
	Gap       float64
}

// Cells is an answer: the best cells first, and the totals of all, also of those
// beyond the limit.
type Cells struct {
	Resolution int
	Threshold  float64
	List       []Cell
	Totals
}

// PersonSpace is what is left to sell in a person's ground.
type PersonSpace struct {
	Person int64
	Totals
	Customers int // active ones of the person, wherever they are
	Prospects int // open ones
	Before    *Totals
}

// ProspectQuery asks for prospects.
type ProspectQuery struct {
	Kinds  []string
	Person int64       // in this person's ground; 0: in all
	Cell   hex.Cell    // of any resolution from 5 to 9; 0: anywhere
	Box    *geo.Box    // nil: anywhere
	Near   *orb.Point  // the nearest first, with their distance
	Within geo.Meters  // of Near; 0: 20 km
	Q      string      // every word in the name or the address
	State  State       // "": open
	IDs    []string    // of places; none: all
	After  ProspectKey // the last one of the page before; zero: from the best
	Limit  int         // 1 to 500
}

// ProspectKey is a place in a list of prospects.
type ProspectKey struct {
	Order float64 // score, or −distance where Near is given
	ID    string
}

// KindCount is how many open prospects there are of a kind.
type KindCount struct {
	Kind  string
	Count int
}

// Outcome is what became of a prospect.
type Outcome struct {
	ID       string
	Customer int64  // 0: refused
	Made     bool   // just now; else it was one already
	Code     string // of the refusal
	Message  string
}

// Layer is a file of people or potential by cell.
type Layer struct {
	ID        int64     `db:"id"`
	Name      string    `db:"name"`
	Kind      string    `db:"kind"` // population, potential
	Rows      int       `db:"rows"`
	Cells     []int64   `db:"cells"`
	Amounts   []float64 `db:"amounts"`
	CreatedAt time.Time `db:"created_at"`
	CreatedBy int64     `db:"created_by"`
}

// Summary is a file without its cells.
type Summary struct {
	ID        int64
	Name      string
	Kind      string
	Rows      int
	Cells     int
	Sum       float64 // of all amounts
	CreatedAt time.Time
	CreatedBy int64
}

// Summary leaves the cells out.
func (l *Layer) Summary() Summary {
	out := Summary{ID: l.ID, Name: l.Name, Kind: l.Kind, Rows: l.Rows, Cells: len(l.Cells),
		CreatedAt: l.CreatedAt, CreatedBy: l.CreatedBy}
	for _, v := range l.Amounts {
		out.Sum += v
	}
	return out
}
