package track

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/geo/postgis"
	"beatplan/internal/db"
)

const (
	sqlDuties = `
select person_id as person, on_at as "on", off_at as off,
	on_position, on_accuracy_m, off_position, off_accuracy_m
from track.duty
where person_id = any(@people) and on_at <= @until and (off_at is null or off_at > @since)`

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
create table if not exists track.fix_%s partition of track.fix
for values from ('%s') to ('%s')`

	sqlStage = `
create temporary table if not exists fix_stage (like track.fix) on commit delete rows`

	sqlUnstage = `
insert into track.fix
select distinct on (person_id, at) * from fix_stage
order by person_id, at
on conflict (person_id, at) do nothing`

	sqlLastUp = `
insert into track.last (person_id, at, position, accuracy_m, speed_kmh, course_deg, source)
values (@person, @at, @position, @accuracy, @speed, @course, @source)
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

	sqlFixes = `
select person_id as person, at, position, accuracy_m, speed_kmh, course_deg, source
from track.fix
where person_id = @person and at >= @from and at < @to
order by at
limit @limit`
)

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

// ensurePartitions makes the month partitions that fixes need. The name is the
// month, so that two writers ask for the same table.
func ensurePartitions(ctx context.Context, q db.Querier, fixes []Fix, made map[string]bool) error {
	for _, f := range fixes {
		month := time.Date(f.At.Year(), f.At.Month(), 1, 0, 0, 0, 0, time.UTC)
		name := month.Format("2006_01")
		if made[name] {
			continue
		}
		const day = "2006-01-02"
		sql := fmt.Sprintf(sqlPartition, name, month.Format(day), month.AddDate(0, 1, 0).Format(day))
		if _, err := q.Exec(ctx, sql); err != nil {
			return fmt.Errorf("partition %s: %w", name, err)
		}
		made[name] = true
	}
	return nil
}

// saveFixes copies the batch in; fixes that are known already change nothing.
func saveFixes(ctx context.Context, tx db.Tx, fixes []Fix, received time.Time) error {
	if _, err := tx.Exec(ctx, sqlStage); err != nil {
		return fmt.Errorf("stage fixes: %w", err)
	}
	columns := []string{"person_id", "at", "position", "accuracy_m", "speed_kmh", "course_deg",
		"source", "received_at"}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"fix_stage"}, columns,
		pgx.CopyFromSlice(len(fixes), func(i int) ([]any, error) {
			f := fixes[i]
			at, err := postgis.EWKB(f.Position)
			got := received
			if f.Received != nil {
				got = *f.Received
			}
			return []any{f.Person, f.At, at, f.AccuracyM, f.SpeedKmh, f.CourseDeg, f.Source, got}, err
		}))
	if err != nil {
		return fmt.Errorf("copy fixes: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlUnstage); err != nil {
		return fmt.Errorf("save fixes: %w", err)
	}
	return nil
}

// saveLast moves the last positions on and returns those that moved.
func saveLast(ctx context.Context, tx db.Tx, fixes []Fix) ([]Fix, error) {
	var moved []Fix
	for _, f := range newest(fixes) {
		tag, err := tx.Exec(ctx, sqlLastUp, pgx.NamedArgs{
			"person": f.Person, "at": f.At, "position": f.Position, "accuracy": f.AccuracyM,
			"speed": f.SpeedKmh, "course": f.CourseDeg, "source": f.Source,
		})
		if err != nil {
			return nil, fmt.Errorf("save last position: %w", err)
		}
		if tag.RowsAffected() > 0 {
			moved = append(moved, f)
		}
	}
	return moved, nil
}

// row is a fix as the tables hold it.
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

func readFixes(
	ctx context.Context, q db.Querier, person int64, from, to time.Time,
) ([]Fix, error) {
	rows, err := q.Query(ctx, sqlFixes,
		pgx.NamedArgs{"person": person, "from": from, "to": to, "limit": MaxTrack + 1})
	if err != nil {
		return nil, fmt.Errorf("read fixes: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
	if err != nil {
		return nil, fmt.Errorf("read fixes: %w", err)
	}
	if len(all) > MaxTrack {
		return nil, errors.New("the stretch holds more fixes than one answer may")
	}
	fixes := make([]Fix, len(all))
	for i, r := range all {
		fixes[i] = r.fix()
	}
	return fixes, nil
}
