package app

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/warnings"
	"beatplan/internal/db"
	"beatplan/internal/scope"
	"beatplan/web"
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
	last_sale_at, search, created_at, created_by, updated_at, updated_by, due_on, position,
	position_source)
select 'B' || i, 'Customer ' || i, 'customer' || i, 'shop/bakery', substr('ABC', 1 + i %% 3, 1),
	'active', 1 + i %% %[2]d, now() - interval '200 days', current_date - 200, 7 + i %% 30,
	now() - make_interval(days => (i %% 9973 * 7919 %% 90)), current_date - (i %% 9973 * 7919 %% 90), 20,
	now() - make_interval(days => (i %% 9973 * 104729 %% 90)),
	now() - make_interval(days => (i %% 997 * 1299709 %% 90)), '', now(), 1, now(), 1,
	current_date - (i %% 9973 * 7919 %% 90) + 7 + i %% 30,
	st_setsrid(st_makepoint(-75.6 + i %% 1000 * 0.0001, 39.1 + i / 1000 * 0.0001), 4326), 'seed'
from generate_series(1, %[1]d) i;
update warnings.rule set enabled = true;
analyze crm.customer;`

// BenchVisits measures the phone's first screen, warnings over a million customers
// and 500 phones that sync at once, on a private database in a temporary folder, and
// writes a figure a line as "name value unit". quick asks fewer times at the same
// size.
//
// Warnings read what every customer keeps of its own last visit, order and sale, so
// that their cost follows the number of customers alone, however many visits,
// orders and sales lie behind: for them the columns stand for twenty visits, orders and
// sales each, of which no rows are made. The pages of visits are read from the rows:
// twenty million, or one million when quick, which builds them in a tenth of the time.
func BenchVisits(ctx context.Context, quick bool, out io.Writer) error {
	a, end, err := benchOpen(ctx, func(o *Options) {
		o.Demo, o.Config.Timezone = true, noonZone(time.Now())
	})
	if err != nil {
		return err
	}
	defer end()
	b := &visitsBench{App: a, times: 500, rounds: benchRounds, out: out,
		rng: rand.New(rand.NewPCG(1, 7))}
	if quick {
		b.times, b.rounds = 60, benchRoundsQuick
	}
	for _, part := range []func(context.Context) error{
		b.screen, b.warnings, b.rows, b.morning,
	} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// noonZone is a zone in which it is about noon now: a morning lies behind.
func noonZone(now time.Time) string {
	return fmt.Sprintf("Etc/GMT%+d", now.UTC().Hour()-12)
}

type visitsBench struct {
	*App
	times  int
	rounds int // of visits to every customer
	out    io.Writer
	rng    *rand.Rand
}

func (b *visitsBench) say(name string, value float64, unit string) {
	fmt.Fprintf(b.out, "%s %.3g %s\n", name, value, unit)
}

// screen is the script of the phone's first screen, as it is sent.
func (b *visitsBench) screen(context.Context) error {
	files, err := web.Files()
	if err != nil {
		return err
	}
	bytes, err := web.New(files).ScriptOf("m/index.html")
	if err != nil {
		return fmt.Errorf("the phone's first screen: %w", err)
	}
	b.say("phone_first_kb", float64(bytes)/1000, "kB compressed")
	return nil
}

func (b *visitsBench) warnings(ctx context.Context) error {
	fill := fmt.Sprintf(benchCompany, benchCustomers, benchPeople)
	if _, err := b.DB.Exec(ctx, fill); err != nil {
		return fmt.Errorf("fill the company: %w", err)
	}
	begin := time.Now()
	if err := b.Warnings.Rebuild(ctx, nil); err != nil {
		return err
	}
	full := time.Since(begin)
	if _, err := b.DB.Exec(ctx, `analyze warnings.clock`); err != nil {
		return err
	}
	event, err := sample(b.times, func() error { return b.benchVisit(ctx, b.rng) })
	if err != nil {
		return err
	}
	list, err := sample(b.times, func() error { return b.benchList(ctx, b.rng) })
	if err != nil {
		return err
	}
	b.say("warn_customers", benchCustomers, "customers")
	b.say("warn_full_s", full.Seconds(), "s")
	b.say("warn_event_ms", ms(percentile(event, 50)), "ms")
	b.say("warn_event_p95_ms", ms(percentile(event, 95)), "ms")
	b.say("warn_list_p95_ms", ms(percentile(list, 95)), "ms")
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
