-- The stamp of a photo bears its person's name: once that was erased, the picture is drawn
-- anew without it.
-- +goose Up
alter table visits.photo add column renamed boolean not null default false; -- to be drawn anew
create index photo_renamed on visits.photo (id) where renamed;

-- +goose Down
alter table visits.photo drop column renamed;
