package market

import "beatplan/internal/fail"

// What can be refused.
var (
	ErrNoPlace = fail.New(fail.NotFound, "market.no_such_prospect",
		"There is no such prospect.")
	ErrNoLayer = fail.New(fail.NotFound, "market.no_such_layer", "There is no such file.")
	ErrInvalid = fail.New(fail.Invalid, "market.invalid",
		"White space cannot be asked for in this way.")
	ErrRows = fail.New(fail.Invalid, "market.bad_rows",
		"Some rows of the file are wrong; nothing was imported.")
	ErrHeadings = fail.New(fail.Invalid, "market.no_columns",
		"The file needs a column for the cell, or for longitude and latitude, and one for the value.")
	ErrTooMany = fail.New(fail.Invalid, "market.too_many",
		"That is more than one command takes.")
	ErrNoRoute = fail.New(fail.Conflict, "market.no_route",
		"This day has no route yet that something could lie near.")
)
