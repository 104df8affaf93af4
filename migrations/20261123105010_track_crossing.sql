-- +goose Up

-- When somebody came into a fenced place or left it, by the device's time. fence is
-- four times the id of what it stands for, and its kind: 0 a customer's site, 1 the
-- area of a territory.
create table track.crossing (
	person_id bigint not null,
	at        timestamptz not null,
	fence     bigint not null,
	entered   boolean not null,
	primary key (person_id, at, fence, entered)
);
create index on track.crossing (fence, at desc);

-- Where the fixes of each person left off, and which fences they are in.
create table track.inside (
	person_id bigint primary key,
	at        timestamptz not null,
	fences    bigint[] not null
);

-- +goose Down
drop table track.inside;
drop table track.crossing;
