package visits

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// maxBoard bounds the calls that the board shows at once.
const maxBoard = 500

// OpenCall puts a call on the board. It fails with ErrCallInvalid, ErrTooLong or
// ErrNoCustomer.
func (s *Service) OpenCall(
	ctx context.Context, c Caller, key idem.Key, in NewCall,
) (Call, error) {
	in.Skill, in.Title = strings.TrimSpace(in.Skill), strings.TrimSpace(in.Title)
	request := struct {
		Command string
		In      NewCall
	}{"open-call", in}
	return once(ctx, s, c, key, request, func(tx db.Tx) (Call, error) {
		if err := checkCall(in, s.Clock.Now()); err != nil {
			return Call{}, err
		}
		var owner business.PersonID
		if in.Customer != 0 {
			sites, err := s.mustSee(ctx, tx, c.Scope, []business.CustomerID{in.Customer})
			if err != nil {
				return Call{}, err
			}
			owner = sites[in.Customer].Owner
		}
		var id int64
		err := tx.QueryRow(ctx, sqlCallInsert, pgx.NamedArgs{
			"customer": in.Customer, "point": in.Point, "title": in.Title, "skill": in.Skill,
			"service": int(in.Need.Service.Minutes()), "from": in.Need.From,
			"until": in.Need.Until, "note": in.Note, "priority": int(in.Priority),
			"owner": owner, "now": s.Clock.Now(), "by": c.Actor.Person,
		}).Scan(&id)
		if err != nil {
			return Call{}, fmt.Errorf("open call: %w", err)
		}
		call, err := oneCall(ctx, tx, c, id)
		if err != nil {
			return Call{}, err
		}
		return call, s.tellCall(ctx, tx, c, call, "opened")
	})
}

// SendToCall gives a call to a person, or takes it from one to another: the stop is
// on the phone at once, as by Assign, with what the call asks for. When two
// dispatchers give the same call away, the first wins and the other gets ErrCallTaken.
// It fails with ErrNoCall, ErrCallClosed, ErrCallTaken, or as Assign and Withdraw do.
func (s *Service) SendToCall(
	ctx context.Context, c Caller, key idem.Key, id int64, to Sending,
) (Call, error) {
	request := struct {
		Command string
		ID      int64
		To      Sending
	}{"send-to-call", id, to}
	return once(ctx, s, c, key, request, func(tx db.Tx) (Call, error) {
		call, err := lockCall(ctx, tx, c, id)
		if err != nil {
			return Call{}, err
		}
		if err := sendable(call, to, s.Today()); err != nil {
			return Call{}, err
		}
		if err := s.takeOff(ctx, tx, c, call, to.Person); err != nil {
			return Call{}, err
		}
		stop, err := s.assign(ctx, tx, c, s.assignment(call, to))
		if err != nil {
			return Call{}, err
		}
		if err := s.link(ctx, tx, c, []int64{id}, holder{to.Person, stop.ID}); err != nil {
			return Call{}, err
		}
		return oneCall(ctx, tx, c, id)
	})
}

// PreviewCall says what the remaining day of a person would become with the call, as
// PreviewAssign does. It fails with ErrNoCall, ErrCallClosed, or as PreviewAssign.
func (s *Service) PreviewCall(
	ctx context.Context, c Caller, id int64, p business.PersonID,
) (Proposal, error) {
	call, err := oneCall(ctx, s.DB, c, id)
	if err != nil {
		return Proposal{}, err
	}
	if !call.Live() {
		return Proposal{}, ErrCallClosed.With("state", string(call.State))
	}
	return s.PreviewAssign(ctx, c, s.assignment(call, Sending{Person: p}))
}

// assignment is the dispatch that answers a call.
func (s *Service) assignment(call Call, to Sending) Assignment {
	return Assignment{
		Person: to.Person, Customer: call.Customer, Point: call.Point, Title: call.Title,
		Date: call.dateOf(s.Today(), s.Zone), Note: call.Note, Need: call.Need,
		Order: to.Order, Version: to.Version,
	}
}

// takeOff takes the stop of an assigned call off its day, unless that day is over or
// somebody was there. next is who gets it instead; both days are locked in one order.
func (s *Service) takeOff(
	ctx context.Context, tx db.Tx, c Caller, call Call, next business.PersonID,
) error {
	if call.State != CallAssigned || call.Stop == 0 || call.Day.Before(s.Today()) ||
		call.StopState == Done {
		return nil
	}
	if call.Person != c.Actor.Person && !c.Scope.Has(int64(call.Person)) {
		return ErrDenied // the caller sees the call, and not who has it
	}
	people := []business.PersonID{call.Person}
	if next != 0 {
		people = append(people, next)
		slices.Sort(people)
	}
	for _, p := range people {
		if _, err := s.lockedDay(ctx, tx, c, PersonDay{p, call.Day}); err != nil {
			return err
		}
	}
	_, err := s.withdraw(ctx, tx, c, PersonDay{call.Person, call.Day}, call.Stop)
	return err
}

