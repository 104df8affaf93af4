// Package financeapi is the HTTP surface of business/finance: open documents,
// collections and receipts, accounts and statements of customers, aging.
package financeapi

import (
	"context"
	"fmt"
	"net/http"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/finance"
	"beatplan/internal/fail"
	"beatplan/internal/sheet"
)

// Mount registers the operations on a.
func Mount(a *api.API, s *finance.Service) {
	m := mount{a, s}
	m.reads()
	m.accounts()
	m.commands()
	m.submissions()
	m.files()
}

type mount struct {
	a *api.API
	s *finance.Service
}

func op(id, summary string, p business.Permission, own ...*fail.Error) api.Op {
	return api.Op{ID: id, Summary: summary, Tags: []string{"Money"}, Perm: p, Problems: own}
}

func command(id, summary string, p business.Permission, own ...*fail.Error) api.Op {
	o := op(id, summary, p, own...)
	o.Command = true
	return o
}

func caller(ctx context.Context) finance.Caller {
	c := api.CallerOf(ctx)
	return finance.Caller{
		Actor: c.Actor, Scope: c.Scope, Key: api.IdemKey(ctx), Submits: !c.May(business.MoneyWrite),
	}
}

func (m mount) reads() {
	unpaid := op("list-unpaid", "List open documents, by day or along a route", business.MoneyRead,
		finance.ErrNoCustomer)
	unpaid.Description = "With route, those of the customers on the person's day, in its order. A customer's " +
		"name plays no part: what one salesperson sold is collected at once."
	api.Get(m.a, "/v1/unpaid", unpaid, m.unpaid)
	api.Get(m.a, "/v1/receipts", op("list-receipts", "List receipts, newest first",
		business.MoneyRead, api.ErrCursor), m.receipts)
	api.Get(m.a, "/v1/receipts/{id}", op("get-receipt", "Read a receipt with what it pays",
		business.MoneyRead, finance.ErrNoReceipt), m.receipt)
	api.Get(m.a, "/v1/tenders", op("list-tenders",
		"Sum up receipts by the account on which the money came", business.MoneyRead), m.tenders)
	api.Get(m.a, "/v1/aging", op("list-aging",
		"List balances by how long they are overdue, as of a day", business.MoneyRead), m.aging)
	api.Get(m.a, "/v1/receipt-sums", op("list-receipt-sums",
		"Sum up receipts by month, person and customer", business.MoneyRead, api.ErrCursor), m.sums)
}

func (m mount) accounts() {
	api.Get(m.a, "/v1/customers/{id}/account", op("get-customer-account",
		"Read what a customer owes, prepaid and is granted", business.MoneyRead,
		finance.ErrNoCustomer), m.account)
	api.Put(m.a, "/v1/customers/{id}/terms", op("set-customer-terms",
		"Change a customer's credit limit and term", business.MoneyWrite, finance.ErrNoCustomer,
		finance.ErrSettings, finance.ErrChanged, api.ErrIfMatch), m.setTerms)
	api.Get(m.a, "/v1/customers/{id}/statement", op("get-customer-statement",
		"Read a customer's account line by line", business.MoneyRead, finance.ErrNoCustomer),
		m.statement)
	api.Get(m.a, "/v1/ledger-accounts", op("list-ledger-accounts",
		"List the accounts of the ledger with their balances", business.MoneyWrite), m.ledger)
	api.Get(m.a, "/v1/money-settings", op("get-money-settings",
		"Read how the company gives credit", business.MoneyRead), m.getSettings)
	api.Put(m.a, "/v1/money-settings", op("set-money-settings",
		"Change how the company gives credit, and close periods", business.MoneyWrite,
		finance.ErrSettings, finance.ErrChanged, api.ErrIfMatch), m.setSettings)
}

