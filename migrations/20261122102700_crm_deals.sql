-- What a customer ever ordered and paid, kept by neighbours.
-- +goose Up
alter table crm.customer
	add column deal_total bigint not null default 0, -- minor units, of the orders that stand
	add column received_total bigint not null default 0; -- minor units, of the receipts that stand

-- +goose Down
alter table crm.customer drop column deal_total, drop column received_total;
