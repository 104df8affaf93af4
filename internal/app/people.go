package app

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api/dispatchapi"
	"beatplan/api/trackapi"
	"beatplan/business"
	"beatplan/business/approvals"
	"beatplan/business/audit"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/business/visits"
	"beatplan/geo/track"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

func inOrder[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// trail keeps the audit trail and what crm knows of people in step: whatever
// changes a person or a team is recorded in the transaction that does it.
type trail struct {
	*audit.Log
	crm       *crm.Service
	approvals *approvals.Service
}

// Record appends the change and tells crm of people.
func (t *trail) Record(
	ctx context.Context, tx db.Tx, by business.Actor, c business.Change,
) error {
	if err := t.Log.Record(ctx, tx, by, c); err != nil {
		return err
	}
	switch c.Object {
	case "person":
		if err := t.leaves(ctx, c); err != nil {
			return err
		}
		if err := t.approvals.Reroute(ctx, tx); err != nil {
			return err
		}
		return t.tell(ctx, tx, []int64{c.ID})
	case "team": // its name stands beside each of its people
		if err := t.approvals.Reroute(ctx, tx); err != nil {
			return err
		}
		return t.tell(ctx, tx, nil)
	}
	return nil
}

// leaves refuses that somebody becomes inactive who still looks after customers:
// they are transferred first, so that nobody waits for a person who is gone.
func (t *trail) leaves(ctx context.Context, c business.Change) error {
	before, known := c.Before.(identity.Person)
	after, still := c.After.(identity.Person)
	if !known || !still || !before.Active || after.Active {
		return nil
	}
	held, err := t.crm.Count(ctx, scope.Everything(), crm.Filter{Owners: []business.PersonID{after.ID}})
	if err != nil || held.Total == 0 {
		return err
	}
	return identity.ErrHoldsCustomers.With("held", held.Total).With("id", after.ID)
}

func (t *trail) tell(ctx context.Context, tx db.Tx, ids []int64) error {
	cards, err := identity.Cards(ctx, tx, ids)
	if err != nil {
		return err
	}
	owners := make([]crm.Owner, 0, len(cards))
	for _, id := range inOrder(cards) {
		c := cards[id]
		owners = append(owners, crm.Owner{
			Person: c.ID, Name: c.Name, Team: c.Team, Of: c.TeamName, Color: c.Color, Active: c.Active,
		})
	}
	return t.crm.SaveOwners(ctx, tx, owners)
}

// within returns the ids that lie within the scope; never nil, which would mean
// everybody.
func within(sc scope.Scope, ids []int64) []int64 {
	out := make([]int64, 0, len(ids))
	for _, id := range ids {
		if sc.Has(id) {
			out = append(out, id)
		}
	}
	return out
}

// names tells the positions' surface who people are.
type names struct{ db *db.DB }

// Names returns who the ids within the scope are.
func (n names) Names(
	ctx context.Context, sc scope.Scope, ids []int64,
) (map[int64]trackapi.Person, error) {
	cards, err := identity.Cards(ctx, n.db, within(sc, ids))
	if err != nil {
		return nil, err
	}
	out := make(map[int64]trackapi.Person, len(cards))
	for id, c := range cards {
		out[int64(id)] = trackapi.Person{
			Name: c.Name, Team: c.TeamName, Phone: c.Phone, ColorIndex: c.Color,
		}
	}
	return out, nil
}

// Team returns the active salespeople within the scope.
func (n names) Team(
	ctx context.Context, sc scope.Scope,
) (map[int64]dispatchapi.Person, error) {
	if sc.All {
		return n.sendable(ctx, nil)
	}
	return n.sendable(ctx, within(sc, sc.People))
}

// Sendable returns the active salespeople among the ids within the scope.
func (n names) Sendable(
	ctx context.Context, sc scope.Scope, ids []int64,
) (map[int64]dispatchapi.Person, error) {
	return n.sendable(ctx, within(sc, ids))
}

// sendable returns the active salespeople among the ids; of all when ids is nil.
func (n names) sendable(
	ctx context.Context, ids []int64,
) (map[int64]dispatchapi.Person, error) {
	cards, err := identity.Cards(ctx, n.db, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[int64]dispatchapi.Person, len(cards))
	for id, c := range cards {
		if c.Active && c.Role == business.Salesperson {
			out[int64(id)] = dispatchapi.Person{
				Name: c.Name, Team: c.TeamName, Phone: c.Phone, ColorIndex: c.Color,
				ShiftEnd: c.Shift.End,
			}
		}
	}
	return out, nil
}

// duty tells who is at work.
type duty struct{ track *track.Service }

// OnDuty returns the people within the scope whose duty is open.
func (d duty) OnDuty(
	ctx context.Context, sc scope.Scope,
) (map[business.PersonID]bool, error) {
	open, err := d.track.OnDuty(ctx, sc)
	if err != nil {
		return nil, err
	}
	out := make(map[business.PersonID]bool, len(open))
	for _, o := range open {
		out[business.PersonID(o.Person)] = true
	}
	return out, nil
}

// tasks tells the dispatcher what people are doing.
type tasks struct {
	visits *visits.Service
	crm    *crm.Service
}

// Tasks returns what the people are at now, and what is left of their day.
func (t tasks) Tasks(ctx context.Context, people []int64) (map[int64]dispatchapi.Task, error) {
	ids := slices.Sorted(slices.Values(people))
	caller := visits.Caller{Scope: scope.Scope{People: ids}}
	days, err := t.visits.Days(ctx, caller, t.visits.Today())
	if err != nil {
		return nil, err
	}
	out := make(map[int64]dispatchapi.Task, len(days))
	next := map[int64]visits.Stop{}
	var wanted []business.CustomerID
	for _, row := range days {
		person := int64(row.Worker.ID)
		stop, left := current(row.Day.Stops)
		out[person] = dispatchapi.Task{Left: left}
		if stop != nil {
			next[person] = *stop
			wanted = append(wanted, stop.Customer)
		}
	}
	customers, err := t.crm.Customers(ctx, t.visits.DB, scope.Everything(), wanted)
	if err != nil {
		return nil, err
	}
	known := make(map[business.CustomerID]crm.Customer, len(customers))
	for _, c := range customers {
		known[c.ID] = c
	}
	for person, stop := range next {
		out[person] = t.describe(out[person], stop, known[stop.Customer])
	}
	return out, nil
}

func (t tasks) describe(
	task dispatchapi.Task, stop visits.Stop, c crm.Customer,
) dispatchapi.Task {
	task.Customer = cmp.Or(c.Name, stop.Title)
	if stop.State == visits.CheckedIn && stop.DrivenAt != nil {
		task.At = true
		planned := time.Duration(c.ServiceMinutes) * time.Minute
		task.Rest = max(0, planned-t.visits.Clock.Now().Sub(*stop.DrivenAt))
	}
	return task
}

// current returns the stop that somebody is at, or goes to next, and how many
// are still to come.
func current(stops []visits.Stop) (at *visits.Stop, left int) {
	for i, s := range stops {
		switch s.State {
		case visits.CheckedIn:
			at = &stops[i]
		case visits.Planned:
			left++
			if at == nil {
				at = &stops[i]
			}
		}
	}
	return at, left
}

// places tells the dispatcher where customers are.
type places struct{ crm *crm.Service }

// Place returns the position of a customer within the scope.
func (p places) Place(ctx context.Context, sc scope.Scope, customer int64) (orb.Point, error) {
	c, err := p.crm.Customer(ctx, sc, business.CustomerID(customer))
	if err != nil {
		return orb.Point{}, err
	}
	if c.Position == nil {
		return orb.Point{}, crm.ErrNotLocated.With("id", customer)
	}
	return *c.Position, nil
}
