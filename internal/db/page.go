package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// PlanEachTime has PostgreSQL plan a statement for the values it is given: one plan
// for all filters would read every row where a few are asked for.
const PlanEachTime = pgx.QueryExecModeCacheDescribe

// The rows of a page: when the caller names no number, and at most.
const (
	DefaultRows = 50
	MaxRows     = 500
)

// PageSize returns the rows of a page for the number that a caller asked for.
func PageSize(asked int) int {
	if asked <= 0 {
		return DefaultRows
	}
	return min(asked, MaxRows)
}

// Collect returns every row of a statement, planned for its arguments, each as a T
// whose fields are named like the columns.
func Collect[T any](
	ctx context.Context, q Querier, sql string, args pgx.NamedArgs,
) ([]T, error) {
	rows, err := q.Query(ctx, sql, PlanEachTime, args)
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	if err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	return found, nil
}

// Page returns at most limit rows of a statement that takes @limit, and whether
// there are more: it asks for one row beyond. It writes into args.
func Page[T any](
	ctx context.Context, q Querier, sql string, limit int, args pgx.NamedArgs,
) (rows []T, more bool, err error) {
	args["limit"] = limit + 1
	found, err := Collect[T](ctx, q, sql, args)
	if err != nil {
		return nil, false, err
	}
	if len(found) > limit {
		return found[:limit], true, nil
	}
	return found, false, nil
}

// After sets @after_at and @after_id, the sort key behind which a page begins; both
// are null for the first page, which an id of 0 means.
func After[ID ~int64](args pgx.NamedArgs, at time.Time, id ID) {
	args["after_at"], args["after_id"] = nil, nil
	if id != 0 {
		args["after_at"], args["after_id"] = at, id
	}
}
