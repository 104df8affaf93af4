package catalogue

import "beatplan/internal/fail"

// Everything that catalogue refuses.
var (
	ErrNoProduct = fail.New(fail.NotFound, "catalogue.no_such_product",
		"There is no such product.")
	ErrNoCategory = fail.New(fail.NotFound, "catalogue.no_such_category",
		"There is no such category.")
	ErrInvalid = fail.New(fail.Invalid, "catalogue.invalid",
		"The product has faults.")
	ErrDuplicate = fail.New(fail.Conflict, "catalogue.duplicate",
		"There is a product of this name, specification and unit already.")
	ErrCategoryTaken = fail.New(fail.Conflict, "catalogue.category_taken",
		"There is a category of this name in this place already.")
	ErrCycle = fail.New(fail.Conflict, "catalogue.category_cycle",
		"A category cannot stand below itself.")
	ErrChanged = fail.New(fail.Precondition, "catalogue.changed",
		"Somebody else changed this since you opened it.")
	ErrColumns = fail.New(fail.Invalid, "catalogue.columns_missing",
		"The first row must name the columns name, unit and price.")
)
