package api

import "beatplan/internal/fail"

// What can be wrong with a request before any module sees it.
var (
	ErrMalformed = fail.New(fail.Malformed, "request.malformed",
		"The request cannot be read.")
	ErrInvalid = fail.New(fail.Invalid, "request.invalid",
		"Some fields of the request are not valid.")
	ErrTooLarge = fail.New(fail.TooLarge, "request.too_large",
		"The body of the request is larger than this operation takes.")
	ErrUnsupported = fail.New(fail.Unsupported, "request.unsupported_type",
		"This operation does not read bodies of this media type.")
	ErrNotAcceptable = fail.New(fail.Malformed, "request.not_acceptable",
		"This operation cannot answer in a media type that the request accepts.")
	ErrTimeout = fail.New(fail.Malformed, "request.timeout",
		"The request's body did not arrive in time.")
	ErrNoRoute = fail.New(fail.NotFound, "request.no_such_route",
		"There is nothing at this address.")
	ErrMethod = fail.New(fail.Malformed, "request.method_not_allowed",
		"This address does not take this method.")
	ErrCrossSite = fail.New(fail.Denied, "request.cross_site",
		"The request was sent by a page of another site.")
	ErrHost = fail.New(fail.Denied, "request.not_local",
		"This demo answers only on this computer.")
	ErrIfMatch = fail.New(fail.Malformed, "request.if_match",
		"If-Match must hold the ETag of the version that was read.")
	ErrCursor = fail.New(fail.Malformed, "request.after",
		"The value of after does not come from an earlier page of this list.")
	ErrUnauthenticated = fail.New(fail.Unauthenticated, "session.missing",
		"Please sign in.")
	ErrDenied = fail.New(fail.Denied, "session.denied",
		"Your role does not permit this.")
	ErrNotEnabled = fail.New(fail.Denied, "module.not_enabled",
		"This part of the product is switched off in your company.")
	ErrStreams = fail.New(fail.TooMany, "events.too_many_streams",
		"Too many event streams are open for this person.")
	ErrFault = fail.New(fail.Unavailable, "server.fault",
		"Something went wrong on our side; the incident id helps us to find it.")
)
