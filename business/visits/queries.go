package visits

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

const (
	// CountLimit is where counting of visits stops; a total beyond it is unknown.
	CountLimit = 10_000

	lazyTotals   = 40 // days that one overview evaluates at most
	lazyParallel = 4
)

// Visits returns the visits under a filter, newest first, and the cursor of the
// next page, nil on the last. With a customer named, the visits to it by anybody
// are returned to whoever may see the customer; else only those of people within
// the caller's scope and the caller's own. It fails with ErrNoCustomer.
func (s *Service) Visits(ctx context.Context, c Caller, f Filter) ([]Row, *Cursor, error) {
	args, err := s.filter(ctx, c, f)
	if err != nil {
		return nil, nil, err
	}
	limit := db.PageSize(f.Limit)
	args["limit"] = limit + 1
	db.After(args, f.After.At, f.After.ID)
	found, err := readVisits(ctx, s.DB, sqlVisits, args)
	if err != nil {
		return nil, nil, err
	}
	var next *Cursor
	if len(found) > limit {
		found = found[:limit]
		next = &Cursor{found[limit-1].In.At, found[limit-1].ID}
	}
	rows, err := s.named(ctx, found)
	return rows, next, err
}

// CountVisits counts the visits under a filter; -1 means more than CountLimit.
func (s *Service) CountVisits(ctx context.Context, c Caller, f Filter) (int64, error) {
	args, err := s.filter(ctx, c, f)
	if err != nil {
		return 0, err
	}
	var n int64
	if err := s.DB.QueryRow(ctx, sqlVisitCount, db.PlanEachTime, args).Scan(&n); err != nil {
		return 0, fmt.Errorf("count visits: %w", err)
	}
	if n > CountLimit {
		return -1, nil
	}
	return n, nil
}

func (s *Service) filter(ctx context.Context, c Caller, f Filter) (pgx.NamedArgs, error) {
	all, people := c.Scope.All, withSelf(c)
	if f.Customer != 0 {
		ids := []business.CustomerID{f.Customer}
		if _, err := s.mustSee(ctx, s.DB, c.Scope, ids); err != nil {
			return nil, err
		}
		all = true
	}
	return pgx.NamedArgs{
		"all": all, "people": people, "person": f.Person, "customer": f.Customer,
		"from": f.From, "to": f.To, "state": string(f.State), "kind": string(f.Kind),
	}, nil
}

// withSelf is whose visits the caller sees; one's own always.
func withSelf(c Caller) []int64 {
	return append(append(make([]int64, 0, len(c.Scope.People)+1), c.Scope.People...),
		int64(c.Actor.Person))
}

func (s *Service) named(ctx context.Context, found []Visit) ([]Row, error) {
	customers := make([]business.CustomerID, 0, len(found))
	for _, v := range found {
		customers = append(customers, v.Customer)
	}
	sites, err := s.sites(ctx, s.DB, scope.Everything(), customers)
	if err != nil {
		return nil, err
	}
	return s.namedAt(ctx, found, sites)
}

// namedAt adds the names of the people and of the sites, which hold all that are needed.
func (s *Service) namedAt(
	ctx context.Context, found []Visit, sites map[business.CustomerID]Site,
) ([]Row, error) {
	people := map[business.PersonID]string{}
	for _, v := range found {
		people[v.Person] = ""
	}
	ids := make([]business.PersonID, 0, len(people))
	for id := range people {
		ids = append(ids, id)
	}
	workers, err := s.People.Workers(ctx, s.DB, ids)
	if err != nil {
		return nil, fmt.Errorf("names of people: %w", err)
	}
	for _, w := range workers {
		people[w.ID] = w.Name
	}
	rows := make([]Row, len(found))
	for i, v := range found {
		site := sites[v.Customer]
		rows[i] = Row{v, people[v.Person], site.Name, site.Address, site.Region, site.Phone}
	}
	return rows, nil
}

