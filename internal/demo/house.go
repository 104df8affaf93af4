package demo

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/business/visits"
	"beatplan/geo/track"
	"beatplan/internal/clock"
	"beatplan/internal/scope"
	"beatplan/routing"
)

// House is what the demo drives: the services of one company, as composed.
type House struct {
	Identity *identity.Service
	CRM      func(clock.Clock) *crm.Service // the customers, by another clock
	Visits   *visits.Service
	Track    *track.Service
	Trade    Trade
	Roads    *routing.Roads
	Clock    clock.Clock
	Zone     *time.Location
	Log      *slog.Logger
	Extract  string // OpenStreetMap file whose points of interest become customers
	// Progress hears what is being done and how much of it, 0 to 1.
	Progress func(step string, done float64)
}

// pastDays is how much history a new company has.
const pastDays = 60

// Seed founds the company when it is not founded yet and brings its history up
// to the present: visits of the days gone by, today's plans, this morning's
// visits and positions. Calling it again adds only what time has added.
func Seed(ctx context.Context, h House) error {
	people, founded, err := h.staff(ctx)
	if err != nil {
		return err
	}
	if !founded {
		if people, err = h.found(ctx); err != nil {
			return err
		}
		if err := h.steps(ctx, people[0]); err != nil {
			return err
		}
	}
	if err := h.agree(ctx, people); err != nil {
		return err
	}
	if err := h.history(ctx, people); err != nil {
		return err
	}
	if err := h.trade(ctx, people); err != nil {
		return err
	}
	if err := h.today(ctx, people); err != nil {
		return err
	}
	return h.calls(ctx, people)
}

// worker is one salesperson of the demo and the customers they own.
type worker struct {
	identity.Person
	customers []crm.Customer
}

// staff reads the salespeople back; founded is false until found has ended.
func (h House) staff(ctx context.Context) (people []worker, founded bool, err error) {
	company, err := h.Identity.Company(ctx)
	if err != nil {
		return nil, false, err
	}
	if company.Name != companyName {
		return nil, false, nil
	}
	all, err := h.Identity.People(ctx, scope.Everything(),
		identity.Filter{Role: string(business.Salesperson)}, identity.Seek{}, 1000)
	if err != nil {
		return nil, false, err
	}
	all = slices.DeleteFunc(all, func(p identity.Person) bool {
		return !p.Demo || !p.Active || p.Home == nil
	})
	slices.SortFunc(all, func(a, b identity.Person) int { return a.Color - b.Color })
	service := h.CRM(h.Clock)
	for _, p := range all {
		w := worker{Person: p}
		if w.customers, err = owned(ctx, service, p.ID); err != nil {
			return nil, false, err
		}
		people = append(people, w)
	}
	return people, true, nil
}

func owned(ctx context.Context, s *crm.Service, who business.PersonID) ([]crm.Customer, error) {
	var all []crm.Customer
	filter := crm.Filter{Owners: []business.PersonID{who}}
	for c, err := range s.Export(ctx, scope.Everything(), filter) {
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// caller is a salesperson with the phone in the hand.
func (w worker) caller() visits.Caller {
	return visits.Caller{
		Actor: business.Actor{Person: w.ID, Role: business.Salesperson, Team: w.Team},
		Scope: scope.Scope{People: []int64{int64(w.ID)}, Version: "demo"},
		Phone: true,
	}
}
