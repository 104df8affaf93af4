package territory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/internal/db"
)

const (
	scenarioColumns = `
select id, name, state, version, tolerance, budget, activities, by_road, created_at, created_by,
	submitted_at, submitted_by, publish_on, scheduled_by, live_at, proof, barriers, base_level, routed,
	asked_at, asked_on, spare, from_home, split_price, apart
from territory.scenario `

	sqlScenarios = scenarioColumns + `where @all or created_by = @me order by id desc limit 200`
	sqlScenario  = scenarioColumns + `where id = @id and (@all or created_by = @me)`
	sqlLock      = scenarioColumns + `where id = @id and (@all or created_by = @me) for update`
	sqlDue       = scenarioColumns + `
where state = 'scheduled' and publish_on <= @today order by publish_on, id for update skip locked`

	sqlInsert = `
insert into territory.scenario (name, tolerance, budget, activities, by_road, barriers, base_level,
	created_at, created_by, spare, from_home, split_price, apart)
values (@name, @tolerance, @budget, @activities, @by_road, @barriers, @base_level, @now, @me,
	@spare, @from_home, @split_price, @apart)
returning id`
	sqlSave = `
update territory.scenario set name = @name, state = @state, version = version + 1,
	tolerance = @tolerance, budget = @budget, activities = @activities, by_road = @by_road,
	submitted_at = @submitted_at, submitted_by = @submitted_by, publish_on = @publish_on,
	scheduled_by = @scheduled_by, live_at = @live_at, proof = @proof, barriers = @barriers,
	base_level = @base_level, routed = @routed, asked_at = @asked_at, asked_on = @asked_on,
	spare = @spare, from_home = @from_home, split_price = @split_price, apart = @apart
where id = @id returning version`
	sqlDelete = `delete from territory.scenario where id = @id`

	sqlMembers = `
select person_id, share, most from territory.member where scenario_id = @id order by person_id`
	sqlMembersDelete = `delete from territory.member where scenario_id = @id`
	sqlMembersInsert = `
insert into territory.member (scenario_id, person_id, share, most)
select @id, * from unnest(@people::bigint[], @shares::double precision[], @most::integer[])`

	sqlUnits = `
select customer_id, name, point, visits, minutes, potential, was, person, locked, refused,
	service, not_for, revenue
from territory.unit where scenario_id = @id and customer_id > @after
order by customer_id limit @limit`
	sqlUnitsInsert = `
insert into territory.unit (scenario_id, customer_id, name, point, visits, minutes, potential, was,
	person, service, revenue)
select @id, c, n, ST_SetSRID(ST_MakePoint(x, y), 4326), v, m, r, w, p, s, e
from unnest(@customers::bigint[], @names::text[], @lon::double precision[],
	@lat::double precision[], @visits::double precision[], @minutes::double precision[],
	@potential::double precision[], @was::bigint[], @person::bigint[],
	@service::double precision[], @revenue::double precision[]) as u(c, n, x, y, v, m, r, w, p, s, e)`
	sqlUnitsSet = `
update territory.unit u set person = w.person, locked = w.locked
from unnest(@customers::bigint[], @persons::bigint[], @locks::boolean[]) as w(customer, person, locked)
where u.scenario_id = @id and u.customer_id = w.customer
	and (u.person, u.locked) is distinct from (w.person, w.locked)`
	// A list of lists has no type of its own in SQL, so that refusals travel as JSON.
	sqlUnitsRefuse = `
update territory.unit u set not_for = array(select jsonb_array_elements_text(r.list)::bigint)
from (select customer, nullif(@refusals::jsonb -> (n::integer - 1), 'null') as list
	from unnest(@customers::bigint[]) with ordinality as c(customer, n)) r
where u.scenario_id = @id and u.customer_id = r.customer`
	sqlUnitMoved = `
update territory.unit set moved_at = @now, refused = @refused
where scenario_id = @id and customer_id = @customer`

	sqlEditInsert = `
insert into territory.edit (scenario_id, seq, kind, customers, persons, locks, refusals, members, at,
	by)
select @id, coalesce(max(seq), 0) + 1, @kind, @customers, @persons, @locks, @refusals, @members,
	@now, @me
from territory.edit where scenario_id = @id`
	sqlEditLast = `
select seq, kind, customers, persons, locks, refusals, members from territory.edit
where scenario_id = @id and undone_at is null order by seq desc limit 1`
	// What was undone can be done again until something else is done, even when that
	// is undone again.
	sqlEditNext = `
select seq, kind, customers, persons, locks, refusals, members from territory.edit e
where scenario_id = @id and undone_at is not null and not exists (
	select from territory.edit later
	where later.scenario_id = @id and later.seq > e.seq
		and (later.undone_at is null or later.at > e.undone_at))
order by seq limit 1`
	sqlEditSwap = `
update territory.edit set undone_at = @undone, persons = @persons, locks = @locks,
	refusals = @refusals, members = @members
where scenario_id = @id and seq = @seq`
	sqlEdits = `
select seq, kind, cardinality(customers) as customers, at, by, undone_at is not null as undone
from territory.edit where scenario_id = @id order by seq desc limit 200`

	sqlAreaEnd = `
update territory.area set until = @day where until is null and person_id = any(@people)`
	sqlAreaInsert = `
insert into territory.area (person_id, scenario_id, since, customers, shape)
values (@person, @id, @day, @customers, @shape)`
	sqlAreas = `
select id, person_id, scenario_id, since, customers, shape from territory.area
where until is null and (@all or person_id = any(@people))
	and (@box::geometry is null or ST_Intersects(shape, @box::geometry))
	and (@by::date is null or since <= @by::date)
	and id > @after order by id limit @limit`
	sqlAreasSum = `
select n, coalesce(ST_XMin(e), 0), coalesce(ST_YMin(e), 0), coalesce(ST_XMax(e), 0),
	coalesce(ST_YMax(e), 0)
from (
	select count(*) n, ST_Extent(shape) e from territory.area
	where until is null and (@all or person_id = any(@people))
		and (@box::geometry is null or ST_Intersects(shape, @box::geometry))
		and (@by::date is null or since <= @by::date)
) a`
	sqlArea = `
select id, person_id, scenario_id, since, customers, shape from territory.area
where until is null and (@all or person_id = any(@people)) and id = @id`
	sqlAreaAt = `
select person_id from territory.area
where until is null and ST_Covers(shape, ST_SetSRID(ST_MakePoint(@lon, @lat), 4326))
order by since desc, id limit 1`
)

