package visits

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// Ports are what visits needs of its neighbours, in its own words. Those that
// take a transaction run inside it and never end it.
type (
	// Customers says who and where customers are.
	Customers interface {
		// Sites returns the customers among ids that lie within sc, in any
		// order; archived ones too, because visits to them remain.
		Sites(
			ctx context.Context, q db.Querier, sc scope.Scope, ids []business.CustomerID,
		) ([]Site, error)
	}
	// People says who works and when.
	People interface {
		// Workers returns the people among ids; all salespeople when ids is nil.
		Workers(
			ctx context.Context, q db.Querier, ids []business.PersonID,
		) ([]Worker, error)
	}
	// Due is the list of customers whose visit is due, the most urgent first.
	Due interface {
		Due(
			ctx context.Context, q db.Querier, p business.PersonID, d business.Date, limit int,
		) ([]DueCustomer, error)
	}
	// Effects applies visits to the customer.
	Effects interface {
		// VisitBecameValid is called in the transaction that makes v count. v may
		// be older than visits that count already.
		VisitBecameValid(ctx context.Context, tx db.Tx, v ValidVisit) error
		// VisitTakenBack is called when a visit that counted does not any more;
		// count and last are what remains, last is nil when nothing does.
		VisitTakenBack(
			ctx context.Context, tx db.Tx, c business.CustomerID, count int64, last *ValidVisit,
		) error
		// FoundAt is called when somebody checks in at a customer that has no
		// position yet.
		FoundAt(
			ctx context.Context, tx db.Tx, v Visit, p orb.Point, accuracy geo.Meters,
		) error
	}
	// Announcer tells others, at commit.
	Announcer interface {
		Publish(ctx context.Context, tx db.Tx, fact events.Fact) error
		Notice(ctx context.Context, tx db.Tx, topic string, people []int64, payload any) error
	}
	// Audit keeps what every command did.
	Audit interface {
		Record(ctx context.Context, tx db.Tx, by business.Actor, c business.Change) error
	}
)

// Service gives the commands and reads of visits. It is safe for concurrent use.
type Service struct {
	DB        *db.DB
	Clock     clock.Clock
	Zone      *time.Location // the company's; business days are counted in it
	Customers Customers
	People    People
	Due       Due
	Planner   Planner
	Effects   Effects
	Announcer Announcer
	Audit     Audit    // nil: the company keeps no trail
	Tracks    Tracks   // nil: nobody is tracked
	Roads     Roads    // nil: nobody is tracked
	Darkroom  Darkroom // for photos
	Modules   []Steps  // what other modules add to a visit

	plans *memo         // proposals by what they were made of
	turns chan struct{} // taken by the commands that run
}

// Ready completes a service whose exported fields are set. It panics when one is
// missing, which is a fault of the program.
func (s Service) Ready() *Service {
	for name, missing := range map[string]bool{
		"DB": s.DB == nil, "Clock": s.Clock == nil, "Zone": s.Zone == nil,
		"Customers": s.Customers == nil, "People": s.People == nil, "Due": s.Due == nil,
		"Planner": s.Planner == nil, "Effects": s.Effects == nil,
		"Announcer": s.Announcer == nil,
	} {
		if missing {
			panic("visits: Service." + name + " is not set")
		}
	}
	s.plans = newMemo(rememberedPlans)
	s.turns = make(chan struct{}, max(2, 3*s.DB.Config().MaxConns/5))
	return &s
}

