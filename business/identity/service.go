package identity

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/internal/blob"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// Service runs identity's commands and answers its reads. It is safe for
// concurrent use.
type Service struct {
	DB     *db.DB
	Clock  clock.Clock
	Audit  Audit
	Policy Policy
	Photos *blob.Store // nil: nobody has a photo
	Vault  Vault       // of second factors; nil where nobody signs in
	hasher *hasher
}

// New makes the service of one company.
func New(d *db.DB, c clock.Clock, audit Audit, p Policy) *Service {
	return &Service{DB: d, Clock: c, Audit: audit, Policy: p, hasher: newHasher(p.Cost)}
}

// FirstAdmin creates the first person of an empty company, an administrator. It
// fails with [ErrNotEmpty] when there is anybody.
func (s *Service) FirstAdmin(ctx context.Context, in NewPerson) (Person, error) {
	in.Role = business.Admin
	hash, err := s.newHash(ctx, in.Password, in.Login, in.Name)
	if err != nil {
		return Person{}, err
	}
	var made Person
	err = s.DB.InTx(ctx, func(tx db.Tx) error {
		if _, err := tx.Exec(ctx, sqlLockPeople); err != nil {
			return err
		}
		var any bool
		if err := tx.QueryRow(ctx, sqlAnyPerson).Scan(&any); err != nil {
			return err
		}
		if any {
			return ErrNotEmpty
		}
		made, err = s.create(ctx, tx, business.Actor{Role: business.Admin}, in, hash)
		return err
	})
	return made, err
}

// CreatePerson adds a person. It fails with [ErrPerson], [ErrLoginTaken],
// [ErrNoTeam], [ErrWeakPassword] or [ErrAboveSelf].
func (s *Service) CreatePerson(
	ctx context.Context, by business.Actor, key idem.Key, in NewPerson,
) (Person, error) {
	hash, err := s.newHash(ctx, in.Password, in.Login, in.Name)
	if err != nil {
		return Person{}, err
	}
	request := in
	request.Password = "" // a fast hash of it must not lie in idem.keys
	var made Person
	err = s.DB.InTx(ctx, func(tx db.Tx) error {
		made, err = idem.Once(ctx, tx, int64(by.Person), key, request, func() (Person, error) {
			return s.create(ctx, tx, by, in, hash)
		})
		return err
	})
	return made, err
}

// newHash checks and hashes a new password; no password gives no hash.
func (s *Service) newHash(ctx context.Context, password, login, name string) (string, error) {
	if password == "" {
		return "", nil
	}
	if err := checkPassword(password, normalLogin(login), name); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, password)
}

func (s *Service) create(
	ctx context.Context, tx db.Tx, by business.Actor, in NewPerson, hash string,
) (Person, error) {
	p := Person{
		Name: strings.TrimSpace(in.Name), Login: normalLogin(in.Login), Phone: in.Phone,
		Post: strings.TrimSpace(in.Post), Sex: in.Sex,
		RoleCode: string(in.Role), Team: in.Team, Active: true, Home: pointOf(in.Home),
		Office: pointOf(in.Office), Shift: in.Shift, Workdays: in.Workdays, Color: in.Color,
		Theme: "system", Demo: in.Demo, Version: 1,
	}
	if p.Shift == (Shift{}) {
		p.Shift = Shift{Start: 8*60 + 30, End: 17*60 + 30}
	}
	if p.Workdays == nil {
		p.Workdays = []int16{1, 2, 3, 4, 5}
	}
	if err := checkPerson(p); err != nil {
		return Person{}, err
	}
	r, err := role(ctx, tx, p.RoleCode, unknownRole())
	if err != nil {
		return Person{}, err
	}
	if err := mayTouch(by, r.Base, r.Base); err != nil {
		return Person{}, err
	}
	id, err := insertPerson(ctx, tx, p, s.Clock.Now())
	if err != nil {
		return Person{}, err
	}
	if hash != "" {
		if err := setPassword(ctx, tx, id, hash, s.Clock.Now()); err != nil {
			return Person{}, err
		}
	}
	if p, err = person(ctx, tx, id); err != nil {
		return Person{}, err
	}
	return p, s.Audit.Record(ctx, tx, by, business.Change{
		Action: "identity.person.created", Object: "person", ID: int64(id), After: p,
	})
}

// ChangePerson changes some fields of a person within the scope whose version is
// the one that was read. It fails with [ErrNoPerson], [ErrChanged],
// [ErrLastAdmin], [ErrAboveSelf] or what [Service.CreatePerson] may fail with.
// Another role, another password and deactivation end the person's sessions;
// deactivation also their devices.
func (s *Service) ChangePerson(
	ctx context.Context, by business.Actor, sc scope.Scope, at Version, c PersonChange,
) (Person, error) {
	if !sc.Has(at.ID) {
		return Person{}, ErrNoPerson
	}
	var hash string
	if c.Password != nil {
		before, err := person(ctx, s.DB, business.PersonID(at.ID))
		if err != nil {
			return Person{}, err
		}
		after := c.apply(before)
		if hash, err = s.newHash(ctx, *c.Password, after.Login, after.Name); err != nil {
			return Person{}, err
		}
	}
	var after Person
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		after, err = s.change(ctx, tx, by, at, c, hash)
		return err
	})
	return after, err
}

