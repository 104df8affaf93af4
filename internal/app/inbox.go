package app

import (
	"context"
	"fmt"
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
	sums := map[business.PersonID]map[string]any{}
	var told []notices.New
	for _, id := range inOrder(cards) {
		if c := cards[id]; !c.Active || c.Role != business.Salesperson {
			continue
		}
		counts, err := a.ownCounts(ctx, id, today)
		if err != nil {
			return err
		}
		above, err := identity.Above(ctx, tx, id)
		if err != nil {
			return err
		}
		readers := append([]business.PersonID{id, above.Leader}, above.Admins...)
		if above.Head != above.Leader {
			readers = append(readers, above.Head)
		}
		addCounts(sums, readers, counts)
		late, err := a.newlyOverdue(ctx, id, today)
		if err != nil {
			return err
		}
		told = append(told, late...)
	}
	for _, id := range inOrder(cards) {
		if sums[id] != nil {
			told = append(told, notices.New{
				Person: id, Key: digest, Kind: "digest", Params: sums[id],
			})
		}
	}
	return a.Notices.Put(ctx, tx, told)
}

// addCounts adds one salesperson's warnings to those of everybody who reads them.
func addCounts(
	sums map[business.PersonID]map[string]any, readers []business.PersonID,
	counts []warnings.Count,
) {
	seen := map[business.PersonID]bool{0: true}
	for _, reader := range readers {
		if seen[reader] {
			continue
		}
		seen[reader] = true
		for _, c := range counts {
			if c.Number == 0 {
				continue
			}
			if sums[reader] == nil {
				sums[reader] = map[string]any{}
			}
			before, _ := sums[reader][string(c.Kind)].(int64)
			sums[reader][string(c.Kind)] = before + c.Number
		}
	}
}

// ownCounts are a salesperson's own warnings.
func (a *App) ownCounts(
	ctx context.Context, p business.PersonID, today business.Date,
) ([]warnings.Count, error) {
	self := warnings.Caller{
		Actor: business.Actor{Person: p, Role: business.Salesperson},
		Scope: scope.Scope{People: []int64{int64(p)}},
	}
	return a.Warnings.Counts(ctx, self, p, today)
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