// turn waits until few enough commands run, first come, first served: when a whole team
// syncs at once they wait here once, and not for a connection at each of their steps,
// while readers find connections free. done gives the turn back.
func (s *Service) turn(ctx context.Context) (done func(), err error) {
	select {
	case s.turns <- struct{}{}:
		return func() { <-s.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// At returns the same service by another clock, for histories that are written
// as they would have happened.
func (s *Service) At(c clock.Clock) *Service {
	other := *s
	other.Clock = c
	return &other
}

// Quietly returns the same service that tells nobody, for bulk histories whose
// readers are told once at the end.
func (s *Service) Quietly() *Service {
	other := *s
	other.Announcer = silent{}
	return &other
}

type silent struct{}

func (silent) Publish(context.Context, db.Tx, events.Fact) error { return nil }
func (silent) Notice(context.Context, db.Tx, string, []int64, any) error {
	return nil
}

// Today is the company's business day.
func (s *Service) Today() business.Date { return business.DateOf(s.Clock.Now(), s.Zone) }

func (s *Service) stamp(c Caller) stamp { return stamp{c.Actor.Person, s.Clock.Now()} }

// worker returns a person within the caller's scope, or ErrNoDay: who is outside
// does not exist. Everybody sees themselves.
func (s *Service) worker(
	ctx context.Context, q db.Querier, c Caller, p business.PersonID,
) (Worker, error) {
	if p != c.Actor.Person && !c.Scope.Has(int64(p)) {
		return Worker{}, ErrNoDay
	}
	found, err := s.People.Workers(ctx, q, []business.PersonID{p})
	if err != nil {
		return Worker{}, fmt.Errorf("person %d: %w", p, err)
	}
	if len(found) == 0 {
		return Worker{}, ErrNoDay
	}
	return found[0], nil
}

// planned is worker for whoever wants to change that person's day.
func (s *Service) planned(
	ctx context.Context, q db.Querier, c Caller, p business.PersonID, d business.Date,
) (Worker, error) {
	w, err := s.worker(ctx, q, c, p)
	if err != nil {
		return Worker{}, err
	}
	if err := mayPlan(c, p); err != nil {
		return Worker{}, err
	}
	if !w.Active {
		return Worker{}, ErrInactive
	}
	return w, plannable(d, s.Today())
}

// MayPlan tells what keeps the caller from changing a person's day. It fails with
// ErrNoDay, ErrDenied, ErrInactive, ErrPastDay and ErrTooFarAhead.
func (s *Service) MayPlan(ctx context.Context, c Caller, at PersonDay) error {
	_, err := s.planned(ctx, s.DB, c, at.Person, at.Date)
	return err
}

// sites returns the customers by id. Those that the caller may not see are
// missing, unless they stand on the person's plan already: who was sent there
// must be able to go.
func (s *Service) sites(
	ctx context.Context, q db.Querier, sc scope.Scope, ids []business.CustomerID,
) (map[business.CustomerID]Site, error) {
	out := make(map[business.CustomerID]Site, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	found, err := s.Customers.Sites(ctx, q, sc, ids)
	if err != nil {
		return nil, fmt.Errorf("sites of customers: %w", err)
	}
	for _, site := range found {
		out[site.ID] = site
	}
	return out, nil
}

// mustSee fails with ErrNoCustomer when one of the customers is outside sc.
func (s *Service) mustSee(
	ctx context.Context, q db.Querier, sc scope.Scope, ids []business.CustomerID,
) (map[business.CustomerID]Site, error) {
	sites, err := s.sites(ctx, q, sc, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if _, ok := sites[id]; !ok {
			return nil, ErrNoCustomer.With("customer_id", id)
		}
	}
	return sites, nil
}

func customersOf(stops []Stop) []business.CustomerID {
	ids := make([]business.CustomerID, 0, len(stops))
	for _, s := range stops {
		if s.Customer != 0 {
			ids = append(ids, s.Customer)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// tellDay sends the notice that a day changed.
func (s *Service) tellDay(ctx context.Context, tx db.Tx, c Caller, d Day, what string) error {
	err := s.record(ctx, tx, c, business.Change{
		Action: "visits.day." + what, Object: "day", ID: int64(d.Person), After: d,
	})
	if err != nil {
		return err
	}
	return s.Announcer.Notice(ctx, tx, TopicDay, []int64{int64(d.Person)}, Change{
		What: what, Person: d.Person, Date: d.Date, Version: d.Version,
		State: string(d.Status), By: c.Actor.Person,
	})
}

// tellVisit sends the notice that a visit changed.
func (s *Service) tellVisit(
	ctx context.Context, tx db.Tx, c Caller, v Visit, what string,
) error {
	err := s.record(ctx, tx, c, business.Change{
		Action: "visits.visit." + what, Object: "visit", ID: int64(v.ID), After: v,
	})
	if err != nil {
		return err
	}
	return s.Announcer.Notice(ctx, tx, TopicVisit, []int64{int64(v.Person)}, Change{
		What: what, Person: v.Person, Date: v.Date, Visit: v.ID, Stop: v.Stop,
		Customer: v.Customer, State: string(v.State), By: c.Actor.Person,
	})
}

// record writes to the company's trail, in the command's transaction.
func (s *Service) record(
	ctx context.Context, tx db.Tx, c Caller, change business.Change,
) error {
	if s.Audit == nil {
		return nil
	}
	return s.Audit.Record(ctx, tx, c.Actor, change)
}

const (
	sqlPolicy = `
select several_a_day, reorder_on_phone, fence_m, fence_by_kind, fix_age_s, late_h,
	approve_late, approve_outside
from visits.policy`
	sqlPolicySave = `
update visits.policy set several_a_day = @several, reorder_on_phone = @reorder,
	fence_m = @fence, fence_by_kind = @by_kind, fix_age_s = @fix_age, late_h = @late,
	approve_late = @approve_late, approve_outside = @approve_outside,
	changed_at = @now, changed_by = @by`
)

// Policy returns how the company wants its visits.
func (s *Service) Policy(ctx context.Context) (Policy, error) { return readPolicy(ctx, s.DB) }

func readPolicy(ctx context.Context, q db.Querier) (Policy, error) {
	var p Policy
	var fence, age, late int
	var byKind []byte
	err := q.QueryRow(ctx, sqlPolicy).Scan(&p.SeveralADay, &p.ReorderOnPhone, &fence,
		&byKind, &age, &late, &p.ApproveLate, &p.ApproveOutside)
	if errors.Is(err, pgx.ErrNoRows) {
		return Policy{}, errors.New("visits.policy has no row")
	}
	if err != nil {
		return Policy{}, fmt.Errorf("read policy: %w", err)
	}
	p.Fence = geo.Meters(fence)
	p.FixAge = time.Duration(age) * time.Second
	p.LateFor = time.Duration(late) * time.Hour
	if err := json.Unmarshal(byKind, &p.FenceByKind); err != nil {
		return Policy{}, fmt.Errorf("read fences: %w", err)
	}
	return p, nil
}

// SetPolicy changes how the company wants its visits; it applies to what happens
// from now on. Replaying the key changes nothing. It fails with ErrPolicyInvalid.
func (s *Service) SetPolicy(ctx context.Context, c Caller, key idem.Key, p Policy) error {
	if err := checkPolicy(p); err != nil {
		return err
	}
	if p.FenceByKind == nil {
		p.FenceByKind = map[string]geo.Meters{}
	}
	byKind, err := json.Marshal(p.FenceByKind)
	if err != nil {
		return err
	}
	args := pgx.NamedArgs{
		"several": p.SeveralADay, "reorder": p.ReorderOnPhone, "fence": int(p.Fence),
		"by_kind": byKind, "fix_age": int(p.FixAge.Seconds()), "late": int(p.LateFor.Hours()),
		"approve_late": p.ApproveLate, "approve_outside": p.ApproveOutside,
		"now": s.Clock.Now(), "by": c.Actor.Person,
	}
	request := struct {
		Command string
		Policy  Policy
	}{"set-policy", p}
	_, err = once(ctx, s, c, key, request, func(tx db.Tx) (Policy, error) {
		was, err := readPolicy(ctx, tx)
		if err != nil {
			return Policy{}, err
		}
		if _, err := tx.Exec(ctx, sqlPolicySave, args); err != nil {
			return Policy{}, fmt.Errorf("save policy: %w", err)
		}
		return p, s.record(ctx, tx, c, business.Change{
			Action: "visits.policy.changed", Object: "visit_policy", Before: was, After: p,
		})
	})
	return err
}
