package identity

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/internal/db"
)

const personColumns = `
p.id, p.name, p.login, r.base as role, p.role as role_code,
coalesce(p.team_id, 0) as team, coalesce(t.name, '') as team_name,
p.post, p.sex, p.phone, p.photo, p.active, p.erased_at is not null as erased,
p.home, p.office, p.shift_start, p.shift_end, p.workdays,
p.color_index, p.language, p.theme, p.demo, p.version`

const personFrom = `
from identity.person p join identity.role r on r.code = p.role
	left join identity.team t on t.id = p.team_id`

const (
	sqlPerson = `select ` + personColumns + personFrom + `
where p.id = @id`

	sqlLockPerson = `select ` + personColumns + personFrom + `
where p.id = @id for update of p`

	sqlInsertPerson = `
insert into identity.person (name, login, role, team_id, post, sex, phone, home, office,
	shift_start, shift_end, workdays, color_index, demo, created_at, changed_at)
values (@name, @login, @role, nullif(@team, 0), @post, @sex, @phone, @home, @office,
	@shift_start, @shift_end, @workdays, @color, @demo, @now, @now)
returning id`

	sqlUpdatePerson = `
update identity.person set name = @name, login = @login, role = @role,
	team_id = nullif(@team, 0), post = @post, sex = @sex, phone = @phone, photo = @photo,
	active = @active, home = @home, office = @office, shift_start = @shift_start, shift_end = @shift_end,
	workdays = @workdays, color_index = @color,
	version = version + 1, changed_at = @now
where id = @id`

	sqlAnyPerson  = `select exists (select from identity.person)`
	sqlLockPeople = `lock table identity.person in share row exclusive mode`

	sqlLockAdmins = `
select id from identity.person where role = 'admin' and active order by id for update`

	sqlSetTaste = `
update identity.person set language = coalesce(@language, language),
	theme = coalesce(@theme, theme), changed_at = @now
where id = @id`

	sqlSetPassword = `
insert into identity.password (person_id, hash, changed_at) values (@id, @hash, @now)
on conflict (person_id) do update set hash = excluded.hash, changed_at = excluded.changed_at`

	sqlLockTeams = `lock table identity.team in share row exclusive mode`

	sqlTeamParents = `select id, coalesce(parent_id, 0) from identity.team`

	sqlTeam = `select ` + teamColumns + ` where t.id = @id`

	sqlInsertTeam = `
insert into identity.team (name, parent_id, leader_id)
values (@name, nullif(@parent, 0), nullif(@leader, 0)) returning id`

	sqlUpdateTeam = `
update identity.team set name = @name, parent_id = nullif(@parent, 0),
	leader_id = nullif(@leader, 0), version = version + 1
where id = @id`

	sqlCompany = `select name, zone, language, center, bounds from identity.company`

	sqlSetCompany = `
update identity.company set name = @name, zone = @zone, language = @language,
	center = @center, bounds = @bounds`

	sqlInsertDevice = `
insert into identity.device (person_id, name, token_hash, created_at)
values (@person, @name, @token, @now) returning id`

	sqlRevokeDevice = `
update identity.device set revoked_at = @now
where id = @id and person_id = @person and revoked_at is null`

	sqlRevokeDevices = `
update identity.device set revoked_at = @now where person_id = @person and revoked_at is null`
)

const teamColumns = `
t.id, t.name, coalesce(t.parent_id, 0) as parent, coalesce(t.leader_id, 0) as leader,
coalesce(l.name, '') as leader_name,
(select count(*) from identity.person p where p.team_id = t.id and p.active) as people,
t.version
from identity.team t left join identity.person l on l.id = t.leader_id`

func scanPerson(row pgx.CollectableRow) (Person, error) {
	var p Person
	err := row.Scan(&p.ID, &p.Name, &p.Login, &p.Role, &p.RoleCode, &p.Team, &p.TeamName,
		&p.Post, &p.Sex, &p.Phone, &p.Photo, &p.Active, &p.Erased,
		&p.Home, &p.Office, &p.Shift.Start, &p.Shift.End, &p.Workdays,
		&p.Color, &p.Language, &p.Theme, &p.Demo, &p.Version)
	return p, err
}

func personArgs(p Person, now time.Time) pgx.NamedArgs {
	return pgx.NamedArgs{
		"id": p.ID, "name": p.Name, "login": p.Login, "role": p.RoleCode, "team": p.Team,
		"post": p.Post, "sex": p.Sex, "photo": p.Photo, "phone": p.Phone,
		"active": p.Active, "home": p.Home, "office": p.Office,
		"shift_start": p.Shift.Start, "shift_end": p.Shift.End, "workdays": p.Workdays,
		"color": p.Color, "demo": p.Demo, "now": now,
	}
}

