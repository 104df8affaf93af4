package identity

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/idem"
)

const (
	sqlInsertToken = `
insert into identity.token (person_id, name, token_hash, permissions, created_at, expires_at)
values (@person, @name, @token, @permissions, @now, @end) returning id`

	sqlTokens = `
select id, name, permissions, created_at, expires_at, seen_at, revoked_at from identity.token
where person_id = @person order by id desc limit 100`

	sqlEndToken = `
update identity.token set revoked_at = @now
where id = @id and person_id = @person and revoked_at is null`

	sqlEndTokens = `
update identity.token set revoked_at = @now where person_id = @person and revoked_at is null`

	sqlTokenPerson = `
select k.id, k.person_id, r.base, coalesce(p.team_id, 0), r.reach, r.permissions, k.permissions,
	coalesce(k.seen_at, k.created_at), ` + modulesOff + `
from identity.token k join identity.person p on p.id = k.person_id
	join identity.role r on r.code = p.role
where k.token_hash = @token and k.revoked_at is null and k.expires_at > @now and p.active`

	sqlTouchToken = `update identity.token set seen_at = @now where id = @id`
)

// proofHolds is how long a password that was given again opens sensitive actions.
const proofHolds = 10 * time.Minute

// Proved asks that the password was given within the last ten minutes. People
// of a demo have none. It fails with [ErrProofNeeded].
func (s *Service) Proved(id Identity) error {
	if id.Session == 0 || !id.Demo && s.Clock.Now().Sub(id.ProvedAt) > proofHolds {
		return ErrProofNeeded
	}
	return nil
}

// Token is a program's access in the name of a person.
type Token struct {
	ID          int64
	Name        string
	Permissions []business.Permission
	CreatedAt   time.Time
	ExpiresAt   time.Time
	SeenAt      *time.Time
	RevokedAt   *time.Time
}

// NewToken is a token to be made.
type NewToken struct {
	Name        string
	Permissions []business.Permission // some of the person's own
	Days        int                   // of life, 1 to 366
}

// CreateToken makes a token of the actor and returns its secret, which is not
// kept: a replay of the key returns the token without it. It fails with
// [ErrProofNeeded] or [ErrToken].
func (s *Service) CreateToken(
	ctx context.Context, id Identity, key idem.Key, in NewToken,
) (Token, string, error) {
	if err := s.Proved(id); err != nil {
		return Token{}, "", err
	}
	if err := checkToken(id, in); err != nil {
		return Token{}, "", err
	}
	var made Token
	secret := ""
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		made, err = idem.Once(ctx, tx, int64(id.Actor.Person), key, in, func() (Token, error) {
			secret = newToken()
			return s.createToken(ctx, tx, id, in, secret)
		})
		return err
	})
	if err != nil {
		return Token{}, "", err
	}
	return made, secret, nil
}

func checkToken(id Identity, in NewToken) error {
	e := ErrToken
	if n := utf8.RuneCountInString(in.Name); n < 1 || n > 80 {
		e = e.WithField("name", "length", "The name needs 1 to 80 characters.")
	}
	if in.Days < 1 || in.Days > 366 {
		e = e.WithField("days", "range", "A token lives 1 to 366 days.")
	}
	foreign := func(p business.Permission) bool { return !slices.Contains(id.Permissions, p) }
	if len(in.Permissions) == 0 || slices.ContainsFunc(in.Permissions, foreign) {
		e = e.WithField("permissions", "choice", "A token permits some of what you may yourself.")
	}
	return orNil(e)
}

func (s *Service) createToken(
	ctx context.Context, tx db.Tx, id Identity, in NewToken, secret string,
) (Token, error) {
	now := s.Clock.Now().Truncate(time.Microsecond)
	t := Token{Name: in.Name, Permissions: in.Permissions, CreatedAt: now,
		ExpiresAt: now.Add(time.Duration(in.Days) * 24 * time.Hour)}
	err := tx.QueryRow(ctx, sqlInsertToken, pgx.NamedArgs{
		"person": id.Actor.Person, "name": t.Name, "token": tokenHash(secret),
		"permissions": t.Permissions, "now": now, "end": t.ExpiresAt,
	}).Scan(&t.ID)
	if err != nil {
		return Token{}, err
	}
	return t, s.Audit.Record(ctx, tx, id.Actor, business.Change{
		Action: "identity.token.created", Object: "token", ID: t.ID, After: t,
	})
}

// Tokens lists the person's tokens, the newest first, ended ones too.
func (s *Service) Tokens(ctx context.Context, who business.PersonID) ([]Token, error) {
	rows, err := s.DB.Query(ctx, sqlTokens, pgx.NamedArgs{"person": who})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Token])
}

// RevokeToken ends one of the actor's tokens. It fails with [ErrNoToken].
func (s *Service) RevokeToken(ctx context.Context, by business.Actor, id int64) error {
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		args := pgx.NamedArgs{"id": id, "person": by.Person, "now": s.Clock.Now()}
		tag, err := tx.Exec(ctx, sqlEndToken, args)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return ErrNoToken
		}
		return s.Audit.Record(ctx, tx, by, business.Change{
			Action: "identity.token.revoked", Object: "token", ID: id,
		})
	})
}

// IdentifyToken returns who a program's token belongs to: what the token lists
// and the person may, with the person's scope. It fails with [ErrSession].
func (s *Service) IdentifyToken(ctx context.Context, secret string) (Identity, error) {
	now := s.Clock.Now()
	var id Identity
	var token int64
	var reach Reach
	var may, listed []business.Permission
	var seen time.Time
	var off []business.Module
	err := s.DB.QueryRow(ctx, sqlTokenPerson, pgx.NamedArgs{
		"token": tokenHash(secret), "now": now,
	}).Scan(&token, &id.Actor.Person, &id.Actor.Role, &id.Actor.Team, &reach, &may, &listed,
		&seen, &off)
	if errors.Is(err, pgx.ErrNoRows) {
		return Identity{}, ErrSession
	}
	if err != nil {
		return Identity{}, err
	}
	if now.Sub(seen).Abs() > touchEvery {
		args := pgx.NamedArgs{"id": token, "now": now}
		if _, err := s.DB.Exec(ctx, sqlTouchToken, args); err != nil {
			return Identity{}, err
		}
	}
	id.Permissions = slices.DeleteFunc(effective(id.Actor.Role, may), func(p business.Permission) bool {
		return !slices.Contains(listed, p)
	})
	id.withhold(off)
	id.Scope, err = s.scope(ctx, id.Actor, reach)
	return id, err
}
