package track

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"beatplan/geo"
	"beatplan/internal/scope"
)

const (
	// Duties that touch a stretch of time, and a sum over what is known of each: it
	// changes with every fix that comes.
	sqlDutySums = `
select d.person_id as person, d.on_at as "on", d.off_at as off, known.sum
from track.duty d
cross join lateral (
	select coalesce(bit_xor(c.hash), 0)::bigint as sum, count(*) as pieces
	from track.chunk c
	where c.person_id = d.person_id
		and c.day >= (d.on_at at time zone 'UTC')::date
		and c.day <= (coalesce(d.off_at, @until) at time zone 'UTC')::date
		and c.last_at >= d.on_at and c.first_at < coalesce(d.off_at, @until)) known
where d.on_at < @to and (d.off_at is null or d.off_at > @from)
	and (@all or d.person_id = any(@people)) and known.pieces > 0
order by d.on_at desc, d.person_id`

	roadsAtOnce     = 800    // duties that one call reads at most
	roadsRemembered = 50_000 // duties whose trips are remembered
	roadsParallel   = 2
	runningFor      = time.Minute // so long the trips of a running duty are taken as they were
)

// Road is what a person's trips of a stretch of time come to. A trip belongs to the
// stretch in which it begins, as in [Report].
type Road struct {
	Person int64
	Moving time.Duration // on trips, as far as fixes tell
	Silent time.Duration // on trips, without a fix for longer than [SilentFor]
	Length geo.Meters    // of the trips
}

// Roads sums up the trips of everybody within the scope who was on duty, by person; who
// was not located is missing. It is a sum without a place, and no reading of a track. It
// reads at most 800 duties that it does not remember, the latest first: whole is false
// when some are left, and asking again goes on. It fails with ErrRange.
func (s *Service) Roads(
	ctx context.Context, sc scope.Scope, from, to time.Time,
) (roads []Road, whole bool, err error) {
	if !to.After(from) || to.Sub(from) > maxStretch {
		return nil, false, ErrRange
	}
	now := s.Clock.Now()
	args := scoped(sc)
	args["from"], args["to"], args["until"] = from, to, now.Add(maxAhead)
	rows, err := s.DB.Query(ctx, sqlDutySums, args)
	if err != nil {
		return nil, false, fmt.Errorf("read duties: %w", err)
	}
	duties, err := pgx.CollectRows(rows, pgx.RowToStructByName[dutySum])
	if err != nil {
		return nil, false, fmt.Errorf("read duties: %w", err)
	}
	trips, left, err := s.tripsOf(ctx, duties, now)
	if err != nil {
		return nil, false, err
	}
	by := map[int64]*Road{}
	for i, d := range duties {
		for _, t := range trips[i] {
			if t.begin.Before(from) || !t.begin.Before(to) {
				continue
			}
			if by[d.Person] == nil {
				by[d.Person] = &Road{Person: d.Person}
			}
			r := by[d.Person]
			r.Moving, r.Silent, r.Length = r.Moving+t.moving, r.Silent+t.silent, r.Length+t.length
		}
	}
	for _, r := range by {
		roads = append(roads, *r)
	}
	slices.SortFunc(roads, func(a, b Road) int { return cmp.Compare(a.Person, b.Person) })
	return roads, left == 0, nil
}

// tripsOf are the trips of each duty, and how many duties are left to be read.
func (s *Service) tripsOf(
	ctx context.Context, duties []dutySum, now time.Time,
) (trips [][]ridden, left int, err error) {
	trips = make([][]ridden, len(duties))
	reads := 0
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(roadsParallel)
	for i, d := range duties {
		known := false
		if trips[i], known = s.roads.trips(d, now); known {
			continue
		}
		if reads == roadsAtOnce {
			left++
			continue
		}
		reads++
		g.Go(func() error {
			until := now.Add(maxAhead)
			if d.Off != nil {
				until = *d.Off
			}
			fixes, err := s.readFixes(ctx, s.DB, d.Person, d.On, until)
			if err != nil {
				return fmt.Errorf("trips of person %d: %w", d.Person, err)
			}
			trips[i] = s.roads.keep(d, now, Read(fixes, d.Off == nil).Trips)
			return nil
		})
	}
	return trips, left, g.Wait()
}

// dutySum is a duty and a sum over what is known of it.
type dutySum struct {
	Person int64
	On     time.Time
	Off    *time.Time
	Sum    int64
}

func (d dutySum) key() dutyKey { return dutyKey{d.Person, d.On.UnixMilli()} }

type dutyKey struct{ person, on int64 }

// roadMemory remembers the trips of duties, without their places. The zero value is
// empty; it is safe for concurrent use.
type roadMemory struct {
	mu     sync.Mutex
	duties map[dutyKey]remembered
}

type remembered struct {
	sum   int64
	off   bool
	at    time.Time
	trips []ridden
}

type ridden struct {
	begin          time.Time
	moving, silent time.Duration
	length         geo.Meters
}

// trips are those of a duty, when they are remembered as they are. Those of a duty that
// runs may be a minute old.
func (m *roadMemory) trips(d dutySum, now time.Time) (trips []ridden, known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.duties[d.key()]
	if !ok || r.off != (d.Off != nil) {
		return nil, false
	}
	young := d.Off == nil && !now.Before(r.at) && now.Sub(r.at) < runningFor
	return r.trips, young || r.sum == d.Sum
}

func (m *roadMemory) keep(d dutySum, now time.Time, trips []Trip) []ridden {
	r := remembered{sum: d.Sum, off: d.Off != nil, at: now}
	for _, t := range trips {
		r.trips = append(r.trips, ridden{t.Begin, t.Moving(), t.Silent, t.Length})
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.duties == nil || len(m.duties) >= roadsRemembered {
		m.duties = map[dutyKey]remembered{}
	}
	m.duties[d.key()] = r
	return r.trips
}
