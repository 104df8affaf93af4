package app

import (
	"context"
	"fmt"
	"slices"

	"beatplan/api/approvalsapi"
	"beatplan/business"
	"beatplan/business/approvals"
	"beatplan/business/identity"
	"beatplan/business/messaging"
	"beatplan/business/visits"
	"beatplan/internal/db"
	"beatplan/internal/idem"
)

// openApprovals makes the service to which the modules hand what needs approval.
func (a *App) openApprovals() {
	a.Approvals = approvals.Make(approvals.Options{
		DB: a.DB, Clock: a.Clock, People: superiors{}, Announcer: a.Bus, Audit: a.Audit,
	})
}

// openSensitive registers what people may do to people only with a second person.
func (a *App) openSensitive() {
	a.Approvals.Register(approvals.Kind{
		Code: "person.erase", Permission: business.PeopleWrite, Second: true, Proof: true,
		DeskOnly: true,
		Prepare: func(ctx context.Context, tx db.Tx, by approvals.By, n *approvals.New) error {
			if len(n.Subjects) != 1 || !by.Scope.Has(n.Subjects[0]) {
				return identity.ErrNoPerson
			}
			p, err := identity.CheckErasable(ctx, tx, by.Actor, business.PersonID(n.Subjects[0]))
			// Neither the request nor the trail of it keeps the name of who is to be erased.
			n.Object, n.Title, n.Payload = "person", fmt.Sprintf("#%d", p.ID), nil
			return err
		},
		Apply: func(
			ctx context.Context, tx db.Tx, r approvals.Request, approver business.Actor,
		) (int64, error) {
			return 0, a.erase(ctx, tx, approver, business.PersonID(r.Subjects[0]))
		},
	})
}

// erase takes away everything that tells who a person was and where.
func (a *App) erase(
	ctx context.Context, tx db.Tx, by business.Actor, p business.PersonID,
) error {
	was, err := identity.CheckErasable(ctx, tx, by, p)
	if err != nil {
		return err
	}
	if err := a.Identity.Erase(ctx, tx, by, p); err != nil {
		return err
	}
	if err := messaging.Erase(ctx, tx, messaging.Traces{
		Person: p, Name: was.Name, Phone: was.Phone,
	}); err != nil {
		return err
	}
	words := slices.DeleteFunc([]string{was.Name, was.Login, was.Phone},
		func(w string) bool { return w == "" })
	if err := idem.Forget(ctx, tx, words); err != nil {
		return err
	}
	if err := visits.ForgetSkills(ctx, tx, p); err != nil {
		return err
	}
	if err := visits.ForgetName(ctx, tx, p); err != nil {
		return err
	}
	return a.Track.EraseIn(ctx, tx, int64(by.Person), int64(p))
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
