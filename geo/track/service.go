package track

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/geo"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// Ports are what track needs of its neighbours.
type (
	// Stream keeps messages durably: Append returns when the message would
	// survive a kill of this process.
	Stream interface {
		Append(ctx context.Context, subject string, data []byte) error
	}
	// Notices tells every replica that somebody moved, when tx commits.
	Notices interface {
		Notice(ctx context.Context, tx db.Tx, topic string, people []int64, payload any) error
	}
)

// Subject is the stream subject of recorded batches.
const Subject = "positions.fixes"

// Service records fixes and reads positions and tracks.
// It is safe for concurrent use.
type Service struct {
	DB      *db.DB
	Stream  Stream
	Notices Notices
	Clock   clock.Clock

	discarded  atomic.Int64
	mu         sync.Mutex
	partitions map[string]bool
}

// New returns a service over its neighbours.
func New(d *db.DB, s Stream, n Notices, c clock.Clock) *Service {
	return &Service{DB: d, Stream: s, Notices: n, Clock: c, partitions: map[string]bool{}}
}

// Discarded counts the fixes of people off duty since the start of the process.
func (s *Service) Discarded() int64 { return s.discarded.Load() }

// Record makes the fixes durable, except those of people off duty, which are
// discarded. When it returns without error every stored fix survives a kill of
// the process; they show in reads a moment later. It fails with ErrBatch and
// ErrFix, and then nothing is stored.
func (s *Service) Record(ctx context.Context, fixes []Fix) (Receipt, error) {
	now := s.Clock.Now()
	fixes, err := check(fixes, now)
	if err != nil || len(fixes) == 0 {
		return Receipt{}, err
	}
	kept, err := s.duringDuty(ctx, fixes)
	if err != nil {
		return Receipt{}, err
	}
	off := len(fixes) - len(kept)
	s.discarded.Add(int64(off))
	if len(kept) == 0 {
		return Receipt{OffDuty: off}, nil
	}
	for i := range kept {
		kept[i].Received = &now
	}
	data, err := json.Marshal(kept)
	if err != nil {
		return Receipt{}, fmt.Errorf("record fixes: %w", err)
	}
	if err := s.Stream.Append(ctx, Subject, data); err != nil {
		return Receipt{}, fmt.Errorf("record fixes: %w", err)
	}
	return Receipt{Stored: len(kept), OffDuty: off}, nil
}

func (s *Service) duringDuty(ctx context.Context, fixes []Fix) ([]Fix, error) {
	people := []int64{}
	since, until := fixes[0].At, fixes[0].At
	for _, f := range fixes {
		people = append(people, f.Person)
		if f.At.Before(since) {
			since = f.At
		}
		if f.At.After(until) {
			until = f.At
		}
	}
	slices.Sort(people)
	duties, err := readDuties(ctx, s.DB, slices.Compact(people), since, until)
	if err != nil {
		return nil, err
	}
	return onDuty(fixes, duties), nil
}

// Consume stores one message of the stream. Delivering it twice changes nothing
// more. A message that cannot be read is an error and stays in the stream.
func (s *Service) Consume(ctx context.Context, data []byte) error {
	var fixes []Fix
	if err := json.Unmarshal(data, &fixes); err != nil {
		return fmt.Errorf("message of fixes: %w", err)
	}
	return s.Store(ctx, fixes)
}

// Store writes fixes to PostGIS and moves the last positions on, in one
// transaction. Fixes that are known already change nothing.
func (s *Service) Store(ctx context.Context, fixes []Fix) error {
	if len(fixes) == 0 {
		return nil
	}
	s.mu.Lock()
	err := ensurePartitions(ctx, s.DB, fixes, s.partitions)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		if err := saveFixes(ctx, tx, fixes, s.Clock.Now()); err != nil {
			return err
		}
		moved, err := saveLast(ctx, tx, fixes)
		if err != nil {
			return err
		}
		for _, f := range moved {
			m := Moved{Person: f.Person, At: f.At, Position: f.Position, AccuracyM: f.AccuracyM,
				SpeedKmh: f.SpeedKmh, CourseDeg: f.CourseDeg, OnDuty: true}
			if err := s.Notices.Notice(ctx, tx, "position", []int64{f.Person}, m); err != nil {
				return err
			}
		}
		return nil
	})
}

// Punch opens or closes the person's duty and keeps where that was. Punching
// twice the same way changes nothing. It fails with ErrFix when the instant lies
// in the future or the position is none.
func (s *Service) Punch(ctx context.Context, p Punch) error {
	now := s.Clock.Now()
	if p.At.IsZero() {
		p.At = now
	}
	if p.At.After(now.Add(maxAhead)) || (p.Position != nil && !geo.Valid(*p.Position)) {
		return ErrFix
	}
	sql := sqlDutyOff
	if p.On {
		sql = sqlDutyOn
	}
	_, err := s.DB.Exec(ctx, sql, pgx.NamedArgs{"person": p.Person, "at": p.At,
		"position": p.Position, "accuracy": known(p.AccuracyM)})
	if err != nil {
		return fmt.Errorf("punch: %w", err)
	}
	return nil
}

// AddDuty records a closed stretch of the past. One that overlaps a known duty
// of the person changes nothing.
func (s *Service) AddDuty(ctx context.Context, person int64, on, off time.Time) error {
	if !off.After(on) {
		return ErrRange
	}
	_, err := s.DB.Exec(ctx, sqlDutyPast, pgx.NamedArgs{"person": person, "on": on, "off": off})
	if err != nil {
		return fmt.Errorf("add duty: %w", err)
	}
	return nil
}

// OnDuty lists the open duties within the scope, by person.
func (s *Service) OnDuty(ctx context.Context, sc scope.Scope) ([]Duty, error) {
	rows, err := s.DB.Query(ctx, sqlDutyOpen, scoped(sc))
	if err != nil {
		return nil, fmt.Errorf("read open duties: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Duty])
}

func scoped(sc scope.Scope) pgx.NamedArgs {
	people := sc.People
	if people == nil {
		people = []int64{}
	}
	return pgx.NamedArgs{"all": sc.All, "people": people}
}
