package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"beatplan/business"
	"beatplan/business/audit"
	"beatplan/business/identity"
	"beatplan/geo/track"
	"beatplan/internal/clock"
	"beatplan/internal/config"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/fail"
	"beatplan/internal/jobs"
	"beatplan/internal/scope"
)

// ErrUnconfirmed is the refusal to erase somebody before it was confirmed.
var ErrUnconfirmed = fail.New(fail.Invalid, "erasure.unconfirmed",
	"Nothing was erased. What is erased cannot be brought back: add --yes to do it.")

// Erasure says who is to be erased.
type Erasure struct {
	Person    int64 // number
	Confirmed bool  // false: only say who it would be
}

// ErasePerson takes away everything that tells who an inactive person was and where, and
// destroys the key of what the trail holds of them, by an operator's command, beside
// a running server or without one. It says on out who it is. It fails with
// [ErrUnconfirmed] or as [identity.CheckErasable] does.
func ErasePerson(
	ctx context.Context, c *config.Config, e Erasure, out io.Writer, log *slog.Logger,
) error {
	url, _, stop, err := databaseForBackup(ctx, c, log)
	if err != nil {
		return err
	}
	pool, err := openPool(ctx, url)
	if err != nil {
		return errors.Join(err, stop())
	}
	err = erasePerson(ctx, &App{DB: pool, Options: Options{
		Config: c, Log: log, Clock: clock.System{},
	}}, e, out)
	pool.Close()
	return errors.Join(err, stop())
}

func erasePerson(ctx context.Context, a *App, e Erasure, out io.Writer) error {
	if err := a.openPeople(); err != nil {
		return err
	}
	id := business.PersonID(e.Person)
	p, err := a.Identity.PersonByID(ctx, scope.Everything(), id)
	if err != nil {
		return err
	}
	operator := business.Actor{Role: business.Admin}
	if !e.Confirmed {
		if _, err := identity.CheckErasable(ctx, a.DB, operator, id); err != nil {
			return err
		}
		fmt.Fprintf(out, "Person %d is %s (%s).\n", p.ID, p.Name, p.Login)
		return ErrUnconfirmed
	}
	if err := a.DB.InTx(ctx, func(tx db.Tx) error {
		return a.erase(ctx, tx, operator, id)
	}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Person %d was erased; the key of what the trail held of them is gone.\n", p.ID)
	return err
}

// openPeople makes the services that a change of a person reaches, and no others:
// nothing is served and no work is taken from a running server.
func (a *App) openPeople() error {
	var err error
	if a.Zone, err = time.LoadLocation(a.Config.Timezone); err != nil {
		return fmt.Errorf("time zone: %w", err)
	}
	if a.Bus, err = events.New(a.DB, events.Options{Log: a.Log}); err != nil {
		return err
	}
	a.Jobs = jobs.New(a.DB, a.Bus, a.Clock, a.Log)
	a.Audit = &audit.Log{DB: a.DB, Clock: a.Clock, Anchors: auditHeads(a.Config)}
	a.Track = track.New(a.DB, nil, a.Bus, deeds{a.Audit}, a.Clock)
	a.openApprovals()
	a.openWarnings()
	if _, err := a.openCustomers(); err != nil {
		return err
	}
	a.Identity = identity.New(a.DB, a.Clock, &trail{a.Audit, a.CRM, a.Approvals},
		identity.DefaultPolicy())
	return nil
}
