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

func (m mount) problems() {
	op := func(id, summary string, perm business.Permission, own ...*fail.Error) api.Op {
		return api.Op{ID: id, Summary: summary, Tags: tags(), Perm: perm, Problems: own}
	}
	api.Get(m.a, "/v1/customer-problems", op("list-customer-problems",
		"List what customers complain about, newest first", business.CustomersRead, api.ErrCursor),
		m.problemList)
	report := op("report-customer-problem", "Report a problem of a customer", business.CustomersRead,
		crm.ErrInvalid, crm.ErrNoCustomer, crm.ErrNoOwner)
	report.Command, report.Status = true, http.StatusCreated
	api.Post(m.a, "/v1/customer-problems", report, m.problemReport)
	api.Patch(m.a, "/v1/customer-problems/{id}", op("move-customer-problem",
		"Take a problem on: processing, then done with a result", business.CustomersRead,
		api.ErrIfMatch, crm.ErrNoProblem, crm.ErrChanged, crm.ErrProblemState, crm.ErrInvalid),
		m.problemMove)
}

// CustomerProblem is what a customer complains about.
type CustomerProblem struct {
	ID              int64               `json:"id"`
	CustomerID      business.CustomerID `json:"customer_id"`
	CustomerNumber  string              `json:"customer_number"`
	CustomerName    string              `json:"customer_name"`
	Kind            string              `json:"kind" enum:"quality,delivery,service,billing,other"`
	Description     string              `json:"description"`
	ResponsibleID   business.PersonID   `json:"responsible_id"`
	ResponsibleName string              `json:"responsible_name"`
	State           crm.ProblemState    `json:"state" enum:"submitted,processing,done"`
	Result          string              `json:"result"`
	CreatedAt       time.Time           `json:"created_at"`
	CreatedByID     business.PersonID   `json:"created_by_id"`
	UpdatedAt       time.Time           `json:"updated_at"`
	Version         int64               `json:"version"`
}

func problemView(p crm.Problem) CustomerProblem {
	return CustomerProblem{
		ID: p.ID, CustomerID: p.Customer, CustomerNumber: p.CustomerNumber,
		CustomerName: p.CustomerName, Kind: p.Kind, Description: p.Description,
		ResponsibleID: p.Responsible, ResponsibleName: p.ResponsibleName, State: p.State,
		Result: p.Result, CreatedAt: p.CreatedAt, CreatedByID: p.CreatedBy, UpdatedAt: p.UpdatedAt,
		Version: p.Version,
	}
}

type problemOut struct {
	ETag string `header:"ETag"`
	Body CustomerProblem
}

func problemShown(p crm.Problem, err error) (*problemOut, error) {
	if err != nil {
		return nil, err
	}
	return &problemOut{api.ETag(p.Version), problemView(p)}, nil
}

type problemsIn struct {
	Customer business.CustomerID `query:"customer" minimum:"0" doc:"0: of all"`
	Open     bool                `query:"open" doc:"Only what is not done"`
	After    string              `query:"after" maxLength:"200"`
}

type problemsOut struct{ Body api.Page[CustomerProblem] }

func (m mount) problemList(ctx context.Context, in *problemsIn) (*problemsOut, error) {
	var before int64
	if err := api.DecodeAfter(in.After, &before); err != nil {
		return nil, err
	}
	found, err := m.s.Problems(ctx, by(ctx), in.Customer, in.Open, before)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(found) == 100 {
		if next, err = api.EncodeAfter(found[99].ID); err != nil {
			return nil, err
		}
	}
	items := make([]CustomerProblem, len(found))
	for i, p := range found {
		items[i] = problemView(p)
	}
	return &problemsOut{api.NewPage(items, next, -1)}, nil
}

type problemIn struct {
	Body struct {
		CustomerID    business.CustomerID `json:"customer_id" minimum:"1"`
		Kind          string              `json:"kind" enum:"quality,delivery,service,billing,other"`
		Description   string              `json:"description" minLength:"1" maxLength:"2000"`
		ResponsibleID business.PersonID   `json:"responsible_id,omitempty" doc:"Absent: the customer's owner"`
	}
}

func (m mount) problemReport(ctx context.Context, in *problemIn) (*problemOut, error) {
	return problemShown(m.s.ReportProblem(ctx, by(ctx), crm.NewProblem{
		Customer: in.Body.CustomerID, Kind: in.Body.Kind, Description: in.Body.Description,
		Responsible: in.Body.ResponsibleID}))
}

type problemMoveIn struct {
	ID int64 `path:"id" minimum:"1"`
	api.IfMatch
	Body struct {
		State  crm.ProblemState `json:"state" enum:"processing,done"`
		Result string           `json:"result,omitempty" maxLength:"2000" doc:"Needed when it is done"`
	}
}

func (m mount) problemMove(ctx context.Context, in *problemMoveIn) (*problemOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return problemShown(m.s.MoveProblem(ctx, by(ctx), crm.ProblemStep{
		ID: in.ID, Version: version, State: in.Body.State, Result: in.Body.Result}))
}
