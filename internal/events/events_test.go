package events_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/pgtest"
)

type visited struct {
	Customer int64 `json:"customer"`
}

func (visited) FactName() string { return "test.visited" }

const sqlHeard = `create table heard (listener text, customer bigint)`

func newBus(t *testing.T, d *db.DB, o events.Options) *events.Bus {
	t.Helper()
	b, err := events.New(d, o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func start(t *testing.T, b *events.Bus) {
	t.Helper()
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, b) })
}

func stop(t *testing.T, b *events.Bus) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
	defer cancel()
	if err := b.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func hears(b *events.Bus, name string) {
	events.Listen(b, name, func(ctx context.Context, tx db.Tx, f visited) error {
		_, err := tx.Exec(ctx, `insert into heard values ($1, $2)`, name, f.Customer)
		return err
	})
}

func publish(t *testing.T, d *db.DB, b *events.Bus, customer int64, end error) {
	t.Helper()
	err := d.InTx(t.Context(), func(tx db.Tx) error {
		if err := b.Publish(t.Context(), tx, visited{customer}); err != nil {
			return err
		}
		return end
	})
	if !errors.Is(err, end) {
		t.Fatal(err)
	}
}

func settle(t *testing.T, b *events.Bus) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := b.Settle(ctx); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, d *db.DB, sql string) int {
	t.Helper()
	var n int
	if err := d.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func prepare(t *testing.T) *db.DB {
	t.Helper()
	d := pgtest.DB(t)
	if _, err := d.Exec(t.Context(), sqlHeard); err != nil {
		t.Fatal(err)
	}
	return d
}

// Two replicas, listeners that fail at random before and after their work:
// every committed fact is heard once by each listener, a rolled back one never.
func TestEveryListenerHearsOnce(t *testing.T) {
	d := prepare(t)
	other, err := db.Open(t.Context(), pgtest.URL(d))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	var tried sync.Map
	var failures atomic.Int64
	buses := []*events.Bus{
		newBus(t, d, events.Options{}), newBus(t, other, events.Options{}),
	}
	for _, b := range buses {
		hears(b, "test.calm")
		flaky(b, &tried, &failures)
		start(t, b)
	}
	const facts = 200
	rollback := errors.New("rolled back")
	for i := range int64(facts) {
		publish(t, d, buses[i%2], i, nil)
		publish(t, d, buses[i%2], -1-i, rollback)
	}
	settle(t, buses[0])
	if n := count(t, d, `select count(*) from heard`); n != 2*facts {
		t.Errorf("heard %d times, want %d", n, 2*facts)
	}
	if n := count(t, d, `select count(distinct (listener, customer)) from heard`); n != 2*facts {
		t.Errorf("%d distinct, want %d", n, 2*facts)
	}
	if n := count(t, d, `select count(*) from heard where customer < 0`); n != 0 {
		t.Errorf("%d rolled back facts were heard", n)
	}
	if failures.Load() == 0 {
		t.Error("no listener failed: the test shows nothing")
	}
}

// drawn is a fact that has time.
type drawn struct {
	N int `json:"n"`
}

func (drawn) FactName() string { return "test.drawn" }
func (drawn) Unhurried()       {}

// However many unhurried facts wait, the others are heard, and of the unhurried one
// after the other.
func TestUnhurriedFactsHoldNobodyUp(t *testing.T) {
	d := prepare(t)
	b := newBus(t, d, events.Options{})
	heard := make(chan struct{})
	var running, most, done atomic.Int64
	events.Listen(b, "test.slow", func(ctx context.Context, _ db.Tx, _ drawn) error {
		most.Store(max(most.Load(), running.Add(1)))
		defer running.Add(-1)
		select {
		case <-heard: // not before the other fact was heard
		case <-ctx.Done():
			return ctx.Err()
		}
		done.Add(1)
		return nil
	})
	events.Listen(b, "test.quick", func(context.Context, db.Tx, visited) error {
		close(heard)
		return nil
	})
	start(t, b)
	const facts = 12 // more than there are workers
	for i := range facts {
		err := d.InTx(t.Context(), func(tx db.Tx) error { return b.Publish(t.Context(), tx, drawn{i}) })
		if err != nil {
			t.Fatal(err)
		}
	}
	publish(t, d, b, 1, nil)
	settle(t, b)
	if done.Load() != facts || most.Load() != 1 {
		t.Errorf("%d were heard, %d at a time", done.Load(), most.Load())
	}
}

// What runs aside holds no transaction open, comes again after a failure, and is marked
// done.
func TestWorkAsideHoldsNoTransaction(t *testing.T) {
	d := prepare(t)
	b := newBus(t, d, events.Options{})
	// Whoever holds a job in a transaction has claimed it as the last thing there.
	const sqlHeld = `select count(*) from pg_stat_activity where datname = current_database()
		and state = 'idle in transaction' and query like '%attempt = $2 for update%'`
	held := make(chan int, 4)
	look := func(ctx context.Context) error {
		n := 0
		err := d.QueryRow(ctx, sqlHeld).Scan(&n)
		held <- n
		return err
	}
	var tries atomic.Int64
	events.ListenAside(b, "test.aside", func(ctx context.Context, f visited) error {
		if tries.Add(1) == 1 {
			return errors.New("not today")
		}
		_, err := d.Exec(ctx, `insert into heard values ('aside', $1)`, f.Customer)
		return errors.Join(err, look(ctx))
	})
	events.Listen(b, "test.inside", func(ctx context.Context, _ db.Tx, _ drawn) error { return look(ctx) })
	events.EveryAside(b, "test.turn", time.Hour, look)
	start(t, b)
	if n := <-held; n != 0 {
		t.Errorf("the turn holds %d transactions", n)
	}
	if err := d.InTx(t.Context(), func(tx db.Tx) error { return b.Publish(t.Context(), tx, drawn{1}) }); err != nil {
		t.Fatal(err)
	}
	if n := <-held; n != 1 {
		t.Errorf("work in a transaction holds %d: the test shows nothing", n)
	}
	publish(t, d, b, 7, nil)
	if n := <-held; n != 0 {
		t.Errorf("the listener holds %d transactions", n)
	}
	settle(t, b)
	if n := count(t, d, `select count(*) from heard`); n != 1 || tries.Load() != 2 {
		t.Errorf("%d marks after %d tries", n, tries.Load())
	}
}

// flaky fails at the first try of a tenth of the facts, after its work is done.
func flaky(b *events.Bus, tried *sync.Map, failures *atomic.Int64) {
	events.Listen(b, "test.flaky", func(ctx context.Context, tx db.Tx, f visited) error {
		_, err := tx.Exec(ctx, `insert into heard values ('flaky', $1)`, f.Customer)
		if err != nil {
			return err
		}
		if _, again := tried.LoadOrStore(f.Customer, true); !again && rand.IntN(10) == 0 {
			failures.Add(1)
			return fmt.Errorf("customer %d: not today", f.Customer)
		}
		return nil
	})
}

// A run that was killed leaves its job "running"; the next start takes it up.
func TestJobsOfAKilledRunAreTakenUp(t *testing.T) {
	d := prepare(t)
	first := newBus(t, d, events.Options{})
	hears(first, "test.calm")
	publish(t, d, first, 7, nil)
	if _, err := d.Exec(t.Context(), `
update river.river_job set state = 'running', attempt = 1, attempted_at = now(),
	attempted_by = '{dead}'`); err != nil {
		t.Fatal(err)
	}
	second := newBus(t, d, events.Options{Alone: true})
	hears(second, "test.calm")
	start(t, second)
	settle(t, second)
	if n := count(t, d, `select count(*) from heard where customer = 7`); n != 1 {
		t.Errorf("heard %d times", n)
	}
}

// Facts wait while nobody is running.
func TestFactsOutliveStop(t *testing.T) {
	d := prepare(t)
	b := newBus(t, d, events.Options{})
	hears(b, "test.calm")
	start(t, b)
	stop(t, b)
	publish(t, d, b, 1, nil)
	next := newBus(t, d, events.Options{})
	hears(next, "test.calm")
	start(t, next)
	settle(t, next)
	if n := count(t, d, `select count(*) from heard`); n != 1 {
		t.Errorf("heard %d times", n)
	}
}

func TestStartRefusesMistakes(t *testing.T) {
	d := pgtest.DB(t)
	b := newBus(t, d, events.Options{})
	hears(b, "test.same")
	hears(b, "test.same")
	if err := b.Start(t.Context()); err == nil {
		t.Error("two listeners of one name were accepted")
	}
}

func TestBusWithoutDatabasePublishes(t *testing.T) {
	tx := pgtest.Tx(t)
	b := newBus(t, nil, events.Options{})
	hears(b, "test.calm")
	if err := b.Publish(t.Context(), tx, visited{3}); err != nil {
		t.Fatal(err)
	}
	var body []byte
	const sqlArgs = `select args from river.river_job`
	if err := tx.QueryRow(t.Context(), sqlArgs).Scan(&body); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(body), `"customer": 3`) {
		t.Errorf("job %s", body)
	}
}

