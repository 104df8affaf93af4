package visits

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// CheckIn opens a visit at a customer. It fails with ErrNoCustomer, ErrOpenVisit,
// ErrSecondToday, ErrTooFar, ErrStaleFix, ErrFutureFix, ErrBadFix, ErrTooLate or
// ErrTooLong; in every such case nothing has changed. An open visit of an earlier
// business day is abandoned first. Replaying the key returns the first answer.
func (s *Service) CheckIn(
	ctx context.Context, c Caller, key idem.Key, in CheckIn,
) (Row, error) {
	request := struct {
		Command string
		In      CheckIn
	}{"check-in", in}
	var at *Site
	v, err := once(ctx, s, c, key, request, func(tx db.Tx) (Visit, error) {
		a, stop, err := s.arrival(ctx, tx, c, in)
		if err != nil {
			return Visit{}, err
		}
		at = &a.Site
		return s.checkIn(ctx, tx, a, stop, in)
	})
	if err != nil {
		return Row{}, err
	}
	return s.done(ctx, c, v, at)
}

// done is the answer to a command: the visit as the command left it at the site, or as
// it is now when it was a replay, which knows no site.
func (s *Service) done(ctx context.Context, c Caller, v Visit, at *Site) (Row, error) {
	if at == nil {
		return s.Visit(ctx, c, v.ID)
	}
	rows, err := s.namedAt(ctx, []Visit{v}, map[business.CustomerID]Site{v.Customer: *at})
	if err != nil {
		return Row{}, err
	}
	return rows[0], nil
}

func (s *Service) checkIn(
	ctx context.Context, tx db.Tx, a arrival, stop Stop, in CheckIn,
) (Visit, error) {
	c := a.Caller
	v, err := checkIn(a, in)
	if err != nil {
		return Visit{}, err
	}
	v.Stop = stop.ID
	if stop.ID == 0 {
		if v.Stop, err = s.unplanned(ctx, tx, c, v); err != nil {
			return Visit{}, err
		}
	}
	if v, err = insertVisit(ctx, tx, v); err != nil {
		return Visit{}, err
	}
	if v.Stop != 0 {
		err := saveStopState(ctx, tx, Stop{
			ID: v.Stop, State: CheckedIn, Visit: v.ID, DrivenAt: &v.In.At,
		})
		if err != nil {
			return Visit{}, err
		}
	}
	if a.Site.Point == nil {
		if err := s.Effects.FoundAt(ctx, tx, v, *v.In.Point, v.In.Accuracy); err != nil {
			return Visit{}, fmt.Errorf("found customer %d: %w", v.Customer, err)
		}
	}
	return v, s.tellVisit(ctx, tx, c, v, "checked_in")
}

// arrival locks the caller's visits and gathers what the rules want to know, and the
// stop that this is.
func (s *Service) arrival(
	ctx context.Context, tx db.Tx, c Caller, in CheckIn,
) (arrival, Stop, error) {
	a := arrival{Caller: c, Zone: s.Zone, Now: s.Clock.Now()}
	if err := lockPerson(ctx, tx, c.Actor.Person); err != nil {
		return a, Stop{}, err
	}
	var err error
	if a.Policy, err = readPolicy(ctx, tx); err != nil {
		return a, Stop{}, err
	}
	day := business.DateOf(a.Now, s.Zone)
	if in.Late {
		p, err := punch(in.Fix, true, a.Policy, a.Now)
		if err != nil {
			return a, Stop{}, err
		}
		day = business.DateOf(p.At, s.Zone)
	}
	args := pgx.NamedArgs{
		"person": c.Actor.Person, "customer": in.Customer, "day": day,
		"from": day.At(s.Zone, 0),
	}
	stop, err := stopAt(ctx, tx, args)
	if err != nil {
		return a, Stop{}, err
	}
	sc := c.Scope
	if stop.ID != 0 {
		sc = scope.Everything() // who was sent there may see it
	}
	sites, err := s.mustSee(ctx, tx, sc, []business.CustomerID{in.Customer})
	if err != nil {
		return a, Stop{}, err
	}
	a.Site = sites[in.Customer]
	if a.Open, err = oneVisit(ctx, tx, sqlOpenVisit, args); err != nil {
		return a, Stop{}, err
	}
	if a.Open != nil && a.Open.Date.Before(business.DateOf(a.Now, s.Zone)) {
		if err := s.forget(ctx, tx, c, *a.Open); err != nil {
			return a, Stop{}, err
		}
		a.Open = nil
	}
	if err := tx.QueryRow(ctx, sqlCountToday, args).Scan(&a.Today); err != nil {
		return a, Stop{}, fmt.Errorf("count today's visits: %w", err)
	}
	return a, stop, nil
}

