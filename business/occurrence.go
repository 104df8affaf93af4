package business

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Occurrence is one thing that happened to a customer, as the module that knows of it
// tells it to the customer's timeline.
type Occurrence struct {
	ID    int64     `db:"id"`
	At    time.Time `db:"at"`
	By    PersonID  `db:"by"`    // 0: the system
	Title string    `db:"title"` // number of a document, or of what sort it is
	State string    `db:"state"` // as its module calls it
	Note  string    `db:"note"`  // what somebody wrote about it
	Cents *int64    `db:"cents"` // minor units; nil: no money is in it
}

// Stretch asks for the Limit newest occurrences of some customers that lie before an
// instant; of those at that very instant, for ids below BeforeID.
type Stretch struct {
	Customers []CustomerID
	Before    time.Time
	BeforeID  int64
	Limit     int
}

// Args are the stretch as @customers, @before, @before_id and @limit of a statement.
func (s Stretch) Args() pgx.NamedArgs {
	return pgx.NamedArgs{
		"customers": s.Customers, "before": s.Before, "before_id": s.BeforeID, "limit": s.Limit,
	}
}

// Occurrences collects the rows of a statement over a stretch.
func Occurrences(rows pgx.Rows, err error) ([]Occurrence, error) {
	if err != nil {
		return nil, fmt.Errorf("what happened to a customer: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Occurrence])
}
