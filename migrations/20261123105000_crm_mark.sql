-- What neighbours say of a customer after a day has passed: a map and a list filter by
-- it. A neighbour adds its facts by another branch of the view.
-- +goose Up
create view crm.v_mark as
	select customer_id, 'warning:' || kind as name, due_on from warnings.v_clock;

-- +goose Down
drop view crm.v_mark;
