package approvalsapi

import (
	"context"
	"encoding/json"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/approvals"
	"beatplan/internal/fail"
)

// Mount registers the operations on a.
func Mount(a *api.API, s *approvals.Service) {
	m := mount{s}
	tags := []string{"Approvals"}
	api.Get(a, "/v1/approvals", api.Op{
		ID: "list-approvals", Summary: "List requests for approval, the newest first", Tags: tags,
		Description: "The box says which: what waits for the caller, what the caller has put, what " +
			"the caller has decided, or all that the caller may see.",
		Perm: business.ApprovalsRead, Problems: []*fail.Error{api.ErrCursor},
	}, m.list)
	api.Get(a, "/v1/approvals/counts", api.Op{
		ID: "count-approvals", Summary: "Count what waits for the caller and of the caller's own",
		Tags: tags, Perm: business.ApprovalsRead,
	}, m.counts)
	api.Get(a, "/v1/approvals/{id}", api.Op{
		ID: "get-approval", Summary: "Read a request with its steps and its history", Tags: tags,
		Perm: business.ApprovalsRead, Problems: []*fail.Error{approvals.ErrNoRequest},
	}, m.get)
	api.Post(a, "/v1/approvals", api.Op{
		ID: "put-approval", Summary: "Ask for something that needs approval", Tags: tags,
		Description: "The payload belongs to the kind. A request that nobody needs to approve has " +
			"taken effect already: its state is approved.",
		Perm: business.ApprovalsWrite, Command: true, Status: 201,
		Problems: []*fail.Error{approvals.ErrNoKind, approvals.ErrInvalid, approvals.ErrMayNotAsk,
			approvals.ErrPending, approvals.ErrNobody, approvals.ErrProofNeeded},
	}, m.put)
	api.Post(a, "/v1/approvals/{id}/decide", api.Op{
		ID: "decide-approval", Summary: "Approve or reject the open step of a request", Tags: tags,
		Description: "The last approval takes effect at once; when the effect is refused, the answer " +
			"is that refusal and the request stays open.",
		Perm: business.ApprovalsWrite, Command: true,
		Problems: []*fail.Error{approvals.ErrNoRequest, approvals.ErrOver, approvals.ErrChanged,
			approvals.ErrOwn, approvals.ErrNotApprover, approvals.ErrDeskOnly, approvals.ErrProofNeeded,
			approvals.ErrInvalid, api.ErrIfMatch},
	}, m.decide)
	api.Post(a, "/v1/approvals/{id}/withdraw", api.Op{
		ID: "withdraw-approval", Summary: "Take back an open request of one's own", Tags: tags,
		Perm: business.ApprovalsWrite, Command: true,
		Problems: []*fail.Error{approvals.ErrNoRequest, approvals.ErrNotApplicant,
			approvals.ErrOver, approvals.ErrChanged, api.ErrIfMatch},
	}, m.withdraw)
}

type mount struct{ s *approvals.Service }

// Client says which program sends the request; embed it.
type Client struct {
	Kind string `header:"X-Client" enum:"desk,phone" doc:"phone: the phone app; a desk otherwise"`
}

func (c Client) by(ctx context.Context) approvals.By {
	return approvals.By{Actor: api.Actor(ctx), Scope: api.Scope(ctx), Key: api.IdemKey(ctx),
		Phone: c.Kind == "phone", Fresh: api.Fresh(ctx)}
}

type (
	listIn struct {
		Client
		api.PageQuery
		Box     string `query:"box" enum:"to_decide,mine,decided,all" default:"all"`
		State   string `query:"state" enum:"open,approved,rejected,withdrawn"`
		Kind    string `query:"kind" maxLength:"60" example:"customer.change"`
		Object  string `query:"object" maxLength:"60" example:"customer"`
		Subject int64  `query:"subject" minimum:"0" doc:"A row that it is about"`
		Search  string `query:"q" maxLength:"80" doc:"Part of the title or of the applicant's name"`
	}
	listOut struct{ Body api.Page[Approval] }
)

