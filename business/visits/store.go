package visits

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/internal/db"
)

// layer chooses which of a day's two orders is read.
type layer int

const (
	draftLayer layer = iota
	publishedLayer
)

const (
	sqlLockPerson = `select pg_advisory_xact_lock(hashtext('visits.person'), @person::int)`

	dayColumns = `
person_id, day, version, coalesce(published_version, 0) as published_version, published_at,
dirty, start_kind, start_point, end_kind, end_point`

	sqlDay     = `select ` + dayColumns + ` from visits.day where person_id = @person and day = @day`
	sqlDayLock = sqlDay + ` for update`
	sqlDays    = `
select ` + dayColumns + ` from visits.day
where day = @day and (@all or person_id = any(@people)) order by person_id`

	sqlDayInsert = `
insert into visits.day (person_id, day, version, dirty, changed_at, changed_by)
values (@person, @day, 0, true, @now, @by)
on conflict (person_id, day) do nothing`
	sqlDayUpdate = `
update visits.day set
	version = @version, published_version = nullif(@published, 0::bigint),
	published_at = @published_at, published_by = coalesce(@published_by, published_by),
	dirty = @dirty, start_kind = @start_kind, start_point = @start_point,
	end_kind = @end_kind, end_point = @end_point, changed_at = @now, changed_by = @by
where person_id = @person and day = @day`
	sqlDayTotals = `
update visits.day set totals = @totals, totals_version = @version, totals_roads = @roads
where person_id = @person and day = @day and version = @version`
	sqlTotals = `
select person_id, totals from visits.day
where day = @day and totals_version = version and totals_roads = @roads
	and (@all or person_id = any(@people))`

	sqlVersionInsert = `
insert into visits.day_version (person_id, day, version, change, content, at, by)
values (@person, @day, @version, @change, @content, @now, @by)
on conflict (person_id, day, version) do update set
	change = excluded.change, content = excluded.content, at = excluded.at, by = excluded.by`
	sqlVersionPublished = `
update visits.day_version set published_at = @now, published_by = @by
where person_id = @person and day = @day and version = @version`
	sqlVersionContent = `
select content from visits.day_version
where person_id = @person and day = @day and version = @version`
	sqlVersions = `
select version, change, at, by, published_at from visits.day_version
where person_id = @person and day = @day order by version desc limit 200`

	stopColumns = `
id, person_id, day, coalesce(customer_id, 0) as customer_id, point, title, draft_position,
published_position, locked, optional, source, coalesce(source_before, '') as source_before, note,
service_minutes, from_at, until_at, state, skip_reason,
coalesce(visit_id, 0) as visit_id, driven_at`

	sqlStops = `
select ` + stopColumns + ` from visits.stop where person_id = @person and day = @day`
	sqlStopsOfDate = `
select ` + stopColumns + ` from visits.stop
where day = @day and (@all or person_id = any(@people))`
	sqlStopByID = `select ` + stopColumns + ` from visits.stop where id = @id for update`
	sqlStopAt   = `
select ` + stopColumns + ` from visits.stop
where person_id = @person and day = @day and customer_id = @customer for update`
	sqlPlannedCustomers = `
select distinct customer_id from visits.stop
where (@person = 0 or person_id = @person) and day = @day and customer_id = any(@customers)
	and (draft_position is not null or published_position is not null)`
	sqlPlannedElsewhere = `
select distinct customer_id from visits.stop
where customer_id = any(@customers) and day >= @today and (person_id, day) <> (@person, @day)
	and state in ('planned', 'checked_in')
	and (draft_position is not null or published_position is not null)`
	sqlStopInsert = `
insert into visits.stop (person_id, day, customer_id, point, title, draft_position,
	published_position, locked, optional, source, source_before, note, service_minutes, from_at, until_at,
	created_at, created_by)
values (@person, @day, nullif(@customer, 0::bigint), @point, @title, @draft, @published,
	@locked, @optional, @source, nullif(@before, ''), @note, @service, @from, @until,
	@now, @by)
returning id`
	sqlStopPlace = `
update visits.stop s set draft_position = w.position - 1, locked = w.locked, optional = w.optional
from unnest(@ids::bigint[], @locked::boolean[], @optional::boolean[])
	with ordinality as w(id, locked, optional, position)
where s.id = w.id`
	sqlStopUndraft = `
update visits.stop set draft_position = null
where person_id = @person and day = @day and not (id = any(@ids))`
	sqlStopShift = `
update visits.stop set
	draft_position = draft_position + case when draft_position >= @draft then 1 else 0 end,
	published_position = published_position
		+ case when published_position >= @published then 1 else 0 end
where person_id = @person and day = @day`
	sqlStopMove = `
update visits.stop set draft_position = @draft,
	published_position = coalesce(@published, published_position),
	source_before = case when @source <> 'assignment' then null
		when source = 'assignment' then source_before else source end,
	source = @source, note = @note, service_minutes = @service, from_at = @from,
	until_at = @until, state = 'planned', skip_reason = '', visit_id = null, driven_at = null
where id = @id`
	sqlStopPublish = `
update visits.stop set published_position = draft_position
where person_id = @person and day = @day`
	sqlStopClean = `
delete from visits.stop
where person_id = @person and day = @day and state in ('planned', 'skipped')
	and draft_position is null and published_position is null`
	sqlStopState = `
update visits.stop set state = @state, skip_reason = @reason, visit_id = nullif(@visit, 0::bigint),
	driven_at = @driven_at
where id = @id`
)

