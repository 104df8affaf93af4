package financeapi

import (
	"context"
	"net/http"
	"time"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/finance"
)

// Submission is money that was collected in the field and waits for finance.
type Submission struct {
	ID           int64                   `json:"id"`
	State        finance.SubmissionState `json:"state" enum:"open,approved,rejected"`
	Amount       int64                   `json:"amount_cents"`
	Note         string                  `json:"note"`
	Day          string                  `json:"day" format:"date"`
	By           business.PersonID       `json:"by" doc:"Who collected it"`
	At           time.Time               `json:"at"`
	DecidedBy    business.PersonID       `json:"decided_by" doc:"0: nobody yet"`
	DecidedAt    *time.Time              `json:"decided_at"`
	Reason       string                  `json:"reason" doc:"Why it was sent back"`
	CollectionID int64                   `json:"collection_id" doc:"As which it was booked; 0: it was not"`
	Tenders      []Tender                `json:"tenders"`
	Items        []SubmittedItem         `json:"items"`
}

// SubmittedItem is a document and what was collected for it.
type SubmittedItem struct {
	ItemID       int64               `json:"item_id"`
	Number       string              `json:"number"`
	CustomerID   business.CustomerID `json:"customer_id"`
	CustomerName string              `json:"customer_name"`
	Amount       int64               `json:"amount_cents"`
	Open         int64               `json:"open_cents" doc:"Of the document, now"`
}

type (
	submissionsIn struct {
		api.PageQuery
		State  finance.SubmissionState `query:"state" enum:"open,approved,rejected"`
		Person business.PersonID       `query:"person" minimum:"0" doc:"Who collected it"`
		From   string                  `query:"from" format:"date" doc:"Collected on this day or later"`
	}
	// Submissions is a page of what was collected.
	Submissions struct {
		api.Page[Submission]
		Sum *int64 `json:"total_cents" doc:"Of all under the filter; on the first page; null beyond 100,000"`
	}
	submissionsOut struct{ Body Submissions }
	submissionIn   struct {
		ID int64 `path:"id" minimum:"1"`
	}
	submissionOut struct{ Body Submission }
	sendBackIn    struct {
		ID   int64 `path:"id" minimum:"1"`
		Body TakeBack
	}
)

func (m mount) submissions() {
	list := op("list-submissions", "List what was collected in the field, newest first",
		business.MoneyRead, api.ErrCursor)
	list.Description = "What is collected on the phone, or by somebody who is not finance, touches no " +
		"account before finance has approved it."
	api.Get(m.a, "/v1/submissions", list, m.listSubmissions)
	api.Get(m.a, "/v1/submissions/{id}", op("get-submission", "Read what was collected",
		business.MoneyRead, finance.ErrNoSubmission), m.submission)
	approve := command("approve-submission", "Book what was collected, once", business.MoneyWrite,
		finance.ErrNoSubmission, finance.ErrDecided, finance.ErrOwnSubmission, finance.ErrPaid,
		finance.ErrClosed)
	approve.Status = http.StatusOK
	api.Post(m.a, "/v1/submissions/{id}/approve", approve, m.approve)
	reject := command("reject-submission", "Send what was collected back, with a reason",
		business.MoneyWrite, finance.ErrNoSubmission, finance.ErrDecided, finance.ErrOwnSubmission,
		finance.ErrReason)
	reject.Status = http.StatusOK
	api.Post(m.a, "/v1/submissions/{id}/reject", reject, m.reject)
}

func submissionView(s finance.Submission) Submission {
	v := Submission{
		ID: s.ID, State: s.State, Amount: int64(s.Amount), Note: s.Text, Day: s.Day.String(),
		By: s.By, At: s.At, DecidedBy: s.DecidedBy, DecidedAt: s.DecidedAt, Reason: s.Reason,
		CollectionID: s.Collection, Tenders: []Tender{}, Items: []SubmittedItem{},
	}
	for _, t := range s.Tenders {
		v.Tenders = append(v.Tenders, Tender{t.Account, int64(t.Amount)})
	}
	for _, it := range s.Items {
		v.Items = append(v.Items, SubmittedItem{
			it.Item, it.Number, it.Customer, it.CustomerName, int64(it.Amount), int64(it.Open),
		})
	}
	return v
}

func (m mount) listSubmissions(
	ctx context.Context, in *submissionsIn,
) (*submissionsOut, error) {
	f := finance.SubmissionFilter{State: in.State, Person: in.Person, Limit: in.Limit}
	var err error
	if f.From, err = api.OptionalDate("query.from", in.From); err != nil {
		return nil, err
	}
	if err = api.DecodeAfter(in.After, &f.After); err != nil {
		return nil, err
	}
	c, out := caller(ctx), &submissionsOut{}
	out.Body.Page, out.Body.Sum, err = api.SumPage(in.PageQuery, submissionView,
		func() ([]finance.Submission, *finance.SubmissionCursor, error) { return m.s.Submissions(ctx, c, f) },
		func() (int64, business.Money, error) { return m.s.CountSubmissions(ctx, c, f) })
	return out, err
}

func submissionShown(s finance.Submission, err error) (*submissionOut, error) {
	if err != nil {
		return nil, err
	}
	return &submissionOut{submissionView(s)}, nil
}

func (m mount) submission(ctx context.Context, in *submissionIn) (*submissionOut, error) {
	return submissionShown(m.s.Submission(ctx, caller(ctx), in.ID))
}

func (m mount) approve(ctx context.Context, in *submissionIn) (*submissionOut, error) {
	return submissionShown(m.s.Approve(ctx, caller(ctx), in.ID))
}

func (m mount) reject(ctx context.Context, in *sendBackIn) (*submissionOut, error) {
	return submissionShown(m.s.Reject(ctx, caller(ctx), in.ID, in.Body.Reason))
}
