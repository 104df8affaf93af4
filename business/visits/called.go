package visits

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
)

const sqlCalledOn = `
select distinct customer_id from visits.visit
where state = 'valid' and kind = 'sales' and day between @from and @to order by customer_id`

// CalledOn returns the customers with a valid visit in a span of days, both included,
// by id: for neighbours who count them without showing them.
func (s *Service) CalledOn(
	ctx context.Context, from, to business.Date,
) ([]business.CustomerID, error) {
	rows, err := s.DB.Query(ctx, sqlCalledOn, pgx.NamedArgs{"from": from, "to": to})
	if err != nil {
		return nil, fmt.Errorf("customers visited from %v to %v: %w", from, to, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[business.CustomerID])
}
