package warnings

import "beatplan/internal/fail"

// Everything that warnings refuses.
var (
	ErrNoPerson = fail.New(fail.NotFound, "warnings.no_such_person",
		"There is no such salesperson.")
	ErrNoCustomer = fail.New(fail.NotFound, "warnings.no_such_customer",
		"There is no such customer.")
	ErrNoKind = fail.New(fail.NotFound, "warnings.no_such_kind",
		"There is no such kind of warning.")
	ErrChanged = fail.New(fail.Precondition, "warnings.rule_changed",
		"Somebody else changed this rule since you opened it.")
	ErrRuleInvalid = fail.New(fail.Invalid, "warnings.rule_invalid",
		"This setting is out of bounds.")
)
