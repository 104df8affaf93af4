// Package events carries what happened in one module to those who care.
//
// A fact is published in the transaction that makes it true. Every listener of
// the fact gets one job in the same transaction, so a fact that was rolled back
// was never heard, and one that was committed is heard by every listener once:
// the listener's own work and the mark that it is done are one transaction, unless
// it works aside ([ListenAside]). A listener that fails is tried again, with growing
// pauses, for about three weeks.
//
// Facts of one thing may be heard out of order and late; a listener reads the
// present state and does not count on the order of facts. What must not be late
// or must be able to refuse is not a fact but a port (docs/ARCHITECTURE.md).
//
// A notice is the light sibling: it tells every replica's screens that something
// changed. It is delivered at commit to those who are connected and kept for
// nobody; who was away gets a notice to read everything again ([Notice.Resync]).
package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"beatplan/internal/db"
)

// schema holds River's tables; package migrations makes it.
const schema = "river"

// Fact is something that happened. Its JSON form is what listeners get.
type Fact interface {
	// FactName is the stable name, "module.what_happened". It is called on the
	// zero value too.
	FactName() string
}

// Unhurried is a fact whose listeners have time: they run one at a time in a process,
// and never keep those of other facts waiting.
type Unhurried interface {
	Fact
	// Unhurried marks the fact; it does nothing.
	Unhurried()
}

// slow is the queue of what is unhurried.
const slow = "unhurried"

// Options tunes a bus.
type Options struct {
	Log *slog.Logger // nil: silent

	// Alone says that no other process works on this database (a private server
	// always is), so that jobs that a killed run left are taken up at once and
	// not when they have been silent for [Abandoned].
	Alone bool
	// Workers is how many listeners run at a time in this process; 0 means 4.
	Workers int
}

const (
	// Longest is how long one run of a listener may take.
	Longest = time.Minute
	// Abandoned is when a job of a replica that died is given to another.
	Abandoned = 2 * time.Minute
)

// Bus is one company's events. It is safe for concurrent use; [Listen], [Every]
// and [Bus.Watch] come before [Bus.Start].
type Bus struct {
	pool    *db.DB
	log     *slog.Logger
	options Options
	client  *river.Client[pgx.Tx]

	mu        sync.RWMutex
	listeners map[string]listener // by name
	heard     map[string][]string // fact name → names of its listeners
	periodic  map[string]periodic
	faults    []error
	started   bool

	notices *notices
}

// listener has one of the two.
type listener struct {
	inTx  func(ctx context.Context, tx db.Tx, body []byte) error
	aside func(ctx context.Context, body []byte) error
}

// New prepares a bus. With a nil pool it can publish into given transactions and
// nothing else, which is what a store test needs.
func New(pool *db.DB, o Options) (*Bus, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Workers == 0 {
		o.Workers = 4
	}
	b := &Bus{
		pool: pool, log: o.Log, options: o,
		listeners: map[string]listener{}, heard: map[string][]string{},
		periodic: map[string]periodic{},
	}
	b.notices = newNotices(pool, o.Log)
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &worker{bus: b}); err != nil {
		return nil, fmt.Errorf("prepare jobs: %w", err)
	}
	if err := river.AddWorkerSafely(workers, &timer{bus: b}); err != nil {
		return nil, fmt.Errorf("prepare jobs: %w", err)
	}
	client, err := river.NewClient(b.driver(), b.riverConfig(workers))
	if err != nil {
		return nil, fmt.Errorf("prepare jobs: %w", err)
	}
	b.client = client
	return b, nil
}

func (b *Bus) driver() *riverpgxv5.Driver {
	if b.pool == nil {
		return riverpgxv5.New(nil)
	}
	return riverpgxv5.New(b.pool.Pool)
}

func (b *Bus) riverConfig(workers *river.Workers) *river.Config {
	c := &river.Config{
		Schema: schema, Workers: workers,
		FetchCooldown:        20 * time.Millisecond,
		FetchPollInterval:    2 * time.Second,
		JobTimeout:           Longest,
		RescueStuckJobsAfter: Abandoned,
		Logger:               slog.New(atLeastWarn{b.log.Handler()}),
		ErrorHandler:         errorLog{b.log},
	}
	if b.pool != nil {
		c.Queues = map[string]river.QueueConfig{
			river.QueueDefault: {MaxWorkers: b.options.Workers},
			slow:               {MaxWorkers: 1},
		}
	}
	return c
}