func (m mount) list(ctx context.Context, in *listIn) (*listOut, error) {
	var before int64
	if err := api.DecodeAfter(in.After, &before); err != nil {
		return nil, err
	}
	rows, err := m.s.Requests(ctx, in.by(ctx), approvals.Filter{
		Box: approvals.Box(in.Box), State: approvals.State(in.State), Kind: in.Kind,
		Object: in.Object, Subject: in.Subject, Search: in.Search,
	}, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(rows) > in.Limit {
		rows = rows[:in.Limit]
		if next, err = api.EncodeAfter(rows[in.Limit-1].ID); err != nil {
			return nil, err
		}
	}
	items := make([]Approval, len(rows))
	for i, r := range rows {
		items[i] = view(r)
	}
	return &listOut{api.NewPage(items, next, -1)}, nil
}

type countsOut struct{ Body ApprovalCounts }

func (m mount) counts(ctx context.Context, in *struct{ Client }) (*countsOut, error) {
	c, err := m.s.Counts(ctx, in.by(ctx))
	if err != nil {
		return nil, err
	}
	return &countsOut{ApprovalCounts(c)}, nil
}

type (
	getIn struct {
		Client
		ID int64 `path:"id" minimum:"1"`
	}
	getOut struct {
		ETag string `header:"ETag"`
		Body ApprovalDetail
	}
)

func (m mount) get(ctx context.Context, in *getIn) (*getOut, error) {
	d, err := m.s.Request(ctx, in.by(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &getOut{api.ETag(d.Version), detailView(d)}, nil
}

type (
	putIn struct {
		Client
		Body struct {
			Kind     string         `json:"kind" maxLength:"60" example:"customer.change"`
			Subjects []int64        `json:"subjects,omitempty" maxItems:"2000" doc:"Ids of the rows it is about"`
			Reason   string         `json:"reason,omitempty" maxLength:"500"`
			Payload  map[string]any `json:"payload,omitempty" doc:"Of the kind's own form"`
		}
	}
	requestOut struct {
		ETag string `header:"ETag"`
		Body Approval
	}
)

func (m mount) put(ctx context.Context, in *putIn) (*requestOut, error) {
	if err := m.s.May(in.Body.Kind, api.CallerOf(ctx).May); err != nil {
		return nil, err
	}
	payload := []byte("{}")
	if in.Body.Payload != nil {
		var err error
		if payload, err = json.Marshal(in.Body.Payload); err != nil {
			return nil, err
		}
	}
	r, err := m.s.Put(ctx, in.by(ctx), approvals.New{
		Kind: in.Body.Kind, Subjects: in.Body.Subjects, Reason: in.Body.Reason, Payload: payload,
	})
	return m.answer(ctx, in.by(ctx), r, err)
}

// answer shows the request as it is now, with names.
func (m mount) answer(
	ctx context.Context, by approvals.By, r approvals.Request, err error,
) (*requestOut, error) {
	if err != nil {
		return nil, err
	}
	d, err := m.s.Request(ctx, by, r.ID)
	if err != nil {
		return nil, err
	}
	return &requestOut{api.ETag(d.Version), view(d.Request)}, nil
}

type decideIn struct {
	Client
	api.IfMatch
	ID   int64 `path:"id" minimum:"1"`
	Body struct {
		Approve bool   `json:"approve"`
		Comment string `json:"comment,omitempty" maxLength:"500" doc:"Needed to reject"`
	}
}

func (m mount) decide(ctx context.Context, in *decideIn) (*requestOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	r, err := m.s.Decide(ctx, in.by(ctx), approvals.Decision{
		ID: in.ID, Version: version, Approve: in.Body.Approve, Comment: in.Body.Comment,
	})
	return m.answer(ctx, in.by(ctx), r, err)
}

type withdrawIn struct {
	Client
	api.IfMatch
	ID int64 `path:"id" minimum:"1"`
}

func (m mount) withdraw(ctx context.Context, in *withdrawIn) (*requestOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	r, err := m.s.Withdraw(ctx, in.by(ctx), in.ID, version)
	return m.answer(ctx, in.by(ctx), r, err)
}
