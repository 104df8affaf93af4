-- Scenarios know barriers, base areas, forbidden pairs and a routed week; edits can be done again.
-- +goose Up
alter table territory.scenario
	add column barriers   boolean not null default true, -- rivers and motorways part the ground
	add column base_level integer not null default 0 check (base_level between 0 and 9), -- 0: customers
	add column routed     jsonb, -- a sample week on the roads, of the plan and of today
	add column asked_at   timestamptz, -- when the day was put to those above
	add column asked_on   date;
alter table territory.unit
	add column service double precision not null default 0, -- minutes of a visit
	add column not_for bigint[] not null default '{}'; -- people who must not serve it
alter table territory.edit
	add column refusals jsonb; -- not_for of the customers, before; null: left alone
comment on column territory.edit.persons is
	'of the customers, before the edit; of an undone edit, after it';

-- +goose Down
alter table territory.edit drop column refusals;
alter table territory.unit drop column service, drop column not_for;
alter table territory.scenario drop column barriers, drop column base_level, drop column routed,
	drop column asked_at, drop column asked_on;
