package track

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/internal/db"
)

const (
	sqlDuties = `
select person_id as person, on_at as "on", off_at as off,
	on_position, on_accuracy_m, off_position, off_accuracy_m
from track.duty
where person_id = any(@people) and on_at <= @until and (off_at is null or off_at > @since)
order by person_id, on_at`

	// When a person's fixes may be kept: on duty, and whether they agree now.
	sqlPermits = `
select d.person_id, d.on_at, d.off_at, coalesce(
	(select c.given and c.version >= @version from track.consent c
	where c.person_id = d.person_id order by c.at desc limit 1), false)
from track.duty d
where d.person_id = any(@people) and d.on_at <= @until
	and (d.off_at is null or d.off_at > @since)`

	sqlDutyOn = `
insert into track.duty (person_id, on_at, on_position, on_accuracy_m)
values (@person, @at, @position, @accuracy)
on conflict (person_id) where off_at is null do nothing`

	sqlDutyOff = `
update track.duty set off_at = greatest(@at, on_at + interval '1 millisecond'),
	off_position = @position, off_accuracy_m = @accuracy
where person_id = @person and off_at is null`

	sqlDutyOpen = `
select person_id as person, on_at as "on", off_at as off,
	on_position, on_accuracy_m, off_position, off_accuracy_m
from track.duty
where off_at is null and (@all or person_id = any(@people))
order by person_id`

	sqlDutyPast = `
insert into track.duty (person_id, on_at, off_at)
select @person, @on, @off
where not exists (
	select from track.duty
	where person_id = @person and on_at < @off and (off_at is null or off_at > @on))`

	sqlPartition = `
create table if not exists track.%[1]s_%[2]s partition of track.%[1]s
for values from ('%[3]s') to ('%[4]s')`

	sqlSaveChunks = `
insert into track.chunk (person_id, day, hash, fixes, first_at, last_at, skew_ms, melted, data)
select person, day, hash, fixes, first_at, last_at, skew, @melted, data
from unnest(@people::bigint[], @days::date[], @hashes::bigint[], @fixes::integer[],
	@firsts::timestamptz[], @lasts::timestamptz[], @skews::integer[], @chunks::bytea[])
	c (person, day, hash, fixes, first_at, last_at, skew, data)
on conflict (person_id, day, hash) do nothing`

	sqlSaveLast = `
insert into track.last (person_id, at, position, accuracy_m, speed_kmh, course_deg, source)
select person, at, st_setsrid(st_makepoint(lon, lat), 4326), accuracy, speed, course, source
from unnest(@people::bigint[], @ats::timestamptz[], @lons::double precision[],
	@lats::double precision[], @accuracies::real[], @speeds::real[], @courses::real[],
	@sources::text[]) f (person, at, lon, lat, accuracy, speed, course, source)
order by person
on conflict (person_id) do update set
	at = excluded.at, position = excluded.position, accuracy_m = excluded.accuracy_m,
	speed_kmh = excluded.speed_kmh, course_deg = excluded.course_deg, source = excluded.source
where track.last.at < excluded.at`

	sqlLast = `
select person_id as person, at, position, accuracy_m, speed_kmh, course_deg, source,
	exists (select from track.duty d where d.person_id = l.person_id and d.off_at is null) as on_duty
from track.last l
where @all or person_id = any(@people)
order by person_id
limit 100000`

	sqlChunks = `
select data from track.chunk
where person_id = $1 and day >= $2 and day <= $3 and last_at >= $4 and first_at < $5
order by day, first_at, hash`
)

// permit is a duty of a person, and whether they agree to being located.
type permit struct {
	person  int64
	on      time.Time
	off     *time.Time
	consent bool
}

func (p permit) covers(t time.Time) bool {
	return !t.Before(p.on) && (p.off == nil || t.Before(*p.off))
}

