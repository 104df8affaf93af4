package crmapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/internal/fail"
)

// timeline registers what happened to a customer, whoever knows of it.
func (m mount) timeline() {
	api.Get(m.a, "/v1/customers/{id}/timeline", api.Op{
		ID: "list-customer-events", Summary: "Everything that happened to a customer, newest first",
		Description: "Visits, orders, goods, receipts, requests, problem reports, changes and notes, " +
			"also of customers that were merged into it and of earlier owners. Left out is what the " +
			"caller may not read anywhere.",
		Tags: tags(), Perm: business.CustomersRead,
		Problems: []*fail.Error{crm.ErrNoCustomer, crm.ErrBadFilter, api.ErrCursor},
	}, m.events)
	api.Post(m.a, "/v1/customers/{id}/notes", api.Op{
		ID: "add-customer-note", Summary: "Write something down about a customer", Tags: tags(),
		Perm: business.CustomersWrite, Command: true, Status: http.StatusNoContent,
		Problems: []*fail.Error{crm.ErrNoCustomer, crm.ErrArchived, crm.ErrInvalid},
	}, m.note)
}

// CustomerEvent is one row of a customer's timeline.
type CustomerEvent struct {
	Kind   crm.EventKind     `json:"kind" enum:"change,note,problem,visit,order,goods,receipt,request,message"`
	ID     int64             `json:"id" doc:"Of the visit, order … that it tells of"`
	At     time.Time         `json:"at"`
	ByID   business.PersonID `json:"by_id" doc:"0: the system"`
	ByName string            `json:"by_name"`
	Title  string            `json:"title" doc:"Number of a document; sort of a visit, request or problem; command of a change"`
	State  string            `json:"state" doc:"As the module calls it"`
	Note   string            `json:"note"`
	Cents  *int64            `json:"amount_cents" doc:"null: no money is in it"`
	Fields []FieldChange     `json:"fields" doc:"Of a change"`
}

type eventsIn struct {
	CustomerPath
	api.PageQuery
	Kind string `query:"kind" maxLength:"100" example:"visit,order" doc:"Only these; absent: all"`
}

type eventsOut struct{ Body api.Page[CustomerEvent] }

func (m mount) events(ctx context.Context, in *eventsIn) (*eventsOut, error) {
	kinds, err := m.kindsOf(ctx, in.Kind)
	if err != nil {
		return nil, err
	}
	var after crm.Bookmark
	if err := api.DecodeAfter(in.After, &after); err != nil {
		return nil, err
	}
	events, next, err := m.s.Timeline(ctx, api.Scope(ctx), in.ID, kinds, after, in.Limit)
	if err != nil {
		return nil, err
	}
	last := ""
	if next != nil {
		if last, err = api.EncodeAfter(next); err != nil {
			return nil, err
		}
	}
	items := make([]CustomerEvent, len(events))
	for i, e := range events {
		items[i] = CustomerEvent{
			Kind: e.Kind, ID: e.ID, At: e.At, ByID: e.By, ByName: e.ByName, Title: e.Title,
			State: e.State, Note: e.Note, Cents: e.Cents, Fields: fieldViews(e.Fields),
		}
	}
	return &eventsOut{api.NewPage(items, last, -1)}, nil
}

// kindsOf are the kinds asked for, or all, of which the caller may be told.
func (m mount) kindsOf(ctx context.Context, asked string) ([]crm.EventKind, error) {
	known := map[crm.EventKind]bool{}
	var all []crm.EventKind
	for _, k := range m.s.EventKinds() {
		known[k] = true
		if perm, other := m.told[k]; !other || api.CallerOf(ctx).May(perm) {
			all = append(all, k)
		}
	}
	if asked == "" {
		return all, nil
	}
	var out []crm.EventKind
	for k := range strings.SplitSeq(asked, ",") {
		if !known[crm.EventKind(k)] {
			return nil, crm.ErrBadFilter.WithField("kind", "choice", "There is no such kind of event.")
		}
		for _, may := range all {
			if string(may) == k {
				out = append(out, may)
			}
		}
	}
	return out, nil
}

type noteIn struct {
	CustomerPath
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"2000"`
	}
}

func (m mount) note(ctx context.Context, in *noteIn) (*struct{}, error) {
	return nil, m.s.Note(ctx, by(ctx), in.ID, in.Body.Text)
}
