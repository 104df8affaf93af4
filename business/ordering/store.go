package ordering

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

const (
	columns = `
d.id, d.number, d.customer_id, d.owner_id, d.placed_by, coalesce(d.visit_id, 0) as visit_id,
d.state, d.hold, d.day, d.valid_until, d.note, d.total_cents, d.tax_cents, d.deal_cents, d.open,
d.confirmed_at, d.confirmed_day, coalesce(d.decided_by, 0) as decided_by, d.reason, d.released,
d.version, d.created_at
from ordering.document d`

	sqlOrder = `select` + columns + `
where d.id = @id and (@all or d.owner_id = any(@people) or d.placed_by = @self)`
	sqlLock = `select` + columns + `
where d.id = @id and (@all or d.owner_id = any(@people) or d.placed_by = @self) for update`

	sqlLines = `
select id, product_id, code, name, spec, unit, bin, quantity, price_cents, price_source, tax_bp,
	amount_cents, tax_cents, delivered, delivered_cents, delivered_tax
from ordering.line where document_id = @id order by position`

	sqlLast = `select` + columns + `
where d.customer_id = @customer and d.state in ('confirmed', 'closed')
order by d.confirmed_at desc, d.id desc limit 1`

	// By the index on the customer: no other holds visits.
	sqlOfVisit = `
select number from ordering.document
where customer_id = @customer and visit_id = @visit and state <> 'cancelled'
order by created_at, id`

	filter = `
(@all or d.owner_id = any(@people) or d.placed_by = @self)
	and (@person = 0 or d.owner_id = @person)
	and (@customer = 0 or d.customer_id = @customer)
	and (@state = '' or d.state = @state) and (not @open or d.open)
	and (@from::date is null or d.day >= @from) and (@to::date is null or d.day <= @to)
	and (@number = '' or starts_with(d.number, upper(@number)))`

	sqlList = `select` + columns + ` where ` + filter + `
	and (@after_at::timestamptz is null or (d.created_at, d.id) < (@after_at, @after_id::bigint))
order by d.created_at desc, d.id desc limit @limit`

	sqlCount = `
select count(*), coalesce(sum(cents), 0)::bigint from (
	select case when d.state <> 'cancelled' then d.total_cents end as cents
	from ordering.document d where ` + filter + ` limit @most) bounded`

	sqlNextNumber = `select nextval('ordering.order_number')`

	sqlInsert = `
insert into ordering.document (number, customer_id, owner_id, placed_by, visit_id, state, hold,
	day, valid_until, note, total_cents, tax_cents, created_at, updated_at)
values (@number, @customer, @owner, @placed_by, nullif(@visit, 0), @state, @hold,
	@day, @valid_until, @note, @total, @tax, @now, @now)
returning id`

	sqlUpdate = `
update ordering.document set state = @state, hold = @hold, note = @note, total_cents = @total,
	tax_cents = @tax, deal_cents = @deal, open = @open, confirmed_at = @confirmed_at,
	confirmed_day = @confirmed_day, valid_until = @valid_until,
	decided_by = nullif(@decided_by, 0), reason = @reason,
	released = @released, version = version + 1, updated_at = @now
where id = @id`

	sqlDropLines = `delete from ordering.line where document_id = @id`

	sqlInsertLine = `
insert into ordering.line (document_id, position, product_id, code, name, spec, unit, bin, quantity,
	price_cents, price_source, tax_bp, amount_cents, tax_cents)
values (@id, @position, @product, @code, @name, @spec, @unit, @bin, @quantity,
	@price, @source, @tax_bp, @amount, @tax)`

	sqlDeliver = `
update ordering.line set delivered = @delivered, delivered_cents = @cents, delivered_tax = @tax
where id = @id`

	sqlTracked = `
select distinct on (l.product_id) l.product_id, l.price_cents, d.confirmed_at
from ordering.line l join ordering.document d on d.id = l.document_id
where d.customer_id = @customer and l.product_id = any(@products)
	and d.state in ('confirmed', 'closed')
order by l.product_id, d.confirmed_at desc, d.id desc, l.position`

	sqlStands = `
select max(confirmed_at), coalesce(sum(deal_cents), 0)::bigint
from ordering.document where customer_id = @customer and state in ('confirmed', 'closed')`

	toShip = `
d.open and d.valid_until >= @today and (@all or d.owner_id = any(@people))
	and (@person = 0 or d.owner_id = @person) and (@order = 0 or d.id = @order)`
	sqlOpenLines = `
with due as (
	select d.id, d.number, d.customer_id, d.owner_id, d.valid_until from ordering.document d
	where ` + toShip + ` order by d.valid_until, d.id limit @limit)
select d.id as order_id, d.number, d.customer_id, d.owner_id, d.valid_until, l.id as line_id,
	l.product_id, l.code, l.name, l.spec, l.unit, l.bin, l.quantity, l.delivered
from due d join ordering.line l on l.document_id = d.id
where l.delivered < l.quantity
order by d.valid_until, d.id, l.position`
	sqlOpenOrders = `select count(*) from ordering.document d where ` + toShip

	sqlPolicy    = `select review, four_eyes, valid_days, version from ordering.policy`
	sqlSetPolicy = `
update ordering.policy set review = @review, four_eyes = @four_eyes, valid_days = @valid_days,
	version = version + 1
where version = @version`

	sqlLastOfPeople = `
select p.id as person_id, last.day as last_day, period.cents as in_period
from unnest(@people::bigint[]) as p(id)
cross join lateral (
	select confirmed_day as day from ordering.document
	where owner_id = p.id and state in ('confirmed', 'closed') and confirmed_day <= @day
	order by confirmed_day desc limit 1) last
cross join lateral (
	select coalesce(sum(deal_cents), 0)::bigint as cents from ordering.document
	where owner_id = p.id and state in ('confirmed', 'closed')
		and confirmed_day between @since and @day) period`

	sqlDeals = `
select owner_id as person_id, customer_id,
	date_trunc('month', confirmed_day::timestamp)::date as month,
	count(*) as orders, sum(deal_cents)::bigint as deal_cents
from ordering.document
where state in ('confirmed', 'closed') and confirmed_day between @from and @to
	and (@all or owner_id = any(@people)) and (@person = 0 or owner_id = @person)
	and (@after_month::date is null
		or (date_trunc('month', confirmed_day::timestamp)::date, owner_id, customer_id)
			> (@after_month, @after_person, @after_customer))
group by owner_id, customer_id, month order by month, owner_id, customer_id limit @limit`
)

