package crm

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/geo/datum"
	"beatplan/internal/blob"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/idem"
	"beatplan/internal/jobs"
)

// Audit keeps what every command did. It runs in the command's transaction.
type Audit interface {
	Record(ctx context.Context, tx db.Tx, actor business.Actor, change business.Change) error
}

// Clocks is who counts the days since a customer's last visit, order and sale. It
// runs in the command's transaction.
type Clocks interface {
	// Refresh is told that what the clocks of these customers are made of changed.
	Refresh(ctx context.Context, tx db.Tx, customers []business.CustomerID) error
	// VisitEvery returns the rule by which customers without an interval of their
	// own are visited: the days by kind and level, 0 for none. Until the transaction
	// ends, no other rule is brought to all customers.
	VisitEvery(ctx context.Context, tx db.Tx) (func(kind, level string) int, error)
}

// dueDay is the day of the customer's next visit, by its own interval or by the rule.
func (s *Service) dueDay(ctx context.Context, tx db.Tx, c Customer) (business.Date, error) {
	if s.clocks == nil || c.VisitEveryDays > 0 {
		return dueOn(c, c.VisitEveryDays), nil
	}
	every, err := s.clocks.VisitEvery(ctx, tx)
	if err != nil {
		return business.Date{}, fmt.Errorf("how often customers are visited: %w", err)
	}
	return dueOn(c, every(c.Kind, string(c.Level))), nil
}

// Options say what a Service works with. DB, Clock, Zone and Bus are required.
type Options struct {
	DB     *db.DB
	Clock  clock.Clock
	Zone   *time.Location // of the business day
	Bus    *events.Bus
	Jobs   *jobs.Service // for imports; nil: no imports
	Audit  Audit         // nil: only crm's own history
	Clocks Clocks        // nil: nobody counts
	Policy Policy        // zero: DefaultPolicy

	Requests Requests    // nil: nothing waits for approval
	Photos   *blob.Store // of shop-fronts; nil: none are kept
	Plans    Plans       // nil: nobody plans visits
	Business Business    // nil: nobody trades
	Tellers  []Teller    // whom the timeline asks, besides crm itself
}

// Service is the customers of one company. It is safe for concurrent use.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	zone   *time.Location
	bus    *events.Bus
	jobs   *jobs.Service
	audit  Audit
	clocks Clocks
	policy Policy

	requests Requests
	photos   *blob.Store
	plans    Plans
	business Business
	tellers  []Teller

	areas map[string]Areas // by kind
	marks map[string]bool  // name:value
	guard func(ctx context.Context, kind string) error
}

// New makes the service.
func New(o Options) *Service {
	if o.Policy == (Policy{}) {
		o.Policy = DefaultPolicy()
	}
	return &Service{o.DB, o.Clock, o.Zone, o.Bus, o.Jobs, o.Audit, o.Clocks, o.Policy,
		o.Requests, o.Photos, o.Plans, o.Business, slices.Clone(o.Tellers),
		map[string]Areas{}, map[string]bool{}, func(context.Context, string) error { return nil }}
}

// Today is the company's business day.
func (s *Service) Today() business.Date { return business.DateOf(s.clock.Now(), s.zone) }

// Create makes a customer and gives it a number. A salesperson's customers are
// their own; others may name an owner within their scope, or none. It fails with
// ErrInvalid, ErrDuplicate, ErrAddressNeeded, ErrNumberTaken, ErrNumberReserved
// or ErrNoOwner; in every such case nothing has changed.
func (s *Service) Create(ctx context.Context, by By, in NewCustomer) (Customer, error) {
	var made Customer
	err := s.db.InTx(ctx, func(tx db.Tx) error {
		var err error
		made, err = idem.Once(ctx, tx, int64(by.Actor.Person), by.Key, in, func() (Customer, error) {
			return s.create(ctx, tx, by, in)
		})
		return err
	})
	return made, err
}

func (s *Service) create(ctx context.Context, tx db.Tx, by By, in NewCustomer) (Customer, error) {
	c, err := s.draft(in)
	if err != nil {
		return Customer{}, err
	}
	owner := in.Owner
	if owner == 0 && by.Actor.Is(business.Salesperson) {
		owner = by.Actor.Person
	}
	if err := s.giveTo(ctx, tx, by, &c, owner); err != nil {
		return Customer{}, err
	}
	if c.DueOn, err = s.dueDay(ctx, tx, c); err != nil {
		return Customer{}, err
	}
	if err := s.checkEntry(ctx, tx, c, in.Entered); err != nil {
		return Customer{}, err
	}
	if err := checkSharees(ctx, tx, c, nil); err != nil {
		return Customer{}, err
	}
	others, err := twins(ctx, tx, c)
	if err != nil {
		return Customer{}, err
	}
	if err := judgeTwins(s.policy, c, others); err != nil {
		return Customer{}, err
	}
	if c.Number == "" {
		if c.Number, err = nextNumber(ctx, tx); err != nil {
			return Customer{}, err
		}
	}
	if c.ID, err = insert(ctx, tx, c, by.Actor.Person, s.clock.Now()); err != nil {
		return Customer{}, err
	}
	now, err := fetch(ctx, tx, sqlGet, c.ID, everything())
	if err != nil {
		return Customer{}, err
	}
	return now, s.wrote(ctx, tx, by, "created", Customer{ID: c.ID}, now)
}