func (m mount) commands() {
	paying := []*fail.Error{finance.ErrAmount, finance.ErrSum, finance.ErrNoAccount,
		finance.ErrNoItem, finance.ErrPaid, finance.ErrClosed}
	collect := command("collect", "Settle several documents at once", business.MoneyCollect, paying...)
	collect.Description = "All or none; one receipt for each customer. What was received has to be what is " +
		"ticked, to the cent. On the phone, and of whoever is not finance, it is submitted instead: it books " +
		"nothing before finance has approved it."
	collect.Status = http.StatusCreated
	api.Post(m.a, "/v1/collections", collect, m.collect)
	receive := command("create-receipt", "Book money of one customer", business.MoneyWrite,
		append(paying, finance.ErrNoCustomer, finance.ErrOtherCustomer)...)
	receive.Description = "Without ticks it pays the oldest due documents first; what is left is a prepayment."
	receive.Status = http.StatusCreated
	api.Post(m.a, "/v1/receipts", receive, m.receive)
	own := []*fail.Error{finance.ErrNoReceipt, finance.ErrReversed}
	api.Post(m.a, "/v1/receipts/{id}/allocate", command("allocate-receipt",
		"Pay documents with what a receipt has left", business.MoneyWrite,
		append(own, finance.ErrNoItem, finance.ErrOtherCustomer, finance.ErrPaid, finance.ErrSum)...),
		m.allocate)
	api.Post(m.a, "/v1/receipts/{id}/release", command("release-receipt",
		"Take back what a receipt pays; it is a prepayment again", business.MoneyWrite, own...),
		m.release)
	api.Post(m.a, "/v1/receipts/{id}/reverse", command("reverse-receipt",
		"Take a receipt back; what it paid is open again", business.MoneyWrite,
		append(own, finance.ErrReason, finance.ErrClosed)...), m.reverse)
}

func (m mount) files() {
	for _, f := range []struct {
		what, id, words string
		filters         []string
		handler         api.PlainHandler
	}{
		{"unpaid", "export-unpaid", "open documents",
			[]string{"person", "customer", "from", "to", "route", "overdue"}, m.exportUnpaid},
		{"receipts", "export-receipts", "receipts",
			[]string{"person", "customer", "state", "account", "from", "to", "number"}, m.exportReceipts},
		{"aging", "export-aging", "balances by age", []string{"as_of", "person"}, m.exportAging},
	} {
		export := op(f.id, "Export the "+f.words+" under a filter as CSV or XLSX", business.MoneyRead)
		m.a.Export("/v1/"+f.what+"/export.{format}", export, f.filters, f.handler)
	}
}

// exportUnpaid writes every open document under the filter, page by page; along a route
// there is one page.
func (m mount) exportUnpaid(w http.ResponseWriter, r *http.Request) error {
	f, err := unpaidOf(r.URL.Query()).filter()
	if err != nil {
		return err
	}
	file := m.file(r, "unpaid", "number", "day", "customer", "due", "overdue_days", "amount", "open")
	next := func(after finance.ItemCursor) ([]finance.OpenItem, *finance.ItemCursor, error) {
		f.After = after
		items, _, _, err := m.s.Unpaid(r.Context(), caller(r.Context()), f)
		if err != nil || len(items) < f.Limit || !f.Route.IsZero() {
			return items, nil, err
		}
		last := items[len(items)-1]
		return items, &finance.ItemCursor{Day: last.Day, ID: last.ID}, nil
	}
	return sheet.ServePages(w, file, next, func(it finance.OpenItem) []any {
		return []any{it.Number, it.Day.String(), it.CustomerName, it.DueOn.String(),
			it.OverdueDays, it.Amount.String(), it.Open.String()}
	})
}

// file is a table of today, headed in the reader's language.
func (m mount) file(r *http.Request, what string, columns ...string) sheet.Table {
	return api.File(r, fmt.Sprintf("%s-%s", what, m.s.Today()), columns...)
}

func (m mount) exportReceipts(w http.ResponseWriter, r *http.Request) error {
	f, err := receiptsOf(r.URL.Query()).filter()
	if err != nil {
		return err
	}
	f.Limit = 500
	file := m.file(r, "receipts", "number", "day", "customer", "state", "amount", "prepaid", "note")
	next := func(after finance.Cursor) ([]finance.ReceiptRow, *finance.Cursor, error) {
		f.After = after
		return m.s.Receipts(r.Context(), caller(r.Context()), f)
	}
	return sheet.ServePages(w, file, next, func(p finance.ReceiptRow) []any {
		return []any{p.Number, p.Day.String(), p.CustomerName,
			api.Word(api.Language(r), "state."+string(p.State)), p.Amount.String(), p.Unallocated.String(), p.Text}
	})
}

func (m mount) exportAging(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	_, all, err := m.aged(r.Context(), q.Get("as_of"), business.PersonID(api.Number(q, "person")), 0)
	if err != nil {
		return err
	}
	file := m.file(r, "aging", "customer", "not_due", "days_30", "days_60", "days_90", "older",
		"prepaid", "balance")
	return file.Serve(w, func(row func(...any) error) error {
		line := func(name string, b finance.Buckets) error {
			return row(name, b.NotDue.String(), b.Days30.String(), b.Days60.String(),
				b.Days90.String(), b.Older.String(), b.Unallocated.String(), b.Balance.String())
		}
		for _, c := range all.Rows {
			if err := line(c.Name, c.Buckets); err != nil {
				return err
			}
		}
		return line(api.Word(api.Language(r), "sum"), all.Sum)
	})
}
