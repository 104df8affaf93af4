package finance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// Ports are what finance needs of its neighbours, in its own words. Those that
// take a transaction run inside it and never end it.
type (
	// Customers says who owes, and hears how much.
	Customers interface {
		// Customers returns those of the ids that lie within sc.
		Customers(
			ctx context.Context, q db.Querier, sc scope.Scope, ids []business.CustomerID,
		) ([]Customer, error)
		// MoneyWas sets what the customer owes and ever paid.
		MoneyWas(
			ctx context.Context, tx db.Tx, c business.CustomerID, balance, received business.Money,
		) error
	}
	// Routes says where a salesperson goes.
	Routes interface {
		// Route returns the customers on somebody's day, in the order of the day.
		Route(
			ctx context.Context, q db.Querier, p business.PersonID, d business.Date,
		) ([]business.CustomerID, error)
	}
	// Collectors hears what finance decided about the money that people collected.
	Collectors interface {
		// SentBack is called in the transaction that sends a submission back.
		SentBack(ctx context.Context, tx db.Tx, s Submission) error
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

// Service keeps the ledger. It is safe for concurrent use; all fields are required
// unless they say otherwise.
type Service struct {
	DB         *db.DB
	Clock      clock.Clock
	Zone       *time.Location // of business days
	Customers  Customers
	Routes     Routes
	Announcer  Announcer
	Audit      Audit
	Collectors Collectors // nil: they read it in their list
}

// Today is the company's business day.
func (s *Service) Today() business.Date { return business.DateOf(s.Clock.Now(), s.Zone) }

// Commit adds the value of goods that have to go out to the customer's exposure; a
// negative one takes it off. With check it returns a hold, and changes nothing,
// when the exposure would pass the limit, or when something is overdue and the
// company gives nothing to who owes it.
func (s *Service) Commit(
	ctx context.Context, tx db.Tx, c business.CustomerID, value business.Money, check bool,
) (Hold, error) {
	acc, err := lock(ctx, tx, c)
	if err != nil {
		return NoHold, err
	}
	if check {
		if acc.Limit != nil && acc.Exposure()+value > *acc.Limit {
			return CreditHold, nil
		}
		late, err := s.blocked(ctx, tx, c)
		if err != nil || late {
			return OverdueHold, err
		}
	}
	return NoHold, move(ctx, tx, c, change{committed: value})
}

// blocked reports whether the customer gets nothing because of what is overdue.
func (s *Service) blocked(ctx context.Context, tx db.Tx, c business.CustomerID) (bool, error) {
	settings, err := one[Settings](ctx, tx, sqlSettings, nil)
	if err != nil {
		return false, fmt.Errorf("read settings: %w", err)
	}
	if !settings.BlockOverdue {
		return false, nil
	}
	var late bool
	err = tx.QueryRow(ctx, sqlIsOverdue, pgx.NamedArgs{"id": c, "today": s.Today()}).Scan(&late)
	if err != nil {
		return false, fmt.Errorf("what customer %d owes: %w", c, err)
	}
	return late, nil
}

// Issued makes a goods-out note a receivable. What was committed for the goods is
// owed from now on. The limit is looked at again: what the customer owes may not
// pass it, however many shipments compete. It fails with ErrOverCredit, ErrOverdue
// or ErrClosed.
func (s *Service) Issued(ctx context.Context, tx db.Tx, by business.Actor, i Issue) error {
	acc, err := lock(ctx, tx, i.Customer)
	if err != nil {
		return err
	}
	if !i.Released {
		if acc.Limit != nil && acc.Balance+i.Value > *acc.Limit {
			return ErrOverCredit.With("limit_cents", int64(*acc.Limit)).
				With("balance_cents", int64(acc.Balance))
		}
		late, err := s.blocked(ctx, tx, i.Customer)
		if err != nil {
			return err
		}
		if late {
			return ErrOverdue
		}
	}
	if i.Value == 0 { // given away: nothing is owed
		return nil
	}
	id, err := post(ctx, tx, by.Person, s.Clock.Now(), journal{
		kind: IssueKind, source: int64(i.Note), number: i.Number, day: i.Day, lines: issueLines(i),
	})
	if err != nil {
		return err
	}
	settings, err := one[Settings](ctx, tx, sqlSettings, nil)
	if err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	term := settings.TermDays
	if acc.TermDays != nil {
		term = *acc.TermDays
	}
	if _, err := tx.Exec(ctx, sqlInsertItem, pgx.NamedArgs{
		"note": i.Note, "number": i.Number, "customer": i.Customer, "owner": i.Owner, "journal": id,
		"day": i.Day, "due": i.Day.Add(term), "amount": i.Value,
	}); err != nil {
		return fmt.Errorf("save what is owed for %s: %w", i.Number, err)
	}
	return s.moved(ctx, tx, i.Customer, change{balance: i.Value, committed: -i.Value})
}

// Reversed takes the receivable of a note back. It fails with ErrPaidOn when
// something was paid on it, ErrReversed or ErrClosed.
func (s *Service) Reversed(ctx context.Context, tx db.Tx, by business.Actor, i Issue) error {
	if _, err := lock(ctx, tx, i.Customer); err != nil {
		return err
	}
	if i.Value == 0 {
		return nil
	}
	item, err := one[Item](ctx, tx, sqlItemOf, pgx.NamedArgs{"note": i.Note})
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNoItem.With("number", i.Number)
	}
	switch {
	case err != nil:
		return fmt.Errorf("what is owed for %s: %w", i.Number, err)
	case !item.Reversed.IsZero():
		return ErrReversed
	case item.Open != item.Amount:
		return ErrPaidOn.With("number", item.Number)
	}
	err = undo(ctx, tx, by.Person, s.Clock.Now(), IssueKind, journal{
		kind: IssueReversalKind, source: int64(i.Note), number: i.Number, day: i.Day,
	})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlReverseItem, pgx.NamedArgs{"id": item.ID, "day": i.Day})
	if err != nil {
		return fmt.Errorf("reverse what is owed for %s: %w", i.Number, err)
	}
	c := change{balance: -i.Value}
	if i.Again {
		c.committed = i.Value
	}
	return s.moved(ctx, tx, i.Customer, c)
}

