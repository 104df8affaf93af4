package fulfilment

import (
	"context"

	"beatplan/business"
	"beatplan/internal/db"
)

const sqlOccurrences = `
select id, posted_at as at, posted_by as by, number as title, state, note, total_cents as cents
from fulfilment.note
where customer_id = any(@customers) and (posted_at, id) < (@before, @before_id)
order by posted_at desc, id desc limit @limit`

// Occurrences returns what went out to the customers, the newest first, for the customer's timeline.
// Whoever calls has made sure that the customer may be seen.
func Occurrences(
	ctx context.Context, q db.Querier, s business.Stretch,
) ([]business.Occurrence, error) {
	return business.Occurrences(q.Query(ctx, sqlOccurrences, s.Args()))
}
