-- Photos of visits, the forms that are filled in there, and how far each visit is
-- to be believed.
-- +goose Up
alter table visits.visit
	add column grade   text not null default 'browser'
		check (grade in ('browser', 'tracker', 'native')),
	add column truth   smallint check (truth between 0 and 100), -- null: not judged yet
	add column doubts  text[] not null default '{}', -- codes of what speaks against it
	add column status_found text not null default ''
		check (status_found in ('', 'prospect', 'active', 'dormant', 'lost'));

-- A photo taken during a visit. What arrived is kept under sha256 until the
-- picture is drawn: upright, small, stamped, without what the camera wrote.
create table visits.photo (
	id          bigint generated always as identity primary key,
	visit_id    bigint not null references visits.visit,
	person_id   bigint not null,
	customer_id bigint not null,
	step        text   not null default '',
	sha256      text   not null check (sha256 ~ '^[0-9a-f]{64}$'), -- of the file as sent
	print       bigint, -- what it looks like; null: not drawn yet, or says nothing
	picture     text check (picture ~ '^[0-9a-f]{64}$'), -- what is shown; null: not drawn yet
	state       text   not null default 'arrived'
		check (state in ('arrived', 'kept', 'unreadable')),
	taken_at    timestamptz not null, -- by the server's clock
	device_at   timestamptz not null, -- by the device's
	skew_s      integer not null,     -- how far the device's clock runs ahead
	received_at timestamptz not null,
	point       geometry(Point, 4326),
	accuracy_m  real check (accuracy_m >= 0),
	distance_m  real,
	grade       text   not null check (grade in ('browser', 'tracker', 'native')),
	flags       text[] not null default '{}',
	stamp       text[] not null default '{}', -- the lines that are drawn on it
	unique (visit_id, sha256)
);
create index photo_by_file on visits.photo (sha256);
create index photo_by_customer on visits.photo (customer_id, received_at);
create index photo_by_person on visits.photo (person_id, received_at);

-- What is asked during a visit: tasks, the shelf, the stock, a survey.
create table visits.form (
	name       text primary key check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
	kind       text not null check (kind in ('task', 'shelf', 'stock', 'survey')),
	title      text not null check (char_length(title) between 1 and 100),
	fields     jsonb not null, -- [{"name", "label", "type", "required", "options"}]
	required   boolean not null default false,
	kinds      text[] not null default '{}', -- customer kinds; empty: all
	place      integer not null default 0,   -- order on the screen
	active     boolean not null default true,
	changed_at timestamptz not null,
	changed_by bigint not null
);

-- What was answered.
create table visits.step (
	visit_id bigint not null references visits.visit,
	name     text   not null,
	content  jsonb  not null,
	at       timestamptz not null,
	primary key (visit_id, name)
);

-- +goose Down
drop table visits.step, visits.form, visits.photo;
alter table visits.visit drop column grade, drop column truth, drop column doubts,
	drop column status_found;
