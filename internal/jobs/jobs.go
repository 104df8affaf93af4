// Package jobs is the one table of long work: imports, optimisations, exports.
//
// Who starts long work gets a [Job] at once (202 in HTTP) and follows it by
// reading it again or by notices of topic [Topic]. The work runs in the process
// that started it, a few at a time; any replica can cancel it. When the process
// dies, its jobs become [Interrupted]: they are not run again by themselves,
// because only a person knows whether they are still wanted. Work that must
// happen is a listener of package events.
//
//	queued → running → done | failed | cancelled
//	queued, running → interrupted   (the process stopped or died)
package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/google/uuid"

	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

// Topic is the topic of the notices about jobs; their payload is a [Job].
const Topic = "job"

// State is where a job stands.
type State string

// The states; see the package comment for the ways between them.
const (
	Queued      State = "queued"
	Running     State = "running"
	Done        State = "done"
	Failed      State = "failed"
	Cancelled   State = "cancelled"
	Interrupted State = "interrupted"
)

// Final reports whether a job in this state is over.
func (s State) Final() bool { return s != Queued && s != Running }

// Job is one piece of long work as others see it.
type Job struct {
	ID         int64           `json:"id"`
	Kind       string          `json:"kind"` // stable: "crm.import"
	Owner      int64           `json:"owner"`
	Title      string          `json:"title"`
	State      State           `json:"state"`
	Done       int64           `json:"done"`  // of Total
	Total      int64           `json:"total"` // 0 while unknown
	Note       string          `json:"note"`  // what is being done now
	Result     json.RawMessage `json:"result,omitempty"`
	Failure    *Failure        `json:"failure,omitempty"`
	CreatedAt  time.Time       `json:"created_at"`
	FinishedAt *time.Time      `json:"finished_at,omitempty"`
}

// Failure says why a job failed, in the words of package fail.
type Failure struct {
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Args    map[string]any `json:"args,omitempty"`
	Fields  []fail.Field   `json:"fields,omitempty"`
}

// Spec says what a new job is and whose.
type Spec struct {
	Kind  string
	Owner int64 // the person who sees and may cancel it; 0: administrators only
	Title string
}

// What can be wrong with a job.
var (
	ErrNotFound = fail.New(fail.NotFound, "jobs.not_found", "There is no such job.")
	ErrOver     = fail.New(fail.Conflict, "jobs.over", "This job is over already.")
	ErrStopping = fail.New(fail.Unavailable, "jobs.stopping",
		"The server is stopping and starts no new work.")
	errInternal = fail.New(fail.Unavailable, "jobs.internal",
		"Something went wrong on our side; the log has the details.")
	errCancelled = errors.New("cancelled by a person")
	errStopped   = errors.New("the server is stopping")
)

const (
	atOnce    = 4                // jobs that run at a time in one process
	heartbeat = 5 * time.Second  // how often a process says that it lives
	dead      = 30 * time.Second // how long it may be silent

	kept = 30 * 24 * time.Hour // how long a job that is over can be read
)

// Service runs and shows jobs. It is safe for concurrent use.
type Service struct {
	db      *db.DB
	bus     *events.Bus
	clock   clock.Clock
	log     *slog.Logger
	process string
	slots   chan struct{}

	mu      sync.Mutex
	cancels map[int64]context.CancelCauseFunc
	closed  bool
	running sync.WaitGroup
	unwatch func()
}

// New makes the service of this process. Register it before the bus starts.
func New(d *db.DB, bus *events.Bus, c clock.Clock, log *slog.Logger) *Service {
	s := &Service{
		db: d, bus: bus, clock: c, log: log, process: uuid.NewString(),
		slots: make(chan struct{}, atOnce), cancels: map[int64]context.CancelCauseFunc{},
	}
	s.unwatch = bus.Watch(cancelTopic, s.hearCancel)
	events.Every(bus, "jobs.bury_dead", dead, s.buryDead)
	return s
}

// TakeOver marks what an earlier run left as interrupted. Call it at the start
// of a program that is alone on its database; replicas are buried when silent.
func (s *Service) TakeOver(ctx context.Context) error {
	_, err := s.db.Exec(ctx, sqlTakeOver, s.clock.Now(), s.process)
	return wrap(err, "mark interrupted jobs")
}

