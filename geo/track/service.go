package track

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/geo"
	"beatplan/geo/fence"
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
	// Notices tells every replica that something changed, when tx commits.
	Notices interface {
		Notice(ctx context.Context, tx db.Tx, topic string, people []int64, payload any) error
	}
	// Trail records who did what to whose positions, inside tx.
	Trail interface {
		Did(ctx context.Context, tx db.Tx, d Deed) error
	}
)

// Deed is one thing that the audit trail must know.
type Deed struct {
	By     int64  // person; 0: the system
	Action string // "track.duty.opened", "track.track.read", …
	Person int64  // whose positions or duty
	After  any    // what it was about, as JSON; nil for nothing
}

// Subject is the stream subject of recorded batches.
const Subject = "positions.fixes"

// Service records fixes and reads positions and tracks.
// It is safe for concurrent use.
type Service struct {
	DB      *db.DB
	Stream  Stream
	Notices Notices
	Trail   Trail
	Clock   clock.Clock

	codec     *codec
	fences    atomic.Pointer[fence.Set]
	discarded struct{ offDuty, noConsent atomic.Int64 }

	mu         sync.Mutex
	partitions map[string]bool
	open       map[int64]openPermit

	roads roadMemory
}

// New returns a service over its neighbours.
func New(d *db.DB, s Stream, n Notices, t Trail, c clock.Clock) *Service {
	return &Service{DB: d, Stream: s, Notices: n, Trail: t, Clock: c, codec: newCodec(),
		partitions: map[string]bool{}, open: map[int64]openPermit{}}
}

// Discarded counts the fixes that were not kept since the start of the process:
// of people off duty, and of people who did not agree to being located.
func (s *Service) Discarded() (offDuty, noConsent int64) {
	return s.discarded.offDuty.Load(), s.discarded.noConsent.Load()
}

// Record makes the fixes durable, except those of people off duty or without
// consent, which are discarded and counted. When it returns without error every
// stored fix survives a kill of the process; they show in reads a moment later.
// It fails with ErrBatch and ErrFix, and then nothing is stored.
func (s *Service) Record(ctx context.Context, fixes []Fix) (Receipt, error) {
	now := s.Clock.Now()
	fixes, err := check(fixes, now)
	if err != nil || len(fixes) == 0 {
		return Receipt{}, err
	}
	permits, err := s.permits(ctx, fixes)
	if err != nil {
		return Receipt{}, err
	}
	kept, receipt := permitted(fixes, permits)
	s.count(receipt)
	if len(kept) == 0 {
		return receipt, nil
	}
	message := encodeMessage(now, s.codec.pack(kept))
	if err := s.Stream.Append(ctx, Subject, message); err != nil {
		return Receipt{}, fmt.Errorf("record fixes: %w", err)
	}
	return receipt, nil
}

func (s *Service) count(r Receipt) {
	s.discarded.offDuty.Add(int64(r.OffDuty))
	s.discarded.noConsent.Add(int64(r.NoConsent))
}

// openPermit is a permit that lasts, and until when it need not be read again.
type openPermit struct {
	permit
	until time.Time
}

// permitFor is how long a replica goes on without looking whether a person ended
// their duty or took their consent back at another replica. [Service.Consume]
// looks again before anything is written.
const permitFor = time.Second

// permits returns the duties of the fixes' people. Open ones that were read a
// moment ago are not read again.
func (s *Service) permits(ctx context.Context, fixes []Fix) (map[int64][]permit, error) {
	now := s.Clock.Now()
	found := map[int64][]permit{}
	var asked []Fix
	s.mu.Lock()
	for _, f := range fixes {
		p, ok := s.open[f.Person]
		if ok && now.Before(p.until) && p.covers(f.At) {
			if found[f.Person] == nil {
				found[f.Person] = []permit{p.permit}
			}
		} else {
			asked = append(asked, f)
		}
	}
	s.mu.Unlock()
	if len(asked) == 0 {
		return found, nil
	}
	people, since, until := spread(asked)
	read, err := readPermits(ctx, s.DB, people, since, until)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for person, list := range read {
		for _, p := range list {
			if p.consent && p.off == nil {
				s.open[person] = openPermit{p, now.Add(permitFor)}
			}
		}
	}
	maps.Copy(found, read)
	return found, nil
}

