-- How far a customer is, as the latest visit found it.
-- +goose Up
alter table crm.customer
	add column sales_stage text not null default '',
	add column stage_at    timestamptz; -- of the visit that found it; null: none did

-- +goose Down
alter table crm.customer drop column sales_stage, drop column stage_at;
