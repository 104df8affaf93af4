-- A visit that was left open, not taken back: its check-out may still be on a phone.
-- +goose Up
alter table visits.visit add column forgotten boolean not null default false;

-- +goose Down
alter table visits.visit drop column forgotten;
