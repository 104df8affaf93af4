package crm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

const (
	sqlColumns = `
c.id, c.number, c.name, c.kind, c.level, c.status,
coalesce(c.owner_id, 0) as owner_id, coalesce(o.name, '') as owner_name,
coalesce(o.color_index, 0) as owner_color, coalesce(o.team_id, 0) as team_id,
coalesce(o.team_name, '') as team_name, c.assigned_at, c.assigned_day,
c.position, c.position_datum, c.position_source, c.position_accuracy_m,
c.district, c.address, c.phone, c.licence, c.opening_hours,
coalesce(c.visit_every_days, 0) as visit_every_days, c.service_minutes,
c.last_visit_at, c.last_visit_day, c.visit_count, c.sales_stage, c.stage_at,
c.last_order_at, c.last_sale_at,
c.open_receivable, c.deal_total, c.received_total, c.due_on, c.tags, c.demo_fields, c.version,
c.archived_at, c.created_at, c.updated_at, c.pooled_at, coalesce(c.pooled_from, 0) as pooled_from,
c.shared_with, c.contacts, c.sites, c.building, c.stage, c.channel,
coalesce(c.photo_id, 0) as photo_id, coalesce(c.merged_into, 0) as merged_into`

	// sqlSeen is the scope of a single row: the owner's, or shared with it.
	sqlSeen = `(@all or c.owner_id = any(@people) or c.shared_with && (@people::bigint[] || array(
	select -r.team_id from crm.owner r where r.person_id = any(@people) and r.team_id is not null)))`

	sqlFrom = `
from crm.customer c left join crm.owner o on o.person_id = c.owner_id`

	// One row for whoever sees all: most commands ask several times for just this, and
	// without the scope one plan is made once and for good.
	sqlRow     = `select` + sqlColumns + sqlFrom + ` where c.id = @id`
	sqlRowLock = sqlRow + ` for update of c`

	sqlGet  = sqlRow + ` and ` + sqlSeen
	sqlLock = sqlGet + ` for update of c`

	// Archived rows are returned too; their state says so.
	sqlMany = `select` + sqlColumns + sqlFrom + `
where c.id = any(@ids) and ` + sqlSeen + ` order by c.id`

	sqlOwner = `
select person_id, name, coalesce(team_id, 0) as team_id, team_name, color_index, active
from crm.owner where person_id = @id`

	sqlOwners = `
select person_id, name, coalesce(team_id, 0) as team_id, team_name, color_index, active
from crm.owner order by person_id`

	sqlSaveOwner = `
insert into crm.owner (person_id, name, team_id, team_name, color_index, active)
values (@id, @name, nullif(@team, 0), @team_name, @color, @active)
on conflict (person_id) do update set name = excluded.name, team_id = excluded.team_id,
	team_name = excluded.team_name, color_index = excluded.color_index, active = excluded.active
where row(owner.name, owner.team_id, owner.team_name, owner.color_index, owner.active)
	is distinct from row(excluded.name, excluded.team_id, excluded.team_name,
	excluded.color_index, excluded.active)`

	sqlNextNumber = `select nextval('crm.customer_number')`

	sqlInsert = `
insert into crm.customer (
	number, name, name_key, kind, level, status, owner_id, assigned_at, assigned_day,
	position, position_datum, position_source, position_accuracy_m,
	district, address, phone, licence, opening_hours, visit_every_days, service_minutes,
	due_on, tags, shared_with, contacts, sites, building, stage, channel,
	demo_fields, search, created_at, created_by, updated_at, updated_by
) values (
	@number, @name, @name_key, @kind, @level, @status, nullif(@owner, 0), @assigned_at,
	@assigned_day, @position, @datum, @source, @accuracy,
	@district, @address, @phone, @licence, @hours, nullif(@every, 0), @service,
	@due_on, @tags, @shared_with, @contacts, @sites, @building, @stage, @channel,
	@demo_fields, @search, @now, @by, @now, @by
) returning id`

	// It answers with the row as it is then.
	sqlUpdate = `
with c as (update crm.customer set
	name = @name, name_key = @name_key, kind = @kind, level = @level, status = @status,
	owner_id = nullif(@owner, 0), assigned_at = @assigned_at, assigned_day = @assigned_day,
	position = @position, position_datum = @datum, position_source = @source,
	position_accuracy_m = @accuracy, district = @district, address = @address,
	phone = @phone, licence = @licence, opening_hours = @hours,
	visit_every_days = nullif(@every, 0), service_minutes = @service,
	last_visit_at = @last_visit_at, last_visit_day = @last_visit_day,
	visit_count = @visit_count, sales_stage = @sales_stage, stage_at = @stage_at,
	last_order_at = @last_order_at, last_sale_at = @last_sale_at,
	open_receivable = @receivable, deal_total = @deals, received_total = @received,
	pooled_at = @pooled_at, pooled_from = nullif(@pooled_from, 0),
	due_on = @due_on, tags = @tags, shared_with = @shared_with, contacts = @contacts,
	sites = @sites, building = @building, stage = @stage, channel = @channel, demo_fields = @demo_fields,
	search = @search, archived_at = @archived_at, archived_by = @archived_by,
	photo_id = nullif(@photo, 0), merged_into = nullif(@merged_into, 0),
	version = version + 1, updated_at = @now, updated_by = @by
where id = @id returning *)
select` + sqlColumns + ` from c left join crm.owner o on o.person_id = c.owner_id`

	sqlSaveChange = `
insert into crm.change (customer_id, command, at, by, version, fields, request_id, note)
values (@id, @command, @now, @by, @version, @fields, nullif(@request, 0), @note)`

	// The locks, always in this order, make concurrent creates of one name or
	// licence wait for each other, and for an import, until commit.
	sqlLockShared  = `select pg_advisory_xact_lock_shared(1668442476, 0)`
	sqlLockName    = `select pg_advisory_xact_lock(1668442477, hashtext(@key))`
	sqlLockLicence = `select pg_advisory_xact_lock(1668442478, hashtext(@key))`

	// The third line of the search text is the folded address.
	sqlTwins = `
select c.owner_id is not null as has_owner,
	@licence <> '' and c.licence = @licence as licence,
	ST_DistanceSphere(c.position, @position) as distance,
	@address <> '' and split_part(c.search, E'\n', 3) = @address as address
from crm.customer c
where c.archived_at is null and c.id <> @id
	and (c.name_key = @key or @licence <> '' and c.licence = @licence)
limit 1000`
)

