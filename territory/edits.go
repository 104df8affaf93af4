package territory

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"beatplan/geo/hex"
	"beatplan/internal/db"
	"beatplan/territory/district"
)

// edit lets fn change units (in place) and people, and keeps what was before.
func (s *Service) edit(
	ctx context.Context, tx db.Tx, c Caller, d *Scenario, kind string,
	fn func(list []Unit, in []Member) ([]Member, error),
) error {
	before, err := units(ctx, tx, d.ID)
	if err != nil {
		return err
	}
	was, err := members(ctx, tx, d.ID)
	if err != nil {
		return err
	}
	after := slices.Clone(before)
	in, err := fn(after, slices.Clone(was))
	if err != nil {
		return err
	}
	part(before, after, d.Apart, in)
	old, now := edit{Kind: kind, Members: was}, edit{}
	for i := range after {
		b, a := &before[i], &after[i]
		if b.Person != a.Person || b.Locked != a.Locked || !slices.Equal(b.NotFor, a.NotFor) {
			old.note(*b)
			now.note(*a)
		}
	}
	if len(now.Customers) == 0 && slices.Equal(was, in) {
		return nil
	}
	if err := keepEdit(ctx, tx, c, d.ID, old, s.Clock.Now()); err != nil {
		return err
	}
	if !slices.Equal(was, in) {
		if err := setMembers(ctx, tx, d.ID, in); err != nil {
			return err
		}
	}
	if kind != "optimise" {
		d.Proof = nil // it spoke of another plan
	}
	d.Routed = nil
	return setUnits(ctx, tx, d.ID, now)
}

func (e *edit) note(u Unit) {
	e.Customers = append(e.Customers, u.Customer)
	e.Persons, e.Locks = append(e.Persons, u.Person), append(e.Locks, u.Locked)
	e.Refusals = append(e.Refusals, u.NotFor)
}

// Choice says which customers are meant: by id, within a polygon, within cells,
// or all of a person's.
type Choice struct {
	Customers []int64
	Within    orb.Polygon
	Cells     []hex.Cell
	Of        int64
}

func (k Choice) match() (func(u *Unit) bool, error) {
	if len(k.Customers) == 0 && len(k.Within) == 0 && len(k.Cells) == 0 && k.Of == 0 {
		return nil, ErrInvalid.WithField("choice", "required",
			"Customers, a polygon, cells or a person.")
	}
	ids, cells := map[int64]bool{}, map[hex.Cell]bool{}
	for _, id := range k.Customers {
		ids[id] = true
	}
	resolution := -1
	for _, cell := range k.Cells {
		if resolution >= 0 && cell.Resolution() != resolution {
			return nil, ErrInvalid.WithField("cells", "resolution", "Cells of one resolution.")
		}
		resolution = cell.Resolution()
		cells[cell] = true
	}
	return func(u *Unit) bool {
		if len(ids) > 0 && !ids[u.Customer] || k.Of != 0 && u.Person != k.Of ||
			len(k.Within) > 0 && !planar.PolygonContains(k.Within, u.Point) {
			return false
		}
		if resolution < 0 {
			return true
		}
		cell, err := hex.Of(u.Point, resolution)
		return err == nil && cells[cell]
	}, nil
}

// Move gives customers to a person of the scenario, 0 to nobody; who is locked, or
// must not be served by the person, stays.
// It fails with ErrNoScenario, ErrChanged, ErrState, ErrInvalid and ErrNoMember.
func (s *Service) Move(ctx context.Context, c Caller, at At, k Choice, to int64) (Scenario, error) {
	match, err := k.match()
	if err != nil {
		return Scenario{}, err
	}
	return s.change(ctx, c, at, "moved", func(tx db.Tx, d *Scenario) error {
		return s.edit(ctx, tx, c, d, "move", func(list []Unit, in []Member) ([]Member, error) {
			if to != 0 && !holds(in, to) {
				return nil, ErrNoMember.With("person_id", to)
			}
			for i := range list {
				if u := &list[i]; !u.Locked && match(u) && !slices.Contains(u.NotFor, to) {
					u.Person = to
				}
			}
			return in, nil
		})
	})
}

// Lock holds customers where they are in the scenario, or lets them go. Who has
// nobody cannot be locked and is left out. It fails like Move.
func (s *Service) Lock(ctx context.Context, c Caller, at At, k Choice, lock bool) (Scenario, error) {
	match, err := k.match()
	if err != nil {
		return Scenario{}, err
	}
	return s.change(ctx, c, at, "locked", func(tx db.Tx, d *Scenario) error {
		return s.edit(ctx, tx, c, d, "lock", func(list []Unit, in []Member) ([]Member, error) {
			for i := range list {
				if u := &list[i]; u.Person != 0 && match(u) {
					u.Locked = lock
				}
			}
			return in, nil
		})
	})
}

