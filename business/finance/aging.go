package finance

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

// sqlAged gives every balance as of a day by age, the most overdue first. It goes back
// from what is open now: what was posted, allocated or taken back after the day is
// undone, so that it reads what is open and what happened since, not the whole ledger.
const sqlAged = `
with item as (
	select id, customer_id, due_on, open_cents as cents from finance.item
	where open_cents > 0 and day <= @as_of
	union all
	select id, customer_id, due_on, amount_cents from finance.item
	where reversed_day > @as_of and day <= @as_of
	union all
	select i.id, i.customer_id, i.due_on, a.amount_cents
	from finance.allocation a join finance.item i on i.id = a.item_id
	where a.day > @as_of and a.undone_day is null and i.day <= @as_of
	union all
	select i.id, i.customer_id, i.due_on, -a.amount_cents
	from finance.allocation a join finance.item i on i.id = a.item_id
	where a.undone_day > @as_of and a.day <= @as_of
), receipt as (
	select customer_id, unallocated_cents as cents from finance.receipt
	where unallocated_cents > 0 and day <= @as_of
	union all
	select customer_id, amount_cents from finance.receipt
	where reversed_day > @as_of and day <= @as_of
	union all
	select r.customer_id, a.amount_cents
	from finance.allocation a join finance.receipt r on r.id = a.receipt_id
	where a.day > @as_of and a.undone_day is null and r.day <= @as_of
	union all
	select r.customer_id, -a.amount_cents
	from finance.allocation a join finance.receipt r on r.id = a.receipt_id
	where a.undone_day > @as_of and a.day <= @as_of
), part as (
	select customer_id, due_on, sum(cents) as open, 0 as credit, 0 as balance
	from item group by id, customer_id, due_on
	union all
	select customer_id, null, 0, -cents, 0 from receipt
	union all
	select customer_id, null, 0, 0, balance_cents from finance.customer where balance_cents <> 0
	union all
	select p.customer_id, null, 0, 0, -p.amount_cents
	from finance.journal j join finance.posting p on p.journal_id = j.id
	where j.day > @as_of and p.customer_id is not null
), aged as (
	select customer_id,
		coalesce(sum(open) filter (where due_on >= @as_of), 0)::bigint as not_due,
		coalesce(sum(open) filter (where @as_of::date - due_on between 1 and 30), 0)::bigint as days_30,
		coalesce(sum(open) filter (where @as_of::date - due_on between 31 and 60), 0)::bigint as days_60,
		coalesce(sum(open) filter (where @as_of::date - due_on between 61 and 90), 0)::bigint as days_90,
		coalesce(sum(open) filter (where @as_of::date - due_on > 90), 0)::bigint as older,
		coalesce(sum(credit), 0)::bigint as unallocated, coalesce(sum(balance), 0)::bigint as balance,
		min(due_on) filter (where open > 0) as oldest_due
	from part group by customer_id
)
select * from aged
where (not_due, days_30, days_60, days_90, older, unallocated, balance) <> (0, 0, 0, 0, 0, 0, 0)
order by older desc, days_90 desc, days_60 desc, days_30 desc, balance desc, customer_id`

// Buckets are a balance by how long it is overdue. They add up to it.
type Buckets struct {
	NotDue      business.Money `db:"not_due"`
	Days30      business.Money `db:"days_30"` // 1 to 30 days overdue
	Days60      business.Money `db:"days_60"` // 31 to 60
	Days90      business.Money `db:"days_90"` // 61 to 90
	Older       business.Money `db:"older"`
	Unallocated business.Money `db:"unallocated"` // negative: received and not allocated
	Balance     business.Money `db:"balance"`
}

func (b Buckets) plus(o Buckets) Buckets {
	b.NotDue += o.NotDue
	b.Days30 += o.Days30
	b.Days60 += o.Days60
	b.Days90 += o.Days90
	b.Older += o.Older
	b.Unallocated += o.Unallocated
	b.Balance += o.Balance
	return b
}

// Aged is one customer's balance by age.
type Aged struct {
	Customer
	Buckets
	OldestDue business.Date // zero: nothing is open
}

// AgingFilter asks for balances by age.
type AgingFilter struct {
	AsOf   business.Date
	Person business.PersonID // the customers' salesperson; 0: anybody
	Limit  int               // 0: all of them
}

// Aging is what customers owe by age.
type Aging struct {
	Rows  []Aged  // the most overdue first, up to the limit
	Total int     // customers, with those beyond the limit
	Sum   Buckets // of all of them
}

// agedRow is a customer's balance as the ledger has it, without a name.
type agedRow struct {
	ID business.CustomerID `db:"customer_id"`
	Buckets
	OldestDue business.Date `db:"oldest_due"`
}

// Aging returns the balances as of a day by how long they are overdue, of the
// customers within the scope, the most overdue first. The buckets add up to the ledger.
// It reads what is open, and what happened since the day.
func (s *Service) Aging(ctx context.Context, c Caller, f AgingFilter) (Aging, error) {
	rows, err := db.Collect[agedRow](ctx, s.DB, sqlAged, pgx.NamedArgs{"as_of": f.AsOf})
	if err != nil {
		return Aging{}, fmt.Errorf("balances by age: %w", err)
	}
	var out Aging
	everybody := c.Scope.All && f.Person == 0
	for chunk := range slices.Chunk(rows, maxUnpaid) {
		var who map[business.CustomerID]Customer
		if !everybody || f.Limit == 0 || len(out.Rows) < f.Limit {
			if who, err = s.among(ctx, c, chunk); err != nil {
				return out, err
			}
		}
		for _, row := range chunk {
			one, seen := who[row.ID]
			if !everybody && (!seen || f.Person != 0 && one.Owner != f.Person) {
				continue
			}
			out.Total++
			out.Sum = out.Sum.plus(row.Buckets)
			if f.Limit == 0 || len(out.Rows) < f.Limit {
				one.ID = row.ID
				out.Rows = append(out.Rows, Aged{one, row.Buckets, row.OldestDue})
			}
		}
	}
	return out, nil
}

// among are the customers of the rows that lie within the scope.
func (s *Service) among(
	ctx context.Context, c Caller, rows []agedRow,
) (map[business.CustomerID]Customer, error) {
	ids := make([]business.CustomerID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	found, err := s.Customers.Customers(ctx, s.DB, c.Scope, ids)
	if err != nil {
		return nil, fmt.Errorf("customers: %w", err)
	}
	out := make(map[business.CustomerID]Customer, len(found))
	for _, one := range found {
		out[one.ID] = one
	}
	return out, nil
}