// Version names a row and the version of it that was read.
type Version struct{ ID, Version int64 }

func (s *Service) change(
	ctx context.Context, tx db.Tx, by business.Actor, at Version, c PersonChange, hash string,
) (Person, error) {
	admins, err := lockAdmins(ctx, tx)
	if err != nil {
		return Person{}, err
	}
	before, err := lockPerson(ctx, tx, business.PersonID(at.ID))
	if err != nil {
		return Person{}, err
	}
	after := c.apply(before)
	r, err := role(ctx, tx, after.RoleCode, unknownRole())
	if err != nil {
		return Person{}, err
	}
	after.Role = r.Base
	if err := decideChange(by, at, before, after, len(admins)); err != nil {
		return Person{}, err
	}
	now := s.Clock.Now()
	if err := updatePerson(ctx, tx, after, now); err != nil {
		return Person{}, err
	}
	if hash != "" {
		if err := setPassword(ctx, tx, before.ID, hash, now); err != nil {
			return Person{}, err
		}
	}
	if hash != "" || after.RoleCode != before.RoleCode || !after.Active {
		if err := revokeSessions(ctx, tx, before.ID, 0, now); err != nil {
			return Person{}, err
		}
	}
	if !after.Active {
		args := pgx.NamedArgs{"person": before.ID, "now": now}
		for _, sql := range []string{sqlBarSessions, sqlRevokeDevices, sqlEndTokens} {
			if _, err := tx.Exec(ctx, sql, args); err != nil {
				return Person{}, err
			}
		}
	}
	if after, err = person(ctx, tx, before.ID); err != nil {
		return Person{}, err
	}
	action := "identity.person.changed"
	if hash != "" {
		action = "identity.person.password_set"
	}
	return after, s.Audit.Record(ctx, tx, by, business.Change{
		Action: action, Object: "person", ID: at.ID, Before: before, After: after,
	})
}

// decideChange is the rule of a change of a person.
func decideChange(by business.Actor, at Version, before, after Person, admins int) error {
	if before.Version != at.Version {
		return ErrChanged.With("version", before.Version)
	}
	if err := mayTouch(by, before.Role, after.Role); err != nil {
		return err
	}
	wasAdmin := before.Active && before.Role == business.Admin
	isAdmin := after.Active && after.Role == business.Admin
	if wasAdmin && !isAdmin && admins <= 1 {
		return ErrLastAdmin
	}
	return checkPerson(after)
}

// ChangeTaste sets the person's own language and theme; nil stays.
func (s *Service) ChangeTaste(
	ctx context.Context, by business.Actor, language, theme *string,
) (Person, error) {
	var p Person
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		args := pgx.NamedArgs{"id": by.Person, "language": language, "theme": theme,
			"now": s.Clock.Now()}
		if _, err := tx.Exec(ctx, sqlSetTaste, args); err != nil {
			return err
		}
		var err error
		p, err = person(ctx, tx, by.Person)
		return err
	})
	return p, err
}

// CreateTeam adds a team. It fails with [ErrTeam], [ErrTeamTaken], [ErrNoTeam] or
// [ErrNoPerson].
func (s *Service) CreateTeam(
	ctx context.Context, by business.Actor, key idem.Key, in NewTeam,
) (Team, error) {
	var made Team
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		made, err = idem.Once(ctx, tx, int64(by.Person), key, in, func() (Team, error) {
			t := Team{Name: strings.TrimSpace(in.Name), Parent: in.Parent, Leader: in.Leader}
			return s.saveTeam(ctx, tx, by, Team{}, t)
		})
		return err
	})
	return made, err
}

// ChangeTeam changes some fields of a team whose version is the one that was
// read. It fails with [ErrTeamCycle], [ErrChanged] or what [Service.CreateTeam]
// may fail with.
func (s *Service) ChangeTeam(
	ctx context.Context, by business.Actor, at Version, c TeamChange,
) (Team, error) {
	var changed Team
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		tree, err := lockTeams(ctx, tx)
		if err != nil {
			return err
		}
		before, err := team(ctx, tx, business.TeamID(at.ID))
		if err != nil {
			return err
		}
		if before.Version != at.Version {
			return ErrChanged.With("version", before.Version)
		}
		after := before
		set(&after.Name, c.Name)
		set(&after.Parent, c.Parent)
		set(&after.Leader, c.Leader)
		after.Name = strings.TrimSpace(after.Name)
		if after.Parent != 0 && below(tree, after.Parent, after.ID) {
			return ErrTeamCycle.WithField("parent_id", "cycle", ErrTeamCycle.Message)
		}
		changed, err = s.saveTeam(ctx, tx, by, before, after)
		return err
	})
	return changed, err
}

