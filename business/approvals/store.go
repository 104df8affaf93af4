package approvals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

const requestColumns = `
r.id, r.kind, r.object, r.subjects, r.title, r.applicant_id, r.reason, r.payload::text,
r.changes::text, r.state, r.step, coalesce(r.approver_id, 0), r.result_id, r.created_at,
r.ended_at, r.version
from approvals.request r`

// visible are the requests that a reader may see: their own, those within their
// scope, and those that they are or were asked to decide.
const visible = `
(@all or r.applicant_id = @me or r.applicant_id = any(@people)
	or r.state = 'open' and (r.approver_id = @me or @admin)
	or exists (select from approvals.step s where s.request_id = r.id
		and @me in (s.approver_id, s.decided_by)))`

const waitsForMe = `
r.state = 'open' and r.applicant_id <> @me and (r.approver_id = @me or @admin and r.approver_id = 0)`

const (
	sqlRequest = `select ` + requestColumns + ` where r.id = @id and ` + visible

	sqlLockRequest = `select ` + requestColumns + ` where r.id = @id and ` + visible + `
for update of r`

	sqlOpenRequests = `select ` + requestColumns + ` where r.state = 'open' order by r.id for update of r`

	sqlRequests = `select ` + requestColumns + `
where ` + visible + ` and (@before_id = 0 or r.id < @before_id)
	and (@state = '' or r.state = @state) and (@kind = '' or r.kind = @kind)
	and (@object = '' or r.object = @object)
	and (@subject = 0::bigint or r.subjects @> array[@subject::bigint])
	and (@search = '' or r.title ilike @search or r.applicant_id = any(@named))
	and case @box when 'mine' then r.applicant_id = @me
		when 'to_decide' then ` + waitsForMe + `
		when 'decided' then exists (select from approvals.step s
			where s.request_id = r.id and s.decided_by = @me)
		else true end
order by r.id desc limit @limit`

	sqlCounts = `
select count(*) filter (where ` + waitsForMe + `),
	count(*) filter (where r.applicant_id = @me)
from approvals.request r where r.state = 'open'`

	sqlInsertRequest = `
insert into approvals.request (kind, object, subjects, title, applicant_id, reason, payload,
	changes, state, step, approver_id, created_at, ended_at)
values (@kind, @object, @subjects, @title, @applicant, @reason, @payload, @changes, @state,
	@step, @approver, @now, @ended)
returning id`

	sqlUpdateRequest = `
update approvals.request set state = @state, step = @step, approver_id = @approver,
	result_id = @result, ended_at = @ended, version = version + 1
where id = @id`

	sqlInsertStep = `
insert into approvals.step (request_id, no, role, approver_id) values (@id, @no, @role, @approver)`

	sqlDecideStep = `
update approvals.step set decided_by = @by, decision = @decision, comment = @comment,
	decided_at = @now, address = @address
where request_id = @id and no = @no`

	sqlRerouteStep = `
update approvals.step set approver_id = @approver where request_id = @id and no = @no`

	sqlSteps = `
select no, role, approver_id, coalesce(decided_by, 0), coalesce(decision, ''), comment,
	decided_at, address
from approvals.step where request_id = @id order by no`

	sqlInsertEvent = `
insert into approvals.event (request_id, at, person_id, action, step, comment)
values (@id, @now, @person, @action, @step, @comment)`

	sqlEvents = `
select at, person_id, action, step, comment from approvals.event
where request_id = @id order by id`

	sqlCountOpen = `
select count(*) from approvals.request
where state = 'open' and kind = any(@kinds) and applicant_id = @applicant`

	sqlOpenOn = `
select distinct s.id from approvals.request r, unnest(r.subjects) as s(id)
where r.state = 'open' and r.object = @object
	and (@ids::bigint[] is null or r.subjects && @ids and s.id = any(@ids))`
)

func scanRequest(row pgx.CollectableRow) (Request, error) {
	var r Request
	var payload, changes string
	err := row.Scan(&r.ID, &r.Kind, &r.Object, &r.Subjects, &r.Title, &r.Applicant, &r.Reason,
		&payload, &changes, &r.State, &r.Step, &r.Approver, &r.Result, &r.CreatedAt, &r.EndedAt,
		&r.Version)
	if err != nil {
		return Request{}, err
	}
	r.Payload = json.RawMessage(payload)
	return r, json.Unmarshal([]byte(changes), &r.Changes)
}

func scanStep(row pgx.CollectableRow) (Step, error) {
	var s Step
	err := row.Scan(&s.No, &s.Role, &s.Approver, &s.DecidedBy, &s.Decision, &s.Comment,
		&s.DecidedAt, &s.Address)
	return s, err
}

func scanEvent(row pgx.CollectableRow) (Event, error) {
	var e Event
	err := row.Scan(&e.At, &e.Person, &e.Action, &e.Step, &e.Comment)
	return e, err
}

// reader are the arguments of what somebody may see.
func reader(by By) pgx.NamedArgs {
	people := by.Scope.People
	if people == nil {
		people = []int64{}
	}
	return pgx.NamedArgs{"all": by.Scope.All, "people": people, "me": by.Actor.Person,
		"admin": by.Actor.Role == business.Admin}
}

func request(ctx context.Context, q db.Querier, sql string, by By, id int64) (Request, error) {
	args := reader(by)
	args["id"] = id
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		return Request{}, err
	}
	r, err := pgx.CollectExactlyOneRow(rows, scanRequest)
	if errors.Is(err, pgx.ErrNoRows) {
		err = ErrNoRequest
	}
	return r, err
}

func list[T any](
	ctx context.Context, q db.Querier, sql string, args pgx.NamedArgs, scan pgx.RowToFunc[T],
) ([]T, error) {
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

func insert(ctx context.Context, tx db.Tx, r *Request, plan []Step) error {
	changes, err := json.Marshal(r.Changes)
	if err != nil {
		return err
	}
	args := stateArgs(*r)
	args["kind"], args["object"], args["subjects"] = r.Kind, r.Object, r.Subjects
	args["title"], args["applicant"], args["reason"] = r.Title, r.Applicant, r.Reason
	args["payload"], args["changes"] = string(r.Payload), string(changes)
	args["now"] = r.CreatedAt
	err = tx.QueryRow(ctx, sqlInsertRequest, args).Scan(&r.ID)
	if db.Violates(err, "request_open") {
		return ErrPending
	}
	if err != nil {
		return fmt.Errorf("save request: %w", err)
	}
	for _, s := range plan {
		_, err := tx.Exec(ctx, sqlInsertStep, pgx.NamedArgs{
			"id": r.ID, "no": s.No, "role": s.Role, "approver": s.Approver})
		if err != nil {
			return fmt.Errorf("save step %d: %w", s.No, err)
		}
	}
	return nil
}

func stateArgs(r Request) pgx.NamedArgs {
	args := pgx.NamedArgs{"id": r.ID, "state": r.State, "step": r.Step, "approver": nil,
		"result": r.Result, "ended": r.EndedAt}
	if r.State == Open {
		args["approver"] = r.Approver
	}
	return args
}

func update(ctx context.Context, tx db.Tx, r Request) error {
	_, err := tx.Exec(ctx, sqlUpdateRequest, stateArgs(r))
	return err
}

func happened(ctx context.Context, tx db.Tx, id int64, e Event) error {
	_, err := tx.Exec(ctx, sqlInsertEvent, pgx.NamedArgs{"id": id, "now": e.At,
		"person": e.Person, "action": e.Action, "step": e.Step, "comment": e.Comment})
	return err
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
