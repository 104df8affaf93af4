package visits

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

const (
	sqlHandoverDays = `
select distinct day from visits.stop
where person_id = @person and customer_id = @customer and day >= @since and state = 'planned'
order by day`
	sqlPlanners = `
select distinct person_id from visits.stop
where customer_id = @customer and day >= @since and state = 'planned' order by person_id`
	sqlHandoverDrop = `
delete from visits.stop
where person_id = @person and customer_id = @customer and day = @day and state = 'planned'`
)

// Handover is the planned visits to a customer that go to another person.
type Handover struct {
	Customer business.CustomerID
	As       business.CustomerID // visited instead from now on; 0: the same
	From, To business.PersonID   // To may be nobody (0): the visits are off the plan
	Since    business.Date
}

// HandOver moves what is planned and not driven to the same days of the other
// person, behind what they have planned, inside a neighbour's transaction; what is
// on a phone is on the other phone. Visits that were made stay whose they were. It
// returns how many stops moved.
func (s *Service) HandOver(ctx context.Context, tx db.Tx, c Caller, h Handover) (int, error) {
	if h.From != h.To {
		if err := moveCalls(ctx, tx, h.Customer, h.To); err != nil {
			return 0, err
		}
	}
	rows, err := tx.Query(ctx, sqlHandoverDays, pgx.NamedArgs{
		"person": h.From, "customer": h.Customer, "since": h.Since})
	if err != nil {
		return 0, fmt.Errorf("planned visits to customer %d: %w", h.Customer, err)
	}
	days, err := pgx.CollectRows(rows, pgx.RowTo[business.Date])
	if err != nil {
		return 0, err
	}
	for _, day := range days {
		if err := s.handOver(ctx, tx, c, h, day); err != nil {
			return 0, err
		}
	}
	return len(days), nil
}

func (s *Service) handOver(
	ctx context.Context, tx db.Tx, c Caller, h Handover, day business.Date,
) error {
	from, err := lockDay(ctx, tx, h.From, day)
	if err != nil {
		return err
	}
	all, err := readStops(ctx, tx, sqlStops, pgx.NamedArgs{"person": h.From, "day": day})
	if err != nil {
		return err
	}
	moved := Stop{Customer: cmp.Or(h.As, h.Customer), Source: ByPlan}
	onPhone := false
	var calls []int64
	for _, stop := range all {
		if stop.Customer == h.Customer && stop.State == Planned {
			onPhone = stop.Published != nil
			moved.Source, moved.Before, moved.Note = stop.Source, stop.Before, stop.Note
			moved.Locked, moved.Optional, moved.Need = stop.Locked, stop.Optional, stop.Need
			if calls, err = callsOfStop(ctx, tx, stop.ID); err != nil {
				return err
			}
		}
	}
	args := pgx.NamedArgs{"person": h.From, "customer": h.Customer, "day": day}
	if _, err := tx.Exec(ctx, sqlHandoverDrop, args); err != nil {
		return fmt.Errorf("take customer %d off the plan: %w", h.Customer, err)
	}
	from.Version++
	if onPhone {
		now := s.Clock.Now()
		from.PublishedVersion, from.PublishedAt = from.Version, &now
	}
	if _, err := s.finish(ctx, tx, c, from, "handed_over"); err != nil || h.To == 0 {
		return err
	}
	to, err := s.lockedDay(ctx, tx, c, PersonDay{h.To, day})
	if err != nil {
		return err
	}
	if len(to.Stops) >= MaxStops || slices.ContainsFunc(to.Stops, func(s Stop) bool {
		return s.Customer == moved.Customer
	}) {
		return nil // the day is full, and the due customer is offered again; or planned already
	}
	to, err = s.add(ctx, tx, c, to, addition{
		stops: []Stop{moved}, live: onPhone, change: "handed_over",
	})
	if err != nil {
		return err
	}
	at := slices.IndexFunc(to.Stops, func(s Stop) bool { return s.Customer == moved.Customer })
	if at < 0 {
		return nil
	}
	return s.link(ctx, tx, c, calls, holder{h.To, to.Stops[at].ID})
}

// Replace plans for one customer, from today on, what is planned and not driven for
// another, inside the transaction that makes one of the two.
func (s *Service) Replace(
	ctx context.Context, tx db.Tx, c Caller, old, by business.CustomerID,
) error {
	since := s.Today()
	rows, err := tx.Query(ctx, sqlPlanners, pgx.NamedArgs{"customer": old, "since": since})
	if err != nil {
		return fmt.Errorf("who plans for customer %d: %w", old, err)
	}
	people, err := pgx.CollectRows(rows, pgx.RowTo[business.PersonID])
	if err != nil {
		return err
	}
	sites, err := s.sites(ctx, tx, scope.Everything(), []business.CustomerID{by})
	if err != nil {
		return err
	}
	if err := mergeCalls(ctx, tx, old, by, sites[by].Owner); err != nil {
		return err
	}
	for _, p := range people {
		h := Handover{Customer: old, As: by, From: p, To: p, Since: since}
		if _, err := s.HandOver(ctx, tx, c, h); err != nil {
			return err
		}
	}
	return nil
}
