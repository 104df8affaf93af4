package financeapi

import (
	"context"
	"net/url"
	"time"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/finance"
)

// UnpaidItem is an open document.
type UnpaidItem struct {
	ID           int64               `json:"id"`
	NoteID       business.NoteID     `json:"note_id"`
	Number       string              `json:"number" doc:"Of the goods-out note"`
	CustomerID   business.CustomerID `json:"customer_id"`
	CustomerName string              `json:"customer_name"`
	OwnerID      business.PersonID   `json:"owner_id"`
	Day          string              `json:"day" format:"date"`
	DueOn        string              `json:"due_on" format:"date"`
	OverdueDays  int                 `json:"overdue_days"`
	Amount       int64               `json:"amount_cents"`
	Open         int64               `json:"open_cents"`
	Stop         int                 `json:"stop" doc:"Place on the route, from 1; 0: not on it"`
	Submitted    int64               `json:"submitted_cents" doc:"Collected, and waits for finance"`
}

// UnpaidItems is a list of open documents.
type UnpaidItems struct {
	Items []UnpaidItem `json:"items"`
	Total int64        `json:"total" doc:"Documents under the filter"`
	Open  int64        `json:"open_cents" doc:"Of all of them"`
}

type (
	unpaidIn struct {
		Person   business.PersonID   `query:"person" minimum:"0" doc:"The salesperson of the documents, or of the route"`
		Customer business.CustomerID `query:"customer" minimum:"0"`
		api.Period
		Route   string `query:"route" format:"date" doc:"Along the day of this date"`
		Overdue bool   `query:"overdue"`
		Limit   int    `query:"limit" minimum:"1" maximum:"2000" default:"500"`
	}
	unpaidOut struct{ Body UnpaidItems }
)

func (in unpaidIn) filter() (finance.Unpaid, error) {
	f := finance.Unpaid{
		Person: in.Person, Customer: in.Customer, Overdue: in.Overdue, Limit: in.Limit,
	}
	var err error
	if f.From, f.To, err = in.Days(); err != nil {
		return f, err
	}
	f.Route, err = api.OptionalDate("query.route", in.Route)
	return f, err
}

func unpaidOf(q url.Values) unpaidIn {
	return unpaidIn{
		Person: business.PersonID(api.Number(q, "person")), Period: api.PeriodOf(q),
		Customer: business.CustomerID(api.Number(q, "customer")), Route: q.Get("route"),
		Overdue: q.Get("overdue") == "true", Limit: 2000,
	}
}

func (m mount) unpaid(ctx context.Context, in *unpaidIn) (*unpaidOut, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	items, n, open, err := m.s.Unpaid(ctx, caller(ctx), f)
	if err != nil {
		return nil, err
	}
	out := &unpaidOut{UnpaidItems{Items: make([]UnpaidItem, len(items)), Total: n, Open: int64(open)}}
	for i, it := range items {
		out.Body.Items[i] = UnpaidItem{
			it.ID, it.Note, it.Number, it.Customer, it.CustomerName, it.Owner, it.Day.String(),
			it.DueOn.String(), it.OverdueDays, int64(it.Amount), int64(it.Open), it.Stop,
			int64(it.Submitted),
		}
	}
	return out, nil
}

// Receipt is money received from one customer.
type Receipt struct {
	ID           business.ReceiptID  `json:"id"`
	Number       string              `json:"number" example:"RC0000012"`
	CollectionID int64               `json:"collection_id" doc:"0: on its own"`
	CustomerID   business.CustomerID `json:"customer_id"`
	CustomerName string              `json:"customer_name"`
	OwnerID      business.PersonID   `json:"owner_id"`
	State        finance.State       `json:"state" enum:"posted,reversed"`
	Day          string              `json:"day" format:"date"`
	Amount       int64               `json:"amount_cents"`
	Unallocated  int64               `json:"unallocated_cents" doc:"Prepaid"`
	Note         string              `json:"note"`
	PostedAt     time.Time           `json:"posted_at"`
	PostedBy     business.PersonID   `json:"posted_by"`
	Reason       string              `json:"reason" doc:"Of the reversal"`
	Tenders      []Tender            `json:"tenders" doc:"Empty in lists"`
	Allocations  []Allocation        `json:"allocations" doc:"Empty in lists"`
}

// Tender is money of one kind.
type Tender struct {
	Account string `json:"account" enum:"1001,1002,1012,1013" doc:"1001 cash, 1002 bank, 1012 WeChat Pay, 1013 Alipay"`
	Amount  int64  `json:"amount_cents" minimum:"1"`
}

