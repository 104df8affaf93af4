package ordering

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

// Ports are what ordering needs of its neighbours, in its own words. Those that
// take a transaction run inside it and never end it.
type (
	// Products says what can be sold.
	Products interface {
		// Products returns those with one of the ids, and those with one of the
		// codes or barcodes, which are in capitals; inactive ones too.
		Products(
			ctx context.Context, q db.Querier, ids []business.ProductID, codes []string,
		) ([]Product, error)
	}
	// Customers says who orders.
	Customers interface {
		// Customers returns those of the ids that lie within sc.
		Customers(
			ctx context.Context, q db.Querier, sc scope.Scope, ids []business.CustomerID,
		) ([]Customer, error)
	}
	// Visits says what a visit was made for.
	Visits interface {
		// CustomerOf returns the customer of a visit, 0 when there is none.
		CustomerOf(
			ctx context.Context, q db.Querier, id business.VisitID,
		) (business.CustomerID, error)
	}
	// Credit looks at what a customer owes and was promised.
	Credit interface {
		// Commit adds the value of goods that have to go out to the customer's
		// exposure; a negative one takes it off. With check it refuses what is
		// beyond the limit or while something is overdue: it returns the hold and
		// has changed nothing then.
		Commit(
			ctx context.Context, tx db.Tx, c business.CustomerID, value business.Money, check bool,
		) (Hold, error)
	}
	// Effects applies orders to the customer.
	Effects interface {
		// OrdersWere sets what stands of the customer's orders anew.
		OrdersWere(ctx context.Context, tx db.Tx, c business.CustomerID, o Ordered) error
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

// Service gives the commands and reads of ordering. It is safe for concurrent use;
// all fields are required.
type Service struct {
	DB        *db.DB
	Clock     clock.Clock
	Zone      *time.Location // of business days
	Products  Products
	Customers Customers
	Visits    Visits
	Credit    Credit
	Effects   Effects
	Announcer Announcer
	Audit     Audit
}

// Today is the company's business day.
func (s *Service) Today() business.Date { return business.DateOf(s.Clock.Now(), s.Zone) }

// Place enters an order, and confirms it when asked to. The customer's salesperson
// is credited, whoever enters it. It fails with ErrNoCustomer, ErrNoVisit or
// ErrLines, which names every fault by line; nothing has changed then.
func (s *Service) Place(ctx context.Context, c Caller, in NewOrder) (Order, error) {
	return s.command(ctx, c, in, func(tx db.Tx) (Order, error) {
		policy, err := readPolicy(ctx, tx)
		if err != nil {
			return Order{}, err
		}
		o := Order{
			Customer: in.Customer, PlacedBy: c.Actor.Person, Visit: in.Visit, State: Draft,
			Day: s.Today(), Note: in.Note,
		}
		o.ValidUntil = o.Day.Add(policy.ValidDays)
		if err := s.fill(ctx, tx, c, &o, in); err != nil {
			return Order{}, err
		}
		if err := insert(ctx, tx, &o, s.Clock.Now()); err != nil {
			return Order{}, err
		}
		if o, err = fetch(ctx, tx, sqlOrder, args(everything(), o.ID)); err != nil {
			return Order{}, err
		}
		if in.Confirm {
			return s.confirm(ctx, tx, c, o, policy)
		}
		return o, s.tell(ctx, tx, c, "placed", nil, o)
	})
}

func everything() Caller { return Caller{Scope: scope.Everything()} }

// fill sets customer, owner and lines of an order from what was entered.
func (s *Service) fill(ctx context.Context, tx db.Tx, c Caller, o *Order, in NewOrder) error {
	if utf8.RuneCountInString(in.Note) > maxNote {
		return ErrLines.WithField("note", "length", "The note has at most 1,000 characters.")
	}
	who, err := s.customer(ctx, tx, c, in.Customer)
	if err != nil {
		return err
	}
	if who.Archived {
		return ErrNoCustomer.With("id", in.Customer)
	}
	o.Owner = who.Owner
	if o.Owner == 0 && c.Actor.Is(business.Salesperson) {
		o.Owner = c.Actor.Person
	}
	if in.Visit != 0 {
		at, err := s.Visits.CustomerOf(ctx, tx, in.Visit)
		if err != nil {
			return fmt.Errorf("visit %d: %w", in.Visit, err)
		}
		if at != in.Customer {
			return ErrNoVisit
		}
	}
	known, err := s.known(ctx, tx, c, in)
	if err != nil {
		return err
	}
	if o.Lines, err = linesOf(in.Lines, known); err != nil {
		return err
	}
	o.Note = strings.TrimSpace(in.Note)
	sum(o)
	return nil
}

func (s *Service) customer(
	ctx context.Context, q db.Querier, c Caller, id business.CustomerID,
) (Customer, error) {
	found, err := s.Customers.Customers(ctx, q, c.Scope, []business.CustomerID{id})
	if err != nil {
		return Customer{}, fmt.Errorf("customer %d: %w", id, err)
	}
	if len(found) == 0 {
		return Customer{}, ErrNoCustomer.With("id", id)
	}
	return found[0], nil
}

func (s *Service) known(ctx context.Context, q db.Querier, c Caller, in NewOrder) (known, error) {
	var ids []business.ProductID
	var codes []string
	for _, l := range in.Lines {
		if l.Product != 0 {
			ids = append(ids, l.Product)
		} else {
			codes = append(codes, strings.ToUpper(strings.TrimSpace(l.Code)))
		}
	}
	found, err := s.Products.Products(ctx, q, ids, codes)
	if err != nil {
		return known{}, fmt.Errorf("products: %w", err)
	}
	k := known{
		byID: map[business.ProductID]Product{}, byCode: map[string]Product{}, reviews: c.Reviews,
	}
	ids = ids[:0]
	for _, p := range found {
		k.byID[p.ID] = p
		ids = append(ids, p.ID)
		if p.Barcode != "" {
			k.byCode[strings.ToUpper(p.Barcode)] = p
		}
	}
	for _, p := range found { // a code wins over another product's barcode
		k.byCode[strings.ToUpper(p.Code)] = p
	}
	k.tracked, err = readTracked(ctx, q, in.Customer, ids)
	return k, err
}

// Save replaces a draft that still has the given version. It fails like Place, and
// with ErrNoOrder, ErrNotDraft or ErrChanged.
func (s *Service) Save(
	ctx context.Context, c Caller, id business.OrderID, version int64, in NewOrder,
) (Order, error) {
	return s.change(ctx, c, id, "saved", func(tx db.Tx, o Order) (Order, error) {
		if o.State != Draft {
			return o, ErrNotDraft.With("state", string(o.State))
		}
		if o.Version != version {
			return o, ErrChanged.With("version", o.Version)
		}
		in.Customer, in.Visit = o.Customer, 0
		if err := s.fill(ctx, tx, c, &o, in); err != nil {
			return o, err
		}
		if _, err := tx.Exec(ctx, sqlDropLines, pgx.NamedArgs{"id": id}); err != nil {
			return o, fmt.Errorf("drop lines of order %d: %w", id, err)
		}
		return o, insertLines(ctx, tx, o)
	})
}

// Confirm makes a draft a deal, or submits it when somebody has to look at it
// first. It fails with ErrNoOrder or ErrNotDraft.
func (s *Service) Confirm(ctx context.Context, c Caller, id business.OrderID) (Order, error) {
	return s.command(ctx, c, map[string]any{"confirm": id}, func(tx db.Tx) (Order, error) {
		o, err := fetch(ctx, tx, sqlLock, args(c, id))
		if err != nil {
			return o, err
		}
		if o.State != Draft {
			return o, ErrNotDraft.With("state", string(o.State))
		}
		policy, err := readPolicy(ctx, tx)
		if err != nil {
			return o, err
		}
		return s.confirm(ctx, tx, c, o, policy)
	})
}

func (s *Service) confirm(
	ctx context.Context, tx db.Tx, c Caller, o Order, p Policy,
) (Order, error) {
	before, hold := o, ReviewHold
	if !p.Review || c.Reviews {
		var err error
		if hold, err = s.Credit.Commit(ctx, tx, o.Customer, o.Total, true); err != nil {
			return o, fmt.Errorf("credit of customer %d: %w", o.Customer, err)
		}
	}
	if hold != NoHold {
		o.State, o.Hold = Submitted, hold
		return s.wrote(ctx, tx, c, "submitted", before, o)
	}
	return s.wrote(ctx, tx, c, "confirmed", before, confirm(o, s.Clock.Now(), s.Today(), p))
}

// Decision is a verdict about a submitted order.
type Decision struct {
	Order   business.OrderID
	Approve bool
	Reason  string
}

// Decide approves a submitted order or sends it back as a draft. An order beyond
// the credit needs somebody who may release it, and a reason. It fails with
// ErrNoOrder, ErrNotSubmitted, ErrOwnOrder, ErrMayNotRelease or ErrReason.
func (s *Service) Decide(ctx context.Context, c Caller, d Decision) (Order, error) {
	return s.command(ctx, c, d, func(tx db.Tx) (Order, error) {
		o, err := fetch(ctx, tx, sqlLock, args(c, d.Order))
		if err != nil {
			return o, err
		}
		policy, err := readPolicy(ctx, tx)
		if err != nil {
			return o, err
		}
		if err := decide(o, c, policy, d.Reason); err != nil {
			return o, err
		}
		before := o
		o.DecidedBy, o.Reason = c.Actor.Person, strings.TrimSpace(d.Reason)
		if !d.Approve {
			if o.Reason == "" {
				return o, ErrReason
			}
			o.State, o.Hold = Draft, NoHold
			return s.wrote(ctx, tx, c, "rejected", before, o)
		}
		released := o.Hold != ReviewHold
		hold, err := s.Credit.Commit(ctx, tx, o.Customer, o.Total, !released)
		if err != nil {
			return o, fmt.Errorf("credit of customer %d: %w", o.Customer, err)
		}
		if hold != NoHold { // reviewed, but now finance has to look at it
			o.Hold = hold
			return s.wrote(ctx, tx, c, "submitted", before, o)
		}
		o = confirm(o, s.Clock.Now(), s.Today(), policy)
		o.Released = released
		return s.wrote(ctx, tx, c, "approved", before, o)
	})
}

// Cancel takes an order back of which nothing went out. It fails with ErrNoOrder,
// ErrDelivered, ErrNotDraft when it is over, or ErrReason for a confirmed one.
func (s *Service) Cancel(
	ctx context.Context, c Caller, id business.OrderID, reason string,
) (Order, error) {
	request := map[string]any{"cancel": id, "reason": reason}
	return s.end(ctx, c, id, request, "cancelled", func(o Order) (Order, error) {
		return cancel(o, reason)
	})
}

// Close gives up what has not gone out of a confirmed order. It fails with
// ErrNoOrder, ErrNotConfirmed or ErrReason.
func (s *Service) Close(
	ctx context.Context, c Caller, id business.OrderID, reason string,
) (Order, error) {
	request := map[string]any{"close": id, "reason": reason}
	return s.end(ctx, c, id, request, "closed", func(o Order) (Order, error) {
		return giveUp(o, reason)
	})
}

func (s *Service) end(
	ctx context.Context, c Caller, id business.OrderID, request any, what string,
	rule func(Order) (Order, error),
) (Order, error) {
	return s.command(ctx, c, request, func(tx db.Tx) (Order, error) {
		before, err := fetch(ctx, tx, sqlLock, args(c, id))
		if err != nil {
			return before, err
		}
		o, err := rule(before)
		if err != nil {
			return before, err
		}
		if before.State == Confirmed {
			_, err := s.Credit.Commit(ctx, tx, o.Customer, -undelivered(before), false)
			if err != nil {
				return o, fmt.Errorf("credit of customer %d: %w", o.Customer, err)
			}
		}
		return s.wrote(ctx, tx, c, what, before, o)
	})
}

// change is for updates that a version makes harmless to repeat.
func (s *Service) change(
	ctx context.Context, c Caller, id business.OrderID, what string,
	fn func(tx db.Tx, o Order) (Order, error),
) (Order, error) {
	var out Order
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		before, err := fetch(ctx, tx, sqlLock, args(c, id))
		if err != nil {
			return err
		}
		o, err := fn(tx, before)
		if err != nil {
			return err
		}
		out, err = s.wrote(ctx, tx, c, what, before, o)
		return err
	})
	return out, err
}

