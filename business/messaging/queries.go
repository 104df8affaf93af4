package messaging

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

// Channels returns all channels by name, and the newest thousand authorisations.
func (s *Service) Channels(ctx context.Context) ([]Channel, []Authorisation, error) {
	channels, err := db.Collect[Channel](ctx, s.DB, sqlChannels, pgx.NamedArgs{})
	if err != nil {
		return nil, nil, fmt.Errorf("channels: %w", err)
	}
	given, err := db.Collect[Authorisation](ctx, s.DB, sqlAuthorisations, pgx.NamedArgs{})
	if err != nil {
		return nil, nil, fmt.Errorf("authorisations: %w", err)
	}
	return channels, given, nil
}

// Usable returns the channels through which the person may send today.
func (s *Service) Usable(ctx context.Context, p business.PersonID) ([]Channel, error) {
	return db.Collect[Channel](ctx, s.DB, sqlUsable,
		pgx.NamedArgs{"person": p, "today": s.Today()})
}

// Holds reports whether the authorisation lets anybody send today.
func (s *Service) Holds(a Authorisation) bool { return a.holds(a.Person, s.Today()) }

// Log returns a page of the tries of the people in the caller's scope, the newest
// first, and whether there are more.
func (s *Service) Log(ctx context.Context, c Caller, f Filter) ([]Attempt, bool, error) {
	people := c.Scope.People
	if people == nil {
		people = []int64{}
	}
	found, more, err := db.Page[Attempt](ctx, s.DB, sqlLog, db.PageSize(f.Limit), pgx.NamedArgs{
		"customer": f.Customer, "after": f.After, "all": c.Scope.All, "people": people})
	if err != nil {
		return nil, false, fmt.Errorf("log of messages: %w", err)
	}
	return found, more, nil
}