// stopAt returns the person's stop at the customer that day, or a zero one.
func stopAt(ctx context.Context, tx db.Tx, args pgx.NamedArgs) (Stop, error) {
	rows, err := tx.Query(ctx, sqlStopAt, args)
	if err != nil {
		return Stop{}, err
	}
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[stopRow])
	if errors.Is(err, pgx.ErrNoRows) {
		return Stop{}, nil
	}
	return row.domain(), err
}

// unplanned puts a call that nobody planned on the day's plan, when there is one.
func (s *Service) unplanned(
	ctx context.Context, tx db.Tx, c Caller, v Visit,
) (int64, error) {
	d, err := lockDay(ctx, tx, v.Person, v.Date)
	if err != nil || d.Version == 0 || len(d.Stops) >= MaxStops {
		return 0, err
	}
	stop := Stop{Customer: v.Customer, Source: ByVisit}
	d, err = s.add(ctx, tx, c, d, addition{
		stops: []Stop{stop}, change: "visited",
	})
	if err != nil {
		return 0, err
	}
	at := slices.IndexFunc(d.Stops, func(s Stop) bool { return s.Customer == v.Customer })
	return d.Stops[at].ID, nil
}

// CheckOut closes the caller's visit. It becomes valid, or waits for approval
// where the policy asks for it. It fails with ErrNoVisit, ErrNotOpen, ErrStepMissing, ErrTooLong,
// ErrStaleFix, ErrFutureFix, ErrBadFix or ErrTooLate, and then nothing has
// changed. A valid visit changes its customer in the same transaction.
func (s *Service) CheckOut(
	ctx context.Context, c Caller, key idem.Key, in CheckOut,
) (Row, error) {
	request := struct {
		Command string
		In      CheckOut
	}{"check-out", in}
	var at *Site
	v, err := once(ctx, s, c, key, request, func(tx db.Tx) (Visit, error) {
		if err := lockPerson(ctx, tx, c.Actor.Person); err != nil {
			return Visit{}, err
		}
		v, err := s.own(ctx, tx, c, in.Visit)
		if err != nil {
			return Visit{}, err
		}
		a := arrival{Caller: c, Zone: s.Zone, Now: s.Clock.Now()}
		if a.Policy, err = readPolicy(ctx, tx); err != nil {
			return Visit{}, err
		}
		sites, err := s.sites(ctx, tx, scope.Everything(), []business.CustomerID{v.Customer})
		if err != nil {
			return Visit{}, err
		}
		a.Site = sites[v.Customer]
		at = &a.Site
		if v, err = checkOut(v, in, a); err != nil {
			return Visit{}, err
		}
		steps, err := s.stepsAt(ctx, tx, v, a.Site.Kind)
		if err != nil {
			return Visit{}, err
		}
		if name := missing(steps); name != "" {
			return Visit{}, ErrStepMissing.With("step", name)
		}
		return s.close(ctx, tx, c, v, nil)
	})
	if err != nil {
		return Row{}, err
	}
	if at != nil { // not a replay, which changes nothing
		// The visit stands, whatever keeps it from being judged: JudgeLeft makes up for it.
		_ = s.rejudge(ctx, &v)
	}
	return s.done(ctx, c, v, at)
}

