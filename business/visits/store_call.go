package visits

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/internal/db"
)

const (
	callColumns = `
k.id, coalesce(k.customer_id, 0) as customer_id, k.point, k.title, k.skill, k.service_minutes,
k.from_at, k.until_at, k.note, k.priority, k.state, coalesce(k.owner_id, 0) as owner_id,
k.opened_at, k.opened_by, coalesce(k.person_id, 0) as person_id,
coalesce(k.stop_id, 0) as stop_id, coalesce(s.state, '') as stop_state,
coalesce(s.skip_reason, '') as skip_reason, s.day, k.assigned_at,
coalesce(k.assigned_by, 0) as assigned_by, k.closed_at, coalesce(k.closed_by, 0) as closed_by,
k.reason`

	sqlCallsFrom = `select ` + callColumns + `
from visits.call k left join visits.stop s on s.id = k.stop_id `

	// A call is seen by who sees its customer's owner, who opened it, or who goes.
	callScope = `
(@all or k.owner_id = any(@people) or k.opened_by = any(@people) or k.person_id = any(@people))`

	sqlCallsLive = sqlCallsFrom + `
where k.state in ('open', 'assigned') and ` + callScope + `
order by k.state = 'assigned', k.priority desc, k.until_at nulls last, k.id limit @limit`
	sqlCallsLiveCount = `
select count(*) from visits.call k where k.state in ('open', 'assigned') and ` + callScope
	sqlCallsClosed = sqlCallsFrom + `
where k.state in ('done', 'withdrawn') and ` + callScope + `
	and (@after_id::bigint is null or (k.closed_at, k.id) < (@after_at::timestamptz, @after_id))
order by k.closed_at desc, k.id desc limit @limit`
	sqlCallByID = sqlCallsFrom + `where k.id = @id and ` + callScope
	sqlCallLock = `select from visits.call where id = @id for update`

	sqlCallInsert = `
insert into visits.call (customer_id, point, title, skill, service_minutes, from_at, until_at,
	note, priority, owner_id, opened_at, opened_by)
values (nullif(@customer, 0::bigint), @point, @title, @skill, @service, @from, @until, @note,
	@priority, nullif(@owner, 0::bigint), @now, @by)
returning id`
	sqlCallUpdate = `
update visits.call set state = @state, person_id = nullif(@person, 0::bigint),
	stop_id = nullif(@stop, 0::bigint), assigned_at = @assigned_at,
	assigned_by = nullif(@assigned_by, 0::bigint), closed_at = @closed_at,
	closed_by = nullif(@closed_by, 0::bigint), reason = @reason
where id = @id`

	sqlCallsOfStop = `
select id from visits.call where stop_id = @stop and state = 'assigned' order by id for update`
	// Assigned to somebody whose day does not hold it any more.
	sqlCallsLost = `
select k.id from visits.call k
where k.state = 'assigned' and k.person_id = @person and not exists (
	select from visits.stop s where s.id = k.stop_id and s.source = 'assignment'
		and (s.published_position is not null or s.state in ('checked_in', 'done')))
order by k.id for update`
	sqlCallsOwner = `
update visits.call set owner_id = nullif(@to, 0::bigint)
where customer_id = @customer and state in ('open', 'assigned')`
	sqlCallsMerge = `
update visits.call set customer_id = @as, owner_id = case
	when state in ('open', 'assigned') then nullif(@owner, 0::bigint) else owner_id end
where customer_id = @customer`

	sqlSkills = `
select person_id, name from visits.skill
where (@all or person_id = any(@people)) order by person_id, name`
	sqlSkillsClear = `delete from visits.skill where person_id = @person`
	sqlSkillsAdd   = `
insert into visits.skill (person_id, name)
select @person, name from unnest(@names::text[]) as name on conflict do nothing`
	sqlSkilled = `
select person_id from visits.skill where name = @name and person_id = any(@people)`
)

type callRow struct {
	ID             int64               `db:"id"`
	CustomerID     business.CustomerID `db:"customer_id"`
	Point          *orb.Point          `db:"point"`
	Title          string              `db:"title"`
	Skill          string              `db:"skill"`
	ServiceMinutes int                 `db:"service_minutes"`
	FromAt         *time.Time          `db:"from_at"`
	UntilAt        *time.Time          `db:"until_at"`
	Note           string              `db:"note"`
	Priority       int                 `db:"priority"`
	State          string              `db:"state"`
	OwnerID        business.PersonID   `db:"owner_id"`
	OpenedAt       time.Time           `db:"opened_at"`
	OpenedBy       business.PersonID   `db:"opened_by"`
	PersonID       business.PersonID   `db:"person_id"`
	StopID         int64               `db:"stop_id"`
	StopState      string              `db:"stop_state"`
	SkipReason     string              `db:"skip_reason"`
	Day            *business.Date      `db:"day"`
	AssignedAt     *time.Time          `db:"assigned_at"`
	AssignedBy     business.PersonID   `db:"assigned_by"`
	ClosedAt       *time.Time          `db:"closed_at"`
	ClosedBy       business.PersonID   `db:"closed_by"`
	Reason         string              `db:"reason"`
}