// Start begins fn in the background and returns its job. fn gets a context that
// ends when the job is cancelled or the service closes, not when ctx does; what
// it returns becomes the job's result (as JSON) or failure.
func (s *Service) Start(
	ctx context.Context, spec Spec, fn func(ctx context.Context, p *Progress) (any, error),
) (Job, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return Job{}, ErrStopping
	}
	s.running.Add(1)
	s.mu.Unlock()
	job, err := s.insert(ctx, spec)
	if err != nil {
		s.running.Done()
		return Job{}, err
	}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	s.mu.Lock()
	s.cancels[job.ID] = cancel
	if s.closed {
		cancel(errStopped)
	}
	s.mu.Unlock()
	go func() {
		defer s.running.Done()
		s.run(ctx, job, fn)
		s.mu.Lock()
		delete(s.cancels, job.ID)
		s.mu.Unlock()
		cancel(nil)
	}()
	return job, nil
}

func (s *Service) run(
	ctx context.Context, job Job, fn func(context.Context, *Progress) (any, error),
) {
	p := &Progress{service: s, job: job}
	result, err := s.await(ctx, p, fn)
	end := job
	end.Done, end.Total, end.Note = p.snapshot()
	switch cause := context.Cause(ctx); {
	case err == nil:
		end.State = Done
		if end.Result, err = json.Marshal(result); err != nil {
			end.State, end.Failure = Failed, s.failure(ctx, job, fmt.Errorf("result: %w", err))
		}
	case errors.Is(cause, errCancelled):
		end.State = Cancelled
	case errors.Is(cause, errStopped):
		end.State = Interrupted
	default:
		end.State, end.Failure = Failed, s.failure(ctx, job, err)
	}
	s.finish(ctx, end)
}

// await waits for a slot and runs fn with a heartbeat.
func (s *Service) await(
	ctx context.Context, p *Progress, fn func(context.Context, *Progress) (any, error),
) (result any, err error) {
	beating, stop := context.WithCancel(ctx)
	var beats sync.WaitGroup
	beats.Go(func() { s.beat(beating, p.job.ID) })
	defer func() { stop(); beats.Wait(); p.close() }()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case s.slots <- struct{}{}:
	}
	defer func() { <-s.slots }()
	if err := p.begin(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return fn(ctx, p)
}

func (s *Service) failure(ctx context.Context, job Job, err error) *Failure {
	e := fail.As(err)
	if e == nil {
		s.log.ErrorContext(ctx, "job failed", "job", job.ID, "kind", job.Kind, "error", err)
		e = errInternal
	}
	return &Failure{Code: e.Code, Message: e.Message, Args: e.Args, Fields: e.Fields}
}

// Get returns a job whose owner is within the scope, or [ErrNotFound].
func (s *Service) Get(ctx context.Context, sc scope.Scope, id int64) (Job, error) {
	return read(ctx, s.db, sc, id)
}

// List returns the newest jobs within the scope, at most limit (1 to 100).
func (s *Service) List(ctx context.Context, sc scope.Scope, limit int) ([]Job, error) {
	return list(ctx, s.db, sc, min(max(limit, 1), 100))
}

// Cancel asks a job to end, wherever it runs; it ends as [Cancelled] soon after.
// It fails with [ErrNotFound] or [ErrOver].
func (s *Service) Cancel(ctx context.Context, sc scope.Scope, id int64) error {
	return s.db.InTx(ctx, func(tx db.Tx) error {
		job, err := read(ctx, tx, sc, id)
		if err != nil {
			return err
		}
		if job.State.Final() {
			return ErrOver.With("state", job.State)
		}
		if _, err := tx.Exec(ctx, sqlAskCancel, id); err != nil {
			return fmt.Errorf("cancel job: %w", err)
		}
		return s.bus.Notice(ctx, tx, cancelTopic, []int64{}, id)
	})
}

// cancelTopic is between the replicas only.
const cancelTopic = "job.cancel"

// Wait returns the job when it is over.
func (s *Service) Wait(ctx context.Context, id int64) (Job, error) {
	for {
		job, err := read(ctx, s.db, scope.Everything(), id)
		if err != nil || job.State.Final() {
			return job, err
		}
		select {
		case <-ctx.Done():
			return job, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Close interrupts the running jobs and waits for them until ctx ends.
func (s *Service) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	for _, cancel := range s.cancels {
		cancel(errStopped)
	}
	s.mu.Unlock()
	s.unwatch()
	ended := make(chan struct{})
	go func() { s.running.Wait(); close(ended) }()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("some jobs do not end: %w", ctx.Err())
	}
}
