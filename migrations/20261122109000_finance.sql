-- The ledger: what customers owe, paid, and may owe.
-- +goose Up
create schema finance;

create table finance.settings (
	one           boolean primary key default true check (one),
	term_days     integer not null default 30 check (term_days between 0 and 365),
	block_overdue boolean not null default false, -- who owes overdue money gets nothing
	closed_until  date,                           -- nothing is posted on or before it
	version       bigint not null default 1
);
insert into finance.settings default values;

create table finance.account (
	code    text primary key check (code ~ '^[0-9]{4}$'),
	name    text not null,
	name_zh text not null,
	kind    text not null check (kind in ('asset', 'liability', 'revenue', 'expense')),
	control boolean not null default false, -- every posting names the customer
	tender  boolean not null default false  -- money is received on it
);
insert into finance.account (code, name, name_zh, kind, control, tender) values
	('1001', 'Cash', '库存现金', 'asset', false, true),
	('1002', 'Bank', '银行存款', 'asset', false, true),
	('1012', 'WeChat Pay', '微信支付', 'asset', false, true),
	('1013', 'Alipay', '支付宝', 'asset', false, true),
	('1122', 'Receivables', '应收账款', 'asset', true, false),
	('2221', 'Output tax', '应交税费', 'liability', false, false),
	('6001', 'Sales', '主营业务收入', 'revenue', false, false);

-- One row for each customer: what is kept in step with the journal, and the lock
-- under which the customer's money moves.
create table finance.customer (
	customer_id       bigint primary key,
	balance_cents     bigint not null default 0, -- of the receivables; negative: prepaid
	committed_cents   bigint not null default 0 check (committed_cents >= 0), -- confirmed, not gone out
	received_cents    bigint not null default 0 check (received_cents >= 0),
	unallocated_cents bigint not null default 0 check (unallocated_cents >= 0),
	limit_cents       bigint check (limit_cents >= 0), -- null: none
	term_days         integer check (term_days between 0 and 365), -- null: the company's
	version           bigint not null default 1
);

-- Append only: no row is ever changed or deleted.
create table finance.journal (
	id        bigint generated always as identity primary key,
	day       date not null,
	kind      text not null
		check (kind in ('issue', 'issue_reversal', 'receipt', 'receipt_reversal')),
	source_id bigint not null, -- the note or receipt
	number    text not null,   -- its number
	reverses  bigint unique references finance.journal, -- at most once
	posted_at timestamptz not null,
	posted_by bigint not null,
	unique (kind, source_id)
);
create index journal_by_day on finance.journal (day, id);

create table finance.posting (
	journal_id   bigint not null references finance.journal,
	line         integer not null check (line >= 0),
	account      text not null references finance.account,
	customer_id  bigint,
	amount_cents bigint not null check (amount_cents <> 0), -- debit positive, credit negative
	primary key (journal_id, line)
);
create index posting_by_customer on finance.posting (customer_id, journal_id) where customer_id is not null;
create index posting_by_account on finance.posting (account, journal_id);

-- What is owed for one goods-out note.
create table finance.item (
	id           bigint generated always as identity primary key,
	note_id      bigint not null unique,
	number       text not null,
	customer_id  bigint not null,
	owner_id     bigint not null default 0, -- the salesperson of the note
	journal_id   bigint not null references finance.journal,
	day          date not null,
	due_on       date not null,
	amount_cents bigint not null check (amount_cents > 0),
	open_cents   bigint not null,
	reversed_day date,
	check (open_cents between 0 and amount_cents),
	check (reversed_day is null or open_cents = 0)
);
create index item_open_by_owner on finance.item (owner_id, day, id) where open_cents > 0;
create index item_open_by_customer on finance.item (customer_id, due_on, id) where open_cents > 0;
create index item_by_customer on finance.item (customer_id, day, id);

create sequence finance.receipt_number as bigint;

-- One settling of several documents, perhaps of several customers.
create table finance.collection (
	id           bigint generated always as identity primary key,
	day          date not null,
	amount_cents bigint not null check (amount_cents > 0),
	by           bigint not null,
	at           timestamptz not null
);

create table finance.receipt (
	id                bigint generated always as identity primary key,
	number            text not null unique,
	collection_id     bigint references finance.collection,
	customer_id       bigint not null,
	owner_id          bigint not null default 0, -- the customer's salesperson
	state             text not null check (state in ('posted', 'reversed')),
	day               date not null,
	amount_cents      bigint not null check (amount_cents > 0),
	unallocated_cents bigint not null,
	note              text not null default '' check (char_length(note) <= 1000),
	posted_at         timestamptz not null,
	posted_by         bigint not null,
	reversed_day      date,
	reversed_by       bigint,
	reason            text not null default '',
	check (unallocated_cents between 0 and amount_cents),
	check ((state = 'reversed') = (reversed_day is not null))
);
create index receipt_by_time on finance.receipt (posted_at desc, id desc);
create index receipt_by_owner on finance.receipt (owner_id, posted_at desc, id desc);
create index receipt_by_customer on finance.receipt (customer_id, posted_at desc, id desc);

create table finance.tender (
	receipt_id   bigint not null references finance.receipt,
	line         integer not null,
	account      text not null references finance.account,
	amount_cents bigint not null check (amount_cents > 0),
	primary key (receipt_id, line)
);

-- Which receipt pays which document; taking one back keeps the row.
create table finance.allocation (
	id           bigint generated always as identity primary key,
	receipt_id   bigint not null references finance.receipt,
	item_id      bigint not null references finance.item,
	amount_cents bigint not null check (amount_cents > 0),
	day          date not null,
	at           timestamptz not null,
	by           bigint not null,
	undone_day   date
);
create index allocation_by_receipt on finance.allocation (receipt_id);
create index allocation_by_item on finance.allocation (item_id);

-- For reports.
create view finance.v_receipt as
	select id, number, customer_id, owner_id, day, amount_cents
	from finance.receipt where state = 'posted';
create view finance.v_open_item as
	select id, number, customer_id, owner_id, day, due_on, open_cents
	from finance.item where open_cents > 0;

-- +goose Down
drop schema finance cascade;
