-- Who else may follow a customer, whom one speaks to there, where else it has
-- doors, how far the follow-up is, and how the customer came to us.
-- +goose Up
alter table crm.customer
	-- People, and teams as negative ids; null when nobody else. Null rather than
	-- empty, so that the planner knows how few rows are shared.
	add column shared_with bigint[] check (cardinality(shared_with) between 1 and 200),
	add column contacts jsonb not null default '[]', -- the main one first
	add column sites jsonb not null default '[]',    -- besides the address itself
	add column building text not null default '',    -- building, floor, door
	add column stage text not null default 'new'
		check (stage in ('new', 'contacted', 'interested', 'negotiating', 'won', 'given_up')),
	add column channel text not null default '';     -- how the customer came to us
create index customer_by_sharing on crm.customer using gin (shared_with)
	where shared_with is not null;

-- One row: the fields that a new customer must have, besides name, kind and level.
create table crm.entry_rule (
	one      boolean primary key default true check (one),
	required text[] not null default '{address,contact,phone,district}'
);
insert into crm.entry_rule default values;

-- +goose Down
drop table crm.entry_rule;
alter table crm.customer drop column shared_with, drop column contacts, drop column sites,
	drop column building, drop column stage, drop column channel;