// edit is a change with what was before it.
type edit struct {
	Seq       int     `db:"seq"`
	Kind      string  `db:"kind"`
	Customers []int64 `db:"customers"`
	Persons   []int64 `db:"persons"`
	Locks     []bool  `db:"locks"`
	// Refusals are NotFor of the customers; nil when the edit left them alone.
	Refusals [][]int64 `db:"refusals"`
	Members  []Member  `db:"members"`
}

// Edit is a line of a scenario's history.
type Edit struct {
	Seq       int       `db:"seq"`
	Kind      string    `db:"kind"`
	Customers int       `db:"customers"` // how many it touched
	At        time.Time `db:"at"`
	By        int64     `db:"by"`
	Undone    bool      `db:"undone"`
}

func (c Caller) args(id int64) pgx.NamedArgs {
	return pgx.NamedArgs{"id": id, "all": c.Scope.All, "me": c.Person}
}

func scenario(ctx context.Context, q db.Querier, sql string, c Caller, id int64) (Scenario, error) {
	rows, err := q.Query(ctx, sql, c.args(id))
	if err != nil {
		return Scenario{}, fmt.Errorf("read scenario %d: %w", id, err)
	}
	s, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Scenario])
	if errors.Is(err, pgx.ErrNoRows) {
		return s, ErrNoScenario.With("id", id)
	}
	return s, err
}

