package app

import (
	"context"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/business/visits"
	"beatplan/geo/geodesic"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/scope"
	"beatplan/routing"
	"beatplan/territory"
)

// openTerritories makes territories; crm, visits, roads and jobs are there.
func (a *App) openTerritories() {
	a.Territories = &territory.Service{
		DB: a.DB, Clock: a.Clock, Zone: a.Zone, Customers: covered{a.CRM},
		People: coverers{}, Plans: handovers{a.Visits}, Roads: roadTimes{a.Roads},
		Rounds: rounds{a.Roads}, Ground: a.Atlas, Approvals: scenarioDays{a.Approvals},
		Jobs: a.Jobs, Announcer: a.Bus,
	}
	a.registerScenarios()
	events.EveryAside(a.Bus, "territory.come_into_force", time.Minute, a.Territories.ComeIntoForce)
}

// covered tells territory what there is to cover.
type covered struct{ crm *crm.Service }

// Located returns the located customers that are not archived or lost, by id.
func (c covered) Located(
	ctx context.Context, _ db.Querier, sc scope.Scope,
) ([]territory.Customer, error) {
	located := true
	filter := crm.Filter{Located: &located,
		Statuses: []crm.Status{crm.Prospect, crm.Active, crm.Dormant}}
	var out []territory.Customer
	for k, err := range c.crm.Export(ctx, sc, filter) {
		if err != nil {
			return nil, err
		}
		out = append(out, territory.Customer{
			ID: int64(k.ID), Name: k.Name, Point: *k.Position, Owner: int64(k.Owner),
			Every: k.VisitEveryDays, Service: float64(k.ServiceMinutes), Level: string(k.Level),
			Potential: potentialOf(k.Level), Revenue: float64(k.Deals) / 100,
		})
	}
	return out, nil
}

// potentialOf weighs a customer by its level, as long as sales are not known.
func potentialOf(l crm.Level) float64 {
	switch l {
	case crm.A:
		return 5
	case crm.B:
		return 2
	}
	return 1
}

// Reassign gives the customer to a person, with history.
func (c covered) Reassign(ctx context.Context, tx db.Tx, customer, to, by int64) error {
	actor := business.Actor{Person: business.PersonID(by), Role: business.Manager}
	return c.crm.Reassign(ctx, tx, actor, business.CustomerID(customer), business.PersonID(to))
}

// coverers tells territory who may cover customers.
type coverers struct{}

// Salespeople returns the salespeople within the scope, by id.
func (coverers) Salespeople(
	ctx context.Context, q db.Querier, sc scope.Scope,
) ([]territory.Salesperson, error) {
	cards, err := identity.Cards(ctx, q, nil)
	if err != nil {
		return nil, err
	}
	var out []territory.Salesperson
	for _, id := range inOrder(cards) {
		c := cards[id]
		if c.Role != business.Salesperson || !sc.Has(int64(id)) {
			continue
		}
		out = append(out, territory.Salesperson{
			ID: int64(c.ID), Name: c.Name, Home: c.Home, Active: c.Active,
		})
	}
	return out, nil
}

// handovers moves planned visits with their customer.
type handovers struct{ visits *visits.Service }

// HandOver moves what is planned and not driven.
func (h handovers) HandOver(
	ctx context.Context, tx db.Tx, in territory.Handover,
) (int, error) {
	y, m, d := in.Since.Date()
	by := visits.Caller{Scope: scope.Everything(),
		Actor: business.Actor{Person: business.PersonID(in.By), Role: business.Manager}}
	return h.visits.HandOver(ctx, tx, by, visits.Handover{
		Customer: business.CustomerID(in.Customer), From: business.PersonID(in.From),
		To: business.PersonID(in.To), Since: business.NewDate(y, m, d),
	})
}

// roadTimes asks the imported roads.
type roadTimes struct{ roads routing.Matrices }

// Times returns seconds, row by row, in tables of a size that the roads answer.
func (r roadTimes) Times(ctx context.Context, from, to []orb.Point) ([]float32, error) {
	const wide = 1000
	out := make([]float32, len(from)*len(to))
	for start := 0; start < len(to); start += wide {
		part := to[start:min(len(to), start+wide)]
		m, err := bridged(r).Matrix(ctx, from, part)
		if err != nil {
			return nil, err
		}
		for i := range from {
			for j := range part {
				seconds, _ := m.At(i, j)
				out[i*len(to)+start+j] = float32(seconds)
			}
		}
	}
	return out, nil
}

// offRoad stands in for a way that the roads do not know: by air, at 15 km/h.
func offRoad(a, b orb.Point) int32 {
	return int32(float64(geodesic.Distance(a, b)) / (15 / 3.6))
}
