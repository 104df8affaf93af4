-- Files of customers that somebody brought, and what was wrong with their rows.
-- +goose Up
create table crm.import (
	id          bigint generated always as identity primary key,
	by          bigint not null,
	at          timestamptz not null,
	file_name   text not null,
	format      text not null check (format in ('csv', 'xlsx')),
	encoding    text not null default '',
	body        bytea, -- null once it is no longer needed
	headings    text[] not null,
	rows        integer not null check (rows >= 0), -- without the heading
	computed    integer not null default 0, -- cells with a formula, read as their saved value
	formulas    text[] not null default '{}', -- the first of them: C7
	state       text not null default 'uploaded'
		check (state in ('uploaded', 'running', 'done', 'refused', 'failed', 'cancelled')),
	settings    jsonb, -- columns, datum, mode of the last run
	job_id      bigint,
	created     integer not null default 0,
	refused     integer not null default 0,
	finished_at timestamptz
);
create index import_by_person on crm.import (by, id desc);

create table crm.import_fault (
	import_id bigint not null references crm.import on delete cascade,
	n         integer not null, -- 1, 2, … in the order of lines
	line      integer not null,
	heading   text not null, -- of the column; '' for the row as a whole
	field     text not null,
	code      text not null,
	message   text not null,
	value     text not null,
	primary key (import_id, n)
);

-- +goose Down
drop table crm.import_fault;
drop table crm.import;