func one[T any](
	ctx context.Context, q db.Querier, sql string, args pgx.NamedArgs,
	scan pgx.RowToFunc[T], missing error,
) (T, error) {
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		var zero T
		return zero, err
	}
	v, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		err = missing
	}
	return v, err
}

func person(ctx context.Context, q db.Querier, id business.PersonID) (Person, error) {
	return one(ctx, q, sqlPerson, pgx.NamedArgs{"id": id}, scanPerson, ErrNoPerson)
}

func lockPerson(ctx context.Context, tx db.Tx, id business.PersonID) (Person, error) {
	return one(ctx, tx, sqlLockPerson, pgx.NamedArgs{"id": id}, scanPerson, ErrNoPerson)
}

func insertPerson(ctx context.Context, tx db.Tx, p Person, now time.Time) (business.PersonID, error) {
	var id business.PersonID
	err := tx.QueryRow(ctx, sqlInsertPerson, personArgs(p, now)).Scan(&id)
	return id, personFault(err)
}

func updatePerson(ctx context.Context, tx db.Tx, p Person, now time.Time) error {
	_, err := tx.Exec(ctx, sqlUpdatePerson, personArgs(p, now))
	return personFault(err)
}

// personFault names the breach of a key in the module's words.
func personFault(err error) error {
	switch {
	case err == nil:
		return nil
	case db.Violates(err, "person_login"):
		return ErrLoginTaken.WithField("login", "taken", ErrLoginTaken.Message)
	case db.Violates(err, "person_role"):
		return unknownRole()
	case db.Violates(err, "person_team_id_fkey"):
		return ErrNoTeam.WithField("team_id", "unknown", ErrNoTeam.Message)
	}
	return fmt.Errorf("save person: %w", err)
}

// lockAdmins returns the active administrators and keeps them so until the
// transaction ends.
func lockAdmins(ctx context.Context, tx db.Tx) ([]business.PersonID, error) {
	rows, err := tx.Query(ctx, sqlLockAdmins)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[business.PersonID])
}

func setPassword(
	ctx context.Context, tx db.Tx, id business.PersonID, hash string, now time.Time,
) error {
	_, err := tx.Exec(ctx, sqlSetPassword, pgx.NamedArgs{"id": id, "hash": hash, "now": now})
	return err
}

func scanTeam(row pgx.CollectableRow) (Team, error) {
	var t Team
	err := row.Scan(&t.ID, &t.Name, &t.Parent, &t.Leader, &t.LeaderName, &t.People, &t.Version)
	return t, err
}

func team(ctx context.Context, q db.Querier, id business.TeamID) (Team, error) {
	return one(ctx, q, sqlTeam, pgx.NamedArgs{"id": id}, scanTeam, ErrNoTeam)
}

// lockTeams keeps the tree still and returns it as child → parent.
func lockTeams(ctx context.Context, tx db.Tx) (map[business.TeamID]business.TeamID, error) {
	if _, err := tx.Exec(ctx, sqlLockTeams); err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, sqlTeamParents)
	if err != nil {
		return nil, err
	}
	tree := map[business.TeamID]business.TeamID{}
	var id, parent business.TeamID
	_, err = pgx.ForEachRow(rows, []any{&id, &parent}, func() error {
		tree[id] = parent
		return nil
	})
	return tree, err
}

func saveTeam(ctx context.Context, tx db.Tx, t *Team) error {
	args := pgx.NamedArgs{"id": t.ID, "name": t.Name, "parent": t.Parent, "leader": t.Leader}
	var err error
	if t.ID == 0 {
		err = tx.QueryRow(ctx, sqlInsertTeam, args).Scan(&t.ID)
	} else {
		_, err = tx.Exec(ctx, sqlUpdateTeam, args)
	}
	switch {
	case db.Violates(err, "team_parent_id_name_key"):
		return ErrTeamTaken.WithField("name", "taken", ErrTeamTaken.Message)
	case db.Violates(err, "team_parent_id_fkey"):
		return ErrNoTeam.WithField("parent_id", "unknown", ErrNoTeam.Message)
	case db.Violates(err, "team_leader"):
		return ErrNoPerson.WithField("leader_id", "unknown", ErrNoPerson.Message)
	case err != nil:
		return fmt.Errorf("save team: %w", err)
	}
	return nil
}

// tokenHash is what the database keeps of a token. A fast hash is enough because
// tokens are 256 random bits.
func tokenHash(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

// pointOf keeps a copy, so that a caller's pointer is not kept.
func pointOf(p *orb.Point) *orb.Point {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}
