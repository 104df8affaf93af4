package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/internal/config"
	"beatplan/internal/obs"
)

// errDatabaseLost ends the server when its private database did.
var errDatabaseLost = errors.New("the private database ended; its log is in the data folder")

// Run serves one company until ctx ends, then stops in good order within the
// configured grace. prepare runs when everything is open and before the first
// request is answered.
func Run(ctx context.Context, o Options, prepare func(context.Context, *App) error) error {
	server, err := o.listen(ctx)
	if err != nil {
		return err
	}
	a, err := Open(ctx, o)
	if err == nil {
		if err = a.Start(ctx); err == nil {
			err = prepare(ctx, a)
		}
		if err == nil {
			server.serve(a.Handler())
			a.Health.SetReady(true)
			a.Log.Info("ready", "address", server.Address(), "version", o.Version)
			err = wait(ctx, server, a)
		}
	}
	stopped := stop(context.WithoutCancel(ctx), server, a)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = nil // somebody stopped us while we were starting
	}
	return errors.Join(err, stopped)
}

func wait(ctx context.Context, s *Server, a *App) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return err
	case <-a.Database.Lost():
		return errDatabaseLost
	}
}

// stop ends requests first, then what answers them.
func stop(ctx context.Context, s *Server, a *App) error {
	var errs []error
	if a != nil {
		a.Health.SetReady(false)
		a.API.Close() // event streams would wait for ever
		a.Log.Info("stopping")
	}
	grace := 5 * time.Second
	if a != nil {
		grace = a.Config.Grace
	}
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	errs = append(errs, s.stop(ctx))
	if a != nil {
		rest, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		errs = append(errs, a.Close(rest))
	}
	return errors.Join(errs...)
}

// Logger writes the server's log as the configuration says.
func Logger(w io.Writer, c *config.Config) (*slog.Logger, error) {
	return obs.Logger(w, c.LogLevel, c.LogFormat)
}

// Serve runs a company's server. A new company gets an administrator, whose
// password is written to out once.
func Serve(ctx context.Context, o Options, out io.Writer) error {
	return Run(ctx, o, func(ctx context.Context, a *App) error {
		if err := a.found(ctx, out); err != nil {
			return err
		}
		fmt.Fprintf(out, "Beatplan answers on %s\n", o.place())
		return nil
	})
}

func (o Options) place() string {
	scheme := "http://"
	if o.Config.Secure() {
		scheme = "https://"
	}
	return scheme + o.Config.Listen
}

// found gives an empty company a name and somebody who can sign in.
func (a *App) found(ctx context.Context, out io.Writer) error {
	const login = "admin"
	password := rand.Text()
	_, err := a.Identity.FirstAdmin(ctx, identity.NewPerson{
		Name: "Administrator", Login: login, Password: password,
	})
	if errors.Is(err, identity.ErrNotEmpty) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("first administrator: %w", err)
	}
	company := identity.Company{
		Name: a.Config.Company, Zone: a.Config.Timezone, Language: "en",
	}
	by := business.Actor{Role: business.Admin}
	if err := a.Identity.SetCompany(ctx, by, company); err != nil {
		return fmt.Errorf("name the company: %w", err)
	}
	_, err = fmt.Fprintf(out, "First sign-in: %s / %s (shown once; change it there)\n", login, password)
	return err
}