type dayRow struct {
	PersonID         business.PersonID `db:"person_id"`
	Day              business.Date     `db:"day"`
	Version          int64             `db:"version"`
	PublishedVersion int64             `db:"published_version"`
	PublishedAt      *time.Time        `db:"published_at"`
	Dirty            bool              `db:"dirty"`
	StartKind        string            `db:"start_kind"`
	StartPoint       *orb.Point        `db:"start_point"`
	EndKind          string            `db:"end_kind"`
	EndPoint         *orb.Point        `db:"end_point"`
}

func (r dayRow) domain() Day {
	d := Day{
		Person: r.PersonID, Date: r.Day, Status: Draft, Version: r.Version,
		PublishedVersion: r.PublishedVersion, PublishedAt: r.PublishedAt, Dirty: r.Dirty,
		Start: Anchor{AnchorKind(r.StartKind), r.StartPoint},
		End:   Anchor{AnchorKind(r.EndKind), r.EndPoint},
	}
	switch {
	case r.Version == 0:
		d.Status = None
	case r.PublishedVersion > 0 && !r.Dirty:
		d.Status = Published
	}
	return d
}

type stopRow struct {
	ID                int64               `db:"id"`
	PersonID          business.PersonID   `db:"person_id"`
	Day               business.Date       `db:"day"`
	CustomerID        business.CustomerID `db:"customer_id"`
	Point             *orb.Point          `db:"point"`
	Title             string              `db:"title"`
	DraftPosition     *int                `db:"draft_position"`
	PublishedPosition *int                `db:"published_position"`
	Locked            bool                `db:"locked"`
	Optional          bool                `db:"optional"`
	Source            string              `db:"source"`
	SourceBefore      string              `db:"source_before"`
	Note              string              `db:"note"`
	ServiceMinutes    int                 `db:"service_minutes"`
	FromAt            *time.Time          `db:"from_at"`
	UntilAt           *time.Time          `db:"until_at"`
	State             string              `db:"state"`
	SkipReason        string              `db:"skip_reason"`
	VisitID           business.VisitID    `db:"visit_id"`
	DrivenAt          *time.Time          `db:"driven_at"`
}

