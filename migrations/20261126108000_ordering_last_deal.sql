-- When a salesperson last closed a deal, without reading all of them.
-- +goose Up
create index document_by_confirmed on ordering.document (owner_id, confirmed_day desc)
	where state in ('confirmed', 'closed');

-- +goose Down
drop index ordering.document_by_confirmed;
