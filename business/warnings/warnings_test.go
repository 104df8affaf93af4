package warnings_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/warnings"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

func at(d business.Date) *time.Time { t := d.At(time.UTC, 600); return &t }

func visited(id business.CustomerID, owner business.PersonID, daysAgo int) warnings.Customer {
	return warnings.Customer{
		ID: id, Owner: owner, EveryDays: 7, AssignedOn: today.Add(-100),
		LastVisitOn: today.Add(-daysAgo), LastVisitAt: at(today.Add(-daysAgo)),
	}
}

// feature: Y01
func TestNotVisitedForLongerThanTheThreshold(t *testing.T) {
	c := newCompany(t)
	never := warnings.Customer{ID: 4, Owner: 1, EveryDays: 7, AssignedOn: today.Add(-10)}
	unowned := warnings.Customer{ID: 5, EveryDays: 7}
	archived := visited(6, 1, 50)
	archived.Archived = true
	c.put(t, visited(1, 1, 7), visited(2, 1, 8), visited(3, 1, 0), never, unowned, archived)
	rows := c.list(t, everybody(), warnings.Query{Kind: warnings.CustomerVisit})
	got := map[business.CustomerID]int{}
	for _, r := range rows {
		got[r.ID] = r.Overdue
	}
	if len(got) != 2 || got[2] != 1 || got[4] != 3 {
		t.Errorf("elapsed 7 is not listed, 8 is overdue by 1, never counts from the assignment: %v", got)
	}
	if rows[0].ID != 4 || rows[0].LastAt != nil || rows[1].LastAt == nil {
		t.Errorf("the longest first, never is null: %+v", rows)
	}
	c.put(t, visited(2, 1, 0)) // a visit clears it at once
	if rows := c.list(t, everybody(), warnings.Query{Kind: warnings.CustomerVisit}); len(rows) != 1 {
		t.Errorf("after the visit: %+v", rows)
	}
	due, err := c.Due(t.Context(), c.DB, 1, today.Add(7), 10)
	if err != nil || len(due) != 4 || due[0] != (warnings.DueVisit{Customer: 4, Overdue: 10, Every: 7}) {
		t.Errorf("due in a week: %+v %v", due, err)
	}
}

// feature: Y04
func TestAnalysisCountsEachKindOnItsOwn(t *testing.T) {
	c := newCompany(t)
	both := visited(1, 1, 40)
	both.LastOrderAt = at(today.Add(-31))
	c.put(t, both, visited(2, 1, 40), visited(3, 2, 9))
	for _, by := range []warnings.Caller{everybody(), only(1), only(2), only(7)} {
		counts, err := c.Counts(t.Context(), by, 0, today)
		if err != nil || len(counts) != 6 {
			t.Fatalf("%+v %v", counts, err)
		}
		for _, n := range counts {
			if !n.Kind.OfCustomers() {
				continue
			}
			q := warnings.Query{Kind: n.Kind, Limit: 1}
			rows := c.list(t, by, q)
			one, err := c.Count(t.Context(), by, q)
			if err != nil || int64(len(rows)) != n.Number || one != n.Number {
				t.Errorf("%s: counted %d and %d, listed %d (%v)", n.Kind, n.Number, one, len(rows), err)
			}
		}
	}
	visit := c.list(t, everybody(), warnings.Query{Kind: warnings.CustomerVisit})
	order := c.list(t, everybody(), warnings.Query{Kind: warnings.CustomerOrder})
	if !has(visit, 1) || !has(order, 1) || len(visit) != 3 {
		t.Errorf("overdue in two kinds is in both: %d %d", len(visit), len(order))
	}
}

func has(rows []warnings.Row, id business.CustomerID) bool {
	return slices.ContainsFunc(rows, func(r warnings.Row) bool { return r.ID == id })
}

