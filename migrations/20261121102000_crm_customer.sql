-- Customers, who owns them, and what was changed on them.
-- +goose Up
create schema crm;

-- What crm knows of the people who may own customers. Kept by the identity
-- module in its own transactions, so that lists can filter and sort on it.
create table crm.owner (
	person_id   bigint primary key,
	name        text not null,
	team_id     bigint,
	team_name   text not null default '',
	color_index integer not null default 0 check (color_index >= 0),
	active      boolean not null default true
);
create index owner_by_team on crm.owner (team_id);

create sequence crm.customer_number as bigint;

create table crm.customer (
	id               bigint generated always as identity primary key,
	number           text not null unique check (number <> ''),
	name             text not null check (char_length(name) between 1 and 200),
	name_key         text not null, -- the name as the duplicate check compares it
	kind             text not null check (kind ~ '^[a-z0-9_]+(/[a-z0-9_]+)*$'), -- a path: shop/bakery
	level            text not null check (level in ('A', 'B', 'C')),
	status           text not null check (status in ('prospect', 'active', 'dormant', 'lost')),
	owner_id         bigint references crm.owner,
	assigned_at      timestamptz, -- when the owner got it
	assigned_day     date,        -- the same as a business day; the visit clock starts here
	position         geometry(Point, 4326), -- WGS-84
	position_datum   text not null default 'wgs84' check (position_datum in ('wgs84', 'gcj02', 'bd09')),
	position_source  text not null default ''
		check (position_source in ('', 'map', 'device', 'import', 'check_in', 'seed', 'api')),
	position_accuracy_m real check (position_accuracy_m >= 0),
	district         text not null default '',
	address          text not null default '',
	phone            text not null default '',
	licence          text not null default '', -- business licence or tax number
	opening_hours    jsonb not null default '[]',
	visit_every_days integer check (visit_every_days between 1 and 366),
	service_minutes  integer not null default 20 check (service_minutes between 1 and 480),
	last_visit_at    timestamptz,
	last_visit_day   date,
	visit_count      bigint not null default 0 check (visit_count >= 0),
	last_order_at    timestamptz,
	last_sale_at     timestamptz,
	open_receivable  bigint not null default 0, -- minor units
	due_on           date, -- when the next visit is due
	tags             text[] not null default '{}',
	demo_fields      text[] not null default '{}', -- names of fields with made-up values
	search           text not null, -- what the search reads: number, name, address, phone, folded
	version          bigint not null default 1,
	archived_at      timestamptz,
	archived_by      bigint,
	created_at       timestamptz not null,
	created_by       bigint not null,
	updated_at       timestamptz not null,
	updated_by       bigint not null,
	check ((owner_id is null) = (assigned_at is null)),
	check ((owner_id is null) = (assigned_day is null)),
	check ((position is null) = (position_source = '')),
	check ((archived_at is null) = (archived_by is null))
);
-- Keyset lists of the living; archived customers are few and listed apart.
create index customer_by_name on crm.customer (name collate public.names, id)
	where archived_at is null;
create index customer_by_due on crm.customer ((coalesce(due_on, 'infinity')), id)
	where archived_at is null;
create index customer_by_visit on crm.customer ((coalesce(last_visit_at, '-infinity')), id)
	where archived_at is null;
create index customer_by_update on crm.customer (updated_at, id) where archived_at is null;
create index customer_by_debt on crm.customer (open_receivable, id) where archived_at is null;
create index customer_by_owner on crm.customer (owner_id, id) where archived_at is null;
create index customer_by_place on crm.customer using gist (position) where archived_at is null;
create index customer_by_words on crm.customer using gin (search gin_trgm_ops)
	where archived_at is null;
create index customer_by_name_key on crm.customer (name_key);
create index customer_by_licence on crm.customer (licence) where licence <> '';
create index customer_by_district on crm.customer (district, id)
	where archived_at is null and position is null;

-- Field by field, what every command changed; never updated, never deleted.
create table crm.change (
	id          bigint generated always as identity primary key,
	customer_id bigint not null,
	command     text not null, -- created, updated, moved, assigned, archived, restored, visited …
	at          timestamptz not null,
	by          bigint not null, -- the person; 0 for the system
	version     bigint not null, -- of the customer after the command
	fields      jsonb not null -- [{"field", "old", "new"}]
);
create index change_by_customer on crm.change (customer_id, id desc);

-- Where a first check-in found a customer that has no position.
create table crm.pin_proposal (
	customer_id bigint primary key references crm.customer,
	position    geometry(Point, 4326) not null,
	accuracy_m  real not null check (accuracy_m >= 0),
	visit_id    bigint not null,
	by          bigint not null,
	at          timestamptz not null
);

-- +goose Down
drop schema crm cascade;
