-- Posts, sex and photos of people; the warehouse keeper's role; erased people.
-- +goose Up
alter table identity.person
	add column post text not null default '' check (length(post) <= 80),
	add column sex text not null default '' check (sex in ('', 'female', 'male', 'other')),
	add column photo text not null default '' check (length(photo) in (0, 64)), -- key of the file
	add column erased_at timestamptz;

alter table identity.role drop constraint role_base_check;
alter table identity.role add constraint role_base_check
	check (base in ('admin', 'manager', 'dispatcher', 'salesperson', 'keeper'));
insert into identity.role (code, name, name_zh, base, reach, builtin)
select 'keeper', 'Warehouse keeper', '库管员', 'keeper', 'all', true
where not exists (select from identity.role where code = 'keeper');

-- +goose Down
delete from identity.role where code = 'keeper' and builtin;
alter table identity.role drop constraint role_base_check;
alter table identity.role add constraint role_base_check
	check (base in ('admin', 'manager', 'dispatcher', 'salesperson'));
alter table identity.person drop column post, drop column sex, drop column photo,
	drop column erased_at;
