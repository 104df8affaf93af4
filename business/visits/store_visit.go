package visits

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/internal/db"
)

const (
	visitColumns = `
id, person_id, customer_id, day, coalesce(stop_id, 0) as stop_id, kind, state,
in_at, in_received_at, in_device_at, in_point, in_accuracy_m, in_distance_m,
fence_m, outside, reason, late, clock_s, out_at, out_received_at, out_device_at, out_point,
out_accuracy_m, out_distance_m, person_met, stage, status_found, notes, valid_at, decision,
grade, truth, doubts, forgotten`

	sqlVisitLock = `select ` + visitColumns + ` from visits.visit where id = @id for update`
	sqlVisit     = `select ` + visitColumns + ` from visits.visit where id = @id`
	sqlOpenVisit = `
select ` + visitColumns + ` from visits.visit where person_id = @person and state = 'open'
for update`
	sqlStaleVisits = `
select ` + visitColumns + ` from visits.visit where state = 'open' and day < @day
order by id limit 500 for update skip locked`
	sqlCountToday = `
select count(*) from visits.visit
where person_id = @person and customer_id = @customer and day = @day
	and in_at >= @from and state in ('open', 'pending', 'valid')`
	sqlVisitInsert = `
insert into visits.visit (person_id, customer_id, day, stop_id, kind, state, in_at,
	in_received_at, in_device_at, in_point, in_accuracy_m, in_distance_m, fence_m, outside,
	reason, late, clock_s)
values (@person, @customer, @day, nullif(@stop, 0::bigint), @kind, @state, @in_at,
	@in_received_at, @in_device_at, @in_point, @in_accuracy_m, @in_distance_m, @fence_m,
	@outside, @reason, @late, @clock)
returning ` + visitColumns
	sqlVisitUpdate = `
update visits.visit set state = @state, late = @late, clock_s = @clock,
	forgotten = @forgotten, out_at = @out_at,
	out_received_at = @out_received_at, out_device_at = @out_device_at,
	out_point = @out_point, out_accuracy_m = @out_accuracy_m,
	out_distance_m = @out_distance_m, person_met = @person_met, stage = @stage,
	status_found = @status_found, notes = @notes, valid_at = @valid_at, decision = @decision,
	decided_at = coalesce(@decided_at, decided_at),
	decided_by = coalesce(@decided_by, decided_by)
where id = @id
returning ` + visitColumns
	sqlHistory = `
select count(*) from visits.visit
where customer_id = @customer and state = 'valid' and kind = 'sales'`
	sqlLatestValid = `
select ` + visitColumns + ` from visits.visit
where customer_id = @customer and state = 'valid' and kind = 'sales'
order by in_at desc, id desc limit 1`

	sqlLatestStage = `
select ` + visitColumns + ` from visits.visit
where customer_id = @customer and state = 'valid' and kind = 'sales' and stage <> ''
order by in_at desc, id desc limit 1`

	sqlVisits = `
select ` + visitColumns + ` from visits.visit
where ` + visitFilter + `
	and (@after_at::timestamptz is null or (in_at, id) < (@after_at, @after_id::bigint))
order by in_at desc, id desc limit @limit`
	sqlVisitCount = `
select count(*) from (
	select from visits.visit where ` + visitFilter + ` limit 10001) bounded`
	visitFilter = `
(@all or person_id = any(@people))
	and (@person = 0 or person_id = @person)
	and (@customer = 0 or customer_id = @customer)
	and (@from::date is null
		or day >= @from and in_at >= (@from::date - 1)::timestamptz)
	and (@to::date is null
		or day <= @to and in_at < (@to::date + 2)::timestamptz)
	and (@state = '' or state = @state) and (@kind = '' or kind = @kind)`

	// withinPeriod are the days of a period, by the instant too, which is indexed: in
	// every zone a business day lies within a day of the same date in UTC.
	withinPeriod = `
day between @from and @to
	and in_at >= (@from::date - 1)::timestamptz and in_at < (@to::date + 2)::timestamptz`

	sqlLastOfPeople = `
select p.id as person_id, last.day as last_day, period.visits as in_period
from unnest(@people::bigint[]) as p(id)
cross join lateral (
	select day from visits.visit
	where person_id = p.id and state = 'valid' and kind = 'sales' and day <= @to
		and in_at < (@to::date + 2)::timestamptz
	order by in_at desc, id desc limit 1) last
cross join lateral (
	select count(*) as visits from visits.visit
	where person_id = p.id and state = 'valid' and kind = 'sales' and ` + withinPeriod + `) period`
	sqlGaps = `
select customer_id, min(day) as first_day, max(day) as last_day, count(distinct day) as days
from visits.visit
where state = 'valid' and kind = 'sales' and customer_id = any(@customers)
	and ` + withinPeriod + `
group by customer_id`
)