// moved moves the account and tells the customer's neighbour how it stands.
func (s *Service) moved(
	ctx context.Context, tx db.Tx, id business.CustomerID, c change,
) error {
	if err := move(ctx, tx, id, c); err != nil {
		return err
	}
	acc, err := one[Account](ctx, tx, sqlAccount, pgx.NamedArgs{"id": id})
	if err != nil {
		return fmt.Errorf("read account of customer %d: %w", id, err)
	}
	if err := s.Customers.MoneyWas(ctx, tx, id, acc.Balance, acc.Received); err != nil {
		return fmt.Errorf("money of customer %d: %w", id, err)
	}
	return nil
}

func once[T any](
	ctx context.Context, s *Service, c Caller, request any, fn func(tx db.Tx) (T, error),
) (T, error) {
	var out T
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		out, err = idem.Once(ctx, tx, int64(c.Actor.Person), c.Key,
			map[string]any{"what": fmt.Sprintf("%T", request), "request": request},
			func() (T, error) { return fn(tx) })
		return err
	})
	return out, err
}

// record writes the trail and the notice.
func (s *Service) record(
	ctx context.Context, tx db.Tx, c Caller, change business.Change, concerned []Receipt,
) error {
	if err := s.Audit.Record(ctx, tx, c.Actor, change); err != nil {
		return err
	}
	n := Notice{What: change.Action, By: c.Actor.Person}
	people := []int64{int64(c.Actor.Person)}
	for _, r := range concerned {
		n.Customers = append(n.Customers, r.Customer)
		people = append(people, int64(r.Owner))
	}
	return s.Announcer.Notice(ctx, tx, TopicMoney, people, n)
}

// SetTerms changes a customer's limit and term; nil means none, and the company's.
// version is the one that was read, 0 for an account that nobody has opened. It
// fails with ErrNoCustomer, ErrSettings or ErrChanged.
func (s *Service) SetTerms(
	ctx context.Context, c Caller, id business.CustomerID, version int64, t Terms,
) (Account, error) {
	if err := checkTerms(t.Limit, t.TermDays); err != nil {
		return Account{}, err
	}
	if _, err := s.customer(ctx, s.DB, c, id); err != nil {
		return Account{}, err
	}
	var after Account
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		before, err := lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if before.Version != max(version, 1) {
			return ErrChanged.With("version", before.Version)
		}
		if _, err := tx.Exec(ctx, sqlSetTerms, pgx.NamedArgs{
			"id": id, "version": before.Version, "limit": t.Limit, "term": t.TermDays,
		}); err != nil {
			return fmt.Errorf("save terms of customer %d: %w", id, err)
		}
		if after, err = one[Account](ctx, tx, sqlAccount, pgx.NamedArgs{"id": id}); err != nil {
			return fmt.Errorf("read account of customer %d: %w", id, err)
		}
		return s.Audit.Record(ctx, tx, c.Actor, business.Change{
			Action: "finance.terms.changed", Object: "account", ID: int64(id),
			Before: before, After: after,
		})
	})
	return after, err
}

// Terms are what a customer is granted.
type Terms struct {
	Limit    *business.Money // nil: no limit
	TermDays *int            // nil: the company's
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

// Settings returns how the company gives credit.
func (s *Service) Settings(ctx context.Context) (Settings, error) {
	return one[Settings](ctx, s.DB, sqlSettings, nil)
}

// SetSettings changes how the company gives credit, and until when periods are
// closed; n.Version is the one that was read. It fails with ErrSettings or
// ErrChanged.
func (s *Service) SetSettings(ctx context.Context, by business.Actor, n Settings) (Settings, error) {
	if err := checkSettings(n); err != nil {
		return n, err
	}
	var after Settings
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		before, err := one[Settings](ctx, tx, sqlSettings, nil)
		if err != nil {
			return fmt.Errorf("read settings: %w", err)
		}
		tag, err := tx.Exec(ctx, sqlSetSettings, pgx.NamedArgs{
			"term": n.TermDays, "block": n.BlockOverdue, "closed": n.ClosedUntil,
			"version": n.Version,
		})
		if err != nil {
			return fmt.Errorf("save settings: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return ErrChanged.With("version", before.Version)
		}
		if after, err = one[Settings](ctx, tx, sqlSettings, nil); err != nil {
			return fmt.Errorf("read settings: %w", err)
		}
		return s.Audit.Record(ctx, tx, by, business.Change{
			Action: "finance.settings.changed", Object: "finance_settings",
			Before: before, After: after,
		})
	})
	return after, err
}
