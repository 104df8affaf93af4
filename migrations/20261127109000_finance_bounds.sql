-- Balances as of a day, from what is open now and what happened since.
-- +goose Up
create index item_by_reversal on finance.item (reversed_day) where reversed_day is not null;
create index receipt_by_reversal on finance.receipt (reversed_day) where reversed_day is not null;
create index receipt_prepaid on finance.receipt (customer_id) where unallocated_cents > 0;
create index allocation_by_day on finance.allocation (day);
create index allocation_by_undoing on finance.allocation (undone_day) where undone_day is not null;
create index customer_owing on finance.customer (customer_id) where balance_cents <> 0;

-- +goose Down
drop index finance.customer_owing, finance.allocation_by_undoing, finance.allocation_by_day,
	finance.receipt_prepaid, finance.receipt_by_reversal, finance.item_by_reversal;
