package app

import (
	"context"
	"errors"
	"time"

	"beatplan/api/catalogueapi"
	"beatplan/api/financeapi"
	"beatplan/api/fulfilmentapi"
	"beatplan/api/orderingapi"
	"beatplan/business"
	"beatplan/business/catalogue"
	"beatplan/business/crm"
	"beatplan/business/finance"
	"beatplan/business/fulfilment"
	"beatplan/business/ordering"
	"beatplan/business/visits"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/demo"
	"beatplan/internal/scope"
)

// openTrade makes what is sold, ordered, shipped and paid. Locks are taken in one
// order: the order, the ledger's row of the customer, the customer.
func (a *App) openTrade() {
	a.Catalogue = &catalogue.Service{DB: a.DB, Clock: a.Clock, Audit: a.Audit}
	a.Ordering, a.Fulfilment, a.Finance = a.tradeAt(a.Clock)
	a.Visits.Modules = []visits.Steps{taken{a.Ordering}}
}

// tradeAt makes the three services by a clock.
func (a *App) tradeAt(
	c clock.Clock,
) (*ordering.Service, *fulfilment.Service, *finance.Service) {
	money := &finance.Service{
		DB: a.DB, Clock: c, Zone: a.Zone, Customers: payers{a.CRM}, Routes: routes{a.Visits},
		Announcer: a.Bus, Audit: a.Audit,
	}
	orders := &ordering.Service{
		DB: a.DB, Clock: c, Zone: a.Zone, Products: shelf{a.Catalogue},
		Customers: buyers{a.CRM}, Visits: calls{a.Visits}, Credit: credit{money},
		Effects: buyers{a.CRM}, Announcer: a.Bus, Audit: a.Audit,
	}
	goods := &fulfilment.Service{
		DB: a.DB, Clock: c, Zone: a.Zone, Orders: outgoing{orders},
		Ledger: books{money}, Effects: receivers{a.CRM}, Announcer: a.Bus, Audit: a.Audit,
	}
	return orders, goods, money
}

// demoTrade hands the demo what it trades with.
func (a *App) demoTrade() demo.Trade {
	return demo.Trade{Catalogue: a.Catalogue, At: a.tradeAt}
}

// mountTrade registers their surfaces.
func (a *App) mountTrade() {
	catalogueapi.Mount(a.API, a.Catalogue)
	orderingapi.Mount(a.API, a.Ordering)
	fulfilmentapi.Mount(a.API, a.Fulfilment)
	financeapi.Mount(a.API, a.Finance)
}

// shelf tells ordering what can be sold.
type shelf struct{ catalogue *catalogue.Service }

// Products returns the products of the ids, and those of the codes and barcodes.
func (s shelf) Products(
	ctx context.Context, q db.Querier, ids []business.ProductID, codes []string,
) ([]ordering.Product, error) {
	found, err := s.catalogue.ProductsFor(ctx, q, ids, codes)
	out := make([]ordering.Product, len(found))
	for i, p := range found {
		out[i] = ordering.Product{
			ID: p.ID, Code: p.Code, Barcode: p.Barcode, Name: p.Name, Spec: p.Spec, Unit: p.Unit,
			Bin: p.Bin, Decimals: p.Decimals, Price: p.Price, PricedAt: p.PricedAt, TaxBP: p.TaxBP,
			Active: p.Active,
		}
	}
	return out, err
}

// buyers tells ordering who orders, and the customer what was ordered.
type buyers struct{ crm *crm.Service }

// Customers returns the customers of the ids within the scope.
func (b buyers) Customers(
	ctx context.Context, q db.Querier, sc scope.Scope, ids []business.CustomerID,
) ([]ordering.Customer, error) {
	return customersAs(ctx, q, b.crm, sc, ids, func(c crm.Customer) ordering.Customer {
		return ordering.Customer{
			ID: c.ID, Name: c.Name, Owner: c.Owner, Archived: c.ArchivedAt != nil,
		}
	})
}

// OrdersWere sets what stands of the customer's orders.
func (b buyers) OrdersWere(
	ctx context.Context, tx db.Tx, c business.CustomerID, o ordering.Ordered,
) error {
	return b.crm.OrdersWere(ctx, tx, c, o.LastAt, int64(o.Deals))
}

// calls tells ordering what a visit was made for.
type calls struct{ visits *visits.Service }

// CustomerOf returns the customer of a visit, 0 when there is none.
func (c calls) CustomerOf(
	ctx context.Context, q db.Querier, id business.VisitID,
) (business.CustomerID, error) {
	return c.visits.CustomerOf(ctx, q, id)
}

// taken shows among what was done during a visit the orders that were taken there.
type taken struct{ ordering *ordering.Service }

// Steps returns one step, done, for each order.
func (t taken) Steps(ctx context.Context, q db.Querier, v visits.Visit) ([]visits.Step, error) {
	numbers, err := t.ordering.OfVisit(ctx, q, v.Customer, v.ID)
	steps := make([]visits.Step, len(numbers))
	for i, n := range numbers {
		steps[i] = visits.Step{
			Name: "ordering." + n, Kind: "ordering", Title: n, Done: true,
			Needs: business.OrdersRead,
		}
	}
	return steps, err
}

// credit tells ordering what a customer may still get.
type credit struct{ finance *finance.Service }