func (r stopRow) domain() Stop {
	return Stop{
		ID: r.ID, Customer: r.CustomerID, Point: r.Point, Title: r.Title,
		Draft: r.DraftPosition, Published: r.PublishedPosition,
		Locked: r.Locked, Optional: r.Optional, Source: Source(r.Source),
		Before: Source(r.SourceBefore), Note: r.Note,
		Need:  Need{time.Duration(r.ServiceMinutes) * time.Minute, r.FromAt, r.UntilAt},
		State: StopState(r.State), SkipReason: r.SkipReason,
		Visit: r.VisitID, DrivenAt: r.DrivenAt,
	}
}

// lockPerson makes the commands of one person's visits wait for each other. Ids
// that differ by a multiple of 2³² share a lock, which costs time and no more.
func lockPerson(ctx context.Context, tx db.Tx, p business.PersonID) error {
	_, err := tx.Exec(ctx, sqlLockPerson, pgx.NamedArgs{"person": int32(p)})
	return err
}

// readDay returns the day with the stops of one layer, in order. A day that does
// not exist has version 0 and status None.
func readDay(
	ctx context.Context, q db.Querier, p business.PersonID, d business.Date, l layer,
) (Day, error) {
	return dayBy(ctx, q, sqlDay, p, d, l)
}

func lockDay(
	ctx context.Context, tx db.Tx, p business.PersonID, d business.Date,
) (Day, error) {
	return dayBy(ctx, tx, sqlDayLock, p, d, draftLayer)
}

func dayBy(
	ctx context.Context, q db.Querier, sql string,
	p business.PersonID, d business.Date, l layer,
) (Day, error) {
	args := pgx.NamedArgs{"person": p, "day": d}
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		return Day{}, err
	}
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[dayRow])
	if errors.Is(err, pgx.ErrNoRows) {
		return Day{
			Person: p, Date: d, Status: None, Start: Anchor{Kind: Home}, End: Anchor{Kind: Home},
		}, nil
	}
	if err != nil {
		return Day{}, fmt.Errorf("read day %v of person %d: %w", d, p, err)
	}
	day := row.domain()
	all, err := readStops(ctx, q, sqlStops, args)
	if err != nil {
		return Day{}, err
	}
	day.Stops = ordered(all, l)
	return day, nil
}

func readStops(
	ctx context.Context, q db.Querier, sql string, args pgx.NamedArgs,
) ([]Stop, error) {
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[stopRow])
	if err != nil {
		return nil, fmt.Errorf("read stops: %w", err)
	}
	stops := make([]Stop, len(found))
	for i, r := range found {
		stops[i] = r.domain()
	}
	return stops, nil
}

// ordered keeps the stops of a layer, the driven ones in front in the order in
// which they were driven. What was driven belongs to every layer.
func ordered(all []Stop, l layer) []Stop {
	place := func(s Stop) *int {
		if l == publishedLayer {
			return s.Published
		}
		return s.Draft
	}
	var driven, open []Stop
	for _, s := range all {
		switch {
		case s.Driven():
			driven = append(driven, s)
		case place(s) != nil:
			open = append(open, s)
		}
	}
	sortDriven(driven)
	slices.SortFunc(open, func(a, b Stop) int { return cmp.Compare(*place(a), *place(b)) })
	return append(driven, open...)
}

// stamp is who changes a row, and when.
type stamp struct {
	by  business.PersonID
	now time.Time
}

// insertDay makes the day's row at version 0, which counts as nothing, when there is
// none.
func insertDay(ctx context.Context, tx db.Tx, d Day, at stamp) error {
	_, err := tx.Exec(ctx, sqlDayInsert, pgx.NamedArgs{
		"person": d.Person, "day": d.Date, "now": at.now, "by": at.by,
	})
	return err
}

