package jobs

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"beatplan/internal/db"
	"beatplan/internal/scope"
)

const (
	columns = `id, kind, owner, title, state, done, total, note, result, failure,
	created_at, finished_at`

	sqlInsert = `
insert into jobs.job (kind, owner, title, state, process, created_at)
values (@kind, @owner, @title, 'queued', @process, @now)
returning ` + columns

	sqlRead = `
select ` + columns + ` from jobs.job
where id = @id and (@all or owner = any(@people) and owner <> 0)`

	sqlList = `
select ` + columns + ` from jobs.job
where @all or owner = any(@people) and owner <> 0
order by id desc limit @limit`

	sqlProgress = `
update jobs.job set state = $2, done = $3, total = $4, note = $5, heard_at = clock_timestamp()
where id = $1 and state in ('queued', 'running')`

	sqlFinish = `
update jobs.job set state = $2, done = $3, total = $4, note = $5, result = $6, failure = $7,
	finished_at = $8, heard_at = clock_timestamp()
where id = $1`

	sqlAskCancel = `update jobs.job set cancel = true where id = $1`

	sqlBeat = `update jobs.job set heard_at = clock_timestamp() where id = $1 returning cancel`

	sqlTakeOver = `
update jobs.job set state = 'interrupted', finished_at = $1
where state in ('queued', 'running') and process <> $2`

	sqlBury = `
update jobs.job set state = 'interrupted', finished_at = $1
where state in ('queued', 'running') and heard_at < clock_timestamp() - $2::interval`

	sqlForget = `delete from jobs.job where finished_at < $1`
)

func (s *Service) insert(ctx context.Context, spec Spec) (Job, error) {
	rows, err := s.db.Query(ctx, sqlInsert, pgx.NamedArgs{
		"kind": spec.Kind, "owner": spec.Owner, "title": spec.Title,
		"process": s.process, "now": s.clock.Now(),
	})
	if err != nil {
		return Job{}, fmt.Errorf("start job: %w", err)
	}
	job, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Job])
	return job, wrap(err, "start job")
}

func read(ctx context.Context, q db.Querier, sc scope.Scope, id int64) (Job, error) {
	rows, err := q.Query(ctx, sqlRead,
		pgx.NamedArgs{"id": id, "all": sc.All, "people": sc.People})
	if err != nil {
		return Job{}, fmt.Errorf("read job: %w", err)
	}
	job, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Job])
	if errors.Is(err, pgx.ErrNoRows) {
		return Job{}, ErrNotFound.With("id", id)
	}
	return job, wrap(err, "read job")
}

func list(ctx context.Context, q db.Querier, sc scope.Scope, limit int) ([]Job, error) {
	rows, err := q.Query(ctx, sqlList,
		pgx.NamedArgs{"all": sc.All, "people": sc.People, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	jobs, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Job])
	return jobs, wrap(err, "list jobs")
}

func wrap(err error, doing string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
