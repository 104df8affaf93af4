package app

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/geo/track"
)

// singleFixes is how many requests of one fix each device sends: no more than what it may
// send at once.
const singleFixes = 6000

// singles has devices send one fix a request over sixteen connections, as trackers do,
// and counts what PostGIS has in the end.
func (b *liveBench) singles(ctx context.Context, tokens []string) error {
	each := b.times(singleFixes)
	now := b.Clock.Now()
	paths := make([]string, 0, each*len(tokens))
	for i := range each {
		for _, token := range tokens {
			p := b.place()
			paths = append(paths, fmt.Sprintf("/osmand?id=%s&lat=%.6f&lon=%.6f&timestamp=%d&accuracy=7",
				token, p[1], p[0], now.Add(time.Duration(i-each)*time.Second).Unix()))
		}
	}
	before, err := b.stored(ctx)
	if err != nil {
		return err
	}
	trackers := load{address: b.load.address} // which carry no session
	r, err := trackers.once(ctx, paths)
	if err != nil {
		return err
	}
	if err := b.settle(ctx); err != nil {
		return err
	}
	after, err := b.stored(ctx)
	if err != nil {
		return err
	}
	if after-before != int64(len(paths)) {
		return fmt.Errorf("%d single fixes were sent and %d stored", len(paths), after-before)
	}
	b.say("live_single_fixes_per_s", r.perSecond(), "requests/s")
	b.say("live_single_fixes_p99_ms", ms(r.p99), "ms")
	return nil
}

// benchRowDays is how many days of people the peer stores.
const benchRowDays = 100

// benchRows is a table of a row a fix, as it comes: the peer of the chunks.
const benchRows = `
create schema peer;
create table peer.fix (
	person_id bigint, at timestamptz, position geometry(Point, 4326) not null,
	accuracy_m real, speed_kmh real, course_deg real, source text not null,
	received_at timestamptz not null, primary key (person_id, at))`

// rows stores fixes a row each and reads days back.
func (b *liveBench) rows(ctx context.Context, fixes []track.Fix) error {
	if _, err := b.DB.Exec(ctx, benchRows); err != nil {
		return err
	}
	now := b.Clock.Now()
	_, err := b.DB.CopyFrom(ctx, pgx.Identifier{"peer", "fix"}, []string{"person_id", "at",
		"position", "accuracy_m", "speed_kmh", "course_deg", "source", "received_at"},
		pgx.CopyFromSlice(len(fixes), func(i int) ([]any, error) {
			f := &fixes[i]
			return []any{f.Person, f.At, f.Position, f.AccuracyM, f.SpeedKmh, f.CourseDeg, f.Source,
				now}, nil
		}))
	if err != nil {
		return fmt.Errorf("a row a fix: %w", err)
	}
	if _, err := b.DB.Exec(ctx, `vacuum (full, analyze) peer.fix`); err != nil {
		return err
	}
	var size float64
	if err := b.DB.QueryRow(ctx, `select pg_total_relation_size('peer.fix')`).Scan(&size); err != nil {
		return err
	}
	b.say("live_bytes_per_fix_rows", size/float64(len(fixes)), "bytes")
	took, err := sample(b.times(500), func() error {
		rows, err := b.DB.Query(ctx, `select person_id, at, position, accuracy_m, speed_kmh, course_deg,
			source from peer.fix where person_id = $1 order by at`, 100_001+b.rng.IntN(benchRowDays))
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (f track.Fix, err error) {
			err = r.Scan(&f.Person, &f.At, &f.Position, &f.AccuracyM, &f.SpeedKmh, &f.CourseDeg, &f.Source)
			return f, err
		})
		if err == nil && len(all) == 0 {
			err = fmt.Errorf("no rows")
		}
		return err
	})
	if err != nil {
		return err
	}
	b.say("live_day_read_rows_p50_ms", ms(percentile(took, 50)), "ms")
	_, err = b.DB.Exec(ctx, `drop schema peer cascade`)
	return err
}