// Allocation is what a receipt pays of a document.
type Allocation struct {
	ItemID int64  `json:"item_id"`
	Number string `json:"number"`
	Amount int64  `json:"amount_cents"`
	Day    string `json:"day" format:"date"`
	Undone bool   `json:"undone"`
}

func view(r finance.ReceiptRow) Receipt {
	v := Receipt{
		ID: r.ID, Number: r.Number, CollectionID: r.Collection, CustomerID: r.Customer,
		CustomerName: r.CustomerName, OwnerID: r.Owner, State: r.State, Day: r.Day.String(),
		Amount: int64(r.Amount), Unallocated: int64(r.Unallocated), Note: r.Text,
		PostedAt: r.PostedAt, PostedBy: r.PostedBy, Reason: r.Reason,
		Tenders: []Tender{}, Allocations: []Allocation{},
	}
	for _, t := range r.Tenders {
		v.Tenders = append(v.Tenders, Tender{t.Account, int64(t.Amount)})
	}
	for _, a := range r.Allocations {
		v.Allocations = append(v.Allocations,
			Allocation{a.Item, a.Number, int64(a.Amount), a.Day.String(), !a.Undone.IsZero()})
	}
	return v
}

type (
	receiptsIn struct {
		api.PageQuery
		Person   business.PersonID   `query:"person" minimum:"0"`
		Customer business.CustomerID `query:"customer" minimum:"0"`
		State    finance.State       `query:"state" enum:"posted,reversed"`
		Account  string              `query:"account" maxLength:"4"`
		api.Period
		Number string `query:"number" maxLength:"40" doc:"Begins with"`
	}
	// Receipts is a page of receipts.
	Receipts struct {
		api.Page[Receipt]
		Sum *int64 `json:"total_cents" doc:"Of all receipts under the filter that stand; on the first page; null beyond 100,000"`
	}
	receiptsOut struct{ Body Receipts }
	receiptIn   struct {
		ID business.ReceiptID `path:"id" minimum:"1"`
	}
	receiptOut struct{ Body Receipt }
)

func (in receiptsIn) filter() (finance.ReceiptFilter, error) {
	f := finance.ReceiptFilter{
		Person: in.Person, Customer: in.Customer, State: in.State, Account: in.Account,
		Number: in.Number, Limit: in.Limit,
	}
	var err error
	if f.From, f.To, err = in.Days(); err != nil {
		return f, err
	}
	return f, api.DecodeAfter(in.After, &f.After)
}

func receiptsOf(q url.Values) receiptsIn {
	return receiptsIn{
		Person: business.PersonID(api.Number(q, "person")), Period: api.PeriodOf(q),
		Customer: business.CustomerID(api.Number(q, "customer")), Number: q.Get("number"),
		State: finance.State(q.Get("state")), Account: q.Get("account"),
	}
}

func (m mount) receipts(ctx context.Context, in *receiptsIn) (*receiptsOut, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	c, out := caller(ctx), &receiptsOut{}
	out.Body.Page, out.Body.Sum, err = api.SumPage(in.PageQuery, view,
		func() ([]finance.ReceiptRow, *finance.Cursor, error) { return m.s.Receipts(ctx, c, f) },
		func() (int64, business.Money, error) { return m.s.CountReceipts(ctx, c, f) })
	return out, err
}