type visitRow struct {
	ID            business.VisitID    `db:"id"`
	PersonID      business.PersonID   `db:"person_id"`
	CustomerID    business.CustomerID `db:"customer_id"`
	Day           business.Date       `db:"day"`
	StopID        int64               `db:"stop_id"`
	Kind          string              `db:"kind"`
	State         string              `db:"state"`
	InAt          time.Time           `db:"in_at"`
	InReceivedAt  time.Time           `db:"in_received_at"`
	InDeviceAt    *time.Time          `db:"in_device_at"`
	InPoint       *orb.Point          `db:"in_point"`
	InAccuracyM   *float64            `db:"in_accuracy_m"`
	InDistanceM   *float64            `db:"in_distance_m"`
	FenceM        float64             `db:"fence_m"`
	Outside       bool                `db:"outside"`
	Reason        string              `db:"reason"`
	Late          bool                `db:"late"`
	ClockS        int                 `db:"clock_s"`
	OutAt         *time.Time          `db:"out_at"`
	OutReceivedAt *time.Time          `db:"out_received_at"`
	OutDeviceAt   *time.Time          `db:"out_device_at"`
	OutPoint      *orb.Point          `db:"out_point"`
	OutAccuracyM  *float64            `db:"out_accuracy_m"`
	OutDistanceM  *float64            `db:"out_distance_m"`
	PersonMet     string              `db:"person_met"`
	Stage         string              `db:"stage"`
	Notes         string              `db:"notes"`
	ValidAt       *time.Time          `db:"valid_at"`
	Decision      string              `db:"decision"`
	StatusFound   string              `db:"status_found"`
	Grade         string              `db:"grade"`
	Truth         *int                `db:"truth"`
	Doubts        []string            `db:"doubts"`
	Forgotten     bool                `db:"forgotten"`
}

func (r visitRow) domain() Visit {
	v := Visit{
		ID: r.ID, Person: r.PersonID, Customer: r.CustomerID, Date: r.Day, Stop: r.StopID,
		Kind: Kind(r.Kind), State: State(r.State),
		In: Punch{
			At: r.InAt.UTC(), ReceivedAt: r.InReceivedAt.UTC(), DeviceAt: instant(r.InDeviceAt),
			Point: r.InPoint, Accuracy: length(r.InAccuracyM), Distance: distance(r.InDistanceM),
		},
		Fence: geo.Meters(r.FenceM), Outside: r.Outside, Reason: r.Reason, Late: r.Late,
		ClockSet: time.Duration(r.ClockS) * time.Second,
		Notes:    Notes{r.PersonMet, r.Stage, r.StatusFound, r.Notes},
		ValidAt:  r.ValidAt, Decision: r.Decision,
		Grade: Grade(r.Grade), Truth: r.Truth, Doubts: r.Doubts, Forgotten: r.Forgotten,
	}
	if r.OutAt != nil {
		v.Out = &Punch{
			At: r.OutAt.UTC(), ReceivedAt: instant(r.OutReceivedAt),
			DeviceAt: instant(r.OutDeviceAt), Point: r.OutPoint,
			Accuracy: length(r.OutAccuracyM), Distance: distance(r.OutDistanceM),
		}
	}
	return v
}

