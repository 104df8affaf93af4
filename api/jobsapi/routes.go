// Package jobsapi is the HTTP surface of internal/jobs: long work that was
// answered with 202 is followed and cancelled here.
package jobsapi

import (
	"context"
	"encoding/json"
	"time"

	"beatplan/api"
	"beatplan/internal/fail"
	"beatplan/internal/jobs"
)

// Job is one piece of long work.
type Job struct {
	ID         int64           `json:"id"`
	Kind       string          `json:"kind" example:"crm.import"`
	Title      string          `json:"title"`
	OwnerID    int64           `json:"owner_id" doc:"Who started it; 0: the system"`
	State      jobs.State      `json:"state" enum:"queued,running,done,failed,cancelled,interrupted"`
	Done       int64           `json:"done" doc:"Of total, in the work's own units"`
	Total      int64           `json:"total" doc:"0 while unknown"`
	Note       string          `json:"note" doc:"What is being done now"`
	Result     json.RawMessage `json:"result" doc:"Of a job that is done; null otherwise"`
	Failure    *Failure        `json:"failure" doc:"Of a job that failed"`
	CreatedAt  time.Time       `json:"created_at"`
	FinishedAt *time.Time      `json:"finished_at"`
}

// Failure says why a job failed.
type Failure struct {
	Code    string         `json:"code" example:"crm.bad_file"`
	Message string         `json:"message"`
	Args    map[string]any `json:"args"`
	Fields  []fail.Field   `json:"fields"`
}

// View shows a job; surfaces that answer 202 use it too.
func View(j jobs.Job) Job {
	v := Job{
		ID: j.ID, Kind: j.Kind, Title: j.Title, OwnerID: j.Owner, State: j.State,
		Done: j.Done, Total: j.Total, Note: j.Note, Result: j.Result,
		CreatedAt: j.CreatedAt, FinishedAt: j.FinishedAt,
	}
	if f := j.Failure; f != nil {
		v.Failure = &Failure{f.Code, f.Message, f.Args, f.Fields}
	}
	return v
}

// Mount registers the operations on a.
func Mount(a *api.API, s *jobs.Service) {
	m, tags := mount{s}, []string{"Jobs"}
	api.Get(a, "/v1/jobs", api.Op{
		ID: "list-jobs", Summary: "List the newest jobs within scope", Tags: tags, Perm: api.SignedIn,
	}, m.list)
	api.Get(a, "/v1/jobs/{id}", api.Op{
		ID: "get-job", Summary: "Follow a job", Tags: tags, Perm: api.SignedIn,
		Description: "Progress is also told on the event stream, topic job. A job that is over can be " +
			"read for a month.",
		Problems: []*fail.Error{jobs.ErrNotFound},
	}, m.get)
	api.Delete(a, "/v1/jobs/{id}", api.Op{
		ID: "cancel-job", Summary: "Ask a job to end", Tags: tags, Perm: api.SignedIn,
		Description: "It ends soon after, as cancelled; what it was to do is then undone or was never begun.",
		Problems:    []*fail.Error{jobs.ErrNotFound, jobs.ErrOver},
	}, m.cancel)
}

type mount struct{ s *jobs.Service }

type (
	listIn struct {
		Limit int `query:"limit" minimum:"1" maximum:"100" default:"20"`
	}
	listOut struct{ Body []Job }
	oneIn   struct {
		ID int64 `path:"id" minimum:"1"`
	}
	oneOut struct{ Body Job }
)

func (m mount) list(ctx context.Context, in *listIn) (*listOut, error) {
	found, err := m.s.List(ctx, api.Scope(ctx), in.Limit)
	if err != nil {
		return nil, err
	}
	out := &listOut{Body: make([]Job, len(found))}
	for i, j := range found {
		out.Body[i] = View(j)
		out.Body[i].Result = nil // may be large; read the job
	}
	return out, nil
}

func (m mount) get(ctx context.Context, in *oneIn) (*oneOut, error) {
	j, err := m.s.Get(ctx, api.Scope(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &oneOut{View(j)}, nil
}

func (m mount) cancel(ctx context.Context, in *oneIn) (*struct{}, error) {
	return nil, m.s.Cancel(ctx, api.Scope(ctx), in.ID)
}
