package finance

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"beatplan/internal/db"
)

const (
	// Every figure that is kept, against what the journal says of it.
	sqlProof = `
select 'journal ' || j.number || ' does not add up' as fault
from finance.journal j join finance.posting p on p.journal_id = j.id
group by j.id having sum(p.amount_cents) <> 0 or count(*) < 2
union all
select 'journal ' || j.number || ' has no lines' from finance.journal j
where not exists (select from finance.posting p where p.journal_id = j.id)
union all
select 'journal ' || r.number || ' does not mirror what it reverses'
from finance.journal r where r.reverses is not null and exists (
	(select account, customer_id, -amount_cents from finance.posting where journal_id = r.id
		except all
		select account, customer_id, amount_cents from finance.posting where journal_id = r.reverses)
	union all
	(select account, customer_id, amount_cents from finance.posting where journal_id = r.reverses
		except all
		select account, customer_id, -amount_cents from finance.posting where journal_id = r.id))
union all
select 'balance of customer ' || coalesce(c.customer_id, p.customer_id)
from finance.customer c full join (
	select customer_id, sum(amount_cents) as n from finance.posting
	where account = '1122' group by customer_id) p using (customer_id)
where coalesce(c.balance_cents, 0) <> coalesce(p.n, 0)
union all
select 'open documents of customer ' || c.customer_id
from finance.customer c
where c.balance_cents <> (
	select coalesce(sum(open_cents), 0) from finance.item i where i.customer_id = c.customer_id
) - (
	select coalesce(sum(unallocated_cents), 0) from finance.receipt r
	where r.customer_id = c.customer_id)
union all
select 'prepayments of customer ' || c.customer_id
from finance.customer c
where (c.unallocated_cents, c.received_cents) <> (
	select coalesce(sum(unallocated_cents), 0)::bigint,
		coalesce(sum(amount_cents) filter (where state = 'posted'), 0)::bigint
	from finance.receipt r where r.customer_id = c.customer_id)
union all
select 'document ' || i.number || ' is not what was allocated to it'
from finance.item i
where i.reversed_day is null and i.amount_cents - i.open_cents <> (
	select coalesce(sum(amount_cents), 0) from finance.allocation a
	where a.item_id = i.id and a.undone_day is null)
union all
select 'receipt ' || r.number || ' is not what it allocates'
from finance.receipt r
where (r.state = 'posted' and r.amount_cents - r.unallocated_cents <> (
		select coalesce(sum(amount_cents), 0) from finance.allocation a
		where a.receipt_id = r.id and a.undone_day is null))
	or r.amount_cents <> (
		select coalesce(sum(amount_cents), 0) from finance.tender t where t.receipt_id = r.id)
limit 100`

	sqlTrialBalance = `
select a.code, a.name, a.name_zh, a.kind, coalesce(sum(p.amount_cents), 0)::bigint as balance_cents
from finance.account a left join finance.posting p on p.account = a.code
group by a.code order by a.code`
)

// Prove recomputes every figure that is kept from the journal and returns what
// differs, at most 100 sentences; none is the answer of a ledger in order.
// O(journal).
func (s *Service) Prove(ctx context.Context, q db.Querier) ([]string, error) {
	rows, err := q.Query(ctx, sqlProof)
	if err != nil {
		return nil, fmt.Errorf("prove the ledger: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// LedgerAccount is an account of the ledger with its balance.
type LedgerAccount struct {
	Code    string `db:"code"`
	Name    string `db:"name"`
	NameZH  string `db:"name_zh"`
	Kind    string `db:"kind"`
	Balance int64  `db:"balance_cents"` // debit positive
}

// TrialBalance returns every account; the balances add up to 0.
func (s *Service) TrialBalance(ctx context.Context) ([]LedgerAccount, error) {
	return many[LedgerAccount](ctx, s.DB, sqlTrialBalance, nil)
}
