package financeapi

import (
	"context"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/finance"
)

// CustomerAccount is the money of one customer.
type CustomerAccount struct {
	CustomerID  business.CustomerID `json:"customer_id"`
	Balance     int64               `json:"balance_cents" doc:"Owed; negative: prepaid"`
	Committed   int64               `json:"committed_cents" doc:"Confirmed and not gone out"`
	Exposure    int64               `json:"exposure_cents" doc:"What counts against the limit"`
	Received    int64               `json:"received_cents"`
	Unallocated int64               `json:"unallocated_cents" doc:"Received and not allocated"`
	Limit       *int64              `json:"limit_cents" doc:"null: none"`
	TermDays    *int                `json:"term_days" doc:"null: the company's"`
	Version     int64               `json:"version"`
}

// TermsIn is what a customer is granted.
type TermsIn struct {
	Limit    *int64 `json:"limit_cents" minimum:"0" doc:"null: none"`
	TermDays *int   `json:"term_days" minimum:"0" maximum:"365" doc:"null: the company's"`
}

type (
	customerIn struct {
		ID business.CustomerID `path:"id" minimum:"1"`
	}
	accountOut struct {
		ETag string `header:"ETag"`
		Body CustomerAccount
	}
	termsIn struct {
		api.IfMatch
		ID   business.CustomerID `path:"id" minimum:"1"`
		Body TermsIn
	}
)

func accountView(a finance.Account, err error) (*accountOut, error) {
	if err != nil {
		return nil, err
	}
	v := CustomerAccount{
		CustomerID: a.Customer, Balance: int64(a.Balance), Committed: int64(a.Committed),
		Exposure: int64(a.Exposure()), Received: int64(a.Received),
		Unallocated: int64(a.Unallocated), TermDays: a.TermDays, Version: a.Version,
	}
	if a.Limit != nil {
		cents := int64(*a.Limit)
		v.Limit = &cents
	}
	return &accountOut{api.ETag(a.Version), v}, nil
}

func (m mount) account(ctx context.Context, in *customerIn) (*accountOut, error) {
	return accountView(m.s.Account(ctx, caller(ctx), in.ID))
}

func (m mount) setTerms(ctx context.Context, in *termsIn) (*accountOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	t := finance.Terms{TermDays: in.Body.TermDays}
	if in.Body.Limit != nil {
		limit := business.Money(*in.Body.Limit)
		t.Limit = &limit
	}
	return accountView(m.s.SetTerms(ctx, caller(ctx), in.ID, version, t))
}

// Statement is a customer's account over a period.
type Statement struct {
	CustomerID   business.CustomerID `json:"customer_id"`
	CustomerName string              `json:"customer_name"`
	Opening      int64               `json:"opening_cents" doc:"Before the first of the entries"`
	Entries      []Entry             `json:"entries" doc:"The last 1,000 of the period at most"`
	Earlier      bool                `json:"earlier" doc:"The period has entries before these"`
	Closing      int64               `json:"closing_cents" doc:"The ledger's balance"`
}

// Entry is one line of a statement.
type Entry struct {
	Day     string       `json:"day" format:"date"`
	Kind    finance.Kind `json:"kind" enum:"issue,issue_reversal,receipt,receipt_reversal"`
	Number  string       `json:"number"`
	Amount  int64        `json:"amount_cents" doc:"Owed more; paid when negative"`
	Balance int64        `json:"balance_cents"`
}

type (
	statementIn struct {
		ID business.CustomerID `path:"id" minimum:"1"`
		api.Period
	}
	statementOut struct{ Body Statement }
)

func (m mount) statement(ctx context.Context, in *statementIn) (*statementOut, error) {
	from, to, err := in.Days()
	if err != nil {
		return nil, err
	}
	st, err := m.s.Statement(ctx, caller(ctx), in.ID, from, to)
	if err != nil {
		return nil, err
	}
	out := &statementOut{Statement{
		CustomerID: st.Customer.ID, CustomerName: st.Customer.Name, Opening: int64(st.Opening),
		Closing: int64(st.Closing), Earlier: st.Earlier, Entries: make([]Entry, len(st.Entries)),
	}}
	for i, e := range st.Entries {
		out.Body.Entries[i] = Entry{e.Day.String(), e.Kind, e.Number, int64(e.Amount), int64(e.Balance)}
	}
	return out, nil
}

// Ages is a balance by how long it is overdue; the parts add up to it.
type Ages struct {
	NotDue      int64 `json:"not_due_cents"`
	Days30      int64 `json:"days_30_cents" doc:"1 to 30 days overdue"`
	Days60      int64 `json:"days_60_cents" doc:"31 to 60"`
	Days90      int64 `json:"days_90_cents" doc:"61 to 90"`
	Older       int64 `json:"older_cents"`
	Unallocated int64 `json:"unallocated_cents" doc:"Negative: received and not allocated"`
	Balance     int64 `json:"balance_cents"`
}

// Aged is one customer's balance by age.
type Aged struct {
	Ages
	CustomerID   business.CustomerID `json:"customer_id"`
	CustomerName string              `json:"customer_name"`
	OwnerID      business.PersonID   `json:"owner_id"`
	OldestDue    *string             `json:"oldest_due" format:"date" doc:"null: nothing is open"`
}

// Aging is what customers owe by age.
type Aging struct {
	AsOf  string `json:"as_of" format:"date"`
	Items []Aged `json:"items" doc:"The most overdue first, up to the limit"`
	Total int    `json:"total" doc:"Customers, with those beyond the limit"`
	Sum   Ages   `json:"sum" doc:"Of all of them"`
}

