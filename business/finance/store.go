package finance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

const (
	sqlSettings = `
select term_days, block_overdue, closed_until, version from finance.settings`
	// Whoever posts holds the settings' row, so that a period is not closed under
	// an open transaction.
	sqlShareSettings = sqlSettings + ` for share`
	sqlSetSettings   = `
update finance.settings set term_days = @term, block_overdue = @block, closed_until = @closed,
	version = version + 1
where version = @version`

	sqlOpenAccount = `
insert into finance.customer (customer_id) values (@id) on conflict (customer_id) do nothing`

	accountColumns = `
select customer_id, balance_cents, committed_cents, received_cents, unallocated_cents, limit_cents,
	term_days, version
from finance.customer where customer_id = @id`
	sqlAccount     = accountColumns
	sqlLockAccount = accountColumns + ` for update`

	sqlMove = `
update finance.customer set balance_cents = balance_cents + @balance,
	committed_cents = committed_cents + @committed, received_cents = received_cents + @received,
	unallocated_cents = unallocated_cents + @unallocated
where customer_id = @id`

	sqlSetTerms = `
update finance.customer set limit_cents = @limit, term_days = @term, version = version + 1
where customer_id = @id and version = @version`

	sqlIsOverdue = `
select exists (select from finance.item
	where customer_id = @id and open_cents > 0 and due_on < @today)`

	sqlInsertJournal = `
insert into finance.journal (day, kind, source_id, number, reverses, posted_at, posted_by)
values (@day, @kind, @source, @number, nullif(@reverses, 0), @now, @by)
returning id`
	sqlInsertPosting = `
insert into finance.posting (journal_id, line, account, customer_id, amount_cents)
values (@journal, @line, @account, nullif(@customer, 0), @amount)`
	sqlPostings = `
select account, coalesce(customer_id, 0) as customer, amount_cents as amount
from finance.posting where journal_id = @id order by line`
	sqlJournalOf = `select id from finance.journal where kind = @kind and source_id = @source`

	itemColumns = `
select i.id, i.note_id, i.number, i.customer_id, i.owner_id, i.journal_id, i.day, i.due_on,
	i.amount_cents, i.open_cents, i.reversed_day
from finance.item i`
	sqlItems      = itemColumns + ` where i.id = any(@ids) order by i.id`
	sqlLockItems  = itemColumns + ` where i.id = any(@ids) order by i.id for update`
	sqlItemOf     = itemColumns + ` where i.note_id = @note for update`
	sqlLockOldest = itemColumns + `
where i.customer_id = @customer and i.open_cents > 0 order by i.due_on, i.id for update`
	sqlInsertItem = `
insert into finance.item (note_id, number, customer_id, owner_id, journal_id, day, due_on,
	amount_cents, open_cents)
values (@note, @number, @customer, @owner, @journal, @day, @due, @amount, @amount)`
	sqlMoveItem    = `update finance.item set open_cents = open_cents + @amount where id = @id`
	sqlReverseItem = `update finance.item set open_cents = 0, reversed_day = @day where id = @id`

	sqlInsertCollection = `
insert into finance.collection (day, amount_cents, by, at) values (@day, @amount, @by, @now)
returning id`

	sqlNextReceipt   = `select nextval('finance.receipt_number')`
	sqlInsertReceipt = `
insert into finance.receipt (number, collection_id, customer_id, owner_id, state, day,
	amount_cents, unallocated_cents, note, posted_at, posted_by)
values (@number, nullif(@collection, 0), @customer, @owner, 'posted', @day, @amount, @unallocated,
	@note, @now, @by)
returning id`
	sqlInsertTender = `
insert into finance.tender (receipt_id, line, account, amount_cents)
values (@receipt, @line, @account, @amount)`
	sqlAllocate = `
insert into finance.allocation (receipt_id, item_id, amount_cents, day, at, by)
values (@receipt, @item, @amount, @day, @now, @by)`
	sqlUndo        = `update finance.allocation set undone_day = @day where id = @id`
	sqlMoveReceipt = `
update finance.receipt set unallocated_cents = unallocated_cents + @amount where id = @id`
	sqlReverseReceipt = `
update finance.receipt set state = 'reversed', unallocated_cents = 0, reversed_day = @day,
	reversed_by = @by, reason = @reason
where id = @id`

	receiptColumns = `
select r.id, r.number, coalesce(r.collection_id, 0) as collection_id, r.customer_id, r.owner_id,
	r.state, r.day, r.amount_cents, r.unallocated_cents, r.note, r.posted_at, r.posted_by,
	r.reversed_day, r.reason
from finance.receipt r`
	receiptSeen    = `(@all or r.owner_id = any(@people) or r.posted_by = @self)`
	sqlReceipt     = receiptColumns + ` where r.id = @id and ` + receiptSeen
	sqlLockReceipt = sqlReceipt + ` for update`
	sqlTenders     = `
select account, amount_cents from finance.tender where receipt_id = @id order by line`
	sqlAllocations = `
select a.id, a.receipt_id, a.item_id, i.number, a.amount_cents, a.day, a.undone_day
from finance.allocation a join finance.item i on i.id = a.item_id
where a.receipt_id = @id order by a.id`
	sqlTenderAccounts = `select code from finance.account where tender`
)

