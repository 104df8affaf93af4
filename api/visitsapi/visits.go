package visitsapi

import (
	"context"
	"time"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/visits"
)

// OpenVisit is the caller's open visit, if any.
type OpenVisit struct {
	Visit *Visit `json:"visit"`
}

type (
	listVisitsIn struct {
		Client
		api.PageQuery
		Person   business.PersonID   `query:"person" minimum:"0"`
		Customer business.CustomerID `query:"customer" minimum:"0"`
		From     string              `query:"from" format:"date"`
		To       string              `query:"to" format:"date" doc:"Inclusive"`
		State    visits.State        `query:"state" enum:"open,pending,valid,rejected,abandoned,void"`
		Kind     visits.Kind         `query:"kind" enum:"sales,inspection"`
	}
	listVisitsOut struct{ Body api.Page[Visit] }
	visitIn       struct {
		Client
		ID business.VisitID `path:"id" minimum:"1"`
	}
	visitOut     struct{ Body Visit }
	openVisitOut struct {
		Body OpenVisit
	}
)

func (in *listVisitsIn) filter() (visits.Filter, error) {
	f := visits.Filter{
		Person: in.Person, Customer: in.Customer, State: in.State, Kind: in.Kind, Limit: in.Limit,
	}
	var err error
	if f.From, err = dateOf("query.from", in.From); err != nil {
		return f, err
	}
	f.To, err = dateOf("query.to", in.To)
	return f, err
}

func (m mount) listVisits(ctx context.Context, in *listVisitsIn) (*listVisitsOut, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	if err := api.DecodeAfter(in.After, &f.After); err != nil {
		return nil, err
	}
	c := in.caller(ctx)
	rows, next, err := m.s.Visits(ctx, c, f)
	if err != nil {
		return nil, err
	}
	total := int64(-1)
	if in.After == "" {
		if total, err = m.s.CountVisits(ctx, c, f); err != nil {
			return nil, err
		}
	}
	items := make([]Visit, len(rows))
	for i, r := range rows {
		items[i] = visitView(r)
	}
	after, err := encode(next)
	if err != nil {
		return nil, err
	}
	return &listVisitsOut{api.NewPage(items, after, total)}, nil
}

func (m mount) visit(ctx context.Context, in *visitIn) (*visitOut, error) {
	return m.shownVisit(ctx, in.caller(ctx), in.ID)
}

func (m mount) shownVisit(
	ctx context.Context, c visits.Caller, id business.VisitID,
) (*visitOut, error) {
	r, err := m.s.Visit(ctx, c, id)
	if err != nil {
		return nil, err
	}
	return &visitOut{visitView(r)}, nil
}

func (m mount) openVisit(ctx context.Context, in *Client) (*openVisitOut, error) {
	c := in.caller(ctx)
	v, err := m.s.OpenVisit(ctx, c)
	if err != nil {
		return nil, err
	}
	out := &openVisitOut{}
	if v != nil {
		shown, err := m.shownVisit(ctx, c, v.ID)
		if err != nil {
			return nil, err
		}
		out.Body.Visit = &shown.Body
	}
	return out, nil
}

// CheckInOrder asks to check in.
type CheckInOrder struct {
	CustomerID business.CustomerID `json:"customer_id" minimum:"1"`
	Fix        FixIn               `json:"fix"`
	Reason     string              `json:"reason,omitempty" maxLength:"500" doc:"Needed outside the fence"`
	Late       bool                `json:"late,omitempty" doc:"Recorded without network, sent now"`
	Clock      *ClockIn            `json:"clock,omitempty" doc:"Of a late one"`
}

