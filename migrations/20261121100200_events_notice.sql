-- +goose Up
create schema events;
-- Notices that are too large for NOTIFY; they are needed for seconds.
create table events.notice (
	id   bigint generated always as identity primary key,
	body jsonb not null,
	at   timestamptz not null default now()
);
create index on events.notice (at);

-- +goose Down
drop schema events cascade;