type (
	agingIn struct {
		AsOf   string            `query:"as_of" format:"date" doc:"Today when absent"`
		Person business.PersonID `query:"person" minimum:"0" doc:"The customers' salesperson"`
		Limit  int               `query:"limit" minimum:"1" maximum:"2000" default:"300"`
	}
	agingOut struct{ Body Aging }
)

func ages(b finance.Buckets) Ages {
	return Ages{int64(b.NotDue), int64(b.Days30), int64(b.Days60), int64(b.Days90), int64(b.Older),
		int64(b.Unallocated), int64(b.Balance)}
}

// aged reads balances by age; of today where asOf is empty, all of them where limit
// is 0.
func (m mount) aged(
	ctx context.Context, asOf string, person business.PersonID, limit int,
) (business.Date, finance.Aging, error) {
	day, err := api.OptionalDate("query.as_of", asOf)
	if err != nil {
		return day, finance.Aging{}, err
	}
	if day.IsZero() {
		day = m.s.Today()
	}
	all, err := m.s.Aging(ctx, caller(ctx), finance.AgingFilter{AsOf: day, Person: person, Limit: limit})
	return day, all, err
}

func (m mount) aging(ctx context.Context, in *agingIn) (*agingOut, error) {
	asOf, all, err := m.aged(ctx, in.AsOf, in.Person, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &agingOut{Aging{
		AsOf: asOf.String(), Items: make([]Aged, len(all.Rows)), Total: all.Total, Sum: ages(all.Sum),
	}}
	for i, r := range all.Rows {
		row := Aged{Ages: ages(r.Buckets), CustomerID: r.ID, CustomerName: r.Name, OwnerID: r.Owner}
		if !r.OldestDue.IsZero() {
			due := r.OldestDue.String()
			row.OldestDue = &due
		}
		out.Body.Items[i] = row
	}
	return out, nil
}

// ReceiptSum is what one customer of one person paid in one month.
type ReceiptSum struct {
	PersonID   business.PersonID   `json:"person_id" doc:"0: nobody is credited"`
	CustomerID business.CustomerID `json:"customer_id"`
	Month      string              `json:"month" format:"date" doc:"Its first day"`
	Receipts   int64               `json:"receipts"`
	Amount     int64               `json:"amount_cents"`
}

type (
	sumsIn struct {
		api.PageQuery
		Person business.PersonID `query:"person" minimum:"0"`
		From   string            `query:"from" format:"date" doc:"The first of this year when absent"`
		To     string            `query:"to" format:"date" doc:"Inclusive; today when absent"`
	}
	sumsOut struct{ Body api.Page[ReceiptSum] }
)

func (m mount) sums(ctx context.Context, in *sumsIn) (*sumsOut, error) {
	from, to, err := api.OptionalSpan(in.From, in.To, m.s.Today())
	if err != nil {
		return nil, err
	}
	f := finance.SumFilter{Person: in.Person, From: from, To: to, Limit: in.Limit}
	if err := api.DecodeAfter(in.After, &f.After); err != nil {
		return nil, err
	}
	found, cursor, err := m.s.ReceiptSums(ctx, caller(ctx), f)
	if err != nil {
		return nil, err
	}
	out := &sumsOut{}
	out.Body, err = api.KeyPage(found, cursor, func(r finance.ReceiptSum) ReceiptSum {
		return ReceiptSum{r.Person, r.Customer, r.Month.String(), r.Receipts, int64(r.Amount)}
	})
	return out, err
}

// LedgerAccount is an account of the ledger.
type LedgerAccount struct {
	Code    string `json:"code"`
	Name    string `json:"name"`
	NameZH  string `json:"name_zh"`
	Kind    string `json:"kind"`
	Balance int64  `json:"balance_cents" doc:"Debit positive"`
}

type ledgerOut struct{ Body []LedgerAccount }

func (m mount) ledger(ctx context.Context, _ *struct{}) (*ledgerOut, error) {
	found, err := m.s.TrialBalance(ctx)
	if err != nil {
		return nil, err
	}
	out := &ledgerOut{Body: make([]LedgerAccount, len(found))}
	for i, a := range found {
		out.Body[i] = LedgerAccount(a)
	}
	return out, nil
}

// MoneySettings are how the company gives credit.
type MoneySettings struct {
	TermDays     int     `json:"term_days" minimum:"0" maximum:"365"`
	BlockOverdue bool    `json:"block_overdue" doc:"Who owes overdue money gets nothing"`
	ClosedUntil  *string `json:"closed_until" format:"date" doc:"Nothing is posted on or before it"`
	Version      int64   `json:"version,omitempty"`
}

type (
	settingsOut struct {
		ETag string `header:"ETag"`
		Body MoneySettings
	}
	settingsIn struct {
		api.IfMatch
		Body MoneySettings
	}
)

func settingsView(s finance.Settings, err error) (*settingsOut, error) {
	if err != nil {
		return nil, err
	}
	v := MoneySettings{TermDays: s.TermDays, BlockOverdue: s.BlockOverdue, Version: s.Version}
	if !s.ClosedUntil.IsZero() {
		until := s.ClosedUntil.String()
		v.ClosedUntil = &until
	}
	return &settingsOut{api.ETag(s.Version), v}, nil
}

func (m mount) getSettings(ctx context.Context, _ *struct{}) (*settingsOut, error) {
	return settingsView(m.s.Settings(ctx))
}

func (m mount) setSettings(ctx context.Context, in *settingsIn) (*settingsOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	n := finance.Settings{
		TermDays: in.Body.TermDays, BlockOverdue: in.Body.BlockOverdue, Version: version,
	}
	if in.Body.ClosedUntil != nil {
		if n.ClosedUntil, err = api.OptionalDate("body.closed_until", *in.Body.ClosedUntil); err != nil {
			return nil, err
		}
	}
	return settingsView(m.s.SetSettings(ctx, api.Actor(ctx), n))
}
