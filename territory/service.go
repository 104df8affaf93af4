package territory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"beatplan/geo/hex"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/fail"
	"beatplan/internal/jobs"
	"beatplan/territory/district"
)

// Service is the company's territories. Every field but Roads is required.
type Service struct {
	DB        *db.DB
	Clock     clock.Clock
	Zone      *time.Location
	Customers Customers
	People    People
	Plans     Plans
	Roads     Roads // nil: air distance
	Jobs      *jobs.Service
	Announcer Announcer
}

// Today is the company's business day, as midnight in UTC.
func (s *Service) Today() time.Time {
	y, m, d := s.Clock.Now().In(s.Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Create copies today's customers and their people into a new scenario. Without
// members all active salespeople take part, full time. It fails with ErrInvalid
// and ErrEmpty.
func (s *Service) Create(ctx context.Context, c Caller, in Settings) (Scenario, error) {
	var made Scenario
	if in.Name == nil {
		return made, ErrInvalid.WithField("name", "required", "A scenario needs a name.")
	}
	if err := checkSettings(in); err != nil {
		return made, err
	}
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		list, err := s.Customers.Located(ctx, tx, c.Scope)
		if err != nil {
			return fmt.Errorf("customers: %w", err)
		}
		if len(list) == 0 {
			return ErrEmpty
		}
		if in.Members == nil {
			if in.Members, err = s.everybody(ctx, tx, c); err != nil {
				return err
			}
		}
		draft := Scenario{Tolerance: 0.05, Activities: []string{string(Workload)}, ByRoad: true}
		draft.apply(in)
		id, err := s.insert(ctx, tx, c, draft)
		if err != nil {
			return err
		}
		if err := setMembers(ctx, tx, id, in.Members); err != nil {
			return err
		}
		if err := insertUnits(ctx, tx, id, copyOf(list, in.Members)); err != nil {
			return err
		}
		if made, err = scenario(ctx, tx, sqlScenario, c, id); err != nil {
			return err
		}
		return s.tell(ctx, tx, made, "created")
	})
	return made, err
}

func (s *Service) insert(ctx context.Context, tx db.Tx, c Caller, d Scenario) (id int64, err error) {
	err = tx.QueryRow(ctx, sqlInsert, pgx.NamedArgs{
		"name": d.Name, "tolerance": d.Tolerance, "budget": d.Budget, "activities": d.Activities,
		"by_road": d.ByRoad, "now": s.Clock.Now(), "me": c.Person,
	}).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("new scenario: %w", err)
	}
	return id, nil
}

// copyOf are the customers as units; who has an owner outside the scenario has
// nobody in it.
func copyOf(list []Customer, in []Member) []Unit {
	visits, minutes := workloads(list)
	out := make([]Unit, len(list))
	for i, k := range list {
		person := k.Owner
		if !slices.ContainsFunc(in, func(m Member) bool { return m.Person == k.Owner }) {
			person = 0
		}
		out[i] = Unit{Customer: k.ID, Name: k.Name, Point: k.Point, Visits: visits[i],
			Minutes: minutes[i], Potential: k.Potential, Was: k.Owner, Person: person}
	}
	return out
}

func (s *Service) everybody(ctx context.Context, q db.Querier, c Caller) ([]Member, error) {
	people, err := s.People.Salespeople(ctx, q, c.Scope)
	if err != nil {
		return nil, fmt.Errorf("salespeople: %w", err)
	}
	var out []Member
	for _, p := range people {
		if p.Active {
			out = append(out, Member{Person: p.ID, Share: 1})
		}
	}
	return out, nil
}

func (s *Scenario) apply(in Settings) {
	set(&s.Name, in.Name)
	set(&s.Tolerance, in.Tolerance)
	set(&s.Budget, in.Budget)
	set(&s.ByRoad, in.ByRoad)
	if len(in.Activities) > 0 {
		s.Activities = in.Activities
	}
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// At is which scenario is meant, and the version that the caller looked at; 0
// takes whatever there is.
type At struct {
	ID      int64
	Version int64
}

// change locks a draft, lets fn change it, and writes the next version.
func (s *Service) change(
	ctx context.Context, c Caller, at At, what string,
	fn func(tx db.Tx, d *Scenario) error,
) (Scenario, error) {
	return s.step(ctx, c, at, what, func(tx db.Tx, d *Scenario) error {
		if d.State != Draft {
			return ErrState.With("state", d.State)
		}
		return fn(tx, d)
	})
}

func (s *Service) step(
	ctx context.Context, c Caller, at At, what string,
	fn func(tx db.Tx, d *Scenario) error,
) (Scenario, error) {
	var out Scenario
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		d, err := scenario(ctx, tx, sqlLock, c, at.ID)
		if err != nil {
			return err
		}
		if at.Version != 0 && at.Version != d.Version {
			return ErrChanged.With("version", d.Version)
		}
		if err := fn(tx, &d); err != nil {
			return err
		}
		if err := save(ctx, tx, &d); err != nil {
			return err
		}
		out = d
		return s.tell(ctx, tx, d, what)
	})
	return out, err
}

