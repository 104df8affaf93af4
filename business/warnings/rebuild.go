package warnings

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

const (
	// defaultBulk is from how many customers on the clocks of a company without any
	// are written before their indexes: three million entries in order of the index
	// cost seconds, in the order of customers a minute.
	defaultBulk = 100_000
	// rebuildPage is how many customers Rebuild looks at together; nobody waits.
	rebuildPage = 20_000
	// mendPage is how many of them that went astray it mends together, while events
	// wait for it: a tenth of a second.
	mendPage = 1_000
)

const (
	sqlAnyClock = `select exists (select from warnings.clock)`
	sqlAtLeast  = `
select count(*) from (select from crm.v_clock_fact limit @bulk::bigint) bounded`
	sqlClasses = `
select distinct kind, level from crm.v_clock_fact where id > @after and id <= @to`
	sqlPageEnds = `
select coalesce(max(id), 0), count(*) from (
	select id from crm.v_clock_fact where id > @after order by id limit @limit) page`

	// clocksWanted says in SQL what clocksOf says of one customer. The thresholds of
	// every kind and level among them are worked out by thresholdFor beforehand.
	clocksWanted = `
select f.id as customer_id, run.kind, f.owner_id,
	case when run.day is not null then run.at end as last_at,
	coalesce(run.day, f.assigned_day) as started_on,
	coalesce(run.day, f.assigned_day) + days.threshold::integer as due_on, days.threshold
from crm.v_clock_fact f
cross join lateral (values
	(1::smallint, f.last_visit_day, f.last_visit_at, f.visit_every_days),
	(2::smallint, (f.last_order_at at time zone @zone)::date, f.last_order_at, 0),
	(3::smallint, (f.last_sale_at at time zone @zone)::date, f.last_sale_at, 0)
) as run(kind, day, at, every)
left join unnest(@warnings::smallint[], @kinds::text[], @levels::text[], @days::smallint[])
	as t(warning, kind, level, days)
	on t.warning = run.kind and t.kind = f.kind and t.level = f.level
cross join lateral (select coalesce(nullif(run.every, 0), t.days)::smallint) as days(threshold)
where f.id > @after and f.id <= @to and (@ids::bigint[] is null or f.id = any(@ids))
	and days.threshold > 0 and coalesce(run.day, f.assigned_day) is not null`
	clockColumns = `customer_id, kind, owner_id, last_at, started_on, due_on, threshold`

	// Three million rows are put in order in memory, and so are their indexes.
	sqlRoom = `
select set_config('work_mem', '256MB', true), set_config('maintenance_work_mem', '512MB', true)`
	sqlFillClocks = `
insert into warnings.clock (` + clockColumns + `)
select * from (` + clocksWanted + `) wanted order by customer_id, kind`

	// A row of one side alone differs too: its other side is null.
	sqlAstray = `
with wanted as materialized (` + clocksWanted + `)
select distinct customer_id from wanted w
full join (
	select * from warnings.clock where customer_id > @after and customer_id <= @to) h
using (customer_id, kind)
where (h.owner_id, h.started_on, h.last_at, h.threshold)
	is distinct from (w.owner_id, w.started_on, w.last_at, w.threshold)
order by 1`

	sqlMendClocks = `
with wanted as materialized (` + clocksWanted + `),
gone as (
	delete from warnings.clock c where c.customer_id = any(@ids)
		and not exists (select from wanted w where w.customer_id = c.customer_id and w.kind = c.kind))
insert into warnings.clock as c (` + clockColumns + `)
select w.* from wanted w
left join warnings.clock h on h.customer_id = w.customer_id and h.kind = w.kind
where h.customer_id is null or (h.owner_id, h.started_on, h.last_at, h.threshold)
	is distinct from (w.owner_id, w.started_on, w.last_at, w.threshold)
on conflict (customer_id, kind) do update set owner_id = excluded.owner_id,
	started_on = excluded.started_on, last_at = excluded.last_at,
	threshold = excluded.threshold, due_on = excluded.due_on`

	sqlClockIndexes = `
select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as made
from pg_index i
where i.indrelid = 'warnings.clock'::regclass and not i.indisprimary
order by 1`
)

// lastID is beyond every customer.
const lastID = business.CustomerID(1<<53 - 1)

// Rebuild sets the clocks of all customers and removes those of customers that are
// gone. progress, when set, hears how many are looked through. Events go on beside it:
// they wait only while it mends what went astray, a thousand customers a transaction.
// Interrupted, it leaves what it did; run again, it ends the same. A large company
// that has no clock at all gets them in one transaction, for which lists and
// events wait. Rows are read and written by the database alone; the rule for one
// customer and this one are compared by a test.
func (s *Service) Rebuild(ctx context.Context, progress func(done int)) error {
	if progress == nil {
		progress = func(int) {}
	}
	filled, err := s.fill(ctx, progress)
	if err != nil || filled {
		return err
	}
	after, done := business.CustomerID(0), 0
	for after < lastID {
		args := pgx.NamedArgs{"after": after, "limit": rebuildPage}
		var to business.CustomerID
		var page int
		if err := s.DB.QueryRow(ctx, sqlPageEnds, args).Scan(&to, &page); err != nil {
			return fmt.Errorf("next customers: %w", err)
		}
		if page < rebuildPage {
			to = lastID
		}
		if err := s.mendAstray(ctx, after, to); err != nil {
			return err
		}
		after, done = to, done+page
		progress(done)
	}
	return nil
}