// Visit returns one visit of somebody within the scope, of the caller, or at a
// customer within the scope. It fails with ErrNoVisit.
func (s *Service) Visit(ctx context.Context, c Caller, id business.VisitID) (Row, error) {
	v, err := oneVisit(ctx, s.DB, sqlVisit, pgx.NamedArgs{"id": id})
	if err != nil {
		return Row{}, err
	}
	if v == nil {
		return Row{}, ErrNoVisit.With("visit_id", id)
	}
	if v.Person != c.Actor.Person && !c.Scope.Has(int64(v.Person)) {
		sites, err := s.sites(ctx, s.DB, c.Scope, []business.CustomerID{v.Customer})
		if err != nil {
			return Row{}, err
		}
		if len(sites) == 0 {
			return Row{}, ErrNoVisit.With("visit_id", id)
		}
	}
	rows, err := s.named(ctx, []Visit{*v})
	if err != nil {
		return Row{}, err
	}
	return rows[0], nil
}

// OpenVisit returns the caller's open visit, nil when there is none.
func (s *Service) OpenVisit(ctx context.Context, c Caller) (*Visit, error) {
	const sqlMine = `select ` + visitColumns + `
from visits.visit where person_id = @person and state = 'open'`
	return oneVisit(ctx, s.DB, sqlMine, pgx.NamedArgs{"person": c.Actor.Person})
}

// DayRow is one person's day in the overview of a date.
type DayRow struct {
	Worker  Worker
	Day     Day     // draft order
	Done    int     // stops that were driven
	Skipped int     // stops that were left out, with a reason
	Totals  *Totals // nil: not evaluated
}

// Days returns the days of all salespeople within the scope on one date, also of
// those who have no plan. Totals that are not known yet are worked out for up to
// 40 days at a time.
func (s *Service) Days(ctx context.Context, c Caller, d business.Date) ([]DayRow, error) {
	workers, err := s.People.Workers(ctx, s.DB, nil)
	if err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	args := pgx.NamedArgs{
		"day": d, "all": c.Scope.All, "people": withSelf(c), "roads": s.Planner.Roads(),
	}
	days, err := s.daysOf(ctx, args)
	if err != nil {
		return nil, err
	}
	totals, err := s.totalsOf(ctx, args)
	if err != nil {
		return nil, err
	}
	var rows []DayRow
	for _, w := range workers {
		if w.ID != c.Actor.Person && !c.Scope.Has(int64(w.ID)) {
			continue
		}
		day, ok := days[w.ID]
		if !ok {
			day = Day{
				Person: w.ID, Date: d, Status: None,
				Start: Anchor{Kind: Home}, End: Anchor{Kind: Home},
			}
		}
		row := DayRow{Worker: w, Day: day}
		for _, stop := range day.Stops {
			switch {
			case stop.Driven():
				row.Done++
			case stop.State == Skipped:
				row.Skipped++
			}
		}
		if t, ok := totals[w.ID]; ok {
			row.Totals = &t
		}
		rows = append(rows, row)
	}
	return rows, s.fillTotals(ctx, rows)
}

func (s *Service) daysOf(
	ctx context.Context, args pgx.NamedArgs,
) (map[business.PersonID]Day, error) {
	rows, err := s.DB.Query(ctx, sqlDays, args)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[dayRow])
	if err != nil {
		return nil, fmt.Errorf("read days: %w", err)
	}
	rows, err = s.DB.Query(ctx, sqlStopsOfDate, args)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[stopRow])
	if err != nil {
		return nil, fmt.Errorf("read stops: %w", err)
	}
	stops := map[business.PersonID][]Stop{}
	for _, r := range all {
		stops[r.PersonID] = append(stops[r.PersonID], r.domain())
	}
	days := make(map[business.PersonID]Day, len(found))
	for _, r := range found {
		d := r.domain()
		d.Stops = ordered(stops[d.Person], draftLayer)
		days[d.Person] = d
	}
	return days, nil
}