func collect[T any](ctx context.Context, q db.Querier, sql string, args pgx.NamedArgs) ([]T, error) {
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		return nil, fmt.Errorf("read territories: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[T])
}

func units(ctx context.Context, q db.Querier, id int64) ([]Unit, error) {
	return collect[Unit](ctx, q, sqlUnits, pgx.NamedArgs{"id": id, "after": 0, "limit": nil})
}

func members(ctx context.Context, q db.Querier, id int64) ([]Member, error) {
	return collect[Member](ctx, q, sqlMembers, pgx.NamedArgs{"id": id})
}

// save writes a scenario with its next version.
func save(ctx context.Context, tx db.Tx, s *Scenario) error {
	err := tx.QueryRow(ctx, sqlSave, pgx.NamedArgs{
		"id": s.ID, "name": s.Name, "state": string(s.State), "tolerance": s.Tolerance,
		"budget": s.Budget, "activities": s.Activities, "by_road": s.ByRoad,
		"submitted_at": s.SubmittedAt, "submitted_by": s.SubmittedBy, "publish_on": s.PublishOn,
		"scheduled_by": s.ScheduledBy, "live_at": s.LiveAt, "proof": s.Proof,
		"barriers": s.Barriers, "base_level": s.BaseLevel, "routed": s.Routed,
		"asked_at": s.AskedAt, "asked_on": s.AskedOn, "spare": s.Spare, "from_home": s.FromHome,
		"split_price": s.SplitPrice, "apart": append([][2]int64{}, s.Apart...),
	}).Scan(&s.Version)
	if err != nil {
		return fmt.Errorf("save scenario %d: %w", s.ID, err)
	}
	return nil
}

func setMembers(ctx context.Context, tx db.Tx, id int64, list []Member) error {
	args := pgx.NamedArgs{"id": id}
	people, shares, most := []int64{}, []float64{}, []int{}
	for _, m := range list {
		people, shares, most = append(people, m.Person), append(shares, m.Share), append(most, m.Most)
	}
	args["people"], args["shares"], args["most"] = people, shares, most
	if _, err := tx.Exec(ctx, sqlMembersDelete, pgx.NamedArgs{"id": id}); err != nil {
		return fmt.Errorf("people of scenario %d: %w", id, err)
	}
	if _, err := tx.Exec(ctx, sqlMembersInsert, args); err != nil {
		return fmt.Errorf("people of scenario %d: %w", id, err)
	}
	return nil
}

func insertUnits(ctx context.Context, tx db.Tx, id int64, list []Unit) error {
	const chunk = 20_000
	for from := 0; from < len(list); from += chunk {
		part := list[from:min(len(list), from+chunk)]
		var customers, was, person []int64
		var names []string
		var lon, lat, visits, minutes, potential, service, revenue []float64
		for _, u := range part {
			customers, names = append(customers, u.Customer), append(names, u.Name)
			lon, lat = append(lon, u.Point[0]), append(lat, u.Point[1])
			visits, minutes = append(visits, u.Visits), append(minutes, u.Minutes)
			potential, service = append(potential, u.Potential), append(service, u.Service)
			revenue = append(revenue, u.Revenue)
			was, person = append(was, u.Was), append(person, u.Person)
		}
		if _, err := tx.Exec(ctx, sqlUnitsInsert, pgx.NamedArgs{
			"id": id, "customers": customers, "names": names, "lon": lon, "lat": lat,
			"visits": visits, "minutes": minutes, "potential": potential, "was": was, "person": person,
			"service": service, "revenue": revenue,
		}); err != nil {
			return fmt.Errorf("copy customers into scenario %d: %w", id, err)
		}
	}
	return nil
}

// keepEdit writes down what is about to change, as it is before.
func keepEdit(
	ctx context.Context, tx db.Tx, c Caller, id int64, e edit, now time.Time,
) error {
	if e.Members == nil {
		e.Members = []Member{}
	}
	_, err := tx.Exec(ctx, sqlEditInsert, pgx.NamedArgs{
		"id": id, "kind": e.Kind, "customers": append([]int64{}, e.Customers...),
		"persons": append([]int64{}, e.Persons...), "locks": append([]bool{}, e.Locks...),
		"refusals": e.Refusals, "members": e.Members, "now": now, "me": c.Person,
	})
	if err != nil {
		return fmt.Errorf("history of scenario %d: %w", id, err)
	}
	return nil
}

// swapped keeps in an edit what stood in the scenario before it was undone, or
// done again.
func (e *edit) swapped(ctx context.Context, tx db.Tx, id int64, undone bool, now time.Time) error {
	args := pgx.NamedArgs{"id": id, "seq": e.Seq, "undone": nil, "persons": append([]int64{}, e.Persons...),
		"locks": append([]bool{}, e.Locks...), "refusals": e.Refusals, "members": e.Members}
	if undone {
		args["undone"] = now
	}
	if _, err := tx.Exec(ctx, sqlEditSwap, args); err != nil {
		return fmt.Errorf("undo in scenario %d: %w", id, err)
	}
	return nil
}

func setUnits(ctx context.Context, tx db.Tx, id int64, e edit) error {
	_, err := tx.Exec(ctx, sqlUnitsSet, pgx.NamedArgs{
		"id": id, "customers": e.Customers, "persons": e.Persons, "locks": e.Locks,
	})
	if err != nil {
		return fmt.Errorf("customers of scenario %d: %w", id, err)
	}
	if e.Refusals == nil {
		return nil
	}
	_, err = tx.Exec(ctx, sqlUnitsRefuse, pgx.NamedArgs{
		"id": id, "customers": e.Customers, "refusals": e.Refusals,
	})
	if err != nil {
		return fmt.Errorf("refusals of scenario %d: %w", id, err)
	}
	return nil
}

func saveArea(ctx context.Context, tx db.Tx, a Area) error {
	_, err := tx.Exec(ctx, sqlAreaInsert, pgx.NamedArgs{
		"person": a.Person, "id": a.Scenario, "day": a.Since, "customers": a.Customers,
		"shape": a.Shape,
	})
	if err != nil {
		return fmt.Errorf("area of person %d: %w", a.Person, err)
	}
	return nil
}

// boxOf is a rectangle as PostGIS takes it; nil is no limit.
func boxOf(b *orb.Bound) any {
	if b == nil {
		return nil
	}
	return b.ToPolygon()
}
