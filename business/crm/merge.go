package crm

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

// Two customers that turn out to be one are merged: one goes on, the other is
// archived and points to it for ever. Every visit, order and receipt stays the
// document that it was, under the customer that it was made for; whoever reads the
// one that goes on reads the timelines of both and the sums of both.

// Business is what crm asks of those who trade with customers.
type Business interface {
	// Open names what is not finished with the customer: "orders", "visits".
	Open(ctx context.Context, tx db.Tx, c business.CustomerID) ([]string, error)
}

// Plans is who keeps planned visits. Both run in the transaction of the command.
type Plans interface {
	// OwnerChanged moves what is planned from one person to the other; nobody (0)
	// gets nothing.
	OwnerChanged(ctx context.Context, tx db.Tx, by business.Actor, c business.CustomerID,
		from, to business.PersonID) error
	// Merged plans for another customer what was planned for the first.
	Merged(ctx context.Context, tx db.Tx, by business.Actor, from, into business.CustomerID) error
}

// movePlans moves the planned visits when a command changed the owner. A change of
// territories, "reassigned", moves them itself, from its own day on.
func (s *Service) movePlans(
	ctx context.Context, tx db.Tx, by By, command string, old, now Customer,
) error {
	if s.plans == nil || old.Owner == now.Owner || command == "created" || command == "reassigned" {
		return nil
	}
	if err := s.plans.OwnerChanged(ctx, tx, by.Actor, now.ID, old.Owner, now.Owner); err != nil {
		return fmt.Errorf("planned visits to customer %d: %w", now.ID, err)
	}
	return nil
}

const sqlAbsorbed = `
select coalesce(sum(visit_count), 0) as visits, coalesce(sum(deal_total), 0) as deals,
	coalesce(sum(received_total), 0) as received,
	coalesce(sum(open_receivable), 0) as receivable,
	max(last_visit_at) as last_visit_at, max(last_visit_day) as last_visit_day,
	max(last_order_at) as last_order_at, max(last_sale_at) as last_sale_at
from crm.customer where merged_into = @id`

// absorbed are the figures of those that were merged into a customer.
type absorbed struct {
	Visits       int64          `db:"visits"`
	Deals        int64          `db:"deals"`
	Received     int64          `db:"received"`
	Receivable   int64          `db:"receivable"`
	LastVisitAt  *time.Time     `db:"last_visit_at"`
	LastVisitDay *business.Date `db:"last_visit_day"`
	LastOrderAt  *time.Time     `db:"last_order_at"`
	LastSaleAt   *time.Time     `db:"last_sale_at"`
}

func readAbsorbed(
	ctx context.Context, q db.Querier, id business.CustomerID,
) (absorbed, error) {
	rows, err := q.Query(ctx, sqlAbsorbed, pgx.NamedArgs{"id": id})
	if err != nil {
		return absorbed{}, fmt.Errorf("figures merged into customer %d: %w", id, err)
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[absorbed])
}

// later is the later of two instants, either of which may be unknown.
func later(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.After(*a) {
		return utc(b)
	}
	return a
}

// Merge makes of two customers within the actor's reach the one named into, which
// keeps what it has and takes over what it lacks: contacts, sites, tags, sharing,
// place, phone, logo, planned visits. The other is archived for ever; its number,
// its name and its documents stay readable. It fails with ErrNoCustomer,
// ErrOnlyShared, ErrArchived, ErrChanged (of either), ErrInvalid for one and the same, or
// ErrMergeOpen while money, orders or visits of the one that goes are open, or requests
// of either; then nothing has changed.
func (s *Service) Merge(
	ctx context.Context, by By, from, into business.CustomerID, version int64,
) (Customer, error) {
	if from == into {
		return Customer{}, ErrInvalid.WithField("into", "same", "A customer is not merged into itself.")
	}
	request := map[string]any{"merge": from, "into": into, "version": version}
	return s.command(ctx, by, request, func(tx db.Tx) (Customer, error) {
		for _, id := range []business.CustomerID{min(from, into), max(from, into)} {
			if _, err := fetch(ctx, tx, sqlLock, id, by.Scope); err != nil {
				return Customer{}, err
			}
		}
		gone, err := s.retire(ctx, tx, by, from, into)
		if err != nil {
			return Customer{}, err
		}
		if s.plans != nil {
			if err := s.plans.Merged(ctx, tx, by.Actor, from, into); err != nil {
				return Customer{}, fmt.Errorf("planned visits to customer %d: %w", from, err)
			}
		}
		return s.change(ctx, tx, by, "merged", into, func(c *Customer) error {
			switch {
			case c.ArchivedAt != nil:
				return ErrArchived
			case version != 0 && version != c.Version:
				return ErrChanged.With("version", c.Version)
			}
			absorb(c, gone)
			return follow(ctx, tx, c, gone)
		})
	})
}

