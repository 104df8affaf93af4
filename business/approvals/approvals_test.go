package approvals_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/approvals"
	"beatplan/business/audit"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/fail"
	"beatplan/internal/idem"
	"beatplan/internal/pgtest"
	"beatplan/internal/scope"
)

// The people of the tests.
const (
	boss, leader, seller, other, admin, admin2 business.PersonID = 1, 2, 3, 4, 5, 6
)

// org is an organisation of one team below a head.
type org struct {
	mu     sync.Mutex
	leader business.PersonID
	admins []business.PersonID
}

func (o *org) Above(
	_ context.Context, _ db.Querier, p business.PersonID,
) (approvals.Above, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	up := approvals.Above{Head: boss, Admins: o.admins}
	if p == seller || p == leader || p == other {
		up.Leader = o.leader
	}
	return up, nil
}

func (o *org) Names(
	_ context.Context, _ db.Querier, _ []int64,
) (map[business.PersonID]string, error) {
	return map[business.PersonID]string{boss: "Boss", leader: "Leader", seller: "Seller",
		other: "Other", admin: "Admin", admin2: "Second"}, nil
}

type told struct {
	mu     sync.Mutex
	people [][]int64
}

func (n *told) Notice(_ context.Context, _ db.Tx, _ string, people []int64, _ any) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.people = append(n.people, people)
	return nil
}

var errFull = fail.New(fail.Conflict, "test.full", "The limit is reached.")

