-- Whether the archive of an existing customer changes by approved forms only.
-- +goose Up
alter table crm.entry_rule add column forms_only boolean not null default false;

-- +goose Down
alter table crm.entry_rule drop column forms_only;
