package catalogue

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
	productColumns = `
p.id, p.code, p.name, p.spec, p.unit, p.decimals, coalesce(p.category_id, 0) as category_id,
p.bin, p.barcode, p.price_cents, p.priced_at, p.tax_bp, p.active, p.version
from catalogue.product p`

	sqlProduct = `select` + productColumns + ` where p.id = @id`
	sqlLock    = `select` + productColumns + ` where p.id = @id for update`

	sqlFor = `select` + productColumns + `
where p.id = any(@ids) or upper(p.code) = any(@codes)
	or p.barcode <> '' and upper(p.barcode) = any(@codes)
order by p.id`

	filter = `
(@inactive or p.active)
	and (@words::text[] is null or p.search like all(@words::text[]))
	and (@category = 0 or p.category_id in (
		with recursive below as (
			select id from catalogue.category where id = @category
			union all
			select c.id from catalogue.category c join below b on c.parent_id = b.id)
		select id from below))`

	sqlList = `select` + productColumns + ` where ` + filter + `
	and (@after_id = 0 or (p.name collate public.names, p.id) > (@after_name, @after_id))
order by p.name collate public.names, p.id limit @limit`

	sqlCount = `select count(*) from catalogue.product p where ` + filter

	sqlInsert = `
insert into catalogue.product (code, name, spec, unit, decimals, category_id, bin, barcode,
	price_cents, priced_at, tax_bp, active, search, created_at, created_by, updated_at, updated_by)
values (@code, @name, @spec, @unit, @decimals, nullif(@category, 0), @bin, @barcode,
	@price, @now, @tax, @active, @search, @now, @by, @now, @by)
on conflict (name, spec, unit) do nothing
returning id`

	sqlUpdate = `
update catalogue.product set name = @name, spec = @spec, unit = @unit, decimals = @decimals,
	category_id = nullif(@category, 0), bin = @bin, barcode = @barcode,
	priced_at = case when price_cents = @price then priced_at else @now end,
	price_cents = @price, tax_bp = @tax, active = @active, search = @search,
	version = version + 1, updated_at = @now, updated_by = @by
where id = @id`

	sqlNextCode = `
insert into catalogue.counter (prefix, last) values (@prefix, 1)
on conflict (prefix) do update set last = counter.last + 1 returning last`

	sqlCategory = `
select id, coalesce(parent_id, 0) as parent_id, name, prefix, version, 0::bigint as own,
	0::bigint as products
from catalogue.category where id = @id`

	sqlCategoryNamed = `select id from catalogue.category where name = @name order by id limit 1`

	// Moves are rare: one at a time keeps two of them from closing a circle.
	sqlLockTree = `lock table catalogue.category in share row exclusive mode`

	sqlCategories = `
with recursive up as (
	select id as node, id as ancestor from catalogue.category
	union all
	select up.node, c.parent_id from up join catalogue.category c on c.id = up.ancestor
	where c.parent_id is not null
), own as (
	select category_id as id, count(*) as n from catalogue.product
	where category_id is not null group by category_id
), whole as (
	select up.ancestor as id, sum(own.n)::bigint as n from up join own on own.id = up.node
	group by up.ancestor
)
select c.id, coalesce(c.parent_id, 0) as parent_id, c.name, c.prefix, c.version,
	coalesce(own.n, 0) as own, coalesce(whole.n, 0) as products
from catalogue.category c left join own using (id) left join whole using (id)
order by c.name collate public.names, c.id`

	sqlIsBelow = `
with recursive up as (
	select id, parent_id from catalogue.category where id = @parent
	union all
	select c.id, c.parent_id from up join catalogue.category c on c.id = up.parent_id)
select exists (select from up where id = @id)`

	sqlInsertCategory = `
insert into catalogue.category (parent_id, name, prefix) values (nullif(@parent, 0), @name, @prefix)
returning id`

	sqlUpdateCategory = `
update catalogue.category set parent_id = nullif(@parent, 0), name = @name, prefix = @prefix,
	version = version + 1
where id = @id`
)

func product(ctx context.Context, q db.Querier, sql string, id business.ProductID) (Product, error) {
	rows, err := q.Query(ctx, sql, pgx.NamedArgs{"id": id})
	if err != nil {
		return Product{}, fmt.Errorf("read product %d: %w", id, err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Product])
	if errors.Is(err, pgx.ErrNoRows) {
		return p, ErrNoProduct.With("id", id)
	}
	return p, err
}

func category(ctx context.Context, q db.Querier, id business.CategoryID) (Category, error) {
	rows, err := q.Query(ctx, sqlCategory, pgx.NamedArgs{"id": id})
	if err != nil {
		return Category{}, fmt.Errorf("read category %d: %w", id, err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Category])
	if errors.Is(err, pgx.ErrNoRows) {
		return c, ErrNoCategory.With("id", id)
	}
	return c, err
}

func saved(f Fields, code string, by business.PersonID, now time.Time) pgx.NamedArgs {
	return pgx.NamedArgs{
		"code": code, "name": f.Name, "spec": f.Spec, "unit": f.Unit, "decimals": f.Decimals,
		"category": f.Category, "bin": f.Bin, "barcode": f.Barcode, "price": f.Price,
		"tax": f.TaxBP, "active": f.Active, "search": searchText(code, f), "now": now, "by": by,
	}
}

// nextCode gives the next code of a category; the counter's row is locked until
// commit, and a number that was given is never given again.
func nextCode(ctx context.Context, tx db.Tx, id business.CategoryID) (string, error) {
	prefix := plainPrefix
	if id != 0 {
		c, err := category(ctx, tx, id)
		if err != nil {
			return "", err
		}
		prefix = c.Prefix
	}
	var n int64
	if err := tx.QueryRow(ctx, sqlNextCode, pgx.NamedArgs{"prefix": prefix}).Scan(&n); err != nil {
		return "", fmt.Errorf("next code: %w", err)
	}
	return fmt.Sprintf("%s%05d", prefix, n), nil
}
