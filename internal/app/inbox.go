package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"beatplan/api/noticesapi"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/finance"
	"beatplan/business/identity"
	"beatplan/business/notices"
	"beatplan/business/warnings"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/scope"
)

const (
	digestFrom = 6 // o'clock, in the company's zone
	// An open document is told about when it becomes overdue, not months later when
	// somebody switches this on.
	overdueTold = 7 // days
)

// digestRoles are who the warnings are for.
func digestRoles() []business.Role {
	return []business.Role{business.Salesperson, business.Manager, business.Admin}
}

// openInbox makes everybody's inbox and says who writes into it: the digest of
// every morning, documents that became overdue, customers that go back to the pool
// soon, and money that finance sent back.
func (a *App) openInbox() {
	a.Notices = &notices.Service{DB: a.DB, Clock: a.Clock, Announcer: a.Bus}
	a.Finance.Collectors = collectors{a.Notices}
	events.Listen(a.Bus, "notices.on_return_near", a.tellReturn)
	events.Every(a.Bus, "notices.morning", 10*time.Minute, func(ctx context.Context, tx db.Tx) error {
		return a.tellMorning(ctx, tx)
	})
}

func (a *App) mountInbox() {
	noticesapi.Mount(a.API, a.Notices)
	noticesapi.MountNotes(a.API, ownerNotes{a.DB, a.CRM, a.Notices}, crm.ErrNoCustomer)
}

// tellReturn tells an owner that a customer goes back to the pool soon.
func (a *App) tellReturn(ctx context.Context, tx db.Tx, f crm.ReturnNear) error {
	found, err := a.CRM.Customers(ctx, tx, scope.Everything(), []business.CustomerID{f.Customer})
	if err != nil || len(found) == 0 {
		return err
	}
	return a.Notices.Put(ctx, tx, []notices.New{{
		Person: f.Owner, Key: fmt.Sprintf("return:%d:%s", f.Customer, f.Deadline),
		Kind: "pool.return_near", Object: "customer", ObjectID: int64(f.Customer),
		Params: map[string]any{"name": found[0].Name, "day": f.Deadline.String()},
	}})
}

// tellMorning writes what everybody should know of the day, once a day.
func (a *App) tellMorning(ctx context.Context, tx db.Tx) error {
	if a.Clock.Now().In(a.Zone).Hour() < digestFrom {
		return nil
	}
	today := a.Warnings.Today()
	digest := "digest:" + today.String()
	if done, err := a.Notices.Told(ctx, tx, digest); err != nil || done {
		return err
	}
	cards, err := identity.Cards(ctx, tx, nil)
	if err != nil {
		return err
	}
	var told []notices.New
	for _, id := range inOrder(cards) {
		c := cards[id]
		if !c.Active || !slices.Contains(digestRoles(), c.Role) {
			continue
		}
		params, err := a.digestFor(ctx, id, today)
		if err != nil {
			return err
		}
		if len(params) > 0 {
			told = append(told, notices.New{Person: id, Key: digest, Kind: "digest", Params: params})
		}
		if c.Role != business.Salesperson {
			continue
		}
		late, err := a.newlyOverdue(ctx, id, today)
		if err != nil {
			return err
		}
		told = append(told, late...)
	}
	return a.Notices.Put(ctx, tx, told)
}

// digestFor are the numbers of warnings that somebody sees, by kind, without those of
// which there are none; "more" names the kinds of which there are more than counted. Whose
// role may not read warnings is told none.
func (a *App) digestFor(
	ctx context.Context, p business.PersonID, today business.Date,
) (map[string]any, error) {
	if may, err := a.readsWarnings(ctx, p); err != nil || !may {
		return nil, err
	}
	by, sc, err := a.Identity.ScopeOf(ctx, p)
	if err != nil {
		return nil, err
	}
	counts, err := a.Warnings.Counts(ctx, warnings.Caller{Actor: by, Scope: sc}, 0, today)
	if err != nil {
		return nil, fmt.Errorf("warnings of person %d: %w", p, err)
	}
	params := map[string]any{}
	var more []string
	for _, c := range counts {
		if c.Number > 0 {
			params[string(c.Kind)] = c.Number
		}
		if c.More {
			more = append(more, string(c.Kind))
		}
	}
	if more != nil {
		params["more"] = more
	}
	return params, nil
}

// readsWarnings reports whether somebody's role may read warnings.
func (a *App) readsWarnings(ctx context.Context, p business.PersonID) (bool, error) {
	who, err := a.Identity.PersonByID(ctx, scope.Everything(), p)
	if err != nil {
		return false, err
	}
	role, err := a.Identity.RoleByCode(ctx, who.RoleCode)
	return slices.Contains(role.Permissions, business.WarningsRead), err
}

// newlyOverdue are a salesperson's open documents that became overdue lately; once
// for each document, and never so many that they push each other out of the inbox.
func (a *App) newlyOverdue(
	ctx context.Context, p business.PersonID, today business.Date,
) ([]notices.New, error) {
	items, _, _, err := a.Finance.Unpaid(ctx, finance.Caller{Scope: scope.Everything()},
		finance.Unpaid{
			Person: p, Overdue: true, DueFrom: today.Add(-overdueTold), Limit: notices.Keep / 2,
		})
	if err != nil {
		return nil, err
	}
	var told []notices.New
	for _, it := range items {
		told = append(told, notices.New{
			Person: p, Key: fmt.Sprintf("overdue:%d", it.ID), Kind: "money.overdue",
			Object: "customer", ObjectID: int64(it.Customer),
			Params: map[string]any{
				"name": it.CustomerName, "number": it.Number, "cents": int64(it.Open),
				"day": it.DueOn.String(),
			},
		})
	}
	return told, nil
}

// collectors tells who collected money what finance decided.
type collectors struct{ notices *notices.Service }

// SentBack tells that money was sent back, and why.
func (c collectors) SentBack(ctx context.Context, tx db.Tx, s finance.Submission) error {
	return c.notices.Put(ctx, tx, []notices.New{{
		Person: s.By, Key: fmt.Sprintf("sent_back:%d", s.ID), Kind: "money.sent_back",
		Object: "submission", ObjectID: s.ID,
		Params: map[string]any{"cents": int64(s.Amount), "reason": s.Reason},
	}})
}
