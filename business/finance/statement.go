package finance

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

const (
	maxEntries = 1000 // of a statement

	// The balance after each entry, over all that came before, of the last entries of
	// the period.
	sqlEntries = `
select id, day, kind, number, amount_cents, balance from (
	select j.id, j.day, j.kind, j.number, p.amount_cents,
		sum(p.amount_cents) over (order by j.day, j.id)::bigint as balance
	from finance.posting p join finance.journal j on j.id = p.journal_id
	where p.customer_id = @customer and (@to::date is null or j.day <= @to)) account
where @from::date is null or day >= @from
order by day desc, id desc limit @limit`
	sqlOpening = `
select coalesce(sum(p.amount_cents), 0)::bigint
from finance.posting p join finance.journal j on j.id = p.journal_id
where p.customer_id = @customer and @from::date is not null and j.day < @from
	and (@to::date is null or j.day <= @to)`
)

// Entry is one line of a statement.
type Entry struct {
	Journal int64          `db:"id"`
	Day     business.Date  `db:"day"`
	Kind    Kind           `db:"kind"`
	Number  string         `db:"number"`
	Amount  business.Money `db:"amount_cents"` // owed more, or paid when negative
	Balance business.Money `db:"balance"`      // after it
}

// Statement is a customer's account over a period.
type Statement struct {
	Customer Customer
	Opening  business.Money // before the first entry that is shown
	Entries  []Entry
	Earlier  bool // the period has entries before these
	Closing  business.Money
}

// Statement returns a customer's account, from and to inclusive; zero dates are no
// bounds. Of a long account it has the last 1,000 entries. The closing balance is the
// ledger's. It fails with ErrNoCustomer.
func (s *Service) Statement(
	ctx context.Context, c Caller, id business.CustomerID, from, to business.Date,
) (Statement, error) {
	who, err := s.customer(ctx, s.DB, c, id)
	if err != nil {
		return Statement{}, err
	}
	st := Statement{Customer: who}
	a := pgx.NamedArgs{"customer": id, "from": from, "to": to}
	st.Entries, st.Earlier, err = db.Page[Entry](ctx, s.DB, sqlEntries, maxEntries, a)
	if err != nil {
		return st, fmt.Errorf("statement of customer %d: %w", id, err)
	}
	if len(st.Entries) == 0 {
		err := s.DB.QueryRow(ctx, sqlOpening, db.PlanEachTime, a).Scan(&st.Opening)
		st.Closing = st.Opening
		if err != nil {
			return st, fmt.Errorf("opening balance of customer %d: %w", id, err)
		}
		return st, nil
	}
	slices.Reverse(st.Entries)
	first := st.Entries[0]
	st.Opening = first.Balance - first.Amount
	st.Closing = st.Entries[len(st.Entries)-1].Balance
	return st, nil
}
