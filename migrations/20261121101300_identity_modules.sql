-- Modules that the company has switched off.
-- +goose Up
create table identity.module_off (
	code       text primary key,
	changed_at timestamptz not null,
	changed_by bigint not null
);

-- +goose Down
drop table identity.module_off;
