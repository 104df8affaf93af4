package fulfilment

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// Ports are what fulfilment needs of its neighbours, in its own words. Those that
// take a transaction run inside it and never end it.
type (
	// Orders gives goods out and takes them back.
	Orders interface {
		// Ship takes parts out of an order within the scope, all that is left when
		// there are none. It refuses what the order does not have.
		Ship(ctx context.Context, tx db.Tx, c Caller, s Shipment) (Shipped, error)
		// TakeBack undoes what a note took out. It returns whether the goods have to
		// go out again: not when the rest of the order was given up.
		TakeBack(ctx context.Context, tx db.Tx, c Caller, n Note) (again bool, err error)
		// OpenLines returns what may go out, by validity and order, up to a number of
		// orders, and how many orders there are.
		OpenLines(
			ctx context.Context, q db.Querier, c Caller, f Outgoing,
		) ([]OpenLine, int64, error)
	}
	// Ledger books what went out.
	Ledger interface {
		// Issued makes the note a receivable. It refuses a shipment beyond the
		// customer's credit, or while something is overdue.
		Issued(ctx context.Context, tx db.Tx, by business.Actor, i Issue) error
		// Reversed takes the receivable back. It refuses when something was paid
		// on it.
		Reversed(ctx context.Context, tx db.Tx, by business.Actor, i Issue) error
	}
	// Effects applies sales to the customer.
	Effects interface {
		// SalesWere sets the customer's last sale anew; nil: there is none.
		SalesWere(
			ctx context.Context, tx db.Tx, c business.CustomerID, last *time.Time,
		) error
		// Names returns the names of customers.
		Names(
			ctx context.Context, q db.Querier, ids []business.CustomerID,
		) (map[business.CustomerID]string, error)
	}
	// Announcer tells others, at commit.
	Announcer interface {
		Notice(ctx context.Context, tx db.Tx, topic string, people []int64, payload any) error
	}
	// Audit keeps what every command did.
	Audit interface {
		Record(ctx context.Context, tx db.Tx, by business.Actor, c business.Change) error
	}
)

// Service gives the commands and reads of fulfilment. It is safe for concurrent
// use; all fields are required.
type Service struct {
	DB        *db.DB
	Clock     clock.Clock
	Zone      *time.Location // of business days
	Orders    Orders
	Ledger    Ledger
	Effects   Effects
	Announcer Announcer
	Audit     Audit
}

// Today is the company's business day.
func (s *Service) Today() business.Date { return business.DateOf(s.Clock.Now(), s.Zone) }

const maxText = 1000

// Ship sends goods of an order out: all that is left, or parts of it. It fails with
// ErrEmpty, ErrTwice, or what the order and the ledger refuse; nothing has changed
// then.
func (s *Service) Ship(ctx context.Context, c Caller, in Shipment) (Note, error) {
	if err := checkShipment(in); err != nil {
		return Note{}, err
	}
	return s.command(ctx, c, in, func(tx db.Tx) (Note, error) { return s.ship(ctx, tx, c, in) })
}

func checkShipment(in Shipment) error {
	seen := map[int64]bool{}
	for _, p := range in.Parts {
		if seen[p.Line] {
			return ErrTwice.With("line_id", p.Line)
		}
		seen[p.Line] = true
	}
	if utf8.RuneCountInString(in.Text) > maxText {
		return ErrEmpty.Saying("The note has at most 1,000 characters.")
	}
	return nil
}

// ship asks the order first, whose lock orders everything that follows: the
// ledger's row of the customer, then the customer.
func (s *Service) ship(ctx context.Context, tx db.Tx, c Caller, in Shipment) (Note, error) {
	out, err := s.Orders.Ship(ctx, tx, c, in)
	if err != nil {
		return Note{}, err
	}
	if len(out.Lines) == 0 {
		return Note{}, ErrEmpty
	}
	n := Note{
		Order: out.Order, OrderNumber: out.OrderNumber, Customer: out.Customer, Owner: out.Owner,
		Day: s.Today(), Total: out.Value, Tax: out.Tax, Text: strings.TrimSpace(in.Text),
		PostedAt: s.Clock.Now(), PostedBy: c.Actor.Person, Lines: out.Lines,
	}
	if err := insert(ctx, tx, &n); err != nil {
		return n, err
	}
	issue := issueOf(n)
	issue.Released = out.Released
	if err := s.Ledger.Issued(ctx, tx, c.Actor, issue); err != nil {
		return n, err
	}
	if err := s.sold(ctx, tx, n.Customer); err != nil {
		return n, err
	}
	if n, err = fetch(ctx, tx, sqlNote, args(everything(), n.ID)); err != nil {
		return n, err
	}
	return n, s.tell(ctx, tx, c, "posted", n)
}