func (m mount) receipt(ctx context.Context, in *receiptIn) (*receiptOut, error) {
	r, err := m.s.Receipt(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &receiptOut{view(r)}, nil
}

func (m mount) shown(ctx context.Context, r finance.Receipt, err error) (*receiptOut, error) {
	if err != nil {
		return nil, err
	}
	return m.receipt(ctx, &receiptIn{r.ID})
}

// TenderSum is what came on one account.
type TenderSum struct {
	Account  string `json:"account"`
	Receipts int64  `json:"receipts"`
	Amount   int64  `json:"amount_cents"`
}

type tendersOut struct{ Body []TenderSum }

func (m mount) tenders(ctx context.Context, in *receiptsIn) (*tendersOut, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	found, err := m.s.Tenders(ctx, caller(ctx), f)
	if err != nil {
		return nil, err
	}
	out := &tendersOut{Body: make([]TenderSum, len(found))}
	for i, t := range found {
		out.Body[i] = TenderSum{t.Account, t.Receipts, int64(t.Amount)}
	}
	return out, nil
}

// Tick is a document and what is paid of it.
type Tick struct {
	ItemID int64 `json:"item_id" minimum:"1"`
	Amount int64 `json:"amount_cents,omitempty" minimum:"0" doc:"All that is open when absent"`
}

// CollectionIn settles documents of any customers.
type CollectionIn struct {
	Ticks   []Tick   `json:"ticks" minItems:"1" maxItems:"500"`
	Tenders []Tender `json:"tenders" minItems:"1" maxItems:"20"`
	Note    string   `json:"note,omitempty" maxLength:"1000"`
}

// Collection is what became of it.
type Collection struct {
	ID           int64     `json:"id" doc:"0: it was submitted"`
	SubmissionID int64     `json:"submission_id" doc:"Waits for finance; 0: it was booked"`
	Amount       int64     `json:"amount_cents"`
	Receipts     []Receipt `json:"receipts" doc:"One for each customer"`
}

// ReceiptIn is money of one customer.
type ReceiptIn struct {
	CustomerID business.CustomerID `json:"customer_id" minimum:"1"`
	Tenders    []Tender            `json:"tenders" minItems:"1" maxItems:"20"`
	Ticks      []Tick              `json:"ticks,omitempty" maxItems:"500" doc:"The oldest due when absent"`
	Prepaid    bool                `json:"prepaid,omitempty" doc:"Pay nothing now"`
	Note       string              `json:"note,omitempty" maxLength:"1000"`
}

// TicksIn says what to pay.
type TicksIn struct {
	Ticks []Tick `json:"ticks" minItems:"1" maxItems:"500"`
}

// TakeBack says why.
type TakeBack struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1000"`
}

type (
	collectIn struct {
		Client string `header:"X-Client" enum:"desk,phone" doc:"phone: the phone app; a desk otherwise"`
		Body   CollectionIn
	}
	collectOut struct{ Body Collection }
	receiveIn  struct{ Body ReceiptIn }
	allocateIn struct {
		ID   business.ReceiptID `path:"id" minimum:"1"`
		Body TicksIn
	}
	reverseIn struct {
		ID   business.ReceiptID `path:"id" minimum:"1"`
		Body TakeBack
	}
)

func ticksOf(in []Tick) []finance.Tick {
	out := make([]finance.Tick, len(in))
	for i, t := range in {
		out[i] = finance.Tick{Item: t.ItemID, Amount: business.Money(t.Amount)}
	}
	return out
}

func tendersOf(in []Tender) []finance.Tender {
	out := make([]finance.Tender, len(in))
	for i, t := range in {
		out[i] = finance.Tender{Account: t.Account, Amount: business.Money(t.Amount)}
	}
	return out
}

func (m mount) collect(ctx context.Context, in *collectIn) (*collectOut, error) {
	c := caller(ctx)
	c.Submits = c.Submits || in.Client == "phone"
	done, err := m.s.Collect(ctx, c, finance.NewCollection{
		Ticks: ticksOf(in.Body.Ticks), Tenders: tendersOf(in.Body.Tenders), Text: in.Body.Note,
	})
	if err != nil {
		return nil, err
	}
	out := &collectOut{Collection{
		ID: done.ID, SubmissionID: done.Submission, Amount: int64(done.Amount), Receipts: []Receipt{},
	}}
	for _, r := range done.Receipts {
		shown, err := m.shown(ctx, r, nil)
		if err != nil {
			return nil, err
		}
		out.Body.Receipts = append(out.Body.Receipts, shown.Body)
	}
	return out, nil
}

func (m mount) receive(ctx context.Context, in *receiveIn) (*receiptOut, error) {
	r, err := m.s.Receive(ctx, caller(ctx), finance.NewReceipt{
		Customer: in.Body.CustomerID, Tenders: tendersOf(in.Body.Tenders),
		Ticks: ticksOf(in.Body.Ticks), Prepaid: in.Body.Prepaid, Text: in.Body.Note,
	})
	return m.shown(ctx, r, err)
}

func (m mount) allocate(ctx context.Context, in *allocateIn) (*receiptOut, error) {
	r, err := m.s.Allocate(ctx, caller(ctx), in.ID, ticksOf(in.Body.Ticks))
	return m.shown(ctx, r, err)
}

func (m mount) release(ctx context.Context, in *receiptIn) (*receiptOut, error) {
	r, err := m.s.Release(ctx, caller(ctx), in.ID)
	return m.shown(ctx, r, err)
}

func (m mount) reverse(ctx context.Context, in *reverseIn) (*receiptOut, error) {
	r, err := m.s.Reverse(ctx, caller(ctx), in.ID, in.Body.Reason)
	return m.shown(ctx, r, err)
}