func readPermits(
	ctx context.Context, q db.Querier, people []int64, since, until time.Time,
) (map[int64][]permit, error) {
	rows, err := q.Query(ctx, sqlPermits, pgx.NamedArgs{
		"people": people, "since": since, "until": until, "version": ConsentVersion})
	if err != nil {
		return nil, fmt.Errorf("read permits: %w", err)
	}
	out := map[int64][]permit{}
	var p permit
	_, err = pgx.ForEachRow(rows, []any{&p.person, &p.on, &p.off, &p.consent}, func() error {
		out[p.person] = append(out[p.person], p)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read permits: %w", err)
	}
	return out, nil
}

func readDuties(
	ctx context.Context, q db.Querier, people []int64, since, until time.Time,
) ([]Duty, error) {
	rows, err := q.Query(ctx, sqlDuties,
		pgx.NamedArgs{"people": people, "since": since, "until": until})
	if err != nil {
		return nil, fmt.Errorf("read duties: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Duty])
}

// ensurePartitions makes the month partitions that segments need. The name is the
// month, so that two writers ask for the same table.
func ensurePartitions(
	ctx context.Context, q db.Querier, segments []segment, made map[string]bool,
) error {
	for _, s := range segments {
		month := time.Date(s.date().Year(), s.date().Month(), 1, 0, 0, 0, 0, time.UTC)
		name := month.Format("2006_01")
		if made[name] {
			continue
		}
		next := month.AddDate(0, 1, 0).Format(time.DateOnly)
		for _, table := range []string{"chunk", "line"} {
			sql := fmt.Sprintf(sqlPartition, table, name, month.Format(time.DateOnly), next)
			if _, err := q.Exec(ctx, sql); err != nil {
				return fmt.Errorf("partition %s: %w", name, err)
			}
		}
		made[name] = true
	}
	return nil
}

// saveChunks adds the segments; those that are known already change nothing.
func saveChunks(
	ctx context.Context, q db.Querier, received time.Time, melted bool, segments []segment,
) error {
	n := len(segments)
	people, days, hashes := make([]int64, n), make([]time.Time, n), make([]int64, n)
	fixes, skews, chunks := make([]int32, n), make([]int32, n), make([][]byte, n)
	firsts, lasts := make([]time.Time, n), make([]time.Time, n)
	for i, s := range segments {
		people[i], days[i], hashes[i] = s.person, s.date(), s.hash()
		fixes[i], chunks[i] = int32(s.fixes), s.data
		firsts[i], lasts[i] = s.first, s.last
		skew := received.Sub(s.last).Milliseconds()
		skews[i] = int32(min(max(skew, -1<<31), 1<<31-1))
	}
	_, err := q.Exec(ctx, sqlSaveChunks, pgx.NamedArgs{
		"people": people, "days": days, "hashes": hashes, "fixes": fixes,
		"firsts": firsts, "lasts": lasts, "skews": skews, "chunks": chunks, "melted": melted,
	})
	if err != nil {
		return fmt.Errorf("save chunks: %w", err)
	}
	return nil
}

// saveLast moves the last positions on; older ones change nothing.
func saveLast(ctx context.Context, q db.Querier, fixes []Fix) error {
	n := len(fixes)
	people, ats, sources := make([]int64, n), make([]time.Time, n), make([]string, n)
	lons, lats := make([]float64, n), make([]float64, n)
	accuracies, speeds, courses := make([]*float32, n), make([]*float32, n), make([]*float32, n)
	for i, f := range fixes {
		people[i], ats[i], sources[i] = f.Person, f.At, f.Source
		lons[i], lats[i] = f.Position[0], f.Position[1]
		accuracies[i], speeds[i], courses[i] = f.AccuracyM, f.SpeedKmh, f.CourseDeg
	}
	_, err := q.Exec(ctx, sqlSaveLast, pgx.NamedArgs{
		"people": people, "ats": ats, "lons": lons, "lats": lats, "accuracies": accuracies,
		"speeds": speeds, "courses": courses, "sources": sources,
	})
	if err != nil {
		return fmt.Errorf("save last positions: %w", err)
	}
	return nil
}

// row is a fix as track.last holds it.
type row struct {
	Person    int64
	At        time.Time
	Position  orb.Point
	AccuracyM *float32
	SpeedKmh  *float32
	CourseDeg *float32
	Source    string
}

func (r row) fix() Fix {
	return Fix{Person: r.Person, At: r.At.UTC(), Position: r.Position, AccuracyM: r.AccuracyM,
		SpeedKmh: r.SpeedKmh, CourseDeg: r.CourseDeg, Source: r.Source}
}

// readFixes reads a person's fixes between two instants, from inclusive, in the
// order of the device's time, each instant once.
func (s *Service) readFixes(
	ctx context.Context, q db.Querier, person int64, from, to time.Time,
) ([]Fix, error) {
	rows, err := q.Query(ctx, sqlChunks, person, from.UTC(), to.UTC(), from, to)
	if err != nil {
		return nil, fmt.Errorf("read fixes: %w", err)
	}
	defer rows.Close()
	var all []Fix
	sorted := true
	for rows.Next() {
		some, err := s.codec.decode(person, rows.RawValues()[0])
		if err != nil {
			return nil, err
		}
		if len(all) > 0 && len(some) > 0 && !some[0].At.After(all[len(all)-1].At) {
			sorted = false
		}
		if len(all) == 0 {
			all = some
		} else {
			all = append(all, some...)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read fixes: %w", err)
	}
	return between(all, sorted, from, to), nil
}
