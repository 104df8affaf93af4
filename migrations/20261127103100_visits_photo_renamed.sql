-- The stamp of a photo bears its person's name: once that was erased, the picture is drawn
-- anew without it.
-- +goose Up
alter table visits.photo add column renamed boolean not null default false; -- to be drawn anew
-- Also of those who were erased before there was this.
update visits.photo p set renamed = p.state = 'kept', stamp[2] = regexp_replace(
	p.stamp[2], '^.* · ([^·]*· [^·]*)$', 'person ' || p.person_id || ' · \1')
from identity.person e
where e.id = p.person_id and e.erased_at is not null and cardinality(p.stamp) = 2;
create index photo_renamed on visits.photo (id) where renamed;

-- +goose Down
alter table visits.photo drop column renamed;
