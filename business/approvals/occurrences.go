package approvals

import (
	"context"

	"beatplan/business"
	"beatplan/internal/db"
)

// The reason stays out: it is read by those who may see the request, and the timeline
// is read by everybody who sees the customer.
const sqlOccurrences = `
select id, created_at as at, applicant_id as by, kind as title, state, '' as note,
	null::bigint as cents
from approvals.request
where object = 'customer' and subjects && @customers::bigint[]
	and (created_at, id) < (@before, @before_id)
order by created_at desc, id desc limit @limit`

// Occurrences returns the requests about the customers, the newest first, for the customer's timeline.
// Whoever calls has made sure that the customer may be seen.
func Occurrences(
	ctx context.Context, q db.Querier, s business.Stretch,
) ([]business.Occurrence, error) {
	return business.Occurrences(q.Query(ctx, sqlOccurrences, s.Args()))
}