// draft is the customer that in describes, without owner and number.
func (s *Service) draft(in NewCustomer) (Customer, error) {
	c := Customer{
		Number: strings.TrimSpace(in.Number), Name: strings.TrimSpace(in.Name), Kind: in.Kind,
		Level: in.Level, Status: in.Status, Datum: datum.WGS84,
		District: strings.TrimSpace(in.District), Address: strings.TrimSpace(in.Address),
		Phone: strings.TrimSpace(in.Phone), Licence: strings.TrimSpace(in.Licence),
		Hours: orEmpty(in.Hours), VisitEveryDays: in.VisitEveryDays,
		ServiceMinutes: in.ServiceMinutes, Tags: orEmpty(in.Tags), DemoFields: orEmpty(in.DemoFields),
		SharedWith: sharing(in.SharedWith), Contacts: tidyContacts(in.Contacts),
		Sites: orEmpty(in.Sites), Building: strings.TrimSpace(in.Building),
		Stage: in.Stage, Channel: strings.TrimSpace(in.Channel),
	}
	if c.Stage == "" {
		c.Stage = Fresh
	}
	if c.Status == "" {
		c.Status = Prospect
	}
	if c.ServiceMinutes == 0 {
		c.ServiceMinutes = defaultService
	}
	if reservedNumber(c.Number) {
		return Customer{}, ErrNumberReserved.With("number", c.Number)
	}
	if in.Pin != nil {
		if err := setPin(&c, *in.Pin); err != nil {
			return Customer{}, err
		}
	}
	return c, nil
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func setPin(c *Customer, p Pin) error {
	at, err := place(p)
	if err != nil {
		return err
	}
	c.Position, c.Datum, c.Source, c.AccuracyM = &at, p.Datum, p.Source, p.AccuracyM
	if c.Datum == "" {
		c.Datum = datum.WGS84
	}
	if c.Source == "" {
		c.Source = FromAPI
	}
	return nil
}

// giveTo makes person the owner, 0 nobody, when the actor may.
func (s *Service) giveTo(
	ctx context.Context, tx db.Tx, by By, c *Customer, person business.PersonID,
) error {
	if person == c.Owner {
		return nil
	}
	if by.Actor.Is(business.Salesperson) && person != by.Actor.Person {
		return ErrMayNotAssign
	}
	if person == 0 {
		intoPool(c, s.clock.Now())
		return nil
	}
	o, err := fetchOwner(ctx, tx, person)
	if err != nil {
		return err
	}
	if !o.Active || !by.Scope.Has(int64(person)) {
		return ErrNoOwner.With("id", person)
	}
	if c.Status != Active { // a closed deal does not count
		if err := s.checkHeld(ctx, tx, person); err != nil {
			return err
		}
	}
	outOfPool(c, person, s.clock.Now(), s.zone)
	return nil
}

// Update changes the fields that patch names, when the customer still has the
// given version; version 0 takes whatever there is. It fails like Create, and
// with ErrNoCustomer, ErrChanged, ErrArchived, ErrMayNotAssign, ErrPoolLimit or
// ErrFormNeeded.
func (s *Service) Update(
	ctx context.Context, by By, id business.CustomerID, version int64, p Patch,
) (Customer, error) {
	request := struct {
		ID      business.CustomerID
		Version int64
		Patch   Patch
	}{id, version, p}
	return s.command(ctx, by, request, func(tx db.Tx) (Customer, error) {
		return s.change(ctx, tx, by, "updated", id, func(c *Customer) error {
			if err := openToEdits(ctx, tx); err != nil {
				return err
			}
			if c.ArchivedAt != nil {
				return ErrArchived
			}
			if version != 0 && version != c.Version {
				return ErrChanged.With("version", c.Version)
			}
			return s.apply(ctx, tx, by, c, p)
		})
	})
}

// Archive takes the customer out of every list. It fails with ErrNoCustomer or
// ErrChanged; archiving an archived customer changes nothing.
func (s *Service) Archive(
	ctx context.Context, by By, id business.CustomerID, version int64,
) (Customer, error) {
	request := map[string]any{"archive": id, "version": version}
	return s.command(ctx, by, request, func(tx db.Tx) (Customer, error) {
		return s.change(ctx, tx, by, "archived", id, func(c *Customer) error {
			if c.ArchivedAt != nil {
				return nil
			}
			if version != 0 && version != c.Version {
				return ErrChanged.With("version", c.Version)
			}
			now := s.clock.Now()
			c.ArchivedAt = &now
			return nil
		})
	})
}

// Restore undoes Archive. It fails with ErrNoCustomer, ErrNotArchived, or
// ErrDuplicate when another customer took its name and place meanwhile, or with
// ErrMerged when it turned out to be another.
func (s *Service) Restore(ctx context.Context, by By, id business.CustomerID) (Customer, error) {
	return s.command(ctx, by, map[string]any{"restore": id}, func(tx db.Tx) (Customer, error) {
		return s.change(ctx, tx, by, "restored", id, func(c *Customer) error {
			if c.ArchivedAt == nil {
				return ErrNotArchived
			}
			if c.MergedInto != 0 {
				return ErrMerged.With("into", c.MergedInto)
			}
			c.ArchivedAt = nil
			return nil
		})
	})
}

// Assign gives the customers to person, 0 to nobody, all or none. It fails with
// ErrNoCustomer, ErrNoOwner, ErrArchived, ErrMayNotAssign, ErrPoolLimit or
// ErrFormNeeded.
func (s *Service) Assign(
	ctx context.Context, by By, ids []business.CustomerID, person business.PersonID,
) ([]Customer, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids) // one order of locks for everybody
	ids = slices.Compact(ids)
	var given []Customer
	err := s.db.InTx(ctx, func(tx db.Tx) error {
		request := map[string]any{"assign": ids, "to": person}
		var err error
		given, err = once(ctx, tx, by, request, func() ([]Customer, error) {
			// Every row is counted as it is given: the limit holds for the whole,
			// and one too many refuses all.
			out := make([]Customer, 0, len(ids))
			for _, id := range ids {
				c, err := s.change(ctx, tx, by, "assigned", id, func(c *Customer) error {
					if err := openToEdits(ctx, tx); err != nil {
						return err
					}
					if c.ArchivedAt != nil {
						return ErrArchived
					}
					return s.giveTo(ctx, tx, by, c, person)
				})
				if err != nil {
					return nil, err
				}
				out = append(out, c)
			}
			return out, nil
		})
		return err
	})
	return given, err
}

