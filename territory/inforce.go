package territory

import (
	"context"
	"fmt"

	"beatplan/internal/db"
)

const sqlAreaMark = `
select count(*)::text || '/' || coalesce(max(id), 0)::text from territory.area where until is null`

// InForceMark changes whenever a territory comes into force or ends: for who keeps
// the areas in memory.
func InForceMark(ctx context.Context, q db.Querier) (string, error) {
	var mark string
	if err := q.QueryRow(ctx, sqlAreaMark).Scan(&mark); err != nil {
		return "", fmt.Errorf("territories in force: %w", err)
	}
	return mark, nil
}
