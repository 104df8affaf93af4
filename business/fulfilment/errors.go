package fulfilment

import "beatplan/internal/fail"

// Everything that fulfilment refuses.
var (
	ErrNoNote = fail.New(fail.NotFound, "fulfilment.no_such_note",
		"There is no such goods-out note.")
	ErrNoOrder = fail.New(fail.NotFound, "fulfilment.no_such_order",
		"There is no such order.")
	ErrEmpty = fail.New(fail.Invalid, "fulfilment.nothing_to_ship",
		"Nothing would go out.")
	ErrTwice = fail.New(fail.Invalid, "fulfilment.line_twice",
		"A line of the order is named twice.")
	ErrReversed = fail.New(fail.Conflict, "fulfilment.reversed",
		"This note is reversed already.")
	ErrReason = fail.New(fail.Invalid, "fulfilment.reason_missing",
		"A reason is needed.")
)
