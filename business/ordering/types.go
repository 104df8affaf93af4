package ordering

import (
	"time"

	"beatplan/business"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// State is where an order stands.
type State string

// The states of an order.
const (
	Draft     State = "draft"
	Submitted State = "submitted" // waits for a decision
	Confirmed State = "confirmed"
	Closed    State = "closed" // the rest was given up
	Cancelled State = "cancelled"
)

// Hold is why an order waits for a decision.
type Hold string

// The holds.
const (
	NoHold      Hold = ""
	ReviewHold  Hold = "review"  // the company's policy
	CreditHold  Hold = "credit"  // beyond the customer's limit
	OverdueHold Hold = "overdue" // the customer owes money that is overdue
)

// Source says where the price of a line comes from.
type Source string

// The sources of a price.
const (
	ListPrice    Source = "list"
	TrackedPrice Source = "tracked" // what this customer paid last
	GivenPrice   Source = "given"   // by somebody who may
)

// Caller is who gives a command or asks.
type Caller struct {
	Actor   business.Actor
	Scope   scope.Scope
	Key     idem.Key
	Reviews bool // may decide about submitted orders and give prices
	Credits bool // may release an order beyond the credit
}

// Order is one order of a customer.
type Order struct {
	ID           business.OrderID    `db:"id"`
	Number       string              `db:"number"`
	Customer     business.CustomerID `db:"customer_id"`
	Owner        business.PersonID   `db:"owner_id"` // who is credited; 0: nobody
	PlacedBy     business.PersonID   `db:"placed_by"`
	Visit        business.VisitID    `db:"visit_id"` // 0: none
	State        State               `db:"state"`
	Hold         Hold                `db:"hold"`
	Day          business.Date       `db:"day"`
	ValidUntil   business.Date       `db:"valid_until"`
	Note         string              `db:"note"`
	Total        business.Money      `db:"total_cents"` // tax included
	Tax          business.Money      `db:"tax_cents"`
	Deal         business.Money      `db:"deal_cents"` // what of it counts as a deal
	Open         bool                `db:"open"`       // goods have to go out
	ConfirmedAt  *time.Time          `db:"confirmed_at"`
	ConfirmedDay business.Date       `db:"confirmed_day"`
	DecidedBy    business.PersonID   `db:"decided_by"` // 0: nobody had to
	Reason       string              `db:"reason"`
	Released     bool                `db:"released"` // its credit check was overridden
	Version      int64               `db:"version"`
	CreatedAt    time.Time           `db:"created_at"`
	Lines        []Line              `db:"-"`
}

// Line is one product of an order.
type Line struct {
	ID        int64              `db:"id"`
	Product   business.ProductID `db:"product_id"`
	Code      string             `db:"code"`
	Name      string             `db:"name"`
	Spec      string             `db:"spec"`
	Unit      string             `db:"unit"`
	Bin       string             `db:"bin"`
	Quantity  business.Quantity  `db:"quantity"`
	Price     business.Money     `db:"price_cents"`
	Source    Source             `db:"price_source"`
	TaxBP     int                `db:"tax_bp"`
	Amount    business.Money     `db:"amount_cents"` // tax included
	Tax       business.Money     `db:"tax_cents"`
	Delivered business.Quantity  `db:"delivered"`
	Shipped   business.Money     `db:"delivered_cents"` // what of the amount went out
	ShipTax   business.Money     `db:"delivered_tax"`
}

// Left is what has not gone out of the line.
func (l Line) Left() business.Quantity { return l.Quantity - l.Delivered }

// NewOrder is an order to be entered.
type NewOrder struct {
	Customer business.CustomerID
	Visit    business.VisitID // 0: none
	Note     string
	Lines    []NewLine
	Confirm  bool // confirm at once
}

// NewLine is a product by its id, or else by its code or barcode.
type NewLine struct {
	Product  business.ProductID
	Code     string
	Quantity business.Quantity
	Price    *business.Money // nil: the price that holds for the customer
	Shown    *business.Money // the price that the screen showed; another one is refused
}

// Product is what ordering needs to know of a product.
type Product struct {
	ID       business.ProductID
	Code     string
	Barcode  string
	Name     string
	Spec     string
	Unit     string
	Bin      string
	Decimals int
	Price    business.Money
	PricedAt time.Time
	TaxBP    int
	Active   bool
}

// Customer is what ordering needs to know of a customer.
type Customer struct {
	ID       business.CustomerID
	Name     string
	Owner    business.PersonID // 0: nobody
	Archived bool
}

// Ordered is what stands of a customer's orders.
type Ordered struct {
	LastAt *time.Time // nil: none stands
	Deals  business.Money
}

// Policy is how the company takes orders.
type Policy struct {
	Review    bool  `db:"review"`
	FourEyes  bool  `db:"four_eyes"`
	ValidDays int   `db:"valid_days"`
	Version   int64 `db:"version"`
}

// Filter says which orders to list.
type Filter struct {
	Person   business.PersonID
	Customer business.CustomerID
	State    State
	Open     bool          // only what has to go out
	From, To business.Date // of the entry, inclusive
	Number   string        // begins with
	Limit    int
	After    Cursor
}

// Cursor is the sort key of a row.
type Cursor struct {
	At time.Time        `json:"t"`
	ID business.OrderID `json:"i"`
}

// Row is an order in a list.
type Row struct {
	Order
	CustomerName string
}

// Notice is the payload of the notices on TopicOrder.
type Notice struct {
	What     string              `json:"what"`
	Order    business.OrderID    `json:"order_id"`
	Customer business.CustomerID `json:"customer_id"`
	State    State               `json:"state"`
	By       business.PersonID   `json:"by"`
}

// TopicOrder is the topic of the notices about orders.
const TopicOrder = "order"
