package visits

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

const (
	sqlCustomerOf = `select customer_id from visits.visit where id = @id`

	sqlRoute = `
select customer_id from visits.stop
where person_id = @person and day = @day and customer_id is not null and state <> 'skipped'
	and (driven_at is not null or coalesce(published_position, draft_position) is not null)
order by driven_at nulls last, coalesce(published_position, draft_position), id`
)

// CustomerOf returns whose visit it is, 0 when there is no such visit.
func (s *Service) CustomerOf(
	ctx context.Context, q db.Querier, id business.VisitID,
) (business.CustomerID, error) {
	var c business.CustomerID
	err := q.QueryRow(ctx, sqlCustomerOf, pgx.NamedArgs{"id": id}).Scan(&c)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("customer of visit %d: %w", id, err)
	}
	return c, nil
}

// RouteOf returns the customers on somebody's day in the order in which they were
// and will be driven: the published order, else the draft's.
func (s *Service) RouteOf(
	ctx context.Context, q db.Querier, at PersonDay,
) ([]business.CustomerID, error) {
	rows, err := q.Query(ctx, sqlRoute, pgx.NamedArgs{"person": at.Person, "day": at.Date})
	if err != nil {
		return nil, fmt.Errorf("route of person %d: %w", at.Person, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[business.CustomerID])
}