func everything() Caller { return Caller{Scope: scope.Everything()} }

func issueOf(n Note) Issue {
	return Issue{
		Note: n.ID, Number: n.Number, Customer: n.Customer, Owner: n.Owner, Day: n.Day,
		Value: n.Total, Tax: n.Tax,
	}
}

// sold sets the customer's last sale from the notes that stand.
func (s *Service) sold(ctx context.Context, tx db.Tx, c business.CustomerID) error {
	var last *time.Time
	err := tx.QueryRow(ctx, sqlLastSale, pgx.NamedArgs{"customer": c}).Scan(&last)
	if err != nil {
		return fmt.Errorf("last sale of customer %d: %w", c, err)
	}
	if err := s.Effects.SalesWere(ctx, tx, c, last); err != nil {
		return fmt.Errorf("last sale of customer %d: %w", c, err)
	}
	return nil
}

// Reverse takes a note back as a whole: the goods have to go out again, the
// receivable is gone. It fails with ErrNoNote, ErrReversed, ErrReason, or what the
// ledger refuses.
func (s *Service) Reverse(
	ctx context.Context, c Caller, id business.NoteID, reason string,
) (Note, error) {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n == 0 || n > maxText {
		return Note{}, ErrReason
	}
	request := map[string]any{"reverse": id, "reason": reason}
	return s.command(ctx, c, request, func(tx db.Tx) (Note, error) {
		n, err := fetch(ctx, tx, sqlNote, args(c, id))
		if err != nil {
			return n, err
		}
		if n.State == Reversed {
			return n, ErrReversed
		}
		// The order is locked before the note, as everywhere.
		again, err := s.Orders.TakeBack(ctx, tx, c, n)
		if err != nil {
			return n, err
		}
		if n, err = fetch(ctx, tx, sqlLock, args(c, id)); err != nil {
			return n, err
		}
		if n.State == Reversed {
			return n, ErrReversed
		}
		if _, err := tx.Exec(ctx, sqlReverse, pgx.NamedArgs{
			"id": id, "now": s.Clock.Now(), "by": c.Actor.Person, "reason": reason,
		}); err != nil {
			return n, fmt.Errorf("reverse note %d: %w", id, err)
		}
		i := issueOf(n)
		i.Day, i.Again = s.Today(), again
		if err := s.Ledger.Reversed(ctx, tx, c.Actor, i); err != nil {
			return n, err
		}
		if err := s.sold(ctx, tx, n.Customer); err != nil {
			return n, err
		}
		if n, err = fetch(ctx, tx, sqlNote, args(everything(), id)); err != nil {
			return n, err
		}
		return n, s.tell(ctx, tx, c, "reversed", n)
	})
}

func (s *Service) command(
	ctx context.Context, c Caller, request any, fn func(tx db.Tx) (Note, error),
) (Note, error) {
	var out Note
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		out, err = idem.Once(ctx, tx, int64(c.Actor.Person), c.Key, request,
			func() (Note, error) { return fn(tx) })
		return err
	})
	return out, err
}

func (s *Service) tell(ctx context.Context, tx db.Tx, c Caller, what string, n Note) error {
	err := s.Audit.Record(ctx, tx, c.Actor, business.Change{
		Action: "fulfilment.note." + what, Object: "note", ID: int64(n.ID), After: n,
	})
	if err != nil {
		return err
	}
	return s.Announcer.Notice(ctx, tx, TopicGoods, []int64{int64(n.Owner)},
		Notice{what, n.ID, n.Order, n.Customer, c.Actor.Person})
}
