package crm

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// sqlMatch is the filter. Filter.match says the same in Go; a test compares them
// after random histories. An absent part is null, which the planner, planning
// each call for its values, takes out.
const sqlMatch = `
	c.archived_at is null
	and (@all or c.owner_id = any(@people) or c.shared_with && @readers)
	and (@shared_to::bigint[] is null or c.shared_with && @shared_readers
		and coalesce(c.owner_id, 0) <> all(@shared_to))
	and (@shared_by::bigint[] is null or c.owner_id = any(@shared_by) and c.shared_with is not null)
	and (@stages::text[] is null or c.stage = any(@stages))
	and (@channels::text[] is null or c.channel = any(@channels))
	and (@districts::text[] is null or c.district = any(@districts))
	and (@created_from::timestamptz is null or c.created_at >= @created_from)
	and (@created_to::timestamptz is null or c.created_at < @created_to)
	and (@word::text is null or c.search like @word)
	and (@word2::text is null or c.search like @word2)
	and (@words::text[] is null or c.search like all(@words))
	and (@owners::bigint[] is null or c.owner_id = any(@owners)
		or 0 = any(@owners) and c.owner_id is null)
	and (@teams::bigint[] is null or coalesce(o.team_id, 0) = any(@teams))
	and (@kinds::text[] is null or c.kind like any(@kinds))
	and (@levels::text[] is null or c.level = any(@levels))
	and (@statuses::text[] is null or c.status = any(@statuses))
	and (@tags::text[] is null or c.tags && @tags)
	and (@due::text[] is null or 'none' = any(@due) and c.due_on is null
		or 'overdue' = any(@due) and c.due_on < @today
		or 'today' = any(@due) and c.due_on = @today
		or 'soon' = any(@due) and c.due_on > @today and c.due_on <= @soon
		or 'later' = any(@due) and c.due_on > @soon)
	and (@ids::bigint[] is null or c.id = any(@ids))
	and (@located::boolean is null or (c.position is not null) = @located)
	and (@west::float8 is null or c.position && ST_MakeEnvelope(@west, @south, @east, @north, 4326)
		and ST_X(c.position) between @west and @east
		and ST_Y(c.position) between @south and @north)
	and (@area::geometry is null or ST_Intersects(c.position, @area))` + sqlFacts

