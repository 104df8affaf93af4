-- The orders that wait, among all that ever were.
-- +goose Up
create index document_waiting on ordering.document (created_at desc, id desc)
	where state in ('draft', 'submitted');

-- +goose Down
drop index ordering.document_waiting;
