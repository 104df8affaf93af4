package finance

import "beatplan/internal/fail"

// Everything that finance refuses.
var (
	ErrNoCustomer = fail.New(fail.NotFound, "finance.no_such_customer",
		"There is no such customer.")
	ErrNoItem = fail.New(fail.NotFound, "finance.no_such_item",
		"There is no such document.")
	ErrNoReceipt = fail.New(fail.NotFound, "finance.no_such_receipt",
		"There is no such receipt.")
	ErrNoAccount = fail.New(fail.Invalid, "finance.no_such_account",
		"Money is not received on this account.")
	ErrNoSubmission = fail.New(fail.NotFound, "finance.no_such_submission",
		"There is no such submission.")
	ErrDecided = fail.New(fail.Conflict, "finance.decided",
		"Somebody has decided this already.")
	ErrOwnSubmission = fail.New(fail.Denied, "finance.own_submission",
		"Nobody approves the money that they collected themselves.")
	ErrAmount = fail.New(fail.Invalid, "finance.amount_invalid",
		"The amount is not one.")
	ErrSum = fail.New(fail.Invalid, "finance.sum_differs",
		"What was received is not what is ticked.")
	ErrPaid = fail.New(fail.Conflict, "finance.paid",
		"More would be paid than is open.")
	ErrPaidOn = fail.New(fail.Conflict, "finance.paid_on",
		"Something was paid on this document: take the payment back first.")
	ErrOtherCustomer = fail.New(fail.Invalid, "finance.other_customer",
		"A receipt pays the documents of its own customer.")
	ErrOverCredit = fail.New(fail.Conflict, "finance.over_credit",
		"The customer's credit is used up.")
	ErrOverdue = fail.New(fail.Conflict, "finance.overdue",
		"The customer owes money that is overdue.")
	ErrReversed = fail.New(fail.Conflict, "finance.reversed",
		"This is reversed already.")
	ErrReason = fail.New(fail.Invalid, "finance.reason_missing",
		"A reason is needed.")
	ErrClosed = fail.New(fail.Conflict, "finance.period_closed",
		"The period is closed.")
	ErrChanged = fail.New(fail.Precondition, "finance.changed",
		"Somebody else changed this since you opened it.")
	ErrSettings = fail.New(fail.Invalid, "finance.settings_invalid",
		"This setting is out of bounds.")
)
