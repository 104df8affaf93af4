-- Goods that go out.
-- +goose Up
create schema fulfilment;

create sequence fulfilment.note_number as bigint;

create table fulfilment.note (
	id          bigint generated always as identity primary key,
	number      text not null unique,
	order_id    bigint not null,
	order_number text not null,
	customer_id bigint not null,
	owner_id    bigint not null default 0, -- the salesperson who is credited
	state       text not null check (state in ('posted', 'reversed')),
	day         date not null,
	total_cents bigint not null check (total_cents >= 0), -- tax included
	tax_cents   bigint not null check (tax_cents >= 0),
	note        text not null default '' check (char_length(note) <= 1000),
	posted_at   timestamptz not null,
	posted_by   bigint not null,
	reversed_at timestamptz,
	reversed_by bigint,
	reason      text not null default '',
	check ((state = 'reversed') = (reversed_at is not null))
);
create index note_by_time on fulfilment.note (posted_at desc, id desc);
create index note_by_owner on fulfilment.note (owner_id, posted_at desc, id desc);
create index note_by_customer on fulfilment.note (customer_id, posted_at desc, id desc);
create index note_by_order on fulfilment.note (order_id);

create table fulfilment.note_line (
	id            bigint generated always as identity primary key,
	note_id       bigint not null references fulfilment.note,
	position      integer not null,
	order_line_id bigint not null,
	product_id    bigint not null,
	code          text not null,
	name          text not null,
	spec          text not null,
	unit          text not null,
	quantity      bigint not null check (quantity > 0), -- thousandths
	amount_cents  bigint not null check (amount_cents >= 0),
	tax_cents     bigint not null check (tax_cents >= 0),
	unique (note_id, position)
);

-- For reports: every sale that stands.
create view fulfilment.v_sale as
	select id, number, customer_id, owner_id, day, posted_at, total_cents
	from fulfilment.note where state = 'posted';

-- +goose Down
drop schema fulfilment cascade;
