-- What the clocks of all customers are made of, for whoever recomputes them at once.
-- +goose Up
create view crm.v_clock_fact as
	select id, coalesce(owner_id, 0) as owner_id, kind, level,
		coalesce(visit_every_days, 0) as visit_every_days, assigned_day,
		last_visit_day, last_visit_at, last_order_at, last_sale_at
	from crm.customer where archived_at is null;

-- +goose Down
drop view crm.v_clock_fact;
