-- Messages to customers: the company's own channels, who may use them, and every try.
-- +goose Up
create schema messaging;

create table messaging.channel (
	id         bigint generated always as identity primary key,
	name       text not null unique check (char_length(name) between 1 and 60),
	kind       text not null check (kind in ('gateway', 'mail')),
	endpoint   text not null check (char_length(endpoint) between 1 and 300),
	login      text not null default '' check (char_length(login) <= 120),
	sender     text not null default '' check (char_length(sender) <= 120),
	secret     bytea, -- sealed with a key that lies outside the database
	active     boolean not null default true,
	version    bigint not null default 1,
	created_at timestamptz not null,
	updated_at timestamptz not null
);

-- Who may send through a channel, from when until when, and on what paper it rests.
create table messaging.authorisation (
	id           bigint generated always as identity primary key,
	channel_id   bigint not null references messaging.channel,
	person_id    bigint not null default 0, -- 0: everybody whose role may
	document     text not null check (char_length(document) between 1 and 200),
	from_day     date not null,
	until_day    date not null check (until_day >= from_day),
	granted_by   bigint not null,
	granted_at   timestamptz not null,
	withdrawn_by bigint not null default 0,
	withdrawn_at timestamptz
);
create index authorisation_by_channel on messaging.authorisation (channel_id, id desc);

create table messaging.message (
	id               bigint generated always as identity primary key,
	key              uuid not null default gen_random_uuid(), -- tells receivers a second delivery
	channel_id       bigint not null references messaging.channel,
	authorisation_id bigint not null references messaging.authorisation,
	customer_id      bigint not null,
	recipient        text not null check (char_length(recipient) between 1 and 80),
	address          text not null check (char_length(address) between 1 and 120),
	subject          text not null default '' check (char_length(subject) <= 120),
	body             text not null check (char_length(body) between 1 and 1000),
	sent_by          bigint not null,
	created_at       timestamptz not null,
	state            text not null default 'waiting'
		check (state in ('waiting', 'sent', 'failed', 'refused')),
	tries            integer not null default 0,
	next_at          timestamptz not null
);
create index message_waiting on messaging.message (next_at, id) where state = 'waiting';
create index message_by_customer on messaging.message (customer_id, created_at desc, id desc);

-- Every try, refused ones too. Rows are added and never changed.
create table messaging.attempt (
	id          bigint generated always as identity primary key,
	at          timestamptz not null,
	channel_id  bigint not null,
	message_id  bigint references messaging.message, -- null: refused before it was one
	customer_id bigint not null,
	person_id   bigint not null,
	outcome     text not null
		check (outcome in ('accepted', 'refused', 'deferred', 'failed', 'sent')),
	code        text not null default '' check (char_length(code) <= 80),
	detail      text not null default '' check (char_length(detail) <= 300)
);
create index attempt_by_person on messaging.attempt (person_id, id desc);
create index attempt_by_customer on messaging.attempt (customer_id, id desc);

-- +goose Down
drop schema messaging cascade;