func (s *Service) command(
	ctx context.Context, c Caller, request any, fn func(tx db.Tx) (Order, error),
) (Order, error) {
	var out Order
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		out, err = idem.Once(ctx, tx, int64(c.Actor.Person), c.Key, request,
			func() (Order, error) { return fn(tx) })
		return err
	})
	return out, err
}

// wrote saves the order with everything that hangs on it.
func (s *Service) wrote(
	ctx context.Context, tx db.Tx, c Caller, what string, before, o Order,
) (Order, error) {
	if err := update(ctx, tx, o, s.Clock.Now()); err != nil {
		return o, err
	}
	if before.Deal != o.Deal || before.State != o.State && (before.counts() || o.counts()) {
		if err := s.effects(ctx, tx, o.Customer); err != nil {
			return o, err
		}
	}
	o, err := fetch(ctx, tx, sqlOrder, args(everything(), o.ID))
	if err != nil {
		return o, err
	}
	return o, s.tell(ctx, tx, c, what, &before, o)
}

func (o Order) counts() bool { return o.State == Confirmed || o.State == Closed }

// effects sets the customer's last order and deals from the orders that stand.
func (s *Service) effects(ctx context.Context, tx db.Tx, id business.CustomerID) error {
	var o Ordered
	err := tx.QueryRow(ctx, sqlStands, pgx.NamedArgs{"customer": id}).Scan(&o.LastAt, &o.Deals)
	if err != nil {
		return fmt.Errorf("orders of customer %d: %w", id, err)
	}
	if err := s.Effects.OrdersWere(ctx, tx, id, o); err != nil {
		return fmt.Errorf("orders of customer %d: %w", id, err)
	}
	return nil
}

// tell writes the trail and the notice.
func (s *Service) tell(
	ctx context.Context, tx db.Tx, c Caller, what string, before *Order, o Order,
) error {
	change := business.Change{
		Action: "ordering.order." + what, Object: "order", ID: int64(o.ID), After: o,
	}
	if before != nil {
		change.Before = *before
	}
	if err := s.Audit.Record(ctx, tx, c.Actor, change); err != nil {
		return err
	}
	return s.Announcer.Notice(ctx, tx, TopicOrder, []int64{int64(o.Owner), int64(o.PlacedBy)},
		Notice{what, o.ID, o.Customer, o.State, c.Actor.Person})
}
