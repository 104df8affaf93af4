-- Scenarios know soft wishes, pairs kept apart, and what customers buy.
-- +goose Up
alter table territory.scenario
	add column spare       boolean not null default false, -- the tolerance gives way to driving
	add column from_home   boolean not null default false, -- travel counts from people's homes
	add column split_price double precision not null default 0 -- 0: areas of base_level stay whole
		check (split_price between 0 and 100),
	add column apart       jsonb not null default '[]'; -- pairs of customers of different people
alter table territory.unit
	add column revenue double precision not null default 0; -- of all orders that stand

-- +goose Down
alter table territory.unit drop column revenue;
alter table territory.scenario drop column spare, drop column from_home, drop column split_price,
	drop column apart;
