-- +goose Up

-- Fixes, compressed: a row holds fixes of one person on one UTC day. What comes in
-- together is one row; track.Service.Close melts the rows of a day into one. The
-- same content has the same hash, so that a message delivered twice adds no row.
-- Positions recorded by earlier builds, a row a fix, are not carried over.
drop table track.fix;
create table track.chunk (
	person_id bigint not null,
	day       date not null,
	hash      bigint not null,
	fixes     integer not null,
	first_at  timestamptz not null,
	last_at   timestamptz not null,
	skew_ms   integer not null, -- arrival minus the device's time of the last fix
	melted    boolean not null, -- the day's one row, until late fixes come
	data      bytea not null,
	primary key (person_id, day, hash)
) partition by range (day);
create index on track.chunk (person_id, day) where not melted;
alter table track.chunk alter column data set storage external;

-- The simplified way of a person on a UTC day, for maps and SQL. M is the time in
-- seconds since 1970.
create table track.line (
	person_id bigint not null,
	day       date not null,
	fixes     integer not null,
	length_m  double precision not null, -- after the filter
	bound_m   real not null,             -- of the synchronised error
	way       geometry(LineStringM, 4326),
	primary key (person_id, day)
) partition by range (day);

-- Whether a person agreed to being located: the newest row counts.
create table track.consent (
	person_id bigint not null,
	at        timestamptz not null,
	version   integer not null, -- of the words that were agreed to
	given     boolean not null, -- false: withdrawn
	primary key (person_id, at)
);

-- Every unique key holds the person, so that the schema can be spread by it.
alter table track.duty drop constraint duty_pkey;
alter table track.duty add primary key (person_id, id);

-- +goose Down
alter table track.duty drop constraint duty_pkey;
alter table track.duty add primary key (id);
drop table track.consent;
drop table track.line;
drop table track.chunk;
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
