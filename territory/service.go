package territory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/fail"
	"beatplan/internal/idem"
	"beatplan/internal/jobs"
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
	Rounds    Rounds
	Ground    Ground
	Approvals Approvals
	Jobs      *jobs.Service
	Announcer Announcer
}

// Today is the company's business day, as midnight in UTC.
func (s *Service) Today() time.Time {
	y, m, d := s.Clock.Now().In(s.Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Create copies today's customers and their people into a new scenario. Without
// members all active salespeople take part, full time. A replay of the caller's key
// answers the first one. It fails with ErrInvalid, ErrEmpty and as idem.Once does.
func (s *Service) Create(ctx context.Context, c Caller, in Settings) (Scenario, error) {
	var made Scenario
	if in.Name == nil {
		return made, ErrInvalid.WithField("name", "required", "A scenario needs a name.")
	}
	if err := checkSettings(in); err != nil {
		return made, err
	}
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		made, err = idem.Once(ctx, tx, c.Person, c.Key, in, func() (Scenario, error) {
			return s.create(ctx, tx, c, in)
		})
		return err
	})
	return made, err
}

func (s *Service) create(
	ctx context.Context, tx db.Tx, c Caller, in Settings,
) (made Scenario, err error) {
	list, err := s.Customers.Located(ctx, tx, c.Scope)
	if err != nil {
		return made, fmt.Errorf("customers: %w", err)
	}
	if len(list) == 0 {
		return made, ErrEmpty
	}
	if in.Members == nil {
		if in.Members, err = s.everybody(ctx, tx, c); err != nil {
			return made, err
		}
	}
	draft := Scenario{Tolerance: 0.05, Activities: []string{string(Workload)}, ByRoad: true,
		Barriers: true}
	draft.apply(in)
	id, err := s.insert(ctx, tx, c, draft)
	if err != nil {
		return made, err
	}
	if err := setMembers(ctx, tx, id, in.Members); err != nil {
		return made, err
	}
	if err := insertUnits(ctx, tx, id, copyOf(list, in.Members)); err != nil {
		return made, err
	}
	if made, err = scenario(ctx, tx, sqlScenario, c, id); err != nil {
		return made, err
	}
	return made, s.tell(ctx, tx, made, "created")
}

func (s *Service) insert(ctx context.Context, tx db.Tx, c Caller, d Scenario) (id int64, err error) {
	err = tx.QueryRow(ctx, sqlInsert, pgx.NamedArgs{
		"name": d.Name, "tolerance": d.Tolerance, "budget": d.Budget, "activities": d.Activities,
		"by_road": d.ByRoad, "barriers": d.Barriers, "base_level": d.BaseLevel,
		"now": s.Clock.Now(), "me": c.Person, "spare": d.Spare, "from_home": d.FromHome,
		"split_price": d.SplitPrice, "apart": append([][2]int64{}, d.Apart...),
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
			Minutes: minutes[i], Potential: k.Potential, Revenue: k.Revenue, Was: k.Owner, Person: person,
			Service: k.Service}
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
	set(&s.Barriers, in.Barriers)
	set(&s.BaseLevel, in.BaseLevel)
	set(&s.Spare, in.Spare)
	set(&s.FromHome, in.FromHome)
	set(&s.SplitPrice, in.SplitPrice)
	if in.Apart != nil {
		s.Apart = in.Apart
	}
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

// step lets fn change a scenario, writes the next version, tells, and then lets the
// others act in the same transaction.
func (s *Service) step(
	ctx context.Context, c Caller, at At, what string,
	fn func(tx db.Tx, d *Scenario) error, then ...func(tx db.Tx, d *Scenario) error,
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
		if err := s.tell(ctx, tx, d, what); err != nil {
			return err
		}
		for _, act := range then {
			if err := act(tx, &d); err != nil {
				return err
			}
		}
		return nil
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

// Delete forgets a scenario that never came into force and whose day does not wait
// for those above. It fails with ErrNoScenario and ErrState.
func (s *Service) Delete(ctx context.Context, c Caller, id int64) error {
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		d, err := scenario(ctx, tx, sqlLock, c, id)
		if err != nil {
			return err
		}
		if d.State == Live || d.State == Scheduled {
			return ErrState.With("state", d.State)
		}
		if d.AskedOn != nil {
			return d.waits()
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
