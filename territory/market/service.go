package market

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"beatplan/geo/datum"
	"beatplan/geo/hex"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/fail"
	"beatplan/internal/idem"
)

// Options say what a Service works with; all are required.
type Options struct {
	DB        *db.DB
	Clock     clock.Clock
	Log       *slog.Logger
	Regions   Regions
	Customers Customers
	Grounds   Grounds
	Visits    Visits
	Leads     Leads
	Days      Days
	Announcer Announcer
}

// Service is a company's white space. It is safe for concurrent use; answers are
// given one at a time, because a change is taken over by whoever asks next.
type Service struct {
	Options

	mu    sync.Mutex
	world world
}

// New makes the service. What is needed is read when something is first asked.
func New(o Options) *Service { return &Service{Options: o} }

// look locks the world and brings it up to date; the caller calls done.
func (s *Service) look(ctx context.Context) (w *world, done func(), err error) {
	s.mu.Lock()
	if err := s.refresh(ctx); err != nil {
		s.mu.Unlock()
		return nil, nil, err
	}
	return &s.world, s.mu.Unlock, nil
}

// Settings returns what the company counts.
func (s *Service) Settings(ctx context.Context) (Settings, error) { return readSettings(ctx, s.DB) }

// SetSettings changes what the company counts. It fails with ErrInvalid.
func (s *Service) SetSettings(ctx context.Context, in Settings) (Settings, error) {
	if err := checkSettings(&in); err != nil {
		return in, err
	}
	body, err := json.Marshal(in)
	if err != nil {
		return in, err
	}
	err = s.DB.InTx(ctx, func(tx db.Tx) error {
		if _, err := tx.Exec(ctx, sqlSave, pgx.NamedArgs{"body": body}); err != nil {
			return fmt.Errorf("save settings of white space: %w", err)
		}
		return s.Announcer.Notice(ctx, tx, Topic, nil, Notice{"settings"})
	})
	return in, err
}

// NewLayer is a file to be imported.
type NewLayer struct {
	Name  string
	Kind  string      // population, potential
	Datum datum.Datum // of its longitudes and latitudes; "": WGS-84
	Table
}

// Import adds a file of people or potential by cell, or none of it. A replay of the
// caller's key answers the first one. It fails with ErrInvalid, ErrHeadings, or ErrRows,
// which names every wrong row up to a hundred, and as idem.Once does.
func (s *Service) Import(ctx context.Context, c Caller, in NewLayer) (Summary, error) {
	if in.Kind != "population" && in.Kind != "potential" {
		return Summary{}, ErrInvalid.WithField("kind", "choice", "population or potential.")
	}
	if n := utf8.RuneCountInString(in.Name); n < 1 || n > 200 {
		return Summary{}, ErrInvalid.WithField("name", "length", "1 to 200 characters.")
	}
	if in.Datum == "" {
		in.Datum = datum.WGS84
	}
	sums, err := readTable(in.Table, in.Datum)
	if err != nil {
		return Summary{}, err
	}
	l := Layer{Name: in.Name, Kind: in.Kind, Rows: len(in.Rows), CreatedAt: s.Clock.Now(),
		CreatedBy: c.Person}
	cells := make([]hex.Cell, 0, len(sums))
	for cell := range sums {
		cells = append(cells, cell)
	}
	slices.Sort(cells)
	for _, cell := range cells {
		l.Cells, l.Amounts = append(l.Cells, int64(cell)), append(l.Amounts, sums[cell])
	}
	var made Summary
	err = s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		made, err = idem.Once(ctx, tx, c.Person, c.Key, in, func() (Summary, error) {
			err := s.keep(ctx, tx, &l)
			return l.Summary(), err
		})
		return err
	})
	return made, err
}

// keep writes a new file down.
func (s *Service) keep(ctx context.Context, tx db.Tx, l *Layer) error {
	err := tx.QueryRow(ctx, sqlLayerInsert, pgx.NamedArgs{
		"name": l.Name, "kind": l.Kind, "rows": l.Rows, "cells": l.Cells, "amounts": l.Amounts,
		"now": l.CreatedAt, "me": l.CreatedBy,
	}).Scan(&l.ID)
	if err != nil {
		return fmt.Errorf("save a file of white space: %w", err)
	}
	return s.changed(ctx, tx, sqlChanged, "layer")
}

// Layers returns the files in the order of their import.
func (s *Service) Layers(ctx context.Context) ([]Layer, error) { return readLayers(ctx, s.DB) }

// RemoveLayer forgets a file. It fails with ErrNoLayer.
func (s *Service) RemoveLayer(ctx context.Context, id int64) error {
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		tag, err := tx.Exec(ctx, sqlLayerDelete, pgx.NamedArgs{"id": id})
		if err != nil {
			return fmt.Errorf("delete file %d of white space: %w", id, err)
		}
		if tag.RowsAffected() == 0 {
			return ErrNoLayer.With("id", id)
		}
		return s.changed(ctx, tx, sqlChanged, "layer")
	})
}

func (s *Service) changed(ctx context.Context, tx db.Tx, mark, what string) error {
	if _, err := tx.Exec(ctx, mark); err != nil {
		return fmt.Errorf("state of white space: %w", err)
	}
	return s.Announcer.Notice(ctx, tx, Topic, nil, Notice{what})
}

// Dismiss takes a prospect off the list, for everybody, until Restore. One that was
// decided about stays as it is. It fails with ErrNoPlace and ErrInvalid.
func (s *Service) Dismiss(ctx context.Context, c Caller, id, reason string) error {
	if utf8.RuneCountInString(reason) > 500 {
		return ErrInvalid.WithField("reason", "length", "At most 500 characters.")
	}
	return s.decide(ctx, c, id, sqlDismiss, reason)
}

