package visits

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

// Tracks is where people were, as their devices recorded it.
type Tracks interface {
	// Traces returns what was recorded of a person from one instant to another.
	Traces(ctx context.Context, p business.PersonID, from, to time.Time) ([]Trace, error)
}

const (
	sqlVisitBefore = `
select ` + visitColumns + ` from visits.visit
where person_id = @person and id <> @id and in_at <= @at and state in ('pending', 'valid')
order by in_at desc, id desc limit 1`
	sqlTruthSave = `
update visits.visit set grade = @grade, truth = @truth, doubts = @doubts, judged_at = @now
where id = @id`

	// Within the days in which phones may bring what they held; by the index on time.
	sqlUnjudged = `
select ` + visitColumns + ` from visits.visit
where in_at > @since and (in_at, id) > (@after_at, @after_id::bigint) and out_at is not null
	and (truth is null or coalesce(out_received_at, out_at) between @from and @to
		and judged_at < coalesce(out_received_at, out_at) + @settled::interval)
order by in_at, id limit @limit`

	traceMargin = 10 * time.Minute
	judgedFor   = 12 * 24 * time.Hour
	settled     = 6 * time.Hour // by then trackers have sent what they held
	lastSettled = 36 * time.Hour
	judgedAt    = 500 // visits that are read at a time
)

// traces are the person's traces around a stretch of time; none without Tracks.
func (s *Service) traces(
	ctx context.Context, p business.PersonID, from, to time.Time,
) ([]Trace, error) {
	if s.Tracks == nil {
		return nil, nil
	}
	found, err := s.Tracks.Traces(ctx, p, from.Add(-traceMargin), to.Add(traceMargin))
	if err != nil {
		return nil, fmt.Errorf("track of person %d: %w", p, err)
	}
	return found, nil
}

// weigh gathers what is known about a visit and judges it.
func (s *Service) weigh(ctx context.Context, q db.Querier, v Visit) (Truth, error) {
	c := circumstances{Visit: v}
	var err error
	c.Before, err = oneVisit(ctx, q, sqlVisitBefore, pgx.NamedArgs{
		"person": v.Person, "id": v.ID, "at": v.In.At,
	})
	if err != nil {
		return Truth{}, err
	}
	end := v.In.At
	if v.Out != nil {
		end = v.Out.At
	}
	if c.Traces, err = s.traces(ctx, v.Person, v.In.At, end); err != nil {
		return Truth{}, err
	}
	c.Photos, err = readPhotos(ctx, q, sqlPhotosOfVisit, pgx.NamedArgs{"visit": v.ID})
	if err != nil {
		return Truth{}, err
	}
	return judge(c), nil
}

// rejudge writes how far a visit that ended is to be believed, by what is known
// now, also into v. It follows the command's transaction: reading tracks takes a connection of
// its own, which nobody waits for while holding another.
func (s *Service) rejudge(ctx context.Context, v *Visit) error {
	if v.Out == nil {
		return nil
	}
	t, err := s.weigh(ctx, s.DB, *v)
	if err != nil {
		return err
	}
	_, err = s.DB.Exec(ctx, sqlTruthSave, pgx.NamedArgs{
		"id": v.ID, "grade": string(t.Grade), "truth": t.Score, "doubts": t.codes(),
		"now": s.Clock.Now(),
	})
	if err != nil {
		return fmt.Errorf("write truth of visit %d: %w", v.ID, err)
	}
	v.Grade, v.Truth, v.Doubts = t.Grade, &t.Score, t.codes()
	return nil
}

// JudgeLeft judges the visits of the last days that were not when they ended, because
// something failed then, and each once more six hours after it came in, when trackers have
// sent what they held (not after 36); it returns how many. One that fails keeps back no
// other. A job calls it.
func (s *Service) JudgeLeft(ctx context.Context) (int, error) {
	now := s.Clock.Now()
	args := pgx.NamedArgs{
		"since": now.Add(-judgedFor), "limit": judgedAt,
		"settled": settled, "from": now.Add(-lastSettled), "to": now.Add(-settled),
		"after_at": now.Add(-judgedFor), "after_id": 0,
	}
	judged, failed := 0, error(nil)
	for {
		left, err := readVisits(ctx, s.DB, sqlUnjudged, args)
		if err != nil {
			return judged, err
		}
		for i := range left {
			if err := s.rejudge(ctx, &left[i]); err != nil {
				failed = err
				continue
			}
			judged++
		}
		if len(left) < judgedAt || ctx.Err() != nil {
			return judged, failed
		}
		last := left[len(left)-1]
		args["after_at"], args["after_id"] = last.In.At, last.ID
	}
}

// Truth judges a visit by what is known now, also by what came in after it was
// written. It fails with ErrNoVisit.
func (s *Service) Truth(ctx context.Context, c Caller, id business.VisitID) (Truth, error) {
	r, err := s.Visit(ctx, c, id)
	if err != nil {
		return Truth{}, err
	}
	return s.weigh(ctx, s.DB, r.Visit)
}
