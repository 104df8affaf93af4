package approvals

import (
	"encoding/json"
	"slices"
	"unicode/utf8"

	"beatplan/business"
	"beatplan/internal/fail"
)

const (
	maxText     = 500      // characters of a reason or comment
	maxPayload  = 64 << 10 // bytes
	maxSubjects = 2000
)

// steps lays out who must approve, in order. No steps mean that the request takes
// effect at once. It fails with [ErrNobody].
func steps(applicant business.PersonID, up Above, second bool) ([]Step, error) {
	var list []Step
	add := func(role StepRole, p business.PersonID) {
		list = append(list, Step{No: len(list) + 1, Role: role, Approver: p})
	}
	if up.Leader != 0 && up.Leader != applicant && up.Leader != up.Head {
		add(Leader, up.Leader)
	}
	if up.Head != 0 && up.Head != applicant {
		add(Head, up.Head)
	}
	if len(list) > 0 {
		return list, nil
	}
	top := applicant == up.Head || slices.Contains(up.Admins, applicant)
	if top && !second {
		return nil, nil
	}
	if !slices.ContainsFunc(up.Admins, func(p business.PersonID) bool { return p != applicant }) {
		return nil, ErrNobody
	}
	add(Administrator, 0)
	return list, nil
}

// now returns who decides an open step as the organisation is now, and false when
// nobody of that role is left, so that any administrator may.
func (s Step) now(applicant business.PersonID, up Above) (business.PersonID, bool) {
	p := business.PersonID(0)
	switch s.Role {
	case Leader:
		p = up.Leader
	case Head:
		p = up.Head
	}
	if p == 0 || p == applicant {
		return 0, false
	}
	return p, true
}

// mayDecide decides whether the actor may decide the open step.
func mayDecide(r Request, by business.Actor) error {
	switch {
	case r.State != Open:
		return ErrOver.With("state", r.State)
	case by.Person == 0 || by.Person == r.Applicant:
		return ErrOwn
	case by.Person == r.Approver, by.Role == business.Admin:
		return nil
	}
	return ErrNotApprover
}

// check reports every fault of a new request's fields at once, in the form it has
// after the consumer has prepared it.
func check(n New) error {
	e := ErrInvalid
	bad := func(path, code, message string) { e = e.WithField(path, code, message) }
	if utf8.RuneCountInString(n.Reason) > maxText {
		bad("reason", "length", "A reason has at most 500 characters.")
	}
	if len(n.Payload) > maxPayload || !json.Valid(n.Payload) {
		bad("payload", "length", "The payload is a JSON object of at most 64 kB.")
	}
	if len(n.Subjects) > maxSubjects {
		bad("subjects", "length", "A request is about at most 2,000 rows.")
	}
	return orNil(e)
}

func checkDecision(d Decision) error {
	switch n := utf8.RuneCountInString(d.Comment); {
	case n > maxText:
		return ErrInvalid.WithField("comment", "length", "A comment has at most 500 characters.")
	case n == 0 && !d.Approve:
		return ErrInvalid.WithField("comment", "required", "Please say why you reject it.")
	}
	return nil
}

func orNil(e *fail.Error) error {
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}
