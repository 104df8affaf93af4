-- Where one could still sell: what the company counts as potential, the files it brought,
-- and what was decided about shops that are not customers yet.
-- +goose Up
create schema market;

-- One row. version rises with every change of settings or files, turn with every decision.
create table market.setting (
	single  boolean primary key default true check (single),
	version bigint not null default 1,
	turn    bigint not null default 1,
	body    jsonb -- null: as the program has it
);
insert into market.setting default values;

-- A file of people or of potential by cell, its rows added up by cell.
create table market.layer (
	id         bigint generated always as identity primary key,
	name       text not null check (length(name) between 1 and 200),
	kind       text not null check (kind in ('population', 'potential')),
	rows       integer not null check (rows > 0),
	cells      bigint[] not null, -- H3, of any resolution from 5 to 9
	amounts    double precision[] not null check (cardinality(amounts) = cardinality(cells)),
	created_at timestamptz not null,
	created_by bigint not null
);

-- What was decided about a shop on the map, by its id there.
create table market.decision (
	place       text primary key check (length(place) between 1 and 60),
	state       text not null check (state in ('dismissed', 'taken')),
	customer_id bigint, -- that was made of it
	reason      text not null default '' check (length(reason) <= 500),
	decided_at  timestamptz not null,
	decided_by  bigint not null,
	check (state = 'taken' or customer_id is null)
);

-- +goose Down
drop schema market cascade;