// feature: Y06
func TestEachKindHasItsOwnSwitchAndThreshold(t *testing.T) {
	c := newCompany(t)
	bakery := warnings.Customer{ID: 1, Owner: 1, Kind: "shop/bakery", Level: "A", AssignedOn: today.Add(-20)}
	office := warnings.Customer{ID: 2, Owner: 1, Kind: "office", Level: "B", AssignedOn: today.Add(-20)}
	own := warnings.Customer{ID: 3, Owner: 1, EveryDays: 30, Kind: "shop", Level: "A", AssignedOn: today.Add(-20)}
	c.put(t, bakery, office, own)
	listed := func(k warnings.Kind) (ids []business.CustomerID) {
		for _, r := range c.list(t, everybody(), warnings.Query{Kind: k}) {
			ids = append(ids, r.ID)
		}
		slices.Sort(ids)
		return ids
	}
	if got := listed(warnings.CustomerVisit); len(got) != 0 {
		t.Fatalf("without any threshold: %v", got)
	}
	orders := listed(warnings.CustomerOrder)
	r := c.rule(t, warnings.CustomerVisit)
	r.Threshold, r.ByLevel, r.ByKind = 19, map[string]int{"A": 25}, map[string]int{"shop/bakery": 7}
	c.set(t, r)
	if got := listed(warnings.CustomerVisit); !slices.Equal(got, []business.CustomerID{1, 2}) {
		t.Errorf("kind before level before general, own interval before all: %v", got)
	}
	if got := listed(warnings.CustomerOrder); !slices.Equal(got, orders) {
		t.Errorf("another kind's list changed from %v to %v", orders, got)
	}
	stale := r
	if _, err := c.SetRule(t.Context(), everybody(), c.key(), stale); !errors.Is(err, warnings.ErrChanged) {
		t.Errorf("from an old version: %v", err)
	}
	r = c.rule(t, warnings.CustomerVisit)
	r.Enabled = false
	c.set(t, r)
	if got := listed(warnings.CustomerVisit); len(got) != 0 {
		t.Errorf("switched off: %v", got)
	}
	counts, err := c.Counts(t.Context(), everybody(), 0, today)
	if err != nil || counts[0].Number != 0 || counts[0].Enabled {
		t.Errorf("%+v %v", counts[0], err)
	}
	r = c.rule(t, warnings.CustomerVisit)
	r.Threshold = 5000
	if _, err := c.SetRule(t.Context(), everybody(), c.key(), r); !errors.Is(err, warnings.ErrRuleInvalid) {
		t.Errorf("14 years: %v", err)
	}
}

// feature: Y07
func TestRowShowsThePresentOwnerAndTheLastEvent(t *testing.T) {
	c := newCompany(t)
	x := visited(1, 1, 20)
	c.put(t, x)
	x.Owner = 2
	c.put(t, x)
	rows := c.list(t, everybody(), warnings.Query{Kind: warnings.CustomerVisit})
	if len(rows) != 1 || rows[0].Owner != 2 || rows[0].Overdue != 13 || !rows[0].LastAt.Equal(*x.LastVisitAt) {
		t.Errorf("%+v", rows)
	}
	if got := c.list(t, only(1), warnings.Query{Kind: warnings.CustomerVisit}); len(got) != 0 {
		t.Errorf("the former owner sees %+v", got)
	}
}

// feature: Y08
func TestSalespersonSeesOnlyTheirOwn(t *testing.T) {
	c := newCompany(t)
	c.put(t, visited(1, 1, 20), visited(2, 2, 20), visited(3, 1, 9), visited(4, 1, 3))
	rows := c.list(t, only(1), warnings.Query{Kind: warnings.CustomerVisit})
	n, err := c.Count(t.Context(), only(1), warnings.Query{Kind: warnings.CustomerVisit})
	if err != nil || len(rows) != 2 || n != 2 || has(rows, 2) {
		t.Errorf("%d counted, %+v, %v", n, rows, err)
	}
	if _, _, err := c.List(t.Context(), only(1), warnings.Query{Kind: warnings.CustomerVisit, Person: 2}); !errors.Is(err, warnings.ErrNoPerson) {
		t.Errorf("a colleague's: %v", err)
	}
	if _, err := c.DueRows(t.Context(), only(1), 2, today, 10); !errors.Is(err, warnings.ErrNoPerson) {
		t.Errorf("a colleague's due list: %v", err)
	}
	c.planned = []business.CustomerID{3}
	due, err := c.DueRows(t.Context(), only(1), 1, today, 10)
	if err != nil || len(due) != 2 || due[0].ID != 1 || due[0].Planned || !due[1].Planned {
		t.Errorf("%+v %v", due, err)
	}
}

