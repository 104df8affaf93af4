-- What a stop was before somebody dispatched to it: withdrawn, it is that again.
-- +goose Up
alter table visits.stop add column source_before text
	check (source_before in ('plan', 'due', 'visit'));

-- +goose Down
alter table visits.stop drop column source_before;
