package visits

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/idem"
)

// PersonDay names a day.
type PersonDay struct {
	Person business.PersonID
	Date   business.Date
}

// Save writes the draft of a day: these stops in this order, and no others but
// those that were driven. version is the one that the caller read, 0 for a day
// that had nothing. It fails with ErrNoDay, ErrDenied, ErrInactive, ErrPastDay,
// ErrTooFarAhead, ErrNoCustomer, ErrNoStop, ErrPlanInvalid, ErrTooManyStops,
// ErrReorderOnPhone or ErrChanged; in every such case nothing has changed.
// Saving what is there already changes nothing and answers with the same version.
func (s *Service) Save(
	ctx context.Context, c Caller, at PersonDay, version int64, e Edit,
) (Day, error) {
	var saved Day
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		saved, err = s.save(ctx, tx, c, at, saving1{version: &version, edit: e, change: "saved"})
		return err
	})
	return saved, err
}

// saving1 is one change of a draft.
type saving1 struct {
	version *int64 // that was read; nil: whatever is there
	edit    Edit
	change  string
	sources map[business.CustomerID]Source // of new stops; ByPlan when not named
}

func (s *Service) save(
	ctx context.Context, tx db.Tx, c Caller, at PersonDay, in saving1,
) (Day, error) {
	if _, err := s.planned(ctx, tx, c, at.Person, at.Date); err != nil {
		return Day{}, err
	}
	if err := checkAnchors(in.edit); err != nil {
		return Day{}, err
	}
	d, err := s.lockedDay(ctx, tx, c, at)
	if err != nil {
		return Day{}, err
	}
	if in.version != nil && *in.version != d.Version {
		return Day{}, ErrChanged.With("version", d.Version)
	}
	to, err := arrange(d.Stops, in.edit.Stops)
	if err != nil {
		return Day{}, err
	}
	if c.Phone && reorders(d.Stops, to) {
		policy, err := readPolicy(ctx, tx)
		if err != nil {
			return Day{}, err
		}
		if !policy.ReorderOnPhone {
			return Day{}, ErrReorderOnPhone
		}
	}
	if err := s.addStops(ctx, tx, c, &d, to, in.sources); err != nil {
		return Day{}, err
	}
	next := d
	next.Start, next.End = anchorOr(in.edit.Start, d.Start), anchorOr(in.edit.End, d.End)
	if d.Version > 0 && same(d, next, to) {
		return d, nil
	}
	return s.writeDraft(ctx, tx, c, next, to, in.change)
}

// lockedDay locks a day that may not exist yet; then its version is 0.
func (s *Service) lockedDay(
	ctx context.Context, tx db.Tx, c Caller, at PersonDay,
) (Day, error) {
	if err := insertDay(ctx, tx, Day{Person: at.Person, Date: at.Date}, s.stamp(c)); err != nil {
		return Day{}, fmt.Errorf("begin day: %w", err)
	}
	return lockDay(ctx, tx, at.Person, at.Date)
}