const (
	sqlList  = `select` + sqlColumns
	sqlWhere = sqlFrom + ` where` + sqlMatch

	keyName   = `c.name collate public.names`
	keyDue    = `coalesce(c.due_on, 'infinity')`
	keyVisit  = `coalesce(c.last_visit_at, '-infinity')`
	keyUpdate = `c.updated_at`
	keyDebt   = `c.open_receivable`
	keyFar    = `coalesce(ST_DistanceSphere(c.position, @near), 'infinity')`

	afterName       = ` and (@key::text is null or (` + keyName + `, c.id) > (@key, @id))`
	afterNameDown   = ` and (@key::text is null or (` + keyName + `, c.id) < (@key, @id))`
	afterDue        = ` and (@key::date is null or (` + keyDue + `, c.id) > (@key, @id))`
	afterDueDown    = ` and (@key::date is null or (` + keyDue + `, c.id) < (@key, @id))`
	afterVisit      = ` and (@key::timestamptz is null or (` + keyVisit + `, c.id) > (@key, @id))`
	afterVisitDown  = ` and (@key::timestamptz is null or (` + keyVisit + `, c.id) < (@key, @id))`
	afterUpdate     = ` and (@key::timestamptz is null or (` + keyUpdate + `, c.id) > (@key, @id))`
	afterUpdateDown = ` and (@key::timestamptz is null or (` + keyUpdate + `, c.id) < (@key, @id))`
	afterDebt       = ` and (@key::bigint is null or (` + keyDebt + `, c.id) > (@key, @id))`
	afterDebtDown   = ` and (@key::bigint is null or (` + keyDebt + `, c.id) < (@key, @id))`
	afterID         = ` and (@id::bigint = 0 or c.id > @id)`
	afterIDDown     = ` and (@id::bigint = 0 or c.id < @id)`
	afterFar        = ` and (@key::float8 is null or (` + keyFar + `, c.id) > (@key, @id))`

	sqlByName = sqlList + `, c.name as sort_key` + sqlWhere + afterName +
		` order by ` + keyName + `, c.id limit @limit`
	sqlByNameDown = sqlList + `, c.name as sort_key` + sqlWhere + afterNameDown +
		` order by ` + keyName + ` desc, c.id desc limit @limit`
	sqlByDue = sqlList + `, ` + keyDue + `::text as sort_key` + sqlWhere + afterDue +
		` order by ` + keyDue + `, c.id limit @limit`
	sqlByDueDown = sqlList + `, ` + keyDue + `::text as sort_key` + sqlWhere + afterDueDown +
		` order by ` + keyDue + ` desc, c.id desc limit @limit`
	sqlByVisit = sqlList + `, ` + keyVisit + `::text as sort_key` + sqlWhere + afterVisit +
		` order by ` + keyVisit + `, c.id limit @limit`
	sqlByVisitDown = sqlList + `, ` + keyVisit + `::text as sort_key` + sqlWhere + afterVisitDown +
		` order by ` + keyVisit + ` desc, c.id desc limit @limit`
	sqlByUpdate = sqlList + `, ` + keyUpdate + `::text as sort_key` + sqlWhere + afterUpdate +
		` order by ` + keyUpdate + `, c.id limit @limit`
	sqlByUpdateDown = sqlList + `, ` + keyUpdate + `::text as sort_key` + sqlWhere + afterUpdateDown +
		` order by ` + keyUpdate + ` desc, c.id desc limit @limit`
	sqlByDebt = sqlList + `, ` + keyDebt + `::text as sort_key` + sqlWhere + afterDebt +
		` order by ` + keyDebt + `, c.id limit @limit`
	sqlByDebtDown = sqlList + `, ` + keyDebt + `::text as sort_key` + sqlWhere + afterDebtDown +
		` order by ` + keyDebt + ` desc, c.id desc limit @limit`
	sqlByID = sqlList + `, '' as sort_key` + sqlWhere + afterID +
		` order by c.id limit @limit`
	sqlByIDDown = sqlList + `, '' as sort_key` + sqlWhere + afterIDDown +
		` order by c.id desc limit @limit`
	sqlByDistance = sqlList + `, ` + keyFar + `::text as sort_key` + sqlWhere + afterFar +
		` order by ` + keyFar + `, c.id limit @limit`

	sqlCount = `select count(*) as total, count(c.position) as plotted` + sqlWhere

	sqlFacets = `
select case grouping(c.kind, c.level, c.status, c.owner_id, c.stage)
		when 15 then 'kind' when 23 then 'level' when 27 then 'status' when 29 then 'owner'
		else 'stage' end as facet,
	coalesce(c.kind, c.level, c.status, c.stage, c.owner_id::text, '0') as value,
	case when grouping(c.owner_id) = 0 then coalesce(max(o.name), '') else '' end as name, count(*) as count` +
		sqlWhere + `
group by grouping sets ((c.kind), (c.level), (c.status), (c.owner_id), (c.stage))
order by 1, 4 desc, 2`

	sqlDistricts = `select c.district, count(*) as count` + sqlWhere + `
group by c.district order by 2 desc, 1 limit 500`

	sqlExport = sqlList + sqlWhere + ` order by c.id`

	sqlHistory = `
select h.id, h.command, h.at, h.by, coalesce(o.name, '') as by_name, h.version, h.fields,
	coalesce(h.request_id, 0) as request_id, h.note
from crm.change h left join crm.owner o on o.person_id = h.by
where h.customer_id = @id and (@before::bigint = 0 or h.id < @before)
order by h.id desc limit @limit`
)

// Sort orders a list; a leading "-" turns it round.
type Sort string

