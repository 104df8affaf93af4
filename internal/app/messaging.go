package app

import (
	"context"
	"time"

	"beatplan/api/messagingapi"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/business/messaging"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/scope"
)

// openMessaging makes the service that reaches customers through the company's own
// channels: what is taken goes out after its commit, what did not arrive is tried again.
func (a *App) openMessaging() {
	a.Messaging = &messaging.Service{
		DB: a.DB, Clock: a.Clock, Zone: a.Zone, Customers: recipients{a.CRM},
		Vault: a.vault(), Bus: a.Bus, Audit: a.Audit, Transport: messaging.Transport(),
	}
	deliver := func(ctx context.Context) error {
		_, err := a.Messaging.Deliver(ctx)
		return err
	}
	// Receivers may be slow: no transaction waits for them.
	events.ListenAside(a.Bus, "messaging.on_accepted",
		func(ctx context.Context, _ messaging.Accepted) error { return deliver(ctx) })
	events.EveryAside(a.Bus, "messaging.retry", 15*time.Second, deliver)
}

func (a *App) mountMessaging() {
	messagingapi.Mount(a.API, messagingapi.Surface{
		Service: a.Messaging,
		Names: func(ctx context.Context, ids []int64) (map[business.PersonID]string, error) {
			return identity.Names(ctx, a.DB, ids)
		},
		Customers: func(
			ctx context.Context, sc scope.Scope, ids []business.CustomerID,
		) (map[business.CustomerID]string, error) {
			return customerNames(ctx, a.DB, a.CRM, sc, ids)
		},
	})
}

// recipients tells messaging whom a message may reach.
type recipients struct{ crm *crm.Service }

// Recipients returns the customers within the scope that are not archived.
func (r recipients) Recipients(
	ctx context.Context, q db.Querier, sc scope.Scope, ids []business.CustomerID,
) ([]messaging.Recipient, error) {
	found, err := r.crm.Customers(ctx, q, sc, ids)
	if err != nil {
		return nil, err
	}
	var out []messaging.Recipient
	for _, c := range found {
		if c.ArchivedAt != nil {
			continue
		}
		to := messaging.Recipient{Customer: c.ID, Name: c.Name, Phone: c.Phone}
		for _, p := range c.Contacts {
			to.Contacts = append(to.Contacts,
				messaging.Contact{Name: p.Name, Phone: p.Phone, Email: p.Email})
		}
		out = append(out, to)
	}
	return out, nil
}