// feature: Y08
func TestACustomerThatIsSharedIsListedToo(t *testing.T) {
	c := newCompany(t)
	c.put(t, visited(1, 1, 20), visited(2, 2, 30), visited(3, 2, 25), visited(4, 2, 3), visited(5, 1, 10))
	team := warnings.Caller{Scope: scope.Scope{People: []int64{1, 2}}}
	is := func(by warnings.Caller, want ...business.CustomerID) {
		t.Helper()
		q := warnings.Query{Kind: warnings.CustomerVisit, Limit: 1}
		var got []business.CustomerID
		for _, r := range c.list(t, by, q) {
			got = append(got, r.ID)
		}
		n, err := c.Count(t.Context(), by, q)
		counts, errs := c.Counts(t.Context(), by, 0, today)
		if err != nil || errs != nil {
			t.Fatal(err, errs)
		}
		if !slices.Equal(got, want) || n != int64(len(want)) || counts[0].Number != n {
			t.Errorf("%v see %v, counted %d and %d, want %v", by.Scope.People, got, n, counts[0].Number, want)
		}
	}
	is(only(1), 1, 5)
	c.shared = map[business.CustomerID]business.PersonID{2: 1, 4: 1, 5: 2}
	is(only(1), 2, 1, 5)
	is(only(2), 2, 3, 5)
	is(team, 2, 3, 1, 5)
	is(everybody(), 2, 3, 1, 5)
	is(only(7))
	due, err := c.DueRows(t.Context(), only(1), 1, today, 10)
	if err != nil || len(due) != 2 || has(due, 2) {
		t.Errorf("a colleague's customer is on the due list: %+v %v", due, err)
	}
	c.shared = nil
	is(only(1), 1, 5)
}

// feature: Y11
func TestSalespersonWhoCallsOnNobody(t *testing.T) {
	c := newCompany(t)
	last := func(daysAgo int) map[warnings.Kind]business.Date {
		return map[warnings.Kind]business.Date{warnings.PersonVisit: today.Add(-daysAgo)}
	}
	c.people = []warnings.Activity{
		{Person: 1, DutyFrom: today.Add(-90), Last: last(3)},
		{Person: 2, DutyFrom: today.Add(-90), Last: last(4)},
		{Person: 3, DutyFrom: today.Add(-6)}, // never
	}
	flagged := func() map[business.PersonID]int {
		rows, err := c.OfPeople(t.Context(), everybody(), warnings.PersonVisit, today)
		if err != nil || len(rows) != 3 {
			t.Fatalf("%+v %v", rows, err)
		}
		out := map[business.PersonID]int{}
		for _, r := range rows {
			if r.Flagged() {
				out[r.Person] = r.Overdue
			}
		}
		return out
	}
	if got := flagged(); len(got) != 2 || got[2] != 1 || got[3] != 3 {
		t.Errorf("threshold 3: %v", got)
	}
	r := c.rule(t, warnings.PersonVisit)
	r.Weekdays = []int{1, 2, 3, 4, 5} // Monday the 23rd; four days before it is Thursday
	c.set(t, r)
	if got := flagged(); len(got) != 1 || got[3] != 1 {
		t.Errorf("weekends do not count: %v", got)
	}
	c.people[0].Days = map[business.Date]bool{ // the last visit was three days ago
		today.Add(-3): true, today.Add(-2): true, today.Add(-1): true, today.Add(1): true}
	c.people[1].Days = map[business.Date]bool{today.Add(-2): true, today.Add(-1): true}
	c.people[2].Days = map[business.Date]bool{today.Add(-4): false, today.Add(-2): false, today.Add(-7): false}
	if got := flagged(); len(got) != 1 || got[2] != 1 {
		t.Errorf("days that are worked, or not, whatever the week says: %v", got)
	}
}

