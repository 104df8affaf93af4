-- What a change came from, and reports over what happened.
-- +goose Up
alter table crm.change
	add column request_id bigint,                -- the approved request behind it
	add column note text not null default '';    -- why, in the applicant's words
create index change_by_command on crm.change (command, id desc)
	where command in ('claimed', 'assigned', 'transferred', 'updated', 'changed');
create index customer_by_creation on crm.customer (created_at, id) where archived_at is null;

-- +goose Down
drop index crm.customer_by_creation;
drop index crm.change_by_command;
alter table crm.change drop column request_id, drop column note;
