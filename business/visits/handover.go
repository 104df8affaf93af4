package visits

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

const (
	sqlHandoverDays = `
select distinct day from visits.stop
where person_id = @person and customer_id = @customer and day >= @since and state = 'planned'
order by day`
	sqlHandoverDrop = `
delete from visits.stop
where person_id = @person and customer_id = @customer and day = @day and state = 'planned'`
)

// Handover is the planned visits to a customer that go to another person.
type Handover struct {
	Customer business.CustomerID
	From, To business.PersonID
	Since    business.Date
}

// HandOver moves what is planned and not driven to the same days of the other
// person, behind what they have planned, inside a neighbour's transaction; what is
// on a phone is on the other phone. Visits that were made stay whose they were. It
// returns how many stops moved.
func (s *Service) HandOver(ctx context.Context, tx db.Tx, c Caller, h Handover) (int, error) {
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
	onPhone := false
	for _, stop := range all {
		onPhone = onPhone || stop.Customer == h.Customer && stop.Published != nil
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
	if _, err := s.finish(ctx, tx, c, from, "handed_over"); err != nil {
		return err
	}
	to, err := s.lockedDay(ctx, tx, c, PersonDay{h.To, day})
	if err != nil {
		return err
	}
	if len(to.Stops) >= MaxStops {
		return nil // the day is full; the customer is due and will be offered again
	}
	_, err = s.add(ctx, tx, c, to, addition{
		stops: []Stop{{Customer: h.Customer, Source: ByPlan}}, live: onPhone, change: "handed_over",
	})
	return err
}