func (s *Service) totalsOf(
	ctx context.Context, args pgx.NamedArgs,
) (map[business.PersonID]Totals, error) {
	rows, err := s.DB.Query(ctx, sqlTotals, args)
	if err != nil {
		return nil, err
	}
	out := map[business.PersonID]Totals{}
	var person business.PersonID
	var body []byte
	_, err = pgx.ForEachRow(rows, []any{&person, &body}, func() error {
		var t Totals
		if err := json.Unmarshal(body, &t); err != nil {
			return err
		}
		out[person] = t
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read totals: %w", err)
	}
	return out, nil
}

// fillTotals evaluates days whose totals are not known.
func (s *Service) fillTotals(ctx context.Context, rows []DayRow) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(lazyParallel)
	left := lazyTotals
	for i := range rows {
		if rows[i].Totals != nil || len(rows[i].Day.Stops) == 0 || left == 0 {
			continue
		}
		left--
		g.Go(func() error {
			roads := s.Planner.Roads()
			e, _, err := s.timed(ctx, rows[i].Day, rows[i].Worker)
			if err != nil || !e.Planned {
				return err
			}
			s.rememberTotals(ctx, e, roads)
			rows[i].Totals = &e.Totals
			return nil
		})
	}
	return g.Wait()
}

// VersionRow is one version of a day in its history.
type VersionRow struct {
	Version     int64             `db:"version"`
	Change      string            `db:"change"`
	At          time.Time         `db:"at"`
	By          business.PersonID `db:"by"`
	PublishedAt *time.Time        `db:"published_at"`
}

// Versions returns the latest 200 versions of a day, newest first. It fails with
// ErrNoDay.
func (s *Service) Versions(ctx context.Context, c Caller, at PersonDay) ([]VersionRow, error) {
	if _, err := s.worker(ctx, s.DB, c, at.Person); err != nil {
		return nil, err
	}
	rows, err := s.DB.Query(ctx, sqlVersions, pgx.NamedArgs{"person": at.Person, "day": at.Date})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[VersionRow])
}

// LastWork is when somebody last made a valid visit, and how many in a period.
type LastWork struct {
	Person   business.PersonID `db:"person_id"`
	LastDay  business.Date     `db:"last_day"`
	InPeriod int64             `db:"in_period"`
}

// LastWorkOf returns the last valid visits of people up to and on day, and how
// many since. Those who never made one are not in the answer.
func (s *Service) LastWorkOf(
	ctx context.Context, q db.Querier, people []business.PersonID, since, day business.Date,
) ([]LastWork, error) {
	rows, err := q.Query(ctx, sqlLastOfPeople, pgx.NamedArgs{
		"people": people, "from": since, "to": day,
	})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[LastWork])
}

// Gap is how often a customer was visited in a period.
type Gap struct {
	Customer business.CustomerID `db:"customer_id"`
	First    business.Date       `db:"first_day"`
	Last     business.Date       `db:"last_day"`
	Days     int                 `db:"days"` // distinct days with a valid visit, ≥ 1
}

// Gaps returns how often these customers were visited, from and to inclusive;
// those without a valid visit are not in the answer.
func (s *Service) Gaps(
	ctx context.Context, q db.Querier, ids []business.CustomerID, from, to business.Date,
) ([]Gap, error) {
	rows, err := q.Query(ctx, sqlGaps, pgx.NamedArgs{"customers": ids, "from": from, "to": to})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Gap])
}

// PlannedOn returns which of the customers stand on the person's day; on anybody's
// when the person is 0.
func (s *Service) PlannedOn(
	ctx context.Context, q db.Querier, at PersonDay, ids []business.CustomerID,
) ([]business.CustomerID, error) {
	rows, err := q.Query(ctx, sqlPlannedCustomers, pgx.NamedArgs{
		"person": at.Person, "day": at.Date, "customers": ids,
	})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[business.CustomerID])
}