// CheckOutOrder asks to check out.
type CheckOutOrder struct {
	Fix       *FixIn     `json:"fix,omitempty"`
	Late      bool       `json:"late,omitempty"`
	LeftAt    *time.Time `json:"left_at,omitempty" doc:"By the device's clock; of a late one without a position"`
	SentAt    *time.Time `json:"sent_at,omitempty" doc:"By the device's clock"`
	Clock     *ClockIn   `json:"clock,omitempty" doc:"Of a late one"`
	PersonMet string     `json:"person_met,omitempty" maxLength:"200"`
	Stage     string     `json:"stage,omitempty" maxLength:"100"`
	Notes     string     `json:"notes,omitempty" maxLength:"4000"`
	Status    string     `json:"customer_status,omitempty" enum:"prospect,active,dormant,lost" doc:"Of the customer, as found; absent: as it was"`
}

// VisitDecision is a verdict about a visit.
type VisitDecision struct {
	Verdict visits.Verdict `json:"verdict" enum:"approve,reject,void"`
	Reason  string         `json:"reason,omitempty" maxLength:"500" doc:"Needed unless approving"`
}

type (
	checkInIn struct {
		Client
		Body CheckInOrder
	}
	checkOutIn struct {
		Client
		ID   business.VisitID `path:"id" minimum:"1"`
		Body CheckOutOrder
	}
	decideIn struct {
		Client
		ID   business.VisitID `path:"id" minimum:"1"`
		Body VisitDecision
	}
)

func (m mount) checkIn(ctx context.Context, in *checkInIn) (*visitOut, error) {
	c := in.caller(ctx)
	fix := in.Body.Fix.fix()
	fix.Clock = in.Body.Clock.clock()
	v, err := m.s.CheckIn(ctx, c, api.IdemKey(ctx), visits.CheckIn{
		Customer: in.Body.CustomerID, Fix: fix, Reason: in.Body.Reason,
		Late: in.Body.Late,
	})
	if err != nil {
		return nil, err
	}
	return &visitOut{visitView(v)}, nil
}

func (m mount) checkOut(ctx context.Context, in *checkOutIn) (*visitOut, error) {
	c := in.caller(ctx)
	out := visits.CheckOut{
		Visit: in.ID, Late: in.Body.Late, Clock: in.Body.Clock.clock(),
		Notes: visits.Notes{
			PersonMet: in.Body.PersonMet, Stage: in.Body.Stage, Text: in.Body.Notes,
			Status: in.Body.Status,
		},
	}
	if in.Body.LeftAt != nil && in.Body.SentAt != nil {
		out.LeftAt, out.SentAt = *in.Body.LeftAt, *in.Body.SentAt
	}
	if in.Body.Fix != nil {
		f := in.Body.Fix.fix()
		f.Clock = out.Clock
		out.Fix = &f
	}
	v, err := m.s.CheckOut(ctx, c, api.IdemKey(ctx), out)
	if err != nil {
		return nil, err
	}
	return &visitOut{visitView(v)}, nil
}

func (m mount) cancel(ctx context.Context, in *visitIn) (*visitOut, error) {
	c := in.caller(ctx)
	v, err := m.s.Cancel(ctx, c, api.IdemKey(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return m.shownVisit(ctx, c, v.ID)
}

func (m mount) decide(ctx context.Context, in *decideIn) (*visitOut, error) {
	c := in.caller(ctx)
	v, err := m.s.Decide(ctx, c, api.IdemKey(ctx), visits.Decision{
		Visit: in.ID, Verdict: in.Body.Verdict, Reason: in.Body.Reason,
	})
	if err != nil {
		return nil, err
	}
	return m.shownVisit(ctx, c, v.ID)
}

type (
	policyIn  struct{ Body Policy }
	policyOut struct{ Body Policy }
)

func (m mount) getPolicy(ctx context.Context, _ *struct{}) (*policyOut, error) {
	p, err := m.s.Policy(ctx)
	if err != nil {
		return nil, err
	}
	return &policyOut{policyView(p)}, nil
}

func (m mount) setPolicy(ctx context.Context, in *policyIn) (*policyOut, error) {
	if err := m.s.SetPolicy(ctx, Client{}.caller(ctx), api.IdemKey(ctx), in.Body.policy()); err != nil {
		return nil, err
	}
	return m.getPolicy(ctx, nil)
}