// The orders of a list. Ties are broken by id.
const (
	ByName       Sort = "name" // pinyin for Chinese names
	ByNameDown   Sort = "-name"
	ByNumber     Sort = "number" // the order of creation
	ByNumberDown Sort = "-number"
	ByDue        Sort = "-overdue_days" // the longest overdue first; without plan last
	ByDueDown    Sort = "overdue_days"
	ByVisit      Sort = "last_visit_at" // never visited first
	ByVisitDown  Sort = "-last_visit_at"
	ByUpdate     Sort = "updated_at"
	ByUpdateDown Sort = "-updated_at"
	ByDebt       Sort = "open_receivable_cents"
	ByDebtDown   Sort = "-open_receivable_cents" // who owes most first
	ByDistance   Sort = "distance"               // needs List.Near
)

func sqlOf(s Sort) (string, bool) {
	switch s {
	case ByName, "":
		return sqlByName, true
	case ByNameDown:
		return sqlByNameDown, true
	case ByNumber:
		return sqlByID, true
	case ByNumberDown:
		return sqlByIDDown, true
	case ByDue:
		return sqlByDue, true
	case ByDueDown:
		return sqlByDueDown, true
	case ByVisit:
		return sqlByVisit, true
	case ByVisitDown:
		return sqlByVisitDown, true
	case ByUpdate:
		return sqlByUpdate, true
	case ByUpdateDown:
		return sqlByUpdateDown, true
	case ByDebt:
		return sqlByDebt, true
	case ByDebtDown:
		return sqlByDebtDown, true
	case ByDistance:
		return sqlByDistance, true
	}
	return "", false
}

// Cursor is the place of a row in a list: the key that the list is sorted by and
// the id. The zero value is the beginning.
type Cursor struct {
	Sort Sort                `json:"s"`
	Key  string              `json:"k"`
	ID   business.CustomerID `json:"i"`
}

// List asks for one page of customers.
type List struct {
	Filter Filter
	Sort   Sort
	Near   *orb.Point // what ByDistance measures from
	After  Cursor     // the last row of the page before
	Limit  int        // 1 to 500; 0 is 50
}

type listed struct {
	Customer
	SortKey string `db:"sort_key"`
}

// args are the parameters of sqlMatch.
func (s *Service) args(ctx context.Context, sc scope.Scope, f Filter) (pgx.NamedArgs, error) {
	f, err := s.Resolve(ctx, sc, f)
	if err != nil {
		return nil, err
	}
	today := s.Today()
	a := pgx.NamedArgs{
		"all": sc.All, "people": orEmpty(sc.People), "readers": []int64{},
		"shared_to": f.SharedTo, "shared_readers": []int64(nil), "shared_by": f.SharedBy,
		"stages": f.Stages, "channels": f.Channels, "districts": f.Districts,
		"created_from": startOf(f.CreatedFrom, s.zone), "created_to": endOf(f.CreatedTo, s.zone),
		"word": (*string)(nil), "word2": (*string)(nil), "words": []string(nil),
		"owners": f.Owners, "teams": f.Teams,
		"kinds": kindPatterns(f.Kinds), "levels": f.Levels, "statuses": f.Statuses,
		"tags": f.Tags, "due": f.Due, "today": today, "soon": today.Add(SoonDays),
		"ids": f.IDs, "located": f.Located,
		"west": nil, "south": nil, "east": nil, "north": nil, "area": nil,
	}
	var patterns []string
	for _, w := range f.words() {
		patterns = append(patterns, "%"+escapeLike(w)+"%")
	}
	// The index reads the two longest words together: one alone may be everywhere.
	if len(patterns) > 0 {
		a["word"] = patterns[0]
	}
	if len(patterns) > 1 {
		a["word2"] = patterns[1]
	}
	if len(patterns) > 2 {
		a["words"] = patterns[2:]
	}
	if f.Box != nil {
		a["west"], a["south"] = f.Box.Min[0], f.Box.Min[1]
		a["east"], a["north"] = f.Box.Max[0], f.Box.Max[1]
	}
	if f.Polygon != nil {
		a["area"] = orb.Polygon{f.Polygon}
	}
	if err := s.argsOfFacts(a, f); err != nil {
		return nil, err
	}
	return a, s.addReaders(ctx, a, sc, f)
}

