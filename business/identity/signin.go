package identity

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

const (
	sqlCredentials = `
select p.id, p.name, p.login, coalesce(w.hash, '')
from identity.person p left join identity.password w on w.person_id = p.id
where p.login = @login and p.active`

	sqlDemoPerson = `
select id, name, login, '' from identity.person where login = @login and active and demo`

	// A failure is counted before the password is looked at and taken back when it
	// was right, so that many attempts at one moment cannot pass the lock together.
	sqlFirstAttempt = `
insert into identity.attempt (key, failures, last_at) values (@key, 0, @now)
on conflict (key) do nothing`

	sqlReserve = `
update identity.attempt
set failures = case when last_at < @forget then 1 else failures + 1 end, last_at = @now
where key = @key`

	sqlAttempt = `select failures, last_at from identity.attempt where key = @key for update`

	sqlForgive = `
update identity.attempt set failures = greatest(failures - 1, 0) where key = @key`

	sqlForget = `delete from identity.attempt where key = @key`

	sqlPurgeAttempts = `delete from identity.attempt where last_at < @before`

	sqlInsertSession = `
insert into identity.session (person_id, token_hash, created_at, seen_at, expires_at,
	proved_at, demo, address, agent)
values (@person, @token, @now, @now, @end, @now, @demo, @address, @agent) returning id`

	sqlSessionPerson = `
select s.id, s.person_id, r.base, coalesce(p.team_id, 0), r.reach, r.permissions,
	s.demo, s.seen_at, s.proved_at, ` + modulesOff + `
from identity.session s join identity.person p on p.id = s.person_id
	join identity.role r on r.code = p.role
where s.token_hash = @token and s.revoked_at is null and p.active
	and s.expires_at > @now and s.seen_at > @idle`

	// Asked only of a token that was refused already.
	sqlBarred = `
select coalesce(bool_or(s.barred or not p.active), false)
from identity.session s join identity.person p on p.id = s.person_id
where s.token_hash = @token`

	sqlTouchSession = `update identity.session set seen_at = @now where id = @id`

	sqlDevicePerson = `
select d.id, d.person_id, r.base, coalesce(p.team_id, 0), coalesce(d.seen_at, d.created_at),
	` + modulesOff + `
from identity.device d join identity.person p on p.id = d.person_id
	join identity.role r on r.code = p.role
where d.token_hash = @token and d.revoked_at is null and p.active`

	sqlTouchDevice = `update identity.device set seen_at = @now where id = @id`

	sqlReach = `
with recursive led as (
	select id from identity.team where leader_id = @person or @below and id = @team
	union
	select t.id from identity.team t join led on t.parent_id = led.id
)
select coalesce(array_agg(p.id order by p.id), '{}'), coalesce(array_agg(distinct p.team_id), '{}')
from identity.person p where p.team_id in (select id from led)`

	sqlColleagues = `
select coalesce(array_agg(id order by id), '{}') from identity.person
where team_id = nullif(@team, 0)`

	sqlRevokeToken = `
update identity.session set revoked_at = @now where token_hash = @token and revoked_at is null`

	sqlRevokeSession = `
update identity.session set revoked_at = @now, barred = @barred
where id = @id and person_id = @person and revoked_at is null`

	sqlRevokeSessions = `
update identity.session set revoked_at = @now
where person_id = @person and id <> @keep and revoked_at is null`

	// Also those that ended before and whose phone has not called since.
	sqlBarSessions = `
update identity.session set barred = true where person_id = @person`

	sqlProve = `update identity.session set proved_at = @now where id = @id`

	sqlPurgeSessions = `delete from identity.session where expires_at < @before`
)

// touchEvery bounds how often a session's last use is written.
const touchEvery = time.Minute