// Refuse says that a person must not serve customers, or may again. Who is theirs
// in the scenario has nobody then, unless locked. It fails like Move.
func (s *Service) Refuse(
	ctx context.Context, c Caller, at At, k Choice, person int64, refuse bool,
) (Scenario, error) {
	match, err := k.match()
	if err != nil {
		return Scenario{}, err
	}
	return s.change(ctx, c, at, "refused", func(tx db.Tx, d *Scenario) error {
		return s.edit(ctx, tx, c, d, "refuse", func(list []Unit, in []Member) ([]Member, error) {
			if !holds(in, person) {
				return nil, ErrNoMember.With("person_id", person)
			}
			for i := range list {
				u := &list[i]
				if !match(u) || u.Locked && u.Person == person {
					continue
				}
				u.NotFor = slices.DeleteFunc(slices.Clone(u.NotFor), func(p int64) bool { return p == person })
				if refuse {
					u.NotFor = append(u.NotFor, person)
					slices.Sort(u.NotFor)
				}
				if refuse && u.Person == person {
					u.Person = 0
				}
			}
			return in, nil
		})
	})
}

// Merge gives everything of one person to another, who stays; locks and refusals
// hold. The first leaves the scenario unless such a customer is left.
func (s *Service) Merge(ctx context.Context, c Caller, at At, from, into int64) (Scenario, error) {
	return s.change(ctx, c, at, "merged", func(tx db.Tx, d *Scenario) error {
		return s.edit(ctx, tx, c, d, "merge", func(list []Unit, in []Member) ([]Member, error) {
			if from == into || !holds(in, from) || !holds(in, into) {
				return nil, ErrNoMember.With("person_id", from)
			}
			left := false
			for i := range list {
				if u := &list[i]; u.Person == from && !u.Locked && !slices.Contains(u.NotFor, into) {
					u.Person = into
				} else if u.Person == from {
					left = true
				}
			}
			if left {
				return in, nil
			}
			return slices.DeleteFunc(in, func(m Member) bool { return m.Person == from }), nil
		})
	})
}

// Split cuts a person's territory in two of even load by the straightest line and
// gives the half that is farther from today's middle to another person, who joins
// the scenario when new. It fails like Move.
func (s *Service) Split(ctx context.Context, c Caller, at At, from, to int64) (Scenario, error) {
	return s.change(ctx, c, at, "split", func(tx db.Tx, d *Scenario) error {
		return s.edit(ctx, tx, c, d, "split", func(list []Unit, in []Member) ([]Member, error) {
			if from == to || !holds(in, from) || to <= 0 {
				return nil, ErrNoMember.With("person_id", from)
			}
			var mine []int
			var points []orb.Point
			var loads []float64
			for i := range list {
				if u := &list[i]; u.Person == from && !u.Locked {
					mine, points = append(mine, i), append(points, u.Point)
					loads = append(loads, u.load(d.Activities[0]))
				}
			}
			half, err := district.Bisect(points, loads, 2)
			if err != nil {
				return nil, err
			}
			for k, i := range mine {
				if half[k] == 1 && !slices.Contains(list[i].NotFor, to) {
					list[i].Person = to
				}
			}
			if !holds(in, to) {
				in = append(in, Member{Person: to, Share: 1})
				slices.SortFunc(in, func(a, b Member) int { return int(a.Person - b.Person) })
			}
			return in, nil
		})
	})
}

// Undo takes back the last edit that was not undone. It fails with ErrNothing
// beside the errors of every change.
func (s *Service) Undo(ctx context.Context, c Caller, at At) (Scenario, error) {
	return s.swap(ctx, c, at, "undone", sqlEditLast)
}

// Redo does again what was undone last, as long as nothing else was done since. It
// fails like Undo.
func (s *Service) Redo(ctx context.Context, c Caller, at At) (Scenario, error) {
	return s.swap(ctx, c, at, "redone", sqlEditNext)
}

// swap exchanges what an edit keeps with what the scenario holds.
func (s *Service) swap(
	ctx context.Context, c Caller, at At, what, which string,
) (Scenario, error) {
	return s.change(ctx, c, at, what, func(tx db.Tx, d *Scenario) error {
		found, err := collect[edit](ctx, tx, which, pgx.NamedArgs{"id": d.ID})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return ErrNothing
		}
		kept := found[0]
		now := edit{Seq: kept.Seq}
		list, err := units(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		if now.Members, err = members(ctx, tx, d.ID); err != nil {
			return err
		}
		at := places(list)
		for _, customer := range kept.Customers {
			now.note(list[at[customer]])
		}
		if err := setUnits(ctx, tx, d.ID, kept); err != nil {
			return err
		}
		if err := setMembers(ctx, tx, d.ID, kept.Members); err != nil {
			return err
		}
		d.Proof, d.Routed = nil, nil
		return now.swapped(ctx, tx, d.ID, what == "undone", s.Clock.Now())
	})
}
