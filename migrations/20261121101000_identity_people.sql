-- People, teams, and how they prove who they are.
-- +goose Up
create schema identity;

-- One row: the company itself.
create table identity.company (
	one      boolean primary key default true check (one),
	name     text not null default '' check (length(name) <= 120),
	zone     text not null default 'UTC', -- IANA name; the business day is computed in it
	language text not null default 'zh' check (language in ('zh', 'en')),
	center   geometry(Point, 4326),
	bounds   double precision[] check (array_length(bounds, 1) = 4) -- west, south, east, north
);
insert into identity.company default values;

create table identity.team (
	id        bigint generated always as identity primary key,
	name      text not null check (length(name) between 1 and 80),
	parent_id bigint references identity.team,
	leader_id bigint, -- the person who sees the team and all below it
	version   bigint not null default 1,
	unique nulls not distinct (parent_id, name),
	check (parent_id <> id)
);
create index team_by_leader on identity.team (leader_id);

create table identity.person (
	id          bigint generated always as identity primary key,
	name        text not null check (length(name) between 1 and 80),
	login       text not null check (login = lower(login)),
	role        text not null check (role in ('admin', 'manager', 'dispatcher', 'salesperson')),
	team_id     bigint references identity.team,
	phone       text not null default '' check (length(phone) <= 40),
	active      boolean not null default true,
	home        geometry(Point, 4326),
	office      geometry(Point, 4326),
	shift_start smallint not null default 510 check (shift_start between 0 and 1439), -- minutes
	shift_end   smallint not null default 1050 check (shift_end between 1 and 1440),
	workdays    smallint[] not null default '{1,2,3,4,5}', -- ISO: 1 is Monday
	color_index smallint not null default 0 check (color_index between 0 and 63),
	language    text not null default '' check (language in ('', 'zh', 'en')),
	theme       text not null default 'system' check (theme in ('system', 'light', 'dark')),
	demo        boolean not null default false, -- signs in by one click on a loopback demo
	version     bigint not null default 1,
	created_at  timestamptz not null,
	changed_at  timestamptz not null,
	constraint person_login unique (login),
	check (shift_start < shift_end)
);
create index person_by_team on identity.person (team_id);
create index person_by_name on identity.person (name collate public.names, id);

alter table identity.team
	add constraint team_leader foreign key (leader_id) references identity.person;

-- Days that differ from the weekly pattern: a holiday, a working Saturday, a
-- person's leave. person_id null is the whole company.
create table identity.calendar_day (
	person_id bigint references identity.person,
	day       date not null,
	working   boolean not null,
	note      text not null default '',
	unique nulls not distinct (person_id, day)
);

create table identity.password (
	person_id  bigint primary key references identity.person,
	hash       text not null, -- argon2id with its parameters
	changed_at timestamptz not null
);

-- A signed-in browser or phone. The token itself is known to that device alone.
create table identity.session (
	id         bigint generated always as identity primary key,
	person_id  bigint not null references identity.person,
	token_hash bytea not null unique, -- SHA-256
	created_at timestamptz not null,
	seen_at    timestamptz not null,
	expires_at timestamptz not null,
	proved_at  timestamptz not null, -- the password was last asked for
	demo       boolean not null default false,
	address    text not null default '',
	agent      text not null default '',
	revoked_at timestamptz
);
create index session_by_person on identity.session (person_id, id) where revoked_at is null;
create index session_by_end on identity.session (expires_at);

-- A tracker, or a phone that only sends positions.
create table identity.device (
	id         bigint generated always as identity primary key,
	person_id  bigint not null references identity.person,
	name       text not null check (length(name) between 1 and 80),
	token_hash bytea not null unique,
	created_at timestamptz not null,
	seen_at    timestamptz,
	revoked_at timestamptz
);
create index device_by_person on identity.device (person_id, id);

-- Failed sign-ins, by login and by address.
create table identity.attempt (
	key      text primary key, -- "login:li.wei" or "address:203.0.113.9"
	failures integer not null,
	last_at  timestamptz not null
);
create index attempt_by_age on identity.attempt (last_at);

-- +goose Down
drop schema identity cascade;
