-- What the shop-front looks like, and which customers turned out to be one.
-- +goose Up
create table crm.photo (
	id          bigint generated always as identity primary key,
	customer_id bigint not null references crm.customer,
	blob        text not null, -- key of the kept file
	taken_at    timestamptz not null,
	taken_by    text not null check (taken_by in ('camera', 'gallery', 'desk')),
	position    geometry(Point, 4326), -- where it was taken; null: unknown
	accuracy_m  real check (accuracy_m >= 0),
	added_at    timestamptz not null,
	added_by    bigint not null,
	check ((position is null) = (accuracy_m is null))
);
create index photo_by_customer on crm.photo (customer_id, id desc);

alter table crm.customer
	add column photo_id bigint references crm.photo,       -- the logo; null: none
	add column merged_into bigint references crm.customer, -- the one that it turned out to be
	add constraint merged_is_archived check (merged_into is null or archived_at is not null);
create index customer_merged on crm.customer (merged_into) where merged_into is not null;

-- +goose Down
alter table crm.customer drop column photo_id, drop column merged_into;
drop table crm.photo;
