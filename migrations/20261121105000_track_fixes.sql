-- +goose Up
create schema track;

-- When a person is on duty. Nothing is recorded outside these stretches.
create table track.duty (
	id        bigint generated always as identity primary key,
	person_id bigint not null,
	on_at     timestamptz not null,
	off_at    timestamptz,
	-- where the person punched, when the device knew
	on_position    geometry(Point, 4326),
	on_accuracy_m  real,
	off_position   geometry(Point, 4326),
	off_accuracy_m real,
	check (off_at is null or off_at > on_at)
);
create unique index duty_one_open on track.duty (person_id) where off_at is null;
create index on track.duty (person_id, on_at desc);

-- One row a fix, by person and the device's time. Partitions are made as fixes come.
create table track.fix (
	person_id   bigint not null,
	at          timestamptz not null,
	position    geometry(Point, 4326) not null,
	accuracy_m  real,
	speed_kmh   real,
	course_deg  real,
	source      text not null,
	received_at timestamptz not null,
	primary key (person_id, at)
) partition by range (at);

-- The newest fix of each person.
create table track.last (
	person_id  bigint primary key,
	at         timestamptz not null,
	position   geometry(Point, 4326) not null,
	accuracy_m real,
	speed_kmh  real,
	course_deg real,
	source     text not null
);

-- +goose Down
drop schema track cascade;