// feature: Y14
func TestEveryFigureStandsBesideTheMeanOfAll(t *testing.T) {
	c := newCompany(t)
	random := rand.New(rand.NewPCG(14, 1))
	for i := range 30 {
		a := warnings.Activity{
			Person: business.PersonID(i + 1), DutyFrom: today.Add(-200),
			Last: map[warnings.Kind]business.Date{}, InPeriod: map[warnings.Kind]int64{},
		}
		if random.IntN(4) > 0 { // some never made one and stand in the mean all the same
			a.Last[warnings.PersonVisit] = today.Add(-random.IntN(40))
			a.InPeriod[warnings.PersonVisit] = int64(random.IntN(50))
		}
		c.people = append(c.people, a)
	}
	for _, by := range []warnings.Caller{everybody(), only(4)} {
		rows, err := c.OfPeople(t.Context(), by, warnings.PersonVisit, today)
		if err != nil || len(rows) == 0 {
			t.Fatalf("%+v %v", rows, err)
		}
		var days, period, sum float64
		for _, r := range rows {
			days += r.Days.Delta
			period += r.Period.Delta
			sum += r.Days.Value
			if r.Days.Delta != r.Days.Value-r.Days.Mean {
				t.Errorf("%+v", r)
			}
		}
		if n := float64(len(rows)); abs(days/n) > 1e-9 || abs(period/n) > 1e-9 ||
			abs(sum/n-rows[0].Days.Mean) > 1e-9 {
			t.Errorf("the deltas average %g and %g", days/n, period/n)
		}
	}
}

func abs(x float64) float64 { return max(x, -x) }

// feature: Y15
func TestAbnormalCycles(t *testing.T) {
	c := newCompany(t)
	c.put(t, visited(1, 1, 3), visited(2, 2, 3), visited(3, 1, 3), visited(4, 1, 3))
	c.gaps = []warnings.Gap{
		{Customer: 1, First: today.Add(-30), Last: today.Add(-3), Days: 4},  // 9 days, planned 7
		{Customer: 2, First: today.Add(-30), Last: today.Add(-2), Days: 3},  // 14 days
		{Customer: 3, First: today.Add(-30), Last: today.Add(-2), Days: 15}, // 2 days
		{Customer: 4, First: today.Add(-3), Last: today.Add(-3), Days: 1},   // no gap
	}
	q := warnings.CycleQuery{From: today.Add(-30), To: today, Tolerance: 0.5}
	list, err := c.Cycles(t.Context(), everybody(), q)
	if err != nil || len(list) != 2 || list[0].Customer != 3 || list[1].Customer != 2 || list[1].Mean != 14 {
		t.Errorf("%+v %v", list, err)
	}
	if list[0].Name != "Customer 3" {
		t.Errorf("without its name: %+v", list[0])
	}
	c.gaps = append(c.gaps, warnings.Gap{Customer: 1, First: today.Add(-28), Last: today, Days: 2}) // 28 days
	c.gaps = c.gaps[1:]
	list, err = c.Cycles(t.Context(), only(1), q)
	if err != nil || len(list) != 2 || list[0].Customer != 1 || list[1].Customer != 3 {
		t.Errorf("the farthest off is not the first of its salesperson: %+v %v", list, err)
	}
	q.Tolerance = 0.1
	c.gaps[3] = warnings.Gap{Customer: 1, First: today.Add(-30), Last: today.Add(-3), Days: 4}
	if list, _ = c.Cycles(t.Context(), only(1), q); len(list) != 2 || list[1].Customer != 1 {
		t.Errorf("of 1, 10 %%: %+v", list)
	}
}

