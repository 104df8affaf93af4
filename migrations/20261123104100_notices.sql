-- What people are told: one small inbox each.
-- +goose Up
create schema notices;

create table notices.message (
	id         bigint generated always as identity primary key,
	person_id  bigint not null,
	key        text not null check (length(key) between 1 and 120), -- told once
	kind       text not null check (length(kind) between 1 and 60),
	params     jsonb not null default '{}', -- of the sentence, which the reader's screen makes
	object     text not null default '',    -- what it is about: customer, visit, …
	object_id  bigint not null default 0,
	at         timestamptz not null,
	read_at    timestamptz, -- the first time
	unique (person_id, key)
);
create index message_by_person on notices.message (person_id, id desc);
create index message_unread on notices.message (person_id) where read_at is null;

-- +goose Down
drop schema notices cascade;