// forget has the person's permit read again.
func (s *Service) forget(person int64) {
	s.mu.Lock()
	delete(s.open, person)
	s.mu.Unlock()
}

// spread returns whose the fixes are, ordered, and between which instants.
func spread(fixes []Fix) (people []int64, since, until time.Time) {
	since, until = fixes[0].At, fixes[0].At
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
	return slices.Compact(people), since, until
}

// Consume writes messages of the stream to PostGIS and moves the last positions
// on, in one transaction. Duty and consent are looked at again: what was
// withdrawn between Record and here is not written. Delivering a message twice
// changes nothing. It fails with [ErrMessage] when one of them cannot be read,
// and then none is stored.
func (s *Service) Consume(ctx context.Context, messages ...[]byte) error {
	var all []segment
	var received time.Time
	for _, m := range messages {
		at, segments, err := decodeMessage(m)
		if err != nil {
			return err
		}
		if at.After(received) {
			received = at
		}
		all = append(all, segments...)
	}
	kept, last, err := s.allowed(ctx, all)
	if err != nil || len(kept) == 0 {
		return err
	}
	s.mu.Lock()
	err = ensurePartitions(ctx, s.DB, kept, s.partitions)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		if err := saveChunks(ctx, tx, received, false, kept); err != nil {
			return err
		}
		if err := saveLast(ctx, tx, last); err != nil {
			return err
		}
		return s.cross(ctx, tx, kept)
	})
}

// allowed keeps what duty and consent still cover, and finds the newest fix of
// each person.
func (s *Service) allowed(
	ctx context.Context, segments []segment,
) (kept []segment, last []Fix, err error) {
	var ends []Fix
	for _, g := range segments {
		ends = append(ends, Fix{Person: g.person, At: g.first}, Fix{Person: g.person, At: g.last})
	}
	if len(ends) == 0 {
		return nil, nil, nil
	}
	people, since, until := spread(ends)
	permits, err := readPermits(ctx, s.DB, people, since, until)
	if err != nil {
		return nil, nil, err
	}
	newest := map[int64]segment{}
	for _, g := range segments {
		if !g.whole(permits[g.person]) {
			some, err := s.codec.decode(g.person, g.data)
			if err != nil {
				return nil, nil, fmt.Errorf("%w: %w", ErrMessage, err)
			}
			some, receipt := permitted(some, permits)
			s.count(receipt)
			if len(some) == 0 {
				continue
			}
			g = s.codec.segment(g.person, some)
		}
		kept = append(kept, g)
		if n, ok := newest[g.person]; !ok || g.last.After(n.last) {
			newest[g.person] = g
		}
	}
	for _, person := range slices.Sorted(maps.Keys(newest)) {
		fixes, err := s.codec.decode(person, newest[person].data)
		if err != nil || len(fixes) == 0 {
			return nil, nil, fmt.Errorf("%w: %w", ErrMessage, errors.Join(err, errChunk))
		}
		last = append(last, fixes[len(fixes)-1])
	}
	return kept, last, nil
}

// Store writes fixes as [Service.Consume] writes messages.
func (s *Service) Store(ctx context.Context, fixes []Fix) error {
	if len(fixes) == 0 {
		return nil
	}
	return s.Consume(ctx, encodeMessage(s.Clock.Now(), s.codec.pack(fixes)))
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
	sql, action := sqlDutyOff, "track.duty.closed"
	if p.On {
		sql, action = sqlDutyOn, "track.duty.opened"
	}
	defer s.forget(p.Person)
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		tag, err := tx.Exec(ctx, sql, pgx.NamedArgs{"person": p.Person, "at": p.At,
			"position": p.Position, "accuracy": known(p.AccuracyM)})
		if err != nil {
			return fmt.Errorf("punch: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		after := map[string]any{"at": p.At, "position": p.Position, "accuracy_m": known(p.AccuracyM)}
		err = s.Trail.Did(ctx, tx, Deed{By: p.Person, Action: action, Person: p.Person, After: after})
		if err != nil {
			return err
		}
		return s.tell(ctx, tx, p.Person, false)
	})
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
