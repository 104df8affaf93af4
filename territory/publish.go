package territory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/internal/db"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

// Submit hands a draft in. It fails with ErrUnassigned when customers have nobody
// who somebody has today, and like every change.
func (s *Service) Submit(ctx context.Context, c Caller, at At) (Scenario, error) {
	return s.change(ctx, c, at, "submitted", func(tx db.Tx, d *Scenario) error {
		list, err := units(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		open := 0
		for _, u := range list {
			if u.Person == 0 && u.Was != 0 {
				open++
			}
		}
		if open > 0 {
			return ErrUnassigned.With("customers", open)
		}
		now := s.Clock.Now()
		d.State, d.SubmittedAt, d.SubmittedBy = Submitted, &now, &c.Person
		return nil
	})
}

// Publish puts the day on which a submitted scenario comes into force to those
// above the caller; with nobody above it is set at once. Nothing changes before the
// day. A scenario for today is in force when the last one agreed. It fails with
// ErrState, ErrPast, ErrChanged and ErrNoScenario, and as Approvals do.
func (s *Service) Publish(ctx context.Context, c Caller, at At, on time.Time) (Scenario, error) {
	if err := checkDay(on, s.Today()); err != nil {
		return Scenario{}, err
	}
	_, err := s.step(ctx, c, at, "asked", func(_ db.Tx, d *Scenario) error {
		if d.State != Submitted || d.AskedOn != nil {
			return ErrState.With("state", d.State)
		}
		now := s.Clock.Now()
		d.AskedAt, d.AskedOn = &now, &on
		return nil
	}, func(tx db.Tx, d *Scenario) error { return s.Approvals.Ask(ctx, tx, c, d.ID, on) })
	if err != nil {
		return Scenario{}, err
	}
	if err := s.ComeIntoForce(ctx); err != nil {
		return Scenario{}, err
	}
	return scenario(ctx, s.DB, sqlScenario, c, at.ID)
}

// Named returns the name of a scenario whose day has been put to those above. It
// fails with ErrNoScenario and ErrState.
func Named(ctx context.Context, q db.Querier, c Caller, id int64) (string, error) {
	d, err := scenario(ctx, q, sqlScenario, c, id)
	if err == nil && (d.State != Submitted || d.AskedOn == nil) {
		err = ErrState.With("state", d.State)
	}
	return d.Name, err
}

// Schedule sets the day of a submitted scenario, in the transaction in which the
// last one above agreed. A day that has passed meanwhile is today. It fails with
// ErrNoScenario and ErrState.
func (s *Service) Schedule(ctx context.Context, tx db.Tx, id, by int64) error {
	everything := Caller{Person: by, Scope: scope.Everything()}
	d, err := scenario(ctx, tx, sqlLock, everything, id)
	if err != nil {
		return err
	}
	if d.State != Submitted || d.AskedOn == nil {
		return ErrState.With("state", d.State)
	}
	on := *d.AskedOn
	if on.Before(s.Today()) {
		on = s.Today()
	}
	d.State, d.PublishOn, d.ScheduledBy = Scheduled, &on, &by
	d.AskedAt, d.AskedOn = nil, nil
	if err := save(ctx, tx, &d); err != nil {
		return err
	}
	return s.tell(ctx, tx, d, "scheduled")
}

// Declined forgets the day that those above did not agree to; the scenario stays
// submitted.
func (s *Service) Declined(ctx context.Context, tx db.Tx, id int64) error {
	everything := Caller{Scope: scope.Everything()}
	d, err := scenario(ctx, tx, sqlLock, everything, id)
	if errors.Is(err, ErrNoScenario) {
		return nil
	}
	if err != nil || d.State != Submitted {
		return err
	}
	d.AskedAt, d.AskedOn = nil, nil
	if err := save(ctx, tx, &d); err != nil {
		return err
	}
	return s.tell(ctx, tx, d, "declined")
}

// Withdraw makes a submitted or scheduled scenario a draft again. While its day waits
// for those above only the request can be withdrawn. It fails like Publish.
func (s *Service) Withdraw(ctx context.Context, c Caller, at At) (Scenario, error) {
	return s.step(ctx, c, at, "withdrawn", func(_ db.Tx, d *Scenario) error {
		if d.State != Submitted && d.State != Scheduled {
			return ErrState.With("state", d.State)
		}
		if d.AskedOn != nil {
			return d.waits()
		}
		d.State, d.PublishOn, d.ScheduledBy = Draft, nil, nil
		d.SubmittedAt, d.SubmittedBy, d.AskedAt, d.AskedOn = nil, nil, nil, nil
		return nil
	})
}

// waits is why a scenario whose day has been put to those above stays as it is.
func (s *Scenario) waits() error {
	return ErrState.With("state", s.State).With("asked_on", s.AskedOn.Format(time.DateOnly))
}

// ComeIntoForce applies every scenario whose day has come, each in one
// transaction. The program calls it every minute.
func (s *Service) ComeIntoForce(ctx context.Context) error {
	for {
		done := true
		err := s.DB.InTx(ctx, func(tx db.Tx) error {
			due, err := collect[Scenario](ctx, tx, sqlDue, pgx.NamedArgs{"today": s.Today()})
			if err != nil || len(due) == 0 {
				return err
			}
			done = len(due) == 1
			return s.inForce(ctx, tx, due[0])
		})
		if err != nil || done {
			return err
		}
	}
}

func (s *Service) inForce(ctx context.Context, tx db.Tx, d Scenario) error {
	list, err := units(ctx, tx, d.ID)
	if err != nil {
		return err
	}
	by := d.CreatedBy
	if d.ScheduledBy != nil {
		by = *d.ScheduledBy
	}
	// A person at the limit can take a customer once another one is gone, so that
	// the refused are asked again until nothing goes any more.
	open := slices.DeleteFunc(slices.Clone(list), func(u Unit) bool {
		return u.Person == u.Was || u.Person == 0
	})
	refused := map[int64]string{}
	for len(open) > 0 {
		var again []Unit
		for _, u := range open {
			why, err := s.handOver(ctx, tx, d, u, by)
			if err != nil {
				return err
			}
			if why != "" {
				refused[u.Customer] = why
				again = append(again, u)
				continue
			}
			delete(refused, u.Customer)
		}
		if len(again) == len(open) {
			break
		}
		open = again
	}
	for customer, why := range refused {
		if err := s.moved(ctx, tx, d.ID, customer, why); err != nil {
			return err
		}
	}
	for i := range list {
		if refused[list[i].Customer] != "" {
			list[i].Person = list[i].Was
		}
	}
	if err := s.draw(ctx, tx, d, list); err != nil {
		return err
	}
	now := s.Clock.Now()
	d.State, d.LiveAt = Live, &now
	if err := save(ctx, tx, &d); err != nil {
		return err
	}
	return s.tell(ctx, tx, d, "live")
}

// handOver gives one customer and its open plans to the new person; why says what
// stands in the way.
func (s *Service) handOver(
	ctx context.Context, tx db.Tx, d Scenario, u Unit, by int64,
) (why string, err error) {
	err = s.Customers.Reassign(ctx, tx, u.Customer, u.Person, by)
	if isRefusal(err) {
		return fail.As(err).Code, nil
	}
	if err != nil {
		return "", fmt.Errorf("customer %d to person %d: %w", u.Customer, u.Person, err)
	}
	h := Handover{Customer: u.Customer, From: u.Was, To: u.Person, By: by, Since: s.Today()}
	if _, err := s.Plans.HandOver(ctx, tx, h); err != nil {
		return "", fmt.Errorf("plans of customer %d: %w", u.Customer, err)
	}
	return "", s.moved(ctx, tx, d.ID, u.Customer, "")
}

func (s *Service) moved(ctx context.Context, tx db.Tx, id, customer int64, why string) error {
	_, err := tx.Exec(ctx, sqlUnitMoved, pgx.NamedArgs{
		"id": id, "customer": customer, "now": s.Clock.Now(), "refused": why,
	})
	return err
}

// draw writes the ground of every person in force, in place of what was.
func (s *Service) draw(ctx context.Context, tx db.Tx, d Scenario, list []Unit) error {
	shapes, err := outlines(list, func(u *Unit) int64 { return u.Person })
	if err != nil {
		return err
	}
	count, people := map[int64]int{}, []int64{}
	for _, u := range list {
		count[u.Person]++
		if u.Was != 0 {
			people = append(people, u.Was)
		}
		people = append(people, u.Person)
	}
	slices.Sort(people)
	people = slices.Compact(people)
	args := pgx.NamedArgs{"day": *d.PublishOn, "people": people}
	if _, err := tx.Exec(ctx, sqlAreaEnd, args); err != nil {
		return fmt.Errorf("end areas: %w", err)
	}
	for _, person := range people {
		shape := shapes[person]
		if person == 0 || len(shape) == 0 {
			continue
		}
		area := Area{Person: person, Scenario: d.ID, Since: *d.PublishOn, Customers: count[person],
			Shape: shape}
		if err := saveArea(ctx, tx, area); err != nil {
			return err
		}
	}
	return nil
}
