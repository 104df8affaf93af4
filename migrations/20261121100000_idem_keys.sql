-- +goose Up
create extension if not exists postgis;
create schema idem;
create table idem.keys (
	actor   bigint not null,
	key     text not null,
	request text not null,
	answer  jsonb,
	at      timestamptz not null default now(),
	primary key (actor, key)
);
create index on idem.keys (at);

-- +goose Down
drop schema idem cascade;
