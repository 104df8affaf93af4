package finance

import (
	"context"

	"beatplan/business"
	"beatplan/internal/db"
)

const sqlOccurrences = `
select id, posted_at as at, posted_by as by, number as title, state, note, amount_cents as cents
from finance.receipt
where customer_id = any(@customers) and (posted_at, id) < (@before, @before_id)
order by posted_at desc, id desc limit @limit`

// Occurrences returns what the customers paid, the newest first, for the customer's timeline.
// Whoever calls has made sure that the customer may be seen.
func Occurrences(
	ctx context.Context, q db.Querier, s business.Stretch,
) ([]business.Occurrence, error) {
	return business.Occurrences(q.Query(ctx, sqlOccurrences, s.Args()))
}
