package identity

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// Reach says whose rows a role sees.
type Reach string

// The reaches, from narrow to wide. Everybody sees themselves; rows that others
// share with somebody are added by the module that shares them.
const (
	Own     Reach = "own"     // their own
	OwnTeam Reach = "team"    // those of the people in their team
	Led     Reach = "led"     // those of the teams they lead and all below
	Subtree Reach = "subtree" // the teams they lead, their own, and all below
	All     Reach = "all"     // everybody's
)

// Role is what a company lets somebody do and see. The rules of the modules look
// at its base; permissions and reach are the company's.
type Role struct {
	Code        string // 2 to 40 small letters, digits, dashes
	Name        string
	NameZH      string
	Base        business.Role
	Reach       Reach
	Permissions []business.Permission // effective, sorted
	Default     bool                  // what the base may, in later versions too
	Builtin     bool
	People      int // active people who have it
	Version     int64
}

// NewRole is a role to be created.
type NewRole struct {
	Code, Name, NameZH string
	Base               business.Role // not the administrator's
	Reach              Reach
	Permissions        []business.Permission // nil: what the base may
}

// RoleChange is a change of some fields of a role; nil fields stay.
type RoleChange struct {
	Name, NameZH *string
	Reach        *Reach
	Permissions  *[]business.Permission // a pointer to nil: what the base may
}

const roleColumns = `
r.code, r.name, r.name_zh, r.base, r.reach, r.permissions, r.builtin, r.version,
(select count(*) from identity.person p where p.role = r.code and p.active) as people
from identity.role r`

const (
	sqlRole     = `select ` + roleColumns + ` where r.code = @code`
	sqlLockRole = `select ` + roleColumns + ` where r.code = @code for update of r`
	sqlRoles    = `select ` + roleColumns + `
order by r.builtin desc, array_position(array['admin', 'manager', 'dispatcher', 'salesperson',
	'keeper'],
	r.base), r.code`

	sqlInsertRole = `
insert into identity.role (code, name, name_zh, base, reach, permissions)
values (@code, @name, @name_zh, @base, @reach, @permissions)`

	sqlUpdateRole = `
update identity.role set name = @name, name_zh = @name_zh, reach = @reach,
	permissions = @permissions, version = version + 1
where code = @code`
)

func scanRole(row pgx.CollectableRow) (Role, error) {
	var r Role
	var list []business.Permission
	err := row.Scan(&r.Code, &r.Name, &r.NameZH, &r.Base, &r.Reach, &list, &r.Builtin,
		&r.Version, &r.People)
	r.Default, r.Permissions = list == nil, effective(r.Base, list)
	return r, err
}

func role(ctx context.Context, q db.Querier, code string, missing error) (Role, error) {
	return one(ctx, q, sqlRole, pgx.NamedArgs{"code": code}, scanRole, missing)
}

// unknownRole is the refusal of a role in a field of a person.
func unknownRole() error {
	return ErrUnknownRole.WithField("role", "unknown", ErrUnknownRole.Message)
}

// RoleByCode returns a role. It fails with [ErrNoRole].
func (s *Service) RoleByCode(ctx context.Context, code string) (Role, error) {
	return role(ctx, s.DB, code, ErrNoRole)
}

// Roles lists the company's roles, the built-in ones first.
func (s *Service) Roles(ctx context.Context) ([]Role, error) {
	rows, err := s.DB.Query(ctx, sqlRoles)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanRole)
}

// CreateRole adds a role. It fails with [ErrRole] or [ErrRoleTaken].
func (s *Service) CreateRole(
	ctx context.Context, by business.Actor, key idem.Key, in NewRole,
) (Role, error) {
	var made Role
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		made, err = idem.Once(ctx, tx, int64(by.Person), key, in, func() (Role, error) {
			r := Role{Code: in.Code, Name: in.Name, NameZH: in.NameZH, Base: in.Base,
				Reach: in.Reach, Permissions: in.Permissions, Default: in.Permissions == nil}
			if err := checkRole(r); err != nil {
				return Role{}, err
			}
			return s.saveRole(ctx, tx, by, nil, r)
		})
		return err
	})
	return made, err
}

// ChangeRole changes some fields of a role whose version is the one that was
// read; it holds for everybody who has it at once. It fails with [ErrNoRole],
// [ErrRoleFixed], [ErrChanged] or [ErrRole].
func (s *Service) ChangeRole(
	ctx context.Context, by business.Actor, code string, version int64, c RoleChange,
) (Role, error) {
	var changed Role
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		before, err := one(ctx, tx, sqlLockRole, pgx.NamedArgs{"code": code}, scanRole, ErrNoRole)
		if err != nil {
			return err
		}
		switch {
		case before.Base == business.Admin:
			return ErrRoleFixed
		case before.Version != version:
			return ErrChanged.With("version", before.Version)
		}
		after := before
		set(&after.Name, c.Name)
		set(&after.NameZH, c.NameZH)
		set(&after.Reach, c.Reach)
		if c.Permissions != nil {
			after.Permissions, after.Default = *c.Permissions, *c.Permissions == nil
		}
		if err := checkRole(after); err != nil {
			return err
		}
		changed, err = s.saveRole(ctx, tx, by, &before, after)
		return err
	})
	return changed, err
}

