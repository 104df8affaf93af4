package crmapi

import (
	"context"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/internal/fail"
)

// sharing registers what forms and lists need beside the customers themselves.
func (m mount) sharing() {
	api.Get(m.a, "/v1/customers/kinds", api.Op{
		ID: "list-customer-kinds", Summary: "The tree of kinds with its counts under a filter",
		Tags: tags(), Perm: business.CustomersRead, Problems: []*fail.Error{crm.ErrBadFilter},
	}, m.kinds)
	api.Get(m.a, "/v1/pool/kinds", api.Op{
		ID: "list-pool-kinds", Summary: "The tree of kinds of the pool with its counts",
		Tags: []string{"Pool"}, Perm: business.CustomersRead, Problems: []*fail.Error{crm.ErrBadFilter},
	}, m.poolKinds)
	api.Get(m.a, "/v1/colleagues", api.Op{
		ID: "list-colleagues", Summary: "Everybody with whom a customer may be shared", Tags: tags(),
		Description: "Name, team and colour of every active person, whatever the caller's data scope.",
		Perm:        business.CustomersRead,
	}, m.colleagues)
	api.Get(m.a, "/v1/customer-entry-rule", api.Op{
		ID: "get-customer-entry-rule", Tags: tags(),
		Summary: "Read what a new customer must have and how it may change",
		Perm:    business.CustomersRead,
	}, m.entryRule)
	api.Put(m.a, "/v1/customer-entry-rule", api.Op{
		ID: "set-customer-entry-rule", Tags: tags(),
		Summary: "Change what a new customer must have and how it may change",
		Perm:    business.SettingsWrite, Problems: []*fail.Error{crm.ErrInvalid},
	}, m.setEntryRule)
}

// KindNode is a kind of customer in the tree of kinds.
type KindNode struct {
	Path  string `json:"path" example:"shop/bakery"`
	Own   int64  `json:"own" doc:"Customers of this very kind"`
	Total int64  `json:"total" doc:"With those of every kind below: what kind=path lists"`
}

type kindsOut struct {
	Body struct {
		Items []KindNode `json:"items" doc:"Every node before those below it"`
	}
}

func kindViews(nodes []crm.KindNode, err error) (*kindsOut, error) {
	if err != nil {
		return nil, err
	}
	out := &kindsOut{}
	out.Body.Items = make([]KindNode, len(nodes))
	for i, n := range nodes {
		out.Body.Items[i] = KindNode(n)
	}
	return out, nil
}

func (m mount) kinds(ctx context.Context, in *Filter) (*kindsOut, error) {
	f, err := in.parse()
	if err != nil {
		return nil, err
	}
	return kindViews(m.s.Kinds(ctx, api.Scope(ctx), f))
}

func (m mount) poolKinds(ctx context.Context, in *Filter) (*kindsOut, error) {
	f, err := in.parse()
	if err != nil {
		return nil, err
	}
	return kindViews(m.s.PoolKinds(ctx, f))
}

// Colleague is somebody with whom a customer may be shared.
type Colleague struct {
	ID         business.PersonID `json:"id"`
	Name       string            `json:"name"`
	TeamID     *business.TeamID  `json:"team_id"`
	TeamName   string            `json:"team_name"`
	ColorIndex int               `json:"color_index"`
}

type colleaguesOut struct {
	Body struct {
		Items []Colleague `json:"items"`
	}
}

func (m mount) colleagues(ctx context.Context, _ *struct{}) (*colleaguesOut, error) {
	people, err := m.s.Colleagues(ctx)
	if err != nil {
		return nil, err
	}
	out := &colleaguesOut{}
	out.Body.Items = make([]Colleague, len(people))
	for i, p := range people {
		out.Body.Items[i] = Colleague{p.Person, p.Name, orNull(p.Team), p.Of, p.Color}
	}
	return out, nil
}

// EntryRule is how customers enter the archive and change in it.
type EntryRule struct {
	Required  []string `json:"required" maxItems:"10" example:"[\"address\",\"contact\",\"phone\",\"district\"]" doc:"What a new one must have besides name, kind and level: of address, contact, phone, district, position, channel"`
	FormsOnly bool     `json:"forms_only,omitempty" doc:"Existing ones change by approved requests only"`
}

type entryRuleOut struct{ Body EntryRule }

func (m mount) entryRule(ctx context.Context, _ *struct{}) (*entryRuleOut, error) {
	r, err := m.s.EntryRule(ctx)
	if err != nil {
		return nil, err
	}
	return &entryRuleOut{EntryRule(r)}, nil
}

type entryRuleIn struct{ Body EntryRule }

func (m mount) setEntryRule(ctx context.Context, in *entryRuleIn) (*entryRuleOut, error) {
	if err := m.s.SetEntryRule(ctx, by(ctx), crm.EntryRule(in.Body)); err != nil {
		return nil, err
	}
	return m.entryRule(ctx, nil)
}
