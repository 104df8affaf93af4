package approvals

import "beatplan/internal/fail"

// Every refusal of this package. A consumer's own refusals pass through.
var (
	ErrNoRequest = fail.New(fail.NotFound, "approvals.no_request",
		"There is no such request.")
	ErrNoKind = fail.New(fail.Invalid, "approvals.no_kind",
		"Nothing of this kind can be asked for.")
	ErrInvalid = fail.New(fail.Invalid, "approvals.invalid",
		"Some fields of the request are not valid.")
	ErrMayNotAsk = fail.New(fail.Denied, "approvals.may_not_ask",
		"You may not ask for this.")
	ErrNotApprover = fail.New(fail.Denied, "approvals.not_approver",
		"This step is not yours to decide.")
	ErrOwn = fail.New(fail.Denied, "approvals.own_request",
		"Nobody decides a request of their own.")
	ErrNotApplicant = fail.New(fail.Denied, "approvals.not_applicant",
		"Only who put the request may take it back.")
	ErrOver = fail.New(fail.Conflict, "approvals.over",
		"This request has been decided or taken back already.")
	ErrChanged = fail.New(fail.Precondition, "approvals.changed",
		"Somebody decided a step in the meantime. Please look at it again.")
	ErrPending = fail.New(fail.Conflict, "approvals.pending",
		"You have put the same request already; it waits for approval.")
	ErrNobody = fail.New(fail.Conflict, "approvals.nobody_to_approve",
		"There is nobody else who could approve this.")
	ErrProofNeeded = fail.New(fail.Denied, "approvals.proof_needed",
		"This needs your password once more.")
	ErrDeskOnly = fail.New(fail.Denied, "approvals.desk_only",
		"This kind of request is decided at the desk.")
)
