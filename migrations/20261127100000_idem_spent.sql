-- +goose Up
-- Keys of commands whose answers are not kept any more: they are not done again.
create table idem.spent (
	actor bigint not null,
	key   text not null,
	at    timestamptz not null,
	primary key (actor, key)
);
create index on idem.spent (at);

-- +goose Down
drop table idem.spent;
