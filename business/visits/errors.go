package visits

import "beatplan/internal/fail"

// Everything that visits refuses.
var (
	ErrNoDay = fail.New(fail.NotFound, "visits.no_such_person",
		"There is no such salesperson.")
	ErrNoCustomer = fail.New(fail.NotFound, "visits.no_such_customer",
		"There is no such customer.")
	ErrNoStop = fail.New(fail.NotFound, "visits.no_such_stop",
		"This stop is not on the day's plan.")
	ErrNoVisit = fail.New(fail.NotFound, "visits.no_such_visit",
		"There is no such visit.")
	ErrNoVersion = fail.New(fail.NotFound, "visits.no_such_version",
		"The day has no such version.")
	ErrDenied = fail.New(fail.Denied, "visits.denied",
		"You may not plan this person's day.")
	ErrReorderOnPhone = fail.New(fail.Denied, "visits.reorder_on_phone",
		"The order of a day is changed at a desk, not on the phone.")
	ErrChanged = fail.New(fail.Precondition, "visits.day_changed",
		"Somebody else changed this day since you opened it.")
	ErrPlanInvalid = fail.New(fail.Invalid, "visits.plan_invalid",
		"The plan breaks a rule.")
	ErrPeriod = fail.New(fail.Invalid, "visits.period_invalid",
		"The period ends before it begins, or is too long.")
	ErrTooManyStops = fail.New(fail.Invalid, "visits.too_many_stops",
		"A day holds at most 100 stops.")
	ErrPastDay = fail.New(fail.Invalid, "visits.past_day",
		"A day that is over cannot be planned.")
	ErrTooFarAhead = fail.New(fail.Invalid, "visits.too_far_ahead",
		"Days can be planned up to a year ahead.")
	ErrEmptyDay = fail.New(fail.Invalid, "visits.empty_day",
		"There is nothing to publish: the day has no stops.")
	ErrInactive = fail.New(fail.Invalid, "visits.person_inactive",
		"This person no longer works here.")
	ErrStopDriven = fail.New(fail.Conflict, "visits.stop_driven",
		"This stop has been driven already.")
	ErrNotCall = fail.New(fail.Conflict, "visits.not_a_call",
		"This stop was planned, not dispatched: take it off the day's plan instead.")
	ErrNoCall = fail.New(fail.NotFound, "visits.no_such_call",
		"There is no such call.")
	ErrCallInvalid = fail.New(fail.Invalid, "visits.call_invalid",
		"The call breaks a rule.")
	ErrCallTaken = fail.New(fail.Conflict, "visits.call_taken",
		"Somebody else has given this call to a person meanwhile, or taken it back.")
	ErrCallClosed = fail.New(fail.Conflict, "visits.call_closed",
		"This call is done or withdrawn already.")
	ErrOpenVisit = fail.New(fail.Conflict, "visits.open_visit",
		"Another visit is still open: check out there first.")
	ErrSecondToday = fail.New(fail.Conflict, "visits.second_today",
		"This customer was visited today already.")
	ErrTooFar = fail.New(fail.Invalid, "visits.too_far",
		"You are too far from the customer: give a reason to check in all the same.")
	ErrStaleFix = fail.New(fail.Invalid, "visits.stale_fix",
		"The position is too old: take a new one.")
	ErrFutureFix = fail.New(fail.Invalid, "visits.future_fix",
		"The position is from the future: check the clock of the phone.")
	ErrBadFix = fail.New(fail.Invalid, "visits.bad_fix",
		"This is not a position.")
	ErrTooLate = fail.New(fail.Invalid, "visits.too_late",
		"The visit is too long ago to be recorded.")
	ErrNotOpen = fail.New(fail.Conflict, "visits.not_open",
		"This visit is not open any more.")
	ErrNotPending = fail.New(fail.Conflict, "visits.not_pending",
		"This visit does not wait for approval.")
	ErrNotValid = fail.New(fail.Conflict, "visits.not_valid",
		"Only a valid visit can be declared void.")
	ErrReasonMissing = fail.New(fail.Invalid, "visits.reason_missing",
		"A reason is needed.")
	ErrPolicyInvalid = fail.New(fail.Invalid, "visits.policy_invalid",
		"This setting is out of bounds.")
	ErrTooLong = fail.New(fail.Invalid, "visits.text_too_long",
		"A text is too long.")
	ErrStatusUnknown = fail.New(fail.Invalid, "visits.status_unknown",
		"There is no such status of a customer.")
	ErrNoPhoto = fail.New(fail.NotFound, "visits.no_such_photo",
		"There is no such photo, or it is not ready yet.")
	ErrPhotoAtDesk = fail.New(fail.Denied, "visits.photo_at_desk",
		"Photos of visits are taken with the phone app.")
	ErrPhotoFromGallery = fail.New(fail.Invalid, "visits.photo_from_gallery",
		"Photos of visits are taken by the app's camera, not chosen from a gallery.")
	ErrPhotoTime = fail.New(fail.Invalid, "visits.photo_time",
		"The photo was not taken during this visit.")
	ErrPhotoOld = fail.New(fail.Invalid, "visits.photo_old",
		"The file says that it was taken at another time.")
	ErrTooManyPhotos = fail.New(fail.Invalid, "visits.too_many_photos",
		"A visit holds at most 60 photos.")
	ErrFormInvalid = fail.New(fail.Invalid, "visits.form_invalid",
		"The form breaks a rule.")
	ErrNoForm = fail.New(fail.NotFound, "visits.no_such_form",
		"There is no such form.")
	ErrAnswersInvalid = fail.New(fail.Invalid, "visits.answers_invalid",
		"An answer does not fit its question.")
	ErrStepMissing = fail.New(fail.Invalid, "visits.step_missing",
		"A required step is not done yet.")
	// ErrNoRoads is what a Planner answers where no road network covers the day.
	ErrNoRoads = fail.New(fail.Unavailable, "visits.no_roads",
		"There is no road network for this day's places.")
)
