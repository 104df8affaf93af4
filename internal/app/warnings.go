package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/fulfilment"
	"beatplan/business/identity"
	"beatplan/business/ordering"
	"beatplan/business/visits"
	"beatplan/business/warnings"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/scope"
)

// openWarnings makes warnings and returns the ports that are completed when the
// neighbours are there.
func (a *App) openWarnings() (*waiting, *work) {
	customers, done := &waiting{}, &work{zone: a.Zone}
	a.Warnings = &warnings.Service{
		DB: a.DB, Clock: a.Clock, Zone: a.Zone, Customers: customers,
		Plans: done, People: done, Visits: done, Publisher: a.Bus, Audit: a.Audit,
	}
	// The clocks follow every change by themselves; this makes good what a restored
	// backup or a hand in the database may have left wrong.
	events.EveryAside(a.Bus, "warnings.rebuild", 24*time.Hour, a.rebuildWarnings)
	events.ListenAside(a.Bus, "warnings.on_rule",
		func(ctx context.Context, _ warnings.RuleChanged) error { return a.rebuildWarnings(ctx) })
	return customers, done
}

// waiting tells warnings what the clocks of customers are made of. crm is filled
// in after it is made, because each of the two calls the other.
type waiting struct{ crm *crm.Service }

// Facts returns what the clocks of these customers are made of.
func (w *waiting) Facts(
	ctx context.Context, q db.Querier, ids []business.CustomerID,
) ([]warnings.Customer, error) {
	return factsOf(w.crm.ClockFacts(ctx, q, ids))
}

func factsOf(found []crm.ClockFacts, err error) ([]warnings.Customer, error) {
	out := make([]warnings.Customer, len(found))
	for i, c := range found {
		out[i] = warnings.Customer{
			ID: c.ID, Owner: c.Owner, Kind: c.Kind, Level: c.Level,
			EveryDays: c.VisitEveryDays, AssignedOn: c.AssignedDay, LastVisitOn: c.LastVisitDay,
			LastVisitAt: c.LastVisitAt, LastOrderAt: c.LastOrderAt, LastSaleAt: c.LastSaleAt,
			Archived: c.Archived,
		}
	}
	return out, err
}

// Cards returns what a row shows of these customers.
func (w *waiting) Cards(
	ctx context.Context, q db.Querier, ids []business.CustomerID,
) ([]warnings.Card, error) {
	return customersAs(ctx, q, w.crm, scope.Everything(), ids, func(c crm.Customer) warnings.Card {
		return warnings.Card{
			ID: c.ID, Name: c.Name, Kind: c.Kind, Level: string(c.Level), Address: c.Address,
			Phone: c.Phone, Position: c.Position, OwnerName: c.OwnerName, Receivable: c.Receivable,
		}
	})
}

// Shared returns the customers that others share with the people of the scope.
func (w *waiting) Shared(
	ctx context.Context, q db.Querier, sc scope.Scope,
) ([]business.CustomerID, error) {
	return w.crm.SharedTo(ctx, q, sc)
}

// Sees reports whether the customer is there and within the scope.
func (w *waiting) Sees(
	ctx context.Context, q db.Querier, sc scope.Scope, id business.CustomerID,
) (bool, error) {
	found, err := w.crm.Customers(ctx, q, sc, []business.CustomerID{id})
	return len(found) > 0, err
}

// work tells warnings what is planned and what was done. The services are filled
// in after they are made.
type work struct {
	zone       *time.Location
	visits     *visits.Service
	ordering   *ordering.Service
	fulfilment *fulfilment.Service
}

// Planned returns those of the customers that stand on anybody's day.
func (w *work) Planned(
	ctx context.Context, q db.Querier, d business.Date, ids []business.CustomerID,
) ([]business.CustomerID, error) {
	return w.visits.PlannedOn(ctx, q, visits.PersonDay{Date: d}, ids)
}

// Activities returns what every active salesperson in scope did.
func (w *work) Activities(
	ctx context.Context, q db.Querier, sc scope.Scope, since, asOf business.Date,
) ([]warnings.Activity, error) {
	cards, err := identity.Cards(ctx, q, nil)
	if err != nil {
		return nil, err
	}
	var out []warnings.Activity
	var ids []business.PersonID
	for _, id := range inOrder(cards) {
		c := cards[id]
		if c.Role != business.Salesperson || !c.Active || !sc.Has(int64(id)) {
			continue
		}
		ids = append(ids, id)
		out = append(out, warnings.Activity{
			Person: id, Name: c.Name, DutyFrom: business.DateOf(c.Since, w.zone),
			Last:     map[warnings.Kind]business.Date{},
			InPeriod: map[warnings.Kind]int64{},
			Days:     map[business.Date]bool{},
		})
	}
	lasts, err := w.visits.LastWorkOf(ctx, q, ids, since, asOf)
	if err != nil {
		return nil, err
	}
	note := func(k warnings.Kind, p business.PersonID, last business.Date, n int64) {
		for i := range out {
			if out[i].Person == p {
				out[i].Last[k], out[i].InPeriod[k] = last, n
			}
		}
	}
	for _, l := range lasts {
		note(warnings.PersonVisit, l.Person, l.LastDay, l.InPeriod)
	}
	deals, err := w.ordering.LastDealsOf(ctx, q, ids, since, asOf)
	if err != nil {
		return nil, err
	}
	for _, l := range deals {
		note(warnings.PersonOrder, l.Person, l.LastDay, l.InPeriod)
	}
	sales, err := w.fulfilment.LastSalesOf(ctx, q, ids, since, asOf)
	if err != nil {
		return nil, err
	}
	for _, l := range sales {
		note(warnings.PersonSale, l.Person, l.LastDay, l.InPeriod)
	}
	return out, addExceptions(ctx, q, out, asOf)
}

// addExceptions adds the days on which the calendar of the company, or the people's own,
// which goes before it, differs from the week, since the first day that is counted from.
func addExceptions(
	ctx context.Context, q db.Querier, people []warnings.Activity, asOf business.Date,
) error {
	from, at := asOf, make(map[business.PersonID]int, len(people))
	kinds := slices.DeleteFunc(warnings.Kinds(), warnings.Kind.OfCustomers)
	ids := make([]business.PersonID, len(people))
	for i, p := range people {
		ids[i], at[p.Person] = p.Person, i
		counted := slices.Collect(maps.Values(p.Last))
		if len(counted) < len(kinds) { // of a kind there was never one
			counted = append(counted, p.DutyFrom)
		}
		for _, d := range counted {
			if d.Before(from) {
				from = d
			}
		}
	}
	days, err := identity.Exceptions(ctx, q, ids, from, asOf)
	if err != nil {
		return fmt.Errorf("calendars of %d people: %w", len(ids), err)
	}
	for _, d := range days {
		if d.Person != 0 {
			people[at[d.Person]].Days[d.Day] = d.Working
			continue
		}
		for _, p := range people {
			p.Days[d.Day] = d.Working
		}
	}
	return nil
}

// Gaps returns how often customers were visited.
func (w *work) Gaps(
	ctx context.Context, q db.Querier, ids []business.CustomerID, from, to business.Date,
) ([]warnings.Gap, error) {
	found, err := w.visits.Gaps(ctx, q, ids, from, to)
	out := make([]warnings.Gap, len(found))
	for i, g := range found {
		out[i] = warnings.Gap{Customer: g.Customer, First: g.First, Last: g.Last, Days: g.Days}
	}
	return out, err
}