// own locks a visit of the caller.
func (s *Service) own(
	ctx context.Context, tx db.Tx, c Caller, id business.VisitID,
) (Visit, error) {
	v, err := oneVisit(ctx, tx, sqlVisitLock, pgx.NamedArgs{"id": id})
	if err != nil {
		return Visit{}, err
	}
	if v == nil || v.Person != c.Actor.Person {
		return Visit{}, ErrNoVisit.With("visit_id", id)
	}
	return *v, nil
}

// close writes a visit that ended, or that was decided about (by), and applies its
// effects. It returns the visit as it is stored.
func (s *Service) close(
	ctx context.Context, tx db.Tx, c Caller, v Visit, by *stamp,
) (Visit, error) {
	v, err := updateVisit(ctx, tx, v, by)
	if err != nil {
		return Visit{}, err
	}
	if v.Stop != 0 && by == nil { // a decision leaves the stop, which may be another call by now
		done := Stop{ID: v.Stop, State: Done, Visit: v.ID, DrivenAt: &v.In.At}
		if err := saveStopState(ctx, tx, done); err != nil {
			return Visit{}, err
		}
		if err := s.answerCall(ctx, tx, c, v.Stop); err != nil {
			return Visit{}, err
		}
	}
	if v.State == Valid && v.Kind == Sales {
		valid := validOf(v)
		if err := s.Effects.VisitBecameValid(ctx, tx, valid); err != nil {
			return Visit{}, fmt.Errorf("effects of visit %d: %w", v.ID, err)
		}
		if err := s.Announcer.Publish(ctx, tx, BecameValid{
			v.ID, v.Person, v.Customer, v.Date,
		}); err != nil {
			return Visit{}, err
		}
	}
	return v, s.tellVisit(ctx, tx, c, v, string(v.State))
}

func validOf(v Visit) ValidVisit {
	out := ValidVisit{
		ID: v.ID, Person: v.Person, Customer: v.Customer, Date: v.Date, At: v.In.At,
		Stage: v.Stage, Status: v.Status,
	}
	if v.Stage != "" {
		out.StageAt = v.In.At
	}
	return out
}

// Cancel takes back the caller's check-in: the visit is abandoned, its stop
// planned again. It fails with ErrNoVisit or ErrNotOpen.
func (s *Service) Cancel(
	ctx context.Context, c Caller, key idem.Key, id business.VisitID,
) (Visit, error) {
	request := struct {
		Command string
		ID      business.VisitID
	}{"cancel", id}
	return once(ctx, s, c, key, request, func(tx db.Tx) (Visit, error) {
		if err := lockPerson(ctx, tx, c.Actor.Person); err != nil {
			return Visit{}, err
		}
		v, err := s.own(ctx, tx, c, id)
		if err != nil {
			return Visit{}, err
		}
		if v.State != Open {
			return Visit{}, ErrNotOpen.With("state", string(v.State))
		}
		v.State = Abandoned
		return v, s.abandon(ctx, tx, c, v)
	})
}

// forget abandons a visit that nobody checked out of. A check-out that was made in
// time and comes late from a phone without network still closes it.
func (s *Service) forget(ctx context.Context, tx db.Tx, c Caller, v Visit) error {
	v.State, v.Forgotten = Abandoned, true
	return s.abandon(ctx, tx, c, v)
}

// abandon writes a visit that ended without a check-out.
func (s *Service) abandon(ctx context.Context, tx db.Tx, c Caller, v Visit) error {
	if _, err := updateVisit(ctx, tx, v, nil); err != nil {
		return err
	}
	if v.Stop != 0 {
		if err := saveStopState(ctx, tx, Stop{ID: v.Stop, State: Planned}); err != nil {
			return err
		}
	}
	return s.tellVisit(ctx, tx, c, v, "abandoned")
}

