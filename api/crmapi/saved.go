package crmapi

import (
	"context"
	"net/http"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/internal/fail"
)

func (m mount) saved() {
	refusals := []*fail.Error{crm.ErrInvalid, crm.ErrBadFilter, crm.ErrViewName, crm.ErrTooManyViews}
	api.Get(m.a, "/v1/customer-views", api.Op{
		ID: "list-customer-views", Summary: "List the saved views that one may open", Tags: tags(),
		Description: "One's own first. A view holds no rows: whoever opens it reads within their own " +
			"data scope.",
		Perm: business.CustomersRead,
	}, m.viewList)
	api.Post(m.a, "/v1/customer-views", api.Op{
		ID: "save-customer-view", Summary: "Save a filter, an order and columns by name", Tags: tags(),
		Perm: business.CustomersRead, Command: true, Status: http.StatusCreated, Problems: refusals,
	}, m.viewSave)
	api.Put(m.a, "/v1/customer-views/{id}", api.Op{
		ID: "change-customer-view", Summary: "Change a view of one's own", Tags: tags(),
		Perm:     business.CustomersRead,
		Problems: append([]*fail.Error{api.ErrIfMatch, crm.ErrNoView, crm.ErrChanged}, refusals...),
	}, m.viewChange)
	api.Delete(m.a, "/v1/customer-views/{id}", api.Op{
		ID: "forget-customer-view", Summary: "Take a view of one's own away, from everybody",
		Tags: tags(), Perm: business.CustomersRead, Problems: []*fail.Error{crm.ErrNoView},
	}, m.viewForget)
	api.Get(m.a, "/v1/holdings", api.Op{
		ID: "list-holdings", Summary: "How many customers people look after and may look after",
		Description: "Everybody active within the caller's scope; counted now.",
		Tags:        []string{"Pool"}, Perm: business.CustomersRead,
	}, m.holdings)
}

// CustomerView is a saved question.
type CustomerView struct {
	ID      int64             `json:"id"`
	ByID    business.PersonID `json:"by_id"`
	ByName  string            `json:"by_name"`
	Mine    bool              `json:"mine" doc:"The caller saved it and may change it"`
	Name    string            `json:"name"`
	Query   string            `json:"query" doc:"Parameters of GET /v1/customers"`
	Sort    string            `json:"sort"`
	Columns []string          `json:"columns"`
	Shared  crm.Audience      `json:"shared" enum:"me,team,company"`
	Version int64             `json:"version"`
}

func savedView(v crm.View, reader business.PersonID) CustomerView {
	return CustomerView{v.ID, v.Person, v.ByName, v.Person == reader, v.Name, v.Query, string(v.Sort),
		list(v.Columns), v.Shared, v.Version}
}

type viewOut struct {
	ETag string `header:"ETag"`
	Body CustomerView
}

func viewShown(ctx context.Context) func(v crm.View, err error) (*viewOut, error) {
	return func(v crm.View, err error) (*viewOut, error) {
		if err != nil {
			return nil, err
		}
		return &viewOut{api.ETag(v.Version), savedView(v, api.Actor(ctx).Person)}, nil
	}
}

type viewsOut struct {
	Body struct {
		Items []CustomerView `json:"items"`
	}
}

func (m mount) viewList(ctx context.Context, _ *struct{}) (*viewsOut, error) {
	reader := api.Actor(ctx).Person
	found, err := m.s.Views(ctx, reader)
	if err != nil {
		return nil, err
	}
	out := &viewsOut{}
	out.Body.Items = make([]CustomerView, len(found))
	for i, v := range found {
		out.Body.Items[i] = savedView(v, reader)
	}
	return out, nil
}

// ViewFields are what is given of a view.
type ViewFields struct {
	Name    string       `json:"name" minLength:"1" maxLength:"80" example:"A customers, overdue"`
	Query   string       `json:"query,omitempty" maxLength:"8192" example:"level=A&due=overdue" doc:"Parameters of GET /v1/customers"`
	Sort    string       `json:"sort,omitempty" maxLength:"40" default:"name"`
	Columns []string     `json:"columns,omitempty" maxItems:"20" doc:"Fields of a customer, in their order"`
	Shared  crm.Audience `json:"shared,omitempty" enum:"me,team,company" default:"me"`
}

func (f ViewFields) fields() crm.ViewFields {
	return crm.ViewFields{Name: f.Name, Query: f.Query, Sort: crm.Sort(f.Sort), Columns: f.Columns,
		Shared: f.Shared}
}

type viewIn struct{ Body ViewFields }

func (m mount) viewSave(ctx context.Context, in *viewIn) (*viewOut, error) {
	return viewShown(ctx)(m.s.SaveView(ctx, by(ctx), in.Body.fields()))
}

type viewChangeIn struct {
	ID int64 `path:"id" minimum:"1"`
	api.IfMatch
	Body ViewFields
}

func (m mount) viewChange(ctx context.Context, in *viewChangeIn) (*viewOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return viewShown(ctx)(m.s.ReplaceView(ctx, by(ctx), in.ID, version, in.Body.fields()))
}

type viewPath struct {
	ID int64 `path:"id" minimum:"1"`
}

func (m mount) viewForget(ctx context.Context, in *viewPath) (*struct{}, error) {
	return nil, m.s.ForgetView(ctx, by(ctx), in.ID)
}

// PersonHolding is how many customers a person looks after and may look after.
type PersonHolding struct {
	PersonID   business.PersonID `json:"person_id"`
	Name       string            `json:"name"`
	Held       int               `json:"held" doc:"Owned and not closed; shared ones do not count"`
	MaxHeld    int               `json:"max_held" doc:"0: any number"`
	FollowDays int               `json:"follow_days" doc:"Days to close a deal; 0: for ever"`
	OwnMax     *int              `json:"own_max_held" doc:"The person's own limit; null: the company's"`
	OwnDays    *int              `json:"own_follow_days" doc:"The person's own; null: the company's"`
}

type holdingsOut struct {
	Body struct {
		Items []PersonHolding `json:"items"`
	}
}

func (m mount) holdings(ctx context.Context, _ *struct{}) (*holdingsOut, error) {
	all, err := m.s.Holdings(ctx, api.Scope(ctx))
	if err != nil {
		return nil, err
	}
	out := &holdingsOut{}
	out.Body.Items = make([]PersonHolding, len(all))
	for i, h := range all {
		out.Body.Items[i] = PersonHolding{h.Person, h.Name, h.Held, h.MaxHeld, h.FollowDays,
			h.OwnMax, h.OwnDays}
	}
	return out, nil
}