// SignIn opens a session and returns its token. Unknown login, wrong password,
// no password and inactive person all fail with [ErrCredentials]; with a second
// factor, a right password alone with [ErrCodeNeeded], a wrong code with [ErrCode],
// and both count as failures like a wrong password. After five
// failures the login, after fifty the address, is locked and fails with
// [ErrLocked] for a growing while. The session that the browser held before is
// revoked, so that nobody can be signed in on a token somebody else planted.
func (s *Service) SignIn(ctx context.Context, in SignIn) (string, Person, error) {
	login := normalLogin(in.Login)
	keys := attemptKeys(ctx, login)
	if err := s.reserve(ctx, keys); err != nil {
		return "", Person{}, err
	}
	who, err := s.credentials(ctx, sqlCredentials, login)
	if err != nil {
		return "", Person{}, err
	}
	ok, stale, err := s.hasher.check(ctx, in.Password, who.hash)
	if err != nil {
		return "", Person{}, err
	}
	if !ok {
		return "", Person{}, s.refused(ctx, who.id)
	}
	fresh := ""
	if stale {
		if fresh, err = s.hasher.hash(ctx, in.Password); err != nil {
			return "", Person{}, err
		}
	}
	var token string
	var p Person
	err = s.DB.InTx(ctx, func(tx db.Tx) error {
		if err := s.secondFactor(ctx, tx, who.id, in.Code); err != nil {
			return err
		}
		if err := forgive(ctx, tx, keys); err != nil {
			return err
		}
		if fresh != "" {
			if err := setPassword(ctx, tx, who.id, fresh, s.Clock.Now()); err != nil {
				return err
			}
		}
		token, p, err = s.open(ctx, tx, who.id, in.Previous, false)
		return err
	})
	if errors.Is(err, ErrCode) {
		if told := s.refused(ctx, who.id); !errors.Is(told, ErrCredentials) {
			return "", Person{}, told
		}
	}
	return token, p, err
}

// SignInDemo opens a session without a password for a person of the demo. It
// fails with [ErrDemoOff] unless the policy allows it, and with [ErrNoPerson] for
// anybody who is not marked.
func (s *Service) SignInDemo(ctx context.Context, login, previous string) (string, Person, error) {
	if !s.Policy.Demo {
		return "", Person{}, ErrDemoOff
	}
	who, err := s.credentials(ctx, sqlDemoPerson, normalLogin(login))
	if err != nil {
		return "", Person{}, err
	}
	if who.id == 0 {
		return "", Person{}, ErrNoPerson
	}
	var token string
	var p Person
	err = s.DB.InTx(ctx, func(tx db.Tx) error {
		token, p, err = s.open(ctx, tx, who.id, previous, true)
		return err
	})
	return token, p, err
}

type credentials struct {
	id                business.PersonID
	name, login, hash string
}

// credentials returns the zero value for an unknown login.
func (s *Service) credentials(ctx context.Context, sql, login string) (credentials, error) {
	var c credentials
	err := s.DB.QueryRow(ctx, sql, pgx.NamedArgs{"login": login}).
		Scan(&c.id, &c.name, &c.login, &c.hash)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return c, err
}

type attemptKey struct {
	key  string
	free int
}

func attemptKeys(ctx context.Context, login string) []attemptKey {
	keys := []attemptKey{{"login:" + login, freeLoginFailures}}
	if a := business.OriginOf(ctx).Address; a != "" {
		keys = append(keys, attemptKey{"address:" + a, freeAddressFailures})
	}
	return keys
}

// reserve counts the attempt as failed under both keys, or refuses it.
func (s *Service) reserve(ctx context.Context, keys []attemptKey) error {
	now := s.Clock.Now()
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		for _, k := range keys {
			args := pgx.NamedArgs{"key": k.key, "now": now, "forget": now.Add(-attemptMemory)}
			if _, err := tx.Exec(ctx, sqlFirstAttempt, args); err != nil {
				return err
			}
			var failures int
			var last time.Time
			if err := tx.QueryRow(ctx, sqlAttempt, args).Scan(&failures, &last); err != nil {
				return err
			}
			if wait := lockedFor(failures, k.free, last, now); wait > 0 {
				return ErrLocked.With("retry_after_s", int(wait/time.Second)+1)
			}
			if _, err := tx.Exec(ctx, sqlReserve, args); err != nil {
				return err
			}
		}
		return nil
	})
}

// forgive takes the reserved failure back: the login starts anew, the address
// keeps what it owes for other logins.
func forgive(ctx context.Context, tx db.Tx, keys []attemptKey) error {
	for i, k := range keys {
		sql := sqlForget
		if i > 0 {
			sql = sqlForgive
		}
		if _, err := tx.Exec(ctx, sql, pgx.NamedArgs{"key": k.key}); err != nil {
			return err
		}
	}
	return nil
}

// refused records a failed sign-in of a person who exists. What was typed is not
// kept: it may be a password in the wrong field.
func (s *Service) refused(ctx context.Context, who business.PersonID) error {
	if who == 0 {
		return ErrCredentials
	}
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		return s.Audit.Record(ctx, tx, business.Actor{}, business.Change{
			Action: "identity.session.refused", Object: "person", ID: int64(who),
		})
	})
	if err != nil {
		return err
	}
	return ErrCredentials
}

