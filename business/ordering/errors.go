package ordering

import "beatplan/internal/fail"

// Everything that ordering refuses.
var (
	ErrNoOrder = fail.New(fail.NotFound, "ordering.no_such_order",
		"There is no such order.")
	ErrNoCustomer = fail.New(fail.NotFound, "ordering.no_such_customer",
		"There is no such customer.")
	ErrNoVisit = fail.New(fail.Invalid, "ordering.no_such_visit",
		"This is not a visit to the customer.")
	ErrLines = fail.New(fail.Invalid, "ordering.lines_invalid",
		"Some lines of the order have faults.")
	ErrNotDraft = fail.New(fail.Conflict, "ordering.not_draft",
		"Only a draft can be changed.")
	ErrNotSubmitted = fail.New(fail.Conflict, "ordering.not_submitted",
		"This order does not wait for a decision.")
	ErrNotConfirmed = fail.New(fail.Conflict, "ordering.not_confirmed",
		"Only a confirmed order is delivered.")
	ErrDelivered = fail.New(fail.Conflict, "ordering.delivered",
		"Goods of this order went out: give up the rest instead.")
	ErrOver = fail.New(fail.Conflict, "ordering.over_quantity",
		"More would go out than is left of the order.")
	ErrExpired = fail.New(fail.Conflict, "ordering.expired",
		"The order is past its validity.")
	ErrOwnOrder = fail.New(fail.Denied, "ordering.own_order",
		"Somebody else has to decide about an order that you took.")
	ErrMayNotRelease = fail.New(fail.Denied, "ordering.may_not_release",
		"Only finance decides about an order beyond the customer's credit.")
	ErrReason = fail.New(fail.Invalid, "ordering.reason_missing",
		"A reason is needed.")
	ErrChanged = fail.New(fail.Precondition, "ordering.changed",
		"Somebody else changed this order since you opened it.")
	ErrPolicy = fail.New(fail.Invalid, "ordering.policy_invalid",
		"This setting is out of bounds.")
)
