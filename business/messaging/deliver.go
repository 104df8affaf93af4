package messaging

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

const (
	patience = 15 * time.Second // with one receiver
	lease    = 2 * time.Minute  // until another process takes up a message
	atOnce   = 40 * time.Second // of work in one call of Deliver
)

// errFinal marks what a receiver refused for good.
var errFinal = errors.New("refused for good")

// Deliver sends what waits and is due, for at most forty seconds, and returns how many
// messages were tried. A message whose delivery was cut off is sent again under the
// same key; several processes never send the same one at a time.
func (s *Service) Deliver(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, atOnce+patience)
	defer cancel()
	end := time.Now().Add(atOnce)
	n := 0
	for ; time.Now().Before(end); n++ { // looked at first: what is taken counts as a try
		now := s.Clock.Now()
		m, err := one[message](ctx, s.DB, sqlTake,
			pgx.NamedArgs{"now": now, "lease": now.Add(lease)}, errNothing)
		if errors.Is(err, errNothing) {
			return n, nil
		}
		if err != nil {
			return n, fmt.Errorf("take a message: %w", err)
		}
		if err := s.settle(ctx, m, s.carry(ctx, m)); err != nil {
			return n, err
		}
	}
	return n, nil
}

var errNothing = errors.New("nothing waits")

// carry sends one message; it fails with a refusal of ours, with errFinal, or with
// what may pass.
func (s *Service) carry(ctx context.Context, m message) error {
	ch, err := one[Channel](ctx, s.DB, sqlChannel, pgx.NamedArgs{"id": m.Channel}, ErrNoChannel)
	if err != nil {
		return err
	}
	a, err := one[Authorisation](ctx, s.DB, sqlAuthorisation,
		pgx.NamedArgs{"id": m.Authorisation}, ErrNotAuthorised)
	switch {
	case err != nil:
		return err
	case !a.holds(m.By, s.Today()):
		return ErrNotAuthorised
	case !ch.Active:
		return ErrChannelOff
	}
	var sealed, secret []byte
	if err := s.DB.QueryRow(ctx, sqlSecret, pgx.NamedArgs{"id": ch.ID}).Scan(&sealed); err != nil {
		return fmt.Errorf("secret of channel %d: %w", ch.ID, err)
	}
	if len(sealed) > 0 {
		if secret, err = s.Vault.Open(sealed, secretOf(ch.ID)); err != nil {
			return fmt.Errorf("the channel's secret cannot be opened here: enter it again: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if ch.Kind == Mail {
		return s.mail(ctx, ch, secret, m)
	}
	return s.gateway(ctx, ch, secret, m)
}

// settle keeps how a try ended.
func (s *Service) settle(ctx context.Context, m message, outcome error) error {
	now := s.Clock.Now()
	a := Attempt{At: now, Channel: m.Channel, Message: m.ID, Customer: m.Customer, Person: m.By}
	state, next := Waiting, now
	wait, again := pause(m.Tries)
	switch {
	case outcome == nil:
		state, a.Outcome = Sent, WasSent
	case errors.Is(outcome, ErrNotAuthorised):
		state, a.Outcome, a.Code = Refused, WasRefused, ErrNotAuthorised.Code
	case errors.Is(outcome, ErrChannelOff):
		state, a.Outcome, a.Code = Refused, WasRefused, ErrChannelOff.Code
	case errors.Is(outcome, errFinal) || !again:
		state, a.Outcome, a.Detail = Failed, WasFailed, legible(outcome)
	default:
		next, a.Outcome, a.Detail = now.Add(wait), WasDeferred, legible(outcome)
	}
	// What was sent is kept although the time for sending is over.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		done, err := tx.Exec(ctx, sqlSettle, pgx.NamedArgs{
			"id": m.ID, "tries": m.Tries, "state": state, "next": next})
		if err != nil {
			return fmt.Errorf("settle message %d: %w", m.ID, err)
		}
		if done.RowsAffected() == 0 {
			return nil // taken up by another meanwhile, which settles it
		}
		return s.tried(ctx, tx, business.Actor{}, a)
	})
}

// legible is an error as the database keeps it: receivers answer in any encoding.
func legible(err error) string {
	return strings.ReplaceAll(strings.ToValidUTF8(err.Error(), "\uFFFD"), "\x00", "")
}
