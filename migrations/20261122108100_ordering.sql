-- Orders of customers.
-- +goose Up
create schema ordering;

-- One row: how this company takes orders.
create table ordering.policy (
	one        boolean primary key default true check (one),
	review     boolean not null default false, -- what a salesperson takes waits for a review
	four_eyes  boolean not null default true,  -- who took an order does not approve it
	valid_days integer not null default 30 check (valid_days between 1 and 365),
	version    bigint not null default 1
);
insert into ordering.policy default values;

create sequence ordering.order_number as bigint;

create table ordering.document (
	id           bigint generated always as identity primary key,
	number       text not null unique,
	customer_id  bigint not null,
	owner_id     bigint not null default 0, -- the salesperson who is credited; 0: nobody
	placed_by    bigint not null,           -- who entered it
	visit_id     bigint,                    -- the visit during which it was taken
	state        text not null
		check (state in ('draft', 'submitted', 'confirmed', 'closed', 'cancelled')),
	hold         text not null default '' check (hold in ('', 'review', 'credit', 'overdue')),
	day          date not null,       -- business day of the entry
	valid_until  date not null,       -- the last day on which it may be shipped
	note         text not null default '' check (char_length(note) <= 1000),
	total_cents  bigint not null check (total_cents >= 0), -- tax included
	tax_cents    bigint not null check (tax_cents >= 0),
	deal_cents   bigint not null default 0 check (deal_cents between 0 and total_cents),
	open         boolean not null default false, -- confirmed and not wholly delivered
	confirmed_at timestamptz,
	confirmed_day date,
	decided_by   bigint, -- who approved it, when somebody had to
	reason       text not null default '', -- of a decision, a cancellation, an override
	released     boolean not null default false, -- the credit check was overridden
	version      bigint not null default 1,
	created_at   timestamptz not null,
	updated_at   timestamptz not null,
	check ((state in ('confirmed', 'closed')) <= (confirmed_at is not null)),
	check (not open or state = 'confirmed')
);
create index document_by_time on ordering.document (created_at desc, id desc);
create index document_by_owner on ordering.document (owner_id, created_at desc, id desc);
create index document_by_customer on ordering.document (customer_id, created_at desc, id desc);
create index document_open on ordering.document (valid_until, id) where open;
create index document_by_deal on ordering.document (confirmed_day, owner_id) where deal_cents > 0;

create table ordering.line (
	id               bigint generated always as identity primary key,
	document_id      bigint not null references ordering.document on delete cascade,
	position         integer not null check (position >= 0),
	product_id       bigint not null,
	code             text not null, -- as they were when the order was taken
	name             text not null,
	spec             text not null,
	unit             text not null,
	bin              text not null default '',
	quantity         bigint not null check (quantity between 1 and 1000000000), -- thousandths
	price_cents      bigint not null check (price_cents >= 0),
	price_source     text not null check (price_source in ('list', 'tracked', 'given')),
	tax_bp           integer not null,
	amount_cents     bigint not null check (amount_cents >= 0),
	tax_cents        bigint not null check (tax_cents >= 0),
	delivered        bigint not null default 0,
	delivered_cents  bigint not null default 0,
	delivered_tax    bigint not null default 0,
	unique (document_id, position),
	check (delivered between 0 and quantity), -- never more than was ordered
	check (delivered_cents between 0 and amount_cents)
);
create index line_by_product on ordering.line (product_id, document_id);

-- For reports: every deal that stands.
create view ordering.v_deal as
	select id, number, customer_id, owner_id, confirmed_day as day, deal_cents
	from ordering.document where state in ('confirmed', 'closed');

-- +goose Down
drop schema ordering cascade;
