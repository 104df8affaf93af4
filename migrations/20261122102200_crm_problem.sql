-- What customers complain about, who sees to it, and what came of it.
-- +goose Up
create table crm.problem (
	id          bigint generated always as identity primary key,
	customer_id bigint not null references crm.customer,
	kind        text not null check (kind in ('quality', 'delivery', 'service', 'billing', 'other')),
	description text not null check (char_length(description) between 1 and 2000),
	responsible bigint not null references crm.owner,
	state       text not null default 'submitted' check (state in ('submitted', 'processing', 'done')),
	result      text not null default '' check (char_length(result) <= 2000),
	created_at  timestamptz not null,
	created_by  bigint not null,
	updated_at  timestamptz not null,
	version     bigint not null default 1,
	check ((state = 'done') = (result <> ''))
);
create index problem_by_customer on crm.problem (customer_id, id desc);
create index problem_open on crm.problem (responsible, id) where state <> 'done';

-- +goose Down
drop table crm.problem;