func kindPatterns(kinds []string) []string {
	var out []string
	for _, k := range kinds {
		if exact, ok := strings.CutPrefix(k, "="); ok {
			out = append(out, escapeLike(exact))
			continue
		}
		out = append(out, escapeLike(k), escapeLike(k)+"/%")
	}
	return out
}

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// query plans the statement for these values: with a plan for all values, every
// absent part of the filter would cost and hide the indexes.
func query(ctx context.Context, q db.Querier, sql string, args pgx.NamedArgs) (pgx.Rows, error) {
	return q.Query(ctx, sql, pgx.QueryExecModeCacheDescribe, args)
}

// filtered runs a statement that is made of sqlMatch and nothing else.
func (s *Service) filtered(
	ctx context.Context, sql string, sc scope.Scope, f Filter,
) (pgx.Rows, error) {
	args, err := s.args(ctx, sc, f)
	if err != nil {
		return nil, err
	}
	return query(ctx, s.db, sql, args)
}

// List reads one page in the list's order. It fails with ErrBadFilter when
// the sort is unknown or the cursor belongs to another.
func (s *Service) List(
	ctx context.Context, sc scope.Scope, l List,
) (page []Customer, next *Cursor, err error) {
	sql, ok := sqlOf(l.Sort)
	if !ok || l.Sort == ByDistance && l.Near == nil || l.After.ID != 0 && l.After.Sort != l.Sort {
		return nil, nil, ErrBadFilter.WithField("sort", "choice", "This order is not possible here.")
	}
	if l.Limit <= 0 || l.Limit > 500 {
		l.Limit = 50
	}
	args, err := s.args(ctx, sc, l.Filter)
	if err != nil {
		return nil, nil, err
	}
	args["id"], args["limit"], args["near"] = l.After.ID, l.Limit+1, l.Near
	args["key"] = nil
	if l.After.ID != 0 {
		args["key"] = l.After.Key
	}
	rows, err := query(ctx, s.db, sql, args)
	if err != nil {
		return nil, nil, fmt.Errorf("list customers: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[listed])
	if err != nil {
		return nil, nil, fmt.Errorf("list customers: %w", err)
	}
	if len(found) > l.Limit {
		found = found[:l.Limit]
		last := found[l.Limit-1]
		next = &Cursor{l.Sort, last.SortKey, last.ID}
	}
	page = make([]Customer, len(found))
	for i, f := range found {
		page[i] = f.Customer
	}
	return page, next, nil
}

// Count is how many customers a filter selects.
type Count struct {
	Total   int64 `db:"total"`
	Plotted int64 `db:"plotted"` // with a position; Total − Plotted are missing on the map
}

// Count counts under the filter.
func (s *Service) Count(ctx context.Context, sc scope.Scope, f Filter) (Count, error) {
	rows, err := s.filtered(ctx, sqlCount, sc, f)
	if err != nil {
		return Count{}, fmt.Errorf("count customers: %w", err)
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Count])
}

// Facet is one value of one field and how many customers have it.
type Facet struct {
	Facet string `db:"facet"` // kind, level, status, owner or stage
	Value string `db:"value"` // of an owner: the person's id, 0 for nobody
	Name  string `db:"name"`  // of an owner
	Count int64  `db:"count"`
}

// Facets counts by kind, level, status, owner and stage under the filter, each from the
// most frequent value down.
func (s *Service) Facets(ctx context.Context, sc scope.Scope, f Filter) ([]Facet, error) {
	rows, err := s.filtered(ctx, sqlFacets, sc, f)
	if err != nil {
		return nil, fmt.Errorf("count facets: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Facet])
}

// District is how many customers of a filter lie in one district; the districts
// of customers without position are the queue for finding them.
type District struct {
	District string `db:"district"` // as written; "" for none
	Count    int64  `db:"count"`
}

// Districts counts by district under the filter, the fullest first, at most 500.
func (s *Service) Districts(ctx context.Context, sc scope.Scope, f Filter) ([]District, error) {
	rows, err := s.filtered(ctx, sqlDistricts, sc, f)
	if err != nil {
		return nil, fmt.Errorf("count districts: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[District])
}

// Customer reads one customer, archived or not. It fails with ErrNoCustomer.
func (s *Service) Customer(
	ctx context.Context, sc scope.Scope, id business.CustomerID,
) (Customer, error) {
	return fetch(ctx, s.db, sqlGet, id, sc)
}

// History reads what was changed on the customer, newest first, before the
// change of id before (0: from the newest), at most limit (1 to 200). It fails
// with ErrNoCustomer.
func (s *Service) History(
	ctx context.Context, sc scope.Scope, id business.CustomerID, before int64, limit int,
) ([]Change, error) {
	if _, err := s.Customer(ctx, sc, id); err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, sqlHistory,
		pgx.NamedArgs{"id": id, "before": before, "limit": min(max(limit, 1), 200)})
	if err != nil {
		return nil, fmt.Errorf("history of customer %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Change])
}

// Proposal reads the position that a check-in found for a customer without one.
// It fails with ErrNoCustomer or ErrNoProposal.
func (s *Service) Proposal(
	ctx context.Context, sc scope.Scope, id business.CustomerID,
) (Proposal, error) {
	c, err := s.Customer(ctx, sc, id)
	if err != nil {
		return Proposal{}, err
	}
	if c.Position != nil {
		return Proposal{}, ErrNoProposal
	}
	rows, err := s.db.Query(ctx, sqlProposal, pgx.NamedArgs{"id": id})
	if err != nil {
		return Proposal{}, fmt.Errorf("proposal for customer %d: %w", id, err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Proposal])
	if errors.Is(err, pgx.ErrNoRows) {
		return Proposal{}, ErrNoProposal
	}
	return p, err
}

// Export yields every customer under the filter by id, in one snapshot, without
// holding them in memory. An error ends it.
func (s *Service) Export(
	ctx context.Context, sc scope.Scope, f Filter,
) iter.Seq2[Customer, error] {
	return func(yield func(Customer, error) bool) {
		rows, err := s.filtered(ctx, sqlExport, sc, f)
		if err != nil {
			yield(Customer{}, fmt.Errorf("export customers: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			c, err := pgx.RowToStructByName[Customer](rows)
			if !yield(c, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Customer{}, fmt.Errorf("export customers: %w", err))
		}
	}
}

// Owners returns everybody who may own customers, by id, within the scope.
func (s *Service) Owners(ctx context.Context, sc scope.Scope) ([]Owner, error) {
	owners, err := readOwners(ctx, s.db)
	return slices.DeleteFunc(owners, func(o Owner) bool { return !sc.Has(int64(o.Person)) }), err
}

func readOwners(ctx context.Context, q db.Querier) ([]Owner, error) {
	rows, err := q.Query(ctx, sqlOwners)
	if err != nil {
		return nil, fmt.Errorf("read owners: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Owner])
}

// Area is the box of every located customer; false when there is none.
func (s *Service) Area(ctx context.Context) (geo.Box, bool, error) {
	var w, south, e, n *float64
	if err := s.db.QueryRow(ctx, sqlArea).Scan(&w, &south, &e, &n); err != nil || w == nil {
		return geo.Box{}, false, err
	}
	return geo.Box{Min: orb.Point{*w, *south}, Max: orb.Point{*e, *n}}, true, nil
}

const sqlArea = `
select ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b)
from (select ST_Extent(position)::geometry as b from crm.customer where archived_at is null) e`
