-- Views of the customers that somebody saved: a filter, an order and columns by name.
-- They hold no rows; whoever opens one reads within their own data scope.
-- +goose Up
create table crm.view (
	id         bigint generated always as identity primary key,
	person_id  bigint not null,
	name       text not null check (char_length(name) between 1 and 80),
	query      text not null check (octet_length(query) <= 8192),
	sort       text not null,
	columns    text[] not null check (cardinality(columns) <= 20),
	shared     text not null check (shared in ('me', 'team', 'company')),
	created_at timestamptz not null,
	updated_at timestamptz not null,
	version    bigint not null default 1,
	unique (person_id, name)
);
create index view_shared on crm.view (shared, person_id) where shared <> 'me';

-- +goose Down
drop table crm.view;
