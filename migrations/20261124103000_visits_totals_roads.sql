-- On which roads a day's totals were worked out: with others they are worked out anew.
-- +goose Up
alter table visits.day add column totals_roads text not null default '';

-- +goose Down
alter table visits.day drop column totals_roads;