// addStops inserts the stops that are new and fills their ids into to.
func (s *Service) addStops(
	ctx context.Context, tx db.Tx, c Caller, d *Day, to []place,
	sources map[business.CustomerID]Source,
) error {
	var fresh []business.CustomerID
	for _, p := range to {
		if p.Stop == 0 {
			fresh = append(fresh, p.Customer)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if _, err := s.mustSee(ctx, tx, c.Scope, fresh); err != nil {
		return err
	}
	known, err := readStops(ctx, tx, sqlStops, pgx.NamedArgs{"person": d.Person, "day": d.Date})
	if err != nil {
		return err
	}
	for i := range to {
		if to[i].Stop != 0 {
			continue
		}
		// A customer that was taken off the draft but is still on the phone's
		// order comes back as the stop that it was.
		at := slices.IndexFunc(known, func(s Stop) bool { return s.Customer == to[i].Customer })
		if at >= 0 {
			to[i].Stop = known[at].ID
			continue
		}
		source := sources[to[i].Customer]
		if source == "" {
			source = ByPlan
		}
		stop := Stop{Customer: to[i].Customer, Optional: to[i].Optional, Source: source}
		if to[i].Stop, err = insertStop(ctx, tx, *d, stop, s.stamp(c)); err != nil {
			return err
		}
	}
	return nil
}

func anchorOr(wanted, have Anchor) Anchor {
	if wanted.Kind == "" {
		return have
	}
	return wanted
}

// same reports whether an edit changes nothing.
func same(d, next Day, to []place) bool {
	if !sameAnchor(d.Start, next.Start) || !sameAnchor(d.End, next.End) ||
		len(to) != len(d.Stops) {
		return false
	}
	for i, p := range to {
		s := d.Stops[i]
		if p.Stop != s.ID || p.Locked != s.Locked || p.Optional != s.Optional {
			return false
		}
	}
	return true
}

func sameAnchor(a, b Anchor) bool {
	if a.Kind != b.Kind || (a.Point == nil) != (b.Point == nil) {
		return false
	}
	return a.Point == nil || *a.Point == *b.Point
}

// writeDraft writes the next version of a day's draft and tells of it.
func (s *Service) writeDraft(
	ctx context.Context, tx db.Tx, c Caller, next Day, to []place, change string,
) (Day, error) {
	if err := placeStops(ctx, tx, next, to); err != nil {
		return Day{}, err
	}
	next.Version++
	next.Dirty = true
	return s.finish(ctx, tx, c, next, change)
}

// finish reads the stops again, writes the day's row, and tells of it.
func (s *Service) finish(
	ctx context.Context, tx db.Tx, c Caller, d Day, change string,
) (Day, error) {
	all, err := readStops(ctx, tx, sqlStops, pgx.NamedArgs{"person": d.Person, "day": d.Date})
	if err != nil {
		return Day{}, err
	}
	d.Stops = ordered(all, draftLayer)
	d.Status = Draft
	if d.PublishedVersion > 0 && !d.Dirty {
		d.Status = Published
	}
	if err := updateDay(ctx, tx, d, change, s.stamp(c)); err != nil {
		return Day{}, err
	}
	if err := s.reopenCalls(ctx, tx, c, d.Person); err != nil {
		return Day{}, err
	}
	return d, s.tellDay(ctx, tx, c, d, change)
}

// Publish puts the draft on the phone. version is the one that the caller looked
// at; a negative one publishes whatever is there. It fails with ErrNoDay,
// ErrDenied, ErrInactive, ErrPastDay, ErrEmptyDay or ErrChanged. Publishing what
// is published already changes nothing.
func (s *Service) Publish(
	ctx context.Context, c Caller, key idem.Key, at PersonDay, version int64,
) (Day, error) {
	type request struct {
		Command string
		At      PersonDay
		Version int64
	}
	return once(ctx, s, c, key, request{"publish", at, version}, func(tx db.Tx) (Day, error) {
		if _, err := s.planned(ctx, tx, c, at.Person, at.Date); err != nil {
			return Day{}, err
		}
		d, err := lockDay(ctx, tx, at.Person, at.Date)
		switch {
		case err != nil:
			return Day{}, err
		case len(d.Stops) == 0:
			return Day{}, ErrEmptyDay
		case version >= 0 && version != d.Version:
			return Day{}, ErrChanged.With("version", d.Version)
		case d.Status == Published:
			return d, nil
		}
		return s.publish(ctx, tx, c, d)
	})
}

func (s *Service) publish(ctx context.Context, tx db.Tx, c Caller, d Day) (Day, error) {
	args := pgx.NamedArgs{"person": d.Person, "day": d.Date}
	for _, sql := range []string{sqlStopPublish, sqlStopClean} {
		if _, err := tx.Exec(ctx, sql, args); err != nil {
			return Day{}, fmt.Errorf("publish order: %w", err)
		}
	}
	now := s.Clock.Now()
	d.PublishedVersion, d.PublishedAt, d.Dirty = d.Version, &now, false
	return s.finish(ctx, tx, c, d, "published")
}

// once runs a command in one transaction, once for each key.
func once[T any](
	ctx context.Context, s *Service, c Caller, key idem.Key, request any,
	fn func(tx db.Tx) (T, error),
) (T, error) {
	var out T
	done, err := s.turn(ctx)
	if err != nil {
		return out, err
	}
	defer done()
	err = s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		out, err = idem.Once(ctx, tx, int64(c.Actor.Person), key, request, func() (T, error) {
			return fn(tx)
		})
		return err
	})
	return out, err
}

// PlanAnswer says what planning customers did.
type PlanAnswer struct {
	Added   []business.CustomerID
	Already []business.CustomerID // stood on the day before
	Version int64
}

// Plan adds customers to a person's day, behind what is there; whoever stands on
// the day already is left alone. On a published day they are on the phone at
// once. It fails with ErrNoDay, ErrDenied, ErrInactive, ErrPastDay,
// ErrTooFarAhead, ErrNoCustomer or ErrTooManyStops, and then adds none.
func (s *Service) Plan(
	ctx context.Context, c Caller, key idem.Key, at PersonDay, ids []business.CustomerID,
) (PlanAnswer, error) {
	type request struct {
		Command string
		At      PersonDay
		IDs     []business.CustomerID
	}
	return once(ctx, s, c, key, request{"plan", at, ids}, func(tx db.Tx) (PlanAnswer, error) {
		if _, err := s.planned(ctx, tx, c, at.Person, at.Date); err != nil {
			return PlanAnswer{}, err
		}
		if len(ids) > MaxStops {
			return PlanAnswer{}, ErrTooManyStops
		}
		if _, err := s.mustSee(ctx, tx, c.Scope, ids); err != nil {
			return PlanAnswer{}, err
		}
		var answer PlanAnswer
		d, err := s.lockedDay(ctx, tx, c, at)
		if err != nil {
			return PlanAnswer{}, err
		}
		answer.Version = d.Version
		var stops []Stop
		for _, id := range ids {
			on := func(s Stop) bool { return s.Customer == id }
			switch {
			case slices.ContainsFunc(d.Stops, on):
				answer.Already = append(answer.Already, id)
			case !slices.ContainsFunc(stops, on):
				answer.Added = append(answer.Added, id)
				stops = append(stops, Stop{Customer: id, Source: ByPlan})
			}
		}
		if len(stops) == 0 {
			return answer, nil
		}
		d, err = s.add(ctx, tx, c, d, addition{stops: stops, change: "planned"})
		answer.Version = d.Version
		return answer, err
	})
}

