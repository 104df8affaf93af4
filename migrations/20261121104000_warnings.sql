-- Whose visit, order or sale is overdue.
-- +goose Up
create schema warnings;

-- The settings of the six kinds.
create table warnings.rule (
	kind       text primary key check (kind in ('customer_visit', 'customer_order',
		'customer_sale', 'person_visit', 'person_order', 'person_sale')),
	enabled    boolean not null default true,
	threshold  integer check (threshold between 1 and 3650), -- days; null: no general one
	by_level   jsonb not null default '{}', -- {"A": 7}
	by_kind    jsonb not null default '{}', -- {"shop/bakery": 14}; the deepest kind wins
	weekdays   integer[] not null default '{1,2,3,4,5,6,7}', -- which days count, for people
	version    bigint not null default 1,
	changed_at timestamptz,
	changed_by bigint
);
-- Orders and sales are switched on by a company that has them here.
insert into warnings.rule (kind, enabled, threshold) values
	('customer_visit', true, null), -- the customer's own interval
	('customer_order', false, 30), ('customer_sale', false, 45),
	('person_visit', true, 3), ('person_order', false, 14), ('person_sale', false, 21);

-- One running clock for each customer and kind. Whether it is overdue follows
-- from the day on which one looks: no job has to run for a warning to appear.
create table warnings.clock (
	customer_id bigint   not null,
	owner_id    bigint   not null, -- 0: nobody's
	last_at     timestamptz,       -- of the last event; null: never
	started_on  date     not null, -- day of the last event, or of the assignment
	due_on      date     not null, -- last day in time
	threshold   smallint not null check (threshold > 0),
	kind        smallint not null check (kind between 1 and 3), -- not visited, ordered, sold
	primary key (customer_id, kind),
	check (due_on = started_on + threshold)
);
create index clock_by_due on warnings.clock (kind, due_on, customer_id);
create index clock_by_owner on warnings.clock (kind, owner_id, due_on, customer_id);

-- For reports and lists of other modules.
create view warnings.v_clock as
	select (array['customer_visit', 'customer_order', 'customer_sale'])[kind] as kind,
		customer_id, owner_id, last_at, threshold, due_on
	from warnings.clock;

-- +goose Down
drop schema warnings cascade;