// fetch reads one customer by sqlGet or sqlLock.
func fetch(
	ctx context.Context, q db.Querier, sql string, id business.CustomerID, s scope.Scope,
) (Customer, error) {
	args := pgx.NamedArgs{"id": id, "all": s.All, "people": orEmpty(s.People)}
	return oneCustomer(ctx, q, scoped(sql, s), args)
}

// oneCustomer runs a statement that answers with one customer, the argument id.
func oneCustomer(
	ctx context.Context, q db.Querier, sql string, args pgx.NamedArgs,
) (Customer, error) {
	id := args["id"]
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		return Customer{}, fmt.Errorf("read customer %d: %w", id, err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Customer])
	if errors.Is(err, pgx.ErrNoRows) {
		return Customer{}, ErrNoCustomer.With("id", id)
	}
	if err != nil {
		return Customer{}, fmt.Errorf("read customer %d: %w", id, err)
	}
	return c, nil
}

// scoped is sqlGet or sqlLock, without the scope for whoever sees all.
func scoped(sql string, s scope.Scope) string {
	switch {
	case s.All && sql == sqlGet:
		return sqlRow
	case s.All && sql == sqlLock:
		return sqlRowLock
	}
	return sql
}

func fetchOwner(ctx context.Context, q db.Querier, id business.PersonID) (Owner, error) {
	rows, err := q.Query(ctx, sqlOwner, pgx.NamedArgs{"id": id})
	if err != nil {
		return Owner{}, fmt.Errorf("read owner %d: %w", id, err)
	}
	o, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Owner])
	if errors.Is(err, pgx.ErrNoRows) {
		return Owner{}, ErrNoOwner.With("id", id)
	}
	return o, err
}

