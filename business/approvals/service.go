package approvals

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/fail"
	"beatplan/internal/idem"
)

// Options are what the service is made of; all are required.
type Options struct {
	DB        *db.DB
	Clock     clock.Clock
	People    People
	Announcer Announcer
	Audit     Audit
}

// Service runs the commands of approvals and answers its reads. After the last
// Register it is safe for concurrent use.
type Service struct {
	Options
	kinds map[string]Kind
}

// Make makes the service of one company, without any kind.
func Make(o Options) *Service { return &Service{Options: o, kinds: map[string]Kind{}} }

// Register adds kinds; it panics on a code that is there already or on a kind
// without Prepare or Apply, which are faults of the program.
func (s *Service) Register(kinds ...Kind) {
	for _, k := range kinds {
		if _, known := s.kinds[k.Code]; known || k.Prepare == nil || k.Apply == nil {
			panic("approvals: kind " + k.Code)
		}
		s.kinds[k.Code] = k
	}
}

// Kinds lists the codes that are registered, sorted.
func (s *Service) Kinds() []string {
	codes := make([]string, 0, len(s.kinds))
	for c := range s.kinds {
		codes = append(codes, c)
	}
	slices.Sort(codes)
	return codes
}

// May tells whether somebody with these permissions may ask for the kind.
func (s *Service) May(kind string, has func(business.Permission) bool) error {
	k, ok := s.kinds[kind]
	if !ok {
		return ErrNoKind.WithField("kind", "unknown", ErrNoKind.Message)
	}
	if k.Permission != "" && !has(k.Permission) {
		return ErrMayNotAsk.With("permission", k.Permission)
	}
	return nil
}

// Put puts a request in a transaction of its own, once for each key. It fails
// like [Service.Submit].
func (s *Service) Put(ctx context.Context, by By, n New) (Request, error) {
	var made Request
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		made, err = idem.Once(ctx, tx, int64(by.Actor.Person), by.Key, n, func() (Request, error) {
			return s.Submit(ctx, tx, by, n)
		})
		return err
	})
	return made, err
}

// Submit puts a request inside the caller's transaction. A request that nobody
// needs to approve has taken effect when it returns. It fails with [ErrNoKind],
// [ErrInvalid], [ErrPending], [ErrNobody], [ErrProofNeeded], or with what the consumer's Prepare, or
// Apply, refuses.
func (s *Service) Submit(ctx context.Context, tx db.Tx, by By, n New) (Request, error) {
	k, ok := s.kinds[n.Kind]
	if !ok {
		return Request{}, ErrNoKind.WithField("kind", "unknown", ErrNoKind.Message)
	}
	if k.Proof && !by.Fresh {
		return Request{}, ErrProofNeeded
	}
	if err := k.Prepare(ctx, tx, by, &n); err != nil {
		return Request{}, err
	}
	if len(n.Payload) == 0 {
		n.Payload = []byte("{}")
	}
	if err := check(n); err != nil {
		return Request{}, err
	}
	up, err := s.People.Above(ctx, tx, by.Actor.Person)
	if err != nil {
		return Request{}, err
	}
	plan, err := steps(by.Actor.Person, up, k.Second)
	if err != nil {
		return Request{}, err
	}
	now := s.Clock.Now().UTC().Truncate(time.Microsecond)
	r := Request{
		Kind: n.Kind, Object: n.Object, Subjects: n.Subjects, Title: n.Title,
		Applicant: by.Actor.Person, Reason: n.Reason, Payload: n.Payload, Changes: n.Changes,
		State: Open, CreatedAt: now, Version: 1,
	}
	if r.Subjects == nil {
		r.Subjects = []int64{}
	}
	slices.Sort(r.Subjects)
	if r.Changes == nil {
		r.Changes = []FieldChange{}
	}
	if len(plan) > 0 {
		r.Step, r.Approver = 1, plan[0].Approver
	} else {
		r.State, r.EndedAt = Approved, &now
	}
	if err := insert(ctx, tx, &r, plan); err != nil {
		return Request{}, err
	}
	e := Event{At: now, Person: by.Actor.Person, Action: "submitted", Comment: r.Reason}
	if err := happened(ctx, tx, r.ID, e); err != nil {
		return Request{}, err
	}
	if r.State == Approved {
		if r.Result, err = k.Apply(ctx, tx, r, by.Actor); err != nil {
			return Request{}, err
		}
		if err := update(ctx, tx, r); err != nil {
			return Request{}, err
		}
		r.Version++
	}
	return r, s.tell(ctx, tx, by.Actor, nil, r)
}

