package territory

import (
	"fmt"

	"beatplan/internal/fail"
)

// What can be refused.
var (
	ErrNoScenario = fail.New(fail.NotFound, "territory.no_scenario", "There is no such scenario.")
	ErrState      = fail.New(fail.Conflict, "territory.wrong_state",
		"The scenario is not in the state that this needs.")
	ErrChanged = fail.New(fail.Conflict, "territory.changed",
		"The scenario has changed meanwhile; look at it again.")
	ErrInvalid = fail.New(fail.Invalid, "territory.invalid",
		"The scenario cannot be as it was given.")
	ErrNothing = fail.New(fail.Conflict, "territory.nothing_to_undo",
		"There is no edit left that could be undone.")
	ErrPast = fail.New(fail.Invalid, "territory.past_date",
		"A scenario comes into force today at the earliest, and within a year.")
	ErrNoMember = fail.New(fail.Invalid, "territory.no_member",
		"This person is not part of the scenario.")
	ErrEmpty = fail.New(fail.Invalid, "territory.no_customers",
		"There is no customer with a position within your scope.")
	ErrImport = fail.New(fail.Invalid, "territory.bad_file",
		"Nothing was imported: some rows of the file are bad.")
	ErrShifted = fail.New(fail.Invalid, "territory.shifted_file",
		"Nothing was imported: the outlines seem to be GCJ-02. Say so, or check the file.")
	ErrUnassigned = fail.New(fail.Conflict, "territory.unassigned",
		"Some customers of the scenario have nobody; give them to somebody first.")
)

// fault adds a bad row, counted from 1, to a refusal; what is beyond mostFaults is
// not told.
func fault(e *fail.Error, row int, code, why string) *fail.Error {
	if len(e.Fields) >= mostFaults {
		return e
	}
	return e.WithField(fmt.Sprintf("rows[%d]", row+1), code, fmt.Sprintf("Row %d: %s", row+1, why))
}

func orNil(e *fail.Error) error {
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}
