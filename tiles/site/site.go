// Package site keeps the places of the company itself that its maps show: warehouses
// and offices, each with the code by which the company knows it. What lies in a
// warehouse is no business of this package.
package site

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/fail"
)

// Kind is what a place is.
type Kind string

// The kinds.
const (
	Warehouse Kind = "warehouse"
	Office    Kind = "office"
)

// Site is one place.
type Site struct {
	Code     string    `db:"code"` // the company's own: letters, digits, - and _
	Name     string    `db:"name"`
	Kind     Kind      `db:"kind"`
	Position orb.Point `db:"position"` // WGS-84
}

// The errors of this package.
var (
	// ErrInvalid refuses a place that no map could show.
	ErrInvalid = fail.New(fail.Invalid, "site.invalid", "The place is not complete.")
	// ErrNoSite says that there is no such place.
	ErrNoSite = fail.New(fail.NotFound, "site.no_such_site", "There is no such place.")
	// ErrTooMany bounds how many a company may have.
	ErrTooMany = fail.New(fail.Conflict, "site.too_many", "A company has at most 1,000 places.")
)

const (
	maxName  = 100 // characters
	maxSites = 1000
)

var coded = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

// check says what is wrong with a place.
func check(s Site) error {
	bad := ErrInvalid
	if !coded.MatchString(s.Code) {
		bad = bad.WithField("code", "format", "A code has 1 to 40 letters, digits, - and _.")
	}
	if n := len([]rune(s.Name)); n == 0 || n > maxName {
		bad = bad.WithField("name", "length", "A name has 1 to 100 characters.")
	}
	if s.Kind != Warehouse && s.Kind != Office {
		bad = bad.WithField("kind", "choice", "A place is a warehouse or an office.")
	}
	if !geo.Valid(s.Position) {
		bad = bad.WithField("position", "position", "Longitude and latitude in degrees.")
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	return nil
}

const (
	sqlSites = `select code, name, kind, position from site.place`
	sqlSet   = `
insert into site.place (code, name, kind, position, changed_at, changed_by)
values (@code, @name, @kind, @position, @now, @by)
on conflict (code) do update set name = excluded.name, kind = excluded.kind,
	position = excluded.position, changed_at = excluded.changed_at, changed_by = excluded.changed_by`
	sqlRemove = `delete from site.place where code = @code`
	// sqlLock lets one change of places follow the other, a first one of a code included;
	// who only reads does not wait.
	sqlLock = `lock table site.place in share row exclusive mode`
)

// Audit keeps who changed what, in the command's transaction. A zero before is a new
// place, a zero after one that went.
type Audit interface {
	SiteSet(ctx context.Context, tx db.Tx, by int64, before, after Site) error
}

// Service keeps the places of a company. It is safe for concurrent use; all fields are
// required.
type Service struct {
	DB    *db.DB
	Clock clock.Clock
	Audit Audit
}

// Sites returns every place, by code.
func (s *Service) Sites(ctx context.Context) ([]Site, error) { return read(ctx, s.DB) }

func read(ctx context.Context, q db.Querier) ([]Site, error) {
	rows, err := q.Query(ctx, sqlSites)
	if err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[Site])
	if err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	slices.SortFunc(found, func(a, b Site) int { return cmp.Compare(a.Code, b.Code) })
	return found, nil
}

// Set adds the place of this code, or changes it. It fails with ErrInvalid and
// ErrTooMany.
func (s *Service) Set(ctx context.Context, by int64, place Site) error {
	place.Name = strings.TrimSpace(place.Name)
	if err := check(place); err != nil {
		return err
	}
	return s.change(ctx, by, place.Code, func(tx db.Tx, all []Site, was Site) (Site, error) {
		if was == (Site{}) && len(all) >= maxSites {
			return was, ErrTooMany
		}
		_, err := tx.Exec(ctx, sqlSet, pgx.NamedArgs{
			"code": place.Code, "name": place.Name, "kind": place.Kind, "position": place.Position,
			"now": s.Clock.Now(), "by": by,
		})
		return place, err
	})
}

// Remove takes a place off the maps. It fails with ErrNoSite.
func (s *Service) Remove(ctx context.Context, by int64, code string) error {
	return s.change(ctx, by, code, func(tx db.Tx, _ []Site, was Site) (Site, error) {
		if was == (Site{}) {
			return was, ErrNoSite.With("code", code)
		}
		_, err := tx.Exec(ctx, sqlRemove, pgx.NamedArgs{"code": code})
		return Site{}, err
	})
}

// change runs a change of the place of a code and keeps what it was before: that of the
// change before it, whoever else changes places at the time.
func (s *Service) change(
	ctx context.Context, by int64, code string, do func(tx db.Tx, all []Site, was Site) (Site, error),
) error {
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		if _, err := tx.Exec(ctx, sqlLock); err != nil {
			return fmt.Errorf("lock places: %w", err)
		}
		all, err := read(ctx, tx)
		if err != nil {
			return err
		}
		var was Site
		if i := slices.IndexFunc(all, func(x Site) bool { return x.Code == code }); i >= 0 {
			was = all[i]
		}
		now, err := do(tx, all, was)
		if fail.As(err) != nil {
			return err
		}
		if err != nil {
			return fmt.Errorf("change place %s: %w", code, err)
		}
		if now == was {
			return nil
		}
		return s.Audit.SiteSet(ctx, tx, by, was, now)
	})
}