// After any history of single refreshes, the lists equal the rule applied to every
// customer, and a rebuild changes nothing.
func TestListsEqualBruteForceAfterRandomHistories(t *testing.T) {
	c := newCompany(t)
	var err error
	if c.Zone, err = time.LoadLocation("Asia/Shanghai"); err != nil { // its days are not UTC's
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(7, 7))
	r := c.rule(t, warnings.CustomerVisit)
	r.Threshold, r.ByLevel = 21, map[string]int{"A": 5}
	c.set(t, r)
	r = c.rule(t, warnings.CustomerSale)
	r.ByKind, r.ByLevel = map[string]int{"food": 12}, map[string]int{"A": 33}
	c.set(t, r)
	for step := range 600 {
		id := business.CustomerID(random.IntN(60) + 1)
		x := warnings.Customer{
			ID: id, Owner: business.PersonID(random.IntN(4)),
			Kind:  []string{"shop", "food"}[random.IntN(2)],
			Level: []string{"A", "B"}[random.IntN(2)], EveryDays: random.IntN(3) * 7,
			Archived: random.IntN(10) == 0,
		}
		if x.Owner != 0 {
			x.AssignedOn = today.Add(-random.IntN(60))
		}
		if random.IntN(3) > 0 {
			d := today.Add(-random.IntN(60))
			x.LastVisitOn, x.LastVisitAt = d, at(d)
		}
		for _, last := range []**time.Time{&x.LastOrderAt, &x.LastSaleAt} {
			if random.IntN(2) > 0 {
				when := today.Add(-random.IntN(60)).At(time.UTC, random.IntN(16*60))
				*last = &when
			}
		}
		c.put(t, x)
		if step%100 == 99 {
			c.compare(t)
		}
	}
	c.rebuiltIsRefreshed(t)
}

