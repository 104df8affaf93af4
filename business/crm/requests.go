package crm

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

// What needs somebody's yes before it takes effect: changes of a customer
// (Z5.1.6), claims (Z5.4.2) and transfers (Z5.4.4). Whoever keeps the requests
// calls Prepare… when one is put, as its applicant, and Apply… in the transaction
// of the last yes; both check the limits, because between them time goes by.

// Requests is what crm asks of whoever keeps the requests.
type Requests interface {
	// UnderWay returns those of the customers that an open request is about; nil
	// asks for all of them.
	UnderWay(ctx context.Context, q db.Querier, ids []business.CustomerID) (map[int64]bool, error)
	// Claims counts the customers that the person has claimed and not yet got.
	Claims(ctx context.Context, q db.Querier, person business.PersonID) (int, error)
}

// Prepared is a request that may be put.
type Prepared struct {
	Customers []business.CustomerID
	Title     string
	Payload   json.RawMessage // as Apply… reads it
	Fields    []FieldChange
}

// Granted says who had asked for what is applied now.
type Granted struct {
	Request   int64
	Applicant business.PersonID
	Reason    string
}

// ChangeRequest asks to change some fields of a customer; absent ones stay.
type ChangeRequest struct {
	Customer   business.CustomerID        `json:"customer_id"`
	Name       *string                    `json:"name,omitempty"`
	Kind       *string                    `json:"kind,omitempty"`
	District   *string                    `json:"district,omitempty"`
	Address    *string                    `json:"address,omitempty"`
	Building   *string                    `json:"building,omitempty"`
	Phone      *string                    `json:"phone,omitempty"`
	Licence    *string                    `json:"licence,omitempty"`
	Contacts   *[]Contact                 `json:"contacts,omitempty"`
	SharedWith *[]int64                   `json:"shared_with,omitempty"` // people, teams as negative ids
	Owner      *business.PersonID         `json:"owner_id,omitempty"`    // 0: the pool
	Position   *orb.Point                 `json:"position,omitempty"`    // WGS-84
	Level      *Level                     `json:"level,omitempty"`
	Status     *Status                    `json:"status,omitempty"`
	Stage      *Stage                     `json:"stage,omitempty"`
	Channel    *string                    `json:"channel,omitempty"`
	Hours      *[]Hours                   `json:"opening_hours,omitempty"`
	EveryDays  *int                       `json:"visit_every_days,omitempty"` // 0: no plan
	Minutes    *int                       `json:"service_minutes,omitempty"`
	Tags       *[]string                  `json:"tags,omitempty"`
	Sites      *[]Site                    `json:"sites,omitempty"`
	Before     map[string]json.RawMessage `json:"before,omitempty"` // set by PrepareChange
}

func (r ChangeRequest) patch() Patch {
	p := Patch{Name: r.Name, Kind: r.Kind, District: r.District, Address: r.Address,
		Building: r.Building, Phone: r.Phone, Licence: r.Licence, Contacts: r.Contacts,
		SharedWith: r.SharedWith, Owner: r.Owner, Level: r.Level, Status: r.Status, Stage: r.Stage,
		Channel: r.Channel, Hours: r.Hours, VisitEveryDays: r.EveryDays, ServiceMinutes: r.Minutes,
		Tags: r.Tags, Sites: r.Sites}
	if r.Position != nil {
		p.Pin = &Pin{Point: *r.Position, Source: FromMap}
	}
	return p
}

// keep leaves only the fields that differ.
func (r *ChangeRequest) keep(changed map[string]json.RawMessage) {
	drop := func(name string, clear func()) {
		if _, ok := changed[name]; !ok {
			clear()
		}
	}
	drop("name", func() { r.Name = nil })
	drop("kind", func() { r.Kind = nil })
	drop("district", func() { r.District = nil })
	drop("address", func() { r.Address = nil })
	drop("building", func() { r.Building = nil })
	drop("phone", func() { r.Phone = nil })
	drop("licence", func() { r.Licence = nil })
	drop("contacts", func() { r.Contacts = nil })
	drop("shared_with", func() { r.SharedWith = nil })
	drop("owner_id", func() { r.Owner = nil })
	drop("position", func() { r.Position = nil })
	drop("level", func() { r.Level = nil })
	drop("status", func() { r.Status = nil })
	drop("stage", func() { r.Stage = nil })
	drop("channel", func() { r.Channel = nil })
	drop("opening_hours", func() { r.Hours = nil })
	drop("visit_every_days", func() { r.EveryDays = nil })
	drop("service_minutes", func() { r.Minutes = nil })
	drop("tags", func() { r.Tags = nil })
	drop("sites", func() { r.Sites = nil })
	r.Before = changed
}