func many[T any](ctx context.Context, q db.Querier, sql string, a pgx.NamedArgs) ([]T, error) {
	rows, err := q.Query(ctx, sql, a)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[T])
}

func one[T any](ctx context.Context, q db.Querier, sql string, a pgx.NamedArgs) (T, error) {
	rows, err := q.Query(ctx, sql, a)
	if err != nil {
		var zero T
		return zero, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
}

// lock returns the customer's account, which stays locked until the end of the
// transaction. Several are locked by rising id.
func lock(ctx context.Context, tx db.Tx, id business.CustomerID) (Account, error) {
	a := pgx.NamedArgs{"id": id}
	if _, err := tx.Exec(ctx, sqlOpenAccount, a); err != nil {
		return Account{}, fmt.Errorf("open account of customer %d: %w", id, err)
	}
	acc, err := one[Account](ctx, tx, sqlLockAccount, a)
	if err != nil {
		return acc, fmt.Errorf("lock account of customer %d: %w", id, err)
	}
	return acc, nil
}

// change is by how much an account moves.
type change struct{ balance, committed, received, unallocated business.Money }

func move(ctx context.Context, tx db.Tx, id business.CustomerID, c change) error {
	_, err := tx.Exec(ctx, sqlMove, pgx.NamedArgs{
		"id": id, "balance": c.balance, "committed": c.committed, "received": c.received,
		"unallocated": c.unallocated,
	})
	if err != nil {
		return fmt.Errorf("move account of customer %d: %w", id, err)
	}
	return nil
}

// journal is what is to be posted.
type journal struct {
	kind     Kind
	source   int64
	number   string
	reverses int64 // 0: nothing
	day      business.Date
	lines    []Posting
}

// post writes a journal. It fails with ErrClosed.
func post(
	ctx context.Context, tx db.Tx, by business.PersonID, now time.Time, j journal,
) (int64, error) {
	if err := balanced(j.lines); err != nil {
		return 0, fmt.Errorf("%s %s: %w", j.kind, j.number, err)
	}
	settings, err := one[Settings](ctx, tx, sqlShareSettings, nil)
	if err != nil {
		return 0, fmt.Errorf("read settings: %w", err)
	}
	if !j.day.After(settings.ClosedUntil) && !settings.ClosedUntil.IsZero() {
		return 0, ErrClosed.With("until", settings.ClosedUntil.String())
	}
	var id int64
	err = tx.QueryRow(ctx, sqlInsertJournal, pgx.NamedArgs{
		"day": j.day, "kind": j.kind, "source": j.source, "number": j.number,
		"reverses": j.reverses, "now": now, "by": by,
	}).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("post %s %s: %w", j.kind, j.number, err)
	}
	batch := &pgx.Batch{}
	for i, l := range j.lines {
		batch.Queue(sqlInsertPosting, pgx.NamedArgs{
			"journal": id, "line": i, "account": l.Account, "customer": l.Customer,
			"amount": l.Amount,
		})
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return 0, fmt.Errorf("post %s %s: %w", j.kind, j.number, err)
	}
	return id, nil
}

// undo posts the mirror of what was posted for a document.
func undo(
	ctx context.Context, tx db.Tx, by business.PersonID, now time.Time, original Kind, j journal,
) error {
	err := tx.QueryRow(ctx, sqlJournalOf,
		pgx.NamedArgs{"kind": original, "source": j.source}).Scan(&j.reverses)
	if err != nil {
		return fmt.Errorf("journal of %s %s: %w", original, j.number, err)
	}
	lines, err := many[Posting](ctx, tx, sqlPostings, pgx.NamedArgs{"id": j.reverses})
	if err != nil {
		return fmt.Errorf("postings of %s %s: %w", original, j.number, err)
	}
	j.lines = mirrored(lines)
	_, err = post(ctx, tx, by, now, j)
	return err
}

func fetchReceipt(
	ctx context.Context, q db.Querier, sql string, c Caller, id business.ReceiptID,
) (Receipt, error) {
	r, err := one[Receipt](ctx, q, sql, pgx.NamedArgs{
		"id": id, "all": c.Scope.All, "people": c.Scope.People, "self": c.Actor.Person,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return r, ErrNoReceipt.With("id", id)
	}
	if err != nil {
		return r, fmt.Errorf("read receipt %d: %w", id, err)
	}
	a := pgx.NamedArgs{"id": id}
	if r.Tenders, err = many[Tender](ctx, q, sqlTenders, a); err != nil {
		return r, fmt.Errorf("read tenders of receipt %d: %w", id, err)
	}
	if r.Allocations, err = many[Allocation](ctx, q, sqlAllocations, a); err != nil {
		return r, fmt.Errorf("read allocations of receipt %d: %w", id, err)
	}
	return r, nil
}

// checkTenders refuses accounts on which no money is received.
func checkTenders(ctx context.Context, q db.Querier, tenders []Tender) error {
	rows, err := q.Query(ctx, sqlTenderAccounts)
	if err != nil {
		return fmt.Errorf("read accounts: %w", err)
	}
	known, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("read accounts: %w", err)
	}
	for _, t := range tenders {
		if !slices.Contains(known, t.Account) {
			return ErrNoAccount.With("account", t.Account)
		}
	}
	return nil
}
