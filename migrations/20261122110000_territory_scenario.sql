-- Who covers what: scenarios, their units and people, their edits, and the areas in force.
-- +goose Up
create schema territory;

create table territory.scenario (
	id           bigint generated always as identity primary key,
	name         text not null check (length(name) between 1 and 200),
	state        text not null default 'draft'
		check (state in ('draft', 'submitted', 'scheduled', 'live')),
	version      bigint not null default 1,
	tolerance    double precision not null default 0.05 check (tolerance between 0.001 and 1),
	budget       double precision not null default 0 check (budget between 0 and 1), -- 0: none
	activities   text[] not null default '{workload}', -- what is balanced, in order
	by_road      boolean not null default true,
	created_at   timestamptz not null,
	created_by   bigint not null,
	submitted_at timestamptz,
	submitted_by bigint,
	publish_on   date,
	scheduled_by bigint,
	live_at      timestamptz,
	proof        jsonb, -- of the last optimisation: cost, bound, gap, binding reason
	check ((state in ('scheduled', 'live')) = (publish_on is not null))
);
create index scenario_due on territory.scenario (publish_on) where state = 'scheduled';

-- The people of a scenario and their part of the work.
create table territory.member (
	scenario_id bigint not null references territory.scenario on delete cascade,
	person_id   bigint not null,
	share       double precision not null default 1 check (share > 0 and share <= 10),
	most        integer not null default 0 check (most >= 0), -- customers; 0: no limit
	primary key (scenario_id, person_id)
);

-- A customer as it was when the scenario was made, and whose it becomes.
create table territory.unit (
	scenario_id bigint not null references territory.scenario on delete cascade,
	customer_id bigint not null,
	name        text not null,
	point       geometry(Point, 4326) not null,
	visits      double precision not null, -- in four weeks
	minutes     double precision not null, -- of work in four weeks, travel included
	potential     double precision not null,
	was         bigint not null, -- the person of today; 0: nobody
	person      bigint not null, -- of the scenario; 0: nobody
	locked      boolean not null default false,
	moved_at    timestamptz, -- when it changed hands
	refused     text not null default '', -- why it did not, the code of a problem
	primary key (scenario_id, customer_id)
);

-- Every edit with what was before it, for undo and for ever.
create table territory.edit (
	scenario_id bigint not null references territory.scenario on delete cascade,
	seq         integer not null,
	kind        text not null,
	customers   bigint[] not null,
	persons     bigint[] not null,  -- of the customers, before
	locks       boolean[] not null, -- of the customers, before
	members     jsonb not null,     -- before
	at          timestamptz not null,
	by          bigint not null,
	undone_at   timestamptz,
	primary key (scenario_id, seq)
);

-- The ground of a person, from the day on which a scenario came into force.
create table territory.area (
	id          bigint generated always as identity primary key,
	person_id   bigint not null,
	scenario_id bigint not null references territory.scenario,
	since       date not null,
	until       date, -- null: in force
	customers   integer not null,
	shape       geometry(MultiPolygon, 4326) not null
);
create index area_in_force on territory.area (person_id) where until is null;
create index area_shape on territory.area using gist (shape) where until is null;

-- +goose Down
drop schema territory cascade;
