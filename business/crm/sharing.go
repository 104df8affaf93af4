package crm

import (
	"context"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// A customer belongs to one owner, who may let others follow it (Z2-6). Who
// shares it sees it everywhere (list, count, facets, export, map, card) and does
// business with it, but changes nothing of it and decides nothing about it. The
// range is people and whole teams, a team being those who stand in it directly;
// the owner is never part of it, and it ends when the customer goes to the pool.

// Stage is how far the follow-up of a customer has come.
type Stage string

// The stages, in their order.
const (
	Fresh       Stage = "new"
	Contacted   Stage = "contacted"
	Interested  Stage = "interested"
	Negotiating Stage = "negotiating"
	Won         Stage = "won"
	GivenUp     Stage = "given_up"
)

// Stages are all of them in their order.
func Stages() []Stage {
	return []Stage{Fresh, Contacted, Interested, Negotiating, Won, GivenUp}
}

func validStage(s Stage) bool { return slices.Contains(Stages(), s) }

// Contact is somebody whom one speaks to at a customer; of several the first is
// the main one.
type Contact struct {
	Name  string `json:"name" minLength:"1" maxLength:"80"`
	Post  string `json:"post,omitempty" maxLength:"80" example:"Buyer"`
	Phone string `json:"phone,omitempty" maxLength:"60"`
	Email string `json:"email,omitempty" maxLength:"120" example:"wu@example.com"`
	Note  string `json:"note,omitempty" maxLength:"300"`
}

// Site is another place of a customer, besides its address.
type Site struct {
	Name     string     `json:"name" minLength:"1" maxLength:"80" example:"Warehouse"`
	Address  string     `json:"address,omitempty" maxLength:"300"`
	Position *orb.Point `json:"position,omitempty" doc:"WGS-84"`
}

// Origin says why somebody sees a customer.
type Origin string

// The origins.
const (
	Own    Origin = "own"    // the reader owns it
	Shared Origin = "shared" // somebody else owns it and shares it
	Ours   Origin = "team"   // within the reader's data scope
	Nobody Origin = "pool"   // nobody owns it
)

// OriginFor says why the reader sees the customer.
func (c Customer) OriginFor(reader business.PersonID, sc scope.Scope) Origin {
	switch {
	case c.Owner == 0:
		return Nobody
	case c.Owner == reader:
		return Own
	case sc.Has(int64(c.Owner)) && !slices.Contains(c.SharedWith, int64(reader)):
		return Ours
	}
	return Shared
}

// MainContact is the name of whom one asks for first; "" without contacts.
func (c Customer) MainContact() string {
	if len(c.Contacts) == 0 {
		return ""
	}
	return c.Contacts[0].Name
}

const (
	maxContacts = 50
	maxSites    = 50
	maxSharees  = 200
)

// sharing is a range in its canonical form: sorted, once each, nil for nobody.
func sharing(with []int64) []int64 {
	if len(with) == 0 {
		return nil
	}
	out := slices.Clone(with)
	slices.Sort(out)
	return slices.Compact(out)
}

func unshared(with []int64, one int64) []int64 {
	return sharing(slices.DeleteFunc(slices.Clone(with), func(id int64) bool { return id == one }))
}

func tidyContacts(list []Contact) []Contact {
	out := make([]Contact, len(list))
	for i, c := range list {
		out[i] = Contact{strings.TrimSpace(c.Name), strings.TrimSpace(c.Post),
			strings.TrimSpace(c.Phone), strings.TrimSpace(c.Email), strings.TrimSpace(c.Note)}
	}
	return out
}

func checkContacts(f *faults, list []Contact) {
	if len(list) > maxContacts {
		f.add("contacts", "too_many", "At most %d contacts are kept.", maxContacts)
	}
	for i, c := range list {
		at := fmt.Sprintf("contacts[%d].", i)
		if c.Name == "" {
			f.add(at+"name", "required", "A contact has a name.")
		}
		f.text(at+"name", c.Name, 80)
		f.text(at+"post", c.Post, 80)
		f.text(at+"phone", c.Phone, maxPhone)
		f.text(at+"note", c.Note, maxText)
		f.text(at+"email", c.Email, maxEmail)
		if a, err := mail.ParseAddress(c.Email); c.Email != "" && (err != nil || a.Address != c.Email) {
			f.add(at+"email", "mail", "This is no mail address.")
		}
	}
}

func checkSites(f *faults, list []Site) {
	if len(list) > maxSites {
		f.add("sites", "too_many", "At most %d sites are kept.", maxSites)
	}
	for i, s := range list {
		at := fmt.Sprintf("sites[%d].", i)
		if strings.TrimSpace(s.Name) == "" {
			f.add(at+"name", "required", "A site has a name.")
		}
		f.text(at+"name", s.Name, 80)
		f.text(at+"address", s.Address, maxText)
		if s.Position != nil && !geo.Valid(*s.Position) {
			f.add(at+"position", "range", "Longitude ±180 and latitude ±90, in this order.")
		}
	}
}

const (
	sqlTeamsOf = `
select distinct -team_id from crm.owner where person_id = any(@people) and team_id is not null`

	sqlSharedTo = `
select id from crm.customer
where archived_at is null and shared_with is not null and shared_with && @readers
	and owner_id <> all(@people)
order by id`

	sqlUnknownSharees = `
select w.id from unnest(@with::bigint[]) as w(id)
where not exists (select from crm.owner o where o.active and (o.person_id = w.id or o.team_id = -w.id))`
)

// readersOf are the people of a scope and, as negative ids, their teams: those that
// came with the scope, which were read when the caller was identified, or those that
// the customers' book knows.
func readersOf(ctx context.Context, q db.Querier, sc scope.Scope) ([]int64, error) {
	if sc.Teams == nil {
		return readers(ctx, q, sc.People)
	}
	out := make([]int64, 0, len(sc.People)+len(sc.Teams))
	out = append(out, sc.People...)
	for _, t := range sc.Teams {
		out = append(out, -t)
	}
	return out, nil
}

// readers are the people and, as negative ids, the teams they stand in.
func readers(ctx context.Context, q db.Querier, people []int64) ([]int64, error) {
	rows, err := q.Query(ctx, sqlTeamsOf, pgx.NamedArgs{"people": people})
	if err != nil {
		return nil, fmt.Errorf("teams of %d people: %w", len(people), err)
	}
	teams, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	return append(slices.Clone(people), teams...), err
}

// SharedTo returns the customers that owners outside the scope share with its people or
// their teams; nothing for whoever sees everything.
func (s *Service) SharedTo(
	ctx context.Context, q db.Querier, sc scope.Scope,
) ([]business.CustomerID, error) {
	if sc.All || len(sc.People) == 0 {
		return nil, nil
	}
	with, err := readersOf(ctx, q, sc)
	if err != nil {
		return nil, err
	}
	rows, err := q.Query(ctx, sqlSharedTo, pgx.NamedArgs{"readers": with, "people": sc.People})
	if err != nil {
		return nil, fmt.Errorf("customers shared with %d people: %w", len(sc.People), err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[business.CustomerID])
}

// addReaders completes the arguments of sqlMatch with what sharing needs.
func (s *Service) addReaders(
	ctx context.Context, args pgx.NamedArgs, sc scope.Scope, f Filter,
) error {
	var err error
	if !sc.All && len(sc.People) > 0 {
		if args["readers"], err = readersOf(ctx, s.db, sc); err != nil {
			return err
		}
	}
	if f.SharedTo != nil {
		people := make([]int64, len(f.SharedTo))
		for i, p := range f.SharedTo {
			people[i] = int64(p)
		}
		args["shared_readers"], err = readers(ctx, s.db, people)
	}
	return err
}

// checkSharees refuses a range that holds the owner, too many, or somebody new
// who is not there.
func checkSharees(ctx context.Context, tx db.Tx, c Customer, before []int64) error {
	if len(c.SharedWith) == 0 || slices.Equal(c.SharedWith, before) {
		return nil
	}
	switch {
	case c.Owner == 0:
		return ErrInvalid.WithField("shared_with", "owner", "A customer in the pool is not shared.")
	case slices.Contains(c.SharedWith, int64(c.Owner)):
		return ErrInvalid.WithField("shared_with", "owner", "The owner does not share with themselves.")
	case len(c.SharedWith) > maxSharees:
		return ErrInvalid.WithField("shared_with", "too_many",
			fmt.Sprintf("At most %d people and teams.", maxSharees))
	}
	added := slices.DeleteFunc(slices.Clone(c.SharedWith), func(id int64) bool {
		return slices.Contains(before, id)
	})
	unknown, err := unknownSharees(ctx, tx, added)
	if err == nil && len(unknown) > 0 {
		return ErrInvalid.WithField("shared_with", "unknown",
			fmt.Sprintf("There is no such person or team: %d.", unknown[0]))
	}
	return err
}

// unknownSharees are those of the people and teams who are not there, or no longer.
func unknownSharees(ctx context.Context, tx db.Tx, with []int64) ([]int64, error) {
	rows, err := tx.Query(ctx, sqlUnknownSharees, pgx.NamedArgs{"with": orEmpty(with)})
	if err != nil {
		return nil, fmt.Errorf("look for sharees: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// Colleagues are everybody active whom a customer may be shared with or handed
// to, by name. It says no more of them than name, team and colour.
func (s *Service) Colleagues(ctx context.Context) ([]Owner, error) {
	owners, err := readOwners(ctx, s.db)
	owners = slices.DeleteFunc(owners, func(o Owner) bool { return !o.Active })
	slices.SortFunc(owners, func(a, b Owner) int { return strings.Compare(a.Name, b.Name) })
	return owners, err
}

// startOf and endOf are the instants between which a business day lies; nil for
// no day.
func startOf(d business.Date, zone *time.Location) *time.Time {
	if d.IsZero() {
		return nil
	}
	at := d.At(zone, 0)
	return &at
}

func endOf(d business.Date, zone *time.Location) *time.Time {
	if d.IsZero() {
		return nil
	}
	return startOf(d.Add(1), zone)
}
