package warnings

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// Ports are what warnings needs of its neighbours, in its own words. Those that
// take a transaction run inside it and never end it.
type (
	// Customers says what the clocks are made of, and what a row shows.
	Customers interface {
		// Facts returns the customers of these ids, archived ones too.
		Facts(ctx context.Context, q db.Querier, ids []business.CustomerID) ([]Customer, error)
		// Cards returns what rows show of these customers, in any order.
		Cards(ctx context.Context, q db.Querier, ids []business.CustomerID) ([]Card, error)
		// Shared returns the customers that owners outside the scope share with its
		// people, or with their teams.
		Shared(ctx context.Context, q db.Querier, sc scope.Scope) ([]business.CustomerID, error)
		// Sees reports whether the customer is there and within the scope.
		Sees(
			ctx context.Context, q db.Querier, sc scope.Scope, id business.CustomerID,
		) (bool, error)
	}
	// Plans says which customers somebody is going to call on.
	Plans interface {
		// Planned returns those of the customers that stand on anybody's day.
		Planned(
			ctx context.Context, q db.Querier, d business.Date, ids []business.CustomerID,
		) ([]business.CustomerID, error)
	}
	// People says what salespeople did.
	People interface {
		// Activities returns every active salesperson within the scope, with what
		// they did from since to asOf, inclusive.
		Activities(
			ctx context.Context, q db.Querier, sc scope.Scope, since, asOf business.Date,
		) ([]Activity, error)
	}
	// Visits says how often customers were visited.
	Visits interface {
		// Gaps returns the customers among ids that were visited between from and
		// to, inclusive.
		Gaps(
			ctx context.Context, q db.Querier, ids []business.CustomerID, from, to business.Date,
		) ([]Gap, error)
	}
	// Publisher writes facts for others.
	Publisher interface {
		Publish(ctx context.Context, tx db.Tx, fact events.Fact) error
	}
)

// Gap is how often a customer was visited in a period.
type Gap struct {
	Customer    business.CustomerID
	First, Last business.Date
	Days        int // distinct days with a valid visit, ≥ 1
}

// Service keeps the clocks and answers who is overdue. It is safe for concurrent
// use; all fields are required unless they say otherwise.
type Service struct {
	DB        *db.DB
	Clock     clock.Clock
	Zone      *time.Location
	Customers Customers
	Plans     Plans
	People    People
	Visits    Visits
	Publisher Publisher
	Audit     Audit // nil: the company keeps no trail
	Bulk      int   // from how many customers on a first Rebuild is one piece; 0: 100,000
}

// Audit keeps what every command did, in the command's transaction.
type Audit interface {
	// Record writes one change to the trail.
	Record(ctx context.Context, tx db.Tx, by business.Actor, c business.Change) error
}

// Today is the company's business day.
func (s *Service) Today() business.Date { return business.DateOf(s.Clock.Now(), s.Zone) }

// Refresh sets the clocks of these customers by what is true of them now. A
// neighbour calls it in the transaction in which it changes a customer's visits,
// orders, sales, owner, level, kind or interval. O(customers).
func (s *Service) Refresh(ctx context.Context, tx db.Tx, ids []business.CustomerID) error {
	if len(ids) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, sqlShare); err != nil {
		return fmt.Errorf("lock clocks: %w", err)
	}
	rules, err := readRules(ctx, tx)
	if err != nil {
		return err
	}
	found, err := s.Customers.Facts(ctx, tx, ids)
	if err != nil {
		return fmt.Errorf("facts of customers: %w", err)
	}
	return saveClocks(ctx, tx, ids, s.clocks(found, rules))
}

// VisitEvery returns the rule by which customers without an interval of their own are
// visited: the days by kind and level, 0 for none. Until the transaction ends,
// [Service.Rebuild] waits, so that no other rule comes between.
func (s *Service) VisitEvery(
	ctx context.Context, tx db.Tx,
) (func(kind, level string) int, error) {
	if _, err := tx.Exec(ctx, sqlShare); err != nil {
		return nil, fmt.Errorf("lock clocks: %w", err)
	}
	rules, err := readRules(ctx, tx)
	if err != nil {
		return nil, err
	}
	rule := rules[CustomerVisit]
	return func(kind, level string) int {
		return thresholdFor(Customer{Kind: kind, Level: level}, rule)
	}, nil
}

func (s *Service) clocks(found []Customer, rules map[Kind]Rule) []clockRow {
	out := make([]clockRow, 0, 3*len(found))
	for _, c := range found {
		for _, k := range clocksOf(c, rules, s.Zone) {
			out = append(out, clockRow{
				Kind: numberOf(k.Kind), CustomerID: k.Customer, OwnerID: k.Owner,
				StartedOn: k.StartedOn, LastAt: k.LastAt, Threshold: k.Threshold,
				DueOn: k.dueOn(),
			})
		}
	}
	return out
}

// Rules returns the settings of the six kinds.
func (s *Service) Rules(ctx context.Context) ([]Rule, error) {
	rules, err := readRules(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	out := make([]Rule, 0, len(rules))
	for _, k := range Kinds() {
		out = append(out, rules[k])
	}
	return out, nil
}

// SetRule changes the setting of one kind. version is the one that was read.
// The clocks follow soon after, by the fact RuleChanged; other kinds are not
// touched. It fails with ErrNoKind, ErrRuleInvalid or ErrChanged.
func (s *Service) SetRule(
	ctx context.Context, c Caller, key idem.Key, r Rule,
) (Rule, error) {
	known := false
	for _, k := range Kinds() {
		known = known || k == r.Kind
	}
	if !known {
		return Rule{}, ErrNoKind.With("kind", string(r.Kind))
	}
	if err := checkRule(r); err != nil {
		return Rule{}, err
	}
	request := struct {
		Command string
		Rule    Rule
	}{"set-rule", r}
	var out Rule
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		out, err = idem.Once(ctx, tx, int64(c.Actor.Person), key, request, func() (Rule, error) {
			return s.setRule(ctx, tx, c, r)
		})
		return err
	})
	return out, err
}

func (s *Service) setRule(ctx context.Context, tx db.Tx, c Caller, r Rule) (Rule, error) {
	err := tx.QueryRow(ctx, sqlSetRule, pgx.NamedArgs{
		"kind": string(r.Kind), "enabled": r.Enabled, "threshold": r.Threshold,
		"by_level": orEmpty(r.ByLevel), "by_kind": orEmpty(r.ByKind), "weekdays": r.Weekdays,
		"version": r.Version, "now": s.Clock.Now(), "by": c.Actor.Person,
	}).Scan(&r.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return Rule{}, ErrChanged
	}
	if err != nil {
		return Rule{}, fmt.Errorf("write rule: %w", err)
	}
	if s.Audit != nil {
		err := s.Audit.Record(ctx, tx, c.Actor, business.Change{
			Action: "warnings.rule.changed", Object: "warning_rule", After: r,
		})
		if err != nil {
			return Rule{}, err
		}
	}
	return r, s.Publisher.Publish(ctx, tx, RuleChanged{r.Kind})
}

func orEmpty(m map[string]int) map[string]int {
	if m == nil {
		return map[string]int{}
	}
	return m
}
