-- Who did what, when, from where; and the chain that shows whether it was touched.
-- +goose Up
create schema audit;

create table audit.entry (
	id        bigint generated always as identity primary key,
	at        timestamptz not null,
	person_id bigint not null, -- 0: nobody, or the system
	role      text   not null,
	action    text   not null, -- "crm.customer.created"
	object    text   not null, -- "customer"
	object_id bigint not null,
	before    jsonb,
	after     jsonb,
	address   text not null,
	request   text not null,
	agent     text not null
);
create index entry_by_object on audit.entry (object, object_id, id);
create index entry_by_person on audit.entry (person_id, id);

-- Entries that the sealer has not linked yet.
create table audit.pending (
	entry_id bigint primary key references audit.entry
);

-- The chain: hash = SHA-256(hash before, entry). seq has no gaps.
create table audit.link (
	seq      bigint primary key check (seq > 0),
	entry_id bigint not null unique,
	hash     bytea not null check (length(hash) = 32)
);

-- +goose Down
drop schema audit cascade;
