package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/internal/config"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
	"beatplan/internal/sheet"
)

const (
	benchTimeline = 20_000_000 // rows of customers' history
	benchImport   = 100_000    // rows of the file
)

// benchArchive fills an empty company with a million customers around three
// hundred towns, a hundredth of them shared, and twenty rows of history for each.
// Indexes of the history are made after it, as a restored backup makes them.
const benchArchive = `
insert into crm.owner (person_id, name, team_id, team_name)
select i, 'Person ' || i, 1 + i / 20, 'Team ' || 1 + i / 20 from generate_series(1, 1000) i;
drop index crm.customer_by_words, crm.customer_by_sharing;
insert into crm.customer (number, name, name_key, kind, level, status, stage, channel, district,
	address, phone, owner_id, assigned_at, assigned_day, position, position_source,
	visit_every_days, last_visit_at, last_visit_day, due_on, search, shared_with,
	created_at, created_by, updated_at, updated_by)
select 'B' || i, n, lower(n), 'shop/' || (array['bakery', 'butcher', 'books', 'florist'])[1 + i % 4],
	substr('ABC', 1 + i % 3, 1), (array['active', 'prospect', 'dormant'])[1 + i % 3],
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
	from generate_series(1, 1000000) i) g;
create index customer_by_words on crm.customer using gin (search gin_trgm_ops)
	where archived_at is null;
create index customer_by_sharing on crm.customer using gin (shared_with)
	where shared_with is not null;
drop index crm.change_by_customer, crm.change_by_command;
insert into crm.change (customer_id, command, at, by, version, fields)
select 1 + i % 1000000, 'updated', now() - make_interval(mins => i / 40), 1 + i % 1000, 1, '[]'
from generate_series(1, 20000000) i;
create index change_by_customer on crm.change (customer_id, id desc);
create index change_by_command on crm.change (command, id desc)
	where command in ('claimed', 'assigned', 'transferred', 'updated', 'changed');`

// BenchCustomers measures lists, searches and the timeline over a million
// customers, an import, and what data scopes cost, on a private database in a
// temporary folder. It writes a figure a line as "name value unit", and the plan
// of a list behind "#". quick asks fewer times.
func BenchCustomers(ctx context.Context, quick bool, out io.Writer) error {
	dir, err := os.MkdirTemp("", "beatplan-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)                      //nolint:errcheck // a temporary folder
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // the database's own user enters
		return err
	}
	c := config.Default()
	c.Data = dir
	a, err := Open(ctx, Options{Config: c, Log: slog.New(slog.DiscardHandler), Version: "bench"})
	if err != nil {
		return err
	}
	defer a.Close(context.WithoutCancel(ctx)) //nolint:errcheck // measured already
	b := archiveBench{App: a, out: out, random: rand.New(rand.NewPCG(6, 7)), times: 400}
	if quick {
		b.times = 80
	}
	return b.run(ctx)
}

type archiveBench struct {
	*App
	out    io.Writer
	random *rand.Rand
	times  int
}

func (b archiveBench) say(name string, value float64, unit string) error {
	_, err := fmt.Fprintf(b.out, "%s %.3g %s\n", name, value, unit)
	return err
}

func (b archiveBench) run(ctx context.Context) error {
	if err := b.imports(ctx); err != nil {
		return err
	}
	if _, err := b.DB.Exec(ctx, `truncate crm.customer, crm.change, crm.owner cascade`); err != nil {
		return fmt.Errorf("empty the company: %w", err)
	}
	if _, err := b.DB.Exec(ctx, `alter table crm.customer alter column id restart`); err != nil {
		return err
	}
	for statement := range strings.SplitSeq(benchArchive, ";\n") {
		if _, err := b.DB.Exec(ctx, statement); err != nil {
			return fmt.Errorf("fill the company: %w", err)
		}
	}
	if _, err := b.DB.Exec(ctx, `vacuum analyze crm.customer`); err != nil {
		return err
	}
	if _, err := b.DB.Exec(ctx, `analyze crm.change`); err != nil {
		return err
	}
	for _, part := range []struct {
		name string
		ask  func(context.Context) error
	}{
		{"crm_list_p95_ms", b.list}, {"crm_search_p95_ms", b.search}, {"crm_timeline_p95_ms", b.timeline},
	} {
		took, err := sample(b.times, func() error { return part.ask(ctx) })
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		if err := b.say(part.name, ms(took[len(took)*95/100]), "ms"); err != nil {
			return err
		}
	}
	if err := b.scopeCost(ctx); err != nil {
		return err
	}
	return b.explain(ctx)
}

// whose is the scope of a salesperson, a manager of twenty, or an administrator.
func (b archiveBench) whose() scope.Scope {
	first := int64(1 + b.random.IntN(980))
	switch b.random.IntN(3) {
	case 0:
		return scope.Everything()
	case 1:
		return scope.Scope{People: []int64{first}}
	}
	s := scope.Scope{}
	for p := range int64(20) {
		s.People = append(s.People, first+p)
	}
	return s
}

