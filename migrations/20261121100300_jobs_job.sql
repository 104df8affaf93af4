-- +goose Up
create schema jobs;
create table jobs.job (
	id          bigint generated always as identity primary key,
	kind        text not null,
	owner       bigint not null,
	title       text not null,
	state       text not null
		check (state in ('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
	done        bigint not null default 0,
	total       bigint not null default 0,
	note        text not null default '',
	result      jsonb,
	failure     jsonb,
	cancel      boolean not null default false,
	process     text not null,
	created_at  timestamptz not null,
	finished_at timestamptz,
	-- The machine's time, whatever the company's clock says: a job whose process
	-- is silent is dead.
	heard_at    timestamptz not null default clock_timestamp()
);
create index on jobs.job (owner, id desc);
create index on jobs.job (heard_at) where state in ('queued', 'running');

-- +goose Down
drop schema jobs cascade;