func (s *Service) open(
	ctx context.Context, tx db.Tx, who business.PersonID, previous string, demo bool,
) (string, Person, error) {
	now, token, origin := s.Clock.Now(), newToken(), business.OriginOf(ctx)
	if previous != "" {
		args := pgx.NamedArgs{"token": tokenHash(previous), "now": now}
		if _, err := tx.Exec(ctx, sqlRevokeToken, args); err != nil {
			return "", Person{}, err
		}
	}
	var id int64
	err := tx.QueryRow(ctx, sqlInsertSession, pgx.NamedArgs{
		"person": who, "token": tokenHash(token), "now": now,
		"end": now.Add(s.Policy.Absolute), "demo": demo,
		"address": origin.Address, "agent": origin.Agent,
	}).Scan(&id)
	if err != nil {
		return "", Person{}, err
	}
	p, err := person(ctx, tx, who)
	if err != nil {
		return "", Person{}, err
	}
	by := business.Actor{Person: who, Role: p.Role, Team: p.Team}
	return token, p, s.Audit.Record(ctx, tx, by, business.Change{
		Action: "identity.session.opened", Object: "session", ID: id,
	})
}

// Identify returns who a session's token belongs to. It fails with [ErrRevoked] when
// the session was ended on another device or the account closed, so that a phone can
// wipe what it keeps, and otherwise with [ErrSession].
func (s *Service) Identify(ctx context.Context, token string) (Identity, error) {
	now := s.Clock.Now()
	var id Identity
	var seen time.Time
	var r Role
	var may []business.Permission
	var off []business.Module
	err := s.DB.QueryRow(ctx, sqlSessionPerson, pgx.NamedArgs{
		"token": tokenHash(token), "now": now, "idle": now.Add(-s.Policy.Idle),
	}).Scan(&id.Session, &id.Actor.Person, &id.Actor.Role, &id.Actor.Team,
		&r.Reach, &may, &id.Demo, &seen, &id.ProvedAt, &off)
	if errors.Is(err, pgx.ErrNoRows) {
		return Identity{}, s.over(ctx, token)
	}
	if err != nil {
		return Identity{}, err
	}
	if id.Demo && !s.Policy.Demo {
		return Identity{}, ErrSession
	}
	if now.Sub(seen).Abs() > touchEvery {
		args := pgx.NamedArgs{"id": id.Session, "now": now}
		if _, err := s.DB.Exec(ctx, sqlTouchSession, args); err != nil {
			return Identity{}, err
		}
	}
	id.Permissions = effective(id.Actor.Role, may)
	id.withhold(off)
	id.Scope, err = s.scope(ctx, id.Actor, r.Reach)
	return id, err
}

// over says why a token is refused.
func (s *Service) over(ctx context.Context, token string) error {
	var barred bool
	args := pgx.NamedArgs{"token": tokenHash(token)}
	if err := s.DB.QueryRow(ctx, sqlBarred, args).Scan(&barred); err != nil {
		return err
	}
	if barred {
		return ErrRevoked
	}
	return ErrSession
}

// IdentifyDevice returns who a device's token belongs to, with what a device may
// do. It fails with [ErrSession].
func (s *Service) IdentifyDevice(ctx context.Context, token string) (Identity, error) {
	now := s.Clock.Now()
	var id Identity
	var seen time.Time
	var off []business.Module
	err := s.DB.QueryRow(ctx, sqlDevicePerson, pgx.NamedArgs{"token": tokenHash(token)}).
		Scan(&id.Device, &id.Actor.Person, &id.Actor.Role, &id.Actor.Team, &seen, &off)
	if errors.Is(err, pgx.ErrNoRows) {
		return Identity{}, ErrSession
	}
	if err != nil {
		return Identity{}, err
	}
	if now.Sub(seen).Abs() > touchEvery {
		args := pgx.NamedArgs{"id": id.Device, "now": now}
		if _, err := s.DB.Exec(ctx, sqlTouchDevice, args); err != nil {
			return Identity{}, err
		}
	}
	id.Permissions = devicePermissions()
	id.Scope = scopeOf(id.Actor, Own, covered{})
	id.withhold(off)
	return id, nil
}