func (s *Service) tell(ctx context.Context, tx db.Tx, d Scenario, what string) error {
	return s.Announcer.Notice(ctx, tx, Topic, nil, Notice{d.ID, what, d.Version})
}

// Set changes name, weights and people. Customers of a person who leaves have
// nobody until they are given to somebody. It fails with ErrNoScenario,
// ErrChanged, ErrState and ErrInvalid.
func (s *Service) Set(ctx context.Context, c Caller, at At, in Settings) (Scenario, error) {
	if err := checkSettings(in); err != nil {
		return Scenario{}, err
	}
	if in.Members != nil && len(in.Members) == 0 {
		return Scenario{}, ErrInvalid.WithField("members", "length", "At least one person.")
	}
	return s.change(ctx, c, at, "set", func(tx db.Tx, d *Scenario) error {
		d.apply(in)
		if in.Members == nil {
			return nil
		}
		return s.edit(ctx, tx, c, d, "people", func(list []Unit, _ []Member) ([]Member, error) {
			for i := range list {
				if !holds(in.Members, list[i].Person) {
					list[i].Person, list[i].Locked = 0, false
				}
			}
			return in.Members, nil
		})
	})
}

func holds(list []Member, person int64) bool {
	return slices.ContainsFunc(list, func(m Member) bool { return m.Person == person })
}

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
	old, now := edit{Kind: kind, Members: was}, edit{}
	for i := range after {
		if b, a := &before[i], &after[i]; b.Person != a.Person || b.Locked != a.Locked {
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
	return setUnits(ctx, tx, d.ID, now)
}

func (e *edit) note(u Unit) {
	e.Customers = append(e.Customers, u.Customer)
	e.Persons, e.Locks = append(e.Persons, u.Person), append(e.Locks, u.Locked)
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

// Move gives customers to a person of the scenario, 0 to nobody; locked ones stay.
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
				if u := &list[i]; !u.Locked && match(u) {
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

// Merge gives everything of one person to another, who stays; locks hold. The
// first leaves the scenario unless a locked customer is left.
func (s *Service) Merge(ctx context.Context, c Caller, at At, from, into int64) (Scenario, error) {
	return s.change(ctx, c, at, "merged", func(tx db.Tx, d *Scenario) error {
		return s.edit(ctx, tx, c, d, "merge", func(list []Unit, in []Member) ([]Member, error) {
			if from == into || !holds(in, from) || !holds(in, into) {
				return nil, ErrNoMember.With("person_id", from)
			}
			left := false
			for i := range list {
				if u := &list[i]; u.Person == from && !u.Locked {
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
				if half[k] == 1 {
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
	return s.change(ctx, c, at, "undone", func(tx db.Tx, d *Scenario) error {
		rows, err := tx.Query(ctx, sqlEditLast, pgx.NamedArgs{"id": d.ID})
		if err != nil {
			return fmt.Errorf("last edit of scenario %d: %w", d.ID, err)
		}
		last, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[edit])
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNothing
		}
		if err != nil {
			return err
		}
		if err := setUnits(ctx, tx, d.ID, last); err != nil {
			return err
		}
		if err := setMembers(ctx, tx, d.ID, last.Members); err != nil {
			return err
		}
		d.Proof = nil
		_, err = tx.Exec(ctx, sqlEditUndone,
			pgx.NamedArgs{"id": d.ID, "seq": last.Seq, "now": s.Clock.Now()})
		return err
	})
}

// Delete forgets a scenario that never came into force. It fails with
// ErrNoScenario and ErrState.
func (s *Service) Delete(ctx context.Context, c Caller, id int64) error {
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		d, err := scenario(ctx, tx, sqlLock, c, id)
		if err != nil {
			return err
		}
		if d.State == Live || d.State == Scheduled {
			return ErrState.With("state", d.State)
		}
		if _, err := tx.Exec(ctx, sqlDelete, pgx.NamedArgs{"id": id}); err != nil {
			return fmt.Errorf("delete scenario %d: %w", id, err)
		}
		return s.tell(ctx, tx, d, "deleted")
	})
}

// isRefusal reports whether a neighbour said no for a reason of its own.
func isRefusal(err error) bool {
	return fail.Is(err, fail.Conflict) || fail.Is(err, fail.Invalid) || fail.Is(err, fail.NotFound) ||
		fail.Is(err, fail.Denied)
}
