package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/warnings"
	"beatplan/internal/config"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

const (
	benchCustomers = 1_000_000
	benchPeople    = 500
)

// benchCompany fills an empty company with customers, every one with an owner and
// a last visit, order and sale within the last months. The words of customers are
// not indexed: no figure here searches.
const benchCompany = `
drop index crm.customer_by_words;
insert into crm.owner (person_id, name) select i, 'Person ' || i from generate_series(1, %[2]d) i;
insert into crm.customer (number, name, name_key, kind, level, status, owner_id, assigned_at,
	assigned_day, visit_every_days, last_visit_at, last_visit_day, visit_count, last_order_at,
	last_sale_at, search, created_at, created_by, updated_at, updated_by, due_on)
select 'B' || i, 'Customer ' || i, 'customer' || i, 'shop/bakery', substr('ABC', 1 + i %% 3, 1),
	'active', 1 + i %% %[2]d, now() - interval '200 days', current_date - 200, 7 + i %% 30,
	now() - make_interval(days => (i %% 9973 * 7919 %% 90)), current_date - (i %% 9973 * 7919 %% 90), 1,
	now() - make_interval(days => (i %% 9973 * 104729 %% 90)),
	now() - make_interval(days => (i %% 997 * 1299709 %% 90)), '', now(), 1, now(), 1,
	current_date - (i %% 9973 * 7919 %% 90) + 7 + i %% 30
from generate_series(1, %[1]d) i;
update warnings.rule set enabled = true;
analyze crm.customer;`

// BenchVisits measures warnings over a million customers on a private database in
// a temporary folder, and writes a figure a line as "name value unit". quick asks
// fewer times.
func BenchVisits(ctx context.Context, quick bool, out io.Writer) error {
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
	times := 500
	if quick {
		times = 60
	}
	return a.benchWarnings(ctx, times, out)
}

func (a *App) benchWarnings(ctx context.Context, times int, out io.Writer) error {
	fill := fmt.Sprintf(benchCompany, benchCustomers, benchPeople)
	if _, err := a.DB.Exec(ctx, fill); err != nil {
		return fmt.Errorf("fill the company: %w", err)
	}
	begin := time.Now()
	if err := a.Warnings.Rebuild(ctx, nil); err != nil {
		return err
	}
	full := time.Since(begin)
	if _, err := a.DB.Exec(ctx, `analyze warnings.clock`); err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(1, 7))
	event, err := sample(times, func() error { return a.benchVisit(ctx, random) })
	if err != nil {
		return err
	}
	list, err := sample(times, func() error { return a.benchList(ctx, random) })
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name  string
		value float64
		unit  string
	}{
		{"warn_customers", benchCustomers, "customers"},
		{"warn_full_s", full.Seconds(), "s"},
		{"warn_event_ms", ms(event[len(event)/2]), "ms"},
		{"warn_event_p95_ms", ms(event[len(event)*95/100]), "ms"},
		{"warn_list_p95_ms", ms(list[len(list)*95/100]), "ms"},
	} {
		if _, err := fmt.Fprintf(out, "%s %.3g %s\n", f.name, f.value, f.unit); err != nil {
			return err
		}
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// sample measures fn so many times and returns how long it took, sorted.
func sample(times int, fn func() error) ([]time.Duration, error) {
	out := make([]time.Duration, times)
	for i := range out {
		begin := time.Now()
		if err := fn(); err != nil {
			return nil, err
		}
		out[i] = time.Since(begin)
	}
	slices.Sort(out)
	return out, nil
}

// benchVisit is one event: a visit becomes valid, its customer's figures and clocks
// move, and it is committed.
func (a *App) benchVisit(ctx context.Context, random *rand.Rand) error {
	return a.DB.InTx(ctx, func(tx db.Tx) error {
		now := a.Clock.Now()
		return a.CRM.VisitBecameValid(ctx, tx, crm.ValidVisit{
			Visit: 1, Customer: business.CustomerID(1 + random.IntN(benchCustomers)),
			Person: 1, At: now, Day: business.DateOf(now, a.Zone),
		})
	})
}

// benchList is the first page of a kind with its count, as a salesperson, a
// manager of twenty-five, or an administrator sees it, or a page far down.
func (a *App) benchList(ctx context.Context, random *rand.Rand) error {
	by := warnings.Caller{
		Actor: business.Actor{Person: 1},
		Scope: scope.Scope{People: []int64{int64(1 + random.IntN(benchPeople))}},
	}
	switch random.IntN(3) {
	case 0:
		by.Scope = scope.Everything()
	case 1:
		by.Scope.People = nil
		first := int64(1 + random.IntN(benchPeople-25))
		for p := range int64(25) {
			by.Scope.People = append(by.Scope.People, first+p)
		}
	}
	kinds := warnings.Kinds()[:3]
	q := warnings.Query{Kind: kinds[random.IntN(len(kinds))]}
	if random.IntN(4) == 0 {
		q.After = warnings.Cursor{
			DueOn: a.Warnings.Today().Add(-random.IntN(60)), Customer: business.CustomerID(1),
		}
	}
	if _, _, err := a.Warnings.List(ctx, by, q); err != nil {
		return err
	}
	if q.After.Customer != 0 {
		return nil
	}
	_, err := a.Warnings.Count(ctx, by, q)
	return err
}