// mendAstray mends the clocks that are wrong among the customers behind after up to
// to. A customer and its clocks change in one transaction, so that one statement sees
// both as they were at one moment, and nobody has to wait for it.
func (s *Service) mendAstray(ctx context.Context, after, to business.CustomerID) error {
	args, err := s.wanted(ctx, s.DB, after, to)
	if err != nil {
		return err
	}
	rows, err := s.DB.Query(ctx, sqlAstray, db.PlanEachTime, args)
	if err != nil {
		return err
	}
	astray, err := pgx.CollectRows(rows, pgx.RowTo[business.CustomerID])
	if err != nil {
		return fmt.Errorf("clocks that went astray: %w", err)
	}
	for ids := range slices.Chunk(astray, mendPage) {
		err := s.exclusively(ctx, func(tx db.Tx) error {
			args, err := s.wanted(ctx, tx, ids[0]-1, ids[len(ids)-1])
			if err != nil {
				return err
			}
			args["ids"] = ids
			if _, err := tx.Exec(ctx, sqlMendClocks, db.PlanEachTime, args); err != nil {
				return fmt.Errorf("mend clocks: %w", err)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// exclusively runs fn while no clock is refreshed.
func (s *Service) exclusively(ctx context.Context, fn func(tx db.Tx) error) error {
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		if _, err := tx.Exec(ctx, sqlExclusive); err != nil {
			return fmt.Errorf("lock clocks: %w", err)
		}
		return fn(tx)
	})
}

// wanted are the arguments of clocksWanted for the customers behind after up to to:
// the thresholds of now for every kind and level there is among them.
func (s *Service) wanted(
	ctx context.Context, q db.Querier, after, to business.CustomerID,
) (pgx.NamedArgs, error) {
	rules, err := readRules(ctx, q)
	if err != nil {
		return nil, err
	}
	args := pgx.NamedArgs{"zone": s.Zone.String(), "after": after, "to": to, "ids": nil}
	rows, err := q.Query(ctx, sqlClasses, args)
	if err != nil {
		return nil, err
	}
	classes, err := pgx.CollectRows(rows, pgx.RowToStructByName[struct{ Kind, Level string }])
	if err != nil {
		return nil, fmt.Errorf("kinds of customers: %w", err)
	}
	var warnings, days []int16
	var kinds, levels []string
	for _, class := range classes {
		for _, k := range Kinds() {
			n := thresholdFor(Customer{Kind: class.Kind, Level: class.Level}, rules[k])
			if k.OfCustomers() && n > 0 {
				warnings, days = append(warnings, numberOf(k)), append(days, int16(n))
				kinds, levels = append(kinds, class.Kind), append(levels, class.Level)
			}
		}
	}
	args["warnings"], args["kinds"] = warnings, kinds
	args["levels"], args["days"] = levels, days
	return args, nil
}

// fill writes the clocks of a large company that has none, and says whether it did.
func (s *Service) fill(ctx context.Context, progress func(done int)) (bool, error) {
	bulk := s.Bulk
	if bulk == 0 {
		bulk = defaultBulk
	}
	var n int
	if any, err := anyClock(ctx, s.DB); err != nil || any {
		return false, err
	}
	atLeast := pgx.NamedArgs{"bulk": bulk}
	if err := s.DB.QueryRow(ctx, sqlAtLeast, atLeast).Scan(&n); err != nil || n < bulk {
		return false, err
	}
	filled := false
	err := s.exclusively(ctx, func(tx db.Tx) error {
		if any, err := anyClock(ctx, tx); err != nil || any {
			return err
		}
		args, err := s.wanted(ctx, tx, 0, lastID)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlRoom); err != nil {
			return fmt.Errorf("memory for the clocks: %w", err)
		}
		return withoutIndexes(ctx, tx, func() error {
			if _, err := tx.Exec(ctx, sqlFillClocks, db.PlanEachTime, args); err != nil {
				return fmt.Errorf("fill clocks: %w", err)
			}
			filled, atLeast["bulk"] = true, nil
			return tx.QueryRow(ctx, sqlAtLeast, atLeast).Scan(&n)
		})
	})
	if err == nil && filled {
		progress(n)
	}
	return filled, err
}

func anyClock(ctx context.Context, q db.Querier) (any bool, err error) {
	err = q.QueryRow(ctx, sqlAnyClock).Scan(&any)
	return any, err
}

// withoutIndexes drops the indexes of the table of clocks, runs fn and makes them
// again as they were, all in the transaction.
func withoutIndexes(ctx context.Context, tx db.Tx, fn func() error) error {
	rows, err := tx.Query(ctx, sqlClockIndexes)
	if err != nil {
		return err
	}
	indexes, err := pgx.CollectRows(rows, pgx.RowToStructByName[struct{ Name, Made string }])
	if err != nil {
		return fmt.Errorf("indexes of clocks: %w", err)
	}
	for _, i := range indexes {
		if _, err := tx.Exec(ctx, "drop index "+i.Name); err != nil {
			return fmt.Errorf("drop %s: %w", i.Name, err)
		}
	}
	if err := fn(); err != nil {
		return err
	}
	for _, i := range indexes {
		if _, err := tx.Exec(ctx, i.Made); err != nil {
			return fmt.Errorf("make %s: %w", i.Name, err)
		}
	}
	return nil
}