// saved is what insert and update write, as arguments.
func saved(c Customer, by business.PersonID, now time.Time) pgx.NamedArgs {
	return pgx.NamedArgs{
		"id": c.ID, "number": c.Number, "name": c.Name, "name_key": nameKey(c.Name),
		"kind": c.Kind, "level": c.Level, "status": c.Status, "owner": c.Owner,
		"assigned_at": c.AssignedAt, "assigned_day": c.AssignedDay,
		"position": c.Position, "datum": c.Datum, "source": c.Source, "accuracy": c.AccuracyM,
		"district": c.District, "address": c.Address, "phone": c.Phone, "licence": c.Licence,
		"hours": c.Hours, "every": c.VisitEveryDays, "service": c.ServiceMinutes,
		"last_visit_at": c.LastVisitAt, "last_visit_day": c.LastVisitDay,
		"last_order_at": c.LastOrderAt, "last_sale_at": c.LastSaleAt, "receivable": c.Receivable,
		"deals": c.Deals, "received": c.Received,
		"pooled_at": c.PooledAt, "pooled_from": c.PooledFrom,
		"shared_with": c.SharedWith, "contacts": orEmpty(c.Contacts), "sites": orEmpty(c.Sites),
		"building": c.Building, "stage": c.Stage, "channel": c.Channel,
		"visit_count": c.VisitCount, "sales_stage": c.SalesStage, "stage_at": c.StageAt,
		"due_on": c.DueOn, "tags": c.Tags,
		"demo_fields": c.DemoFields, "search": searchText(c), "archived_at": c.ArchivedAt,
		"archived_by": archivedBy(c, by), "now": now, "by": by,
		"photo": c.Photo, "merged_into": c.MergedInto,
	}
}

func archivedBy(c Customer, by business.PersonID) *business.PersonID {
	if c.ArchivedAt == nil {
		return nil
	}
	return &by
}

// insert writes a new customer and returns its id. A number that is taken fails
// with ErrNumberTaken; the transaction is lost then.
func insert(
	ctx context.Context, tx db.Tx, c Customer, by business.PersonID, now time.Time,
) (business.CustomerID, error) {
	var id business.CustomerID
	err := tx.QueryRow(ctx, sqlInsert, saved(c, by, now)).Scan(&id)
	if db.Violates(err, "customer_number_key") {
		return 0, ErrNumberTaken.With("number", c.Number)
	}
	if err != nil {
		return 0, fmt.Errorf("save customer %q: %w", c.Name, err)
	}
	return id, nil
}

// nextNumber gives the next number; gaps are left where a transaction fails.
func nextNumber(ctx context.Context, tx db.Tx) (string, error) {
	var n int64
	if err := tx.QueryRow(ctx, sqlNextNumber).Scan(&n); err != nil {
		return "", fmt.Errorf("next customer number: %w", err)
	}
	return fmt.Sprintf("C%06d", n), nil
}

// twins locks the customer's name and licence until commit and reads who else
// has them.
func twins(ctx context.Context, tx db.Tx, c Customer) ([]twin, error) {
	key := nameKey(c.Name)
	if _, err := tx.Exec(ctx, sqlLockShared); err != nil {
		return nil, fmt.Errorf("wait for an import: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlLockName, pgx.NamedArgs{"key": key}); err != nil {
		return nil, fmt.Errorf("lock name: %w", err)
	}
	if c.Licence != "" {
		if _, err := tx.Exec(ctx, sqlLockLicence, pgx.NamedArgs{"key": c.Licence}); err != nil {
			return nil, fmt.Errorf("lock licence: %w", err)
		}
	}
	rows, err := tx.Query(ctx, sqlTwins, pgx.NamedArgs{
		"id": c.ID, "key": key, "licence": c.Licence, "position": c.Position,
		"address": fold(c.Address),
	})
	if err != nil {
		return nil, fmt.Errorf("look for the same name: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[twin])
}

// samePoint compares positions that may be absent.
func samePoint(a, b *orb.Point) bool {
	return a == b || a != nil && b != nil && *a == *b
}
