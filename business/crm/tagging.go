package crm

import (
	"context"
	"errors"
	"slices"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/fail"
)

// TagChange is what happens to the tags of many customers: those of Remove go, then
// those of Add come. Both at once renames.
type TagChange struct{ Add, Remove []string }

// Tagged is what became of one customer of a TagChange.
type Tagged struct {
	Customer business.CustomerID `json:"customer_id"`
	Changed  bool                `json:"changed"` // false: it was so already, or Refused says why
	// Refused is the code of ErrNoCustomer, ErrArchived, ErrOnlyShared or ErrInvalid;
	// "" when nothing was in the way.
	Refused string `json:"refused,omitempty"`
}

// Tag changes the tags of the customers, each for itself: one that may not be changed
// does not hold up the others. The rows come in the order of the ids, each once. It
// fails as a whole with ErrFormNeeded. The opposite change of the customers that were
// changed undoes it.
func (s *Service) Tag(
	ctx context.Context, by By, ids []business.CustomerID, t TagChange,
) ([]Tagged, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids) // one order of locks for everybody
	ids = slices.Compact(ids)
	var rows []Tagged
	err := s.db.InTx(ctx, func(tx db.Tx) error {
		var err error
		rows, err = once(ctx, tx, by, map[string]any{"tag": ids, "change": t}, func() ([]Tagged, error) {
			if err := openToEdits(ctx, tx); err != nil {
				return nil, err
			}
			out := make([]Tagged, len(ids))
			for i, id := range ids {
				var err error
				if out[i], err = s.tag(ctx, tx, by, id, t); err != nil {
					return nil, err
				}
			}
			return out, nil
		})
		return err
	})
	return rows, err
}

// tag changes one customer. What refuses a row refuses it before anything is written.
func (s *Service) tag(
	ctx context.Context, tx db.Tx, by By, id business.CustomerID, t TagChange,
) (Tagged, error) {
	row := Tagged{Customer: id}
	_, err := s.change(ctx, tx, by, "updated", id, func(c *Customer) error {
		if c.ArchivedAt != nil {
			return ErrArchived
		}
		tags := retagged(c.Tags, t)
		row.Changed = !slices.Equal(tags, c.Tags)
		c.Tags = tags
		return nil
	})
	for _, refusal := range []error{ErrNoCustomer, ErrArchived, ErrOnlyShared, ErrInvalid} {
		if errors.Is(err, refusal) {
			return Tagged{Customer: id, Refused: fail.As(err).Code}, nil
		}
	}
	return row, err
}

// retagged is what a change leaves of tags, in a list of its own.
func retagged(tags []string, t TagChange) []string {
	out := []string{}
	for _, tag := range tags {
		if !slices.Contains(t.Remove, tag) {
			out = append(out, tag)
		}
	}
	for _, tag := range t.Add {
		if !slices.Contains(out, tag) {
			out = append(out, tag)
		}
	}
	return out
}
