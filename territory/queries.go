package territory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/geo/hex"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// View is a scenario with everything that its page shows but the customers.
type View struct {
	Scenario
	Members []Member
	Edits   []Edit
	Plan    Figures // of the scenario
	Today   Figures // of the same customers as they are covered today
}

// List returns the scenarios that the caller may see, the newest first.
func (s *Service) List(ctx context.Context, c Caller) ([]Scenario, error) {
	return collect[Scenario](ctx, s.DB, sqlScenarios, c.args(0))
}

// View returns a scenario with its figures. It fails with ErrNoScenario.
func (s *Service) View(ctx context.Context, c Caller, id int64) (View, error) {
	var v View
	var err error
	if v.Scenario, err = scenario(ctx, s.DB, sqlScenario, c, id); err != nil {
		return v, err
	}
	if v.Members, err = members(ctx, s.DB, id); err != nil {
		return v, err
	}
	if v.Edits, err = collect[Edit](ctx, s.DB, sqlEdits, pgx.NamedArgs{"id": id}); err != nil {
		return v, err
	}
	list, err := units(ctx, s.DB, id)
	if err != nil {
		return v, err
	}
	if v.Plan, err = figures(list, v.Members, v.Activities, planned); err != nil {
		return v, err
	}
	if v.Today, err = figures(list, todays(list, v.Members), v.Activities, today); err != nil {
		return v, err
	}
	v.Plan.Together, v.Today.Together = together(list, v.Apart, planned), together(list, v.Apart, today)
	if s.Ground != nil {
		areas := splitAreas(s.Ground.Districts(""), list, planned, today)
		v.Plan.Areas, v.Today.Areas = areas[0], areas[1]
	}
	return v, nil
}

func planned(u *Unit) int64 { return u.Person }
func today(u *Unit) int64   { return u.Was }

// todays are the people who cover the customers today, with the shares that they
// have in the scenario; one who leaves is measured as full time.
func todays(list []Unit, in []Member) []Member {
	var out []Member
	seen := map[int64]bool{}
	share := map[int64]float64{}
	for _, m := range in {
		share[m.Person] = m.Share
	}
	for i := range list {
		if p := list[i].Was; p != 0 && !seen[p] {
			seen[p] = true
			m := Member{Person: p, Share: 1}
			if v, ok := share[p]; ok {
				m.Share = v
			}
			out = append(out, m)
		}
	}
	return out
}

// Units returns the customers of a scenario by id. It fails with ErrNoScenario.
func (s *Service) Units(ctx context.Context, c Caller, id int64) ([]Unit, error) {
	if _, err := scenario(ctx, s.DB, sqlScenario, c, id); err != nil {
		return nil, err
	}
	return units(ctx, s.DB, id)
}

// UnitsAfter returns the customers of a scenario beyond an id, by id, so many at most;
// more says that others follow. It fails with ErrNoScenario.
func (s *Service) UnitsAfter(
	ctx context.Context, c Caller, id, after int64, limit int,
) (page []Unit, more bool, err error) {
	if _, err := scenario(ctx, s.DB, sqlScenario, c, id); err != nil {
		return nil, false, err
	}
	page, err = collect[Unit](ctx, s.DB, sqlUnits,
		pgx.NamedArgs{"id": id, "after": after, "limit": limit + 1})
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	return page, more, err
}

// Names are the names of the people whom the caller may see, by id.
func (s *Service) Names(ctx context.Context, c Caller) (map[int64]string, error) {
	people, err := s.People.Salespeople(ctx, s.DB, c.Scope)
	if err != nil {
		return nil, fmt.Errorf("salespeople: %w", err)
	}
	out := make(map[int64]string, len(people))
	for _, p := range people {
		out[p.ID] = p.Name
	}
	return out, nil
}

// Outlines draws the ground of every person of a scenario, or of today's cover of
// the same customers. It fails with ErrNoScenario.
func (s *Service) Outlines(
	ctx context.Context, c Caller, id int64, asToday bool,
) (map[int64]orb.MultiPolygon, error) {
	list, err := s.Units(ctx, c, id)
	if err != nil {
		return nil, err
	}
	if asToday {
		return outlines(list, today)
	}
	return outlines(list, planned)
}

// OwnedCell is a cell of a plan's ground with whose it is; 0: nobody's.
type OwnedCell struct {
	Cell   hex.Cell
	Person int64
}

// Cells are the cells of the plan's ground, by cell; empty ones near by are dealt to
// whom they are nearest to. It fails with ErrNoScenario.
func (s *Service) Cells(ctx context.Context, c Caller, id int64) ([]OwnedCell, error) {
	list, err := s.Units(ctx, c, id)
	if err != nil {
		return nil, err
	}
	owner, err := ground(list, planned)
	if err != nil {
		return nil, err
	}
	out := make([]OwnedCell, 0, len(owner))
	for _, cell := range sorted(owner) {
		out = append(out, OwnedCell{cell, owner[cell]})
	}
	return out, nil
}

// Seek asks for a page of areas.
type Seek struct {
	Box   *orb.Bound // nil: anywhere
	By    time.Time  // only what holds since then or before; zero: whatever holds now
	After int64      // the id before the page
	Limit int        // 1 to 1000
}

// Areas returns the areas in force of people within the scope, by id.
func (s *Service) Areas(ctx context.Context, sc scope.Scope, k Seek) ([]Area, error) {
	args := k.within(sc)
	args["after"], args["limit"] = k.After, min(max(k.Limit, 1), 1000)
	return collect[Area](ctx, s.DB, sqlAreas, args)
}

// SumAreas counts all areas that Areas would page through, and returns the box around
// them, zero where there is none.
func (s *Service) SumAreas(
	ctx context.Context, sc scope.Scope, k Seek,
) (count int64, box orb.Bound, err error) {
	err = s.DB.QueryRow(ctx, sqlAreasSum, k.within(sc)).
		Scan(&count, &box.Min[0], &box.Min[1], &box.Max[0], &box.Max[1])
	if err != nil {
		return 0, orb.Bound{}, fmt.Errorf("sum of areas: %w", err)
	}
	return count, box, nil
}

func (k Seek) within(sc scope.Scope) pgx.NamedArgs {
	args := pgx.NamedArgs{"all": sc.All, "people": sc.People, "box": boxOf(k.Box), "by": nil}
	if !k.By.IsZero() {
		args["by"] = k.By.UTC()
	}
	return args
}

// Area returns one area in force. It fails with ErrNoScenario.
func (s *Service) Area(ctx context.Context, sc scope.Scope, id int64) (Area, error) {
	found, err := collect[Area](ctx, s.DB, sqlArea,
		pgx.NamedArgs{"all": sc.All, "people": sc.People, "id": id})
	if err == nil && len(found) == 0 {
		err = ErrNoScenario.With("area", id)
	}
	if err != nil {
		return Area{}, err
	}
	return found[0], nil
}

// OwnerAt is whose territory in force a point lies in; 0: nobody's.
func OwnerAt(ctx context.Context, q db.Querier, p orb.Point) (int64, error) {
	var person int64
	err := q.QueryRow(ctx, sqlAreaAt, pgx.NamedArgs{"lon": p[0], "lat": p[1]}).Scan(&person)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("territory at %v: %w", p, err)
	}
	return person, nil
}
