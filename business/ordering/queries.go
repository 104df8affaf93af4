package ordering

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// Orders returns the orders under a filter, newest first and without lines, and
// the cursor of the next page, nil on the last. Those are seen that are credited
// to people within the scope, and the caller's own.
func (s *Service) Orders(ctx context.Context, c Caller, f Filter) ([]Row, *Cursor, error) {
	a := f.args(c)
	db.After(a, f.After.At, f.After.ID)
	found, more, err := db.Page[Order](ctx, s.DB, sqlList, db.PageSize(f.Limit), a)
	if err != nil {
		return nil, nil, fmt.Errorf("list orders: %w", err)
	}
	var next *Cursor
	if more {
		last := found[len(found)-1]
		next = &Cursor{last.CreatedAt, last.ID}
	}
	named, err := s.named(ctx, found)
	return named, next, err
}

func (s *Service) named(ctx context.Context, found []Order) ([]Row, error) {
	ids := make([]business.CustomerID, len(found))
	for i, o := range found {
		ids[i] = o.Customer
	}
	customers, err := s.Customers.Customers(ctx, s.DB, scope.Everything(), ids)
	if err != nil {
		return nil, fmt.Errorf("names of customers: %w", err)
	}
	names := make(map[business.CustomerID]string, len(customers))
	for _, c := range customers {
		names[c.ID] = c.Name
	}
	out := make([]Row, len(found))
	for i, o := range found {
		out[i] = Row{o, names[o.Customer]}
	}
	return out, nil
}

// Count counts the orders under a filter and sums up those that are not cancelled, one
// beyond [business.SumLimit] of them at most.
func (s *Service) Count(ctx context.Context, c Caller, f Filter) (int64, business.Money, error) {
	var n int64
	var total business.Money
	a := f.args(c)
	a["most"] = business.SumLimit + 1
	err := s.DB.QueryRow(ctx, sqlCount, db.PlanEachTime, a).Scan(&n, &total)
	if err != nil {
		return 0, 0, fmt.Errorf("count orders: %w", err)
	}
	return n, total, nil
}

func (f Filter) args(c Caller) pgx.NamedArgs {
	return pgx.NamedArgs{
		"all": c.Scope.All, "people": c.Scope.People, "self": c.Actor.Person, "person": f.Person,
		"customer": f.Customer, "state": string(f.State), "open": f.Open, "from": f.From, "to": f.To,
		"number": f.Number,
	}
}

// Order returns one order with its lines. It fails with ErrNoOrder.
func (s *Service) Order(ctx context.Context, c Caller, id business.OrderID) (Row, error) {
	o, err := fetch(ctx, s.DB, sqlOrder, args(c, id))
	if err != nil {
		return Row{}, err
	}
	rows, err := s.named(ctx, []Order{o})
	if err != nil {
		return Row{}, err
	}
	return rows[0], nil
}

// Quote is what a customer would pay for a product now.
type Quote struct {
	Product
	Price  business.Money
	Source Source
}

// Quotes prices products for a customer within the scope, in the order of the ids;
// unknown products are left out. It fails with ErrNoCustomer.
func (s *Service) Quotes(
	ctx context.Context, c Caller, customer business.CustomerID, ids []business.ProductID,
) ([]Quote, error) {
	if _, err := s.customer(ctx, s.DB, c, customer); err != nil {
		return nil, err
	}
	in := NewOrder{Customer: customer}
	for _, id := range ids {
		in.Lines = append(in.Lines, NewLine{Product: id})
	}
	known, err := s.known(ctx, s.DB, c, in)
	if err != nil {
		return nil, err
	}
	var out []Quote
	for _, id := range ids {
		if p, ok := known.byID[id]; ok {
			price, source := known.price(p)
			out = append(out, Quote{p, price, source})
		}
	}
	return out, nil
}

// Last returns the lines of the customer's last order that stands, at the prices
// of now, leaving out what is not sold any more; for ordering the same again. It
// fails with ErrNoCustomer.
func (s *Service) Last(
	ctx context.Context, c Caller, customer business.CustomerID,
) ([]Line, error) {
	if _, err := s.customer(ctx, s.DB, c, customer); err != nil {
		return nil, err
	}
	last, err := fetch(ctx, s.DB, sqlLast, pgx.NamedArgs{"customer": customer})
	if errors.Is(err, ErrNoOrder) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	in := NewOrder{Customer: customer}
	for _, l := range last.Lines {
		in.Lines = append(in.Lines, NewLine{Product: l.Product, Quantity: l.Quantity})
	}
	known, err := s.known(ctx, s.DB, c, in)
	if err != nil {
		return nil, err
	}
	var out []Line
	for _, l := range in.Lines {
		if line, fault := lineOf(l, known); fault == nil {
			out = append(out, line)
		}
	}
	return out, nil
}

