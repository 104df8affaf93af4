-- Leads: whom somebody has heard of, before it is known whether a customer comes of it.
-- +goose Up
create table crm.lead (
	id          bigint generated always as identity primary key,
	name        text not null check (char_length(name) between 1 and 200),
	contact     text not null default '' check (char_length(contact) <= 80),
	phone       text not null default '' check (char_length(phone) <= 60),
	district    text not null default '' check (char_length(district) <= 300),
	address     text not null default '' check (char_length(address) <= 300),
	channel     text not null default '' check (char_length(channel) <= 50),
	note        text not null default '' check (char_length(note) <= 2000),
	owner_id    bigint references crm.owner,
	state       text not null default 'open' check (state in ('open', 'converted', 'dropped')),
	reason      text not null default '' check (char_length(reason) <= 300),
	customer_id bigint unique references crm.customer,
	created_at  timestamptz not null,
	created_by  bigint not null,
	updated_at  timestamptz not null,
	version     bigint not null default 1,
	check ((state = 'converted') = (customer_id is not null)),
	check ((state = 'dropped') = (reason <> ''))
);
create index lead_by_owner on crm.lead (owner_id, state, id desc);
create index lead_by_state on crm.lead (state, id desc);

-- +goose Down
drop table crm.lead;