// updateDay writes the day's row (not its stops) and keeps the version's content.
func updateDay(ctx context.Context, tx db.Tx, d Day, change string, at stamp) error {
	var publishedBy *business.PersonID
	if change == "published" {
		publishedBy = &at.by
	}
	args := pgx.NamedArgs{
		"person": d.Person, "day": d.Date, "version": d.Version,
		"published": d.PublishedVersion, "published_at": d.PublishedAt,
		"published_by": publishedBy, "dirty": d.Dirty,
		"start_kind": string(d.Start.Kind), "start_point": d.Start.Point,
		"end_kind": string(d.End.Kind), "end_point": d.End.Point,
		"now": at.now, "by": at.by,
	}
	if _, err := tx.Exec(ctx, sqlDayUpdate, args); err != nil {
		return fmt.Errorf("write day: %w", err)
	}
	if change == "published" {
		_, err := tx.Exec(ctx, sqlVersionPublished, args)
		return err
	}
	content, err := json.Marshal(contentOf(d))
	if err != nil {
		return err
	}
	args["content"], args["change"] = content, change
	_, err = tx.Exec(ctx, sqlVersionInsert, args)
	return err
}

// content is what a version of a day held; it can be restored.
type content struct {
	Stops []contentStop `json:"stops"`
	Start contentAnchor `json:"start"`
	End   contentAnchor `json:"end"`
}

type contentStop struct {
	Stop     int64               `json:"stop"`
	Customer business.CustomerID `json:"customer,omitempty"`
	Point    *orb.Point          `json:"point,omitempty"`
	Title    string              `json:"title,omitempty"`
	Locked   bool                `json:"locked,omitempty"`
	Optional bool                `json:"optional,omitempty"`
}

type contentAnchor struct {
	Kind  AnchorKind `json:"kind"`
	Point *orb.Point `json:"point,omitempty"`
}

func contentOf(d Day) content {
	c := content{
		Stops: make([]contentStop, 0, len(d.Stops)),
		Start: contentAnchor(d.Start), End: contentAnchor(d.End),
	}
	for _, s := range d.Stops {
		c.Stops = append(c.Stops, contentStop{
			s.ID, s.Customer, s.Point, s.Title, s.Locked, s.Optional,
		})
	}
	return c
}

func insertStop(ctx context.Context, tx db.Tx, d Day, s Stop, at stamp) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, sqlStopInsert, pgx.NamedArgs{
		"person": d.Person, "day": d.Date, "customer": s.Customer, "point": s.Point,
		"title": s.Title, "draft": s.Draft, "published": s.Published, "locked": s.Locked,
		"optional": s.Optional, "source": string(s.Source), "before": string(s.Before),
		"note": s.Note, "service": int(s.Need.Service.Minutes()), "from": s.Need.From,
		"until": s.Need.Until, "now": at.now, "by": at.by,
	}).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("add stop: %w", err)
	}
	return id, nil
}

// placeStops writes the draft's order: these stops, and no others.
func placeStops(ctx context.Context, tx db.Tx, d Day, to []place) error {
	args := pgx.NamedArgs{"person": d.Person, "day": d.Date}
	ids := make([]int64, len(to))
	locked, optional := make([]bool, len(to)), make([]bool, len(to))
	for i, p := range to {
		ids[i], locked[i], optional[i] = p.Stop, p.Locked, p.Optional
	}
	args["ids"], args["locked"], args["optional"] = ids, locked, optional
	for _, sql := range []string{sqlStopUndraft, sqlStopPlace, sqlStopClean} {
		if _, err := tx.Exec(ctx, sql, args); err != nil {
			return fmt.Errorf("write order: %w", err)
		}
	}
	return nil
}

func saveStopState(ctx context.Context, tx db.Tx, s Stop) error {
	_, err := tx.Exec(ctx, sqlStopState, pgx.NamedArgs{
		"id": s.ID, "state": string(s.State), "reason": s.SkipReason, "visit": s.Visit,
		"driven_at": s.DrivenAt,
	})
	return err
}
