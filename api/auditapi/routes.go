// Package auditapi is the HTTP surface of business/audit: reading the trail, and
// checking that nobody touched it.
package auditapi

import (
	"context"
	"time"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/audit"
	"beatplan/internal/fail"
)

// Surface is what the operations need.
type Surface struct {
	Log  *audit.Log
	Zone *time.Location // in which a day of a filter begins and ends
	// Names returns the names of these people by id.
	Names func(ctx context.Context, ids []int64) (map[business.PersonID]string, error)
}

// Mount registers the operations on a.
func Mount(a *api.API, f Surface) {
	api.Get(a, "/v1/audit", api.Op{
		ID: "list-audit", Summary: "Read the trail, newest first", Tags: []string{"Audit"},
		Description: "Commands and sensitive reads; reading the trail is one of them. Who does not see " +
			"everybody reads what the people within their reach did. What it held of a person who " +
			"was erased cannot be read by anybody.",
		Perm: business.AuditRead, Sensitive: true, Problems: []*fail.Error{api.ErrCursor},
	}, f.list)
	api.Get(a, "/v1/audit/verification", api.Op{
		ID: "verify-audit", Summary: "Recompute the trail's chain and name the first bad row",
		Tags: []string{"Audit"}, Perm: business.AuditRead,
	}, f.verify)
}

// Entry is one row of the trail.
type Entry struct {
	ID         int64             `json:"id"`
	At         time.Time         `json:"at"`
	PersonID   business.PersonID `json:"person_id" doc:"0: nobody, or the system"`
	PersonName string            `json:"person_name"`
	Role       business.Role     `json:"role"`
	Action     string            `json:"action" example:"identity.person.changed"`
	Object     string            `json:"object" example:"person"`
	ObjectID   int64             `json:"object_id"`
	Before     any               `json:"before"`
	After      any               `json:"after"`
	Address    string            `json:"address"`
	Request    string            `json:"request"`
	Agent      string            `json:"agent"`
}

func view(e audit.Entry, names map[business.PersonID]string) Entry {
	v := Entry{ID: e.ID, At: e.At, PersonID: e.Person, PersonName: names[e.Person], Role: e.Role,
		Action: e.Action, Object: e.Object, ObjectID: e.Target, Address: e.Address,
		Request: e.Request, Agent: e.Agent}
	if e.Before != nil {
		v.Before = e.Before
	}
	if e.After != nil {
		v.After = e.After
	}
	return v
}

type (
	listInput struct {
		api.PageQuery
		Person business.PersonID `query:"person" minimum:"0" doc:"Who did it"`
		Object string            `query:"object" maxLength:"40" doc:"Kind of the object" example:"person"`
		Target int64             `query:"id" minimum:"0" doc:"Id of the object"`
		Action string            `query:"action" maxLength:"80" doc:"Its beginning" example:"identity."`
		From   business.Date     `query:"from" doc:"First day"`
		To     business.Date     `query:"to" doc:"Last day"`
	}
	listOutput   struct{ Body api.Page[Entry] }
	verifyOutput struct {
		Body struct {
			Whole  bool   `json:"whole"`
			Rows   int64  `json:"rows" doc:"Of the chain that were seen to be whole"`
			Seq    int64  `json:"seq,omitempty" doc:"First bad row of the chain"`
			Entry  int64  `json:"entry,omitempty" doc:"Id of the bad entry"`
			Reason string `json:"reason,omitempty" enum:"edited,deleted,inserted,cut off,replaced"`
		}
	}
)

func (f Surface) list(ctx context.Context, in *listInput) (*listOutput, error) {
	var before int64
	if err := api.DecodeAfter(in.After, &before); err != nil {
		return nil, err
	}
	filter := audit.Filter{Person: in.Person, Object: in.Object, Target: in.Target,
		Action: in.Action}
	if sc := api.CallerOf(ctx).Scope; !sc.All {
		filter.People = append([]int64{}, sc.People...)
	}
	if !in.From.IsZero() {
		from := in.From.At(f.Zone, 0)
		filter.From = &from
	}
	if !in.To.IsZero() {
		to := in.To.Add(1).At(f.Zone, 0)
		filter.To = &to
	}
	entries, err := f.Log.Entries(ctx, filter, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(entries) > in.Limit {
		entries = entries[:in.Limit]
		if next, err = api.EncodeAfter(entries[in.Limit-1].ID); err != nil {
			return nil, err
		}
	}
	ids := make([]int64, 0, len(entries))
	for _, e := range entries {
		ids = append(ids, int64(e.Person))
	}
	names, err := f.Names(ctx, ids)
	if err != nil {
		return nil, err
	}
	views := make([]Entry, len(entries))
	for i, e := range entries {
		views[i] = view(e, names)
	}
	return &listOutput{api.NewPage(views, next, -1)}, nil
}

func (f Surface) verify(ctx context.Context, _ *struct{}) (*verifyOutput, error) {
	fault, rows, err := f.Log.Verify(ctx)
	if err != nil {
		return nil, err
	}
	var out verifyOutput
	out.Body.Whole, out.Body.Rows = fault == nil, rows
	if fault != nil {
		out.Body.Seq, out.Body.Entry = fault.Seq, fault.Entry
		out.Body.Reason = string(fault.Reason)
	}
	return &out, nil
}
