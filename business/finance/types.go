package finance

import (
	"time"

	"beatplan/business"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// The accounts that the rules post to; money is received on those marked so.
const (
	Receivables = "1122"
	OutputTax   = "2221"
	Sales       = "6001"
	Cash        = "1001"
	Bank        = "1002"
)

// Hold is why a customer gets nothing more for now.
type Hold string

// The holds.
const (
	NoHold      Hold = ""
	CreditHold  Hold = "credit"  // beyond the limit
	OverdueHold Hold = "overdue" // owes what is overdue
)

// Kind says what a journal books.
type Kind string

// The kinds of journals.
const (
	IssueKind           Kind = "issue"
	IssueReversalKind   Kind = "issue_reversal"
	ReceiptKind         Kind = "receipt"
	ReceiptReversalKind Kind = "receipt_reversal"
)

// Caller is who gives a command or asks.
type Caller struct {
	Actor business.Actor
	Scope scope.Scope
	Key   idem.Key
	// Submits says that what the caller collects waits for finance: on the phone,
	// and of whoever is not finance.
	Submits bool
}

// Posting is one line of a journal; debit is positive.
type Posting struct {
	Account  string
	Customer business.CustomerID // of a control account; else 0
	Amount   business.Money
}

// Issue is a goods-out note that becomes a receivable.
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

// Account is the money of one customer.
type Account struct {
	Customer    business.CustomerID `db:"customer_id"`
	Balance     business.Money      `db:"balance_cents"`     // owed; negative: prepaid
	Committed   business.Money      `db:"committed_cents"`   // confirmed, not gone out
	Received    business.Money      `db:"received_cents"`    // ever, less what was reversed
	Unallocated business.Money      `db:"unallocated_cents"` // received and not allocated
	Limit       *business.Money     `db:"limit_cents"`       // nil: none
	TermDays    *int                `db:"term_days"`         // nil: the company's
	Version     int64               `db:"version"`           // of limit and term
}

// Exposure is what counts against the limit.
func (a Account) Exposure() business.Money { return a.Balance + a.Committed }

// Item is what is owed for one goods-out note.
type Item struct {
	ID       int64               `db:"id"`
	Note     business.NoteID     `db:"note_id"`
	Number   string              `db:"number"`
	Customer business.CustomerID `db:"customer_id"`
	Owner    business.PersonID   `db:"owner_id"`
	Journal  int64               `db:"journal_id"`
	Day      business.Date       `db:"day"`
	DueOn    business.Date       `db:"due_on"`
	Amount   business.Money      `db:"amount_cents"`
	Open     business.Money      `db:"open_cents"`
	Reversed business.Date       `db:"reversed_day"` // zero: it stands
}

// State is where a receipt stands.
type State string

// The states of a receipt.
const (
	Posted   State = "posted"
	Reversed State = "reversed"
)

// Receipt is money received from one customer.
type Receipt struct {
	ID          business.ReceiptID  `db:"id"`
	Number      string              `db:"number"`
	Collection  int64               `db:"collection_id"` // 0: on its own
	Customer    business.CustomerID `db:"customer_id"`
	Owner       business.PersonID   `db:"owner_id"`
	State       State               `db:"state"`
	Day         business.Date       `db:"day"`
	Amount      business.Money      `db:"amount_cents"`
	Unallocated business.Money      `db:"unallocated_cents"` // prepaid
	Text        string              `db:"note"`
	PostedAt    time.Time           `db:"posted_at"`
	PostedBy    business.PersonID   `db:"posted_by"`
	ReversedDay business.Date       `db:"reversed_day"`
	Reason      string              `db:"reason"`
	Tenders     []Tender            `db:"-"`
	Allocations []Allocation        `db:"-"`
}

// Tender is money of one kind.
type Tender struct {
	Account string         `db:"account"`
	Amount  business.Money `db:"amount_cents"`
}

// Allocation is what a receipt pays of an item.
type Allocation struct {
	ID      int64              `db:"id"`
	Receipt business.ReceiptID `db:"receipt_id"`
	Item    int64              `db:"item_id"`
	Number  string             `db:"number"` // of the item
	Amount  business.Money     `db:"amount_cents"`
	Day     business.Date      `db:"day"`
	Undone  business.Date      `db:"undone_day"` // zero: it stands
}

// Tick is a document and what is paid of it; 0 is all that is open.
type Tick struct {
	Item   int64
	Amount business.Money
}

// NewReceipt is money from one customer. Without ticks the oldest due documents
// are paid first; with Prepaid nothing is. What is left stays with the customer.
type NewReceipt struct {
	Customer business.CustomerID
	Tenders  []Tender
	Ticks    []Tick
	Prepaid  bool
	Text     string
}

// NewCollection settles documents of any customers with what was received.
type NewCollection struct {
	Ticks   []Tick
	Tenders []Tender
	Text    string
}

// Collected is what became of a collection.
type Collected struct {
	ID         int64 // 0: it was submitted
	Amount     business.Money
	Receipts   []Receipt
	Submission int64 // 0: it was booked
}

// Settings are how the company gives credit.
type Settings struct {
	TermDays     int           `db:"term_days"`
	BlockOverdue bool          `db:"block_overdue"`
	ClosedUntil  business.Date `db:"closed_until"` // zero: every period is open
	Version      int64         `db:"version"`
}

// Customer is what finance needs to know of a customer.
type Customer struct {
	ID    business.CustomerID
	Name  string
	Owner business.PersonID // 0: nobody
}

// Unpaid asks for open documents.
type Unpaid struct {
	Person   business.PersonID
	Customer business.CustomerID
	From, To business.Date // of the note, inclusive
	Route    business.Date // set: those on the person's route of that day, in its order
	Overdue  bool          // only what is past due
	DueFrom  business.Date // set: only what is due on this day or later
	Limit    int
	After    ItemCursor // not along a route
}

// ItemCursor is the sort key of an open document.
type ItemCursor struct {
	Day business.Date
	ID  int64
}

// OpenItem is an open document in a list.
type OpenItem struct {
	Item
	CustomerName string
	OverdueDays  int            // 0: not due
	Stop         int            // place on the route, from 1; 0: not on it
	Submitted    business.Money // collected, and waits for finance
}

// ReceiptFilter says which receipts to list.
type ReceiptFilter struct {
	Person   business.PersonID
	Customer business.CustomerID
	State    State
	Account  string // one of the tenders is on it
	From, To business.Date
	Number   string // begins with
	Limit    int
	After    Cursor
}

// Cursor is the sort key of a row.
type Cursor struct {
	At time.Time          `json:"t"`
	ID business.ReceiptID `json:"i"`
}

// ReceiptRow is a receipt in a list.
type ReceiptRow struct {
	Receipt
	CustomerName string
}

// TenderSum is what was received on one account.
type TenderSum struct {
	Account  string         `db:"account"`
	Receipts int64          `db:"receipts"`
	Amount   business.Money `db:"amount_cents"`
}

// Notice is the payload of the notices on TopicMoney.
type Notice struct {
	What      string                `json:"what"`
	Customers []business.CustomerID `json:"customer_ids"`
	By        business.PersonID     `json:"by"`
}

// TopicMoney is the topic of the notices about money.
const TopicMoney = "money"
