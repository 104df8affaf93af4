-- Calls: what somebody asked for and nobody, or somebody, is on the way to; and what
-- people can do.
-- +goose Up
create table visits.call (
	id              bigint generated always as identity primary key,
	customer_id     bigint,
	point           geometry(Point, 4326),
	title           text not null default '', -- of the point
	skill           text not null default '', -- that whoever goes must have; '' none
	service_minutes integer not null default 0 check (service_minutes between 0 and 720),
	from_at         timestamptz, -- the visit begins then or later
	until_at        timestamptz, -- and has ended by then
	note            text not null default '',
	priority        smallint not null default 0 check (priority between 0 and 2),
	state           text not null default 'open'
		check (state in ('open', 'assigned', 'done', 'withdrawn')),
	owner_id        bigint, -- of the customer: whose team sees the call
	opened_at       timestamptz not null,
	opened_by       bigint not null,
	person_id       bigint, -- who goes, or went
	stop_id         bigint references visits.stop on delete set null,
	assigned_at     timestamptz,
	assigned_by     bigint,
	closed_at       timestamptz, -- done or withdrawn
	closed_by       bigint,
	reason          text not null default '', -- why it was withdrawn, or what was done
	check ((customer_id is null) = (point is not null)),
	check (until_at > from_at),
	check (state <> 'open' or person_id is null and stop_id is null),
	check (state <> 'assigned' or person_id is not null),
	check ((closed_at is not null) = (state in ('done', 'withdrawn')))
);
create index call_board on visits.call (priority desc, id) where state in ('open', 'assigned');
create index call_closed on visits.call (closed_at desc, id desc)
	where state in ('done', 'withdrawn');
create index call_by_stop on visits.call (stop_id) where state = 'assigned';
create index call_by_person on visits.call (person_id) where state = 'assigned';
create index call_by_customer on visits.call (customer_id);

-- What a call asks of the stop: how long, and when.
alter table visits.stop
	add column service_minutes integer not null default 0,
	add column from_at timestamptz,
	add column until_at timestamptz;

create table visits.skill (
	person_id bigint not null,
	name      text not null check (name <> ''),
	primary key (person_id, name)
);

-- +goose Down
drop table visits.skill;
alter table visits.stop
	drop column service_minutes, drop column from_at, drop column until_at;
drop table visits.call;
