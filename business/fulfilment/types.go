package fulfilment

import (
	"time"

	"beatplan/business"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// State is where a note stands.
type State string

// The states of a note.
const (
	Posted   State = "posted"
	Reversed State = "reversed"
)

// Caller is who gives a command or asks.
type Caller struct {
	Actor business.Actor
	Scope scope.Scope
	Key   idem.Key
}

// Note is a goods-out note: what left the house for one order at once.
type Note struct {
	ID          business.NoteID     `db:"id"`
	Number      string              `db:"number"`
	Order       business.OrderID    `db:"order_id"`
	OrderNumber string              `db:"order_number"`
	Customer    business.CustomerID `db:"customer_id"`
	Owner       business.PersonID   `db:"owner_id"` // who is credited; 0: nobody
	State       State               `db:"state"`
	Day         business.Date       `db:"day"`
	Total       business.Money      `db:"total_cents"` // tax included
	Tax         business.Money      `db:"tax_cents"`
	Text        string              `db:"note"`
	PostedAt    time.Time           `db:"posted_at"`
	PostedBy    business.PersonID   `db:"posted_by"`
	ReversedAt  *time.Time          `db:"reversed_at"`
	Reason      string              `db:"reason"`
	Lines       []Line              `db:"-"`
}

// Line is one product of a note.
type Line struct {
	ID        int64              `db:"id"`
	OrderLine int64              `db:"order_line_id"`
	Product   business.ProductID `db:"product_id"`
	Code      string             `db:"code"`
	Name      string             `db:"name"`
	Spec      string             `db:"spec"`
	Unit      string             `db:"unit"`
	Quantity  business.Quantity  `db:"quantity"`
	Amount    business.Money     `db:"amount_cents"`
	Tax       business.Money     `db:"tax_cents"`
}

// Part is a quantity of an order's line.
type Part struct {
	Line     int64
	Quantity business.Quantity
}

// Shipment asks for goods to go out. No parts means all that is left.
type Shipment struct {
	Order business.OrderID
	Parts []Part
	Text  string
}

// Shipped is what an order gave for a shipment.
type Shipped struct {
	Order       business.OrderID
	OrderNumber string
	Customer    business.CustomerID
	Owner       business.PersonID
	Released    bool // the order was released beyond the credit
	Lines       []Line
	Value       business.Money
	Tax         business.Money
}

// Issue is a note as the ledger sees it.
type Issue struct {
	Note     business.NoteID
	Number   string
	Customer business.CustomerID
	Owner    business.PersonID
	Day      business.Date
	Value    business.Money // tax included
	Tax      business.Money
	Released bool // no look at the credit
	Again    bool // of a reversal: the goods have to go out again
}

// OpenLine is a line of an order of which something has to go out.
type OpenLine struct {
	Order      business.OrderID
	Number     string // of the order
	Customer   business.CustomerID
	Owner      business.PersonID
	ValidUntil business.Date
	Line       int64
	Product    business.ProductID
	Code       string
	Name       string
	Spec       string
	Unit       string
	Bin        string
	Ordered    business.Quantity
	Delivered  business.Quantity
}

// Outgoing says what of what has to go out is asked for.
type Outgoing struct {
	Person business.PersonID // who is credited; 0: anybody
	Order  business.OrderID  // 0: any
	Limit  int               // orders at most
}

// Filter says which notes to list.
type Filter struct {
	Person   business.PersonID
	Customer business.CustomerID
	Order    business.OrderID
	State    State
	From, To business.Date // inclusive
	Number   string        // begins with
	Limit    int
	After    Cursor
}

// Cursor is the sort key of a row.
type Cursor struct {
	At time.Time       `json:"t"`
	ID business.NoteID `json:"i"`
}

// Row is a note in a list.
type Row struct {
	Note
	CustomerName string
}

// Notice is the payload of the notices on TopicGoods.
type Notice struct {
	What     string              `json:"what"`
	Note     business.NoteID     `json:"note_id"`
	Order    business.OrderID    `json:"order_id"`
	Customer business.CustomerID `json:"customer_id"`
	By       business.PersonID   `json:"by"`
}

// TopicGoods is the topic of the notices about goods.
const TopicGoods = "goods"
