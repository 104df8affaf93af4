package crmapi

import (
	"context"
	"net/http"
	"time"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/internal/fail"
)

func (m mount) leads() {
	section := []string{"Leads"}
	command := func(id, summary string, own ...*fail.Error) api.Op {
		return api.Op{ID: id, Summary: summary, Tags: section, Perm: business.CustomersWrite,
			Problems: append([]*fail.Error{crm.ErrInvalid}, own...)}
	}
	api.Get(m.a, "/v1/leads", api.Op{
		ID: "list-leads", Summary: "List leads, newest first", Tags: section,
		Perm: business.CustomersRead, Problems: []*fail.Error{api.ErrCursor},
	}, m.leadList)
	add := command("add-lead", "Keep a lead", crm.ErrNoOwner, crm.ErrMayNotAssign)
	add.Command, add.Status = true, http.StatusCreated
	api.Post(m.a, "/v1/leads", add, m.leadAdd)
	api.Put(m.a, "/v1/leads/{id}", command("change-lead", "Change what is kept of an open lead",
		api.ErrIfMatch, crm.ErrNoLead, crm.ErrChanged, crm.ErrLeadClosed, crm.ErrNoOwner,
		crm.ErrMayNotAssign), m.leadChange)
	api.Post(m.a, "/v1/leads/{id}/drop", command("drop-lead", "End a lead of which nothing comes",
		api.ErrIfMatch, crm.ErrNoLead, crm.ErrChanged, crm.ErrLeadClosed), m.leadDrop)
	api.Post(m.a, "/v1/leads/{id}/reopen", command("reopen-lead", "Take a dropped lead up again",
		api.ErrIfMatch, crm.ErrNoLead, crm.ErrChanged, crm.ErrLeadClosed), m.leadReopen)
	convert := command("convert-lead", "Make a customer with its contact of a lead, once",
		crm.ErrNoLead, crm.ErrLeadClosed, crm.ErrDuplicate, crm.ErrAddressNeeded, crm.ErrNoOwner,
		crm.ErrMayNotAssign, crm.ErrPoolLimit, crm.ErrNumberTaken, crm.ErrNumberReserved)
	convert.Command = true
	convert.Description = "What the body leaves empty is taken from the lead. The duplicate check " +
		"applies; a refused lead stays open."
	api.Post(m.a, "/v1/leads/{id}/convert", convert, m.leadConvert)
}

// Lead is somebody of whom one has heard, before a customer comes of it.
type Lead struct {
	ID         int64                `json:"id"`
	Name       string               `json:"name"`
	Contact    string               `json:"contact"`
	Phone      string               `json:"phone"`
	District   string               `json:"district"`
	Address    string               `json:"address"`
	Channel    string               `json:"channel"`
	Note       string               `json:"note"`
	OwnerID    *business.PersonID   `json:"owner_id"`
	OwnerName  string               `json:"owner_name"`
	State      crm.LeadState        `json:"state" enum:"open,converted,dropped"`
	Reason     string               `json:"reason" doc:"Why it was dropped"`
	CustomerID *business.CustomerID `json:"customer_id" doc:"What it became"`
	CreatedAt  time.Time            `json:"created_at"`
	UpdatedAt  time.Time            `json:"updated_at"`
	Version    int64                `json:"version"`
}

func leadView(l crm.Lead) Lead {
	return Lead{l.ID, l.Name, l.Contact, l.Phone, l.District, l.Address, l.Channel, l.Note,
		orNull(l.Owner), l.OwnerName, l.State, l.Reason, orNull(l.Customer), l.CreatedAt,
		l.UpdatedAt, l.Version}
}

type leadOut struct {
	ETag string `header:"ETag"`
	Body Lead
}

func leadShown(l crm.Lead, err error) (*leadOut, error) {
	if err != nil {
		return nil, err
	}
	return &leadOut{api.ETag(l.Version), leadView(l)}, nil
}

type leadsIn struct {
	api.PageQuery
	Q       string        `query:"q" maxLength:"100" doc:"Every word in name, contact, phone, address or district"`
	State   crm.LeadState `query:"state" enum:",open,converted,dropped"`
	Channel string        `query:"channel" maxLength:"50"`
}

type leadsOut struct{ Body api.Page[Lead] }

func (m mount) leadList(ctx context.Context, in *leadsIn) (*leadsOut, error) {
	f := crm.LeadFilter{Q: in.Q, State: in.State, Channel: in.Channel, Limit: min(in.Limit, 200) + 1}
	if err := api.DecodeAfter(in.After, &f.Before); err != nil {
		return nil, err
	}
	found, err := m.s.Leads(ctx, api.Scope(ctx), f)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(found) == f.Limit {
		found = found[:f.Limit-1]
		if next, err = api.EncodeAfter(found[len(found)-1].ID); err != nil {
			return nil, err
		}
	}
	items := make([]Lead, len(found))
	for i, l := range found {
		items[i] = leadView(l)
	}
	return &leadsOut{api.NewPage(items, next, -1)}, nil
}

// LeadFields are what is entered of a lead.
type LeadFields struct {
	Name     string             `json:"name" minLength:"1" maxLength:"200" example:"Dover Bakery"`
	Contact  string             `json:"contact,omitempty" maxLength:"80"`
	Phone    string             `json:"phone,omitempty" maxLength:"60"`
	District string             `json:"district,omitempty" maxLength:"300"`
	Address  string             `json:"address,omitempty" maxLength:"300"`
	Channel  string             `json:"channel,omitempty" maxLength:"50" doc:"How it came to us"`
	Note     string             `json:"note,omitempty" maxLength:"2000"`
	OwnerID  *business.PersonID `json:"owner_id,omitempty" doc:"Absent: the caller, when a salesperson; else nobody"`
}

func (f LeadFields) fields() crm.LeadFields {
	out := crm.LeadFields{Name: f.Name, Contact: f.Contact, Phone: f.Phone, District: f.District,
		Address: f.Address, Channel: f.Channel, Note: f.Note}
	if f.OwnerID != nil {
		out.Owner = *f.OwnerID
	}
	return out
}

type leadIn struct{ Body LeadFields }

func (m mount) leadAdd(ctx context.Context, in *leadIn) (*leadOut, error) {
	return leadShown(m.s.AddLead(ctx, by(ctx), in.Body.fields()))
}

// LeadPath names a lead in an address, as its reader saw it; embed it.
type LeadPath struct {
	ID int64 `path:"id" minimum:"1"`
	api.IfMatch
}

type leadChangeIn struct {
	LeadPath
	Body LeadFields
}

func (m mount) leadChange(ctx context.Context, in *leadChangeIn) (*leadOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return leadShown(m.s.ChangeLead(ctx, by(ctx), in.ID, version, in.Body.fields()))
}

type leadDropIn struct {
	LeadPath
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"300"`
	}
}

func (m mount) leadDrop(ctx context.Context, in *leadDropIn) (*leadOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return leadShown(m.s.DropLead(ctx, by(ctx), in.ID, version, in.Body.Reason))
}

func (m mount) leadReopen(ctx context.Context, in *LeadPath) (*leadOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return leadShown(m.s.ReopenLead(ctx, by(ctx), in.ID, version))
}

type leadConvertIn struct {
	ID   int64 `path:"id" minimum:"1"`
	Body NewCustomer
}

func (m mount) leadConvert(ctx context.Context, in *leadConvertIn) (*leadOut, error) {
	return leadShown(m.s.ConvertLead(ctx, by(ctx), in.ID, in.Body.command()))
}