func (r callRow) domain() Call {
	c := Call{
		ID: r.ID, Customer: r.CustomerID, Point: r.Point, Title: r.Title, Skill: r.Skill,
		Need: Need{time.Duration(r.ServiceMinutes) * time.Minute, r.FromAt, r.UntilAt},
		Note: r.Note, Priority: Priority(r.Priority), State: CallState(r.State),
		Owner: r.OwnerID, OpenedAt: r.OpenedAt, OpenedBy: r.OpenedBy,
		Person: r.PersonID, Stop: r.StopID, StopState: StopState(r.StopState),
		SkipReason: r.SkipReason, AssignedAt: r.AssignedAt, AssignedBy: r.AssignedBy,
		ClosedAt: r.ClosedAt, ClosedBy: r.ClosedBy, Reason: r.Reason,
	}
	if r.Day != nil {
		c.Day = *r.Day
	}
	return c
}

func domainCalls(rows []callRow) []Call {
	out := make([]Call, len(rows))
	for i, r := range rows {
		out[i] = r.domain()
	}
	return out
}

// callArgs are the caller's scope, to which they themselves belong.
func callArgs(c Caller) pgx.NamedArgs {
	people := append([]int64{int64(c.Actor.Person)}, c.Scope.People...)
	return pgx.NamedArgs{"all": c.Scope.All, "people": people}
}

// lockCall locks a call and reads it then: one statement would join the stop that it
// had before the wait.
func lockCall(ctx context.Context, tx db.Tx, c Caller, id int64) (Call, error) {
	if _, err := tx.Exec(ctx, sqlCallLock, pgx.NamedArgs{"id": id}); err != nil {
		return Call{}, fmt.Errorf("lock call %d: %w", id, err)
	}
	return oneCall(ctx, tx, c, id)
}

// oneCall reads a call in the caller's scope.
func oneCall(ctx context.Context, q db.Querier, c Caller, id int64) (Call, error) {
	args := callArgs(c)
	args["id"] = id
	rows, err := q.Query(ctx, sqlCallByID, args)
	if err != nil {
		return Call{}, err
	}
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[callRow])
	if errors.Is(err, pgx.ErrNoRows) {
		return Call{}, ErrNoCall.With("call_id", id)
	}
	if err != nil {
		return Call{}, fmt.Errorf("read call %d: %w", id, err)
	}
	return row.domain(), nil
}

func saveCall(ctx context.Context, tx db.Tx, c Call) error {
	_, err := tx.Exec(ctx, sqlCallUpdate, pgx.NamedArgs{
		"id": c.ID, "state": string(c.State), "person": c.Person, "stop": c.Stop,
		"assigned_at": c.AssignedAt, "assigned_by": c.AssignedBy,
		"closed_at": c.ClosedAt, "closed_by": c.ClosedBy, "reason": c.Reason,
	})
	if err != nil {
		return fmt.Errorf("write call %d: %w", c.ID, err)
	}
	return nil
}

func callIDs(ctx context.Context, tx db.Tx, sql string, args pgx.NamedArgs) ([]int64, error) {
	rows, err := tx.Query(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("calls of a stop or a person: %w", err)
	}
	return ids, nil
}

// callsOfStop locks the calls that a stop answers.
func callsOfStop(ctx context.Context, tx db.Tx, stop int64) ([]int64, error) {
	return callIDs(ctx, tx, sqlCallsOfStop, pgx.NamedArgs{"stop": stop})
}

// moveCalls gives what is to be done at a customer to its new owner.
func moveCalls(
	ctx context.Context, tx db.Tx, customer business.CustomerID, to business.PersonID,
) error {
	args := pgx.NamedArgs{"customer": customer, "to": to}
	if _, err := tx.Exec(ctx, sqlCallsOwner, args); err != nil {
		return fmt.Errorf("calls of customer %d: %w", customer, err)
	}
	return nil
}

// mergeCalls moves the calls of a customer to the one that it turned out to be.
func mergeCalls(
	ctx context.Context, tx db.Tx, old, by business.CustomerID, owner business.PersonID,
) error {
	args := pgx.NamedArgs{"customer": old, "as": by, "owner": owner}
	if _, err := tx.Exec(ctx, sqlCallsMerge, args); err != nil {
		return fmt.Errorf("calls of customer %d: %w", old, err)
	}
	return nil
}
