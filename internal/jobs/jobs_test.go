package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/fail"
	"beatplan/internal/jobs"
	"beatplan/internal/pgtest"
	"beatplan/internal/scope"
)

var errBadFile = fail.New(fail.Invalid, "test.bad_file", "The file is bad.")

func service(t *testing.T, d *db.DB) (*jobs.Service, *events.Bus) {
	t.Helper()
	bus, err := events.New(d, events.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := jobs.New(d, bus, clock.System{}, slog.New(slog.DiscardHandler))
	return s, bus
}

func started(t *testing.T, d *db.DB) (*jobs.Service, *events.Bus) {
	t.Helper()
	s, bus := service(t, d)
	if err := bus.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		if err := errors.Join(s.Close(ctx), bus.Stop(ctx)); err != nil {
			t.Error(err)
		}
	})
	return s, bus
}

type work = func(context.Context, *jobs.Progress) (any, error)

func begin(t *testing.T, s *jobs.Service, owner int64, fn work) jobs.Job {
	t.Helper()
	job, err := s.Start(t.Context(), jobs.Spec{Kind: "test.work", Owner: owner, Title: "Work"}, fn)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func wait(t *testing.T, s *jobs.Service, id int64) jobs.Job {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	job, err := s.Wait(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func TestJobEnds(t *testing.T) {
	s, _ := started(t, pgtest.DB(t))
	for _, c := range []struct {
		name  string
		fn    work
		state jobs.State
		code  string
		says  string
	}{
		{"done", func(_ context.Context, p *jobs.Progress) (any, error) {
			p.Total(3)
			p.Add(2)
			p.Add(1)
			p.Note("counting")
			return map[string]int{"rows": 3}, nil
		}, jobs.Done, "", ""},
		{"refused", func(context.Context, *jobs.Progress) (any, error) {
			return nil, errBadFile.With("line", 3)
		}, jobs.Failed, "test.bad_file", "bad"},
		{"broken", func(context.Context, *jobs.Progress) (any, error) {
			return nil, errors.New("secret detail")
		}, jobs.Failed, "jobs.internal", "log"},
		{"panic", func(context.Context, *jobs.Progress) (any, error) {
			panic("secret panic")
		}, jobs.Failed, "jobs.internal", "log"},
		{"result that is no JSON", func(context.Context, *jobs.Progress) (any, error) {
			return make(chan int), nil
		}, jobs.Failed, "jobs.internal", "log"},
	} {
		t.Run(c.name, func(t *testing.T) {
			job := wait(t, s, begin(t, s, 1, c.fn).ID)
			if job.State != c.state || job.FinishedAt == nil {
				t.Errorf("got %+v", job)
			}
			if c.state == jobs.Done {
				if string(job.Result) != `{"rows": 3}` || job.Done != 3 || job.Note != "counting" {
					t.Errorf("got %+v", job)
				}
				return
			}
			text, err := json.Marshal(job)
			if err != nil || strings.Contains(string(text), "secret") {
				t.Errorf("the caller sees %s, %v", text, err)
			}
			if job.Failure.Code != c.code || !strings.Contains(job.Failure.Message, c.says) {
				t.Errorf("failure %+v", job.Failure)
			}
		})
	}
}

func TestProgressIsNoticed(t *testing.T) {
	s, bus := service(t, pgtest.DB(t))
	notices := make(chan events.Notice, 100)
	bus.Watch(jobs.Topic, func(n events.Notice) { notices <- n })
	if err := bus.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bus.Stop(context.WithoutCancel(t.Context())) })
	seen := make(chan struct{})
	job := begin(t, s, 7, func(_ context.Context, p *jobs.Progress) (any, error) {
		for i := range int64(10_000) {
			p.Set(i) // far faster than the pace
		}
		<-seen
		return nil, nil
	})
	var last jobs.Job
	for last.Done == 0 {
		n := <-notices
		if !n.For(7) || n.For(8) {
			t.Errorf("meant for %v", n.People)
		}
		if err := json.Unmarshal(n.Payload, &last); err != nil {
			t.Fatal(err)
		}
	}
	close(seen)
	wait(t, s, job.ID)
	for last.State != jobs.Done || len(notices) > 0 {
		select {
		case n := <-notices:
			if err := json.Unmarshal(n.Payload, &last); err != nil {
				t.Fatal(err)
			}
		case <-time.After(time.Minute):
			t.Fatalf("the last notice says %s", last.State)
		}
	}
}

// A job that runs in one replica is cancelled by the other.
func TestCancelFromAnotherReplica(t *testing.T) {
	d := pgtest.DB(t)
	here, _ := started(t, d)
	there, _ := started(t, d)
	job := begin(t, here, 7, func(ctx context.Context, _ *jobs.Progress) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	stranger := scope.Scope{People: []int64{8}}
	owner := scope.Scope{People: []int64{7}}
	if err := there.Cancel(t.Context(), stranger, job.ID); !errors.Is(err, jobs.ErrNotFound) {
		t.Errorf("a stranger cancels: %v", err)
	}
	if err := there.Cancel(t.Context(), owner, job.ID); err != nil {
		t.Fatal(err)
	}
	if job := wait(t, there, job.ID); job.State != jobs.Cancelled {
		t.Errorf("state %s", job.State)
	}
	if err := there.Cancel(t.Context(), owner, job.ID); !errors.Is(err, jobs.ErrOver) {
		t.Errorf("second cancel: %v", err)
	}
}

func TestScopeOfReads(t *testing.T) {
	s, _ := started(t, pgtest.DB(t))
	nothing := func(context.Context, *jobs.Progress) (any, error) { return nil, nil }
	mine, ours := begin(t, s, 7, nothing), begin(t, s, 0, nothing)
	me := scope.Scope{People: []int64{0, 7}}
	if _, err := s.Get(t.Context(), me, mine.ID); err != nil {
		t.Error(err)
	}
	if _, err := s.Get(t.Context(), me, ours.ID); !errors.Is(err, jobs.ErrNotFound) {
		t.Errorf("a job of nobody: %v", err)
	}
	list, err := s.List(t.Context(), me, 10)
	if err != nil || len(list) != 1 || list[0].ID != mine.ID {
		t.Errorf("list %v, %v", list, err)
	}
	if list, err = s.List(t.Context(), scope.Everything(), 10); err != nil || len(list) != 2 {
		t.Errorf("list %v, %v", list, err)
	}
}

func TestNoMoreThanFourAtOnce(t *testing.T) {
	s, _ := started(t, pgtest.DB(t))
	var now, most atomic.Int64
	var ids []int64
	two := make(chan struct{})
	pair := sync.OnceFunc(func() { close(two) })
	for range 10 {
		ids = append(ids, begin(t, s, 1, func(ctx context.Context, _ *jobs.Progress) (any, error) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			if now.Load() > 1 {
				pair()
			}
			select { // the first waits for company, however slow the machine
			case <-two:
			case <-ctx.Done():
			}
			time.Sleep(30 * time.Millisecond)
			return nil, nil
		}).ID)
	}
	for _, id := range ids {
		wait(t, s, id)
	}
	if most.Load() > 4 || most.Load() < 2 {
		t.Errorf("%d ran at once", most.Load())
	}
}

func TestStopInterrupts(t *testing.T) {
	d := pgtest.DB(t)
	s, _ := service(t, d)
	job := begin(t, s, 1, func(ctx context.Context, _ *jobs.Progress) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if job := wait(t, s, job.ID); job.State != jobs.Interrupted {
		t.Errorf("state %s", job.State)
	}
	_, err := s.Start(t.Context(), jobs.Spec{Kind: "test.late"}, nil)
	if !errors.Is(err, jobs.ErrStopping) {
		t.Errorf("start after close: %v", err)
	}
}

const sqlLeft = `
insert into jobs.job (kind, owner, title, state, process, created_at, heard_at)
values ('test.left', 1, 'Left', 'running', 'dead', now(), now() - $1::interval) returning id`

func TestJobsOfADeadProcess(t *testing.T) {
	d := pgtest.DB(t)
	var silent, fresh int64
	if err := d.QueryRow(t.Context(), sqlLeft, time.Minute).Scan(&silent); err != nil {
		t.Fatal(err)
	}
	if err := d.QueryRow(t.Context(), sqlLeft, time.Second).Scan(&fresh); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Exec(t.Context(), `
insert into jobs.job (kind, owner, title, state, process, created_at, finished_at) values
	('test.old', 1, 'Old', 'done', 'x', now() - interval '40 days', now() - interval '40 days'),
	('test.new', 1, 'New', 'done', 'x', now() - interval '40 days', now() - interval '20 days')`); err != nil {
		t.Fatal(err)
	}
	s, _ := started(t, d) // buries the silent one at its start
	if job := wait(t, s, silent); job.State != jobs.Interrupted {
		t.Errorf("silent: %s", job.State)
	}
	if job, err := s.Get(t.Context(), scope.Everything(), fresh); err != nil || job.State != jobs.Running {
		t.Errorf("fresh: %s, %v", job.State, err)
	}
	if err := s.TakeOver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if job := wait(t, s, fresh); job.State != jobs.Interrupted {
		t.Errorf("taken over: %s", job.State)
	}
	list, err := s.List(t.Context(), scope.Everything(), 10)
	if err != nil || len(list) != 3 || list[0].Kind != "test.new" {
		t.Errorf("left are %v, %v", list, err)
	}
}
