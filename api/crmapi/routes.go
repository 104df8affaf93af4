// Package crmapi is the HTTP surface of business/crm: the customers, their
// history, import and export.
//
// One set of query parameters ([Filter]) selects customers in the list, the
// count, the facets, the export and the map's tiles.
package crmapi

import (
	"context"
	"net/http"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

// Others finds what is not a customer, for the command bar.
type Others interface {
	// Search returns people and places that the words name, at most limit, the
	// best first.
	Search(ctx context.Context, sc scope.Scope, q string, limit int) ([]Hit, error)
}

// Surface holds what the operations need.
type Surface struct {
	Service *crm.Service
	Others  Others // nil: the command bar finds customers only

	// Told says what one must be allowed to read to be told of it in a timeline,
	// besides what crm itself tells of.
	Told map[crm.EventKind]business.Permission
}

// Mount registers the operations on a.
func Mount(a *api.API, s Surface) {
	m := mount{a: a, s: s.Service, others: s.Others, told: s.Told}
	m.reads()
	m.commands()
	m.files()
	m.imports()
	m.pool()
	m.sharing()
	m.problems()
	m.photos()
	m.tagging()
	m.timeline()
	m.leads()
	m.saved()
	m.search()
}

type mount struct {
	a      *api.API
	s      *crm.Service
	others Others
	told   map[crm.EventKind]business.Permission
}

func tags() []string { return []string{"Customers"} }

func (m mount) reads() {
	read := func(id, summary string, own ...*fail.Error) api.Op {
		return api.Op{ID: id, Summary: summary, Tags: tags(), Perm: business.CustomersRead, Problems: own}
	}
	api.Get(m.a, "/v1/customers", read("list-customers", "List customers, page by page",
		crm.ErrBadFilter, api.ErrCursor), m.list)
	api.Get(m.a, "/v1/customers/count", read("count-customers",
		"Count the customers under a filter", crm.ErrBadFilter), m.count)
	api.Get(m.a, "/v1/customers/facets", read("count-customer-facets",
		"Count by kind, level, status, owner and stage under a filter", crm.ErrBadFilter), m.facets)
	api.Get(m.a, "/v1/customers/districts", read("count-customer-districts",
		"Count by district under a filter; with located=false the queue of those to be found",
		crm.ErrBadFilter), m.districts)
	api.Get(m.a, "/v1/customers/{id}", read("get-customer", "Read a customer",
		crm.ErrNoCustomer), m.get)
	api.Get(m.a, "/v1/customers/{id}/history", read("list-customer-changes",
		"List what was changed on a customer, newest first", crm.ErrNoCustomer, api.ErrCursor), m.history)
	api.Get(m.a, "/v1/customers/{id}/pin-proposal", read("get-pin-proposal",
		"Read where a check-in found a customer without position",
		crm.ErrNoCustomer, crm.ErrNoProposal), m.proposal)
}

func (m mount) commands() {
	own := []*fail.Error{crm.ErrInvalid, crm.ErrDuplicate, crm.ErrAddressNeeded, crm.ErrNoOwner,
		crm.ErrMayNotAssign, crm.ErrPoolLimit, crm.ErrOnlyShared}
	change := append([]*fail.Error{crm.ErrNoCustomer, crm.ErrChanged, crm.ErrArchived,
		crm.ErrFormNeeded}, own...)
	api.Post(m.a, "/v1/customers", api.Op{
		ID: "create-customer", Summary: "Create a customer", Tags: tags(),
		Description: "The number is given by the system unless the body has one. A salesperson's " +
			"customers are their own.",
		Perm: business.CustomersWrite, Command: true, Status: http.StatusCreated,
		Problems: append([]*fail.Error{crm.ErrNumberTaken, crm.ErrNumberReserved}, own...),
	}, m.create)
	api.Patch(m.a, "/v1/customers/{id}", api.Op{
		ID: "change-customer", Summary: "Change some fields of a customer", Tags: tags(),
		Perm: business.CustomersWrite, Problems: append([]*fail.Error{api.ErrIfMatch}, change...),
	}, m.change)
	api.Delete(m.a, "/v1/customers/{id}", api.Op{
		ID: "archive-customer", Summary: "Take a customer out of every list", Tags: tags(),
		Description: "Nothing is lost: POST …/restore undoes it. If-Match is optional.",
		Perm:        business.CustomersDelete,
		Problems:    []*fail.Error{crm.ErrNoCustomer, crm.ErrChanged, crm.ErrOnlyShared},
	}, m.archive)
	api.Post(m.a, "/v1/customers/{id}/restore", api.Op{
		ID: "restore-customer", Summary: "Bring an archived customer back", Tags: tags(),
		Perm: business.CustomersDelete,
		Problems: []*fail.Error{crm.ErrNoCustomer, crm.ErrNotArchived, crm.ErrDuplicate,
			crm.ErrAddressNeeded, crm.ErrOnlyShared, crm.ErrMerged},
	}, m.restore)
	api.Post(m.a, "/v1/customers/{id}/merge", api.Op{
		ID: "merge-customer", Summary: "Make one customer of two", Tags: tags(),
		Description: "The customer of the address is archived for ever and points to the one of the " +
			"body, which takes over what it lacks. Documents stay under the customer that they were " +
			"made for; timeline and sums show both. This cannot be undone.",
		Perm: business.CustomersDelete, Command: true,
		Problems: append([]*fail.Error{crm.ErrMergeOpen}, change...),
	}, m.merge)
	api.Post(m.a, "/v1/customers/assign", api.Op{
		ID: "assign-customers", Summary: "Give customers to another owner, all or none", Tags: tags(),
		Perm: business.CustomersWrite, Command: true,
		Problems: []*fail.Error{crm.ErrNoCustomer, crm.ErrArchived, crm.ErrNoOwner, crm.ErrMayNotAssign,
			crm.ErrPoolLimit, crm.ErrOnlyShared, crm.ErrFormNeeded},
	}, m.assign)
}

func by(ctx context.Context) crm.By {
	return crm.By{Actor: api.Actor(ctx), Scope: api.Scope(ctx), Key: api.IdemKey(ctx)}
}

type listIn struct {
	Filter
	api.PageQuery
	Sort string `query:"sort" default:"name" enum:"name,-name,number,-number,overdue_days,-overdue_days,last_visit_at,-last_visit_at,updated_at,-updated_at,open_receivable_cents,-open_receivable_cents,distance" doc:"Order; - turns it round; distance needs near"`
	Near string `query:"near" maxLength:"60" example:"-75.52,39.16" doc:"lon,lat: adds distance_m to the items"`
}

type listOut struct{ Body api.Page[Customer] }

func (m mount) list(ctx context.Context, in *listIn) (*listOut, error) {
	f, err := in.parse()
	if err != nil {
		return nil, err
	}
	near, err := point(in.Near)
	if err != nil {
		return nil, err
	}
	l := crm.List{Filter: f, Sort: crm.Sort(in.Sort), Near: near, Limit: in.Limit}
	if err := api.DecodeAfter(in.After, &l.After); err != nil {
		return nil, err
	}
	page, next, err := m.s.List(ctx, api.Scope(ctx), l)
	if err != nil {
		return nil, err
	}
	total := int64(-1)
	if in.After == "" { // it does not change from page to page
		n, err := m.s.Count(ctx, api.Scope(ctx), f)
		if err != nil {
			return nil, err
		}
		total = n.Total
	}
	after := ""
	if next != nil {
		if after, err = api.EncodeAfter(next); err != nil {
			return nil, err
		}
	}
	items := make([]Customer, len(page))
	for i, c := range page {
		items[i] = m.view(ctx, c, near)
	}
	return &listOut{api.NewPage(items, after, total)}, nil
}

// Counted is how many customers a filter selects.
type Counted struct {
	Total   int64 `json:"total"`
	Located int64 `json:"located" doc:"With a position: on the map"`
	Missing int64 `json:"missing" doc:"Without a position: total − located"`
}

type countOut struct{ Body Counted }

func (m mount) count(ctx context.Context, in *Filter) (*countOut, error) {
	f, err := in.parse()
	if err != nil {
		return nil, err
	}
	n, err := m.s.Count(ctx, api.Scope(ctx), f)
	if err != nil {
		return nil, err
	}
	return &countOut{Counted{n.Total, n.Plotted, n.Total - n.Plotted}}, nil
}

type facetsOut struct{ Body Facets }

func (m mount) facets(ctx context.Context, in *Filter) (*facetsOut, error) {
	f, err := in.parse()
	if err != nil {
		return nil, err
	}
	counts, err := m.s.Facets(ctx, api.Scope(ctx), f)
	if err != nil {
		return nil, err
	}
	return &facetsOut{facets(counts)}, nil
}

// District is how many customers lie in one district.
type District struct {
	District string `json:"district" doc:"As written; empty for none"`
	Count    int64  `json:"count"`
}

type districtsOut struct {
	Body struct {
		Items []District `json:"items"`
	}
}

func (m mount) districts(ctx context.Context, in *Filter) (*districtsOut, error) {
	f, err := in.parse()
	if err != nil {
		return nil, err
	}
	counts, err := m.s.Districts(ctx, api.Scope(ctx), f)
	if err != nil {
		return nil, err
	}
	out := &districtsOut{}
	out.Body.Items = make([]District, len(counts))
	for i, d := range counts {
		out.Body.Items[i] = District(d)
	}
	return out, nil
}

// CustomerPath names a customer in an address; embed it.
type CustomerPath struct {
	ID business.CustomerID `path:"id" minimum:"1"`
}

type customerOut struct {
	ETag string `header:"ETag"`
	Body Customer
}

// shown makes the answer of what a command or a read returned.
func (m mount) shown(
	ctx context.Context,
) func(c crm.Customer, err error) (*customerOut, error) {
	return func(c crm.Customer, err error) (*customerOut, error) {
		if err != nil {
			return nil, err
		}
		return &customerOut{api.ETag(c.Version), m.view(ctx, c, nil)}, nil
	}
}

func (m mount) get(ctx context.Context, in *CustomerPath) (*customerOut, error) {
	return m.shown(ctx)(m.s.Customer(ctx, api.Scope(ctx), in.ID))
}

type historyIn struct {
	CustomerPath
	api.PageQuery
}

type historyOut struct{ Body api.Page[Change] }

func (m mount) history(ctx context.Context, in *historyIn) (*historyOut, error) {
	var before int64
	if err := api.DecodeAfter(in.After, &before); err != nil {
		return nil, err
	}
	limit := min(in.Limit, 200)
	changes, err := m.s.History(ctx, api.Scope(ctx), in.ID, before, limit)
	if err != nil {
		return nil, err
	}
	after := ""
	if len(changes) == limit {
		if after, err = api.EncodeAfter(changes[limit-1].ID); err != nil {
			return nil, err
		}
	}
	return &historyOut{api.NewPage(changeViews(changes), after, -1)}, nil
}

type proposalOut struct{ Body Proposal }

func (m mount) proposal(ctx context.Context, in *CustomerPath) (*proposalOut, error) {
	p, err := m.s.Proposal(ctx, api.Scope(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &proposalOut{Proposal{p.Position, p.AccuracyM, int64(p.Visit), int64(p.By), p.At}}, nil
}

func (m mount) create(ctx context.Context, in *createIn) (*customerOut, error) {
	return m.shown(ctx)(m.s.Create(ctx, by(ctx), in.Body.command()))
}

func (m mount) change(ctx context.Context, in *changeIn) (*customerOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return m.shown(ctx)(m.s.Update(ctx, by(ctx), in.ID, version, in.Body.patch()))
}

type archiveIn struct {
	CustomerPath
	api.IfMatch
}

func (m mount) archive(ctx context.Context, in *archiveIn) (*struct{}, error) {
	version := int64(0)
	if in.Match != "" {
		var err error
		if version, err = in.Version(); err != nil {
			return nil, err
		}
	}
	_, err := m.s.Archive(ctx, by(ctx), in.ID, version)
	return nil, err
}

func (m mount) restore(ctx context.Context, in *CustomerPath) (*customerOut, error) {
	return m.shown(ctx)(m.s.Restore(ctx, by(ctx), in.ID))
}

type mergeIn struct {
	CustomerPath
	Body struct {
		Into    business.CustomerID `json:"into" minimum:"1" doc:"The customer that goes on"`
		Version int64               `json:"version,omitempty" minimum:"0" doc:"Of the one that goes on, as the caller saw it"`
	}
}

func (m mount) merge(ctx context.Context, in *mergeIn) (*customerOut, error) {
	return m.shown(ctx)(m.s.Merge(ctx, by(ctx), in.ID, in.Body.Into, in.Body.Version))
}

type assignIn struct {
	Body struct {
		CustomerIDs []business.CustomerID `json:"customer_ids" minItems:"1" maxItems:"1000"`
		OwnerID     *business.PersonID    `json:"owner_id" doc:"null: nobody"`
	}
}

type assignOut struct {
	Body struct {
		Items []Customer `json:"items"`
	}
}

func (m mount) assign(ctx context.Context, in *assignIn) (*assignOut, error) {
	var owner business.PersonID
	if in.Body.OwnerID != nil {
		owner = *in.Body.OwnerID
	}
	given, err := m.s.Assign(ctx, by(ctx), in.Body.CustomerIDs, owner)
	if err != nil {
		return nil, err
	}
	out := &assignOut{}
	out.Body.Items = make([]Customer, len(given))
	for i, c := range given {
		out.Body.Items[i] = m.view(ctx, c, nil)
	}
	return out, nil
}

// Hit is one answer of the command bar.
type Hit struct {
	Type     string     `json:"type" enum:"customer,person,place"`
	ID       int64      `json:"id"`
	Title    string     `json:"title"`
	Subtitle string     `json:"subtitle" doc:"What tells it from others of the same name"`
	Position *orb.Point `json:"position"`
}

type searchIn struct {
	Q     string `query:"q" required:"true" minLength:"1" maxLength:"100"`
	Limit int    `query:"limit" minimum:"1" maximum:"50" default:"10" doc:"Most hits of each type"`
}

type searchOut struct {
	Body struct {
		Items []Hit `json:"items"`
	}
}

func (m mount) search() {
	api.Get(m.a, "/v1/search", api.Op{
		ID: "search", Summary: "Find customers, people and places by words", Tags: []string{"Search"},
		Description: "Every word must occur in number, name, address, district or phone.",
		Perm:        business.CustomersRead, Problems: []*fail.Error{crm.ErrBadFilter},
	}, m.find)
}

func (m mount) find(ctx context.Context, in *searchIn) (*searchOut, error) {
	page, _, err := m.s.List(ctx, api.Scope(ctx),
		crm.List{Filter: crm.Filter{Q: in.Q}, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &searchOut{}
	out.Body.Items = []Hit{}
	for _, c := range page {
		out.Body.Items = append(out.Body.Items,
			Hit{"customer", int64(c.ID), c.Name, subtitle(c), c.Position})
	}
	if m.others == nil {
		return out, nil
	}
	more, err := m.others.Search(ctx, api.Scope(ctx), in.Q, in.Limit)
	out.Body.Items = append(out.Body.Items, more...)
	return out, err
}