// list is a page of a list in any of its orders, with or without a filter.
func (b archiveBench) list(ctx context.Context) error {
	sorts := []crm.Sort{crm.ByName, crm.ByDue, crm.ByVisit, crm.ByNumberDown}
	l := crm.List{Sort: sorts[b.random.IntN(len(sorts))]}
	switch b.random.IntN(4) {
	case 0:
		l.Filter.Levels = []crm.Level{crm.A}
	case 1:
		l.Filter.Kinds = []string{"shop/bakery"}
	case 2:
		l.Filter.Due = []crm.Due{crm.Overdue}
	}
	_, _, err := b.CRM.List(ctx, b.whose(), l)
	return err
}

// search is what the command bar asks.
func (b archiveBench) search(ctx context.Context) error {
	q := fmt.Sprintf("bakery %d", 1000+b.random.IntN(900_000))
	if b.random.IntN(2) == 0 {
		q = fmt.Sprintf("b%d", 10_000+b.random.IntN(900_000))
	}
	_, _, err := b.CRM.List(ctx, b.whose(), crm.List{Filter: crm.Filter{Q: q}, Limit: 10})
	return err
}

func (b archiveBench) timeline(ctx context.Context) error {
	id := business.CustomerID(1 + b.random.IntN(1_000_000))
	_, err := b.CRM.History(ctx, scope.Everything(), id, 0, 50)
	return err
}

// scopeCost compares the same rows selected by a data scope and by a filter, in
// turns, by the median.
func (b archiveBench) scopeCost(ctx context.Context) error {
	var scoped, filtered []time.Duration
	for range 2 * b.times {
		person := int64(1 + b.random.IntN(1000))
		begin := time.Now()
		if _, _, err := b.CRM.List(ctx, scope.Scope{People: []int64{person}}, crm.List{}); err != nil {
			return err
		}
		scoped = append(scoped, time.Since(begin))
		begin = time.Now()
		f := crm.Filter{Owners: []business.PersonID{business.PersonID(person)}}
		if _, _, err := b.CRM.List(ctx, scope.Everything(), crm.List{Filter: f}); err != nil {
			return err
		}
		filtered = append(filtered, time.Since(begin))
	}
	slices.Sort(scoped)
	slices.Sort(filtered)
	half := len(scoped) / 2
	extra := 100 * (scoped[half].Seconds() - filtered[half].Seconds()) / filtered[half].Seconds()
	return b.say("crm_scope_cost_pct", extra, "%")
}

// explain shows how the database reads a salesperson's list.
func (b archiveBench) explain(ctx context.Context) error {
	rows, err := b.DB.Query(ctx, `explain (analyze, costs off, timing off, summary off)
select c.id from crm.customer c where c.archived_at is null
	and (c.owner_id = any('{7}'::bigint[]) or c.shared_with && '{7,-1}'::bigint[])
order by c.name collate public.names, c.id limit 51`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(b.out, "#", line); err != nil {
			return err
		}
	}
	return rows.Err()
}

// imports measures a file of a hundred thousand rows, read, checked for
// duplicates and written.
func (b archiveBench) imports(ctx context.Context) error {
	var file bytes.Buffer
	book, err := sheet.NewXLSX(&file, "Customers")
	if err != nil {
		return err
	}
	if err := book.Row("Name", "Type", "Level", "Lon", "Lat", "District", "Address", "Phone"); err != nil {
		return err
	}
	for i := range benchImport {
		if err := book.Row(fmt.Sprintf("Shop number %d", i), "shop/bakery", "B", 116+float64(i%1000)/1000,
			39+float64(i/1000)/100, "Kent", fmt.Sprintf("%d Main Street", i), "302-555-0100"); err != nil {
			return err
		}
	}
	if err := book.Close(); err != nil {
		return err
	}
	by := crm.By{Actor: business.Actor{Person: 1, Role: business.Admin}, Scope: scope.Everything(),
		Key: idem.Key("bench-import-1")}
	begin := time.Now()
	i, err := b.CRM.Upload(ctx, by, "customers.xlsx", file.Bytes())
	if err != nil {
		return err
	}
	started, err := b.CRM.Run(ctx, by, i.ID, crm.ImportSettings{Columns: crm.Suggest(i.Headings)})
	if err != nil {
		return err
	}
	if _, err := b.Jobs.Wait(ctx, started.Job); err != nil {
		return err
	}
	took := time.Since(begin)
	end, err := b.CRM.Import(ctx, by.Scope, i.ID)
	if err == nil && end.Created != benchImport {
		err = fmt.Errorf("%d of %d customers were imported", end.Created, benchImport)
	}
	if err != nil {
		return err
	}
	return b.say("crm_import100k_s", took.Seconds(), "s")
}
