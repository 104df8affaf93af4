package routing

import "beatplan/internal/fail"

// Errors of the day planner.
var (
	// ErrDayInvalid refuses a day whose input breaks a rule; its fields say which.
	ErrDayInvalid = fail.New(fail.Invalid, "routing.day_invalid",
		"This day cannot be planned as it was given.")
)
