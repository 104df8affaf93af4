package app

import (
	"context"
	"fmt"
	"math/rand/v2"

	"beatplan/business"
	"beatplan/business/visits"
	"beatplan/business/warnings"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// How many visits each of the million customers has had: the rows themselves, unlike
// what the warnings read of them.
const (
	benchRounds      = 20
	benchRoundsQuick = 1
)

// benchVisitRows are rounds of visits to every customer, twenty days apart, the oldest
// first and none today, which is the phones'; one in a thousand waits for approval.
const benchVisitRows = `
insert into visits.visit (person_id, customer_id, day, kind, state, in_at, in_received_at,
	in_point, in_accuracy_m, in_distance_m, fence_m, outside, out_at, out_received_at, valid_at,
	truth)
select c.owner_id, c.id, c.last_visit_day - 20 * round - 1, 'sales', s.state, s.at, s.at,
	c.position, 8, 3, 200, false, s.at + interval '20 minutes', s.at + interval '20 minutes',
	case when s.state = 'valid' then s.at + interval '20 minutes' end, 95
from generate_series(%d, 0, -1) round
cross join lateral (select * from crm.customer where round >= 0 order by id) c
cross join lateral (select case when (c.id * 7 + round) %% 1000 = 0 then 'pending' else 'valid'
		end as state,
	c.last_visit_at - make_interval(days => 20 * round + 1, secs => c.id %% 10000) as at) s`

// benchScans counts how often PostgreSQL read all visits.
const benchScans = `select seq_scan from pg_stat_user_tables where relid = 'visits.visit'::regclass`

// rows fills the table of visits and reads pages of it as people do, and what is
// reckoned from it of salespeople. It fails when a page reads the whole table.
func (b *visitsBench) rows(ctx context.Context) error {
	fill := fmt.Sprintf(benchVisitRows, b.rounds-1)
	if err := fillTable(ctx, b.DB, "visits.visit", fill); err != nil {
		return fmt.Errorf("fill visits: %w", err)
	}
	// Over one connection, whose figures are complete when it says so.
	one, err := openPoolOf(ctx, b.Database.URL, 1)
	if err != nil {
		return err
	}
	defer one.Close()
	before, err := scansOf(ctx, one)
	if err != nil {
		return err
	}
	list := *b.Visits
	list.DB = one
	pages, err := sample(b.times, func() error {
		_, _, err := list.Visits(ctx, b.reader(), b.visitFilter())
		return err
	})
	if err != nil {
		return fmt.Errorf("page of visits: %w", err)
	}
	after, err := scansOf(ctx, one)
	if err != nil {
		return err
	}
	people, err := sample(max(b.times/10, 3), func() error {
		_, err := b.Warnings.OfPeople(ctx, warnings.Caller{Scope: scope.Everything()},
			warnings.PersonVisit, business.Date{})
		return err
	})
	if err != nil {
		return fmt.Errorf("salespeople: %w", err)
	}
	b.say("visit_rows", float64(b.rounds)*benchCustomers, "visits")
	b.say("visit_list_p95_ms", ms(percentile(pages, 95)), "ms")
	b.say("visit_list_scans", float64(after-before), "pages that read the whole table")
	b.say("warn_people_p95_ms", ms(percentile(people, 95)), "ms")
	if after > before {
		return fmt.Errorf("%d pages of visits read the whole table", after-before)
	}
	return nil
}

func scansOf(ctx context.Context, one *db.DB) (n int64, err error) {
	if _, err = one.Exec(ctx, `select pg_stat_force_next_flush()`); err != nil {
		return 0, err
	}
	return n, one.QueryRow(ctx, benchScans).Scan(&n)
}

// reader is a salesperson, a manager of twenty-five, or an administrator.
func (b *visitsBench) reader() visits.Caller {
	person := business.PersonID(1 + b.rng.IntN(benchPeople-25))
	c := visits.Caller{
		Actor: business.Actor{Person: person}, Scope: scope.Scope{People: []int64{int64(person)}},
	}
	switch b.rng.IntN(3) {
	case 0:
		c.Scope = scope.Everything()
	case 1:
		for i := range int64(24) {
			c.Scope.People = append(c.Scope.People, int64(person)+1+i)
		}
	}
	return c
}

// visitFilter is what people ask of visits: the latest, of one person, of a week, what
// waits for approval, and pages further down.
func (b *visitsBench) visitFilter() visits.Filter {
	var f visits.Filter
	today := b.Visits.Today()
	switch b.rng.IntN(5) {
	case 0:
		f.Person = business.PersonID(1 + b.rng.IntN(benchPeople))
	case 1:
		f.To = today.Add(-b.rng.IntN(90))
		f.From = f.To.Add(-6)
	case 2:
		f.State = visits.Pending
	case 3:
		f.After = visits.Cursor{
			At: today.Add(-b.rng.IntN(90)).At(b.Zone, 12*60), ID: business.VisitID(rand.Int64N(1 << 20)),
		}
	}
	return f
}
