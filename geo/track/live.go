package track

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/index"
	"beatplan/internal/scope"
)

// Live knows where everybody was last, in memory, on every replica. It is a cache
// of the stream: [Live.Load] reads what PostGIS holds, [Live.Take] takes what
// comes after. Messages may come twice and late. Safe for concurrent use; readers
// never wait for writers.
type Live struct {
	service *Service
	index   *index.Live[Place]

	mu       sync.Mutex
	located  map[int64]bool
	gone     map[int64]bool
	traits   map[int64]Traits
	watchers map[int]func([]Position)
	next     int
}

// Traits are what a search filters people by; who sees to them says what they
// mean.
type Traits struct {
	Team   int64
	Skills uint64 // a bit each
	Active bool
}

// Place is the last fix of a person with what searches filter by.
type Place struct {
	Fix
	Traits
	OnDuty bool // and agreed to being located
}

// NewLive returns an empty index over the service's data.
func NewLive(s *Service) *Live {
	return &Live{
		service: s, index: index.NewLive[Place](index.Options{Now: s.Clock.Now}),
		located: map[int64]bool{}, gone: map[int64]bool{}, traits: map[int64]Traits{},
		watchers: map[int]func([]Position){},
	}
}

// Load sets everything anew from PostGIS. Whoever is not there any more and may not be
// located has gone while nobody told of it.
func (l *Live) Load(ctx context.Context) error {
	located, err := l.service.Located(ctx)
	if err != nil {
		return err
	}
	rows, err := l.service.DB.Query(ctx, sqlLast, scoped(scope.Everything()))
	if err != nil {
		return fmt.Errorf("read last positions: %w", err)
	}
	last, err := pgx.CollectRows(rows, pgx.RowToStructByName[struct {
		row
		OnDuty bool
	}])
	if err != nil {
		return fmt.Errorf("read last positions: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.located)
	for _, p := range located {
		l.located[p] = true
		delete(l.gone, p)
	}
	known := make(map[int64]bool, len(last))
	for _, r := range last {
		known[r.fix().Person] = true
		l.put(r.fix())
	}
	for item := range l.index.Snapshot().All() {
		if !known[item.ID] && !l.located[item.ID] {
			l.index.Delete(item.ID)
			continue
		}
		l.refresh(item.ID)
	}
	l.index.Publish()
	return nil
}

// Take adds the fixes of a message of the stream. Older ones than the person's
// last change nothing. It fails with [ErrMessage].
func (l *Live) Take(message []byte) error {
	_, segments, err := decodeMessage(message)
	if err != nil {
		return err
	}
	var moved []Position
	l.mu.Lock()
	for _, g := range segments {
		if old, ok := l.index.Get(g.person); l.gone[g.person] || ok && !g.last.After(old.Value.At) {
			continue
		}
		fixes, err := l.service.codec.decode(g.person, g.data)
		if err != nil || len(fixes) == 0 {
			l.mu.Unlock()
			return fmt.Errorf("%w: %w", ErrMessage, errChunk)
		}
		last := fixes[len(fixes)-1]
		if l.put(last) {
			moved = append(moved, l.position(Place{Fix: last, OnDuty: l.located[g.person]}))
		}
	}
	told := make([]func([]Position), 0, len(l.watchers))
	for _, fn := range l.watchers {
		told = append(told, fn)
	}
	l.mu.Unlock()
	if len(moved) > 0 {
		for _, fn := range told {
			fn(moved)
		}
	}
	return nil
}

// put moves the person on; the caller holds the lock.
func (l *Live) put(f Fix) bool {
	if old, ok := l.index.Get(f.Person); ok && !f.At.After(old.Value.At) {
		return false
	}
	place := Place{Fix: f, Traits: l.traits[f.Person], OnDuty: l.located[f.Person]}
	return l.index.Put(f.Person, f.Position, place)
}

// Changed takes notice of a person's duty and consent. Whoever took their consent
// back, or was erased, is no longer there.
func (l *Live) Changed(c Changed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.Located {
		l.located[c.Person] = true
		delete(l.gone, c.Person)
	} else {
		delete(l.located, c.Person)
	}
	if c.Gone {
		l.gone[c.Person] = true
		l.index.Delete(c.Person)
	}
	l.refresh(c.Person)
	l.index.Publish()
}

// SetTraits says what people are filtered by; people without traits are not
// active.
func (l *Live) SetTraits(traits map[int64]Traits) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.traits = traits
	for item := range l.index.Snapshot().All() {
		l.refresh(item.ID)
	}
	l.index.Publish()
}

// refresh gives the person's place the present traits; the caller holds the lock.
func (l *Live) refresh(person int64) {
	item, ok := l.index.Get(person)
	if !ok {
		return
	}
	place := Place{Fix: item.Value.Fix, Traits: l.traits[person], OnDuty: l.located[person]}
	if place != item.Value {
		l.index.Put(person, item.Point, place)
	}
}

// Watch has fn called with people who moved, until stop is called. fn must not
// block. Whoever takes messages in several goroutines has it called from these, and an
// older place may come after a newer.
func (l *Live) Watch(fn func([]Position)) (stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := l.next
	l.next++
	l.watchers[id] = fn
	return func() {
		l.mu.Lock()
		delete(l.watchers, id)
		l.mu.Unlock()
	}
}

func (l *Live) position(p Place) Position {
	age := max(0, l.service.Clock.Now().Sub(p.At))
	return Position{Fix: p.Fix, Age: age, Fresh: age <= FreshFor, OnDuty: p.OnDuty}
}

// Positions lists the last position of everybody within the scope, by person.
// A fix older than [FreshFor] is marked as not fresh: it never stands for "now".
func (l *Live) Positions(_ context.Context, sc scope.Scope) ([]Position, error) {
	var out []Position
	for item := range l.index.Snapshot().All() {
		if sc.Has(item.ID) {
			out = append(out, l.position(item.Value))
		}
	}
	slices.SortFunc(out, func(a, b Position) int { return int(a.Person - b.Person) })
	return out, nil
}

// Position is where somebody was last; false when that is not known.
func (l *Live) Position(person int64) (Position, bool) {
	item, ok := l.index.Get(person)
	return l.position(item.Value), ok
}

// Len is of how many people the last position is known.
func (l *Live) Len() int { return l.index.Snapshot().Len() }

// Search says which people are looked for.
type Search struct {
	Limit   int        // 1 … 100
	Radius  geo.Meters // 0: any
	Fresh   bool       // only positions younger than FreshFor
	OnDuty  bool
	Team    int64  // 0: any
	Skills  uint64 // all of these bits
	Only    *scope.Scope
	Exclude int64 // a person who is not wanted; 0: nobody
}

// Near is a person and how far away they are.
type Near = index.Neighbour[Place]

// Nearest appends to found the people that the search asks for, the nearest to p
// first by great circle, ties by person. It allocates nothing when found has room
// for one more than the limit.
func (l *Live) Nearest(found []Near, p orb.Point, q Search) []Near {
	since := l.service.Clock.Now().Add(-FreshFor)
	limit := q.Radius
	if limit <= 0 {
		limit = maxDistance
	}
	return l.index.Snapshot().Near(found, p, q.Limit, limit, func(i *index.Item[Place]) bool {
		return q.takes(&i.Value, since)
	})
}

const maxDistance = 20_100_000 // metres; half round the Earth

func (q *Search) takes(p *Place, since time.Time) bool {
	return (!q.OnDuty || p.OnDuty) && (!q.Fresh || !p.At.Before(since)) &&
		(q.Team == 0 || p.Team == q.Team) && p.Skills&q.Skills == q.Skills &&
		(q.Only == nil || q.Only.Has(p.Person)) && p.Person != q.Exclude
}
