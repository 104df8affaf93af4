-- Requests that take effect only when somebody above has approved them.
-- +goose Up
create schema approvals;

create table approvals.request (
	id           bigint generated always as identity primary key,
	kind         text not null, -- "customer.change"
	object       text not null, -- kind of the rows it is about
	subjects     bigint[] not null,
	title        text not null,
	applicant_id bigint not null,
	reason       text not null,
	payload      jsonb not null,
	changes      jsonb not null, -- [{field, before, after}]
	state        text not null check (state in ('open', 'approved', 'rejected', 'withdrawn')),
	step         smallint not null, -- that waits; 0 when it is over
	approver_id  bigint, -- of the step that waits; 0: any administrator; null when it is over
	result_id    bigint not null default 0, -- the row that the effect made
	created_at   timestamptz not null,
	ended_at     timestamptz,
	version      bigint not null default 1,
	check ((state = 'open') = (step > 0)),
	check ((state = 'open') = (ended_at is null))
);
create index request_by_approver on approvals.request (approver_id, id) where state = 'open';
create index request_by_applicant on approvals.request (applicant_id, id);
create index request_by_subject on approvals.request using gin (subjects);
-- Nobody asks for the same twice at one time.
create unique index request_open on approvals.request (applicant_id, kind, subjects, md5(payload::text))
	where state = 'open';

create table approvals.step (
	request_id  bigint not null references approvals.request,
	no          smallint not null,
	role        text not null check (role in ('leader', 'head', 'admin')),
	approver_id bigint not null, -- 0: any administrator
	decided_by  bigint,
	decision    text check (decision in ('approved', 'rejected')),
	comment     text not null default '',
	decided_at  timestamptz,
	address     text not null default '',
	primary key (request_id, no)
);
create index step_by_decider on approvals.step (decided_by, request_id);
create index step_by_approver on approvals.step (approver_id, request_id);

create table approvals.event (
	id         bigint generated always as identity primary key,
	request_id bigint not null references approvals.request,
	at         timestamptz not null,
	person_id  bigint not null,
	action     text not null,
	step       smallint not null,
	comment    text not null
);
create index event_by_request on approvals.event (request_id, id);

-- +goose Down
drop schema approvals cascade;