func args(c Caller, id business.OrderID) pgx.NamedArgs {
	return pgx.NamedArgs{
		"id": id, "all": c.Scope.All, "people": c.Scope.People, "self": c.Actor.Person,
	}
}

func fetch(ctx context.Context, q db.Querier, sql string, a pgx.NamedArgs) (Order, error) {
	rows, err := q.Query(ctx, sql, a)
	if err != nil {
		return Order{}, fmt.Errorf("read order: %w", err)
	}
	o, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Order])
	if errors.Is(err, pgx.ErrNoRows) {
		return o, ErrNoOrder
	}
	if err != nil {
		return o, fmt.Errorf("read order: %w", err)
	}
	rows, err = q.Query(ctx, sqlLines, pgx.NamedArgs{"id": o.ID})
	if err != nil {
		return o, fmt.Errorf("read lines of order %d: %w", o.ID, err)
	}
	o.Lines, err = pgx.CollectRows(rows, pgx.RowToStructByName[Line])
	return o, err
}

func insert(ctx context.Context, tx db.Tx, o *Order, now time.Time) error {
	var n int64
	if err := tx.QueryRow(ctx, sqlNextNumber).Scan(&n); err != nil {
		return fmt.Errorf("next order number: %w", err)
	}
	o.Number = fmt.Sprintf("SO%07d", n)
	err := tx.QueryRow(ctx, sqlInsert, pgx.NamedArgs{
		"number": o.Number, "customer": o.Customer, "owner": o.Owner, "placed_by": o.PlacedBy,
		"visit": o.Visit, "state": o.State, "hold": o.Hold, "day": o.Day,
		"valid_until": o.ValidUntil, "note": o.Note, "total": o.Total, "tax": o.Tax, "now": now,
	}).Scan(&o.ID)
	if err != nil {
		return fmt.Errorf("save order: %w", err)
	}
	return insertLines(ctx, tx, *o)
}

func insertLines(ctx context.Context, tx db.Tx, o Order) error {
	batch := &pgx.Batch{}
	for i, l := range o.Lines {
		batch.Queue(sqlInsertLine, pgx.NamedArgs{
			"id": o.ID, "position": i, "product": l.Product, "code": l.Code, "name": l.Name,
			"spec": l.Spec, "unit": l.Unit, "bin": l.Bin, "quantity": l.Quantity, "price": l.Price,
			"source": l.Source, "tax_bp": l.TaxBP, "amount": l.Amount, "tax": l.Tax,
		})
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("save lines of order %d: %w", o.ID, err)
	}
	return nil
}

func update(ctx context.Context, tx db.Tx, o Order, now time.Time) error {
	_, err := tx.Exec(ctx, sqlUpdate, pgx.NamedArgs{
		"id": o.ID, "state": o.State, "hold": o.Hold, "note": o.Note, "total": o.Total,
		"tax": o.Tax, "deal": o.Deal, "open": o.Open, "confirmed_at": o.ConfirmedAt,
		"confirmed_day": o.ConfirmedDay, "valid_until": o.ValidUntil, "decided_by": o.DecidedBy,
		"reason": o.Reason, "released": o.Released, "now": now,
	})
	if err != nil {
		return fmt.Errorf("save order %d: %w", o.ID, err)
	}
	return nil
}

func saveDelivered(ctx context.Context, tx db.Tx, lines []Line) error {
	batch := &pgx.Batch{}
	for _, l := range lines {
		batch.Queue(sqlDeliver, pgx.NamedArgs{
			"id": l.ID, "delivered": l.Delivered, "cents": l.Shipped, "tax": l.ShipTax,
		})
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("save deliveries: %w", err)
	}
	return nil
}

func readTracked(
	ctx context.Context, q db.Querier, c business.CustomerID, ids []business.ProductID,
) (map[business.ProductID]paid, error) {
	rows, err := q.Query(ctx, sqlTracked, pgx.NamedArgs{"customer": c, "products": ids})
	if err != nil {
		return nil, fmt.Errorf("last prices: %w", err)
	}
	out := map[business.ProductID]paid{}
	var id business.ProductID
	var p paid
	_, err = pgx.ForEachRow(rows, []any{&id, &p.price, &p.at}, func() error {
		out[id] = p
		return nil
	})
	return out, err
}
