package crmapi

import (
	"context"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/internal/fail"
)

func (m mount) pool() {
	pool := []string{"Pool"}
	api.Get(m.a, "/v1/pool", api.Op{
		ID: "list-pool", Summary: "List the customers that nobody owns", Tags: pool,
		Description: "Everybody who may see customers sees the pool; phone and street are masked until " +
			"the customer is claimed, unless the rules say otherwise.",
		Perm: business.CustomersRead, Problems: []*fail.Error{crm.ErrBadFilter, api.ErrCursor},
	}, m.poolList)
	api.Post(m.a, "/v1/pool/{id}/claim", api.Op{
		ID: "claim-customer", Summary: "Claim a customer from the pool", Tags: pool,
		Description: "Of many who claim at once one wins.",
		Perm:        business.CustomersWrite, Command: true,
		Problems: []*fail.Error{crm.ErrNotInPool, crm.ErrPoolLimit, crm.ErrCoolDown,
			crm.ErrMayNotClaim, crm.ErrFormNeeded},
	}, m.claim)
	api.Post(m.a, "/v1/customers/{id}/release", api.Op{
		ID: "release-customer", Summary: "Give a customer back to the pool", Tags: pool,
		Perm: business.CustomersWrite, Command: true,
		Problems: []*fail.Error{crm.ErrNoCustomer, crm.ErrArchived, crm.ErrNotInPool,
			crm.ErrOnlyShared, crm.ErrFormNeeded},
	}, m.release)
	api.Get(m.a, "/v1/pool-policy", api.Op{
		ID: "get-pool-policy", Summary: "Read the rules of the pool", Tags: pool,
		Perm: business.CustomersRead,
	}, m.policy)
	api.Put(m.a, "/v1/pool-policy", api.Op{
		ID: "set-pool-policy", Summary: "Change the rules of the pool", Tags: pool,
		Perm:     business.SettingsWrite,
		Problems: []*fail.Error{api.ErrIfMatch, crm.ErrChanged, crm.ErrNoPoolPolicy},
	}, m.setPolicy)
	api.Put(m.a, "/v1/pool-limits/{person}", api.Op{
		ID: "set-pool-limit", Summary: "Give a person limits of their own", Tags: pool,
		Perm:     business.SettingsWrite,
		Problems: []*fail.Error{crm.ErrNoOwner, crm.ErrNoPoolPolicy},
	}, m.setLimit)
}

type poolIn struct {
	Filter
	api.PageQuery
}

func (m mount) poolList(ctx context.Context, in *poolIn) (*listOut, error) {
	f, err := in.parse()
	if err != nil {
		return nil, err
	}
	var after business.CustomerID
	if err := api.DecodeAfter(in.After, &after); err != nil {
		return nil, err
	}
	found, err := m.s.Pool(ctx, f, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(found) > in.Limit {
		found = found[:in.Limit]
		if next, err = api.EncodeAfter(found[in.Limit-1].ID); err != nil {
			return nil, err
		}
	}
	items := make([]Customer, len(found))
	for i, c := range found {
		items[i] = m.view(ctx, c, nil)
	}
	return &listOut{api.NewPage(items, next, -1)}, nil
}

func (m mount) claim(ctx context.Context, in *CustomerPath) (*customerOut, error) {
	return m.shown(ctx)(m.s.Claim(ctx, by(ctx), in.ID))
}

func (m mount) release(ctx context.Context, in *CustomerPath) (*customerOut, error) {
	return m.shown(ctx)(m.s.Release(ctx, by(ctx), in.ID))
}

// PoolPolicy is the rules of the pool.
type PoolPolicy struct {
	MaxHeld       int  `json:"max_held" minimum:"0" maximum:"1000000" doc:"Customers not closed that one person may own; 0: any number"`
	FollowDays    int  `json:"follow_days" minimum:"0" maximum:"3660" doc:"Days to close a deal before the customer returns; 0: for ever"`
	RemindDays    int  `json:"remind_days" minimum:"0" maximum:"365" doc:"Days before the return of a reminder; 0: none"`
	CooldownHours int  `json:"cooldown_hours" minimum:"0" maximum:"87600" doc:"Before the last owner may claim again"`
	MaskContacts  bool `json:"mask_contacts" doc:"Hide phone and street until claimed"`
}

// PoolRules are the rules as they are read.
type PoolRules struct {
	PoolPolicy
	Version int64 `json:"version" doc:"For If-Match"`
}

type policyOut struct {
	ETag string `header:"ETag"`
	Body PoolRules
}

func (m mount) policy(ctx context.Context, _ *struct{}) (*policyOut, error) {
	p, err := m.s.PoolPolicy(ctx)
	if err != nil {
		return nil, err
	}
	return &policyOut{api.ETag(p.Version), PoolRules{
		PoolPolicy{p.MaxHeld, p.FollowDays, p.RemindDays, p.CooldownH, p.MaskContacts}, p.Version}}, nil
}

type policyIn struct {
	api.IfMatch
	Body PoolPolicy
}

func (m mount) setPolicy(ctx context.Context, in *policyIn) (*policyOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	b := in.Body
	err = m.s.SetPoolPolicy(ctx, by(ctx), crm.PoolPolicy{MaxHeld: b.MaxHeld,
		FollowDays: b.FollowDays, RemindDays: b.RemindDays, CooldownH: b.CooldownHours,
		MaskContacts: b.MaskContacts, Version: version})
	if err != nil {
		return nil, err
	}
	return m.policy(ctx, nil)
}

type limitIn struct {
	Person business.PersonID `path:"person" minimum:"1"`
	Body   struct {
		MaxHeld    *int `json:"max_held" minimum:"0" maximum:"1000000" doc:"null: the company's"`
		FollowDays *int `json:"follow_days" minimum:"0" maximum:"3660" doc:"null: the company's"`
	}
}

func (m mount) setLimit(ctx context.Context, in *limitIn) (*struct{}, error) {
	return nil, m.s.SetPoolLimit(ctx, by(ctx), crm.PoolLimit{Person: in.Person,
		MaxHeld: in.Body.MaxHeld, FollowDays: in.Body.FollowDays})
}
