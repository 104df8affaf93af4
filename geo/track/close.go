package track

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/internal/db"
)

const (
	// Days of one person that lie in pieces: quiet by now, or so many pieces that
	// reading would notice.
	sqlPieces = `
select person_id as person, day
from track.chunk
where not melted
group by person_id, day
having count(*) > @many or max(last_at) < @quiet
order by day, person_id
limit @limit`

	sqlLockDay = `
select pg_advisory_xact_lock(hashtextextended('track.day', @person::bigint * 100000 + @day::bigint))`

	sqlTakePieces = `
delete from track.chunk where person_id = @person and day = @day
returning data, skew_ms`

	sqlSaveLine = `
insert into track.line (person_id, day, fixes, length_m, bound_m, way)
values (@person, @day, @fixes, @length, @bound, (
	select st_makeline(st_setsrid(st_makepointm(lon, lat, m), 4326) order by m)
	from unnest(@lons::double precision[], @lats::double precision[],
		@seconds::double precision[]) p (lon, lat, m)
	having count(*) > 1))
on conflict (person_id, day) do update set fixes = excluded.fixes,
	length_m = excluded.length_m, bound_m = excluded.bound_m, way = excluded.way`
)

const (
	manyPieces = 32               // of a day, before they are melted while it lasts
	quietFor   = 15 * time.Minute // without a fix, and a day is melted
	lineBound  = 49.0             // metres, of the simplified lines before rounding
	lineStep   = 1.0 / (1 << 17)  // degrees, that stored lines are rounded to: 0.85 m
	lineOff    = 1.0              // metres, that rounding moves a point by at most
)

type personDay struct {
	Person int64
	Day    time.Time
}

// Close melts the pieces of days into one chunk each and draws their simplified
// line: days that were quiet for a while, and running ones in many pieces. Late
// fixes make a day be melted again. It returns how many it did, at most limit; a day
// that fails does not hold up the others. Several replicas may do it at once.
func (s *Service) Close(ctx context.Context, limit int) (int, error) {
	rows, err := s.DB.Query(ctx, sqlPieces, pgx.NamedArgs{
		"many": manyPieces, "quiet": s.Clock.Now().Add(-quietFor), "limit": limit})
	if err != nil {
		return 0, fmt.Errorf("find days in pieces: %w", err)
	}
	days, err := pgx.CollectRows(rows, pgx.RowToStructByName[personDay])
	if err != nil {
		return 0, fmt.Errorf("find days in pieces: %w", err)
	}
	done := 0
	var failed error
	for _, d := range days {
		err := s.DB.InTx(ctx, func(tx db.Tx) error { return s.melt(ctx, tx, d) })
		if ctx.Err() != nil {
			return done, errors.Join(failed, err, ctx.Err())
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("close %s of person %d: %w",
				d.Day.Format(time.DateOnly), d.Person, err))
			continue
		}
		done++
	}
	return done, failed
}

func (s *Service) melt(ctx context.Context, tx db.Tx, d personDay) error {
	args := pgx.NamedArgs{"person": d.Person, "day": dayOf(d.Day)}
	if _, err := tx.Exec(ctx, sqlLockDay, args); err != nil {
		return err
	}
	rows, err := tx.Query(ctx, sqlTakePieces, pgx.NamedArgs{"person": d.Person, "day": d.Day})
	if err != nil {
		return err
	}
	var all []Fix
	var data []byte
	var skew, worst int32
	_, err = pgx.ForEachRow(rows, []any{&data, &skew}, func() error {
		some, err := s.codec.decode(d.Person, data)
		all = append(all, some...)
		if abs(skew) > abs(worst) {
			worst = skew
		}
		return err
	})
	if err != nil || len(all) == 0 {
		return err
	}
	if all = between(all, false, d.Day, d.Day.Add(day)); len(all) == 0 {
		return fmt.Errorf("%w: none of its fixes is of its day", errChunk)
	}
	g := s.codec.segment(d.Person, all)
	received := g.last.Add(time.Duration(worst) * time.Millisecond)
	if err := saveChunks(ctx, tx, received, true, []segment{g}); err != nil {
		return err
	}
	return saveLine(ctx, tx, d, all)
}

func abs(v int32) int32 { return max(v, -v) }

func saveLine(ctx context.Context, tx db.Tx, d personDay, all []Fix) error {
	w := Read(all, false)
	lons, lats, seconds := vertices(w.Fixes, Simplify(w.Fixes, lineBound))
	_, err := tx.Exec(ctx, sqlSaveLine, pgx.NamedArgs{
		"person": d.Person, "day": d.Day, "fixes": len(all), "length": float64(w.Length()),
		"bound": lineBound + lineOff, "lons": lons, "lats": lats, "seconds": seconds,
	})
	if err != nil {
		return fmt.Errorf("save line: %w", err)
	}
	return nil
}

// vertices are the places of a line and their times. Across the antimeridian longitudes
// go on beyond 180 degrees: else the line would be drawn round the globe.
func vertices(fixes []Fix, some []int) (lons, lats, seconds []float64) {
	var lon float64
	for n, i := range some {
		p := fixes[i].Position
		if n == 0 {
			lon = p[0]
		}
		lon += math.Remainder(p[0]-lon, 360)
		// Rounded numbers end in zeros, which the database's compression takes out.
		lons = append(lons, math.Round(lon/lineStep)*lineStep)
		lats = append(lats, math.Round(p[1]/lineStep)*lineStep)
		seconds = append(seconds, float64(fixes[i].At.UnixMilli())/1000)
	}
	return lons, lats, seconds
}
