-- Places of the company that its maps show: warehouses and offices. Stock is kept elsewhere.
-- +goose Up
create schema site;

create table site.place (
	code       text primary key check (code ~ '^[A-Za-z0-9_-]{1,40}$'),
	name       text not null check (name <> ''),
	kind       text not null check (kind in ('warehouse', 'office')),
	position   geometry(Point, 4326) not null,
	changed_at timestamptz not null,
	changed_by bigint not null
);

-- +goose Down
drop schema site cascade;
