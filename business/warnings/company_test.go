package warnings_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/warnings"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/idem"
	"beatplan/internal/pgtest"
	"beatplan/internal/scope"
)

// company is a small company whose customers live in memory.
type company struct {
	*warnings.Service
	customers  map[business.CustomerID]warnings.Customer
	receivable map[business.CustomerID]int64
	planned    []business.CustomerID
	shared     map[business.CustomerID]business.PersonID // with whom, beside the owner
	people     []warnings.Activity
	gaps       []warnings.Gap
	facts      []events.Fact
	keys       int
}

var today = business.NewDate(2026, 11, 23)

func newCompany(t *testing.T) *company {
	t.Helper()
	c := &company{
		customers:  map[business.CustomerID]warnings.Customer{},
		receivable: map[business.CustomerID]int64{},
	}
	c.Service = &warnings.Service{
		DB: pgtest.DB(t), Clock: clock.NewManual(today.At(time.UTC, 600)), Zone: time.UTC,
		Customers: c, Plans: c, People: c, Visits: c, Publisher: c,
	}
	if _, err := c.DB.Exec(t.Context(), sqlMemory); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []warnings.Kind{warnings.CustomerOrder, warnings.CustomerSale} {
		r := c.rule(t, kind)
		r.Enabled = true
		c.set(t, r)
	}
	c.facts = nil
	return c
}

// sqlMemory has a rebuild read the customers that are in memory, which [company.put]
// writes down beside crm's own.
const sqlMemory = `
create table public.memory (id bigint primary key, owner_id bigint not null, kind text not null,
	level text not null, visit_every_days integer not null, assigned_day date, last_visit_day date,
	last_visit_at timestamptz, last_order_at timestamptz, last_sale_at timestamptz);
create or replace view crm.v_clock_fact as select * from public.memory`

func (c *company) remember(t *testing.T, x warnings.Customer) {
	t.Helper()
	if _, err := c.DB.Exec(t.Context(), "delete from public.memory where id = $1", x.ID); err != nil {
		t.Fatal(err)
	}
	if x.Archived {
		return
	}
	if _, err := c.DB.Exec(t.Context(), `
insert into public.memory values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, x.ID, x.Owner, x.Kind,
		x.Level, x.EveryDays, x.AssignedOn, x.LastVisitOn, x.LastVisitAt, x.LastOrderAt,
		x.LastSaleAt); err != nil {
		t.Fatal(err)
	}
}

func (c *company) key() idem.Key {
	c.keys++
	return idem.Key(fmt.Sprintf("test-key-%d", c.keys))
}

func (c *company) put(t *testing.T, list ...warnings.Customer) {
	t.Helper()
	var ids []business.CustomerID
	for _, x := range list {
		c.customers[x.ID] = x
		c.remember(t, x)
		ids = append(ids, x.ID)
	}
	err := c.DB.InTx(t.Context(), func(tx db.Tx) error { return c.Refresh(t.Context(), tx, ids) })
	if err != nil {
		t.Fatal(err)
	}
}

func (c *company) rule(t *testing.T, k warnings.Kind) warnings.Rule {
	t.Helper()
	rules, err := c.Rules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return rules[slices.IndexFunc(rules, func(r warnings.Rule) bool { return r.Kind == k })]
}

func (c *company) set(t *testing.T, r warnings.Rule) {
	t.Helper()
	if _, err := c.SetRule(t.Context(), everybody(), c.key(), r); err != nil {
		t.Fatal(err)
	}
	if err := c.Rebuild(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

func everybody() warnings.Caller {
	return warnings.Caller{
		Actor: business.Actor{Person: 8, Role: business.Admin}, Scope: scope.Everything(),
	}
}

func only(p business.PersonID) warnings.Caller {
	return warnings.Caller{
		Actor: business.Actor{Person: p, Role: business.Salesperson},
		Scope: scope.Scope{People: []int64{int64(p)}},
	}
}

// list returns every page of a list.
func (c *company) list(
	t *testing.T, by warnings.Caller, q warnings.Query,
) []warnings.Row {
	t.Helper()
	var all []warnings.Row
	for {
		rows, next, err := c.List(t.Context(), by, q)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rows...)
		if next == nil {
			return all
		}
		q.After = *next
	}
}

func (c *company) Facts(
	_ context.Context, _ db.Querier, ids []business.CustomerID,
) ([]warnings.Customer, error) {
	var out []warnings.Customer
	for _, id := range ids {
		if x, ok := c.customers[id]; ok {
			out = append(out, x)
		}
	}
	return out, nil
}

func (c *company) Cards(
	_ context.Context, _ db.Querier, ids []business.CustomerID,
) ([]warnings.Card, error) {
	var out []warnings.Card
	for _, id := range ids {
		out = append(out, warnings.Card{
			ID: id, Name: fmt.Sprintf("Customer %d", id), Receivable: c.receivable[id],
			OwnerName: fmt.Sprintf("Person %d", c.customers[id].Owner),
		})
	}
	return out, nil
}

func (c *company) Shared(
	_ context.Context, _ db.Querier, sc scope.Scope,
) ([]business.CustomerID, error) {
	var out []business.CustomerID
	for id, with := range c.shared {
		if sc.Has(int64(with)) && !sc.Has(int64(c.customers[id].Owner)) {
			out = append(out, id)
		}
	}
	return out, nil
}

func (c *company) Sees(
	_ context.Context, _ db.Querier, sc scope.Scope, id business.CustomerID,
) (bool, error) {
	x, there := c.customers[id]
	return there && (sc.Has(int64(x.Owner)) || sc.Has(int64(c.shared[id]))), nil
}

func (c *company) Planned(
	context.Context, db.Querier, business.Date, []business.CustomerID,
) ([]business.CustomerID, error) {
	return c.planned, nil
}

func (c *company) Activities(
	_ context.Context, _ db.Querier, sc scope.Scope, _, _ business.Date,
) ([]warnings.Activity, error) {
	return slices.DeleteFunc(slices.Clone(c.people), func(a warnings.Activity) bool {
		return !sc.Has(int64(a.Person))
	}), nil
}

func (c *company) Gaps(
	_ context.Context, _ db.Querier, ids []business.CustomerID, _, _ business.Date,
) ([]warnings.Gap, error) {
	return slices.DeleteFunc(slices.Clone(c.gaps), func(g warnings.Gap) bool {
		return !slices.Contains(ids, g.Customer)
	}), nil
}

func (c *company) Publish(_ context.Context, _ db.Tx, f events.Fact) error {
	c.facts = append(c.facts, f)
	return nil
}