func TestEvery(t *testing.T) {
	d := pgtest.DB(t)
	turns := make(chan struct{}, 100)
	begin := time.Now()
	for range 2 { // two replicas, one turn a period
		b := newBus(t, d, events.Options{})
		events.Every(b, "test.tick", 2*time.Second, func(context.Context, db.Tx) error {
			turns <- struct{}{}
			return nil
		})
		start(t, b)
	}
	for range 2 {
		select {
		case <-turns:
		case <-time.After(time.Minute):
			t.Fatal("no turn came")
		}
	}
	most := 2 + int(time.Since(begin)/(2*time.Second))
	if len(turns)+2 > most+1 {
		t.Errorf("%d turns in %v", len(turns)+2, time.Since(begin))
	}
}

func watchInto(b *events.Bus, topic string) (<-chan events.Notice, func()) {
	got := make(chan events.Notice, 1000)
	return got, b.Watch(topic, func(n events.Notice) { got <- n })
}

func receive(t *testing.T, got <-chan events.Notice) events.Notice {
	t.Helper()
	select {
	case n := <-got:
		return n
	case <-time.After(time.Minute):
		t.Fatal("no notice came")
		return events.Notice{}
	}
}

func notify(t *testing.T, d *db.DB, b *events.Bus, people []int64, payload any) {
	t.Helper()
	err := d.InTx(t.Context(), func(tx db.Tx) error {
		return b.Notice(t.Context(), tx, "day", people, payload)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNotices(t *testing.T) {
	d := pgtest.DB(t)
	b := newBus(t, d, events.Options{})
	days, endDays := watchInto(b, "day")
	visits, _ := watchInto(b, "visit")
	all, _ := watchInto(b, "")
	start(t, b)

	notify(t, d, b, []int64{1, 2}, map[string]int{"person": 1})
	n := receive(t, days)
	if n.Topic != "day" || !n.For(2) || n.For(3) || string(n.Payload) != `{"person":1}` {
		t.Errorf("got %+v", n)
	}
	notify(t, d, b, nil, strings.Repeat("long ", 5000))
	var text string
	if n := receive(t, days); json.Unmarshal(n.Payload, &text) != nil || len(text) != 25000 || !n.For(9) {
		t.Errorf("long notice has %d bytes", len(n.Payload))
	}
	if len(visits) != 0 {
		t.Errorf("another topic heard %v", <-visits)
	}
	receive(t, all)
	receive(t, all)
	endDays()
	notify(t, d, b, nil, 1)
	receive(t, all)
	if len(days) != 0 {
		t.Error("a watch that has ended still hears")
	}
}

func TestRolledBackNoticeIsNotSent(t *testing.T) {
	d := pgtest.DB(t)
	b := newBus(t, d, events.Options{})
	days, _ := watchInto(b, "day")
	start(t, b)
	rollback := errors.New("rolled back")
	err := d.InTx(t.Context(), func(tx db.Tx) error {
		return errors.Join(b.Notice(t.Context(), tx, "day", nil, "lost"), rollback)
	})
	if !errors.Is(err, rollback) {
		t.Fatal(err)
	}
	notify(t, d, b, nil, "kept")
	if n := receive(t, days); string(n.Payload) != `"kept"` {
		t.Errorf("got %s", n.Payload)
	}
}

func TestBrokenConnectionAsksToReadAgain(t *testing.T) {
	d := pgtest.DB(t)
	b := newBus(t, d, events.Options{})
	days, _ := watchInto(b, "day")
	start(t, b)
	if n := count(t, d, `
select count(pg_terminate_backend(pid)) from pg_stat_activity
where query = 'listen beatplan_notice' and datname = current_database()`); n != 1 {
		t.Fatalf("%d connections listened", n)
	}
	if n := receive(t, days); !n.Resync || n.Topic != "day" {
		t.Errorf("got %+v", n)
	}
	notify(t, d, b, nil, "after")
	if n := receive(t, days); string(n.Payload) != `"after"` {
		t.Errorf("got %+v", n)
	}
}

func TestPurge(t *testing.T) {
	tx := pgtest.Tx(t)
	_, err := tx.Exec(t.Context(), `
insert into events.notice (body, at) values ('{}', now() - interval '2 hours'), ('{}', now())`)
	if err != nil {
		t.Fatal(err)
	}
	if err := events.Purge(t.Context(), tx); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRow(t.Context(), `select count(*) from events.notice`).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d are left, %v", n, err)
	}
}