// Commit adds to the customer's exposure, when it may.
func (c credit) Commit(
	ctx context.Context, tx db.Tx, id business.CustomerID, value business.Money, check bool,
) (ordering.Hold, error) {
	hold, err := c.finance.Commit(ctx, tx, id, value, check)
	return ordering.Hold(hold), err
}

// outgoing tells fulfilment what may go out of orders.
type outgoing struct{ ordering *ordering.Service }

func (o outgoing) caller(c fulfilment.Caller) ordering.Caller {
	return ordering.Caller{Actor: c.Actor, Scope: c.Scope}
}

// Ship takes parts out of an order, all that is left when there are none.
func (o outgoing) Ship(
	ctx context.Context, tx db.Tx, c fulfilment.Caller, s fulfilment.Shipment,
) (fulfilment.Shipped, error) {
	parts := make([]ordering.Part, len(s.Parts))
	for i, p := range s.Parts {
		parts[i] = ordering.Part(p)
	}
	d, err := o.ordering.Deliver(ctx, tx, o.caller(c), s.Order, parts)
	if err != nil {
		return fulfilment.Shipped{}, noOrder(err)
	}
	out := fulfilment.Shipped{
		Order: d.Order.ID, OrderNumber: d.Order.Number, Customer: d.Order.Customer,
		Owner: d.Order.Owner, Released: d.Order.Released, Value: d.Value, Tax: d.Tax,
	}
	for _, p := range d.Parts {
		out.Lines = append(out.Lines, fulfilment.Line{
			OrderLine: p.Line.ID, Product: p.Line.Product, Code: p.Line.Code, Name: p.Line.Name,
			Spec: p.Line.Spec, Unit: p.Line.Unit, Quantity: p.Quantity, Amount: p.Amount, Tax: p.Tax,
		})
	}
	return out, nil
}

// noOrder says in the words of fulfilment that there is no such order.
func noOrder(err error) error {
	if errors.Is(err, ordering.ErrNoOrder) {
		return fulfilment.ErrNoOrder
	}
	return err
}

// TakeBack undoes what a note took out.
func (o outgoing) TakeBack(
	ctx context.Context, tx db.Tx, c fulfilment.Caller, n fulfilment.Note,
) (bool, error) {
	var parts []ordering.Returned
	for _, l := range n.Lines {
		parts = append(parts, ordering.Returned{
			Part:   ordering.Part{Line: l.OrderLine, Quantity: l.Quantity},
			Amount: l.Amount, Tax: l.Tax,
		})
	}
	after, err := o.ordering.TakeBack(ctx, tx, o.caller(c), n.Order, parts)
	return after.State == ordering.Confirmed, noOrder(err)
}

// OpenLines returns what may go out.
func (o outgoing) OpenLines(
	ctx context.Context, q db.Querier, c fulfilment.Caller, f fulfilment.Outgoing,
) ([]fulfilment.OpenLine, int64, error) {
	found, orders, err := o.ordering.OpenLines(ctx, q, o.caller(c), ordering.Outgoing(f))
	out := make([]fulfilment.OpenLine, len(found))
	for i, l := range found {
		out[i] = fulfilment.OpenLine(l)
	}
	return out, orders, err
}

// books is the ledger of fulfilment.
type books struct{ finance *finance.Service }

// Issued makes the note a receivable.
func (b books) Issued(
	ctx context.Context, tx db.Tx, by business.Actor, i fulfilment.Issue,
) error {
	return b.finance.Issued(ctx, tx, by, finance.Issue(i))
}

// Reversed takes the receivable back.
func (b books) Reversed(
	ctx context.Context, tx db.Tx, by business.Actor, i fulfilment.Issue,
) error {
	return b.finance.Reversed(ctx, tx, by, finance.Issue(i))
}

// receivers applies sales to customers.
type receivers struct{ crm *crm.Service }

// SalesWere sets the customer's last sale.
func (r receivers) SalesWere(
	ctx context.Context, tx db.Tx, c business.CustomerID, last *time.Time,
) error {
	return r.crm.SalesWere(ctx, tx, c, last)
}

// Names returns the names of customers.
func (r receivers) Names(
	ctx context.Context, q db.Querier, ids []business.CustomerID,
) (map[business.CustomerID]string, error) {
	return customerNames(ctx, q, r.crm, scope.Everything(), ids)
}

// payers tells finance who owes, and the customer how much.
type payers struct{ crm *crm.Service }

// Customers returns the customers of the ids within the scope.
func (p payers) Customers(
	ctx context.Context, q db.Querier, sc scope.Scope, ids []business.CustomerID,
) ([]finance.Customer, error) {
	return customersAs(ctx, q, p.crm, sc, ids, func(c crm.Customer) finance.Customer {
		return finance.Customer{ID: c.ID, Name: c.Name, Owner: c.Owner}
	})
}

// MoneyWas sets what the customer owes and ever paid.
func (p payers) MoneyWas(
	ctx context.Context, tx db.Tx, c business.CustomerID, balance, received business.Money,
) error {
	return p.crm.MoneyWas(ctx, tx, c, int64(balance), int64(received))
}

// routes tells finance where salespeople go.
type routes struct{ visits *visits.Service }

// Route returns the customers of a published day in its order.
func (r routes) Route(
	ctx context.Context, q db.Querier, p business.PersonID, d business.Date,
) ([]business.CustomerID, error) {
	return r.visits.RouteOf(ctx, q, visits.PersonDay{Person: p, Date: d})
}
