-- The pool: customers that nobody looks after, and the rules of claiming them.
-- +goose Up
alter table crm.customer
	add column pooled_at timestamptz,  -- since when nobody owns it
	add column pooled_from bigint,     -- who owned it last; may not claim it back at once
	add column reminded_for date;      -- the deadline that its owner was reminded of

create index customer_in_pool on crm.customer (coalesce(pooled_at, created_at), id)
	where archived_at is null and owner_id is null;
create index customer_to_return on crm.customer (assigned_day, id)
	where archived_at is null and owner_id is not null and status <> 'active';

-- One row: the company's rules. 0 means no limit.
create table crm.pool_policy (
	one           boolean primary key default true check (one),
	max_held      integer not null default 0 check (max_held between 0 and 1000000),
	follow_days   integer not null default 0 check (follow_days between 0 and 3660),
	remind_days   integer not null default 3 check (remind_days between 0 and 365),
	cooldown_h    integer not null default 24 check (cooldown_h between 0 and 87600),
	mask_contacts boolean not null default true,
	version       bigint not null default 1
);
insert into crm.pool_policy default values;

-- Limits of one person in place of the company's; null: the company's.
create table crm.pool_limit (
	person_id   bigint primary key references crm.owner,
	max_held    integer check (max_held between 0 and 1000000),
	follow_days integer check (follow_days between 0 and 3660)
);

-- +goose Down
drop table crm.pool_limit;
drop table crm.pool_policy;
alter table crm.customer drop column pooled_at, drop column pooled_from, drop column reminded_for;