// tell leaves the command on the trail and announces it to the applicant and to
// whoever is asked now.
func (s *Service) tell(
	ctx context.Context, tx db.Tx, by business.Actor, before *Request, r Request,
) error {
	c := business.Change{Action: "approvals.request.submitted", Object: "approval", ID: r.ID,
		After: r}
	if before != nil {
		c.Action, c.Before = "approvals.request."+string(r.State), *before
		if r.State == Open {
			c.Action = "approvals.request.step_approved"
		}
	}
	if err := s.Audit.Record(ctx, tx, by, c); err != nil {
		return err
	}
	return s.announce(ctx, tx, r)
}

func (s *Service) announce(ctx context.Context, tx db.Tx, r Request) error {
	people := []int64{int64(r.Applicant)}
	if r.State == Open && r.Approver != 0 {
		people = append(people, int64(r.Approver))
	} else if r.State == Open {
		up, err := s.People.Above(ctx, tx, r.Applicant)
		if err != nil {
			return err
		}
		for _, a := range up.Admins {
			people = append(people, int64(a))
		}
	}
	return s.Announcer.Notice(ctx, tx, Topic, people, Change{r.ID, r.Kind, r.State})
}

// errRefused wraps what a consumer refused at the last approval.
type errRefused struct{ error }

// Unwrap returns the consumer's refusal.
func (e errRefused) Unwrap() error { return e.error }

// Decide answers the open step of a request. The last approval makes the effect
// in its own transaction. It fails with [ErrNoRequest], [ErrOver], [ErrChanged],
// [ErrOwn], [ErrNotApprover], [ErrDeskOnly], [ErrProofNeeded], [ErrInvalid], or with what the
// consumer's Apply refuses; then nothing has changed, and the request's history
// names the refusal.
func (s *Service) Decide(ctx context.Context, by By, d Decision) (Request, error) {
	if err := checkDecision(d); err != nil {
		return Request{}, err
	}
	var done Request
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		done, err = idem.Once(ctx, tx, int64(by.Actor.Person), by.Key, d, func() (Request, error) {
			return s.decide(ctx, tx, by, d)
		})
		return err
	})
	var refused errRefused
	if errors.As(err, &refused) {
		s.noteRefusal(ctx, by, d.ID, refused)
		return Request{}, refused.error
	}
	return done, err
}

func (s *Service) decide(ctx context.Context, tx db.Tx, by By, d Decision) (Request, error) {
	before, err := request(ctx, tx, sqlLockRequest, by, d.ID)
	if err != nil {
		return Request{}, err
	}
	if err := mayDecide(before, by.Actor); err != nil {
		return Request{}, err
	}
	if before.Version != d.Version {
		return Request{}, ErrChanged.With("version", before.Version)
	}
	k, ok := s.kinds[before.Kind]
	if !ok {
		return Request{}, ErrNoKind.With("kind", before.Kind)
	}
	switch {
	case k.DeskOnly && by.Phone:
		return Request{}, ErrDeskOnly
	case k.Proof && d.Approve && !by.Fresh:
		return Request{}, ErrProofNeeded
	}
	now := s.Clock.Now().UTC().Truncate(time.Microsecond)
	decision := string(Rejected)
	if d.Approve {
		decision = string(Approved)
	}
	_, err = tx.Exec(ctx, sqlDecideStep, pgx.NamedArgs{
		"id": d.ID, "no": before.Step, "by": by.Actor.Person, "decision": decision,
		"comment": d.Comment, "now": now, "address": business.OriginOf(ctx).Address})
	if err != nil {
		return Request{}, err
	}
	e := Event{At: now, Person: by.Actor.Person, Action: decision, Step: before.Step,
		Comment: d.Comment}
	if err := happened(ctx, tx, d.ID, e); err != nil {
		return Request{}, err
	}
	after, err := s.advance(ctx, tx, before, d.Approve, now)
	if err != nil {
		return Request{}, err
	}
	if err := s.conclude(ctx, tx, k, &after, by.Actor); err != nil {
		return Request{}, err
	}
	return s.keep(ctx, tx, by.Actor, before, after)
}

// keep writes down what became of a request, and tells it.
func (s *Service) keep(
	ctx context.Context, tx db.Tx, by business.Actor, before, after Request,
) (Request, error) {
	if err := update(ctx, tx, after); err != nil {
		return Request{}, err
	}
	after.Version++
	return after, s.tell(ctx, tx, by, &before, after)
}

// advance moves a request behind the step that was just decided.
func (s *Service) advance(
	ctx context.Context, tx db.Tx, r Request, approve bool, now time.Time,
) (Request, error) {
	all, err := list(ctx, tx, sqlSteps, pgx.NamedArgs{"id": r.ID}, scanStep)
	if err != nil {
		return r, err
	}
	next := slices.IndexFunc(all, func(st Step) bool { return st.No > r.Step })
	switch {
	case !approve:
		r.State = Rejected
	case next < 0:
		r.State = Approved
	default:
		r.Step, r.Approver = all[next].No, all[next].Approver
		return r, nil
	}
	r.Step, r.Approver, r.EndedAt = 0, 0, &now
	return r, nil
}