func readPayload[T any](payload json.RawMessage) (T, error) {
	var out T
	if err := json.Unmarshal(payload, &out); err != nil {
		return out, ErrInvalid.WithField("payload", "format", "The request cannot be read.")
	}
	return out, nil
}

// PrepareChange checks a request to change a customer that the applicant sees,
// and keeps of it what differs from the customer as it is. It fails with
// ErrNoCustomer, ErrArchived, ErrNoChange, or as the change itself would.
func (s *Service) PrepareChange(
	ctx context.Context, tx db.Tx, by By, payload json.RawMessage,
) (Prepared, error) {
	r, err := readPayload[ChangeRequest](payload)
	if err != nil {
		return Prepared{}, err
	}
	old, err := fetch(ctx, tx, sqlGet, r.Customer, by.Scope)
	if err != nil {
		return Prepared{}, err
	}
	c := old
	if c.ArchivedAt != nil {
		return Prepared{}, ErrArchived
	}
	if err := s.apply(ctx, tx, system(by.Actor.Person), &c, r.patch()); err != nil {
		return Prepared{}, err
	}
	if err := check(c); err != nil {
		return Prepared{}, err
	}
	if err := checkSharees(ctx, tx, c, old.SharedWith); err != nil {
		return Prepared{}, err
	}
	if err := s.checkTwins(ctx, tx, old, c); err != nil {
		return Prepared{}, err
	}
	fields := diff(old, c)
	if len(fields) == 0 {
		return Prepared{}, ErrNoChange
	}
	before := map[string]json.RawMessage{}
	for _, f := range fields {
		before[f.Field] = f.Old.(json.RawMessage)
	}
	r.keep(before)
	text, err := json.Marshal(r)
	return Prepared{[]business.CustomerID{r.Customer}, old.Name, text, fields}, err
}

// ApplyChange changes what a granted request asked for, when the fields are still
// as they were when it was put; else it fails with ErrChanged.
func (s *Service) ApplyChange(
	ctx context.Context, tx db.Tx, g Granted, payload json.RawMessage,
) error {
	r, err := readPayload[ChangeRequest](payload)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, tx, granted(g), "changed", r.Customer, func(c *Customer) error {
		if c.ArchivedAt != nil {
			return ErrArchived
		}
		for _, f := range fieldsOf(*c) {
			if was, asked := r.Before[f.name]; asked && !sameJSON(was, f.value) {
				return ErrChanged.With("version", c.Version).With("field", f.name)
			}
		}
		return s.apply(ctx, tx, granted(g), c, r.patch())
	})
	return err
}

// sameJSON compares two values however they are spaced and ordered.
func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil &&
		fmt.Sprint(x) == fmt.Sprint(y)
}

// ClaimRequest asks for a customer of the pool.
type ClaimRequest struct {
	Customer business.CustomerID `json:"customer_id"`
}

// PrepareClaim checks a claim as Claim would, counting what the applicant has
// claimed already. It fails like Claim.
func (s *Service) PrepareClaim(
	ctx context.Context, tx db.Tx, by By, payload json.RawMessage,
) (Prepared, error) {
	if !by.Actor.Is(business.Salesperson) {
		return Prepared{}, ErrMayNotClaim
	}
	r, err := readPayload[ClaimRequest](payload)
	if err != nil {
		return Prepared{}, err
	}
	c, err := fetch(ctx, tx, sqlGet, r.Customer, everything())
	if fail.As(err) != nil {
		return Prepared{}, ErrNotInPool.With("id", r.Customer)
	}
	if err != nil {
		return Prepared{}, err
	}
	if err := s.claimable(ctx, tx, c, by.Actor.Person); err != nil {
		return Prepared{}, err
	}
	waiting := 0
	if s.requests != nil {
		if waiting, err = s.requests.Claims(ctx, tx, by.Actor.Person); err != nil {
			return Prepared{}, err
		}
	}
	if err := s.checkRoom(ctx, tx, by.Actor.Person, waiting+1); err != nil {
		return Prepared{}, err
	}
	text, err := json.Marshal(r)
	fields := []FieldChange{{"owner_id", json.RawMessage("0"),
		json.RawMessage(fmt.Sprint(by.Actor.Person))}}
	return Prepared{[]business.CustomerID{c.ID}, c.Name, text, fields}, err
}