// Publish writes the fact and one job for each of its listeners in tx. A fact
// that nobody listens to costs nothing.
func (b *Bus) Publish(ctx context.Context, tx db.Tx, fact Fact) error {
	b.mu.RLock()
	names := b.heard[fact.FactName()]
	b.mu.RUnlock()
	if len(names) == 0 {
		return nil
	}
	body, err := json.Marshal(fact)
	if err != nil {
		return fmt.Errorf("fact %s: %w", fact.FactName(), err)
	}
	jobs := make([]river.InsertManyParams, len(names))
	for i, name := range names {
		jobs[i].Args = task{Fact: fact.FactName(), Listener: name, Body: body}
		if _, ok := fact.(Unhurried); ok {
			jobs[i].InsertOpts = &river.InsertOpts{Queue: slow}
		}
	}
	if _, err := b.client.InsertManyTx(ctx, tx, jobs); err != nil {
		return fmt.Errorf("publish %s: %w", fact.FactName(), err)
	}
	return nil
}

// Listen has fn called once for every fact of type F, in a transaction of its
// own. The name is stable ("warnings.on_visit"): jobs that wait carry it. An
// error rolls back and is tried again later.
func Listen[F Fact](b *Bus, name string, fn func(ctx context.Context, tx db.Tx, f F) error) {
	var zero F
	b.listen(zero.FactName(), name, listener{
		inTx: func(ctx context.Context, tx db.Tx, body []byte) error {
			fact, err := read[F](body)
			if err != nil {
				return err
			}
			return fn(ctx, tx, fact)
		},
	})
}

// ListenAside is [Listen] for work in transactions of its own, or with others who may
// be slow: fn is called outside any transaction, at least once for every fact, and must
// bear being called again, also while an earlier call that was given up still runs.
func ListenAside[F Fact](b *Bus, name string, fn func(ctx context.Context, f F) error) {
	var zero F
	b.listen(zero.FactName(), name, listener{
		aside: func(ctx context.Context, body []byte) error {
			fact, err := read[F](body)
			if err != nil {
				return err
			}
			return fn(ctx, fact)
		},
	})
}

func read[F Fact](body []byte) (fact F, err error) {
	if err := json.Unmarshal(body, &fact); err != nil {
		return fact, fmt.Errorf("read fact: %w", err)
	}
	return fact, nil
}

func (b *Bus) listen(fact, name string, fn listener) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, known := b.listeners[name]
	switch {
	case b.started:
		b.fault("listener %s came after the start", name)
	case known:
		b.fault("there are two listeners named %s", name)
	default:
		b.listeners[name] = fn
		b.heard[fact] = append(b.heard[fact], name)
	}
}

// fault keeps a mistake of the program for Start to report; b.mu is held.
func (b *Bus) fault(format string, args ...any) {
	b.faults = append(b.faults, fmt.Errorf(format, args...))
}

// Start begins to deliver facts and notices until Stop. It fails when two
// listeners share a name.
func (b *Bus) Start(ctx context.Context) error {
	if b.pool == nil {
		return errors.New("a bus without a database cannot start")
	}
	b.mu.Lock()
	b.started = true
	err := errors.Join(b.faults...)
	b.mu.Unlock()
	if err != nil {
		return err
	}
	if b.options.Alone {
		if err := b.takeUp(ctx); err != nil {
			return err
		}
	}
	if err := b.schedule(); err != nil {
		return err
	}
	if err := b.notices.start(ctx); err != nil {
		return err
	}
	// River ends with the context it is given; ours ends with Stop.
	if err := b.client.Start(context.WithoutCancel(ctx)); err != nil {
		b.notices.stop()
		return fmt.Errorf("start jobs: %w", err)
	}
	return nil
}

// Stop lets the running listeners finish, for as long as ctx allows, and then
// cancels them; what was cancelled is taken up by the next start.
func (b *Bus) Stop(ctx context.Context) error {
	b.mu.RLock()
	started := b.started
	b.mu.RUnlock()
	if !started {
		return nil
	}
	defer b.notices.stop()
	if err := b.client.Stop(ctx); err != nil {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return b.client.StopAndCancel(last)
	}
	return nil
}

const sqlTakeUp = `
update river.river_job set state = 'available'
where state = 'running' and kind in ('event', 'timer')`

func (b *Bus) takeUp(ctx context.Context) error {
	tag, err := b.pool.Exec(ctx, sqlTakeUp)
	if err != nil {
		return fmt.Errorf("take up jobs of an earlier run: %w", err)
	}
	if n := tag.RowsAffected(); n > 0 {
		b.log.Info("took up jobs that an earlier run left", "jobs", n)
	}
	return nil
}

const sqlPending = `
select count(*) from river.river_job
where kind = 'event' and state in ('available', 'running', 'retryable', 'scheduled', 'pending')`

// Pending counts the facts that some listener has not yet heard to the end.
func (b *Bus) Pending(ctx context.Context) (int, error) {
	var n int
	if err := b.pool.QueryRow(ctx, sqlPending).Scan(&n); err != nil {
		return 0, fmt.Errorf("count waiting facts: %w", err)
	}
	return n, nil
}

// Settle waits until every fact has been heard by every listener, or ctx ends.
func (b *Bus) Settle(ctx context.Context) error {
	for {
		n, err := b.Pending(ctx)
		if err != nil || n == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d facts are still waiting: %w", n, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}