// AbandonStale ends the visits that were left open on an earlier business day,
// and returns how many there were. A job calls it.
func (s *Service) AbandonStale(ctx context.Context) (int, error) {
	total := 0
	for {
		found := 0
		err := s.DB.InTx(ctx, func(tx db.Tx) error {
			stale, err := readVisits(ctx, tx, sqlStaleVisits, pgx.NamedArgs{"day": s.Today()})
			if err != nil {
				return err
			}
			found = len(stale)
			for _, v := range stale {
				by := Caller{Actor: business.Actor{Person: v.Person}}
				if err := s.forget(ctx, tx, by, v); err != nil {
					return err
				}
			}
			return nil
		})
		total += found
		if err != nil || found == 0 {
			return total, err
		}
	}
}

// Verdict is what somebody decides about a visit.
type Verdict string

// The verdicts.
const (
	Approve Verdict = "approve" // a pending visit counts
	Reject  Verdict = "reject"  // a pending visit does not
	Annul   Verdict = "void"    // a valid visit does not count any more
)

// Decide approves, rejects or voids somebody's visit. Its effects follow in the
// same transaction, by the visit's date. It fails with ErrNoVisit, ErrDenied,
// ErrNotPending, ErrNotValid, ErrReasonMissing or ErrTooLong. Nobody decides
// about their own visits.
func (s *Service) Decide(
	ctx context.Context, c Caller, key idem.Key, in Decision,
) (Visit, error) {
	request := struct {
		Command string
		In      Decision
	}{"decide", in}
	return once(ctx, s, c, key, request, func(tx db.Tx) (Visit, error) {
		found, err := oneVisit(ctx, tx, sqlVisitLock, pgx.NamedArgs{"id": in.Visit})
		switch {
		case err != nil:
			return Visit{}, err
		case found == nil || !c.Scope.Has(int64(found.Person)):
			return Visit{}, ErrNoVisit.With("visit_id", in.Visit)
		case !c.Actor.Is(business.Admin, business.Manager) || found.Person == c.Actor.Person:
			return Visit{}, ErrDenied
		}
		now := s.stamp(c)
		if in.Verdict == Annul {
			v, err := declareVoid(*found, in.Reason)
			if err != nil {
				return Visit{}, err
			}
			return v, s.takeBack(ctx, tx, c, v)
		}
		v, err := decide(*found, in.Verdict == Approve, in.Reason, now.now)
		if err != nil {
			return Visit{}, err
		}
		return s.close(ctx, tx, c, v, &now)
	})
}

// Decision is a verdict about a visit, and why.
type Decision struct {
	Visit   business.VisitID
	Verdict Verdict
	Reason  string // needed unless approving
}

// takeBack writes a visit that does not count any more and tells its customer
// what remains.
func (s *Service) takeBack(ctx context.Context, tx db.Tx, c Caller, v Visit) error {
	by := s.stamp(c)
	if _, err := updateVisit(ctx, tx, v, &by); err != nil {
		return err
	}
	if v.Kind == Sales {
		args := pgx.NamedArgs{"customer": v.Customer}
		var count int64
		if err := tx.QueryRow(ctx, sqlHistory, args).Scan(&count); err != nil {
			return err
		}
		last, err := oneVisit(ctx, tx, sqlLatestValid, args)
		if err != nil {
			return err
		}
		var remains *ValidVisit
		if last != nil {
			valid := validOf(*last)
			found, err := oneVisit(ctx, tx, sqlLatestStage, args)
			if err != nil {
				return err
			}
			if found != nil {
				valid.Stage, valid.StageAt = found.Stage, found.In.At
			}
			remains = &valid
		}
		if err := s.Effects.VisitTakenBack(ctx, tx, v.Customer, count, remains); err != nil {
			return fmt.Errorf("effects of visit %d: %w", v.ID, err)
		}
	}
	return s.tellVisit(ctx, tx, c, v, string(v.State))
}
