-- The key that seals one person's personal values in the trail. Destroying it makes
-- them unreadable; the entries stay, and so does the chain over them.
-- +goose Up
create table audit.person_key (
	person_id  bigint primary key,
	key        bytea check (length(key) = 32), -- null: destroyed
	created_at timestamptz not null default now()
);

-- +goose Down
drop table audit.person_key;
