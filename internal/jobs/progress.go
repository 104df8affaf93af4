package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"beatplan/internal/db"
	"beatplan/internal/events"
)

// pace is the least time between two notices about one job.
const pace = 250 * time.Millisecond

// Progress is how work tells how far it is. Its methods are cheap: what they say
// is written at most four times a second. It is safe for concurrent use.
type Progress struct {
	service *Service
	job     Job

	mu     sync.Mutex
	done   int64
	total  int64
	note   string
	next   *time.Timer // a write is due
	last   time.Time
	closed bool
	writes sync.WaitGroup
}

// Total says how much there is to do, in units of the work's own.
func (p *Progress) Total(n int64) { p.change(func() { p.total = n }) }

// Set says how much is done.
func (p *Progress) Set(n int64) { p.change(func() { p.done = n }) }

// Add says that n more are done.
func (p *Progress) Add(n int64) { p.change(func() { p.done += n }) }

// Note says what is being done, in one short sentence.
func (p *Progress) Note(text string) { p.change(func() { p.note = text }) }

// Job is the id of the job.
func (p *Progress) Job() int64 { return p.job.ID }

func (p *Progress) change(set func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	set()
	if p.closed || p.next != nil {
		return
	}
	p.writes.Add(1)
	p.next = time.AfterFunc(max(0, pace-time.Since(p.last)), p.write)
}

func (p *Progress) write() {
	defer p.writes.Done()
	p.mu.Lock()
	p.next, p.last = nil, time.Now()
	job := p.job
	job.State, job.Done, job.Total, job.Note = Running, p.done, p.total, p.note
	closed := p.closed
	p.mu.Unlock()
	if closed {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := p.service.progress(ctx, job); err != nil {
		p.service.log.Warn("progress of a job was not written", "job", job.ID, "error", err)
	}
}

// begin marks the job as running.
func (p *Progress) begin(ctx context.Context) error {
	p.mu.Lock()
	job := p.job
	p.last = time.Now()
	p.mu.Unlock()
	job.State = Running
	return p.service.progress(ctx, job)
}

// close waits for a write on its way and lets none follow.
func (p *Progress) close() {
	p.mu.Lock()
	p.closed = true
	if p.next != nil && p.next.Stop() {
		p.next = nil
		p.writes.Done()
	}
	p.mu.Unlock()
	p.writes.Wait()
}

func (p *Progress) snapshot() (done, total int64, note string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done, p.total, p.note
}

func (s *Service) progress(ctx context.Context, job Job) error {
	return s.db.InTx(ctx, func(tx db.Tx) error {
		tag, err := tx.Exec(ctx, sqlProgress, job.ID, job.State, job.Done, job.Total, job.Note)
		if err != nil {
			return fmt.Errorf("write progress: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil // it is over
		}
		return s.tell(ctx, tx, job)
	})
}

// finish writes the end of a job; it must not be lost because ctx has ended.
func (s *Service) finish(ctx context.Context, job Job) {
	now := s.clock.Now()
	job.FinishedAt = &now
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := s.db.InTx(ctx, func(tx db.Tx) error {
		_, err := tx.Exec(ctx, sqlFinish, job.ID, job.State, job.Done, job.Total, job.Note,
			job.Result, job.Failure, now)
		if err != nil {
			return fmt.Errorf("write end of job: %w", err)
		}
		return s.tell(ctx, tx, job)
	})
	if err != nil {
		s.log.Error("the end of a job was not written", "job", job.ID, "state", job.State, "error", err)
	}
}

// tell sends the notice; a result is for those who read the job.
func (s *Service) tell(ctx context.Context, tx db.Tx, job Job) error {
	job.Result = nil
	return s.bus.Notice(ctx, tx, Topic, []int64{job.Owner}, job)
}

// hearCancel obeys any replica's Cancel; one that is missed is seen by beat.
func (s *Service) hearCancel(n events.Notice) {
	var id int64
	if !n.Resync && json.Unmarshal(n.Payload, &id) == nil {
		s.stop(id)
	}
}

// beat tells that the process lives and asks whether the job was cancelled.
func (s *Service) beat(ctx context.Context, id int64) {
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		var cancel bool
		if err := s.db.QueryRow(ctx, sqlBeat, id).Scan(&cancel); err == nil && cancel {
			s.stop(id)
		}
	}
}

func (s *Service) stop(id int64) {
	s.mu.Lock()
	cancel := s.cancels[id]
	s.mu.Unlock()
	if cancel != nil {
		cancel(errCancelled)
	}
}

// buryDead marks the jobs of dead processes and forgets those that ended long ago.
func (s *Service) buryDead(ctx context.Context, tx db.Tx) error {
	now := s.clock.Now()
	if _, err := tx.Exec(ctx, sqlBury, now, dead); err != nil {
		return fmt.Errorf("mark dead jobs: %w", err)
	}
	_, err := tx.Exec(ctx, sqlForget, now.Add(-kept))
	return wrap(err, "forget old jobs")
}
