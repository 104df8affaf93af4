// Package territoryapi is the HTTP surface of territory: scenarios, their edits
// and figures, and the ground of every person as GeoJSON.
package territoryapi

import (
	"context"
	"net/http"

	"beatplan/api"
	"beatplan/business"
	"beatplan/internal/fail"
	"beatplan/internal/jobs"
	"beatplan/territory"
	"beatplan/territory/district"
)

// Surface holds what the operations need.
type Surface struct {
	Service *territory.Service
}

const root = "/v1/territory-scenarios"

// Mount registers the operations on a.
func Mount(a *api.API, s Surface) {
	read := func(id, summary string, own ...*fail.Error) api.Op {
		return api.Op{ID: id, Summary: summary, Tags: []string{"Territories"},
			Perm: business.TerritoriesRead, Problems: own}
	}
	write := func(id, summary string, own ...*fail.Error) api.Op {
		op := read(id, summary, append(own, territory.ErrNoScenario, territory.ErrChanged,
			territory.ErrState, territory.ErrInvalid)...)
		op.Perm = business.TerritoriesWrite
		op.Description = "version is the one that was looked at; a replay finds another one and " +
			"changes nothing."
		return op
	}
	none := territory.ErrNoScenario
	api.Get(a, root, read("list-territory-scenarios", "List scenarios, the newest first"), s.list)
	create := write("create-territory-scenario", "Copy today's customers into a new scenario",
		territory.ErrEmpty)
	create.Status, create.Command, create.Description = http.StatusCreated, true, ""
	api.Post(a, root, create, s.create)
	api.Get(a, root+"/{id}", read("get-territory-scenario",
		"Read a scenario with the figures of every person", none), s.get)
	api.Get(a, root+"/{id}/units", read("list-territory-units",
		"Read the customers of a scenario, column by column", none, api.ErrCursor), s.units)
	api.Get(a, root+"/{id}/outlines", read("get-territory-outlines",
		"Draw the ground of every person", none, api.ErrCursor), s.outlines)
	api.Get(a, root+"/{id}/cells", read("list-territory-cells",
		"Read the H3 cells of the plan's ground and whose they are", none, api.ErrCursor), s.cells)
	api.Patch(a, root+"/{id}", write("set-territory-scenario", "Change name, weights and people"),
		s.set)
	api.Delete(a, root+"/{id}", write("delete-territory-scenario", "Delete a scenario"), s.remove)
	api.Post(a, root+"/{id}/moves", write("move-territory-units",
		"Give customers to a person", territory.ErrNoMember), s.move)
	api.Post(a, root+"/{id}/locks", write("lock-territory-units",
		"Hold customers where they are, or let them go"), s.lock)
	api.Post(a, root+"/{id}/refusals", write("refuse-territory-units",
		"Say whom customers must not be served by, or may again", territory.ErrNoMember), s.refuse)
	api.Post(a, root+"/{id}/merge", write("merge-territories",
		"Give one person's territory to another", territory.ErrNoMember), s.merge)
	api.Post(a, root+"/{id}/split", write("split-territory",
		"Cut a territory in two of even load", territory.ErrNoMember, district.ErrParts), s.split)
	api.Post(a, root+"/{id}/undo", write("undo-territory-edit", "Take back the last edit",
		territory.ErrNothing), s.undo)
	api.Post(a, root+"/{id}/redo", write("redo-territory-edit", "Do again what was taken back",
		territory.ErrNothing), s.redo)
	route := write("route-territories", "Drive a sample week of plan and today, in the background")
	route.Status = http.StatusAccepted
	api.Post(a, root+"/{id}/route", route, s.route)
	optimise := write("optimise-territories", "Deal the customers out anew, in the background")
	optimise.Status = http.StatusAccepted
	api.Post(a, root+"/{id}/optimise", optimise, s.optimise)
	api.Post(a, root+"/{id}/submit", write("submit-territory-scenario", "Hand a draft in",
		territory.ErrUnassigned), s.submit)
	api.Post(a, root+"/{id}/publish", write("publish-territory-scenario",
		"Set the day on which a scenario comes into force", territory.ErrPast), s.publish)
	api.Post(a, root+"/{id}/withdraw", write("withdraw-territory-scenario",
		"Make a submitted or scheduled scenario a draft again"), s.withdraw)
	s.mountImports(a, write)
	s.mountExports(a)
	api.Get(a, "/v1/territories", read("list-territories", "Draw the territories in force",
		api.ErrCursor), s.areas)
}

func caller(ctx context.Context) territory.Caller {
	return territory.Caller{Person: int64(api.Actor(ctx).Person), Scope: api.Scope(ctx)}
}

type (
	listOut struct{ Body []Scenario }
	oneIn   struct {
		ID int64 `path:"id" minimum:"1"`
	}
	oneOut  struct{ Body View }
	shortIn struct {
		ID   int64 `path:"id" minimum:"1"`
		Body struct {
			Version int64 `json:"version" minimum:"0" doc:"0: whatever there is"`
		}
	}
	shortOut struct{ Body Scenario }
)

func (s Surface) list(ctx context.Context, _ *struct{}) (*listOut, error) {
	found, err := s.Service.List(ctx, caller(ctx))
	if err != nil {
		return nil, err
	}
	out := &listOut{Body: []Scenario{}}
	for i := range found {
		out.Body = append(out.Body, scenarioOf(&found[i]))
	}
	return out, nil
}

