-- Who takes orders at a desk, and who looks after the money.
-- +goose Up
insert into identity.role (code, name, name_zh, base, reach, permissions) values
	('order-clerk', 'Order clerk', '订单员', 'dispatcher', 'all', array[
		'customers.read', 'goods.read', 'map.read', 'money.read', 'orders.read',
		'orders.review', 'orders.write', 'people.read', 'products.read', 'products.write']),
	('finance', 'Finance', '财务', 'dispatcher', 'all', array[
		'customers.read', 'goods.read', 'map.read', 'money.collect', 'money.read',
		'money.write', 'orders.read', 'orders.review', 'people.read', 'products.read'])
on conflict (code) do nothing;

-- +goose Down
delete from identity.role where code in ('order-clerk', 'finance')
	and not exists (select from identity.person p where p.role = role.code);