// ApplyClaim gives the customer to the applicant, when it is still in the pool
// and the limit still allows it.
func (s *Service) ApplyClaim(
	ctx context.Context, tx db.Tx, g Granted, payload json.RawMessage,
) error {
	r, err := readPayload[ClaimRequest](payload)
	if err != nil {
		return err
	}
	by := granted(g)
	_, err = s.change(ctx, tx, by, "claimed", r.Customer, func(c *Customer) error {
		if err := s.claimable(ctx, tx, *c, g.Applicant); err != nil {
			return err
		}
		return s.giveTo(ctx, tx, by, c, g.Applicant)
	})
	return err
}

// HandReason says why customers change hands.
type HandReason string

// The reasons of a transfer.
const (
	PostChange  HandReason = "post_change"
	ScopeChange HandReason = "scope_change"
	Leaving     HandReason = "leaving"
)

// TransferRequest asks to hand some or all of somebody's customers over.
type TransferRequest struct {
	Customers []business.CustomerID `json:"customer_ids"` // 1 to 1,000
	To        business.PersonID     `json:"to"`
	Why       HandReason            `json:"why"`
}

// PrepareTransfer checks a transfer of customers within the applicant's scope to
// anybody who may own customers. It fails with ErrInvalid, ErrNoCustomer,
// ErrOnlyShared, ErrArchived, ErrNoOwner, or ErrPoolLimit for the whole.
func (s *Service) PrepareTransfer(
	ctx context.Context, tx db.Tx, by By, payload json.RawMessage,
) (Prepared, error) {
	r, err := readPayload[TransferRequest](payload)
	if err != nil {
		return Prepared{}, err
	}
	slices.Sort(r.Customers)
	r.Customers = slices.Compact(r.Customers)
	if len(r.Customers) == 0 || len(r.Customers) > 1000 {
		return Prepared{}, ErrInvalid.WithField("customer_ids", "range", "1 to 1,000 customers.")
	}
	if !slices.Contains([]HandReason{PostChange, ScopeChange, Leaving}, r.Why) {
		return Prepared{}, ErrInvalid.WithField("why", "choice",
			"The reason is post_change, scope_change or leaving.")
	}
	to, err := fetchOwner(ctx, tx, r.To)
	if err != nil {
		return Prepared{}, err
	}
	if !to.Active {
		return Prepared{}, ErrNoOwner.With("id", r.To)
	}
	p := Prepared{Customers: r.Customers}
	coming := 0
	for _, id := range r.Customers {
		c, err := fetch(ctx, tx, sqlGet, id, by.Scope)
		switch {
		case err != nil:
			return Prepared{}, err
		case !by.Scope.All && !by.Scope.Has(int64(c.Owner)):
			return Prepared{}, ErrOnlyShared
		case c.ArchivedAt != nil:
			return Prepared{}, ErrArchived
		case c.Owner != r.To && c.Status != Active:
			coming++
		}
		p.Fields = append(p.Fields, FieldChange{c.Name, ownerText(c.OwnerName), ownerText(to.Name)})
	}
	p.Title = fmt.Sprintf("%d → %s", len(r.Customers), to.Name)
	if err := s.checkRoom(ctx, tx, r.To, coming); err != nil {
		return Prepared{}, err
	}
	p.Payload, err = json.Marshal(r)
	return p, err
}

func ownerText(name string) json.RawMessage {
	text, err := json.Marshal(name)
	if err != nil { // a string always marshals
		return json.RawMessage(`""`)
	}
	return text
}

// ApplyTransfer hands the customers over, all or none, checking the receiver's
// limit again.
func (s *Service) ApplyTransfer(
	ctx context.Context, tx db.Tx, g Granted, payload json.RawMessage,
) error {
	r, err := readPayload[TransferRequest](payload)
	if err != nil {
		return err
	}
	by := granted(g)
	by.Note = string(r.Why)
	if g.Reason != "" {
		by.Note += ": " + g.Reason
	}
	for _, id := range r.Customers {
		_, err := s.change(ctx, tx, by, "transferred", id, func(c *Customer) error {
			if c.ArchivedAt != nil {
				return ErrArchived
			}
			return s.giveTo(ctx, tx, by, c, r.To)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// system gives commands over everything in somebody's name.
func system(person business.PersonID) By {
	return By{Actor: business.Actor{Person: person}, Scope: scope.Everything()}
}

func granted(g Granted) By {
	by := system(g.Applicant)
	by.Request, by.Note = g.Request, g.Reason
	return by
}
