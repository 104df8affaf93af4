package fulfilment

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

const (
	columns = `
n.id, n.number, n.order_id, n.order_number, n.customer_id, n.owner_id, n.state, n.day,
n.total_cents, n.tax_cents, n.note, n.posted_at, n.posted_by, n.reversed_at, n.reason
from fulfilment.note n`

	sqlNote = `select` + columns + ` where n.id = @id and (@all or n.owner_id = any(@people))`
	sqlLock = `select` + columns + `
where n.id = @id and (@all or n.owner_id = any(@people)) for update`

	sqlLines = `
select id, order_line_id, product_id, code, name, spec, unit, quantity, amount_cents, tax_cents
from fulfilment.note_line where note_id = @id order by position`

	filter = `
(@all or n.owner_id = any(@people))
	and (@person = 0 or n.owner_id = @person)
	and (@customer = 0 or n.customer_id = @customer)
	and (@order = 0 or n.order_id = @order) and (@state = '' or n.state = @state)
	and (@from::date is null or n.day >= @from) and (@to::date is null or n.day <= @to)
	and (@number = '' or starts_with(n.number, upper(@number)))`

	sqlList = `select` + columns + ` where ` + filter + `
	and (@after_at::timestamptz is null or (n.posted_at, n.id) < (@after_at, @after_id::bigint))
order by n.posted_at desc, n.id desc limit @limit`

	sqlCount = `
select count(*), coalesce(sum(cents), 0)::bigint from (
	select case when n.state = 'posted' then n.total_cents end as cents
	from fulfilment.note n where ` + filter + ` limit @most) bounded`

	sqlNextNumber = `select nextval('fulfilment.note_number')`

	sqlInsert = `
insert into fulfilment.note (number, order_id, order_number, customer_id, owner_id, state, day,
	total_cents, tax_cents, note, posted_at, posted_by)
values (@number, @order, @order_number, @customer, @owner, 'posted', @day, @total, @tax, @note,
	@now, @by)
returning id`

	sqlInsertLine = `
insert into fulfilment.note_line (note_id, position, order_line_id, product_id, code, name, spec,
	unit, quantity, amount_cents, tax_cents)
values (@id, @position, @line, @product, @code, @name, @spec, @unit, @quantity, @amount, @tax)`

	sqlReverse = `
update fulfilment.note set state = 'reversed', reversed_at = @now, reversed_by = @by,
	reason = @reason
where id = @id`

	sqlLastSale = `
select max(posted_at) from fulfilment.note where customer_id = @customer and state = 'posted'`

	sqlLastOfPeople = `
select p.id as person_id, last.day as last_day, period.cents as in_period
from unnest(@people::bigint[]) as p(id)
cross join lateral (
	select day from fulfilment.note
	where owner_id = p.id and state = 'posted' and day <= @day
		and posted_at < (@day::date + 2)::timestamptz
	order by posted_at desc, id desc limit 1) last
cross join lateral (
	select coalesce(sum(total_cents), 0)::bigint as cents from fulfilment.note
	where owner_id = p.id and state = 'posted' and day between @since and @day
		and posted_at >= (@since::date - 1)::timestamptz
		and posted_at < (@day::date + 2)::timestamptz) period`
)

func args(c Caller, id business.NoteID) pgx.NamedArgs {
	return pgx.NamedArgs{"id": id, "all": c.Scope.All, "people": c.Scope.People}
}

func fetch(ctx context.Context, q db.Querier, sql string, a pgx.NamedArgs) (Note, error) {
	rows, err := q.Query(ctx, sql, a)
	if err != nil {
		return Note{}, fmt.Errorf("read note: %w", err)
	}
	n, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Note])
	if errors.Is(err, pgx.ErrNoRows) {
		return n, ErrNoNote
	}
	if err != nil {
		return n, fmt.Errorf("read note: %w", err)
	}
	rows, err = q.Query(ctx, sqlLines, pgx.NamedArgs{"id": n.ID})
	if err != nil {
		return n, fmt.Errorf("read lines of note %d: %w", n.ID, err)
	}
	n.Lines, err = pgx.CollectRows(rows, pgx.RowToStructByName[Line])
	return n, err
}

func insert(ctx context.Context, tx db.Tx, n *Note) error {
	var number int64
	if err := tx.QueryRow(ctx, sqlNextNumber).Scan(&number); err != nil {
		return fmt.Errorf("next note number: %w", err)
	}
	n.Number = fmt.Sprintf("GO%07d", number)
	err := tx.QueryRow(ctx, sqlInsert, pgx.NamedArgs{
		"number": n.Number, "order": n.Order, "order_number": n.OrderNumber,
		"customer": n.Customer, "owner": n.Owner, "day": n.Day, "total": n.Total, "tax": n.Tax,
		"note": n.Text, "now": n.PostedAt, "by": n.PostedBy,
	}).Scan(&n.ID)
	if err != nil {
		return fmt.Errorf("save note: %w", err)
	}
	batch := &pgx.Batch{}
	for i, l := range n.Lines {
		batch.Queue(sqlInsertLine, pgx.NamedArgs{
			"id": n.ID, "position": i, "line": l.OrderLine, "product": l.Product, "code": l.Code,
			"name": l.Name, "spec": l.Spec, "unit": l.Unit, "quantity": l.Quantity,
			"amount": l.Amount, "tax": l.Tax,
		})
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("save lines of note %s: %w", n.Number, err)
	}
	return nil
}
