package market

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"beatplan/internal/db"
)

const (
	sqlMarks    = `select version, turn from market.setting`
	sqlSettings = `select body from market.setting`
	sqlSave     = `update market.setting set body = @body, version = version + 1`
	sqlChanged  = `update market.setting set version = version + 1`
	sqlDecided  = `update market.setting set turn = turn + 1`

	sqlLayers = `
select id, name, kind, rows, cells, amounts, created_at, created_by
from market.layer order by id`
	sqlLayerInsert = `
insert into market.layer (name, kind, rows, cells, amounts, created_at, created_by)
values (@name, @kind, @rows, @cells, @amounts, @now, @me) returning id`
	sqlLayerDelete = `delete from market.layer where id = @id`

	sqlDecisions = `
select place, state, coalesce(customer_id, 0) as customer_id, reason, decided_at, decided_by
from market.decision`
	// sqlClaim locks the decision about a place, making it when there is none.
	sqlClaim = `
insert into market.decision (place, state, decided_at, decided_by)
values (@place, 'taken', @now, @me)
on conflict (place) do update set place = excluded.place
returning coalesce(customer_id, 0)`
	sqlTaken = `
update market.decision set state = 'taken', customer_id = @customer, reason = '',
	decided_at = @now, decided_by = @me
where place = @place`
	sqlDismiss = `
insert into market.decision (place, state, reason, decided_at, decided_by)
values (@place, 'dismissed', @reason, @now, @me) on conflict (place) do nothing`
	sqlRestore = `delete from market.decision where place = @place and state = 'dismissed'`
)

// marks tell what has changed since they were read.
type marks struct {
	Version int64 `db:"version"` // of settings and files
	Turn    int64 `db:"turn"`    // of decisions
}

func readMarks(ctx context.Context, q db.Querier) (marks, error) {
	rows, err := q.Query(ctx, sqlMarks)
	if err != nil {
		return marks{}, fmt.Errorf("state of white space: %w", err)
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[marks])
}

func readSettings(ctx context.Context, q db.Querier) (Settings, error) {
	out := Defaults()
	var body []byte
	if err := q.QueryRow(ctx, sqlSettings).Scan(&body); err != nil {
		return out, fmt.Errorf("settings of white space: %w", err)
	}
	if body != nil {
		if err := json.Unmarshal(body, &out); err != nil {
			return out, fmt.Errorf("settings of white space: %w", err)
		}
	}
	return out, nil
}

func readLayers(ctx context.Context, q db.Querier) ([]Layer, error) {
	rows, err := q.Query(ctx, sqlLayers)
	if err != nil {
		return nil, fmt.Errorf("files of white space: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Layer])
}

func readDecisions(ctx context.Context, q db.Querier) (map[string]Decision, error) {
	rows, err := q.Query(ctx, sqlDecisions)
	if err != nil {
		return nil, fmt.Errorf("decisions about prospects: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Decision])
	out := make(map[string]Decision, len(list))
	for _, d := range list {
		out[d.Place] = d
	}
	return out, err
}
