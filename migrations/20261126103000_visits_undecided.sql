-- Visits that wait for a decision, or count no more, are few among millions that count:
-- their lists do not read those.
-- +goose Up
create index visit_by_state on visits.visit (state, in_at desc, id desc) where state <> 'valid';

-- +goose Down
drop index visits.visit_by_state;
