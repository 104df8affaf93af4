package app

import (
	"context"
	"encoding/json"

	"beatplan/api/crmapi"
	"beatplan/api/reportsapi"
	"beatplan/api/visitsapi"
	"beatplan/business"
	"beatplan/business/approvals"
	"beatplan/business/crm"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// The codes of what approvals keeps for customers.
const (
	customerChange   = "customer.change"
	customerClaim    = "customer.claim"
	customerTransfer = "customer.transfer"
)

// customerRequests tells crm what waits for approval.
type customerRequests struct{}

// UnderWay returns which of the customers an open request is about.
func (customerRequests) UnderWay(
	ctx context.Context, q db.Querier, ids []business.CustomerID,
) (map[int64]bool, error) {
	var wanted []int64
	for _, id := range ids {
		wanted = append(wanted, int64(id))
	}
	return approvals.OpenOn(ctx, q, "customer", wanted)
}

// Claims counts the claims of the person that are open.
func (customerRequests) Claims(
	ctx context.Context, q db.Querier, person business.PersonID,
) (int, error) {
	return approvals.CountOpen(ctx, q, person, customerClaim)
}

// registerCustomers tells approvals what may be asked for about customers.
func (a *App) registerCustomers() {
	type prepare func(context.Context, db.Tx, crm.By, json.RawMessage) (crm.Prepared, error)
	type apply func(context.Context, db.Tx, crm.Granted, json.RawMessage) error
	kind := func(code string, perm business.Permission, p prepare, do apply) approvals.Kind {
		return approvals.Kind{Code: code, Permission: perm,
			Prepare: func(ctx context.Context, tx db.Tx, by approvals.By, n *approvals.New) error {
				ready, err := p(ctx, tx, crm.By{Actor: by.Actor, Scope: by.Scope}, n.Payload)
				if err != nil {
					return err
				}
				n.Object, n.Title, n.Payload = "customer", ready.Title, ready.Payload
				n.Subjects, n.Changes = nil, changesOf(ready.Fields)
				for _, id := range ready.Customers {
					n.Subjects = append(n.Subjects, int64(id))
				}
				return nil
			},
			Apply: func(
				ctx context.Context, tx db.Tx, r approvals.Request, _ business.Actor,
			) (int64, error) {
				g := crm.Granted{Request: r.ID, Applicant: r.Applicant, Reason: r.Reason}
				return 0, do(ctx, tx, g, r.Payload)
			},
		}
	}
	a.Approvals.Register(
		kind(customerChange, business.CustomersRead, a.CRM.PrepareChange, a.CRM.ApplyChange),
		kind(customerClaim, business.CustomersWrite, a.CRM.PrepareClaim, a.CRM.ApplyClaim),
		kind(customerTransfer, business.CustomersWrite, a.CRM.PrepareTransfer, a.CRM.ApplyTransfer),
	)
}

func changesOf(fields []crm.FieldChange) []approvals.FieldChange {
	out := make([]approvals.FieldChange, len(fields))
	for i, f := range fields {
		out[i] = approvals.FieldChange{Field: f.Field, Before: wordsOf(f.Old), After: wordsOf(f.New)}
	}
	return out
}

// wordsOf is a JSON value as a person reads it: a text without its quotes.
func wordsOf(v any) string {
	raw, ok := v.(json.RawMessage)
	if !ok {
		return ""
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

// mountReports serves the reports of every module.
func (a *App) mountReports() {
	reportsapi.Mount(a.API, crmapi.Reports(a.CRM), visitsapi.Reports(a.Visits))
}

// customersAs are the customers of the ids within the scope, in a neighbour's words.
func customersAs[T any](
	ctx context.Context, q db.Querier, s *crm.Service, sc scope.Scope, ids []business.CustomerID,
	as func(crm.Customer) T,
) ([]T, error) {
	found, err := s.Customers(ctx, q, sc, ids)
	if err != nil {
		return nil, err
	}
	out := make([]T, len(found))
	for i, c := range found {
		out[i] = as(c)
	}
	return out, nil
}

// customerNames are the names of the customers of the ids within the scope.
func customerNames(
	ctx context.Context, q db.Querier, s *crm.Service, sc scope.Scope, ids []business.CustomerID,
) (map[business.CustomerID]string, error) {
	found, err := s.Customers(ctx, q, sc, ids)
	out := make(map[business.CustomerID]string, len(found))
	for _, c := range found {
		out[c.ID] = c.Name
	}
	return out, err
}
