package warnings

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

const (
	// Refreshes run beside each other; a rebuild's page waits for them and they
	// for it, so that it cannot write what it read before they changed it.
	sqlShare     = `select pg_advisory_xact_lock_shared(hashtext('warnings.clock'))`
	sqlExclusive = `select pg_advisory_xact_lock(hashtext('warnings.clock'))`

	sqlRules = `
select kind, enabled, coalesce(threshold, 0) as threshold, by_level, by_kind, weekdays, version
from warnings.rule`
	sqlSetRule = `
update warnings.rule set enabled = @enabled, threshold = nullif(@threshold, 0::integer),
	by_level = @by_level, by_kind = @by_kind, weekdays = @weekdays, version = version + 1,
	changed_at = @now, changed_by = @by
where kind = @kind and version = @version
returning version`

	sqlClocksGone = `
delete from warnings.clock c where c.customer_id = any(@ids)
	and not exists (` + clocksGiven + `)`
	sqlClocksGoneOf = `
delete from warnings.clock where customer_id = @id and kind <> all(@kinds::smallint[])`
	sqlClocksSave = `
insert into warnings.clock as c (kind, customer_id, owner_id, started_on, last_at, threshold, due_on)
select * from unnest(@kinds::smallint[], @customers::bigint[], @owners::bigint[],
	@started::date[], @last::timestamptz[], @thresholds::smallint[], @due::date[])
on conflict (customer_id, kind) do update set owner_id = excluded.owner_id,
	started_on = excluded.started_on, last_at = excluded.last_at,
	threshold = excluded.threshold, due_on = excluded.due_on
where (c.owner_id, c.started_on, c.last_at, c.threshold) is distinct from
	(excluded.owner_id, excluded.started_on, excluded.last_at, excluded.threshold)`
	clocksGiven = `
select from unnest(@kinds::smallint[], @customers::bigint[]) as k(kind, customer_id)
where k.kind = c.kind and k.customer_id = c.customer_id`

	// Who is overdue: customers of owners within the scope, and those that others
	// share with it. Apart, each finds its rows by an index.
	clocksOwn = `
from warnings.clock where due_on < @as_of and (@all or owner_id = any(@people))
	and (@person = 0 or owner_id = @person)`
	clocksShared = `
from warnings.clock where due_on < @as_of and customer_id = any(@shared::bigint[])
	and owner_id <> all(@people) and (@person = 0 or owner_id = @person)`

	clockFields = `
select kind, customer_id, owner_id, started_on, last_at, threshold, due_on`
	clockPage = `
	and kind = @kind
	and (@after_due::date is null or (due_on, customer_id) > (@after_due, @after_id::bigint))
order by due_on, customer_id limit @limit`
	sqlList = clockFields + ` from (
	(` + clockFields + clocksOwn + clockPage + `)
	union all
	(` + clockFields + clocksShared + clockPage + `)) clocks
order by due_on, customer_id limit @limit`
	sqlCounts = `
select kind, n from unnest(@kinds::smallint[]) as wanted(kind) cross join lateral (
	select count(*) as n from (
		(select 1` + clocksOwn + ` and kind = wanted.kind limit 10001)
		union all
		(select 1` + clocksShared + ` and kind = wanted.kind limit 10001)) bounded) counted`
	sqlDue = clockFields + `
from warnings.clock
where kind = 1 and owner_id = @person and due_on <= @as_of
order by due_on, customer_id limit @limit`
	sqlOfCustomer = clockFields + `
from warnings.clock where customer_id = @id order by kind`
	sqlVisitClocks = clockFields + `
from warnings.clock
where kind = 1 and customer_id > @after
	and (@all or owner_id = any(@people)) and (@person = 0 or owner_id = @person)
order by customer_id limit @limit`
)

type clockRow struct {
	Kind       int16               `db:"kind"` // place in Kinds, from 1
	CustomerID business.CustomerID `db:"customer_id"`
	OwnerID    business.PersonID   `db:"owner_id"`
	StartedOn  business.Date       `db:"started_on"`
	LastAt     *time.Time          `db:"last_at"`
	Threshold  int                 `db:"threshold"`
	DueOn      business.Date       `db:"due_on"`
}

// numberOf is how the table writes a kind of customers.
func numberOf(k Kind) int16 { return int16(slices.Index(Kinds(), k) + 1) }

func (r clockRow) row(asOf business.Date) Row {
	return Row{
		Card:    Card{ID: r.CustomerID},
		Warning: Kinds()[r.Kind-1], Owner: r.OwnerID, LastAt: r.LastAt, DueOn: r.DueOn,
		Overdue: overdue(r.DueOn, asOf), Threshold: r.Threshold,
	}
}

type ruleRow struct {
	Kind      string         `db:"kind"`
	Enabled   bool           `db:"enabled"`
	Threshold int            `db:"threshold"`
	ByLevel   map[string]int `db:"by_level"`
	ByKind    map[string]int `db:"by_kind"`
	Weekdays  []int          `db:"weekdays"`
	Version   int64          `db:"version"`
}

func readRules(ctx context.Context, q db.Querier) (map[Kind]Rule, error) {
	rows, err := q.Query(ctx, sqlRules)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[ruleRow])
	if err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	out := make(map[Kind]Rule, len(found))
	for _, r := range found {
		out[Kind(r.Kind)] = Rule{
			Kind(r.Kind), r.Enabled, r.Threshold, r.ByLevel, r.ByKind, r.Weekdays, r.Version,
		}
	}
	return out, nil
}

func readClocks(
	ctx context.Context, q db.Querier, sql string, args pgx.NamedArgs,
) ([]clockRow, error) {
	found, err := db.Collect[clockRow](ctx, q, sql, args)
	if err != nil {
		return nil, fmt.Errorf("read clocks: %w", err)
	}
	return found, nil
}

// saveClocks makes these the clocks of the customers, and leaves rows that are
// right already untouched.
func saveClocks(
	ctx context.Context, tx db.Tx, ids []business.CustomerID, clocks []clockRow,
) error {
	args := columnsOf(clocks)
	gone := sqlClocksGone
	if len(ids) == 1 { // as nearly always: a plan that is made once
		gone, args["id"] = sqlClocksGoneOf, ids[0]
	} else {
		args["ids"] = ids
	}
	if _, err := tx.Exec(ctx, gone, args); err != nil {
		return fmt.Errorf("remove clocks: %w", err)
	}
	if len(clocks) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, sqlClocksSave, args); err != nil {
		return fmt.Errorf("write clocks: %w", err)
	}
	return nil
}

func columnsOf(clocks []clockRow) pgx.NamedArgs {
	kinds := make([]int16, len(clocks))
	customers, owners := make([]int64, len(clocks)), make([]int64, len(clocks))
	started, due := make([]business.Date, len(clocks)), make([]business.Date, len(clocks))
	last, thresholds := make([]*time.Time, len(clocks)), make([]int, len(clocks))
	for i, c := range clocks {
		kinds[i], customers[i], owners[i] = c.Kind, int64(c.CustomerID), int64(c.OwnerID)
		started[i], due[i], last[i], thresholds[i] = c.StartedOn, c.DueOn, c.LastAt, c.Threshold
	}
	return pgx.NamedArgs{
		"kinds": kinds, "customers": customers, "owners": owners, "started": started,
		"last": last, "thresholds": thresholds, "due": due,
	}
}
