package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/internal/clock"
	"beatplan/internal/config"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
	"beatplan/internal/sheet"
)

const (
	benchImport = 100_000 // rows of the file
)

// BenchCustomers measures lists, searches and the timeline over a million
// customers, an import, and what data scopes cost, on a private database in a
// temporary folder. It writes a figure a line as "name value unit", and the plans
// of a list, a search and a timeline behind "#". quick asks fewer times.
func BenchCustomers(ctx context.Context, quick bool, out io.Writer) error {
	c, remove, err := benchFolder()
	if err != nil {
		return err
	}
	defer remove()
	b := archiveBench{out: out, random: rand.New(rand.NewPCG(6, 7)), times: 400}
	if quick {
		b.times = 80
	}
	if err := b.imports(ctx, c); err != nil {
		return err
	}
	if err := fillArchive(ctx, c); err != nil {
		return fmt.Errorf("fill the company: %w", err)
	}
	return b.reads(ctx, c)
}

type archiveBench struct {
	db     *db.DB
	crm    *crm.Service
	out    io.Writer
	random *rand.Rand
	times  int
}

func (b archiveBench) say(name string, value float64, unit string) error {
	_, err := fmt.Fprintf(b.out, "%s %.3g %s\n", name, value, unit)
	return err
}

// reads measures what is read of the full archive, in a server as "serve" starts it.
func (b archiveBench) reads(ctx context.Context, c *config.Config) error {
	d, err := OpenDatabase(ctx, c, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer d.Close() // measured already
	if b.db, err = openPool(ctx, d.URL); err != nil {
		return err
	}
	defer b.db.Close()
	b.crm = crm.New(crm.Options{DB: b.db, Clock: clock.System{}, Zone: time.UTC,
		Tellers: tellers()})
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
		return scopeOfOne(first)
	}
	s := scope.Scope{}
	for p := range int64(20) {
		s.People = append(s.People, first+p)
	}
	s.Teams = slices.Compact([]int64{teamOf(first), teamOf(first + 19)})
	return s
}

// scopeOfOne is the scope of one person as signing in gives it, with the team.
func scopeOfOne(person int64) scope.Scope {
	return scope.Scope{People: []int64{person}, Teams: []int64{teamOf(person)}}
}

// teamOf is where fillArchive has put a person.
func teamOf(person int64) int64 { return 1 + person/20 }

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
	_, _, err := b.crm.List(ctx, b.whose(), l)
	return err
}

// search is what the command bar asks.
func (b archiveBench) search(ctx context.Context) error {
	q := fmt.Sprintf("bakery %d", 1000+b.random.IntN(900_000))
	if b.random.IntN(2) == 0 {
		q = fmt.Sprintf("b%d", 10_000+b.random.IntN(900_000))
	}
	_, _, err := b.crm.List(ctx, b.whose(), crm.List{Filter: crm.Filter{Q: q}, Limit: 10})
	return err
}

// timeline is the first page of a customer's, of every kind.
func (b archiveBench) timeline(ctx context.Context) error {
	id := business.CustomerID(1 + b.random.IntN(1_000_000))
	_, _, err := b.crm.Timeline(ctx, scope.Everything(), id, b.crm.EventKinds(), crm.Bookmark{}, 50)
	return err
}

// scopeCost compares a salesperson's rows selected by a data scope, which finds what is
// shared besides (a hundredth more), and by a filter on the owner: by the median, each
// of the two first in half of the turns, because the second finds them read.
func (b archiveBench) scopeCost(ctx context.Context) error {
	took := [2][]time.Duration{}
	for turn := range 2 * b.times {
		person := int64(1 + b.random.IntN(1000))
		for k := range 2 {
			sc, f := scopeOfOne(person), crm.Filter{}
			which := (turn + k) % 2
			if which == 1 {
				sc, f.Owners = scope.Everything(), []business.PersonID{business.PersonID(person)}
			}
			begin := time.Now()
			if _, _, err := b.crm.List(ctx, sc, crm.List{Filter: f}); err != nil {
				return err
			}
			took[which] = append(took[which], time.Since(begin))
		}
	}
	half := func(t []time.Duration) float64 { slices.Sort(t); return t[len(t)/2].Seconds() }
	scoped, filtered := half(took[0]), half(took[1])
	return b.say("crm_scope_cost_pct", 100*(scoped-filtered)/filtered, "%")
}

// explain shows how the database reads a salesperson's list, a search and a timeline.
func (b archiveBench) explain(ctx context.Context) error {
	for _, q := range []string{`
select c.id from crm.customer c where c.archived_at is null
	and (c.owner_id = any('{7}'::bigint[]) or c.shared_with && '{7,-1}'::bigint[])
order by c.name collate public.names, c.id limit 51`, `
select c.id from crm.customer c where c.archived_at is null
	and c.search like '%bakery%' and c.search like '%77777%'
order by c.name collate public.names, c.id limit 11`, `
select h.id from crm.change h where h.customer_id = 777777 order by h.id desc limit 50`} {
		rows, err := b.db.Query(ctx, "explain (analyze, costs off, timing off, summary off)"+q)
		if err != nil {
			return err
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(b.out, "# %s\n", strings.Join(lines, "\n# ")); err != nil {
			return err
		}
	}
	return nil
}

// benchFile is a table of a hundred thousand shops, as an office sends it.
func benchFile() ([]byte, error) {
	var file bytes.Buffer
	book, err := sheet.NewXLSX(&file, "Customers")
	if err != nil {
		return nil, err
	}
	if err := book.Row("Name", "Type", "Level", "Lon", "Lat", "District", "Address", "Phone"); err != nil {
		return nil, err
	}
	for i := range benchImport {
		if err := book.Row(fmt.Sprintf("Shop number %d", i), "shop/bakery", "B", 116+float64(i%1000)/1000,
			39+float64(i/1000)/100, "Kent", fmt.Sprintf("%d Main Street", i), "302-555-0100"); err != nil {
			return nil, err
		}
	}
	err = book.Close()
	return file.Bytes(), err
}

// imports measures that file in a company as "serve" opens it: read, checked for
// duplicates and written, and the most memory that the program ever held for it.
func (b archiveBench) imports(ctx context.Context, c *config.Config) error {
	file, err := benchFile()
	if err != nil {
		return err
	}
	a, err := Open(ctx, Options{Config: c, Log: slog.New(slog.DiscardHandler), Version: "bench"})
	if err != nil {
		return err
	}
	defer a.Close(context.WithoutCancel(ctx)) // measured already
	by := crm.By{Actor: business.Actor{Person: 1, Role: business.Admin}, Scope: scope.Everything(),
		Key: idem.Key("bench-import-1")}
	begin := time.Now()
	i, err := a.CRM.Upload(ctx, by, "customers.xlsx", file)
	if err != nil {
		return err
	}
	started, err := a.CRM.Run(ctx, by, i.ID, crm.ImportSettings{Columns: crm.Suggest(i.Headings)})
	if err != nil {
		return err
	}
	if _, err := a.Jobs.Wait(ctx, started.Job); err != nil {
		return err
	}
	took := time.Since(begin)
	end, err := a.CRM.Import(ctx, by.Scope, i.ID)
	if err == nil && end.Created != benchImport {
		err = fmt.Errorf("%d of %d customers were imported", end.Created, benchImport)
	}
	if err != nil {
		return err
	}
	if err := b.say("crm_import100k_s", took.Seconds(), "s"); err != nil {
		return err
	}
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return err
	}
	return b.say("crm_import100k_peak_mb", float64(use.Maxrss)/1024, "MB")
}