// scope computes whose rows the actor sees under a role of this reach.
func (s *Service) scope(
	ctx context.Context, a business.Actor, r Reach,
) (sc scope.Scope, err error) {
	var c covered
	args := pgx.NamedArgs{"person": a.Person, "team": a.Team, "below": r == Subtree}
	switch r {
	case OwnTeam: // which is the actor's own, too
		err = s.DB.QueryRow(ctx, sqlColleagues, args).Scan(&c.people)
	case Led, Subtree:
		err = s.DB.QueryRow(ctx, sqlReach, args).Scan(&c.people, &c.teams)
	}
	return scopeOf(a, r, c), err
}

// SignOut ends the actor's own session. A session that is over already stays so.
func (s *Service) SignOut(ctx context.Context, by business.Actor, session int64) error {
	err := s.end(ctx, by, session, false)
	if errors.Is(err, ErrNoSession) {
		return nil
	}
	return err
}

// EndSession takes one of the actor's sessions away: the device that holds it is
// told [ErrRevoked]. It fails with [ErrNoSession].
func (s *Service) EndSession(ctx context.Context, by business.Actor, session int64) error {
	return s.end(ctx, by, session, true)
}

func (s *Service) end(
	ctx context.Context, by business.Actor, session int64, barred bool,
) error {
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		args := pgx.NamedArgs{
			"id": session, "person": by.Person, "now": s.Clock.Now(), "barred": barred,
		}
		tag, err := tx.Exec(ctx, sqlRevokeSession, args)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return ErrNoSession
		}
		return s.Audit.Record(ctx, tx, by, business.Change{
			Action: "identity.session.ended", Object: "session", ID: session,
		})
	})
}

// ChangePassword sets the actor's own password and ends their other sessions. It
// fails with [ErrWrongPassword] or [ErrWeakPassword]; wrong ones count as failed
// sign-ins.
func (s *Service) ChangePassword(
	ctx context.Context, by business.Actor, session int64, present, next string,
) error {
	p, err := s.prove(ctx, by, present)
	if err != nil {
		return err
	}
	hash, err := s.newHash(ctx, next, p.Login, p.Name)
	if err != nil {
		return err
	}
	if hash == "" {
		return ErrWeakPassword
	}
	now := s.Clock.Now()
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		if err := setPassword(ctx, tx, by.Person, hash, now); err != nil {
			return err
		}
		if err := revokeSessions(ctx, tx, by.Person, session, now); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, by, business.Change{
			Action: "identity.password.changed", Object: "person", ID: int64(by.Person),
		})
	})
}

// Prove asks for the actor's password again before a sensitive action. It fails
// with [ErrWrongPassword] or [ErrLocked].
func (s *Service) Prove(
	ctx context.Context, by business.Actor, session int64, password string,
) error {
	if _, err := s.prove(ctx, by, password); err != nil {
		return err
	}
	_, err := s.DB.Exec(ctx, sqlProve, pgx.NamedArgs{"id": session, "now": s.Clock.Now()})
	return err
}

func (s *Service) prove(ctx context.Context, by business.Actor, password string) (Person, error) {
	p, err := person(ctx, s.DB, by.Person)
	if err != nil {
		return Person{}, err
	}
	keys := attemptKeys(ctx, p.Login)
	if err := s.reserve(ctx, keys); err != nil {
		return Person{}, err
	}
	who, err := s.credentials(ctx, sqlCredentials, p.Login)
	if err != nil {
		return Person{}, err
	}
	ok, _, err := s.hasher.check(ctx, password, who.hash)
	if err != nil {
		return Person{}, err
	}
	if !ok {
		return Person{}, ErrWrongPassword
	}
	return p, s.DB.InTx(ctx, func(tx db.Tx) error { return forgive(ctx, tx, keys) })
}

func revokeSessions(
	ctx context.Context, tx db.Tx, who business.PersonID, keep int64, now time.Time,
) error {
	args := pgx.NamedArgs{"person": who, "keep": keep, "now": now}
	_, err := tx.Exec(ctx, sqlRevokeSessions, args)
	return err
}

// Purge forgets sessions that ended a month ago and failures of the day before.
// A daily job calls it.
func (s *Service) Purge(ctx context.Context) error {
	now := s.Clock.Now()
	args := pgx.NamedArgs{"before": now.Add(-30 * 24 * time.Hour)}
	if _, err := s.DB.Exec(ctx, sqlPurgeSessions, args); err != nil {
		return err
	}
	_, err := s.DB.Exec(ctx, sqlPurgeAttempts, pgx.NamedArgs{"before": now.Add(-attemptMemory)})
	return err
}