func (s *Service) saveRole(
	ctx context.Context, tx db.Tx, by business.Actor, before *Role, after Role,
) (Role, error) {
	args := pgx.NamedArgs{
		"code": after.Code, "name": after.Name, "name_zh": after.NameZH, "base": after.Base,
		"reach": after.Reach, "permissions": nil,
	}
	if !after.Default {
		args["permissions"] = after.Permissions
	}
	c := business.Change{Action: "identity.role.changed", Object: "role"}
	sql := sqlUpdateRole
	if before == nil {
		sql, c.Action = sqlInsertRole, "identity.role.created"
	} else {
		c.Before = *before
	}
	_, err := tx.Exec(ctx, sql, args)
	if db.Violates(err, "role_pkey") {
		return Role{}, ErrRoleTaken.WithField("code", "taken", ErrRoleTaken.Message)
	}
	if err != nil {
		return Role{}, fmt.Errorf("save role: %w", err)
	}
	if after, err = role(ctx, tx, after.Code, ErrNoRole); err != nil {
		return Role{}, err
	}
	c.After = after
	return after, s.Audit.Record(ctx, tx, by, c)
}

func roleForm() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9-]{1,39}$`) }

// checkRole reports every fault of a role's fields at once.
func checkRole(r Role) error {
	e := ErrRole
	bad := func(path, code, message string) { e = e.WithField(path, code, message) }
	if !roleForm().MatchString(r.Code) {
		bad("code", "pattern", "A code is 2 to 40 small letters, digits and dashes.")
	}
	if n := utf8.RuneCountInString(r.Name); n < 1 || n > 80 {
		bad("name", "length", "The name needs 1 to 80 characters.")
	}
	if utf8.RuneCountInString(r.NameZH) > 80 {
		bad("name_zh", "length", "The Chinese name has at most 80 characters.")
	}
	if r.Base == business.Admin || PermissionsOf(r.Base) == nil {
		bad("base", "choice", "A role stands on manager, dispatcher, salesperson or keeper.")
	}
	if !slices.Contains([]Reach{Own, OwnTeam, Led, Subtree, All}, r.Reach) {
		bad("reach", "choice", "The reach is own, team, led, subtree or all.")
	}
	if len(effective(r.Base, r.Permissions)) != len(r.Permissions) && r.Permissions != nil {
		bad("permissions", "choice", "There is an unknown or repeated permission.")
	}
	return orNil(e)
}

// MostAtOnce bounds a batch of people.
const MostAtOnce = 500

// ChangePeople makes the same change to several people, all or none. The people
// are those within the scope; one outside fails the whole with [ErrNoPerson].
// Name, login, home and password differ by person and are not taken.
func (s *Service) ChangePeople(
	ctx context.Context, by business.Actor, sc scope.Scope, b Batch,
) ([]Person, error) {
	if len(b.People) == 0 || len(b.People) > MostAtOnce {
		return nil, ErrPerson.WithField("people", "length", "A batch names 1 to 500 people.")
	}
	ids := slices.Clone(b.People)
	slices.Sort(ids) // one lock order
	var changed []Person
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		changed, err = idem.Once(ctx, tx, int64(by.Person), b.Key, b, func() ([]Person, error) {
			return s.changeAll(ctx, tx, by, sc, ids, b)
		})
		return err
	})
	return changed, err
}

// Batch is one change of several people.
type Batch struct {
	Key    idem.Key `json:"-"`
	People []business.PersonID
	Role   *string
	Team   *business.TeamID
	Active *bool
}

func (s *Service) changeAll(
	ctx context.Context, tx db.Tx, by business.Actor, sc scope.Scope,
	ids []business.PersonID, b Batch,
) ([]Person, error) {
	c := PersonChange{Role: b.Role, Team: b.Team, Active: b.Active}
	changed := make([]Person, 0, len(ids))
	for _, id := range slices.Compact(ids) {
		if !sc.Has(int64(id)) {
			return nil, ErrNoPerson.With("id", id)
		}
		p, err := person(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		at := Version{ID: int64(id), Version: p.Version}
		if p, err = s.change(ctx, tx, by, at, c, ""); err != nil {
			return nil, fmt.Errorf("person %d: %w", id, err)
		}
		changed = append(changed, p)
	}
	return changed, nil
}
