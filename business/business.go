// Package business is the vocabulary that the modules share: typed ids, the
// actor of a command, money, quantities, periods.
package business

// Ids are bigint identities below 2⁵³, so that they travel in tiles and JSON.
type (
	PersonID   int64 // a person who can sign in
	TeamID     int64 // a team (department)
	CustomerID int64 // a customer
	VisitID    int64 // a visit, from check-in to check-out
)

// Role is what a person may do; whose rows they see is their data scope.
type Role string

// The roles of a new company.
const (
	Admin       Role = "admin"
	Manager     Role = "manager"
	Dispatcher  Role = "dispatcher"
	Salesperson Role = "salesperson"
	Keeper      Role = "keeper" // of a warehouse
)

// Actor is the natural person behind a command. Whose rows they may touch
// travels beside it, as a scope.Scope.
type Actor struct {
	Person PersonID
	Role   Role
	Team   TeamID
}

// Is reports whether the actor has one of these roles.
func (a Actor) Is(roles ...Role) bool {
	for _, r := range roles {
		if a.Role == r {
			return true
		}
	}
	return false
}
