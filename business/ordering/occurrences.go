package ordering

import (
	"context"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

const sqlUnfinished = `
select exists (select from ordering.document
	where customer_id = @customer and (open or state in ('draft', 'submitted')))`

// Unfinished reports whether an order of the customer waits for something: to be
// confirmed, or to be delivered.
func Unfinished(
	ctx context.Context, q db.Querier, customer business.CustomerID,
) (open bool, err error) {
	err = q.QueryRow(ctx, sqlUnfinished, pgx.NamedArgs{"customer": customer}).Scan(&open)
	return open, err
}

const sqlOccurrences = `
select id, created_at as at, placed_by as by, number as title, state, note, total_cents as cents
from ordering.document
where customer_id = any(@customers) and (created_at, id) < (@before, @before_id)
order by created_at desc, id desc limit @limit`

// Occurrences returns the customers' orders, the newest first, for the customer's timeline.
// Whoever calls has made sure that the customer may be seen.
func Occurrences(
	ctx context.Context, q db.Querier, s business.Stretch,
) ([]business.Occurrence, error) {
	return business.Occurrences(q.Query(ctx, sqlOccurrences, s.Args()))
}
