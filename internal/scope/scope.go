// Package scope is the caller's data scope: whose rows a person may see.
//
// Every query that returns rows takes a Scope and filters with
// "owner_id = any(@people)" (or not at all when All is set). A row outside the
// scope does not exist for the caller: reads answer not-found.
package scope

import (
	"slices"
)

// Scope is the set of people whose rows the caller may see.
// The zero value sees nothing.
type Scope struct {
	All     bool    // every row of the company
	People  []int64 // sorted person ids; ignored when All
	Teams   []int64 // sorted ids of the teams they stand in; nil: whoever needs them looks
	Version string  // changes whenever the sets change; caches key on it
}

// Everything is the scope of jobs and of administrators.
func Everything() Scope { return Scope{All: true, Version: "all"} }

// Has reports whether rows of this owner are within the scope.
// An owner of 0 (nobody) is only within All.
func (s Scope) Has(owner int64) bool {
	if s.All {
		return true
	}
	_, ok := slices.BinarySearch(s.People, owner)
	return ok && owner != 0
}