// WithdrawCall takes a call back, and off the phone of whoever has it. It fails with
// ErrNoCall, ErrCallClosed, ErrStopDriven when somebody is there, ErrReasonMissing or
// ErrTooLong.
func (s *Service) WithdrawCall(
	ctx context.Context, c Caller, key idem.Key, id int64, reason string,
) (Call, error) {
	if strings.TrimSpace(reason) == "" {
		return Call{}, ErrReasonMissing.WithField("reason", "required", "Say why.")
	}
	return s.endCall(ctx, c, key, id, ending{CallWithdrawn, reason})
}

// CloseCall says that what was asked for is done, by whatever means: a visit by whom
// the call was given to does that by itself. It fails as WithdrawCall, but needs no
// reason.
func (s *Service) CloseCall(
	ctx context.Context, c Caller, key idem.Key, id int64, how string,
) (Call, error) {
	return s.endCall(ctx, c, key, id, ending{CallDone, how})
}

type ending struct {
	state  CallState
	reason string
}

func (s *Service) endCall(
	ctx context.Context, c Caller, key idem.Key, id int64, to ending,
) (Call, error) {
	if utf8.RuneCountInString(to.reason) > maxReason {
		return Call{}, ErrTooLong.WithField("reason", "length", "At most 500 characters.")
	}
	request := struct {
		Command string
		ID      int64
		State   CallState
		Reason  string
	}{"end-call", id, to.state, to.reason}
	return once(ctx, s, c, key, request, func(tx db.Tx) (Call, error) {
		call, err := lockCall(ctx, tx, c, id)
		switch {
		case err != nil:
			return Call{}, err
		case !call.Live():
			return Call{}, ErrCallClosed.With("state", string(call.State))
		case call.StopState == CheckedIn:
			return Call{}, ErrStopDriven.With("stop_id", call.Stop)
		}
		if err := s.takeOff(ctx, tx, c, call, 0); err != nil {
			return Call{}, err
		}
		now := s.Clock.Now()
		call.State, call.ClosedAt, call.ClosedBy = to.state, &now, c.Actor.Person
		call.Reason = to.reason
		if call.StopState != Done {
			call.Stop, call.StopState, call.Day = 0, "", business.Date{}
		}
		if err := saveCall(ctx, tx, call); err != nil {
			return Call{}, err
		}
		return call, s.tellCall(ctx, tx, c, call, string(to.state))
	})
}

// Board returns the calls that are open or on somebody's phone, at most 500: those of
// nobody first, the most urgent and the earliest to end in front. total counts all.
func (s *Service) Board(ctx context.Context, c Caller) (calls []ShownCall, total int64, err error) {
	args := callArgs(c)
	if err := s.DB.QueryRow(ctx, sqlCallsLiveCount, args).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("count calls: %w", err)
	}
	args["limit"] = maxBoard
	rows, err := db.Collect[callRow](ctx, s.DB, sqlCallsLive, args)
	if err != nil {
		return nil, 0, fmt.Errorf("calls: %w", err)
	}
	calls, err = s.shown(ctx, domainCalls(rows))
	return calls, total, err
}

// ClosedCalls returns a page of the calls that are done or withdrawn, and whether
// there are more.
func (s *Service) ClosedCalls(
	ctx context.Context, c Caller, p CallPage,
) (calls []ShownCall, more bool, err error) {
	args := callArgs(c)
	db.After(args, p.After.At, p.After.ID)
	rows, more, err := db.Page[callRow](ctx, s.DB, sqlCallsClosed, db.PageSize(p.Limit), args)
	if err != nil {
		return nil, false, fmt.Errorf("closed calls: %w", err)
	}
	calls, err = s.shown(ctx, domainCalls(rows))
	return calls, more, err
}

// CallByID returns one call. It fails with ErrNoCall.
func (s *Service) CallByID(ctx context.Context, c Caller, id int64) (ShownCall, error) {
	call, err := oneCall(ctx, s.DB, c, id)
	if err != nil {
		return ShownCall{}, err
	}
	shown, err := s.shown(ctx, []Call{call})
	if err != nil {
		return ShownCall{}, err
	}
	return shown[0], nil
}

