-- Products, their categories and list prices.
-- +goose Up
create schema catalogue;

create table catalogue.category (
	id        bigint generated always as identity primary key,
	parent_id bigint references catalogue.category,
	name      text not null check (char_length(name) between 1 and 100),
	prefix    text not null check (prefix ~ '^[A-Z]{1,6}$'), -- of the codes of its products
	version   bigint not null default 1,
	check (parent_id <> id),
	unique nulls not distinct (parent_id, name)
);

-- The last number that was given under a prefix; it never goes back.
create table catalogue.counter (
	prefix text primary key,
	last   bigint not null check (last > 0)
);

create table catalogue.product (
	id          bigint generated always as identity primary key,
	code        text not null unique check (code <> ''),
	name        text not null check (char_length(name) between 1 and 200),
	spec        text not null default '' check (char_length(spec) <= 200),
	unit        text not null check (char_length(unit) between 1 and 20),
	decimals    smallint not null default 0 check (decimals between 0 and 3), -- of a quantity
	category_id bigint references catalogue.category,
	bin         text not null default '' check (char_length(bin) <= 40), -- where it lies
	barcode     text not null default '' check (char_length(barcode) <= 40),
	price_cents bigint not null check (price_cents between 0 and 1000000000), -- tax included
	priced_at   timestamptz not null, -- since when the price holds
	tax_bp      integer not null default 0 check (tax_bp between 0 and 5000), -- 1300 is 13 %
	active      boolean not null default true,
	search      text not null, -- folded code, name, spec, barcode
	version     bigint not null default 1,
	created_at  timestamptz not null,
	created_by  bigint not null,
	updated_at  timestamptz not null,
	updated_by  bigint not null,
	unique (name, spec, unit)
);
create index product_by_name on catalogue.product (name collate public.names, id);
create index product_by_category on catalogue.product (category_id, id);
create index product_by_words on catalogue.product using gin (search gin_trgm_ops);
create index product_by_barcode on catalogue.product (barcode) where barcode <> '';

-- +goose Down
drop schema catalogue cascade;