type desk struct {
	*approvals.Service
	t       *testing.T
	org     *org
	told    *told
	keys    atomic.Int64
	full    atomic.Bool // Apply refuses
	applied atomic.Int64
	ended   atomic.Int64
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	pool := pgtest.DB(t)
	now := clock.NewManual(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	d := &desk{t: t, org: &org{leader: leader, admins: []business.PersonID{admin}}, told: &told{}}
	d.Service = approvals.Make(approvals.Options{DB: pool, Clock: now, People: d.org,
		Announcer: d.told, Audit: &audit.Log{DB: pool, Clock: now}})
	// The effect is a row of its own, so that a rolled-back one is seen to be gone.
	if _, err := pool.Exec(t.Context(), `create table effect (request bigint, by bigint)`); err != nil {
		t.Fatal(err)
	}
	kind := approvals.Kind{
		Code: "thing.change", Permission: business.CustomersWrite,
		Prepare: func(_ context.Context, _ db.Tx, _ approvals.By, n *approvals.New) error {
			n.Object, n.Title = "thing", fmt.Sprint("Thing ", n.Subjects)
			n.Changes = []approvals.FieldChange{{Field: "phone", Before: "1", After: "2"}}
			return nil
		},
		Apply: func(
			ctx context.Context, tx db.Tx, r approvals.Request, by business.Actor,
		) (int64, error) {
			_, err := tx.Exec(ctx, `insert into effect values ($1, $2)`, r.ID, by.Person)
			if d.full.Load() {
				return 0, errFull.With("limit", 3)
			}
			d.applied.Add(1)
			return 77, err
		},
		Ended: func(context.Context, db.Tx, approvals.Request) error { d.ended.Add(1); return nil },
	}
	grave := kind
	grave.Code, grave.Second, grave.DeskOnly = "thing.destroy", true, true
	d.Register(kind, grave)
	return d
}

func (d *desk) by(p business.PersonID) approvals.By {
	by := approvals.By{Actor: business.Actor{Person: p, Role: business.Salesperson},
		Scope: scope.Scope{People: []int64{int64(p)}},
		Key:   idem.Key(fmt.Sprintf("key-%06d", d.keys.Add(1)))}
	if p == admin || p == admin2 {
		by.Actor.Role, by.Scope = business.Admin, scope.Everything()
	}
	return by
}

func (d *desk) put(by business.PersonID, kind string, subjects ...int64) approvals.Request {
	d.t.Helper()
	r, err := d.Put(d.t.Context(), d.by(by), approvals.New{Kind: kind, Subjects: subjects,
		Reason: "Moved", Payload: json.RawMessage(`{"phone":"2"}`)})
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func (d *desk) decide(
	by business.PersonID, r approvals.Request, approve bool,
) (approvals.Request, error) {
	return d.Decide(d.t.Context(), d.by(by), approvals.Decision{
		ID: r.ID, Version: r.Version, Approve: approve, Comment: "Seen"})
}

func (d *desk) effects() (n int) {
	d.t.Helper()
	if err := d.DB.QueryRow(d.t.Context(), `select count(*) from effect`).Scan(&n); err != nil {
		d.t.Fatal(err)
	}
	return n
}

// feature: Z4-4
func TestTwoStepsThenTheEffectOnce(t *testing.T) {
	d := newDesk(t)
	r := d.put(seller, "thing.change", 9)
	if r.State != approvals.Open || r.Step != 1 || r.Approver != leader || d.effects() != 0 {
		t.Fatalf("put: %+v", r)
	}
	if _, err := d.decide(boss, r, true); !errors.Is(err, approvals.ErrNotApprover) {
		t.Errorf("the head before the manager: %v", err)
	}
	r, err := d.decide(leader, r, true)
	if err != nil || r.State != approvals.Open || r.Step != 2 || r.Approver != boss || d.effects() != 0 {
		t.Fatalf("after one step: %+v %v", r, err)
	}
	if _, err := d.decide(leader, r, true); !errors.Is(err, approvals.ErrNotApprover) {
		t.Errorf("the manager decides the head's step: %v", err)
	}
	by, answer := d.by(boss), approvals.Decision{ID: r.ID, Version: r.Version, Approve: true}
	for range 3 { // a replayed key is one decision
		done, err := d.Decide(t.Context(), by, answer)
		if err != nil || done.State != approvals.Approved || done.Result != 77 {
			t.Fatalf("%+v %v", done, err)
		}
	}
	if d.effects() != 1 || d.applied.Load() != 1 {
		t.Errorf("%d effects", d.effects())
	}
	if _, err := d.decide(boss, r, true); !errors.Is(err, approvals.ErrOver) {
		t.Errorf("decided again: %v", err)
	}
}

// feature: Z4-4
func TestRejectedAndWithdrawnLeaveNoEffect(t *testing.T) {
	d := newDesk(t)
	r := d.put(seller, "thing.change", 1)
	_, err := d.Decide(t.Context(), d.by(leader), approvals.Decision{ID: r.ID, Version: r.Version})
	if !errors.Is(err, approvals.ErrInvalid) {
		t.Errorf("rejected without a word: %v", err)
	}
	if r, err = d.decide(leader, r, false); err != nil || r.State != approvals.Rejected {
		t.Fatalf("%+v %v", r, err)
	}
	w := d.put(seller, "thing.change", 2)
	if _, err := d.Withdraw(t.Context(), d.by(leader), w.ID, w.Version); !errors.Is(err, approvals.ErrNotApplicant) {
		t.Errorf("the manager takes it back: %v", err)
	}
	if w, err = d.Withdraw(t.Context(), d.by(seller), w.ID, w.Version); err != nil || w.State != approvals.Withdrawn {
		t.Fatalf("%+v %v", w, err)
	}
	if _, err := d.decide(leader, w, true); !errors.Is(err, approvals.ErrOver) {
		t.Errorf("approved what was taken back: %v", err)
	}
	if d.effects() != 0 || d.ended.Load() != 2 {
		t.Errorf("%d effects, %d told", d.effects(), d.ended.Load())
	}
}

func TestARefusedEffectLeavesTheRequestOpen(t *testing.T) {
	d := newDesk(t)
	r := d.put(seller, "thing.change", 1)
	r, _ = d.decide(leader, r, true)
	d.full.Store(true)
	_, err := d.decide(boss, r, true)
	if !errors.Is(err, errFull) || fail.As(err).Args["limit"] != 3 {
		t.Fatalf("the approver sees %v", err)
	}
	got, err := d.Request(t.Context(), d.by(boss), r.ID)
	if err != nil || got.State != approvals.Open || got.Step != 2 || !got.MayDecide || d.effects() != 0 {
		t.Fatalf("%+v %v, %d effects", got, err, d.effects())
	}
	last := got.History[len(got.History)-1]
	if last.Action != "refused" || last.Comment != "test.full" || last.PersonName != "Boss" {
		t.Errorf("history ends with %+v", last)
	}
	d.full.Store(false)
	if r, err = d.decide(boss, got.Request, true); err != nil || r.State != approvals.Approved {
		t.Errorf("later: %+v %v", r, err)
	}
}

func TestOfManyWhoDecideOneWins(t *testing.T) {
	d := newDesk(t)
	r := d.put(seller, "thing.change", 1)
	r, _ = d.decide(leader, r, true)
	var won, lost atomic.Int64
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			who := []business.PersonID{boss, admin}[i%2]
			switch _, err := d.decide(who, r, i%3 > 0); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, approvals.ErrOver), errors.Is(err, approvals.ErrChanged):
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || lost.Load() != 23 {
		t.Errorf("%d won, %d lost", won.Load(), lost.Load())
	}
	if int64(d.effects()) != d.applied.Load() || d.effects()+int(d.ended.Load()) != 1 {
		t.Errorf("%d effects, %d ends", d.effects(), d.ended.Load())
	}
}

// feature: Z4-2
func TestDeskOnlyKindsAreRefusedOnThePhone(t *testing.T) {
	d := newDesk(t)
	for kind, want := range map[string]error{"thing.destroy": approvals.ErrDeskOnly, "thing.change": nil} {
		r := d.put(seller, kind, 1)
		by := d.by(leader)
		by.Phone = true
		seen, err := d.Request(t.Context(), by, r.ID)
		if err != nil || seen.MayDecide != (want == nil) || len(seen.Changes) != 1 {
			t.Errorf("%s on the phone: %+v %v", kind, seen, err)
		}
		_, err = d.Decide(t.Context(), by, approvals.Decision{ID: r.ID, Version: 1, Approve: true})
		if !errors.Is(err, want) {
			t.Errorf("%s decided on the phone: %v", kind, err)
		}
	}
}

// feature: G39
func TestSensitiveKindsNeedASecondPerson(t *testing.T) {
	d := newDesk(t)
	if r := d.put(admin, "thing.change", 1); r.State != approvals.Open || r.Approver != boss {
		t.Errorf("below the head: %+v", r)
	}
	if r := d.put(boss, "thing.change", 1); r.State != approvals.Approved || d.effects() != 1 {
		t.Errorf("an ordinary one of the head takes effect at once: %+v", r)
	}
	r := d.put(boss, "thing.destroy", 1)
	if r.State != approvals.Open || r.Approver != 0 || d.effects() != 1 {
		t.Fatalf("%+v", r)
	}
	if _, err := d.decide(boss, r, true); !errors.Is(err, approvals.ErrOwn) {
		t.Errorf("approved by who asked: %v", err)
	}
	if _, err := d.decide(leader, r, true); !errors.Is(err, approvals.ErrNoRequest) {
		t.Errorf("approved by who was not asked: %v", err)
	}
	if r, err := d.decide(admin, r, true); err != nil || r.State != approvals.Approved || d.effects() != 2 {
		t.Errorf("%+v %v", r, err)
	}
	d.org.admins = nil
	_, err := d.Put(t.Context(), d.by(boss), approvals.New{Kind: "thing.destroy"})
	if !errors.Is(err, approvals.ErrNobody) || d.effects() != 2 {
		t.Errorf("alone: %v", err)
	}
}

func TestWhoMaySeeARequest(t *testing.T) {
	d := newDesk(t)
	r := d.put(seller, "thing.change", 1)
	for who, want := range map[business.PersonID]error{seller: nil, leader: nil, boss: nil,
		admin: nil, other: approvals.ErrNoRequest} {
		by := d.by(who)
		_, err := d.Request(t.Context(), by, r.ID)
		rows, err2 := d.Requests(t.Context(), by, approvals.Filter{Box: approvals.Everyone}, 0, 10)
		if !errors.Is(err, want) || err2 != nil || len(rows) == 1 != (want == nil) {
			t.Errorf("%d sees %v, %d rows, %v", who, err, len(rows), err2)
		}
	}
	manager := d.by(other)
	manager.Scope = scope.Scope{People: []int64{int64(seller), int64(other)}}
	if _, err := d.Request(t.Context(), manager, r.ID); err != nil {
		t.Errorf("whose scope covers the applicant: %v", err)
	}
	if _, err := d.Decide(t.Context(), manager, approvals.Decision{ID: r.ID, Version: 1,
		Approve: true}); !errors.Is(err, approvals.ErrNotApprover) {
		t.Errorf("seeing is not deciding: %v", err)
	}
}

// feature: Z4-6
func TestBoxesCountsAndReassignment(t *testing.T) {
	d := newDesk(t)
	r := d.put(seller, "thing.change", 1)
	d.put(other, "thing.change", 2)
	count := func(p business.PersonID) approvals.Counts {
		t.Helper()
		c, err := d.Counts(t.Context(), d.by(p))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := d.Requests(t.Context(), d.by(p), approvals.Filter{Box: approvals.ToDecide}, 0, 10)
		if err != nil || len(rows) != c.ToDecide {
			t.Fatalf("%d counted, %d listed, %v", c.ToDecide, len(rows), err)
		}
		return c
	}
	if c := count(leader); c.ToDecide != 2 || count(seller).MineOpen != 1 || count(boss).ToDecide != 0 {
		t.Errorf("the manager has %+v", c)
	}
	d.org.leader = other // takes the team over
	if err := d.DB.InTx(t.Context(), func(tx db.Tx) error { return d.Reroute(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
	// Their own goes to the administrators; nothing is lost.
	if count(leader).ToDecide != 0 || count(other).ToDecide != 1 || count(admin).ToDecide != 1 {
		t.Errorf("after the change: %+v %+v %+v", count(leader), count(other), count(admin))
	}
	got, err := d.Request(t.Context(), d.by(seller), r.ID)
	if err != nil || got.ApproverName != "Other" || got.History[1].Action != "rerouted" {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := d.decide(leader, got.Request, true); !errors.Is(err, approvals.ErrNoRequest) {
		t.Errorf("who left decides: %v", err)
	}
	if _, err := d.decide(other, got.Request, true); err != nil {
		t.Error(err)
	}
	rows, err := d.Requests(t.Context(), d.by(other), approvals.Filter{Box: approvals.Decided}, 0, 10)
	if err != nil || len(rows) != 1 || rows[0].ApplicantName != "Seller" {
		t.Errorf("decided: %+v %v", rows, err)
	}
}

func TestTheSameIsAskedOnce(t *testing.T) {
	d := newDesk(t)
	r := d.put(seller, "thing.change", 1)
	_, err := d.Put(t.Context(), d.by(seller), approvals.New{Kind: "thing.change",
		Subjects: []int64{1}, Payload: json.RawMessage(`{"phone":"2"}`)})
	if !errors.Is(err, approvals.ErrPending) {
		t.Errorf("twice: %v", err)
	}
	if _, err := d.Put(t.Context(), d.by(seller), approvals.New{Kind: "none"}); !errors.Is(err, approvals.ErrNoKind) {
		t.Errorf("unknown kind: %v", err)
	}
	_, err = d.Put(t.Context(), d.by(seller), approvals.New{Kind: "thing.change",
		Reason: strings.Repeat("x", 501)})
	if !errors.Is(err, approvals.ErrInvalid) {
		t.Errorf("a long reason: %v", err)
	}
	n, err := approvals.CountOpen(t.Context(), d.DB, seller, "thing.change")
	open, err2 := approvals.OpenOn(t.Context(), d.DB, "thing", []int64{1, 2})
	if n != 1 || err != nil || !open[1] || open[2] || err2 != nil {
		t.Errorf("%d open (%v), on %v (%v)", n, err, open, err2)
	}
	if _, err := d.decide(leader, r, false); err != nil {
		t.Fatal(err)
	}
	d.put(seller, "thing.change", 1) // after it was rejected, once more
}