// conclude has the consumer make the effect, or tells it that there will be none.
func (s *Service) conclude(
	ctx context.Context, tx db.Tx, k Kind, r *Request, by business.Actor,
) error {
	var err error
	switch r.State {
	case Approved:
		if r.Result, err = k.Apply(ctx, tx, *r, by); fail.As(err) != nil {
			return errRefused{err}
		}
	case Rejected, Withdrawn:
		if k.Ended != nil {
			err = k.Ended(ctx, tx, *r)
		}
	}
	if err != nil {
		return fmt.Errorf("request %d, %s: %w", r.ID, r.Kind, err)
	}
	return nil
}

// noteRefusal writes into the history that the consumer refused. That it cannot is
// no reason to hide the refusal itself.
func (s *Service) noteRefusal(ctx context.Context, by By, id int64, refused error) {
	e := Event{At: s.Clock.Now(), Person: by.Actor.Person, Action: "refused",
		Comment: fail.As(refused).Code}
	_ = s.DB.InTx(ctx, func(tx db.Tx) error { return happened(ctx, tx, id, e) })
}

// Withdraw takes back an open request that still has the version that was read.
// It fails with [ErrNoRequest], [ErrNotApplicant], [ErrOver] or [ErrChanged].
func (s *Service) Withdraw(ctx context.Context, by By, id, version int64) (Request, error) {
	type ask struct{ Withdraw, Version int64 }
	var done Request
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		done, err = idem.Once(ctx, tx, int64(by.Actor.Person), by.Key, ask{id, version},
			func() (Request, error) { return s.withdraw(ctx, tx, by, id, version) })
		return err
	})
	return done, err
}

func (s *Service) withdraw(
	ctx context.Context, tx db.Tx, by By, id, version int64,
) (Request, error) {
	before, err := request(ctx, tx, sqlLockRequest, by, id)
	switch {
	case err != nil:
		return Request{}, err
	case before.Applicant != by.Actor.Person:
		return Request{}, ErrNotApplicant
	case before.State != Open:
		return Request{}, ErrOver.With("state", before.State)
	case before.Version != version:
		return Request{}, ErrChanged.With("version", before.Version)
	}
	now := s.Clock.Now().UTC().Truncate(time.Microsecond)
	after := before
	after.State, after.Step, after.Approver, after.EndedAt = Withdrawn, 0, 0, &now
	e := Event{At: now, Person: by.Actor.Person, Action: "withdrawn", Step: before.Step}
	if err := happened(ctx, tx, id, e); err != nil {
		return Request{}, err
	}
	if k, ok := s.kinds[before.Kind]; ok {
		if err := s.conclude(ctx, tx, k, &after, by.Actor); err != nil {
			return Request{}, err
		}
	}
	return s.keep(ctx, tx, by.Actor, before, after)
}

// Reroute hands open steps to whoever stands at their place now. The composition
// root calls it in the transaction that changes a team or a person.
// O(open requests).
func (s *Service) Reroute(ctx context.Context, tx db.Tx) error {
	open, err := list(ctx, tx, sqlOpenRequests, pgx.NamedArgs{}, scanRequest)
	if err != nil {
		return err
	}
	for _, r := range open {
		if err := s.reroute(ctx, tx, r); err != nil {
			return fmt.Errorf("reroute request %d: %w", r.ID, err)
		}
	}
	return nil
}

func (s *Service) reroute(ctx context.Context, tx db.Tx, r Request) error {
	up, err := s.People.Above(ctx, tx, r.Applicant)
	if err != nil {
		return err
	}
	all, err := list(ctx, tx, sqlSteps, pgx.NamedArgs{"id": r.ID}, scanStep)
	if err != nil {
		return err
	}
	for _, st := range all {
		p, _ := st.now(r.Applicant, up)
		if st.Decision != "" || p == st.Approver {
			continue
		}
		_, err := tx.Exec(ctx, sqlRerouteStep,
			pgx.NamedArgs{"id": r.ID, "no": st.No, "approver": p})
		if err != nil {
			return err
		}
		if st.No != r.Step {
			continue
		}
		r.Approver = p
		e := Event{At: s.Clock.Now(), Action: "rerouted", Step: st.No}
		if err := happened(ctx, tx, r.ID, e); err != nil {
			return err
		}
		if err := update(ctx, tx, r); err != nil {
			return err
		}
		if err := s.announce(ctx, tx, r); err != nil {
			return err
		}
	}
	return nil
}
