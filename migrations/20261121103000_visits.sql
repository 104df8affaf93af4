-- Planned days and the visits that were made.
-- +goose Up
create schema visits;

-- One row: how this company wants its visits.
create table visits.policy (
	one              boolean primary key default true check (one),
	several_a_day    boolean not null default false, -- same person, same customer, same day
	reorder_on_phone boolean not null default false, -- the order is changed at a desk
	fence_m          integer not null default 200 check (fence_m between 10 and 50000),
	fence_by_kind    jsonb   not null default '{}',  -- {"shop": 150}: metres by customer kind
	fix_age_s        integer not null default 300 check (fix_age_s between 10 and 86400),
	late_h           integer not null default 72 check (late_h between 0 and 240),
	approve_late     boolean not null default false, -- a visit uploaded late waits for approval
	approve_outside  boolean not null default false, -- so does one made outside the fence
	changed_at       timestamptz,
	changed_by       bigint
);
insert into visits.policy default values;

-- The plan of one person for one business day.
create table visits.day (
	person_id         bigint not null,
	day               date   not null,
	version           bigint not null check (version >= 0), -- 0: nothing yet
	published_version bigint, -- the version that the phone shows; null: none yet
	published_at      timestamptz,
	published_by      bigint,
	dirty             boolean not null default true, -- the draft differs from the published order
	start_kind        text not null default 'home'
		check (start_kind in ('home', 'office', 'custom')),
	start_point       geometry(Point, 4326),
	end_kind          text not null default 'home'
		check (end_kind in ('home', 'office', 'custom')),
	end_point         geometry(Point, 4326),
	totals            jsonb,  -- of the order at totals_version
	totals_version    bigint,
	changed_at        timestamptz not null,
	changed_by        bigint not null,
	primary key (person_id, day),
	check ((start_kind = 'custom') = (start_point is not null)),
	check ((end_kind = 'custom') = (end_point is not null)),
	check (published_version between 1 and version)
);
create index day_by_date on visits.day (day, person_id);

-- A planned visit: a customer, or a bare point, on a person's day. Its place in
-- the draft and in the published order are two columns; a stop that is in
-- neither and was never driven is deleted.
create table visits.stop (
	id                 bigint generated always as identity primary key,
	person_id          bigint not null,
	day                date   not null,
	customer_id        bigint,
	point              geometry(Point, 4326),
	title              text not null default '',
	draft_position     integer check (draft_position >= 0),
	published_position integer check (published_position >= 0),
	locked             boolean not null default false,
	optional           boolean not null default false,
	source             text not null check (source in ('plan', 'due', 'assignment', 'visit')),
	note               text not null default '',
	state              text not null default 'planned'
		check (state in ('planned', 'checked_in', 'done', 'skipped')),
	skip_reason        text not null default '',
	visit_id           bigint, -- the visit that made it checked_in or done
	driven_at          timestamptz, -- when the person got there; orders the driven stops
	created_at         timestamptz not null,
	created_by         bigint not null,
	foreign key (person_id, day) references visits.day,
	unique (person_id, day, customer_id),
	check ((customer_id is null) = (point is not null)),
	unique (person_id, day, draft_position) deferrable initially deferred,
	unique (person_id, day, published_position) deferrable initially deferred
);
create index stop_by_customer on visits.stop (customer_id, day);

-- What every version of a day held, for undo and for ever.
create table visits.day_version (
	person_id bigint not null,
	day       date   not null,
	version   bigint not null,
	change    text   not null, -- saved, filled, planned, assigned, restored …
	content   jsonb  not null, -- stops in order and both ends
	at        timestamptz not null,
	by        bigint not null,
	published_at timestamptz,
	published_by bigint,
	primary key (person_id, day, version)
);

-- A visit, from check-in to check-out.
create table visits.visit (
	id             bigint generated always as identity primary key,
	person_id      bigint not null,
	customer_id    bigint not null,
	day            date   not null, -- business day of the check-in
	stop_id        bigint references visits.stop on delete set null,
	kind           text not null check (kind in ('sales', 'inspection')),
	state          text not null
		check (state in ('open', 'pending', 'valid', 'rejected', 'abandoned', 'void')),
	in_at          timestamptz not null, -- when the visit began
	in_received_at timestamptz not null, -- when the server heard of it
	in_device_at   timestamptz,          -- what the device's clock said
	in_point       geometry(Point, 4326),
	in_accuracy_m  real check (in_accuracy_m >= 0),
	in_distance_m  real, -- to the customer; null when the customer has no position
	fence_m        real not null,
	outside        boolean not null,
	reason         text not null default '',
	late           boolean not null default false,
	out_at         timestamptz,
	out_received_at timestamptz,
	out_device_at  timestamptz,
	out_point      geometry(Point, 4326),
	out_accuracy_m real check (out_accuracy_m >= 0),
	out_distance_m real,
	person_met     text not null default '',
	stage          text not null default '',
	notes          text not null default '',
	valid_at       timestamptz,
	decided_at     timestamptz,
	decided_by     bigint,
	decision       text not null default '',
	check (out_at >= in_at),
	check ((state in ('open', 'abandoned')) = (out_at is null)),
	check ((valid_at is null) or out_at is not null)
);
create unique index visit_one_open on visits.visit (person_id) where state = 'open';
create index visit_by_person on visits.visit (person_id, in_at desc, id desc);
create index visit_by_customer on visits.visit (customer_id, in_at desc, id desc);
create index visit_by_time on visits.visit (in_at desc, id desc);

-- For reports: every valid visit to a customer by whoever sells there.
create view visits.v_valid as
	select id, person_id, customer_id, day, in_at, out_at, outside, late
	from visits.visit where state = 'valid' and kind = 'sales';

-- +goose Down
drop schema visits cascade;
