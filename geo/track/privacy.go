package track

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/internal/db"
)

// Kept is how long fixes are kept unless the company sets another time.
const Kept = 90 * day

const (
	sqlConsent = `
select version, given, at from track.consent
where person_id = @person order by at desc limit 1`

	sqlDecide = `
insert into track.consent (person_id, at, version, given)
values (@person, greatest(@now, (select max(at) + interval '1 microsecond' from track.consent
	where person_id = @person)), @version, @given)`

	sqlLocated = `
select exists (select from track.duty where person_id = @person and off_at is null)
	and coalesce((select given and version >= @version from track.consent
		where person_id = @person order by at desc limit 1), false)`

	sqlLocatedAll = `
select d.person_id from track.duty d
where d.off_at is null and (
	select c.given and c.version >= @version from track.consent c
	where c.person_id = d.person_id order by c.at desc limit 1)
order by d.person_id`

	sqlForgetLast    = `delete from track.last where person_id = @person`
	sqlForgetChunks  = `delete from track.chunk where person_id = @person`
	sqlForgetLines   = `delete from track.line where person_id = @person`
	sqlForgetDuties  = `delete from track.duty where person_id = @person`
	sqlForgetConsent = `delete from track.consent where person_id = @person`

	sqlPartitions = `
select c.relname from pg_inherits i
join pg_class c on c.oid = i.inhrelid
where i.inhparent in ('track.chunk'::regclass, 'track.line'::regclass)
order by c.relname`

	sqlDropPartition = `drop table if exists track.%s`
	sqlExpireChunks  = `delete from track.chunk where day < @before`
	sqlExpireLines   = `delete from track.line where day < @before`
	sqlExpireLast    = `delete from track.last where at < @before`
	sqlExpireDuties  = `delete from track.duty where off_at < @before`
)

// Consent is the person's decision about being located.
func (s *Service) Consent(ctx context.Context, person int64) (Consent, error) {
	c := Consent{Person: person}
	var at time.Time
	err := s.DB.QueryRow(ctx, sqlConsent, pgx.NamedArgs{"person": person}).
		Scan(&c.Version, &c.Given, &at)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("read consent: %w", err)
	}
	c.Given, c.At = c.Given && c.Version >= ConsentVersion, &at
	return c, nil
}

// Decide records that the person agrees to the words of a version, or takes their
// consent back, at once and for every replica. It fails with ErrVersion when the
// person agreed to words that are no longer the present ones. Deciding the same
// again changes nothing.
func (s *Service) Decide(ctx context.Context, person int64, version int, given bool) error {
	if given && version != ConsentVersion {
		return ErrVersion.With("version", ConsentVersion)
	}
	now, err := s.Consent(ctx, person)
	if err != nil || now.Given == given && (given || now.At != nil) {
		return err
	}
	defer s.forget(person)
	action := "track.consent.withdrawn"
	if given {
		action = "track.consent.given"
	}
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		_, err := tx.Exec(ctx, sqlDecide, pgx.NamedArgs{"person": person, "now": s.Clock.Now(),
			"version": version, "given": given})
		if err != nil {
			return fmt.Errorf("save consent: %w", err)
		}
		err = s.Trail.Did(ctx, tx, Deed{By: person, Action: action, Person: person,
			After: map[string]any{"version": version}})
		if err != nil {
			return err
		}
		if !given { // where they were last is no longer anybody's business
			if _, err := tx.Exec(ctx, sqlForgetLast, pgx.NamedArgs{"person": person}); err != nil {
				return fmt.Errorf("forget last position: %w", err)
			}
		}
		return s.tell(ctx, tx, person, !given)
	})
}

// tell has every replica look at the person's duty and consent again.
func (s *Service) tell(ctx context.Context, tx db.Tx, person int64, gone bool) error {
	c := Changed{Person: person, Gone: gone}
	err := tx.QueryRow(ctx, sqlLocated,
		pgx.NamedArgs{"person": person, "version": ConsentVersion}).Scan(&c.Located)
	if err != nil {
		return fmt.Errorf("read duty and consent: %w", err)
	}
	return s.Notices.Notice(ctx, tx, "duty", []int64{person}, c)
}

// Located lists who is on duty and agreed to being located, ordered.
func (s *Service) Located(ctx context.Context) ([]int64, error) {
	rows, err := s.DB.Query(ctx, sqlLocatedAll, pgx.NamedArgs{"version": ConsentVersion})
	if err != nil {
		return nil, fmt.Errorf("read who is located: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// Erase removes everything that is known of where the person was: fixes, lines,
// the last position, crossed fences, duties and consent. Messages still in the stream are not
// written any more, because their person agrees to nothing, and leave it with its
// age. The audit trail keeps that by erased it.
func (s *Service) Erase(ctx context.Context, by, person int64) error {
	return s.DB.InTx(ctx, func(tx db.Tx) error { return s.EraseIn(ctx, tx, by, person) })
}

// EraseIn is [Service.Erase] inside a transaction of the caller.
func (s *Service) EraseIn(ctx context.Context, tx db.Tx, by, person int64) error {
	s.forget(person)
	for _, sql := range []string{
		sqlForgetConsent, sqlForgetDuties, sqlForgetChunks, sqlForgetLines, sqlForgetLast,
		sqlForgetCrossings, sqlForgetInside,
	} {
		if _, err := tx.Exec(ctx, sql, pgx.NamedArgs{"person": person}); err != nil {
			return fmt.Errorf("erase person %d: %w", person, err)
		}
	}
	err := s.Trail.Did(ctx, tx, Deed{By: by, Action: "track.person.erased", Person: person})
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, person, true)
}

// Expire removes what was recorded before the instant, cut to its UTC day. Months
// that lie wholly before it are dropped as tables, in milliseconds whatever their
// size; the rest of a begun month is deleted. It returns the dropped tables.
func (s *Service) Expire(ctx context.Context, before time.Time) ([]string, error) {
	before = before.UTC().Truncate(day)
	rows, err := s.DB.Query(ctx, sqlPartitions)
	if err != nil {
		return nil, fmt.Errorf("read partitions: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read partitions: %w", err)
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		month, err := time.Parse("2006_01", name[max(0, len(name)-7):])
		return err != nil || month.AddDate(0, 1, 0).After(before)
	})
	for _, name := range names {
		if _, err := s.DB.Exec(ctx, fmt.Sprintf(sqlDropPartition, name)); err != nil {
			return nil, fmt.Errorf("drop %s: %w", name, err)
		}
	}
	s.mu.Lock()
	clear(s.partitions)
	s.mu.Unlock()
	for _, sql := range []string{sqlExpireChunks, sqlExpireLines, sqlExpireLast, sqlExpireDuties,
		sqlExpireCrossings, sqlExpireInside} {
		if _, err := s.DB.Exec(ctx, sql, pgx.NamedArgs{"before": before}); err != nil {
			return nil, fmt.Errorf("expire positions: %w", err)
		}
	}
	return names, nil
}
