package track

import "beatplan/internal/fail"

// What can be refused.
var (
	ErrBatch = fail.New(fail.Invalid, "track.batch_too_large",
		"A batch holds at most 5,000 fixes.")
	ErrFix = fail.New(fail.Invalid, "track.bad_fix",
		"A fix needs a longitude, a latitude and a time that is not in the future.")
	ErrNotFound = fail.New(fail.NotFound, "track.not_found",
		"There is no such person, or you may not see their positions.")
	ErrRange = fail.New(fail.Invalid, "track.bad_range",
		"The stretch of time must have a length of at most 31 days.")
)
