package track

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/geo"
	"beatplan/geo/fence"
	"beatplan/internal/db"
)

const (
	// Rows are locked in the order of people, so that two writers never wait for
	// each other.
	sqlInside = `
insert into track.inside (person_id, at, fences)
select person, '-infinity', '{}' from unnest(@people::bigint[]) person order by person
on conflict (person_id) do update set at = track.inside.at
returning person_id, case when at = '-infinity' then 'epoch' else at end, fences`

	sqlSaveInside = `
update track.inside i set at = n.at,
	fences = (select coalesce(array_agg(x::bigint order by x::bigint), '{}')
		from unnest(string_to_array(n.fences, ',')) x)
from unnest(@people::bigint[], @ats::timestamptz[], @fences::text[]) n (person, at, fences)
where i.person_id = n.person`

	sqlSaveCrossings = `
insert into track.crossing (person_id, at, fence, entered)
select * from unnest(@people::bigint[], @ats::timestamptz[], @fences::bigint[], @entered::boolean[])
on conflict do nothing`

	sqlCrossings = `
select at, fence, entered from track.crossing
where person_id = @person and at >= @from and at < @to
order by at, fence, entered`

	sqlForgetCrossings = `delete from track.crossing where person_id = @person`
	sqlForgetInside    = `delete from track.inside where person_id = @person`
	sqlExpireCrossings = `delete from track.crossing where at < @before`
	sqlExpireInside    = `delete from track.inside where at < @before`
)

// Crossing is that a person came into a fenced place or left it.
type Crossing struct {
	Person  int64
	At      time.Time
	Fence   fence.Key
	Entered bool
}

// SetFences has fixes that come from now on looked at against these fences.
func (s *Service) SetFences(set *fence.Set) { s.fences.Store(set) }

// cross writes what the segments' people crossed. A person's fixes count in the order
// of the device's time; those that are not later than what was counted before change
// nothing, so that a message that comes again, or a late buffer, makes no event.
func (s *Service) cross(ctx context.Context, tx db.Tx, segments []segment) error {
	set := s.fences.Load()
	if set == nil || set.Len() == 0 {
		return nil
	}
	fixes := map[int64][]fence.Fix{}
	var people []int64
	for _, g := range segments {
		some, err := s.codec.decode(g.person, g.data)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrMessage, err)
		}
		people = append(people, g.person)
		for _, f := range some {
			one := fence.Fix{At: f.At, Position: f.Position}
			if f.AccuracyM != nil {
				one.Accuracy = geo.Meters(*f.AccuracyM)
			}
			fixes[g.person] = append(fixes[g.person], one)
		}
	}
	slices.Sort(people)
	states, err := readInside(ctx, tx, slices.Compact(people))
	if err != nil {
		return err
	}
	var crossed []Crossing
	for person, st := range states {
		own := fixes[person]
		slices.SortStableFunc(own, func(a, b fence.Fix) int { return a.At.Compare(b.At) })
		for _, e := range set.Step(st, own, nil) {
			crossed = append(crossed, Crossing{person, e.At, e.Fence, e.Entered})
		}
	}
	return saveCrossings(ctx, tx, states, crossed)
}

func readInside(
	ctx context.Context, tx db.Tx, people []int64,
) (map[int64]*fence.State, error) {
	rows, err := tx.Query(ctx, sqlInside, pgx.NamedArgs{"people": people})
	if err != nil {
		return nil, fmt.Errorf("read fences of people: %w", err)
	}
	states := map[int64]*fence.State{}
	var person int64
	var at time.Time
	var keys []int64
	_, err = pgx.ForEachRow(rows, []any{&person, &at, &keys}, func() error {
		st := &fence.State{At: at}
		for _, k := range keys {
			st.Inside = append(st.Inside, fence.Key(k))
		}
		states[person] = st
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read fences of people: %w", err)
	}
	return states, nil
}

func saveCrossings(
	ctx context.Context, tx db.Tx, states map[int64]*fence.State, crossed []Crossing,
) error {
	var people []int64
	var ats []time.Time
	var inside []string
	for person, st := range states {
		people, ats = append(people, person), append(ats, st.At)
		inside = append(inside, keyList(st.Inside))
	}
	_, err := tx.Exec(ctx, sqlSaveInside,
		pgx.NamedArgs{"people": people, "ats": ats, "fences": inside})
	if err != nil {
		return fmt.Errorf("save fences of people: %w", err)
	}
	if len(crossed) == 0 {
		return nil
	}
	people, ats = nil, nil
	fences, entered := make([]int64, len(crossed)), make([]bool, len(crossed))
	for i, c := range crossed {
		people, ats = append(people, c.Person), append(ats, c.At)
		fences[i], entered[i] = int64(c.Fence), c.Entered
	}
	_, err = tx.Exec(ctx, sqlSaveCrossings, pgx.NamedArgs{
		"people": people, "ats": ats, "fences": fences, "entered": entered})
	if err != nil {
		return fmt.Errorf("save crossings: %w", err)
	}
	return nil
}

// keyList is the keys as text: a list of lists has no array of its own.
func keyList(keys []fence.Key) string {
	var text []byte
	for i, k := range keys {
		if i > 0 {
			text = append(text, ',')
		}
		text = fmt.Append(text, int64(k))
	}
	return string(text)
}

// Crossings returns what the person crossed between two instants, from inclusive, in
// the order of time. Reading somebody else's stands in the audit trail. It fails with
// ErrNotFound when the person is outside the scope and with ErrRange.
func (s *Service) Crossings(
	ctx context.Context, by Reader, person int64, from, to time.Time,
) ([]Crossing, error) {
	if err := s.mayRead(ctx, by, person, from, to); err != nil {
		return nil, err
	}
	rows, err := s.DB.Query(ctx, sqlCrossings,
		pgx.NamedArgs{"person": person, "from": from, "to": to})
	if err != nil {
		return nil, fmt.Errorf("read crossings: %w", err)
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (Crossing, error) {
		c := Crossing{Person: person}
		err := r.Scan(&c.At, &c.Fence, &c.Entered)
		return c, err
	})
}
