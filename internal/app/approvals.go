package app

import (
	"context"

	"beatplan/api/approvalsapi"
	"beatplan/business"
	"beatplan/business/approvals"
	"beatplan/business/identity"
	"beatplan/internal/db"
)

// openApprovals makes the service to which the modules hand what needs approval.
func (a *App) openApprovals() {
	a.Approvals = approvals.Make(approvals.Options{
		DB: a.DB, Clock: a.Clock, People: superiors{}, Announcer: a.Bus, Audit: a.Audit,
	})
}

func (a *App) mountApprovals() { approvalsapi.Mount(a.API, a.Approvals) }

// superiors tells approvals who stands above whom.
type superiors struct{}

// Above returns who stands above the person now.
func (superiors) Above(
	ctx context.Context, q db.Querier, p business.PersonID,
) (approvals.Above, error) {
	s, err := identity.Above(ctx, q, p)
	return approvals.Above(s), err
}

// Names returns the names of these people by id.
func (superiors) Names(
	ctx context.Context, q db.Querier, ids []int64,
) (map[business.PersonID]string, error) {
	return identity.Names(ctx, q, ids)
}
