-- When a visit was judged last: it is judged once more when trackers have sent what they held.
-- +goose Up
alter table visits.visit add column judged_at timestamptz; -- null: never, or before this column

-- +goose Down
alter table visits.visit drop column judged_at;
