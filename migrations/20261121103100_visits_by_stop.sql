-- A stop finds its visits, and deleting one does not read them all.
-- +goose Up
create index visit_by_stop on visits.visit (stop_id) where stop_id is not null;

-- +goose Down
drop index visits.visit_by_stop;
