package visitsapi

import (
	"context"
	"net/http"
	"slices"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/visits"
	"beatplan/internal/fail"
)

// dispatches registers what a dispatcher does with calls that somebody was sent to.
func (m mount) dispatches() {
	tags := []string{"Dispatch"}
	api.Get(m.a, "/v1/assignments", api.Op{
		ID: "list-assignments", Summary: "List the calls of a day that people were sent to",
		Description: "Those that nobody has made yet come first; at most 500.",
		Tags:        tags, Perm: business.AssignmentsWrite,
	}, m.listDispatches)
	api.Post(m.a, "/v1/assignments/preview", api.Op{
		ID: "preview-assignment", Summary: "Show a person's remaining day with a call; saves nothing",
		Description: "current has the call next, best has it where the whole rest of the day is shortest; " +
			"what was driven stays as it was. order and version of either are what create-assignment takes.",
		Tags: tags, Perm: business.AssignmentsWrite,
		Problems: planning(visits.ErrPlanInvalid, visits.ErrStopDriven, visits.ErrTooLong, visits.ErrNoRoads),
	}, m.preview)
	own := []*fail.Error{visits.ErrNoStop, visits.ErrNotCall, visits.ErrStopDriven}
	api.Post(m.a, "/v1/assignments/{id}/withdraw", api.Op{
		ID: "withdraw-assignment", Summary: "Take a call off the person's day and phone again",
		Tags: tags, Perm: business.AssignmentsWrite, Command: true,
		Problems: append([]*fail.Error{visits.ErrDenied, visits.ErrPastDay}, own...),
	}, m.withdraw)
	api.Post(m.a, "/v1/assignments/{id}/reassign", api.Op{
		ID: "reassign-assignment", Summary: "Give a call to somebody else",
		Description: "It leaves the one phone and is on the other in one step, or nothing changes.",
		Tags:        tags, Perm: business.AssignmentsWrite, Command: true, Status: http.StatusCreated,
		Problems: planning(append(own, visits.ErrPlanInvalid, visits.ErrChanged)...),
	}, m.reassign)
}

// DispatchRow is a call that somebody was sent to.
type DispatchRow struct {
	StopID     int64             `json:"stop_id"`
	PersonID   business.PersonID `json:"person_id"`
	PersonName string            `json:"person_name"`
	CustomerID *int64            `json:"customer_id" doc:"null: a bare point"`
	Name       string            `json:"name" doc:"Of the customer, or the title of the point"`
	Address    string            `json:"address"`
	Position   *orb.Point        `json:"position"`
	Note       string            `json:"note"`
	State      visits.StopState  `json:"state" enum:"planned,checked_in,done,skipped"`
}

// Preview sets the person's day with the call next beside its best order.
type Preview struct {
	Proposal
	NextOrder []int64 `json:"next_order" doc:"Stops with the call next; 0 is the call itself"`
	BestOrder []int64 `json:"best_order" doc:"Stops in the best order; 0 is the call itself"`
}

// ReassignOrder says who gets a call instead.
type ReassignOrder struct {
	PersonID business.PersonID `json:"person_id" minimum:"1"`
	Note     string            `json:"note,omitempty" maxLength:"500" doc:"As it was when absent"`
	Order    []int64           `json:"order,omitempty" maxItems:"100" doc:"As create-assignment takes it"`
	Version  int64             `json:"version,omitempty" doc:"Of the day that the order was shown for"`
}

type (
	listDispatchesOut struct{ Body api.Page[DispatchRow] }
	previewIn         struct {
		Client
		Body AssignmentOrder
	}
	previewOut struct{ Body Preview }
	withdrawIn struct {
		Client
		ID int64 `path:"id" minimum:"1"`
	}
	reassignIn struct {
		Client
		ID   int64 `path:"id" minimum:"1"`
		Body ReassignOrder
	}
)

func (m mount) listDispatches(ctx context.Context, in *listDaysIn) (*listDispatchesOut, error) {
	d, err := dateOf("query.date", in.Date)
	if err != nil {
		return nil, err
	}
	if d.IsZero() {
		d = m.s.Today()
	}
	calls, err := m.s.Dispatches(ctx, in.caller(ctx), d)
	if err != nil {
		return nil, err
	}
	rows := make([]DispatchRow, len(calls))
	for i, c := range calls {
		rows[i] = DispatchRow{
			StopID: c.ID, PersonID: c.Person, PersonName: c.PersonName,
			CustomerID: orNull(int64(c.Customer)), Name: c.Site.Name, Address: c.Site.Address,
			Position: c.Site.Point, Note: c.Note, State: c.State,
		}
		if c.Customer == 0 {
			rows[i].Name, rows[i].Position = c.Title, c.Point
		}
	}
	return &listDispatchesOut{api.NewPage(rows, "", int64(len(rows)))}, nil
}

// assignment is the command that an order asks for.
func (o AssignmentOrder) assignment() (visits.Assignment, error) {
	d, err := dateOf("date", o.Date)
	return visits.Assignment{
		Person: o.PersonID, Customer: o.CustomerID, Point: o.Point, Title: o.Title, Date: d,
		Note: o.Note, Order: o.Order, Version: o.Version,
	}, err
}

func (m mount) preview(ctx context.Context, in *previewIn) (*previewOut, error) {
	order, err := in.Body.assignment()
	if err != nil {
		return nil, err
	}
	p, err := m.s.PreviewAssign(ctx, in.caller(ctx), order)
	if err != nil {
		return nil, err
	}
	return &previewOut{previewView(p)}, nil
}

func previewView(p visits.Proposal) Preview {
	next, best := stopIDs(p.Current), stopIDs(p.Best)
	for _, id := range next { // what no order can hold stays on the day, behind the rest
		if !slices.Contains(best, id) {
			best = append(best, id)
		}
	}
	return Preview{Proposal: proposalView(p), NextOrder: next, BestOrder: best}
}

func stopIDs(e visits.Evaluated) []int64 {
	ids := make([]int64, len(e.Items))
	for i, it := range e.Items {
		ids[i] = it.ID
	}
	return ids
}

func (m mount) withdraw(ctx context.Context, in *withdrawIn) (*stopOut, error) {
	return stopOutOf(m.s.Withdraw(ctx, in.caller(ctx), api.IdemKey(ctx), in.ID))
}

func (m mount) reassign(ctx context.Context, in *reassignIn) (*stopOut, error) {
	return stopOutOf(m.s.Reassign(ctx, in.caller(ctx), api.IdemKey(ctx), in.ID, visits.Assignment{
		Person: in.Body.PersonID, Note: in.Body.Note, Order: in.Body.Order, Version: in.Body.Version,
	}))
}