// Restore puts a dismissed prospect back; one that is open stays so. It fails with
// ErrNoPlace.
func (s *Service) Restore(ctx context.Context, c Caller, id string) error {
	return s.decide(ctx, c, id, sqlRestore, "")
}

func (s *Service) decide(ctx context.Context, c Caller, id, sql, reason string) error {
	if _, err := s.wanted(ctx, c, []string{id}); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		tag, err := tx.Exec(ctx, sql, pgx.NamedArgs{
			"place": id, "reason": reason, "now": s.Clock.Now(), "me": c.Person,
		})
		if err != nil {
			return fmt.Errorf("decide about %s: %w", id, err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		return s.changed(ctx, tx, sqlDecided, "decision")
	})
}

// wanted returns places within the caller's ground, in the order of the ids. It fails
// with ErrNoPlace when one is unknown or not for the caller.
func (s *Service) wanted(ctx context.Context, c Caller, ids []string) ([]Prospect, error) {
	w, done, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	out := make([]Prospect, 0, len(ids))
	for _, id := range ids {
		i, ok := w.byID[id]
		if !ok {
			return nil, ErrNoPlace.With("id", id)
		}
		p := w.places[i]
		owner := w.ownerAt(p.Point)
		if !c.Scope.All && !c.Scope.Has(owner) {
			return nil, ErrNoPlace.With("id", id)
		}
		out = append(out, Prospect{Place: p, Owner: owner, Off: -1, Decision: w.decisions[id]})
	}
	return out, nil
}

// MaxLeads bounds the prospects of one command.
const MaxLeads = 200

// MakeLeads makes a customer of each prospect, owned by whose ground it lies in or by
// to, when that is not 0. A prospect of which a customer was made already answers with
// that one; one that is refused does not keep the others. It fails with ErrNoPlace or
// ErrTooMany.
func (s *Service) MakeLeads(
	ctx context.Context, c Caller, ids []string, to int64,
) ([]Outcome, error) {
	list, err := s.leads(ctx, c, ids, to)
	if err != nil {
		return nil, err
	}
	out := make([]Outcome, len(list))
	for i, lead := range list {
		err := s.DB.InTx(ctx, func(tx db.Tx) error {
			var err error
			out[i], err = s.makeLead(ctx, tx, c, lead)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// leads are the prospects with whose they become: to, or whose ground they lie in.
func (s *Service) leads(ctx context.Context, c Caller, ids []string, to int64) ([]Lead, error) {
	if len(ids) > MaxLeads {
		return nil, ErrTooMany.With("most", MaxLeads)
	}
	list, err := s.wanted(ctx, c, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Lead, len(list))
	for i := range list {
		out[i] = Lead{list[i].Place, cmp.Or(to, list[i].Owner)}
	}
	return out, nil
}

// makeLead makes the customer within a transaction that a refusal leaves as it was.
func (s *Service) makeLead(ctx context.Context, tx db.Tx, c Caller, lead Lead) (Outcome, error) {
	out := Outcome{ID: lead.Place.ID}
	args := pgx.NamedArgs{"place": lead.Place.ID, "now": s.Clock.Now(), "me": c.Person}
	err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, sqlClaim, args).Scan(&out.Customer); err != nil {
			return fmt.Errorf("claim %s: %w", lead.Place.ID, err)
		}
		if out.Customer != 0 {
			return nil
		}
		var err error
		if out.Customer, err = s.Leads.Make(ctx, tx, c, lead); err != nil {
			return err
		}
		out.Made, args["customer"] = true, out.Customer
		if _, err := tx.Exec(ctx, sqlTaken, args); err != nil {
			return fmt.Errorf("keep who %s became: %w", lead.Place.ID, err)
		}
		return s.changed(ctx, tx, sqlDecided, "decision")
	})
	if refusal := fail.As(err); refusal != nil && isRefusal(err) {
		return Outcome{ID: lead.Place.ID, Code: refusal.Code, Message: refusal.Message}, nil
	}
	return out, err
}

// isRefusal reports whether a neighbour said no for a reason of its own.
func isRefusal(err error) bool {
	return slices.ContainsFunc([]fail.Kind{fail.Conflict, fail.Invalid, fail.Denied},
		func(k fail.Kind) bool { return fail.Is(err, k) })
}

// OfferStops makes customers of prospects and puts those on a person's day, as stops
// that may be left out: all of it or, when the day takes none, nothing. Offers at once
// wait for one another. It fails as MakeLeads, and as the person's plan does.
func (s *Service) OfferStops(
	ctx context.Context, c Caller, at PersonDay, ids []string,
) ([]Outcome, error) {
	list, err := s.leads(ctx, c, ids, at.Person)
	if err != nil {
		return nil, err
	}
	// Everybody claims in one order, so that two never wait for each other.
	turns := make([]int, len(list))
	for i := range turns {
		turns[i] = i
	}
	slices.SortFunc(turns, func(a, b int) int {
		return cmp.Compare(list[a].Place.ID, list[b].Place.ID)
	})
	out := make([]Outcome, len(list))
	err = s.DB.InTx(ctx, func(tx db.Tx) error {
		var customers []int64
		for _, i := range turns {
			var err error
			if out[i], err = s.makeLead(ctx, tx, c, list[i]); err != nil {
				return err
			}
			if out[i].Customer != 0 {
				customers = append(customers, out[i].Customer)
			}
		}
		if len(customers) == 0 {
			return nil
		}
		return s.Days.Offer(ctx, tx, c, at, customers)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
