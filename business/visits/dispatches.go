package visits

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

const (
	sqlDispatches = sqlStopsOfDate + `
	and source = 'assignment' and published_position is not null
order by state = 'done', state = 'skipped', id limit 500`
	sqlStopOff = `
update visits.stop set draft_position = null, published_position = null where id = @id`
	// What was planned before somebody dispatched to it is that again; with the visit
	// that was made on it then, if there was one.
	sqlStopBack = `
update visits.stop s set source = s.source_before, source_before = null, note = '',
	service_minutes = 0, from_at = null, until_at = null,
	state = case when made.id is null then 'planned' else 'done' end,
	visit_id = made.id, driven_at = made.in_at
from (select 1) one left join lateral (
	select v.id, v.in_at from visits.visit v
	where v.stop_id = @id and v.state in ('pending', 'valid', 'rejected')
	order by v.in_at desc, v.id desc limit 1) made on true
where s.id = @id`
	sqlStopDay = `select person_id, day from visits.stop where id = @id`
	// The phone's order, and the draft's when it is the same.
	sqlStopOrder = `
update visits.stop s set published_position = w.position - 1,
	draft_position = case when @clean then w.position - 1 else s.draft_position end
from unnest(@ids::bigint[]) with ordinality as w(id, position)
where s.id = w.id`
)

// Dispatched is a dispatch that stands on somebody's phone.
type Dispatched struct {
	Stop
	Person     business.PersonID
	PersonName string
	Site       Site // of the customer; zero for a bare point
}

// Dispatches returns those of a date in the caller's scope, at most 500, those
// that nobody has made yet first.
func (s *Service) Dispatches(
	ctx context.Context, c Caller, d business.Date,
) ([]Dispatched, error) {
	rows, err := s.DB.Query(ctx, sqlDispatches, pgx.NamedArgs{
		"day": d, "all": c.Scope.All, "people": c.Scope.People,
	})
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[stopRow])
	if err != nil {
		return nil, fmt.Errorf("read calls: %w", err)
	}
	stops := make([]Stop, len(found))
	people := make([]business.PersonID, len(found))
	for i, r := range found {
		stops[i], people[i] = r.domain(), r.PersonID
	}
	sites, err := s.sites(ctx, s.DB, scope.Everything(), customersOf(stops))
	if err != nil {
		return nil, err
	}
	workers, err := s.People.Workers(ctx, s.DB, append([]business.PersonID{}, people...))
	if err != nil {
		return nil, fmt.Errorf("people of calls: %w", err)
	}
	names := make(map[business.PersonID]string, len(workers))
	for _, w := range workers {
		names[w.ID] = w.Name
	}
	out := make([]Dispatched, len(stops))
	for i, stop := range stops {
		out[i] = Dispatched{stop, people[i], names[people[i]], sites[stop.Customer]}
	}
	return out, nil
}

// PreviewAssign says what a dispatch would make of the day on the person's phone:
// with the call next, and in the best order of all that is still to come, what was
// driven being fixed. Nothing is saved. The call itself is the stop with id 0, or the
// one that it has when the customer stands on the day already. It fails as Assign.
func (s *Service) PreviewAssign(
	ctx context.Context, c Caller, in Assignment,
) (Proposal, error) {
	if in.Date.IsZero() {
		in.Date = s.Today()
	}
	if err := checkAssignment(in); err != nil {
		return Proposal{}, err
	}
	w, err := s.planned(ctx, s.DB, c, in.Person, in.Date)
	if err != nil {
		return Proposal{}, err
	}
	if in.Customer != 0 {
		ids := []business.CustomerID{in.Customer}
		if _, err := s.mustSee(ctx, s.DB, c.Scope, ids); err != nil {
			return Proposal{}, err
		}
	}
	d, err := readDay(ctx, s.DB, in.Person, in.Date, publishedLayer)
	if err != nil {
		return Proposal{}, err
	}
	if err := callOn(&d, in, in.Date == s.Today()); err != nil {
		return Proposal{}, err
	}
	current, due, err := s.timed(ctx, d, w)
	if err != nil {
		return Proposal{}, err
	}
	return s.proposal(ctx, current, due, false)
}

// callOn puts the call on the day as Assign would: next, or last.
func callOn(d *Day, in Assignment, next bool) error {
	call := Stop{
		Customer: in.Customer, Point: in.Point, Title: in.Title, Note: in.Note,
		Need: in.Need, Source: ByAssignment, State: Planned,
	}
	known := -1
	if in.Customer != 0 {
		known = slices.IndexFunc(d.Stops, func(s Stop) bool { return s.Customer == in.Customer })
	}
	if known >= 0 {
		if d.Stops[known].State == CheckedIn {
			return ErrStopDriven.With("stop_id", d.Stops[known].ID)
		}
		call.ID = d.Stops[known].ID
		d.Stops = slices.Delete(d.Stops, known, known+1)
	}
	if len(d.Stops) >= MaxStops {
		return ErrTooManyStops
	}
	at := len(d.Stops)
	if first := slices.IndexFunc(d.Stops, func(s Stop) bool { return !s.Driven() }); next && first >= 0 {
		at = first
	}
	d.Stops = slices.Insert(d.Stops, at, call)
	return nil
}

// wishedOrder is an order of the phone's day by stop, 0 standing for the call.
type wishedOrder struct {
	ids   []int64
	call  int64 // the id that it got
	clean bool  // the draft is the same, and stays so
}