// command runs fn in a transaction, once for the key when there is one.
func (s *Service) command(
	ctx context.Context, by By, request any, fn func(tx db.Tx) (Customer, error),
) (Customer, error) {
	var out Customer
	err := s.db.InTx(ctx, func(tx db.Tx) error {
		var err error
		out, err = once(ctx, tx, by, request, func() (Customer, error) { return fn(tx) })
		return err
	})
	return out, err
}

func once[T any](
	ctx context.Context, tx db.Tx, by By, request any, fn func() (T, error),
) (T, error) {
	if by.Key == "" {
		return fn()
	}
	return idem.Once(ctx, tx, int64(by.Actor.Person), by.Key, request, fn)
}

// change locks the customer, lets fn change it, and saves the result with
// everything that hangs on it. When fn changes nothing, nothing is written.
func (s *Service) change(
	ctx context.Context, tx db.Tx, by By, command string, id business.CustomerID,
	fn func(c *Customer) error,
) (Customer, error) {
	old, err := fetch(ctx, tx, sqlLock, id, by.Scope)
	if err != nil {
		return Customer{}, err
	}
	if !by.Scope.All && !by.Scope.Has(int64(old.Owner)) {
		return Customer{}, ErrOnlyShared
	}
	c := old
	if err := fn(&c); err != nil {
		return Customer{}, err
	}
	if movesDue(old, c) {
		if c.DueOn, err = s.dueDay(ctx, tx, c); err != nil {
			return Customer{}, err
		}
	}
	if reflect.DeepEqual(old, c) {
		return old, nil
	}
	if err := check(c); err != nil {
		return Customer{}, err
	}
	if err := checkSharees(ctx, tx, c, old.SharedWith); err != nil {
		return Customer{}, err
	}
	if err := s.checkTwins(ctx, tx, old, c); err != nil {
		return Customer{}, err
	}
	now, err := oneCustomer(ctx, tx, sqlUpdate, saved(c, by.Actor.Person, s.clock.Now()))
	if err != nil {
		return Customer{}, fmt.Errorf("save customer %d: %w", id, err)
	}
	return now, s.wrote(ctx, tx, by, command, old, now)
}

