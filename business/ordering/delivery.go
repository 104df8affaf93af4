package ordering

import (
	"context"

	"beatplan/business"
	"beatplan/internal/db"
)

// What fulfilment calls inside its own transactions.

// Delivery is what goes out of an order at once.
type Delivery struct {
	Order Order // as it is afterwards
	Parts []Shipped
	Value business.Money // of the parts
	Tax   business.Money
}

// Deliver takes parts out of a confirmed order that the caller may see, all that is
// left when there are none. The order is locked until the end of the transaction. It fails with ErrNoOrder,
// ErrNotConfirmed, ErrExpired or ErrOver.
func (s *Service) Deliver(
	ctx context.Context, tx db.Tx, c Caller, id business.OrderID, parts []Part,
) (Delivery, error) {
	before, err := fetch(ctx, tx, sqlLock, args(c, id))
	if err != nil {
		return Delivery{}, err
	}
	if len(parts) == 0 {
		parts = before.rest()
	}
	o, shipped, err := ship(before, parts, s.Today())
	if err != nil {
		return Delivery{}, err
	}
	d := Delivery{Parts: shipped}
	for _, p := range shipped {
		d.Value += p.Amount
		d.Tax += p.Tax
	}
	if err := saveDelivered(ctx, tx, o.Lines); err != nil {
		return d, err
	}
	d.Order, err = s.wrote(ctx, tx, c, "delivered", before, o)
	return d, err
}

// TakeBack undoes a delivery of which these parts went out. It fails with
// ErrNoOrder, or ErrOver when less went out than would come back.
func (s *Service) TakeBack(
	ctx context.Context, tx db.Tx, c Caller, id business.OrderID, parts []Returned,
) (Order, error) {
	before, err := fetch(ctx, tx, sqlLock, args(c, id))
	if err != nil {
		return before, err
	}
	o, err := takeBack(before, parts)
	if err != nil {
		return before, err
	}
	if err := saveDelivered(ctx, tx, o.Lines); err != nil {
		return o, err
	}
	return s.wrote(ctx, tx, c, "taken_back", before, o)
}

// OpenLine is a line of an order of which something has to go out.
type OpenLine struct {
	Order      business.OrderID    `db:"order_id"`
	Number     string              `db:"number"` // of the order
	Customer   business.CustomerID `db:"customer_id"`
	Owner      business.PersonID   `db:"owner_id"`
	ValidUntil business.Date       `db:"valid_until"`
	Line       int64               `db:"line_id"`
	Product    business.ProductID  `db:"product_id"`
	Code       string              `db:"code"`
	Name       string              `db:"name"`
	Spec       string              `db:"spec"`
	Unit       string              `db:"unit"`
	Bin        string              `db:"bin"`
	Ordered    business.Quantity   `db:"quantity"`
	Delivered  business.Quantity   `db:"delivered"`
}

// Outgoing says of which orders the open lines are asked for.
type Outgoing struct {
	Person business.PersonID // who is credited; 0: anybody
	Order  business.OrderID  // 0: any
	Limit  int               // orders at most
}

// OpenLines returns the lines of which something may go out today, by the order's
// validity and id, of the first orders up to the limit, and how many orders there are.
// An order past its validity is not among them: it waits for somebody to give it up.
func (s *Service) OpenLines(
	ctx context.Context, q db.Querier, c Caller, f Outgoing,
) ([]OpenLine, int64, error) {
	a := args(c, f.Order)
	a["person"], a["order"], a["today"], a["limit"] = f.Person, f.Order, s.Today(), f.Limit
	lines, err := db.Collect[OpenLine](ctx, q, sqlOpenLines, a)
	if err != nil {
		return nil, 0, err
	}
	var orders int64
	err = q.QueryRow(ctx, sqlOpenOrders, db.PlanEachTime, a).Scan(&orders)
	return lines, orders, err
}