// shown adds names and places.
func (s *Service) shown(ctx context.Context, calls []Call) ([]ShownCall, error) {
	customers, people := []business.CustomerID{}, []business.PersonID{}
	for _, k := range calls {
		if k.Customer != 0 {
			customers = append(customers, k.Customer)
		}
		people = append(people, k.OpenedBy, k.Person, k.AssignedBy, k.ClosedBy)
	}
	sites, err := s.sites(ctx, s.DB, scope.Everything(), customers)
	if err != nil {
		return nil, err
	}
	workers, err := s.People.Workers(ctx, s.DB, people)
	if err != nil {
		return nil, fmt.Errorf("people of calls: %w", err)
	}
	names := make(map[business.PersonID]string, len(workers))
	for _, w := range workers {
		names[w.ID] = w.Name
	}
	out := make([]ShownCall, len(calls))
	for i, k := range calls {
		out[i] = ShownCall{
			k, sites[k.Customer], names[k.Person], names[k.OpenedBy], names[k.AssignedBy],
			names[k.ClosedBy],
		}
	}
	return out, nil
}

// holder is who has a call, and on which stop.
type holder struct {
	person business.PersonID
	stop   int64
}

// link says that the calls are on a person's day now.
func (s *Service) link(
	ctx context.Context, tx db.Tx, c Caller, calls []int64, to holder,
) error {
	now := s.Clock.Now()
	return s.eachCall(ctx, tx, c, calls, "assigned", func(k *Call) {
		k.State, k.Person, k.Stop = CallAssigned, to.person, to.stop
		k.AssignedAt, k.AssignedBy = &now, c.Actor.Person
	})
}

// passOn gives a dispatch to somebody, with the calls that it answers.
func (s *Service) passOn(
	ctx context.Context, tx db.Tx, c Caller, calls []int64, to Assignment,
) (Stop, error) {
	stop, err := s.assign(ctx, tx, c, to)
	if err != nil {
		return Stop{}, err
	}
	return stop, s.link(ctx, tx, c, calls, holder{to.Person, stop.ID})
}

// reopenCalls puts the calls back on the board that were given to a person and that
// no day of theirs holds any more.
func (s *Service) reopenCalls(
	ctx context.Context, tx db.Tx, c Caller, p business.PersonID,
) error {
	lost, err := callIDs(ctx, tx, sqlCallsLost, pgx.NamedArgs{"person": p})
	if err != nil {
		return err
	}
	return s.eachCall(ctx, tx, c, lost, "reopened", func(k *Call) {
		k.State, k.Person, k.Stop, k.AssignedAt, k.AssignedBy = CallOpen, 0, 0, nil, 0
	})
}

// answerCall closes the calls of a stop at which a visit ended.
func (s *Service) answerCall(ctx context.Context, tx db.Tx, c Caller, stop int64) error {
	calls, err := callsOfStop(ctx, tx, stop)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	return s.eachCall(ctx, tx, c, calls, string(CallDone), func(k *Call) {
		k.State, k.ClosedAt, k.ClosedBy = CallDone, &now, c.Actor.Person
	})
}

// eachCall changes calls, whoever may see them, and tells of it.
func (s *Service) eachCall(
	ctx context.Context, tx db.Tx, c Caller, ids []int64, what string, change func(*Call),
) error {
	anyone := c
	anyone.Scope = scope.Everything()
	for _, id := range ids {
		call, err := lockCall(ctx, tx, anyone, id)
		if err != nil {
			return err
		}
		was := call.Person
		change(&call)
		if err := saveCall(ctx, tx, call); err != nil {
			return err
		}
		if err := s.tellCall(ctx, tx, c, call, what, was); err != nil {
			return err
		}
	}
	return nil
}

// tellCall writes what became of a call into the trail and tells whoever may see it.
func (s *Service) tellCall(
	ctx context.Context, tx db.Tx, c Caller, call Call, what string, also ...business.PersonID,
) error {
	err := s.record(ctx, tx, c, business.Change{
		Action: "visits.call." + what, Object: "call", ID: call.ID, After: call,
	})
	if err != nil {
		return err
	}
	var people []int64
	for _, p := range append(also, call.OpenedBy, call.Owner, call.Person) {
		if p != 0 && !slices.Contains(people, int64(p)) {
			people = append(people, int64(p))
		}
	}
	return s.Announcer.Notice(ctx, tx, TopicCall, people, Change{
		What: what, Person: call.Person, Date: call.Day, Stop: call.Stop,
		Customer: call.Customer, Call: call.ID, State: string(call.State), By: c.Actor.Person,
	})
}