func (s Surface) get(ctx context.Context, in *oneIn) (*oneOut, error) {
	v, err := s.Service.View(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &oneOut{viewOf(&v)}, nil
}

func short(d territory.Scenario, err error) (*shortOut, error) {
	if err != nil {
		return nil, err
	}
	return &shortOut{scenarioOf(&d)}, nil
}

type createIn struct {
	Body struct {
		Settings
	}
}

func (s Surface) create(ctx context.Context, in *createIn) (*shortOut, error) {
	c := caller(ctx)
	c.Key = api.IdemKey(ctx)
	return short(s.Service.Create(ctx, c, in.Body.settings()))
}

type setIn struct {
	ID   int64 `path:"id" minimum:"1"`
	Body struct {
		Settings
		Version int64 `json:"version" minimum:"0"`
	}
}

func (s Surface) set(ctx context.Context, in *setIn) (*shortOut, error) {
	at := territory.At{ID: in.ID, Version: in.Body.Version}
	return short(s.Service.Set(ctx, caller(ctx), at, in.Body.settings()))
}

func (s Surface) remove(ctx context.Context, in *oneIn) (*struct{}, error) {
	return nil, s.Service.Delete(ctx, caller(ctx), in.ID)
}

type moveIn struct {
	ID   int64 `path:"id" minimum:"1"`
	Body struct {
		Choice
		Version int64 `json:"version" minimum:"0"`
		To      int64 `json:"to" minimum:"0" doc:"The person; 0: nobody"`
	}
}

func (s Surface) move(ctx context.Context, in *moveIn) (*shortOut, error) {
	k, err := in.Body.choice()
	if err != nil {
		return nil, err
	}
	at := territory.At{ID: in.ID, Version: in.Body.Version}
	return short(s.Service.Move(ctx, caller(ctx), at, k, in.Body.To))
}

type lockIn struct {
	ID   int64 `path:"id" minimum:"1"`
	Body struct {
		Choice
		Version int64 `json:"version" minimum:"0"`
		Locked  bool  `json:"locked"`
	}
}

func (s Surface) lock(ctx context.Context, in *lockIn) (*shortOut, error) {
	k, err := in.Body.choice()
	if err != nil {
		return nil, err
	}
	at := territory.At{ID: in.ID, Version: in.Body.Version}
	return short(s.Service.Lock(ctx, caller(ctx), at, k, in.Body.Locked))
}

type pairIn struct {
	ID   int64 `path:"id" minimum:"1"`
	Body struct {
		Version int64 `json:"version" minimum:"0"`
		From    int64 `json:"from" minimum:"1"`
		To      int64 `json:"to" minimum:"1"`
	}
}

func (s Surface) merge(ctx context.Context, in *pairIn) (*shortOut, error) {
	at := territory.At{ID: in.ID, Version: in.Body.Version}
	return short(s.Service.Merge(ctx, caller(ctx), at, in.Body.From, in.Body.To))
}

func (s Surface) split(ctx context.Context, in *pairIn) (*shortOut, error) {
	at := territory.At{ID: in.ID, Version: in.Body.Version}
	return short(s.Service.Split(ctx, caller(ctx), at, in.Body.From, in.Body.To))
}

type refuseIn struct {
	ID   int64 `path:"id" minimum:"1"`
	Body struct {
		Choice
		Version int64 `json:"version" minimum:"0"`
		Person  int64 `json:"person_id" minimum:"1"`
		Refused bool  `json:"refused"`
	}
}

func (s Surface) refuse(ctx context.Context, in *refuseIn) (*shortOut, error) {
	k, err := in.Body.choice()
	if err != nil {
		return nil, err
	}
	at := territory.At{ID: in.ID, Version: in.Body.Version}
	return short(s.Service.Refuse(ctx, caller(ctx), at, k, in.Body.Person, in.Body.Refused))
}

func (in *shortIn) at() territory.At { return territory.At{ID: in.ID, Version: in.Body.Version} }

func (s Surface) undo(ctx context.Context, in *shortIn) (*shortOut, error) {
	return short(s.Service.Undo(ctx, caller(ctx), in.at()))
}

func (s Surface) redo(ctx context.Context, in *shortIn) (*shortOut, error) {
	return short(s.Service.Redo(ctx, caller(ctx), in.at()))
}

func (s Surface) submit(ctx context.Context, in *shortIn) (*shortOut, error) {
	return short(s.Service.Submit(ctx, caller(ctx), in.at()))
}

func (s Surface) withdraw(ctx context.Context, in *shortIn) (*shortOut, error) {
	return short(s.Service.Withdraw(ctx, caller(ctx), in.at()))
}

// Job is where to follow a long computation: GET /v1/jobs/{id}.
type Job struct {
	ID    int64      `json:"id"`
	Kind  string     `json:"kind" example:"territory.optimise"`
	State jobs.State `json:"state" enum:"queued,running,done,failed,cancelled,interrupted"`
}

type jobOut struct{ Body Job }

func (s Surface) optimise(ctx context.Context, in *shortIn) (*jobOut, error) {
	return started(s.Service.Optimise(ctx, caller(ctx), in.at()))
}

func (s Surface) route(ctx context.Context, in *shortIn) (*jobOut, error) {
	return started(s.Service.Route(ctx, caller(ctx), in.at()))
}

func started(job jobs.Job, err error) (*jobOut, error) {
	if err != nil {
		return nil, err
	}
	return &jobOut{Job{job.ID, job.Kind, job.State}}, nil
}

type publishIn struct {
	ID   int64 `path:"id" minimum:"1"`
	Body struct {
		Version int64  `json:"version" minimum:"0"`
		On      string `json:"on" format:"date" example:"2026-12-01"`
	}
}

func (s Surface) publish(ctx context.Context, in *publishIn) (*shortOut, error) {
	on, err := dayOf(in.Body.On)
	if err != nil {
		return nil, err
	}
	at := territory.At{ID: in.ID, Version: in.Body.Version}
	return short(s.Service.Publish(ctx, caller(ctx), at, on))
}
