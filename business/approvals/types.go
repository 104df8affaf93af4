package approvals

import (
	"context"
	"encoding/json"
	"time"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// State is where a request stands.
type State string

// The states.
const (
	Open      State = "open"
	Approved  State = "approved"
	Rejected  State = "rejected"
	Withdrawn State = "withdrawn"
)

// StepRole says why somebody is asked.
type StepRole string

// The roles of a step.
const (
	Leader        StepRole = "leader" // manager of the applicant's team
	Head          StepRole = "head"   // leads the topmost team above the applicant
	Administrator StepRole = "admin"  // any administrator but the applicant
)

// FieldChange is one field as a person reads it before and after.
type FieldChange struct {
	Field  string `json:"field"`  // stable name of the field, e.g. "phone"
	Before string `json:"before"` // "" for nothing
	After  string `json:"after"`  // "" for nothing
}

// Request is something that waits for approval, or did.
type Request struct {
	ID            int64
	Kind          string  // "customer.change"
	Object        string  // kind of the rows it is about: "customer"
	Subjects      []int64 // their ids; empty for a row that does not exist yet
	Title         string  // what a list shows: the customer's name
	Applicant     business.PersonID
	ApplicantName string
	Reason        string
	Payload       json.RawMessage // the consumer's own
	Changes       []FieldChange
	State         State
	Step          int               // of the open step, from 1; 0 when it is over
	Approver      business.PersonID // of the open step; 0: any administrator, or over
	ApproverName  string
	Result        int64 // id of the row that the effect made; 0 for none
	CreatedAt     time.Time
	EndedAt       *time.Time
	Version       int64
}

// Step is one of a request's approvals.
type Step struct {
	No            int
	Role          StepRole
	Approver      business.PersonID // 0: any administrator
	ApproverName  string
	DecidedBy     business.PersonID // 0: not yet; another than Approver: stood in
	DecidedByName string
	Decision      string // "", "approved", "rejected"
	Comment       string
	DecidedAt     *time.Time
	Address       string // where the decision came from
}

// Event is one line of a request's history.
type Event struct {
	At         time.Time
	Person     business.PersonID // 0: the organisation changed
	PersonName string
	Action     string // submitted, approved, rejected, withdrawn, refused, rerouted
	Step       int
	Comment    string // of the decision; the code of the refusal
}

// Detail is a request with everything that happened to it.
type Detail struct {
	Request
	Steps   []Step
	History []Event
	// What the reader may do now.
	MayDecide, MayWithdraw bool
}

// By is who commands or asks.
type By struct {
	Actor business.Actor
	Scope scope.Scope
	Key   idem.Key
	Phone bool // sent by the phone app
	Fresh bool // has given the password a moment ago
}

// New is a request to be put.
type New struct {
	Kind     string
	Object   string  // filled in by the consumer's Prepare
	Subjects []int64 // at most 2,000
	Title    string  // filled in by the consumer's Prepare
	Reason   string  // at most 500 characters
	Payload  json.RawMessage
	Changes  []FieldChange // filled in by the consumer's Prepare
}

// Decision is an approver's answer to the version of the request that they read.
type Decision struct {
	ID, Version int64
	Approve     bool
	Comment     string // at most 500 characters; needed to reject
}

// Kind is one thing that needs approval, in the words of the module that does it.
// Its functions run inside the command's transaction and never end it.
type Kind struct {
	Code       string              // "customer.change"
	Permission business.Permission // that an applicant needs; "" for none
	// Second says that the operation is sensitive: it takes effect only after a
	// second person has approved, whoever asks.
	Second bool
	// DeskOnly refuses decisions from the phone app.
	DeskOnly bool
	// Proof asks whoever puts or decides it for their password once more.
	Proof bool
	// Prepare checks a new request as its applicant would be checked, and fills in
	// Object, Subjects, Title and Changes; the payload may be brought into the form
	// that Apply reads.
	Prepare func(ctx context.Context, tx db.Tx, by By, n *New) error
	// Apply makes the effect and returns the id of the row that it made, or 0. A
	// fail.Error that it returns is shown to the approver and leaves the request
	// open.
	Apply func(ctx context.Context, tx db.Tx, r Request, approver business.Actor) (int64, error)
	// Ended is told that the request was rejected or withdrawn; nil: nobody minds.
	Ended func(ctx context.Context, tx db.Tx, r Request) error
}

// Above is who stands above a person; 0 where nobody active does.
type Above struct {
	Leader business.PersonID   // of the person's team, perhaps the person
	Head   business.PersonID   // of the topmost team above, perhaps the person
	Admins []business.PersonID // active administrators, perhaps with the person
}

// Ports are what approvals needs of its neighbours.
type (
	// People knows the organisation.
	People interface {
		// Above returns who stands above the person now.
		Above(ctx context.Context, q db.Querier, p business.PersonID) (Above, error)
		// Names returns the names of these people by id.
		Names(ctx context.Context, q db.Querier, ids []int64) (map[business.PersonID]string, error)
	}
	// Announcer tells screens, at commit, that something changed.
	Announcer interface {
		Notice(ctx context.Context, tx db.Tx, topic string, people []int64, payload any) error
	}
	// Audit keeps what every command did, in the command's transaction.
	Audit interface {
		Record(ctx context.Context, tx db.Tx, by business.Actor, c business.Change) error
	}
)

// Topic is that of the notices.
const Topic = "approval"

// Change is the payload of a notice: read the request again.
type Change struct {
	ID    int64  `json:"id"`
	Kind  string `json:"kind"`
	State State  `json:"state"`
}

// Box is a heap of requests, as a reader sorts them.
type Box string

// The boxes.
const (
	ToDecide Box = "to_decide" // waits for the reader
	Mine     Box = "mine"      // put by the reader
	Decided  Box = "decided"   // the reader has decided a step
	Everyone Box = "all"       // all that the reader may see
)

// Filter selects requests.
type Filter struct {
	Box     Box
	State   State // "" for any
	Kind    string
	Object  string
	Subject int64  // a row it is about; 0 for any
	Search  string // part of the title or of the applicant's name
}

// Counts says how much waits.
type Counts struct {
	ToDecide int // for the reader's decision
	MineOpen int // of the reader's own requests for somebody else's
}
