-- Roles that a company shapes itself, on the base of the four that rules know.
-- +goose Up
create table identity.role (
	code        text primary key check (code ~ '^[a-z][a-z0-9-]{1,39}$'),
	name        text not null check (length(name) between 1 and 80),
	name_zh     text not null default '' check (length(name_zh) <= 80),
	base        text not null check (base in ('admin', 'manager', 'dispatcher', 'salesperson')),
	reach       text not null check (reach in ('own', 'team', 'led', 'subtree', 'all')),
	permissions text[], -- null: what the base may, in every later version too
	builtin     boolean not null default false,
	version     bigint not null default 1
);
insert into identity.role (code, name, name_zh, base, reach, builtin) values
	('admin', 'Administrator', '管理员', 'admin', 'all', true),
	('manager', 'Manager', '经理', 'manager', 'led', true),
	('dispatcher', 'Dispatcher', '调度员', 'dispatcher', 'all', true),
	('salesperson', 'Salesperson', '业务员', 'salesperson', 'own', true);

alter table identity.person drop constraint person_role_check;
alter table identity.person
	add constraint person_role foreign key (role) references identity.role;

-- +goose Down
alter table identity.person drop constraint person_role;
alter table identity.person add constraint person_role_check
	check (role in ('admin', 'manager', 'dispatcher', 'salesperson'));
drop table identity.role;
