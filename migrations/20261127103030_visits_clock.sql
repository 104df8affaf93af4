-- +goose Up
-- By how many seconds the device's clock was set between what was done and its sending.
alter table visits.visit add column clock_s integer not null default 0;

-- +goose Down
alter table visits.visit drop column clock_s;
