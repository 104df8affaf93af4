package approvalsapi

import (
	"time"

	"beatplan/business"
	"beatplan/business/approvals"
)

// Approval is a request as a list shows it.
type Approval struct {
	ID            int64                   `json:"id" example:"12"`
	Kind          string                  `json:"kind" example:"customer.change"`
	Object        string                  `json:"object" example:"customer"`
	Subjects      []int64                 `json:"subjects" doc:"Ids of the rows it is about"`
	Title         string                  `json:"title" example:"Corner Bakery"`
	ApplicantID   business.PersonID       `json:"applicant_id"`
	ApplicantName string                  `json:"applicant_name"`
	Reason        string                  `json:"reason"`
	Changes       []approvals.FieldChange `json:"changes" doc:"Field by field, as a person reads it"`
	State         string                  `json:"state" enum:"open,approved,rejected,withdrawn"`
	Step          int                     `json:"step" doc:"That waits, from 1; 0 when it is over"`
	ApproverID    business.PersonID       `json:"approver_id" doc:"Of the step; 0: any administrator"`
	ApproverName  string                  `json:"approver_name"`
	ResultID      int64                   `json:"result_id" doc:"The row that the effect made; 0 for none"`
	CreatedAt     time.Time               `json:"created_at"`
	EndedAt       *time.Time              `json:"ended_at"`
	Version       int64                   `json:"version"`
}

func view(r approvals.Request) Approval {
	return Approval{
		ID: r.ID, Kind: r.Kind, Object: r.Object, Subjects: r.Subjects, Title: r.Title,
		ApplicantID: r.Applicant, ApplicantName: r.ApplicantName, Reason: r.Reason,
		Changes: r.Changes, State: string(r.State), Step: r.Step, ApproverID: r.Approver,
		ApproverName: r.ApproverName, ResultID: r.Result, CreatedAt: r.CreatedAt,
		EndedAt: r.EndedAt, Version: r.Version,
	}
}

// ApprovalCounts says how much waits.
type ApprovalCounts struct {
	ToDecide int `json:"to_decide" doc:"Waits for the caller's decision"`
	MineOpen int `json:"mine_open" doc:"Of the caller's own, waits for somebody else's"`
}

// ApprovalStep is one of a request's approvals.
type ApprovalStep struct {
	No            int               `json:"no"`
	Role          string            `json:"role" enum:"leader,head,admin"`
	ApproverID    business.PersonID `json:"approver_id" doc:"0: any administrator"`
	ApproverName  string            `json:"approver_name"`
	DecidedBy     business.PersonID `json:"decided_by" doc:"0: not yet"`
	DecidedByName string            `json:"decided_by_name"`
	Decision      string            `json:"decision" doc:"approved, rejected or nothing yet"`
	Comment       string            `json:"comment"`
	DecidedAt     *time.Time        `json:"decided_at"`
}

// ApprovalEvent is one line of a request's history.
type ApprovalEvent struct {
	At         time.Time         `json:"at"`
	PersonID   business.PersonID `json:"person_id" doc:"0: the organisation changed"`
	PersonName string            `json:"person_name"`
	Action     string            `json:"action" enum:"submitted,approved,rejected,withdrawn,refused,rerouted"`
	Step       int               `json:"step"`
	Comment    string            `json:"comment" doc:"Of a refusal: its problem code"`
}

// ApprovalDetail is a request with everything that happened to it.
type ApprovalDetail struct {
	Approval
	Payload     any             `json:"payload" doc:"Of the kind's own form"`
	Steps       []ApprovalStep  `json:"steps"`
	History     []ApprovalEvent `json:"history"`
	MayDecide   bool            `json:"may_decide" doc:"The caller, now, with this program"`
	MayWithdraw bool            `json:"may_withdraw"`
}

func detailView(d approvals.Detail) ApprovalDetail {
	v := ApprovalDetail{Approval: view(d.Request), Payload: d.Payload,
		Steps: []ApprovalStep{}, History: []ApprovalEvent{},
		MayDecide: d.MayDecide, MayWithdraw: d.MayWithdraw}
	for _, s := range d.Steps {
		v.Steps = append(v.Steps, ApprovalStep{
			No: s.No, Role: string(s.Role), ApproverID: s.Approver, ApproverName: s.ApproverName,
			DecidedBy: s.DecidedBy, DecidedByName: s.DecidedByName, Decision: s.Decision,
			Comment: s.Comment, DecidedAt: s.DecidedAt,
		})
	}
	for _, e := range d.History {
		v.History = append(v.History, ApprovalEvent{At: e.At, PersonID: e.Person,
			PersonName: e.PersonName, Action: e.Action, Step: e.Step, Comment: e.Comment})
	}
	return v
}
