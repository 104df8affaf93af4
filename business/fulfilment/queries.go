package fulfilment

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

// Notes returns the notes under a filter, newest first and without lines, and the
// cursor of the next page, nil on the last.
func (s *Service) Notes(ctx context.Context, c Caller, f Filter) ([]Row, *Cursor, error) {
	a := f.args(c)
	db.After(a, f.After.At, f.After.ID)
	found, more, err := db.Page[Note](ctx, s.DB, sqlList, db.PageSize(f.Limit), a)
	if err != nil {
		return nil, nil, fmt.Errorf("list notes: %w", err)
	}
	var next *Cursor
	if more {
		last := found[len(found)-1]
		next = &Cursor{last.PostedAt, last.ID}
	}
	named, err := s.named(ctx, found)
	return named, next, err
}

func (s *Service) named(ctx context.Context, found []Note) ([]Row, error) {
	ids := make([]business.CustomerID, len(found))
	for i, n := range found {
		ids[i] = n.Customer
	}
	names, err := s.Effects.Names(ctx, s.DB, ids)
	if err != nil {
		return nil, fmt.Errorf("names of customers: %w", err)
	}
	out := make([]Row, len(found))
	for i, n := range found {
		out[i] = Row{n, names[n.Customer]}
	}
	return out, nil
}

func (f Filter) args(c Caller) pgx.NamedArgs {
	return pgx.NamedArgs{
		"all": c.Scope.All, "people": c.Scope.People, "person": f.Person, "customer": f.Customer,
		"order": f.Order, "state": string(f.State), "from": f.From, "to": f.To, "number": f.Number,
	}
}

// Count counts the notes under a filter and sums up those that stand, one beyond
// [business.SumLimit] of them at most.
func (s *Service) Count(ctx context.Context, c Caller, f Filter) (int64, business.Money, error) {
	var n int64
	var total business.Money
	a := f.args(c)
	a["most"] = business.SumLimit + 1
	err := s.DB.QueryRow(ctx, sqlCount, db.PlanEachTime, a).Scan(&n, &total)
	if err != nil {
		return 0, 0, fmt.Errorf("count notes: %w", err)
	}
	return n, total, nil
}

// Note returns one note with its lines. It fails with ErrNoNote.
func (s *Service) Note(ctx context.Context, c Caller, id business.NoteID) (Row, error) {
	n, err := fetch(ctx, s.DB, sqlNote, args(c, id))
	if err != nil {
		return Row{}, err
	}
	rows, err := s.named(ctx, []Note{n})
	if err != nil {
		return Row{}, err
	}
	return rows[0], nil
}

// ToShip is an order of which something has to go out.
type ToShip struct {
	Order        business.OrderID
	Number       string
	Customer     business.CustomerID
	CustomerName string
	Owner        business.PersonID
	ValidUntil   business.Date
	Lines        []OpenLine
}

// ToShip returns what may go out, the order that expires first at the top, up to the
// limit, and how many orders there are. What is past its validity is not among it.
func (s *Service) ToShip(ctx context.Context, c Caller, f Outgoing) ([]ToShip, int64, error) {
	lines, n, err := s.Orders.OpenLines(ctx, s.DB, c, f)
	if err != nil {
		return nil, 0, fmt.Errorf("open lines: %w", err)
	}
	var out []ToShip
	var ids []business.CustomerID
	for _, l := range lines {
		if n := len(out); n == 0 || out[n-1].Order != l.Order {
			out = append(out, ToShip{Order: l.Order, Number: l.Number, Customer: l.Customer,
				Owner: l.Owner, ValidUntil: l.ValidUntil})
			ids = append(ids, l.Customer)
		}
		out[len(out)-1].Lines = append(out[len(out)-1].Lines, l)
	}
	names, err := s.Effects.Names(ctx, s.DB, ids)
	if err != nil {
		return nil, 0, fmt.Errorf("names of customers: %w", err)
	}
	for i := range out {
		out[i].CustomerName = names[out[i].Customer]
	}
	return out, n, nil
}

// LastSale is when goods last went out for somebody, and for how much in a
// period.
type LastSale struct {
	Person   business.PersonID `db:"person_id"`
	LastDay  business.Date     `db:"last_day"`
	InPeriod int64             `db:"in_period"` // minor units
}

// LastSalesOf returns the last sales of people up to and on day, and for how
// much since. Those who never sold are not in the answer.
func (s *Service) LastSalesOf(
	ctx context.Context, q db.Querier, people []business.PersonID, since, day business.Date,
) ([]LastSale, error) {
	rows, err := q.Query(ctx, sqlLastOfPeople, pgx.NamedArgs{
		"people": people, "since": since, "day": day,
	})
	if err != nil {
		return nil, fmt.Errorf("last sales: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[LastSale])
}
