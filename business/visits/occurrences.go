package visits

import (
	"context"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

const sqlUnfinished = `
select exists (select from visits.visit
	where customer_id = @customer and state in ('open', 'pending'))`

// Unfinished reports whether a visit to the customer is open, or waits for somebody to
// decide whether it counts.
func Unfinished(
	ctx context.Context, q db.Querier, customer business.CustomerID,
) (open bool, err error) {
	err = q.QueryRow(ctx, sqlUnfinished, pgx.NamedArgs{"customer": customer}).Scan(&open)
	return open, err
}

const sqlOccurrences = `
select id, in_at as at, person_id as by, kind as title, state, notes as note, null::bigint as cents
from visits.visit
where customer_id = any(@customers) and (in_at, id) < (@before, @before_id)
order by in_at desc, id desc limit @limit`

// Occurrences returns the customers' visits, the newest first, for the customer's timeline.
// Whoever calls has made sure that the customer may be seen.
func Occurrences(
	ctx context.Context, q db.Querier, s business.Stretch,
) ([]business.Occurrence, error) {
	return business.Occurrences(q.Query(ctx, sqlOccurrences, s.Args()))
}