// Skip leaves a stop out today, with a reason that others can read. It fails with
// ErrNoStop, ErrDenied, ErrStopDriven or ErrReasonMissing.
func (s *Service) Skip(
	ctx context.Context, c Caller, key idem.Key, stop int64, reason string,
) (Stop, error) {
	if reason == "" {
		return Stop{}, ErrReasonMissing.WithField("reason", "required", "Say why.")
	}
	if utf8.RuneCountInString(reason) > maxReason {
		return Stop{}, ErrTooLong.WithField("reason", "length", "At most 500 characters.")
	}
	return s.mark(ctx, c, key, stop, Skipped, reason)
}

// Resume takes a skipped stop back onto the day. It fails with ErrNoStop,
// ErrDenied or ErrStopDriven.
func (s *Service) Resume(
	ctx context.Context, c Caller, key idem.Key, stop int64,
) (Stop, error) {
	return s.mark(ctx, c, key, stop, Planned, "")
}

func (s *Service) mark(
	ctx context.Context, c Caller, key idem.Key, id int64, to StopState, reason string,
) (Stop, error) {
	request := struct {
		Command string
		ID      int64
		To      StopState
		Reason  string
	}{"mark", id, to, reason}
	return once(ctx, s, c, key, request, func(tx db.Tx) (Stop, error) {
		stop, d, err := s.stop(ctx, tx, c, id)
		if err != nil {
			return Stop{}, err
		}
		if err := mayPlan(c, d.Person); err != nil {
			return Stop{}, err
		}
		if stop.Driven() {
			return Stop{}, ErrStopDriven.With("stop_id", id)
		}
		if stop.State == to && stop.SkipReason == reason {
			return stop, nil
		}
		stop.State, stop.SkipReason = to, reason
		if err := saveStopState(ctx, tx, stop); err != nil {
			return Stop{}, err
		}
		return stop, s.tellDay(ctx, tx, c, d, string(to))
	})
}

// stop locks a stop that the caller may see.
func (s *Service) stop(
	ctx context.Context, tx db.Tx, c Caller, id int64,
) (Stop, Day, error) {
	rows, err := tx.Query(ctx, sqlStopByID, pgx.NamedArgs{"id": id})
	if err != nil {
		return Stop{}, Day{}, err
	}
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[stopRow])
	if errors.Is(err, pgx.ErrNoRows) {
		return Stop{}, Day{}, ErrNoStop.With("stop_id", id)
	}
	if err != nil {
		return Stop{}, Day{}, err
	}
	if row.PersonID != c.Actor.Person && !c.Scope.Has(int64(row.PersonID)) {
		return Stop{}, Day{}, ErrNoStop.With("stop_id", id)
	}
	d, err := readDay(ctx, tx, row.PersonID, row.Day, draftLayer)
	return row.domain(), d, err
}

// Restore brings back what a version of the day held, as a new version of the
// draft. It fails as Save does, or with ErrNoVersion.
func (s *Service) Restore(
	ctx context.Context, c Caller, key idem.Key, at PersonDay, version int64,
) (Day, error) {
	type request struct {
		Command string
		At      PersonDay
		Version int64
	}
	return once(ctx, s, c, key, request{"restore", at, version}, func(tx db.Tx) (Day, error) {
		if _, err := s.worker(ctx, tx, c, at.Person); err != nil {
			return Day{}, err
		}
		var body []byte
		err := tx.QueryRow(ctx, sqlVersionContent, pgx.NamedArgs{
			"person": at.Person, "day": at.Date, "version": version,
		}).Scan(&body)
		if errors.Is(err, pgx.ErrNoRows) {
			return Day{}, ErrNoVersion.With("version", version)
		}
		if err != nil {
			return Day{}, err
		}
		var held content
		if err := json.Unmarshal(body, &held); err != nil {
			return Day{}, fmt.Errorf("version %d of the day: %w", version, err)
		}
		e := Edit{Start: Anchor(held.Start), End: Anchor(held.End)}
		have, err := readDay(ctx, tx, at.Person, at.Date, draftLayer)
		if err != nil {
			return Day{}, err
		}
		for _, w := range held.Stops {
			gone := !slices.ContainsFunc(have.Stops, func(s Stop) bool { return s.ID == w.Stop })
			if w.Customer == 0 && gone {
				continue // a point that was taken off is gone for good
			}
			e.Stops = append(e.Stops, Wanted{
				Customer: w.Customer, Stop: w.Stop, Locked: w.Locked, Optional: w.Optional,
			})
		}
		return s.save(ctx, tx, c, at, saving1{edit: e, change: "restored"})
	})
}