// Policy returns how the company takes orders.
func (s *Service) Policy(ctx context.Context) (Policy, error) { return readPolicy(ctx, s.DB) }

func readPolicy(ctx context.Context, q db.Querier) (Policy, error) {
	rows, err := q.Query(ctx, sqlPolicy)
	if err != nil {
		return Policy{}, fmt.Errorf("read policy: %w", err)
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Policy])
}

// SetPolicy changes how the company takes orders; p.Version is the one that was
// read. It fails with ErrPolicy or ErrChanged.
func (s *Service) SetPolicy(ctx context.Context, by business.Actor, p Policy) (Policy, error) {
	if p.ValidDays < 1 || p.ValidDays > 365 {
		return p, ErrPolicy.WithField("valid_days", "range", "An order is valid for 1 to 365 days.")
	}
	var after Policy
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		before, err := readPolicy(ctx, tx)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, sqlSetPolicy, pgx.NamedArgs{
			"review": p.Review, "four_eyes": p.FourEyes, "valid_days": p.ValidDays,
			"version": p.Version,
		})
		if err != nil {
			return fmt.Errorf("save policy: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return ErrChanged.With("version", before.Version)
		}
		if after, err = readPolicy(ctx, tx); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, by, business.Change{
			Action: "ordering.policy.changed", Object: "order_policy", Before: before, After: after,
		})
	})
	return after, err
}

// OfVisit returns the numbers of the orders that were taken during a visit to the
// customer, without those that were cancelled, the oldest first.
func (s *Service) OfVisit(
	ctx context.Context, q db.Querier, customer business.CustomerID, visit business.VisitID,
) ([]string, error) {
	rows, err := q.Query(ctx, sqlOfVisit, pgx.NamedArgs{"customer": customer, "visit": visit})
	if err != nil {
		return nil, fmt.Errorf("orders of visit %d: %w", visit, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// LastDeal is when somebody last closed a deal, and what was sold in a period.
type LastDeal struct {
	Person   business.PersonID `db:"person_id"`
	LastDay  business.Date     `db:"last_day"`
	InPeriod int64             `db:"in_period"` // minor units
}

// LastDealsOf returns the last deals of people up to and on day, and what
// was sold since. Those who never closed one are not in the answer.
func (s *Service) LastDealsOf(
	ctx context.Context, q db.Querier, people []business.PersonID, since, day business.Date,
) ([]LastDeal, error) {
	rows, err := q.Query(ctx, sqlLastOfPeople, pgx.NamedArgs{
		"people": people, "since": since, "day": day,
	})
	if err != nil {
		return nil, fmt.Errorf("last deals: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[LastDeal])
}

// Deal is what one person sold to one customer in one month.
type Deal struct {
	Person   business.PersonID   `db:"person_id"` // 0: nobody is credited
	Customer business.CustomerID `db:"customer_id"`
	Month    business.Date       `db:"month"` // its first day
	Orders   int64               `db:"orders"`
	Amount   business.Money      `db:"deal_cents"`
}

// DealFilter says which deals to sum up.
type DealFilter struct {
	Person   business.PersonID // 0: everybody
	From, To business.Date     // of the confirmation, inclusive
	Limit    int
	After    DealCursor
}

// DealCursor is the sort key of a sum of deals.
type DealCursor struct {
	Month    business.Date       `json:"m"`
	Person   business.PersonID   `json:"p"`
	Customer business.CustomerID `json:"c"`
}

// Deals sums up the deals of the people within the scope by month, person and
// customer, and gives the cursor of the next page, nil on the last.
func (s *Service) Deals(ctx context.Context, c Caller, f DealFilter) ([]Deal, *DealCursor, error) {
	found, more, err := db.Page[Deal](ctx, s.DB, sqlDeals, db.PageSize(f.Limit), pgx.NamedArgs{
		"all": c.Scope.All, "people": c.Scope.People, "person": f.Person, "from": f.From, "to": f.To,
		"after_month": f.After.Month, "after_person": f.After.Person, "after_customer": f.After.Customer,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("sum up deals: %w", err)
	}
	var next *DealCursor
	if more {
		last := found[len(found)-1]
		next = &DealCursor{last.Month, last.Person, last.Customer}
	}
	return found, next, nil
}