// reorder puts the phone's order right after the call was added; what nobody named
// stays behind in its old order.
func reorder(ctx context.Context, tx db.Tx, d Day, to wishedOrder) error {
	args := pgx.NamedArgs{"person": d.Person, "day": d.Date, "clean": to.clean}
	all, err := readStops(ctx, tx, sqlStops, args)
	if err != nil {
		return err
	}
	phone := ordered(all, publishedLayer)
	var ids, rest []int64
	for _, id := range to.ids {
		if id == 0 {
			id = to.call
		}
		on := slices.ContainsFunc(phone, func(s Stop) bool { return s.ID == id })
		if !on || slices.Contains(ids, id) {
			return ErrChanged.With("version", d.Version)
		}
		ids = append(ids, id)
	}
	for _, stop := range phone {
		if !slices.Contains(ids, stop.ID) {
			rest = append(rest, stop.ID)
		}
	}
	args["ids"] = append(ids, rest...)
	if _, err := tx.Exec(ctx, sqlStopOrder, args); err != nil {
		return fmt.Errorf("order the phone's day: %w", err)
	}
	return nil
}

// Withdraw takes a dispatch off the person's day and phone again; a stop that they
// had before the dispatch stays, as what it was. It fails with
// ErrNoStop, ErrDenied, ErrPastDay, ErrNotCall or ErrStopDriven.
func (s *Service) Withdraw(
	ctx context.Context, c Caller, key idem.Key, stop int64,
) (Stop, error) {
	request := struct {
		Command string
		Stop    int64
	}{"withdraw", stop}
	return once(ctx, s, c, key, request, func(tx db.Tx) (Stop, error) {
		at, err := dayOfStop(ctx, tx, stop)
		if err != nil {
			return Stop{}, err
		}
		return s.withdraw(ctx, tx, c, at, stop)
	})
}

// Reassign gives a dispatch to somebody else: it leaves the one phone and is on the
// other at once, or nothing changes. to says to whom, on which version and in which
// order of their day; what is to be done there comes from the call. It fails as
// Withdraw and Assign do, and with ErrPlanInvalid when they have it already.
func (s *Service) Reassign(
	ctx context.Context, c Caller, key idem.Key, stop int64, to Assignment,
) (Stop, error) {
	request := struct {
		Command string
		Stop    int64
		To      Assignment
	}{"reassign", stop, to}
	return once(ctx, s, c, key, request, func(tx db.Tx) (Stop, error) {
		from, err := dayOfStop(ctx, tx, stop)
		if err != nil {
			return Stop{}, err
		}
		if _, err := s.planned(ctx, tx, c, to.Person, from.Date); err != nil {
			return Stop{}, err
		}
		if from.Person == to.Person {
			return Stop{}, ErrPlanInvalid.WithField("person_id", "same", "They have it already.")
		}
		// Both days in one order, so that two such commands never wait for each other.
		for _, p := range []business.PersonID{
			min(from.Person, to.Person), max(from.Person, to.Person),
		} {
			if _, err := s.lockedDay(ctx, tx, c, PersonDay{p, from.Date}); err != nil {
				return Stop{}, err
			}
		}
		calls, err := callsOfStop(ctx, tx, stop)
		if err != nil {
			return Stop{}, err
		}
		was, err := s.withdraw(ctx, tx, c, from, stop)
		if err != nil {
			return Stop{}, err
		}
		to.Customer, to.Point, to.Title, to.Date = was.Customer, was.Point, was.Title, from.Date
		to.Need = was.Need
		if to.Note == "" {
			to.Note = was.Note
		}
		return s.passOn(ctx, tx, c, calls, to)
	})
}

// dayOfStop says on whose day a stop stands.
func dayOfStop(ctx context.Context, tx db.Tx, stop int64) (PersonDay, error) {
	var at PersonDay
	err := tx.QueryRow(ctx, sqlStopDay, pgx.NamedArgs{"id": stop}).Scan(&at.Person, &at.Date)
	if errors.Is(err, pgx.ErrNoRows) {
		return at, ErrNoStop.With("stop_id", stop)
	}
	return at, err
}

func (s *Service) withdraw(
	ctx context.Context, tx db.Tx, c Caller, at PersonDay, id int64,
) (Stop, error) {
	d, err := lockDay(ctx, tx, at.Person, at.Date)
	if err != nil {
		return Stop{}, err
	}
	stop, _, err := s.stop(ctx, tx, c, id)
	if err != nil {
		return Stop{}, err
	}
	if err := errors.Join(mayPlan(c, d.Person), plannable(d.Date, s.Today())); err != nil {
		return Stop{}, err
	}
	switch {
	case stop.Driven():
		return Stop{}, ErrStopDriven.With("stop_id", id)
	case stop.Source != ByAssignment:
		return Stop{}, ErrNotCall.With("stop_id", id)
	}
	args := pgx.NamedArgs{"id": id, "person": d.Person, "day": d.Date}
	steps := []string{sqlStopOff, sqlStopClean}
	if stop.Before != "" {
		steps = []string{sqlStopBack}
	}
	for _, sql := range steps {
		if _, err := tx.Exec(ctx, sql, args); err != nil {
			return Stop{}, fmt.Errorf("take the call off: %w", err)
		}
	}
	d.Version++
	now := s.Clock.Now()
	d.PublishedVersion, d.PublishedAt = d.Version, &now
	_, err = s.finish(ctx, tx, c, d, "withdrawn")
	return stop, err
}