func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func length(m *float64) geo.Meters {
	if m == nil {
		return 0
	}
	return geo.Meters(*m)
}

func distance(m *float64) *geo.Meters {
	if m == nil {
		return nil
	}
	d := geo.Meters(*m)
	return &d
}

func number(m *geo.Meters) *float64 {
	if m == nil {
		return nil
	}
	f := float64(*m)
	return &f
}

func readVisits(
	ctx context.Context, q db.Querier, sql string, args pgx.NamedArgs,
) ([]Visit, error) {
	found, err := db.Collect[visitRow](ctx, q, sql, args)
	if err != nil {
		return nil, fmt.Errorf("read visits: %w", err)
	}
	out := make([]Visit, len(found))
	for i, r := range found {
		out[i] = r.domain()
	}
	return out, nil
}

// oneVisit returns the visit that sql finds, or nil.
func oneVisit(
	ctx context.Context, q db.Querier, sql string, args pgx.NamedArgs,
) (*Visit, error) {
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[visitRow])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read visit: %w", err)
	}
	v := row.domain()
	return &v, nil
}

// insertVisit opens a visit and returns it as it is stored.
func insertVisit(ctx context.Context, tx db.Tx, v Visit) (Visit, error) {
	stored, err := oneVisit(ctx, tx, sqlVisitInsert, pgx.NamedArgs{
		"person": v.Person, "customer": v.Customer, "day": v.Date, "stop": v.Stop,
		"kind": string(v.Kind), "state": string(v.State), "in_at": v.In.At,
		"in_received_at": v.In.ReceivedAt, "in_device_at": v.In.DeviceAt,
		"in_point": v.In.Point, "in_accuracy_m": float64(v.In.Accuracy),
		"in_distance_m": number(v.In.Distance), "fence_m": float64(v.Fence),
		"outside": v.Outside, "reason": v.Reason, "late": v.Late,
		"clock": int(v.ClockSet.Seconds()),
	})
	if db.Violates(err, "visit_one_open") {
		return Visit{}, ErrOpenVisit
	}
	if err != nil {
		return Visit{}, fmt.Errorf("open visit: %w", err)
	}
	return *stored, nil
}

// updateVisit writes everything that changes after check-in and returns the visit as it
// is stored. by is who decided about it, nil when nobody did.
func updateVisit(ctx context.Context, tx db.Tx, v Visit, by *stamp) (Visit, error) {
	args := pgx.NamedArgs{
		"id": v.ID, "state": string(v.State), "late": v.Late, "forgotten": v.Forgotten,
		"clock":  int(v.ClockSet.Seconds()),
		"out_at": nil, "out_received_at": nil, "out_device_at": nil, "out_point": nil,
		"out_accuracy_m": nil, "out_distance_m": nil,
		"person_met": v.PersonMet, "stage": v.Stage, "status_found": v.Status, "notes": v.Text,
		"valid_at": v.ValidAt, "decision": v.Decision, "decided_at": nil, "decided_by": nil,
	}
	if o := v.Out; o != nil {
		args["out_at"], args["out_received_at"] = o.At, o.ReceivedAt
		args["out_device_at"], args["out_point"] = o.DeviceAt, o.Point
		args["out_distance_m"] = number(o.Distance)
		if o.Point != nil {
			args["out_accuracy_m"] = float64(o.Accuracy)
		}
	}
	if by != nil {
		args["decided_at"], args["decided_by"] = by.now, by.by
	}
	stored, err := oneVisit(ctx, tx, sqlVisitUpdate, args)
	if err == nil && stored == nil {
		err = ErrNoVisit.With("visit_id", v.ID)
	}
	if err != nil {
		return Visit{}, fmt.Errorf("write visit: %w", err)
	}
	return *stored, nil
}
