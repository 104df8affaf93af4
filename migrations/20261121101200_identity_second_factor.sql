-- A second factor for people, and tokens for programs.
-- +goose Up

-- Time-based one-time passwords (RFC 6238). The secret is not hashed, because the
-- server computes with it.
create table identity.totp (
	person_id    bigint primary key references identity.person,
	secret       bytea not null,
	created_at   timestamptz not null,
	confirmed_at timestamptz, -- null: begun, and not asked for yet
	last_step    bigint not null default 0 -- a code is taken once
);

create table identity.recovery_code (
	person_id bigint not null references identity.person,
	hash      bytea not null, -- SHA-256 of 80 random bits
	used_at   timestamptz,
	primary key (person_id, hash)
);

create table identity.token (
	id          bigint generated always as identity primary key,
	person_id   bigint not null references identity.person,
	name        text not null check (length(name) between 1 and 80),
	token_hash  bytea not null unique,
	permissions text[] not null,
	created_at  timestamptz not null,
	expires_at  timestamptz not null,
	seen_at     timestamptz,
	revoked_at  timestamptz
);
create index token_by_person on identity.token (person_id, id);

-- +goose Down
drop table identity.token;
drop table identity.recovery_code;
drop table identity.totp;
