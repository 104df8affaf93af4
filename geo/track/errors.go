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
	ErrVersion = fail.New(fail.Conflict, "track.old_consent",
		"The words of the consent have changed. Read them again before you agree.")
	ErrGPX = fail.New(fail.Malformed, "track.bad_gpx",
		"The file is not GPX, or a point in it cannot be read.")
	ErrBatchForm = fail.New(fail.Malformed, "track.bad_batch",
		"The body must be JSON with a list of fixes.")
	ErrTooMuch = fail.New(fail.TooMany, "track.too_much",
		"This person sends too many requests. Please wait before you send again.")
	ErrRange = fail.New(fail.Invalid, "track.bad_range",
		"The stretch of time must have a length of at most 31 days.")
)
