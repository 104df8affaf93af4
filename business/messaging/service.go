package messaging

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// Ports are what messaging needs of its neighbours, in its own words. Those that
// take a transaction run inside it and never end it.
type (
	// Customers says whom a message may reach.
	Customers interface {
		// Recipients returns those of the ids that lie within sc and are not archived.
		Recipients(
			ctx context.Context, q db.Querier, sc scope.Scope, ids []business.CustomerID,
		) ([]Recipient, error)
	}
	// Vault seals secrets with a key that lies outside the database. What is sealed
	// for one use opens for no other.
	Vault interface {
		Seal(plain []byte, use string) ([]byte, error)
		Open(sealed []byte, use string) ([]byte, error)
	}
	// Publisher tells at commit that something waits.
	Publisher interface {
		Publish(ctx context.Context, tx db.Tx, fact events.Fact) error
	}
	// Audit keeps what every command did.
	Audit interface {
		Record(ctx context.Context, tx db.Tx, by business.Actor, c business.Change) error
	}
)

// Service gives the commands and reads of messaging. It is safe for concurrent use;
// all fields but the last two are required.
type Service struct {
	DB        *db.DB
	Clock     clock.Clock
	Zone      *time.Location // of business days
	Customers Customers
	Vault     Vault
	Bus       Publisher
	Audit     Audit

	Transport http.RoundTripper // to gateways; nil: the machine's
	TLS       *tls.Config       // to mail servers; nil: the machine's
}

// Today is the company's business day.
func (s *Service) Today() business.Date { return business.DateOf(s.Clock.Now(), s.Zone) }

func once[T any](
	ctx context.Context, s *Service, c Caller, request any, fn func(tx db.Tx) (T, error),
) (T, error) {
	var out T
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		out, err = idem.Once(ctx, tx, int64(c.Actor.Person), c.Key,
			map[string]any{"what": fmt.Sprintf("%T", request), "request": request},
			func() (T, error) { return fn(tx) })
		return err
	})
	return out, err
}

// CreateChannel adds a channel. Nobody may use it yet. It fails with ErrInvalid or
// ErrNameTaken.
func (s *Service) CreateChannel(ctx context.Context, c Caller, in ChannelFields) (Channel, error) {
	told := in
	told.Secret = "" // its digest under the key would let a weak one be guessed
	return once(ctx, s, c, told, func(tx db.Tx) (Channel, error) {
		return s.saveChannel(ctx, tx, c.Actor, Channel{}, in)
	})
}

// ChangeChannel replaces what is said of a channel that still has the given version;
// an empty secret keeps the present one, unless the address or the kind is another: a
// secret is never sent to a place that it was not given for. It fails with
// ErrNoChannel, ErrChanged, ErrInvalid or ErrNameTaken.
func (s *Service) ChangeChannel(
	ctx context.Context, by business.Actor, id, version int64, in ChannelFields,
) (Channel, error) {
	var out Channel
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		old, err := one[Channel](ctx, tx, sqlLockChannel, pgx.NamedArgs{"id": id}, ErrNoChannel)
		if err != nil {
			return err
		}
		if old.Version != version {
			return ErrChanged.With("version", old.Version)
		}
		out, err = s.saveChannel(ctx, tx, by, old, in)
		return err
	})
	return out, err
}

