package crm

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// A lead (线索) is somebody of whom one has heard: a card from a fair, a call. It becomes
// a customer once, or is dropped with a reason; both end it.
//
//	open ──Convert──▶ converted (names the customer)
//	  └─────Drop────▶ dropped ──Reopen──▶ open

// LeadState is where a lead stands.
type LeadState string

// The states of a lead.
const (
	LeadOpen      LeadState = "open"
	LeadConverted LeadState = "converted"
	LeadDropped   LeadState = "dropped"
)

// Lead is one lead as a list shows it.
type Lead struct {
	ID        int64               `db:"id"`
	Name      string              `db:"name"`
	Contact   string              `db:"contact"`
	Phone     string              `db:"phone"`
	District  string              `db:"district"`
	Address   string              `db:"address"`
	Channel   string              `db:"channel"` // how it came to us
	Note      string              `db:"note"`
	Owner     business.PersonID   `db:"owner_id"` // 0: nobody yet
	OwnerName string              `db:"owner_name"`
	State     LeadState           `db:"state"`
	Reason    string              `db:"reason"`      // of a dropped one
	Customer  business.CustomerID `db:"customer_id"` // of a converted one
	CreatedAt time.Time           `db:"created_at"`
	CreatedBy business.PersonID   `db:"created_by"`
	UpdatedAt time.Time           `db:"updated_at"`
	Version   int64               `db:"version"`
}

// LeadFields are what somebody enters of a lead; the name is required.
type LeadFields struct {
	Name     string // 1 to 200 characters
	Contact  string
	Phone    string
	District string
	Address  string
	Channel  string
	Note     string            // up to 2,000 characters
	Owner    business.PersonID // 0: the actor, when a salesperson; else nobody
}

// LeadFilter selects leads; its zero value selects all.
type LeadFilter struct {
	Q       string // every word in name, contact, phone, address or district
	State   LeadState
	Channel string
	Before  int64 // an id: older ones only
	Limit   int   // 1 to 200
}

const (
	sqlLeadRow = `
select l.id, l.name, l.contact, l.phone, l.district, l.address, l.channel, l.note,
	coalesce(l.owner_id, 0) as owner_id, coalesce(o.name, '') as owner_name, l.state, l.reason,
	coalesce(l.customer_id, 0) as customer_id, l.created_at, l.created_by, l.updated_at, l.version
from crm.lead l left join crm.owner o on o.person_id = l.owner_id
where (@all or l.owner_id = any(@people) or l.owner_id is null and l.created_by = any(@people))`

	sqlLead     = sqlLeadRow + ` and l.id = @id`
	sqlLockLead = sqlLeadRow + ` and l.id = @id for update of l`
	sqlLeads    = sqlLeadRow + `
	and (@state = '' or l.state = @state) and (@channel = '' or l.channel = @channel)
	and (@before::bigint = 0 or l.id < @before)
	and (@words::text[] is null or lower(concat_ws(E'\n', l.name, l.contact, l.phone, l.address,
		l.district)) like all(@words))
order by l.id desc limit @limit`

	sqlAddLead = `
insert into crm.lead (name, contact, phone, district, address, channel, note, owner_id,
	created_at, created_by, updated_at)
values (@name, @contact, @phone, @district, @address, @channel, @note, nullif(@owner, 0),
	@now, @by, @now)
returning id`

	sqlSaveLead = `
update crm.lead set name = @name, contact = @contact, phone = @phone, district = @district,
	address = @address, channel = @channel, note = @note, owner_id = nullif(@owner, 0),
	state = @state, reason = @reason, customer_id = nullif(@customer, 0),
	updated_at = @now, version = version + 1
where id = @id`
)

func leadArgs(l Lead, by By, now time.Time) pgx.NamedArgs {
	return pgx.NamedArgs{"id": l.ID, "name": l.Name, "contact": l.Contact, "phone": l.Phone,
		"district": l.District, "address": l.Address, "channel": l.Channel, "note": l.Note,
		"owner": l.Owner, "state": l.State, "reason": l.Reason, "customer": l.Customer,
		"now": now, "by": by.Actor.Person}
}

func oneLead(
	ctx context.Context, q db.Querier, sql string, id int64, sc scope.Scope,
) (Lead, error) {
	rows, err := q.Query(ctx, sql,
		pgx.NamedArgs{"id": id, "all": sc.All, "people": orEmpty(sc.People)})
	if err != nil {
		return Lead{}, fmt.Errorf("read lead %d: %w", id, err)
	}
	l, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Lead])
	if errors.Is(err, pgx.ErrNoRows) {
		return l, ErrNoLead.With("id", id)
	}
	return l, err
}

