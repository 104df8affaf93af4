package messaging

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/fail"
)

// Send takes a message to customers, which goes out after the commit. A customer
// without an address for the channel is left out and named. All customers must lie
// within the caller's scope. It fails with ErrNoChannel, ErrChannelOff,
// ErrNotAuthorised, ErrNoCustomer, ErrInvalid or ErrUnreachable; nothing goes out then,
// and the log says who tried it.
func (s *Service) Send(ctx context.Context, c Caller, in Sending) (Taken, error) {
	in.Customers = slices.Clone(in.Customers)
	slices.Sort(in.Customers)
	in.Customers = slices.Compact(in.Customers)
	out, err := once(ctx, s, c, in, func(tx db.Tx) (Taken, error) { return s.take(ctx, tx, c, in) })
	var refusal *fail.Error
	if errors.As(err, &refusal) {
		return Taken{}, errors.Join(err, s.refused(ctx, c, in, refusal.Code))
	}
	return out, err
}

func (s *Service) take(ctx context.Context, tx db.Tx, c Caller, in Sending) (Taken, error) {
	ch, err := one[Channel](ctx, tx, sqlChannel, pgx.NamedArgs{"id": in.Channel}, ErrNoChannel)
	if err != nil {
		return Taken{}, err
	}
	a, err := one[Authorisation](ctx, tx, sqlValid, pgx.NamedArgs{"channel": ch.ID,
		"person": c.Actor.Person, "today": s.Today()}, ErrNotAuthorised)
	if err != nil {
		return Taken{}, err
	}
	if !ch.Active {
		return Taken{}, ErrChannelOff
	}
	if err := checkSending(in, ch.Kind); err != nil {
		return Taken{}, err
	}
	found, err := s.Customers.Recipients(ctx, tx, c.Scope, in.Customers)
	if err != nil {
		return Taken{}, err
	}
	if len(found) != len(in.Customers) {
		return Taken{}, ErrNoCustomer
	}
	out := Taken{Messages: []int64{}, Unreachable: []business.CustomerID{}}
	for _, r := range found {
		who, where := r.address(ch.Kind, in.Contact)
		if where == "" {
			out.Unreachable = append(out.Unreachable, r.Customer)
			continue
		}
		m := message{Channel: ch.ID, Authorisation: a.ID, Customer: r.Customer, Recipient: who,
			Address: where, Subject: in.Subject, Text: strings.TrimSpace(in.Text), By: c.Actor.Person}
		if err := s.accept(ctx, tx, c.Actor, &m); err != nil {
			return Taken{}, err
		}
		out.Messages = append(out.Messages, m.ID)
	}
	if len(out.Messages) == 0 {
		return Taken{}, ErrUnreachable
	}
	return out, s.Bus.Publish(ctx, tx, Accepted{ch.ID})
}

// accept writes a message down, in the log and the trail, too.
func (s *Service) accept(ctx context.Context, tx db.Tx, by business.Actor, m *message) error {
	now := s.Clock.Now()
	err := tx.QueryRow(ctx, sqlInsertMessage, pgx.NamedArgs{
		"channel": m.Channel, "authorisation": m.Authorisation, "customer": m.Customer,
		"recipient": cut(m.Recipient, 80), "address": m.Address, "subject": m.Subject,
		"body": m.Text, "by": m.By, "now": now,
	}).Scan(&m.ID)
	if err != nil {
		return fmt.Errorf("save message: %w", err)
	}
	return s.tried(ctx, tx, by, Attempt{At: now, Channel: m.Channel, Message: m.ID,
		Customer: m.Customer, Person: m.By, Outcome: WasAccepted})
}

// tried puts a try into the log and the trail. The words of a message are in neither:
// they lie in the message.
func (s *Service) tried(ctx context.Context, tx db.Tx, by business.Actor, a Attempt) error {
	if err := note(ctx, tx, a); err != nil {
		return err
	}
	return s.Audit.Record(ctx, tx, by, business.Change{
		Action: "messaging.message." + string(a.Outcome), Object: "customer", ID: int64(a.Customer),
		After: map[string]any{"channel": a.Channel, "message": a.Message, "sender": a.Person,
			"code": a.Code, "detail": cut(a.Detail, 300)},
	})
}

// refused keeps that somebody tried what they may not, in a transaction of its own: that
// of the command was rolled back.
func (s *Service) refused(ctx context.Context, c Caller, in Sending, code string) error {
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		for _, id := range in.Customers[:min(len(in.Customers), MaxCustomers)] {
			err := s.tried(ctx, tx, c.Actor, Attempt{At: s.Clock.Now(), Channel: in.Channel,
				Customer: id, Person: c.Actor.Person, Outcome: WasRefused, Code: code})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
