package identity

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

const peopleWhere = personFrom + `
where (@all or p.id = any(@people))
	and (@search = '' or p.name ilike @search or p.login ilike @search or p.phone ilike @search)
	and (@role = '' or p.role = @role)
	and (@active::boolean is null or p.active = @active)
	and (@team = 0 or p.team_id in (
		with recursive below as (
			select @team::bigint as id
			union
			select c.id from identity.team c join below on c.parent_id = below.id
		) select id from below))`

const (
	sqlPeople = `select ` + personColumns + peopleWhere + `
	and (@id = 0 or (p.name collate public.names, p.id) > (@name collate public.names, @id))
order by p.name collate public.names, p.id limit @limit`

	sqlCountPeople = `select count(*)` + peopleWhere

	cardsFrom = `
select p.id, p.name, r.base, coalesce(p.team_id, 0), coalesce(t.name, ''), p.phone, p.color_index,
	p.active, p.home, p.office, p.shift_start, p.shift_end, p.created_at` + personFrom
	sqlCards   = cardsFrom + ` order by p.id`
	sqlCardsOf = cardsFrom + ` where p.id` + db.Among + ` order by p.id`

	sqlTeams = `select ` + teamColumns + ` order by t.name collate public.names, t.id`

	sqlDemoLogins = `select ` + personColumns + personFrom + `
where p.demo and p.active
order by array_position(array['admin', 'manager', 'dispatcher', 'salesperson',
	'keeper'], r.base),
	not r.builtin, coalesce(t.name, ''), p.id
limit 50`

	sqlSessions = `
select id, created_at, seen_at, expires_at, address, agent from identity.session
where person_id = @person and revoked_at is null and expires_at > @now and seen_at > @idle
order by seen_at desc, id limit 100`

	sqlDevices = `
select id, person_id, name, created_at, seen_at, revoked_at from identity.device
where person_id = @person order by id limit 100`

	sqlWorkday = `
select p.workdays,
	(select working from identity.calendar_day where person_id is null and day = @day),
	(select working from identity.calendar_day where person_id = p.id and day = @day),
	p.shift_start, p.shift_end, p.home, p.office
from identity.person p where p.id = @id`
)

func peopleArgs(sc scope.Scope, f Filter) pgx.NamedArgs {
	search := ""
	if q := strings.TrimSpace(f.Search); q != "" {
		esc := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
		search = "%" + esc.Replace(q) + "%"
	}
	people := sc.People
	if people == nil {
		people = []int64{}
	}
	return pgx.NamedArgs{
		"all": sc.All, "people": people, "search": search,
		"role": f.Role, "active": f.Active, "team": f.Team,
	}
}

// People lists the people within the scope by name, at most limit of them after
// the given place; the zero Seek begins the list.
func (s *Service) People(
	ctx context.Context, sc scope.Scope, f Filter, after Seek, limit int,
) ([]Person, error) {
	args := peopleArgs(sc, f)
	args["id"], args["name"], args["limit"] = after.ID, after.Name, limit
	rows, err := s.DB.Query(ctx, sqlPeople, args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanPerson)
}

// CountPeople counts what [Service.People] lists.
func (s *Service) CountPeople(ctx context.Context, sc scope.Scope, f Filter) (int64, error) {
	var n int64
	err := s.DB.QueryRow(ctx, sqlCountPeople, peopleArgs(sc, f)).Scan(&n)
	return n, err
}

// PersonByID returns a person within the scope. It fails with [ErrNoPerson].
func (s *Service) PersonByID(
	ctx context.Context, sc scope.Scope, id business.PersonID,
) (Person, error) {
	if !sc.Has(int64(id)) {
		return Person{}, ErrNoPerson
	}
	return person(ctx, s.DB, id)
}

// ScopeOf returns whose rows a person sees and who they are as an actor; for jobs
// that work on a person's behalf. It fails with [ErrNoPerson].
func (s *Service) ScopeOf(
	ctx context.Context, id business.PersonID,
) (business.Actor, scope.Scope, error) {
	p, err := person(ctx, s.DB, id)
	if err != nil {
		return business.Actor{}, scope.Scope{}, err
	}
	a := business.Actor{Person: p.ID, Role: p.Role, Team: p.Team}
	r, err := role(ctx, s.DB, p.RoleCode, unknownRole())
	if err != nil {
		return a, scope.Scope{}, err
	}
	sc, err := s.scope(ctx, a, r.Reach)
	return a, sc, err
}

// Card is what other modules show of a person.
type Card struct {
	ID       business.PersonID
	Name     string
	Role     business.Role
	Team     business.TeamID
	TeamName string
	Phone    string
	Color    int
	Active   bool
	Home     *orb.Point
	Office   *orb.Point
	Shift    Shift
	Since    time.Time // when the person was entered
}