func (s *Service) saveTeam(
	ctx context.Context, tx db.Tx, by business.Actor, before, after Team,
) (Team, error) {
	if n := utf8.RuneCountInString(after.Name); n < 1 || n > 80 {
		return Team{}, ErrTeam.WithField("name", "length", "The name needs 1 to 80 characters.")
	}
	if err := saveTeam(ctx, tx, &after); err != nil {
		return Team{}, err
	}
	after, err := team(ctx, tx, after.ID)
	if err != nil {
		return Team{}, err
	}
	c := business.Change{
		Action: "identity.team.created", Object: "team", ID: int64(after.ID), After: after,
	}
	if before.ID != 0 {
		c.Action, c.Before = "identity.team.changed", before
	}
	return after, s.Audit.Record(ctx, tx, by, c)
}

// CreateDevice adds a tracker of a person within the scope and returns its token,
// which is not kept: a replay of the key returns the device without it.
func (s *Service) CreateDevice(
	ctx context.Context, by business.Actor, sc scope.Scope, key idem.Key, in NewDevice,
) (Device, string, error) {
	if !sc.Has(int64(in.Person)) {
		return Device{}, "", ErrNoPerson
	}
	if n := utf8.RuneCountInString(in.Name); n < 1 || n > 80 {
		return Device{}, "", ErrPerson.WithField("name", "length",
			"The name needs 1 to 80 characters.")
	}
	var made Device
	token := ""
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		made, err = idem.Once(ctx, tx, int64(by.Person), key, in, func() (Device, error) {
			token = newToken()
			return s.createDevice(ctx, tx, by, in, token)
		})
		return err
	})
	if err != nil {
		return Device{}, "", err
	}
	return made, token, nil
}

// NewDevice is a tracker to be added.
type NewDevice struct {
	Person business.PersonID
	Name   string // 1 to 80 characters
}

func (s *Service) createDevice(
	ctx context.Context, tx db.Tx, by business.Actor, in NewDevice, token string,
) (Device, error) {
	if _, err := person(ctx, tx, in.Person); err != nil {
		return Device{}, err
	}
	d := Device{Person: in.Person, Name: in.Name, CreatedAt: s.Clock.Now().Truncate(time.Microsecond)}
	err := tx.QueryRow(ctx, sqlInsertDevice, pgx.NamedArgs{
		"person": in.Person, "name": in.Name, "token": tokenHash(token), "now": d.CreatedAt,
	}).Scan(&d.ID)
	if err != nil {
		return Device{}, err
	}
	return d, s.Audit.Record(ctx, tx, by, business.Change{
		Action: "identity.device.created", Object: "device", ID: d.ID, After: d,
	})
}

// RevokeDevice ends a device's token. It fails with [ErrNoDevice].
func (s *Service) RevokeDevice(
	ctx context.Context, by business.Actor, sc scope.Scope, owner business.PersonID, id int64,
) error {
	if !sc.Has(int64(owner)) {
		return ErrNoDevice
	}
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		args := pgx.NamedArgs{"id": id, "person": owner, "now": s.Clock.Now()}
		tag, err := tx.Exec(ctx, sqlRevokeDevice, args)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return ErrNoDevice
		}
		return s.Audit.Record(ctx, tx, by, business.Change{
			Action: "identity.device.revoked", Object: "device", ID: id,
		})
	})
}

// newToken returns 256 random bits in 43 characters of URL-safe base64.
func newToken() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// SetCompany says what the company is called, where it is and how it counts time.
func (s *Service) SetCompany(ctx context.Context, by business.Actor, c Company) error {
	if _, err := time.LoadLocation(c.Zone); err != nil || c.Zone == "" {
		return ErrCompany.WithField("zone", "unknown", "There is no such time zone.")
	}
	if err := checkCompany(c); err != nil {
		return err
	}
	var bounds []float64
	if c.Bounds != nil {
		b := *c.Bounds
		bounds = []float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}
	}
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		_, err := tx.Exec(ctx, sqlSetCompany, pgx.NamedArgs{
			"name": c.Name, "zone": c.Zone, "language": c.Language,
			"center": orNull(c.Center), "bounds": bounds,
		})
		if err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, by, business.Change{
			Action: "identity.company.changed", Object: "company", After: c,
		})
	})
}

// orNull keeps a nil pointer from becoming a typed nil inside an interface.
func orNull(p *orb.Point) any {
	if p == nil {
		return nil
	}
	return *p
}
