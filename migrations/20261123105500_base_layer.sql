-- Base layers of other map services that the company has a key and a licence for.
-- +goose Up
create schema base;

create table base.layer (
	provider   text primary key check (provider in ('tianditu', 'amap', 'tencent', 'baidu')),
	enabled    boolean not null default false,
	key        text not null default '', -- the company's own; browsers send it
	template   text not null default '', -- address of the tiles; '': the provider's usual one
	approval   text not null default '', -- number of the approved map (审图号)
	changed_at timestamptz not null,
	changed_by bigint not null
);

-- +goose Down
drop schema base cascade;
