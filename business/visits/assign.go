package visits

import (
	"context"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/internal/db"
	"beatplan/internal/idem"
)

// Assign sends a person to a customer or a point: the stop is on the phone at
// once, next after what was driven today, or last on a later day. A customer that
// stands on the day already moves there, also when it was visited before; only
// while somebody is there is it ErrStopDriven. With an order, which PreviewAssign
// proposes, the phone's day gets it in the same step. It fails with ErrNoDay,
// ErrDenied, ErrInactive, ErrPastDay, ErrTooFarAhead, ErrNoCustomer, ErrPlanInvalid,
// ErrTooManyStops, ErrStopDriven, or ErrChanged when the day is no more what the
// order was made for.
func (s *Service) Assign(
	ctx context.Context, c Caller, key idem.Key, in Assignment,
) (Stop, error) {
	if in.Date.IsZero() {
		in.Date = s.Today()
	}
	if err := checkAssignment(in); err != nil {
		return Stop{}, err
	}
	request := struct {
		Command string
		In      Assignment
	}{"assign", in}
	return once(ctx, s, c, key, request, func(tx db.Tx) (Stop, error) {
		return s.assign(ctx, tx, c, in)
	})
}

func checkAssignment(in Assignment) error {
	switch {
	case (in.Customer == 0) == (in.Point == nil):
		return ErrPlanInvalid.WithField("customer_id", "required",
			"Either a customer or a point, and not both.")
	case in.Point != nil && !geo.Valid(*in.Point):
		return ErrPlanInvalid.WithField("point", "range",
			"Longitude ±180 and latitude ±90, in this order.")
	case utf8.RuneCountInString(in.Note) > maxReason || utf8.RuneCountInString(in.Title) > 200:
		return ErrTooLong.WithField("note", "length", "At most 500 characters.")
	}
	return nil
}

func (s *Service) assign(
	ctx context.Context, tx db.Tx, c Caller, in Assignment,
) (Stop, error) {
	at := PersonDay{in.Person, in.Date}
	if _, err := s.planned(ctx, tx, c, at.Person, at.Date); err != nil {
		return Stop{}, err
	}
	if in.Customer != 0 {
		if _, err := s.mustSee(ctx, tx, c.Scope, []business.CustomerID{in.Customer}); err != nil {
			return Stop{}, err
		}
	}
	d, err := s.lockedDay(ctx, tx, c, at)
	if err != nil {
		return Stop{}, err
	}
	if in.Order != nil && in.Version != d.Version {
		return Stop{}, ErrChanged.With("version", d.Version)
	}
	stop := Stop{
		Customer: in.Customer, Point: in.Point, Title: in.Title, Source: ByAssignment,
		Note: in.Note, Need: in.Need,
	}
	if d, err = s.add(ctx, tx, c, d, addition{
		stops: []Stop{stop}, next: in.Date == s.Today(), live: true, change: "assigned",
		order: in.Order,
	}); err != nil {
		return Stop{}, err
	}
	for _, have := range d.Stops { // of two at one point the new one
		if have.ID > stop.ID && have.Source == ByAssignment && have.Customer == in.Customer &&
			(in.Customer != 0 || have.Point != nil && *have.Point == *in.Point) {
			stop = have
		}
	}
	return stop, nil
}

// addition is stops that somebody adds to a day.
type addition struct {
	stops  []Stop
	next   bool // before all that is still to come, in both orders; else behind it
	live   bool // on the phone even when the day was never published
	change string
	order  []int64 // of the phone's day afterwards; nil: as it comes
}

// add inserts stops into the draft and, when the day is published or the addition
// is live, into the published order, whose other stops stay as they are.
func (s *Service) add(
	ctx context.Context, tx db.Tx, c Caller, d Day, a addition,
) (Day, error) {
	if len(d.Stops)+len(a.stops) > MaxStops {
		return Day{}, ErrTooManyStops
	}
	onPhone := a.live || d.PublishedVersion > 0
	clean := d.PublishedVersion > 0 && !d.Dirty || len(d.Stops) == 0 && d.Version == 0
	var last int64
	for i := range a.stops {
		var err error
		if last, err = s.addOne(ctx, tx, c, d, a.stops[i], spot{a.next, onPhone}); err != nil {
			return Day{}, err
		}
	}
	if a.order != nil {
		if err := reorder(ctx, tx, d, wishedOrder{a.order, last, clean}); err != nil {
			return Day{}, err
		}
	}
	d.Version++
	if onPhone {
		now := s.Clock.Now()
		d.PublishedVersion, d.PublishedAt, d.Dirty = d.Version, &now, !clean
	} else {
		d.Dirty = true
	}
	return s.finish(ctx, tx, c, d, a.change)
}

// spot is where a stop is added: next or last, on the phone's order too or not.
type spot struct{ next, onPhone bool }

// addOne returns the id of the stop.
func (s *Service) addOne(
	ctx context.Context, tx db.Tx, c Caller, d Day, stop Stop, at spot,
) (int64, error) {
	all, err := readStops(ctx, tx, sqlStops, pgx.NamedArgs{"person": d.Person, "day": d.Date})
	if err != nil {
		return 0, err
	}
	known := -1
	if stop.Customer != 0 {
		known = slices.IndexFunc(all, func(s Stop) bool { return s.Customer == stop.Customer })
	}
	if known >= 0 && all[known].State == CheckedIn {
		return 0, ErrStopDriven.With("stop_id", all[known].ID)
	}
	draft, published := positions(all, known, at.next)
	args := pgx.NamedArgs{
		"person": d.Person, "day": d.Date, "draft": draft, "published": published,
	}
	if _, err := tx.Exec(ctx, sqlStopShift, args); err != nil {
		return 0, fmt.Errorf("make room: %w", err)
	}
	stop.Draft = &draft
	if at.onPhone {
		stop.Published = &published
	}
	if known < 0 {
		return insertStop(ctx, tx, d, stop, s.stamp(c))
	}
	_, err = tx.Exec(ctx, sqlStopMove, pgx.NamedArgs{
		"id": all[known].ID, "draft": stop.Draft, "published": stop.Published,
		"source": string(stop.Source), "note": stop.Note,
		"service": int(stop.Need.Service.Minutes()), "from": stop.Need.From,
		"until": stop.Need.Until,
	})
	return all[known].ID, err
}

// positions returns the places in both orders at which a stop is inserted: before
// everything still to come, or behind everything. The stop that moves, if it is
// there already, does not count.
func positions(all []Stop, moving int, next bool) (draft, published int) {
	at := func(place func(Stop) *int) int {
		first, end := math.MaxInt, 0
		for i, s := range all {
			p := place(s)
			if i == moving || p == nil {
				continue
			}
			end = max(end, *p+1)
			if !s.Driven() {
				first = min(first, *p)
			}
		}
		if next {
			return min(first, end)
		}
		return end
	}
	return at(func(s Stop) *int { return s.Draft }),
		at(func(s Stop) *int { return s.Published })
}
