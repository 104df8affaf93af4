package crm

import (
	"context"
	"iter"

	"beatplan/internal/db"
)

// CreateIn is Create inside a neighbour's transaction and without a key: the
// neighbour sees to it that a replay makes no second customer.
func (s *Service) CreateIn(
	ctx context.Context, tx db.Tx, by By, in NewCustomer,
) (Customer, error) {
	return s.create(ctx, tx, by, in)
}

// Pins yields the selected customers, located or not, in any order.
func (s *Selection) Pins() iter.Seq[*MapPin] {
	return func(yield func(*MapPin) bool) {
		for _, p := range s.pins() {
			if s.filter.match(p) && !yield(p) {
				return
			}
		}
	}
}