func (s *Service) saveChannel(
	ctx context.Context, tx db.Tx, by business.Actor, old Channel, in ChannelFields,
) (Channel, error) {
	in.Name, in.Endpoint = strings.TrimSpace(in.Name), strings.TrimSpace(in.Endpoint)
	in.Login, in.Sender = strings.TrimSpace(in.Login), strings.TrimSpace(in.Sender)
	keeps := old.HasSecret && old.Endpoint == in.Endpoint && old.Kind == in.Kind
	if err := checkChannel(in, keeps); err != nil {
		return Channel{}, err
	}
	args := pgx.NamedArgs{"id": old.ID, "name": in.Name, "kind": in.Kind, "endpoint": in.Endpoint,
		"login": in.Login, "sender": in.Sender, "active": in.Active, "now": s.Clock.Now()}
	action, before, id := "messaging.channel.changed", any(old), old.ID
	var err error
	if id == 0 {
		action, before = "messaging.channel.created", nil
		err = tx.QueryRow(ctx, sqlInsertChannel, args).Scan(&id)
	} else {
		_, err = tx.Exec(ctx, sqlUpdateChannel, args)
	}
	if db.Violates(err, "channel_name_key") {
		return Channel{}, ErrNameTaken.With("name", in.Name)
	}
	if err != nil {
		return Channel{}, fmt.Errorf("save channel: %w", err)
	}
	if in.Secret != "" || !keeps {
		var sealed []byte
		if in.Secret != "" {
			if sealed, err = s.Vault.Seal([]byte(in.Secret), secretOf(id)); err != nil {
				return Channel{}, fmt.Errorf("seal the secret of channel %d: %w", id, err)
			}
		}
		if _, err := tx.Exec(ctx, sqlSetSecret, pgx.NamedArgs{"id": id, "secret": sealed}); err != nil {
			return Channel{}, fmt.Errorf("save the secret of channel %d: %w", id, err)
		}
	}
	c, err := one[Channel](ctx, tx, sqlChannel, pgx.NamedArgs{"id": id}, ErrNoChannel)
	if err != nil {
		return Channel{}, err
	}
	return c, s.Audit.Record(ctx, tx, by, business.Change{
		Action: action, Object: "channel", ID: id, Before: before, After: c,
	})
}

// secretOf is the use that a channel's secret is sealed for.
func secretOf(channel int64) string { return fmt.Sprintf("messaging.channel:%d", channel) }

// Authorise lets people send through a channel for a time. It fails with ErrInvalid or
// ErrNoChannel.
func (s *Service) Authorise(ctx context.Context, c Caller, g Grant) (Authorisation, error) {
	return once(ctx, s, c, g, func(tx db.Tx) (Authorisation, error) {
		if err := checkGrant(g); err != nil {
			return Authorisation{}, err
		}
		args := pgx.NamedArgs{"id": g.Channel, "channel": g.Channel, "person": g.Person,
			"document": strings.TrimSpace(g.Document), "from": g.From, "until": g.Until,
			"by": c.Actor.Person, "now": s.Clock.Now()}
		if _, err := one[Channel](ctx, tx, sqlChannel, args, ErrNoChannel); err != nil {
			return Authorisation{}, err
		}
		if err := tx.QueryRow(ctx, sqlGrant, args).Scan(&g.Channel); err != nil {
			return Authorisation{}, fmt.Errorf("authorise: %w", err)
		}
		a, err := one[Authorisation](ctx, tx, sqlAuthorisation,
			pgx.NamedArgs{"id": g.Channel}, ErrNoAuthorisation)
		if err != nil {
			return Authorisation{}, err
		}
		return a, s.Audit.Record(ctx, tx, c.Actor, business.Change{
			Action: "messaging.authorisation.granted", Object: "authorisation", ID: a.ID, After: a,
		})
	})
}

// Withdraw ends an authorisation at once: what waits under it does not go out. One
// that was withdrawn stays so. It fails with ErrNoAuthorisation.
func (s *Service) Withdraw(ctx context.Context, by business.Actor, channel, id int64) error {
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		args := pgx.NamedArgs{"id": id, "channel": channel, "by": by.Person, "now": s.Clock.Now()}
		a, err := one[Authorisation](ctx, tx, sqlLockAuthorisation, args, ErrNoAuthorisation)
		if err != nil || a.WithdrawnAt != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlWithdraw, args); err != nil {
			return fmt.Errorf("withdraw authorisation %d: %w", id, err)
		}
		return s.Audit.Record(ctx, tx, by, business.Change{
			Action: "messaging.authorisation.withdrawn", Object: "authorisation", ID: id, Before: a,
		})
	})
}
