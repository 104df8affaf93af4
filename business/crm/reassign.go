package crm

import (
	"context"

	"beatplan/business"
	"beatplan/internal/db"
)

// Reassign gives a customer to a person inside a neighbour's transaction, as
// Assign does: with history, facts, and the person's limit. It fails with
// ErrNoCustomer, ErrNoOwner, ErrArchived or ErrPoolLimit; then nothing of this
// customer has changed.
func (s *Service) Reassign(
	ctx context.Context, tx db.Tx, by business.Actor, id business.CustomerID,
	person business.PersonID,
) error {
	who := By{Actor: by, Scope: everything()}
	_, err := s.change(ctx, tx, who, "reassigned", id, func(c *Customer) error {
		if c.ArchivedAt != nil {
			return ErrArchived
		}
		return s.giveTo(ctx, tx, who, c, person)
	})
	return err
}
