// Package orderingapi is the HTTP surface of business/ordering: orders, prices for
// a customer, the company's policy.
package orderingapi

import (
	"context"
	"fmt"
	"net/http"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/ordering"
	"beatplan/internal/fail"
	"beatplan/internal/sheet"
)

// Mount registers the operations on a.
func Mount(a *api.API, s *ordering.Service) {
	m := mount{a, s}
	m.reads()
	m.commands()
	m.policy()
	m.files()
}

type mount struct {
	a *api.API
	s *ordering.Service
}

func op(id, summary string, p business.Permission, own ...*fail.Error) api.Op {
	return api.Op{ID: id, Summary: summary, Tags: []string{"Orders"}, Perm: p, Problems: own}
}

func command(id, summary string, p business.Permission, own ...*fail.Error) api.Op {
	o := op(id, summary, p, own...)
	o.Command = true
	return o
}

func caller(ctx context.Context) ordering.Caller {
	c := api.CallerOf(ctx)
	return ordering.Caller{
		Actor: c.Actor, Scope: c.Scope, Key: api.IdemKey(ctx),
		Reviews: c.May(business.OrdersReview), Credits: c.May(business.MoneyWrite),
	}
}

func (m mount) reads() {
	api.Get(m.a, "/v1/orders", op("list-orders", "List orders, newest first",
		business.OrdersRead, api.ErrCursor), m.list)
	api.Get(m.a, "/v1/orders/{id}", op("get-order", "Read an order with its lines",
		business.OrdersRead, ordering.ErrNoOrder), m.get)
	api.Get(m.a, "/v1/customers/{id}/last-order", op("get-last-order",
		"Read the lines of the customer's last order at the prices of now",
		business.OrdersRead, ordering.ErrNoCustomer), m.last)
	api.Get(m.a, "/v1/customers/{id}/prices", op("list-customer-prices",
		"Read what a customer pays for products now", business.OrdersRead,
		ordering.ErrNoCustomer), m.prices)
	deals := op("list-deals", "Sum up deals by month, person and customer", business.OrdersRead,
		api.ErrCursor)
	deals.Description = "A deal is an order that stands, on the day of its confirmation."
	api.Get(m.a, "/v1/deals", deals, m.deals)
}

func (m mount) commands() {
	lines := []*fail.Error{ordering.ErrNoCustomer, ordering.ErrNoVisit, ordering.ErrLines}
	place := command("place-order", "Enter an order, and confirm it when asked to",
		business.OrdersWrite, lines...)
	place.Description = "Lines name a product by id, code or barcode; faults are named by line. An order " +
		"that somebody has to look at first is submitted."
	place.Status = http.StatusCreated
	api.Post(m.a, "/v1/orders", place, m.place)
	api.Put(m.a, "/v1/orders/{id}", op("save-order", "Replace a draft", business.OrdersWrite,
		append(lines, ordering.ErrNoOrder, ordering.ErrNotDraft, ordering.ErrChanged, api.ErrIfMatch)...),
		m.save)
	api.Post(m.a, "/v1/orders/{id}/confirm", command("confirm-order", "Confirm a draft",
		business.OrdersWrite, ordering.ErrNoOrder, ordering.ErrNotDraft), m.confirm)
	api.Post(m.a, "/v1/orders/{id}/decision", command("decide-order",
		"Approve a submitted order or send it back", business.OrdersReview, ordering.ErrNoOrder,
		ordering.ErrNotSubmitted, ordering.ErrOwnOrder, ordering.ErrMayNotRelease,
		ordering.ErrReason), m.decide)
	api.Post(m.a, "/v1/orders/{id}/cancel", command("cancel-order",
		"Cancel an order of which nothing went out", business.OrdersWrite, ordering.ErrNoOrder,
		ordering.ErrDelivered, ordering.ErrNotDraft, ordering.ErrReason), m.cancel)
	api.Post(m.a, "/v1/orders/{id}/close", command("close-order",
		"Give up what has not gone out", business.OrdersReview, ordering.ErrNoOrder,
		ordering.ErrNotConfirmed, ordering.ErrReason), m.closeOrder)
}

func (m mount) policy() {
	api.Get(m.a, "/v1/order-policy", op("get-order-policy", "Read how the company takes orders",
		business.OrdersRead), m.getPolicy)
	api.Put(m.a, "/v1/order-policy", op("set-order-policy", "Change how the company takes orders",
		business.SettingsWrite, ordering.ErrPolicy, ordering.ErrChanged, api.ErrIfMatch), m.setPolicy)
}

func (m mount) files() {
	export := op("export-orders", "Export the orders under a filter as CSV or XLSX", business.OrdersRead)
	m.a.Export("/v1/orders/export.{format}", export,
		[]string{"person", "customer", "state", "open", "from", "to", "number"}, m.export)
}

func (m mount) export(w http.ResponseWriter, r *http.Request) error {
	f, err := filterOf(r.URL.Query())
	if err != nil {
		return err
	}
	f.Limit = 500
	file := api.File(r, fmt.Sprintf("orders-%s", m.s.Today()),
		"number", "day", "customer", "state", "total", "tax", "note")
	next := func(after ordering.Cursor) ([]ordering.Row, *ordering.Cursor, error) {
		f.After = after
		return m.s.Orders(r.Context(), caller(r.Context()), f)
	}
	return sheet.ServePages(w, file, next, func(o ordering.Row) []any {
		return []any{o.Number, o.Day.String(), o.CustomerName,
			api.Word(api.Language(r), "state."+string(o.State)), o.Total.String(), o.Tax.String(), o.Note}
	})
}