// Leads lists the leads within the scope, the newest first. A lead of nobody is in the
// scope that its author is in.
func (s *Service) Leads(ctx context.Context, sc scope.Scope, f LeadFilter) ([]Lead, error) {
	args := pgx.NamedArgs{"all": sc.All, "people": orEmpty(sc.People), "state": f.State,
		"channel": f.Channel, "before": f.Before, "limit": min(max(f.Limit, 1), 201), "words": nil}
	if words := (Filter{Q: f.Q}).words(); len(words) > 0 {
		patterns := make([]string, len(words))
		for i, w := range words {
			patterns[i] = "%" + escapeLike(w) + "%"
		}
		args["words"] = patterns
	}
	rows, err := query(ctx, s.db, sqlLeads, args)
	if err != nil {
		return nil, fmt.Errorf("list leads: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Lead])
}

// AddLead keeps a new lead. It fails with ErrInvalid, ErrNoOwner or ErrMayNotAssign.
func (s *Service) AddLead(ctx context.Context, by By, in LeadFields) (Lead, error) {
	var made Lead
	err := s.db.InTx(ctx, func(tx db.Tx) error {
		var err error
		made, err = once(ctx, tx, by, in, func() (Lead, error) {
			l := Lead{State: LeadOpen}
			if err := fillLead(ctx, tx, by, &l, in); err != nil {
				return l, err
			}
			args := leadArgs(l, by, s.clock.Now())
			if err := tx.QueryRow(ctx, sqlAddLead, args).Scan(&l.ID); err != nil {
				return l, fmt.Errorf("keep a lead: %w", err)
			}
			return s.toldLead(ctx, tx, by, "added", Lead{ID: l.ID})
		})
		return err
	})
	return made, err
}

// ChangeLead replaces what was entered of an open lead that still has the version. It
// fails with ErrNoLead, ErrChanged, ErrLeadClosed, or like AddLead.
func (s *Service) ChangeLead(
	ctx context.Context, by By, id, version int64, in LeadFields,
) (Lead, error) {
	return s.moveLead(ctx, by, id, version, "changed", func(tx db.Tx, l *Lead) error {
		if l.State != LeadOpen {
			return ErrLeadClosed.With("state", l.State)
		}
		return fillLead(ctx, tx, by, l, in)
	})
}

// DropLead ends a lead of which nothing comes, for a reason of 1 to 300 characters. It
// fails with ErrNoLead, ErrChanged, ErrLeadClosed or ErrInvalid.
func (s *Service) DropLead(
	ctx context.Context, by By, id, version int64, reason string,
) (Lead, error) {
	return s.moveLead(ctx, by, id, version, "dropped", func(_ db.Tx, l *Lead) error {
		reason = strings.TrimSpace(reason)
		switch n := utf8.RuneCountInString(reason); {
		case l.State != LeadOpen:
			return ErrLeadClosed.With("state", l.State)
		case n == 0 || n > maxText:
			return ErrInvalid.WithField("reason", "length", "A reason of 1 to 300 characters.")
		}
		l.State, l.Reason = LeadDropped, reason
		return nil
	})
}

// ReopenLead takes a dropped lead up again. It fails with ErrNoLead, ErrChanged, or
// ErrLeadClosed for one that became a customer.
func (s *Service) ReopenLead(ctx context.Context, by By, id, version int64) (Lead, error) {
	return s.moveLead(ctx, by, id, version, "reopened", func(_ db.Tx, l *Lead) error {
		if l.State != LeadDropped {
			return ErrLeadClosed.With("state", l.State)
		}
		l.State, l.Reason = LeadOpen, ""
		return nil
	})
}

// ConvertLead makes one customer with one contact of an open lead, in one transaction:
// what in leaves open is taken from the lead. Of many who convert it at once one does. It
// fails with ErrNoLead, ErrLeadClosed, or as Create would, ErrDuplicate among them; then
// the lead stays open.
func (s *Service) ConvertLead(ctx context.Context, by By, id int64, in NewCustomer) (Lead, error) {
	request := map[string]any{"convert": id, "customer": in}
	var out Lead
	err := s.db.InTx(ctx, func(tx db.Tx) error {
		var err error
		out, err = once(ctx, tx, by, request, func() (Lead, error) {
			return s.changeLead(ctx, tx, by, id, "converted", func(l *Lead) error {
				if l.State != LeadOpen {
					return ErrLeadClosed.With("state", l.State)
				}
				made, err := s.create(ctx, tx, by, leadCustomer(*l, in))
				l.State, l.Customer = LeadConverted, made.ID
				return err
			})
		})
		return err
	})
	return out, err
}

// leadCustomer is the customer that a lead becomes: in, completed by the lead.
func leadCustomer(l Lead, in NewCustomer) NewCustomer {
	fill := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	fill(&in.Name, l.Name)
	fill(&in.Phone, l.Phone)
	fill(&in.District, l.District)
	fill(&in.Address, l.Address)
	fill(&in.Channel, l.Channel)
	if len(in.Contacts) == 0 && l.Contact != "" {
		in.Contacts = []Contact{{Name: l.Contact, Phone: l.Phone, Note: cut(l.Note, maxText)}}
	}
	if in.Owner == 0 {
		in.Owner = l.Owner
	}
	return in
}

// cut is s shortened to at most n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

func (s *Service) moveLead(
	ctx context.Context, by By, id, version int64, verb string, fn func(tx db.Tx, l *Lead) error,
) (Lead, error) {
	var out Lead
	err := s.db.InTx(ctx, func(tx db.Tx) error {
		var err error
		out, err = s.changeLead(ctx, tx, by, id, verb, func(l *Lead) error {
			if version != l.Version {
				return ErrChanged.With("version", l.Version)
			}
			return fn(tx, l)
		})
		return err
	})
	return out, err
}

// changeLead locks the lead, lets fn change it, and saves it.
func (s *Service) changeLead(
	ctx context.Context, tx db.Tx, by By, id int64, verb string, fn func(l *Lead) error,
) (Lead, error) {
	old, err := oneLead(ctx, tx, sqlLockLead, id, by.Scope)
	if err != nil {
		return old, err
	}
	l := old
	if err := fn(&l); err != nil {
		return old, err
	}
	if _, err := tx.Exec(ctx, sqlSaveLead, leadArgs(l, by, s.clock.Now())); err != nil {
		return old, fmt.Errorf("save lead %d: %w", id, err)
	}
	return s.toldLead(ctx, tx, by, verb, old)
}

func (s *Service) toldLead(
	ctx context.Context, tx db.Tx, by By, verb string, old Lead,
) (Lead, error) {
	now, err := oneLead(ctx, tx, sqlLead, old.ID, everything())
	if err != nil {
		return now, err
	}
	change := business.Change{Action: "crm.lead." + verb, Object: "lead", ID: now.ID, After: now}
	if verb != "added" {
		change.Before = old
	}
	return now, s.record(ctx, tx, by, change)
}

// fillLead puts what was entered into the lead, or says what is wrong with it.
func fillLead(ctx context.Context, tx db.Tx, by By, l *Lead, in LeadFields) error {
	l.Name, l.Contact = strings.TrimSpace(in.Name), strings.TrimSpace(in.Contact)
	l.Phone, l.District = strings.TrimSpace(in.Phone), strings.TrimSpace(in.District)
	l.Address, l.Channel = strings.TrimSpace(in.Address), strings.TrimSpace(in.Channel)
	l.Note = strings.TrimSpace(in.Note)
	var f faults
	if l.Name == "" {
		f.add("name", "required", "A lead has a name.")
	}
	f.text("name", l.Name, maxName)
	f.text("contact", l.Contact, 80)
	f.text("phone", l.Phone, maxPhone)
	f.text("district", l.District, maxText)
	f.text("address", l.Address, maxText)
	f.text("channel", l.Channel, maxTag)
	f.text("note", l.Note, 2000)
	if err := f.err(); err != nil {
		return err
	}
	if in.Owner == 0 && by.Actor.Is(business.Salesperson) {
		in.Owner = by.Actor.Person
	}
	if in.Owner == l.Owner {
		return nil
	}
	if by.Actor.Is(business.Salesperson) && in.Owner != by.Actor.Person {
		return ErrMayNotAssign
	}
	if in.Owner != 0 {
		o, err := fetchOwner(ctx, tx, in.Owner)
		if err != nil {
			return err
		}
		if !o.Active || !by.Scope.Has(int64(in.Owner)) {
			return ErrNoOwner.With("id", in.Owner)
		}
	}
	l.Owner = in.Owner
	return nil
}
