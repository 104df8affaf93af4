package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"beatplan/internal/db"
)

// task is one fact for one listener.
type task struct {
	Fact     string          `json:"fact"`
	Listener string          `json:"listener"`
	Body     json.RawMessage `json:"body"`
}

// Kind names the sort of job in River's table.
func (task) Kind() string { return "event" }

type worker struct {
	river.WorkerDefaults[task]
	bus *Bus
}

// Work runs the listener and marks the job done in one transaction; what runs aside
// is marked when it has come back.
func (w *worker) Work(ctx context.Context, job *river.Job[task]) error {
	w.bus.mu.RLock()
	l, known := w.bus.listeners[job.Args.Listener]
	w.bus.mu.RUnlock()
	if !known {
		// Another replica, older or newer than this one, may know it.
		return fmt.Errorf("no listener named %s", job.Args.Listener)
	}
	if l.aside != nil {
		return l.aside(ctx, job.Args.Body)
	}
	return once(ctx, w.bus.pool, job, func(tx db.Tx) error {
		return l.inTx(ctx, tx, job.Args.Body)
	})
}

// The lock keeps out a second worker that was given the job because this one
// seemed dead; the attempt tells whether it is still ours.
const sqlClaim = `
select from river.river_job where id = $1 and state = 'running' and attempt = $2 for update`

func once[A river.JobArgs](
	ctx context.Context, pool *db.DB, job *river.Job[A], fn func(tx db.Tx) error,
) error {
	return pool.InTx(ctx, func(tx db.Tx) error {
		tag, err := tx.Exec(ctx, sqlClaim, job.ID, job.Attempt)
		if err != nil {
			return fmt.Errorf("claim job: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil // done, or another's by now
		}
		if err := fn(tx); err != nil {
			return err
		}
		if _, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job); err != nil {
			return fmt.Errorf("mark job done: %w", err)
		}
		return nil
	})
}

// periodic has one of the two functions.
type periodic struct {
	every time.Duration
	inTx  func(ctx context.Context, tx db.Tx) error
	aside func(ctx context.Context) error
}

// Every has fn run at the start and then once every period, by one replica of
// the company, in a transaction of its own. Periods are counted on the machine's
// clock and are at least a second.
func Every(
	b *Bus, name string, period time.Duration, fn func(ctx context.Context, tx db.Tx) error,
) {
	b.repeat(name, periodic{every: period, inTx: fn})
}

// EveryAside is [Every] for work in transactions of its own, or with others who may be
// slow: fn runs outside any transaction and must bear that an earlier turn that was
// given up still runs.
func EveryAside(
	b *Bus, name string, period time.Duration, fn func(ctx context.Context) error,
) {
	b.repeat(name, periodic{every: period, aside: fn})
}

func (b *Bus) repeat(name string, p periodic) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, known := b.periodic[name]
	switch {
	case b.started:
		b.fault("periodic work %s came after the start", name)
	case p.every < time.Second:
		b.fault("periodic work %s has a period of %v", name, p.every)
	case known:
		b.fault("there are two pieces of periodic work named %s", name)
	default:
		b.periodic[name] = p
	}
}

// beat is one turn of periodic work.
type beat struct {
	Name string `json:"name" river:"unique"`
}

// Kind names the sort of job in River's table.
func (beat) Kind() string { return "timer" }

type timer struct {
	river.WorkerDefaults[beat]
	bus *Bus
}

// Work does one turn.
func (w *timer) Work(ctx context.Context, job *river.Job[beat]) error {
	w.bus.mu.RLock()
	p, known := w.bus.periodic[job.Args.Name]
	w.bus.mu.RUnlock()
	switch {
	case !known:
		return river.JobCancel(fmt.Errorf("no periodic work named %s", job.Args.Name))
	case p.aside != nil:
		return p.aside(ctx)
	}
	return once(ctx, w.bus.pool, job, func(tx db.Tx) error { return p.inTx(ctx, tx) })
}

func (b *Bus) schedule() error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for name, p := range b.periodic {
		turn := river.NewPeriodicJob(river.PeriodicInterval(p.every),
			func() (river.JobArgs, *river.InsertOpts) {
				return beat{Name: name}, &river.InsertOpts{
					MaxAttempts: 3, // the next turn comes anyway
					UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
						rivertype.JobStateAvailable, rivertype.JobStatePending,
						rivertype.JobStateRetryable, rivertype.JobStateRunning,
						rivertype.JobStateScheduled,
					}},
				}
			},
			&river.PeriodicJobOpts{RunOnStart: true})
		if _, err := b.client.PeriodicJobs().AddSafely(turn); err != nil {
			return fmt.Errorf("schedule %s: %w", name, err)
		}
	}
	return nil
}

// errorLog tells the log of listeners that failed.
type errorLog struct{ log *slog.Logger }

// HandleError logs one failed run.
func (e errorLog) HandleError(
	ctx context.Context, job *rivertype.JobRow, err error,
) *river.ErrorHandlerResult {
	if errors.Is(err, context.Canceled) {
		return nil // we are stopping
	}
	e.log.WarnContext(ctx, "background work failed and will be tried again",
		"kind", job.Kind, "args", string(job.EncodedArgs), "attempt", job.Attempt, "error", err)
	return nil
}

// HandlePanic logs one run that panicked.
func (e errorLog) HandlePanic(
	ctx context.Context, job *rivertype.JobRow, value any, trace string,
) *river.ErrorHandlerResult {
	e.log.ErrorContext(ctx, "background work panicked",
		"kind", job.Kind, "args", string(job.EncodedArgs), "panic", value, "trace", trace)
	return nil
}

// atLeastWarn keeps River's own chatter out of the log.
type atLeastWarn struct{ slog.Handler }

// Enabled is true for warnings and errors.
func (h atLeastWarn) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && h.Handler.Enabled(ctx, l)
}

// WithAttrs keeps the bound.
func (h atLeastWarn) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeastWarn{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the bound.
func (h atLeastWarn) WithGroup(name string) slog.Handler {
	return atLeastWarn{h.Handler.WithGroup(name)}
}