// retire archives the customer that does not go on and returns it as it was.
func (s *Service) retire(
	ctx context.Context, tx db.Tx, by By, from, into business.CustomerID,
) (Customer, error) {
	if err := s.settled(ctx, tx, from, into); err != nil {
		return Customer{}, err
	}
	var gone Customer
	_, err := s.change(ctx, tx, by, "merged_away", from, func(c *Customer) error {
		if c.ArchivedAt != nil {
			return ErrArchived
		}
		if c.Receivable != 0 {
			return ErrMergeOpen.With("what", "money")
		}
		gone = *c
		now := s.clock.Now()
		c.ArchivedAt, c.MergedInto = &now, into
		return nil
	})
	return gone, err
}

// settled fails with ErrMergeOpen when something is under way.
func (s *Service) settled(
	ctx context.Context, tx db.Tx, from, into business.CustomerID,
) error {
	if s.business != nil {
		open, err := s.business.Open(ctx, tx, from)
		if err != nil {
			return err
		}
		if len(open) > 0 {
			return ErrMergeOpen.With("what", open[0])
		}
	}
	if s.requests == nil {
		return nil
	}
	open, err := s.requests.UnderWay(ctx, tx, []business.CustomerID{from, into})
	if err == nil && (open[int64(from)] || open[int64(into)]) {
		err = ErrMergeOpen.With("what", "requests")
	}
	return err
}

// absorb gives c what it lacks and gone has, and the sums of both.
func absorb(c *Customer, gone Customer) {
	c.VisitCount += gone.VisitCount
	c.Deals += gone.Deals
	c.Received += gone.Received
	if gone.Status == Active { // a deal stops the pool's clock, also one of the other's
		c.Status = Active
	}
	c.LastVisitAt = later(c.LastVisitAt, gone.LastVisitAt)
	c.LastOrderAt = later(c.LastOrderAt, gone.LastOrderAt)
	c.LastSaleAt = later(c.LastSaleAt, gone.LastSaleAt)
	if gone.LastVisitDay.After(c.LastVisitDay) {
		c.LastVisitDay = gone.LastVisitDay
	}
	if c.Position == nil {
		c.Position, c.Datum, c.Source, c.AccuracyM =
			gone.Position, gone.Datum, gone.Source, gone.AccuracyM
	}
	for _, field := range [][2]*string{
		{&c.Phone, &gone.Phone}, {&c.Licence, &gone.Licence}, {&c.Address, &gone.Address},
		{&c.District, &gone.District}, {&c.Building, &gone.Building}, {&c.Channel, &gone.Channel},
	} {
		if *field[0] == "" {
			*field[0] = *field[1]
		}
	}
	if c.Photo == 0 {
		c.Photo = gone.Photo
	}
	for _, p := range gone.Contacts {
		if !slices.Contains(c.Contacts, p) && len(c.Contacts) < maxContacts {
			c.Contacts = append(slices.Clone(c.Contacts), p)
		}
	}
	for _, t := range gone.Tags {
		if !slices.Contains(c.Tags, t) && len(c.Tags) < maxTags {
			c.Tags = append(slices.Clone(c.Tags), t)
		}
	}
	if room := maxSites - len(c.Sites); room > 0 {
		c.Sites = append(slices.Clone(c.Sites), gone.Sites[:min(room, len(gone.Sites))]...)
	}
}

// follow shares c with whoever followed gone, its owner too, unless they left the
// company or they are too many.
func follow(ctx context.Context, tx db.Tx, c *Customer, gone Customer) error {
	if c.Owner == 0 {
		return nil
	}
	more := slices.Clone(gone.SharedWith)
	if gone.Owner != 0 {
		more = append(more, int64(gone.Owner))
	}
	left, err := unknownSharees(ctx, tx, more)
	if err != nil {
		return err
	}
	more = slices.DeleteFunc(more, func(id int64) bool { return slices.Contains(left, id) })
	with := unshared(append(slices.Clone(c.SharedWith), more...), int64(c.Owner))
	if len(with) <= maxSharees {
		c.SharedWith = with
	}
	return nil
}
