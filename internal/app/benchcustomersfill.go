package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"beatplan/internal/config"
	"beatplan/internal/db"
	"beatplan/internal/localpg"
)

// fillCustomers makes a million customers of a thousand people around three
// hundred towns, a hundredth of them shared.
const fillCustomers = `
insert into crm.customer (number, name, name_key, kind, level, status, stage, channel, district,
	address, phone, owner_id, assigned_at, assigned_day, position, position_source,
	visit_every_days, last_visit_at, last_visit_day, due_on, search, shared_with,
	created_at, created_by, updated_at, updated_by)
select 'B' || i, n, lower(n), 'shop/' || (array['bakery', 'butcher', 'books', 'florist'])[1 + i / 30 % 4],
	substr('ABC', 1 + i / 120 % 3, 1), (array['active', 'prospect', 'dormant'])[1 + i % 3],
	(array['new', 'contacted', 'won'])[1 + i % 3], (array['', 'Fair'])[1 + i % 2],
	'District ' || i % 300, i || ' Main Street', '302' || i, 1 + i % 1000,
	now() - interval '200 days', current_date - 200,
	ST_SetSRID(ST_MakePoint(100 + (i % 300) * 0.07 + (i % 97) * 0.001,
		22 + (i % 300) * 0.06 + (i % 89) * 0.001), 4326), 'seed', 14,
	now() - make_interval(days => i % 9973 * 7919 % 90), current_date - i % 9973 * 7919 % 90,
	current_date - i % 9973 * 7919 % 90 + 14,
	lower('b' || i || E'\n' || n || E'\n' || i || ' main street' || E'\n' || 'district ' || i % 300),
	case when i % 100 = 0 then array[1 + (i / 100) % 1000]::bigint[] end,
	now() - make_interval(days => i * 31 % 700), 1, now(), 1
from (select i, (array['Golden', 'Silver', 'North', 'Garden', 'River', 'Market'])[1 + i % 6] || ' '
	|| (array['Bakery', 'Store', 'Corner', 'House', 'Trading'])[1 + i % 5] || ' ' || i as n
	from generate_series(1, 1000000) i) g`

// fillTimeline makes twenty rows of history for each customer, spread over a year:
// mostly visits and orders, a tenth of them changes.
const fillTimeline = `
insert into crm.change (id, customer_id, command, at, by, version, fields)
overriding system value
select i, 1 + i % 1000000, (array['created', 'visited', 'visited', 'ordered', 'visited', 'sold',
	'visited', 'ordered', 'visited', 'updated'])[1 + (i / 1000000) % 10],
	now() - make_interval(secs => (20000000 - i) * 1.5), 1 + i % 1000, 1 + i / 1000000,
	'[{"field": "visit_count", "old": 3, "new": 4}]'
from generate_series(1, 20000000) i`

// fillArchive makes the customers and their timelines inside the database, as a
// restored backup makes them: no log of the writes, indexes last, both tables
// beside each other. The server is then stopped, and reads use another.
func fillArchive(ctx context.Context, c *config.Config) error {
	server, err := localpg.Start(ctx, localpg.Options{
		DataDir: c.House(), BinDir: c.PostgresBin, Log: slog.New(slog.DiscardHandler), NoSync: true,
		Settings: map[string]string{"wal_level": "minimal", "max_wal_senders": "0",
			"max_wal_size": "16GB", "maintenance_work_mem": "512MB"},
	})
	if err != nil {
		return err
	}
	defer server.Stop() //nolint:errcheck // a later start finds what is wrong
	d, err := openPool(ctx, server.URL(c.Database()))
	if err != nil {
		return err
	}
	defer d.Close()
	if err := inOne(ctx, d, `truncate crm.customer, crm.change, crm.owner cascade`,
		`alter table crm.customer alter column id restart`, `
insert into crm.owner (person_id, name, team_id, team_name)
select i, 'Person ' || i, 1 + i / 20, 'Team ' || 1 + i / 20 from generate_series(1, 1000) i`,
	); err != nil {
		return err
	}
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return fillTable(ctx, d, "crm.customer", fillCustomers) })
	both.Go(func() error { return fillTable(ctx, d, "crm.change", fillTimeline) })
	return both.Wait()
}

// fillTable fills an empty table without its indexes, makes them anew, and
// counts what the planner wants to know.
func fillTable(ctx context.Context, d *db.DB, table, fill string) error {
	rows, err := d.Query(ctx, `
select indexdef, format('drop index %I.%I', schemaname, indexname) as drop from pg_indexes i
where schemaname || '.' || tablename = $1 and not exists (
	select from pg_constraint where conname = i.indexname)`, table)
	if err != nil {
		return err
	}
	indexes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Make, Drop string }])
	if err != nil {
		return err
	}
	// In the transaction of a truncate the rows are not logged.
	steps := []string{fmt.Sprintf("truncate %s cascade", table)}
	for _, i := range indexes {
		steps = append(steps, i.Drop)
	}
	steps = append(steps, fill)
	for _, i := range indexes {
		steps = append(steps, i.Make)
	}
	if err := inOne(ctx, d, steps...); err != nil {
		return err
	}
	_, err = d.Exec(ctx, "vacuum analyze "+table)
	return err
}

// inOne runs the statements in one transaction.
func inOne(ctx context.Context, d *db.DB, statements ...string) error {
	return d.InTx(ctx, func(tx db.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(ctx, s); err != nil {
				return fmt.Errorf("%s: %w", strings.TrimSpace(s[:min(len(s), 60)]), err)
			}
		}
		return nil
	})
}
