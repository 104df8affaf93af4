-- A session that was taken from a lost phone is told apart from one that ended by
-- itself: the phone wipes what it keeps after the first and holds it after the second.
-- +goose Up
alter table identity.session add column barred boolean not null default false;

-- +goose Down
alter table identity.session drop column barred;
