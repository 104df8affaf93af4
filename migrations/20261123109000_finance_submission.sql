-- Money that was collected in the field and waits for finance.
-- +goose Up
create table finance.submission (
	id            bigint generated always as identity primary key,
	state         text not null check (state in ('open', 'approved', 'rejected')),
	amount_cents  bigint not null check (amount_cents > 0),
	note          text not null default '' check (char_length(note) <= 1000),
	day           date not null,
	by            bigint not null,
	at            timestamptz not null,
	decided_by    bigint,
	decided_at    timestamptz,
	reason        text not null default '' check (char_length(reason) <= 1000),
	collection_id bigint unique references finance.collection,
	check ((state = 'open') = (decided_at is null)),
	check ((state = 'approved') = (collection_id is not null)), -- approved once, booked once
	check (decided_by <> by)
);
create index submission_open on finance.submission (at, id) where state = 'open';
create index submission_by_person on finance.submission (by, at desc, id desc);

create table finance.submitted_tender (
	submission_id bigint not null references finance.submission,
	line          integer not null,
	account       text not null references finance.account,
	amount_cents  bigint not null check (amount_cents > 0),
	primary key (submission_id, line)
);
create table finance.submitted_item (
	submission_id bigint not null references finance.submission,
	item_id       bigint not null references finance.item,
	amount_cents  bigint not null check (amount_cents > 0),
	primary key (submission_id, item_id)
);
create index submitted_by_item on finance.submitted_item (item_id);

-- +goose Down
drop table finance.submitted_item, finance.submitted_tender, finance.submission;
