package tiles

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
)

// Moment keeps the answers of a source that costs a read of a database for a
// moment, so that the tiles of one view cost one read. The source is asked for
// everything, whatever the box.
type Moment struct {
	source ShapeSource
	keep   time.Duration
	now    func() time.Time

	mu   sync.Mutex
	kept map[string]*answer
}

// Fresh is how old an answer may be that a map shows: what changed shows within a
// second.
const Fresh = time.Second

// maxAnswers bounds what a Moment keeps.
const maxAnswers = 512

type answer struct {
	once   sync.Once
	until  time.Time
	shapes []Shape
	boxes  []geo.Box
	err    error
}

// NewMoment wraps a source; answers are kept for so long, errors are not.
func NewMoment(s ShapeSource, keep time.Duration, now func() time.Time) *Moment {
	return &Moment{source: s, keep: keep, now: now, kept: map[string]*answer{}}
}

// Info describes the layer.
func (m *Moment) Info() Info { return m.source.Info() }

// Shapes returns what touches the box of what the source answered a moment ago.
func (m *Moment) Shapes(ctx context.Context, a Ask) ([]Shape, error) {
	got := m.answer(a)
	got.once.Do(func() {
		whole := a
		whole.Box = world()
		// Others wait for this answer: it is read to the end though the first
		// map that asked has moved on.
		got.shapes, got.err = m.source.Shapes(context.WithoutCancel(ctx), whole)
		for _, s := range got.shapes {
			got.boxes = append(got.boxes, s.Geometry.Bound())
		}
	})
	if got.err != nil {
		m.forget(a)
		return nil, got.err
	}
	var out []Shape
	for i, box := range got.boxes {
		if box.Intersects(a.Box) {
			out = append(out, got.shapes[i])
		}
	}
	return out, nil
}

func world() geo.Box { return geo.Box{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}} }

// key holds everything that decides what a caller sees.
func (a Ask) key() string {
	who := "all"
	if !a.Scope.All {
		people := slices.Clone(a.Scope.People)
		slices.Sort(people)
		who = fmt.Sprint(people)
	}
	return strings.Join([]string{
		strconv.FormatInt(a.Person, 10), who, a.Query.Encode(),
	}, "\x00")
}

func (m *Moment) answer(a Ask) *answer {
	key, now := a.key(), m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if k := m.kept[key]; k != nil && now.Before(k.until) {
		return k
	}
	if len(m.kept) >= maxAnswers {
		clear(m.kept)
	}
	k := &answer{until: now.Add(m.keep)}
	m.kept[key] = k
	return k
}

func (m *Moment) forget(a Ask) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, a.key())
}
