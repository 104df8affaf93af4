package visits

import (
	"context"
	"slices"

	"beatplan/business"
	"beatplan/internal/db"
)

// Offer puts customers behind the draft of a day as stops that may be left out, inside
// the transaction that chose, or made, them; who is on it already stays as planned.
// Offers at once wait for one another. It fails as Save does, but never with
// ErrChanged; then the whole transaction must end.
func (s *Service) Offer(
	ctx context.Context, tx db.Tx, c Caller, at PersonDay, customers []business.CustomerID,
) (Day, error) {
	if _, err := s.planned(ctx, tx, c, at.Person, at.Date); err != nil {
		return Day{}, err
	}
	d, err := s.lockedDay(ctx, tx, c, at)
	if err != nil {
		return Day{}, err
	}
	var edit Edit
	on := map[business.CustomerID]bool{}
	for _, stop := range d.Stops {
		on[stop.Customer] = true
		edit.Stops = append(edit.Stops, Wanted{Customer: stop.Customer, Stop: stop.ID,
			Locked: stop.Locked, Optional: stop.Optional})
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(customers))) {
		if !on[id] {
			edit.Stops = append(edit.Stops, Wanted{Customer: id, Optional: true})
		}
	}
	return s.save(ctx, tx, c, at, saving1{edit: edit, change: "saved"})
}
