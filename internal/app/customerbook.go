package app

import (
	"context"

	"beatplan/business"
	"beatplan/business/approvals"
	"beatplan/business/crm"
	"beatplan/business/finance"
	"beatplan/business/fulfilment"
	"beatplan/business/messaging"
	"beatplan/business/ordering"
	"beatplan/business/visits"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// What a customer's timeline shows besides its own changes.
const (
	visitEvent   crm.EventKind = "visit"
	orderEvent   crm.EventKind = "order"
	goodsEvent   crm.EventKind = "goods"
	receiptEvent crm.EventKind = "receipt"
	requestEvent crm.EventKind = "request"
	messageEvent crm.EventKind = "message"
)

// openCustomers makes crm with its neighbours, and returns the one that is completed
// when visits are there.
func (a *App) openCustomers() (*plannedVisits, error) {
	if err := a.openFiles(); err != nil {
		return nil, err
	}
	plans := &plannedVisits{}
	a.CRM = crm.New(crm.Options{
		DB: a.DB, Clock: a.Clock, Zone: a.Zone, Bus: a.Bus, Jobs: a.Jobs,
		Audit: a.Audit, Clocks: a.Warnings, Requests: customerRequests{},
		Photos: a.Files, Plans: plans, Business: unfinished{},
		Tellers: tellers(),
	})
	return plans, nil
}

// tellers are whom a timeline asks besides crm.
func tellers() []crm.Teller {
	return []crm.Teller{
		{Kind: visitEvent, Tell: visits.Occurrences},
		{Kind: orderEvent, Tell: ordering.Occurrences},
		{Kind: goodsEvent, Tell: fulfilment.Occurrences},
		{Kind: receiptEvent, Tell: finance.Occurrences},
		{Kind: requestEvent, Tell: approvals.Occurrences},
		{Kind: messageEvent, Tell: messaging.Occurrences},
	}
}

// timelinePermissions says what one must be allowed to read to be told of it.
func timelinePermissions() map[crm.EventKind]business.Permission {
	return map[crm.EventKind]business.Permission{
		visitEvent: business.VisitsRead, orderEvent: business.OrdersRead,
		goodsEvent: business.GoodsRead, receiptEvent: business.MoneyRead,
		requestEvent: business.ApprovalsRead, messageEvent: business.MessagesSend,
	}
}

// plannedVisits moves what is planned when a customer gets another owner or turns out
// to be another customer.
type plannedVisits struct{ visits *visits.Service }

// OwnerChanged moves the visits from today on to the same days of the new owner.
func (p *plannedVisits) OwnerChanged(
	ctx context.Context, tx db.Tx, by business.Actor, c business.CustomerID,
	from, to business.PersonID,
) error {
	_, err := p.visits.HandOver(ctx, tx, planner(by), visits.Handover{
		Customer: c, From: from, To: to, Since: p.visits.Today(),
	})
	return err
}

// Merged plans for the second customer what was planned for the first.
func (p *plannedVisits) Merged(
	ctx context.Context, tx db.Tx, by business.Actor, from, into business.CustomerID,
) error {
	return p.visits.Replace(ctx, tx, planner(by), from, into)
}

// planner changes anybody's plan in the actor's name: the change follows from one
// that the actor was allowed.
func planner(by business.Actor) visits.Caller {
	return visits.Caller{Scope: scope.Everything(),
		Actor: business.Actor{Person: by.Person, Role: business.Manager}}
}

// unfinished tells crm what is open with a customer.
type unfinished struct{}

// Open names what is not finished: "visits", "orders".
func (unfinished) Open(
	ctx context.Context, tx db.Tx, c business.CustomerID,
) (what []string, err error) {
	open, err := visits.Unfinished(ctx, tx, c)
	if err == nil && open {
		what = append(what, "visits")
	}
	if err == nil {
		if open, err = ordering.Unfinished(ctx, tx, c); open {
			what = append(what, "orders")
		}
	}
	return what, err
}