// checkTwins looks for duplicates when something changed that tells customers
// apart, and only then: an old twin must not block a change of the phone.
func (s *Service) checkTwins(ctx context.Context, tx db.Tx, old, c Customer) error {
	if c.ArchivedAt != nil || nameKey(old.Name) == nameKey(c.Name) && old.Licence == c.Licence &&
		samePoint(old.Position, c.Position) && old.ArchivedAt == nil {
		return nil
	}
	others, err := twins(ctx, tx, c)
	if err != nil {
		return err
	}
	return judgeTwins(s.policy, c, others)
}

// apply changes what the patch names.
func (s *Service) apply(ctx context.Context, tx db.Tx, by By, c *Customer, p Patch) error {
	set(&c.Name, p.Name)
	set(&c.Kind, p.Kind)
	set(&c.Level, p.Level)
	set(&c.Status, p.Status)
	set(&c.District, p.District)
	set(&c.Address, p.Address)
	set(&c.Phone, p.Phone)
	set(&c.Licence, p.Licence)
	set(&c.Hours, p.Hours)
	set(&c.VisitEveryDays, p.VisitEveryDays)
	set(&c.ServiceMinutes, p.ServiceMinutes)
	set(&c.Tags, p.Tags)
	set(&c.Sites, p.Sites)
	set(&c.Building, p.Building)
	set(&c.Stage, p.Stage)
	set(&c.Channel, p.Channel)
	if p.Contacts != nil {
		c.Contacts = tidyContacts(*p.Contacts)
	}
	if p.SharedWith != nil {
		c.SharedWith = sharing(*p.SharedWith)
	}
	c.Name, c.Address = strings.TrimSpace(c.Name), strings.TrimSpace(c.Address)
	c.Hours, c.Tags = orEmpty(c.Hours), orEmpty(c.Tags)
	if p.NoPin {
		c.Position, c.Datum, c.Source, c.AccuracyM = nil, datum.WGS84, "", nil
	}
	if p.Pin != nil {
		if err := setPin(c, *p.Pin); err != nil {
			return err
		}
	}
	c.DemoFields = realNow(c.DemoFields, p)
	if p.Owner != nil {
		return s.giveTo(ctx, tx, by, c, *p.Owner)
	}
	return nil
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// realNow takes the patched fields off the list of made-up ones.
func realNow(demo []string, p Patch) []string {
	patched := map[string]bool{
		"address": p.Address != nil, "phone": p.Phone != nil, "opening_hours": p.Hours != nil,
		"visit_every_days": p.VisitEveryDays != nil, "service_minutes": p.ServiceMinutes != nil,
		"level": p.Level != nil, "position": p.Pin != nil,
	}
	return slices.DeleteFunc(slices.Clone(demo), func(f string) bool { return patched[f] })
}

// nameless leaves out of a customer who its owner is but for the number: the trail
// keeps what people are called under their own keys only.
func nameless(c Customer) Customer {
	c.OwnerName = ""
	return c
}

// wrote writes history, fact, notice and audit of what a command made of a customer.
func (s *Service) wrote(
	ctx context.Context, tx db.Tx, by By, command string, old, now Customer,
) error {
	fields := diff(old, now)
	if err := db.Later(ctx, tx, sqlSaveChange, pgx.NamedArgs{
		"id": now.ID, "command": command, "now": s.clock.Now(), "by": by.Actor.Person,
		"version": now.Version, "fields": fields, "request": by.Request, "note": by.Note,
	}); err != nil {
		return fmt.Errorf("history of customer %d: %w", now.ID, err)
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Field
	}
	if err := s.bus.Publish(ctx, tx, CustomerChanged{
		Customer: now.ID, Command: command, Version: now.Version, Owner: now.Owner,
		WasOwner: old.Owner, Fields: names, By: by.Actor.Person,
	}); err != nil {
		return err
	}
	if s.clocks != nil && movesClocks(old, now) {
		if err := s.clocks.Refresh(ctx, tx, []business.CustomerID{now.ID}); err != nil {
			return fmt.Errorf("clocks of customer %d: %w", now.ID, err)
		}
	}
	if err := s.movePlans(ctx, tx, by, command, old, now); err != nil {
		return err
	}
	if s.audit != nil {
		change := business.Change{Action: "crm.customer." + command, Object: "customer",
			ID: int64(now.ID), After: nameless(now)}
		if command != "created" {
			change.Before = nameless(old)
		}
		if err := s.audit.Record(ctx, tx, by.Actor, change); err != nil {
			return err
		}
	}
	notice := Notice{IDs: []business.CustomerID{now.ID}, Command: command}
	return s.bus.Notice(ctx, tx, TopicCustomer, concerned(old, now), notice)
}