// Cards returns the cards of those ids that exist, by id; nil ids means everybody.
// It satisfies the ports of modules that need names, so it runs on whatever they
// hand in.
func Cards(
	ctx context.Context, q db.Querier, ids []int64,
) (map[business.PersonID]Card, error) {
	sql := sqlCardsOf // one statement for both would be planned to read everybody
	if ids == nil {
		sql = sqlCards
	}
	rows, err := q.Query(ctx, sql, pgx.NamedArgs{"ids": ids})
	if err != nil {
		return nil, err
	}
	cards := make(map[business.PersonID]Card, len(ids))
	var c Card
	into := []any{&c.ID, &c.Name, &c.Role, &c.Team, &c.TeamName, &c.Phone, &c.Color,
		&c.Active, &c.Home, &c.Office, &c.Shift.Start, &c.Shift.End, &c.Since}
	_, err = pgx.ForEachRow(rows, into, func() error {
		c.Home, c.Office = pointOf(c.Home), pointOf(c.Office)
		cards[c.ID] = c
		return nil
	})
	return cards, err
}

// Workday is what a person's calendar says of one day.
type Workday struct {
	Works        bool
	Start, End   time.Time // of the shift, also on a day off
	Home, Office *orb.Point
}

// WorkdayOf returns a person's working day in the company's zone: the weekly
// pattern unless the company's or the person's calendar says otherwise. It fails
// with [ErrNoPerson].
func WorkdayOf(
	ctx context.Context, q db.Querier, id business.PersonID, day business.Date,
) (Workday, error) {
	company, err := companyOf(ctx, q)
	if err != nil {
		return Workday{}, err
	}
	zone, err := time.LoadLocation(company.Zone)
	if err != nil {
		return Workday{}, err
	}
	var w Workday
	var days []int16
	var all, own *bool
	var shift Shift
	scan := func(row pgx.CollectableRow) (Workday, error) {
		err := row.Scan(&days, &all, &own, &shift.Start, &shift.End, &w.Home, &w.Office)
		return w, err
	}
	args := pgx.NamedArgs{"id": id, "day": day}
	if w, err = one(ctx, q, sqlWorkday, args, scan, ErrNoPerson); err != nil {
		return Workday{}, err
	}
	w.Works = worksOn(days, day.ISOWeekday(), all, own)
	w.Start, w.End = day.At(zone, shift.Start), day.At(zone, shift.End)
	return w, nil
}

// Teams lists all teams by name. The tree of teams is no secret inside a company.
func (s *Service) Teams(ctx context.Context) ([]Team, error) {
	rows, err := s.DB.Query(ctx, sqlTeams)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanTeam)
}

// TeamByID returns a team. It fails with [ErrNoTeam].
func (s *Service) TeamByID(ctx context.Context, id business.TeamID) (Team, error) {
	return team(ctx, s.DB, id)
}

// DemoLogins lists who can sign in by one click; nobody unless the policy says so.
func (s *Service) DemoLogins(ctx context.Context) ([]Person, error) {
	if !s.Policy.Demo {
		return nil, nil
	}
	rows, err := s.DB.Query(ctx, sqlDemoLogins)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanPerson)
}

// Sessions lists where a person is signed in, the last used first.
func (s *Service) Sessions(ctx context.Context, who business.PersonID) ([]SessionInfo, error) {
	now := s.Clock.Now()
	rows, err := s.DB.Query(ctx, sqlSessions, pgx.NamedArgs{
		"person": who, "now": now, "idle": now.Add(-s.Policy.Idle),
	})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[SessionInfo])
}

// Devices lists a person's trackers, revoked ones too. It fails with [ErrNoPerson]
// outside the scope.
func (s *Service) Devices(
	ctx context.Context, sc scope.Scope, who business.PersonID,
) ([]Device, error) {
	if _, err := s.PersonByID(ctx, sc, who); err != nil {
		return nil, err
	}
	rows, err := s.DB.Query(ctx, sqlDevices, pgx.NamedArgs{"person": who})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Device])
}

// Company returns the company itself.
func (s *Service) Company(ctx context.Context) (Company, error) { return companyOf(ctx, s.DB) }

func companyOf(ctx context.Context, q db.Querier) (Company, error) {
	var c Company
	var bounds []float64
	err := q.QueryRow(ctx, sqlCompany).Scan(&c.Name, &c.Zone, &c.Language, &c.Center, &bounds)
	if err != nil {
		return Company{}, err
	}
	if len(bounds) == 4 {
		c.Bounds = &geo.Box{Min: orb.Point{bounds[0], bounds[1]}, Max: orb.Point{bounds[2], bounds[3]}}
	}
	return c, nil
}