// rebuiltIsRefreshed compares the clocks that single refreshes left with those of a
// rebuild over them, of one after half of them went astray, and of both ways to fill
// an empty table.
func (c *company) rebuiltIsRefreshed(t *testing.T) {
	t.Helper()
	const clocks = `select coalesce(string_agg(c::text, ' ' order by customer_id, kind), '') ||
		(select string_agg(indexdef, ' ' order by indexname) from pg_indexes
		where tablename = 'clock') from warnings.clock c`
	all := func() (text string) {
		if err := c.DB.QueryRow(t.Context(), clocks).Scan(&text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	want := all()
	for _, astray := range []struct {
		sql  string
		bulk int
	}{
		{`select`, 1},
		{`delete from warnings.clock where customer_id % 3 = 0`, 1},
		{`update warnings.clock set owner_id = owner_id + 1, last_at = now() where customer_id % 2 = 0`, 1},
		{`insert into warnings.clock select 1000 + customer_id, owner_id, last_at, started_on, due_on,
			threshold, kind from warnings.clock`, 1},
		{`delete from warnings.clock`, 1_000},
		{`delete from warnings.clock`, 1},
	} {
		if _, err := c.DB.Exec(t.Context(), astray.sql); err != nil {
			t.Fatal(err)
		}
		c.Bulk = astray.bulk
		done := 0
		if err := c.Rebuild(t.Context(), func(n int) { done = n }); err != nil {
			t.Fatal(err)
		}
		if got := all(); got != want || done == 0 || done > len(c.customers) {
			t.Errorf("after %s: %d customers done,\n%s\nwant\n%s", astray.sql, done, got, want)
		}
	}
	c.compare(t)
}

// TestARebuildKeepsNobodyWaiting: a transaction that has changed a customer's clocks
// and is not over yet, as of a phone on a slow day, is neither waited for nor held up.
func TestARebuildKeepsNobodyWaiting(t *testing.T) {
	c := newCompany(t)
	x := warnings.Customer{ID: 1, Owner: 1, EveryDays: 7, AssignedOn: today.Add(-20)}
	c.put(t, x)
	err := c.DB.InTx(t.Context(), func(tx db.Tx) error {
		x.LastVisitOn, x.LastVisitAt = today, at(today)
		c.customers[1] = x
		if err := c.Refresh(t.Context(), tx, []business.CustomerID{1}); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if err := c.Rebuild(ctx, nil); err != nil {
			t.Errorf("the rebuild waited: %v", err)
		}
		return c.Refresh(t.Context(), tx, []business.CustomerID{1})
	})
	if err != nil {
		t.Fatal(err)
	}
	if rows := c.list(t, everybody(), warnings.Query{Kind: warnings.CustomerVisit}); len(rows) != 0 {
		t.Errorf("the visit is forgotten: %+v", rows)
	}
}

func TestCountsEndWhereNobodyReadsOn(t *testing.T) {
	c := newCompany(t)
	if _, err := c.DB.Exec(t.Context(), `
insert into warnings.clock (customer_id, owner_id, started_on, due_on, threshold, kind)
select i, 1 + i % 2, date '2020-01-01', date '2020-01-08', 7, 1 from generate_series(1, 10002) i`); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		by   warnings.Caller
		n    int64
		more bool
	}{{everybody(), 10_000, true}, {only(1), 5_001, false}} {
		counts, err := c.Counts(t.Context(), want.by, 0, today)
		if err != nil || counts[0].Number != want.n || counts[0].More != want.more || counts[1].Number != 0 {
			t.Errorf("counted %+v, %v, want %d", counts, err, want.n)
		}
	}
}

// compare checks the lists of customers against the rules in other words.
func (c *company) compare(t *testing.T) {
	t.Helper()
	want := map[warnings.Kind]map[business.CustomerID]int{
		warnings.CustomerVisit: {}, warnings.CustomerOrder: {}, warnings.CustomerSale: {},
	}
	for _, x := range c.customers {
		since := func(last business.Date) int {
			if last.IsZero() {
				last = x.AssignedOn
			}
			if last.IsZero() || x.Archived {
				return -1
			}
			return today.Sub(last)
		}
		threshold := 21
		if x.Level == "A" {
			threshold = 5
		}
		if x.EveryDays > 0 {
			threshold = x.EveryDays
		}
		if over := since(x.LastVisitOn) - threshold; over > 0 {
			want[warnings.CustomerVisit][x.ID] = over
		}
		var ordered business.Date
		if x.LastOrderAt != nil {
			ordered = business.DateOf(*x.LastOrderAt, c.Zone)
		}
		if over := since(ordered) - 30; over > 0 {
			want[warnings.CustomerOrder][x.ID] = over
		}
		var sold business.Date
		if x.LastSaleAt != nil {
			sold = business.DateOf(*x.LastSaleAt, c.Zone)
		}
		threshold = 45
		switch {
		case x.Kind == "food":
			threshold = 12
		case x.Level == "A":
			threshold = 33
		}
		if over := since(sold) - threshold; over > 0 {
			want[warnings.CustomerSale][x.ID] = over
		}
	}
	for kind, expected := range want {
		rows := c.list(t, everybody(), warnings.Query{Kind: kind, Limit: 7})
		for _, r := range rows {
			if expected[r.ID] != r.Overdue {
				t.Errorf("%s: customer %d is overdue by %d, want %d", kind, r.ID, r.Overdue, expected[r.ID])
			}
		}
		if len(rows) != len(expected) {
			t.Errorf("%s: %d rows, want %d", kind, len(rows), len(expected))
		}
	}
}

func TestSettingARuleIsIdempotentAndHeard(t *testing.T) {
	c := newCompany(t)
	r := c.rule(t, warnings.CustomerOrder)
	r.Threshold = 10
	for range 3 {
		got, err := c.SetRule(t.Context(), everybody(), "same-key-1", r)
		if err != nil || got.Version != 3 {
			t.Fatalf("%+v %v", got, err)
		}
	}
	if len(c.facts) != 1 || c.facts[0] != (warnings.RuleChanged{Kind: warnings.CustomerOrder}) {
		t.Errorf("facts %+v", c.facts)
	}
	r.Threshold = 11
	if _, err := c.SetRule(t.Context(), everybody(), "same-key-1", r); !errors.Is(err, idem.ErrKeyReused) {
		t.Errorf("%v", err)
	}
	r.Kind = "nonsense"
	if _, err := c.SetRule(t.Context(), everybody(), c.key(), r); !errors.Is(err, warnings.ErrNoKind) {
		t.Errorf("%v", err)
	}
}

func TestRefreshIsUndoneWithItsTransaction(t *testing.T) {
	c := newCompany(t)
	c.customers[1] = visited(1, 1, 30)
	failed := errors.New("the neighbour changed its mind")
	err := c.DB.InTx(t.Context(), func(tx db.Tx) error {
		if err := c.Refresh(t.Context(), tx, []business.CustomerID{1}); err != nil {
			return err
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	if rows := c.list(t, everybody(), warnings.Query{Kind: warnings.CustomerVisit}); len(rows) != 0 {
		t.Errorf("%+v", rows)
	}
}
