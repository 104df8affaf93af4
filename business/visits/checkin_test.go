package visits_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/visits"
	"beatplan/geo/geodesic"
	"beatplan/internal/idem"
)

// feature: Y29
func TestSecondVisitOfTheDayNeedsTheOption(t *testing.T) {
	c := newCompany(t)
	c.visit(t, sales(1), 101, 20)
	_, err := c.CheckIn(t.Context(), sales(1), c.key(), c.door(101))
	if !errors.Is(err, visits.ErrSecondToday) {
		t.Fatalf("second today: %v", err)
	}
	mate := sales(2) // who may see the customer too; somebody else is always accepted
	mate.Scope.People = []int64{1, 2}
	if v := c.visit(t, mate, 101, 10); v.Kind != visits.Sales {
		t.Errorf("a colleague's visit is a %s", v.Kind)
	}
	c.visit(t, manager(), 101, 5)
	p, err := c.Policy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p.SeveralADay = true
	if err := c.SetPolicy(t.Context(), manager(), c.key(), p); err != nil {
		t.Fatal(err)
	}
	c.visit(t, sales(1), 101, 20)
	p.SeveralADay = false
	if err := c.SetPolicy(t.Context(), manager(), c.key(), p); err != nil {
		t.Fatal(err)
	}
	c.clock.Advance(24 * time.Hour) // another day is always accepted
	c.visit(t, sales(1), 101, 20)
}

// feature: Y30
func TestOnlyOneVisitIsOpen(t *testing.T) {
	c := newCompany(t)
	ctx, me := t.Context(), sales(1)
	v, err := c.CheckIn(ctx, me, c.key(), c.door(101))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.CheckIn(ctx, me, c.key(), c.door(102)); !errors.Is(err, visits.ErrOpenVisit) {
		t.Fatalf("second open visit: %v", err)
	}
	if c.effects.count[101] != 0 {
		t.Error("a visit counts before check-out")
	}
	var wait sync.WaitGroup
	opened := make(chan error, 8)
	for i := range 8 {
		key := idem.Key(fmt.Sprintf("race-key-%d", i))
		wait.Go(func() {
			_, err := c.CheckIn(ctx, sales(2), key, c.door(201))
			opened <- err
		})
	}
	wait.Wait()
	close(opened)
	good := 0
	for err := range opened {
		switch {
		case err == nil:
			good++
		case !errors.Is(err, visits.ErrOpenVisit):
			t.Error(err)
		}
	}
	if good != 1 {
		t.Errorf("%d visits were opened at once", good)
	}
	if _, err := c.CheckOut(ctx, me, c.key(), visits.CheckOut{Visit: v.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CheckIn(ctx, me, c.key(), c.door(102)); err != nil {
		t.Errorf("after check-out: %v", err)
	}
	if _, err := c.CheckOut(ctx, me, c.key(), visits.CheckOut{Visit: v.ID}); !errors.Is(err, visits.ErrNotOpen) {
		t.Errorf("closed twice: %v", err)
	}
	if _, err := c.CheckOut(ctx, sales(2), c.key(), visits.CheckOut{Visit: v.ID}); !errors.Is(err, visits.ErrNoVisit) {
		t.Errorf("closed by another: %v", err)
	}
}

// feature: Y31
func TestRepeatVisitsAreRecordsOfOneCustomer(t *testing.T) {
	c := newCompany(t)
	p, err := c.Policy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p.SeveralADay = true
	if err := c.SetPolicy(t.Context(), manager(), c.key(), p); err != nil {
		t.Fatal(err)
	}
	me, day := sales(1), c.Today()
	c.visit(t, me, 101, 30)
	c.visit(t, me, 102, 20)
	c.visit(t, me, 101, 10)
	work := func(from, to business.Date) visits.Work {
		t.Helper()
		list, err := c.Workload(t.Context(), manager(), visits.Period{From: from, To: to, Person: 1}, true)
		if err != nil || len(list) != 1 {
			t.Fatalf("%+v %v", list, err)
		}
		return list[0]
	}
	if w := work(day, day); w.Records != 3 || w.Customers != 2 || w.DailyCustomers != 2 {
		t.Errorf("the day: %+v", w)
	}
	c.clock.Advance(24 * time.Hour)
	c.visit(t, me, 101, 15)
	if w := work(day, day.Add(1)); w.Records != 4 || w.Customers != 2 || w.DailyCustomers != 3 {
		t.Errorf("both days: %+v", w)
	}
}

// feature: Y32
func TestWorkloadSumsMinutesOnSite(t *testing.T) {
	c := newCompany(t)
	c.visit(t, sales(1), 101, 25)
	c.visit(t, sales(1), 102, 35)
	c.visit(t, sales(2), 201, 10)
	c.visit(t, manager(), 103, 50) // an inspection is nobody's visit
	open, err := c.CheckIn(t.Context(), sales(1), c.key(), c.door(104))
	if err != nil {
		t.Fatal(err)
	}
	c.clock.Advance(time.Hour) // no check-out, no valid visit
	today := visits.Period{From: c.Today(), To: c.Today()}
	list, err := c.Workload(t.Context(), manager(), today, true)
	if err != nil || len(list) != 3 {
		t.Fatalf("%+v %v", list, err)
	}
	if list[0].OnSiteS != 60*60 || list[0].Records != 2 || list[1].OnSiteS != 600 {
		t.Errorf("%+v (visit %d is open)", list, open.ID)
	}
	if w := list[2]; w.Person != 8 || w.Records != 0 || w.OnSiteS != 0 || w.Inspections != 1 ||
		w.InspectedS != 50*60 {
		t.Errorf("the manager's own: %+v", w)
	}
	mine, err := c.Workload(t.Context(), sales(2), today, false)
	if err != nil || len(mine) != 1 || mine[0].Person != 2 {
		t.Errorf("2 sees %+v", mine)
	}
}

// feature: Y27
func TestInspectionIsTheManagersOwn(t *testing.T) {
	c := newCompany(t)
	c.save(t, 0, 101, 102)
	c.publish(t)
	e, err := c.Day(t.Context(), phone(manager()), c.today(1)) // opens the subordinate's route
	if err != nil || e.Items[0].Site.Point == nil {
		t.Fatalf("%+v %v", e.Items, err)
	}
	v := c.visit(t, manager(), 101, 15)
	if v.Kind != visits.Inspection || v.Person != 8 || v.State != visits.Valid {
		t.Errorf("%+v", v)
	}
	if c.effects.count[101] != 0 {
		t.Error("an inspection counts as the customer's visit")
	}
	if e, _ = c.Day(t.Context(), manager(), c.today(1)); e.Items[0].State != visits.Planned {
		t.Errorf("the owner's stop is %s", e.Items[0].State)
	}
}

// feature: Z5.4.3-c
func TestLateApprovedOlderVisitDoesNotMoveTheLastBack(t *testing.T) {
	c := newCompany(t)
	ctx, me := t.Context(), sales(1)
	p, err := c.Policy(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p.ApproveLate = true
	if err := c.SetPolicy(ctx, manager(), c.key(), p); err != nil {
		t.Fatal(err)
	}
	c.clock.Advance(30 * time.Hour)
	now := c.visit(t, me, 101, 20)
	in := c.door(101)
	in.Late, in.Fix.At = true, c.clock.Now().Add(-28*time.Hour)
	old, err := c.CheckIn(ctx, me, c.key(), in)
	if err != nil || old.Date != now.Date.Add(-1) {
		t.Fatalf("%v %v", old.Date, err)
	}
	out := visits.CheckOut{Visit: old.ID, Late: true, Fix: &visits.Fix{
		Point: in.Fix.Point, Accuracy: 10, At: in.Fix.At.Add(25 * time.Minute),
	}}
	old, err = c.CheckOut(ctx, me, c.key(), out)
	if err != nil || old.State != visits.Pending || old.OnSite() != 25*time.Minute {
		t.Fatalf("%v %v %v", old.State, old.OnSite(), err)
	}
	if c.effects.count[101] != 1 {
		t.Fatal("a pending visit counts")
	}
	if _, err := c.Decide(ctx, me, c.key(), visits.Decision{Visit: old.ID, Verdict: visits.Approve}); !errors.Is(err, visits.ErrDenied) {
		t.Errorf("approved one's own visit: %v", err)
	}
	key := c.key()
	for range 3 {
		if _, err := c.Decide(ctx, manager(), key, visits.Decision{Visit: old.ID, Verdict: visits.Approve}); err != nil {
			t.Fatal(err)
		}
	}
	if c.effects.count[101] != 2 || c.effects.last[101].ID != now.ID {
		t.Errorf("count %d, last %+v", c.effects.count[101], c.effects.last[101])
	}
	void := visits.Decision{Visit: now.ID, Verdict: visits.Annul, Reason: "photo of another shop"}
	if _, err := c.Decide(ctx, manager(), c.key(), void); err != nil {
		t.Fatal(err)
	}
	if c.effects.count[101] != 1 || c.effects.last[101].ID != old.ID {
		t.Errorf("after voiding: count %d, last %+v", c.effects.count[101], c.effects.last[101])
	}
}

func TestReplayedCommandsDoNothingMore(t *testing.T) {
	c := newCompany(t)
	ctx, me := t.Context(), sales(1)
	in, key, out := c.door(101), c.key(), c.key()
	var id business.VisitID
	for range 20 {
		v, err := c.CheckIn(ctx, me, key, in)
		if err != nil || id != 0 && v.ID != id {
			t.Fatalf("%v %v", v.ID, err)
		}
		id = v.ID
		c.clock.Advance(time.Second)
	}
	for range 20 {
		if _, err := c.CheckOut(ctx, me, out, visits.CheckOut{Visit: id}); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := c.CountVisits(ctx, me, visits.Filter{}); err != nil || n != 1 || c.effects.count[101] != 1 {
		t.Errorf("%d visits, counted %d times, %v", n, c.effects.count[101], err)
	}
	if _, err := c.CheckIn(ctx, me, key, c.door(102)); !errors.Is(err, idem.ErrKeyReused) {
		t.Errorf("key with another request: %v", err)
	}
	if _, err := c.CheckIn(ctx, me, "", c.door(102)); !errors.Is(err, idem.ErrKeyMissing) {
		t.Errorf("no key: %v", err)
	}
}

func TestAFailingNeighbourUndoesTheCheckOut(t *testing.T) {
	c := newCompany(t)
	ctx, me := t.Context(), sales(1)
	v, err := c.CheckIn(ctx, me, c.key(), c.door(101))
	if err != nil {
		t.Fatal(err)
	}
	c.effects.fail = errors.New("crm is down")
	key := c.key()
	if _, err := c.CheckOut(ctx, me, key, visits.CheckOut{Visit: v.ID}); err == nil {
		t.Fatal("checked out without its effects")
	}
	if row, _ := c.Visit(ctx, me, v.ID); row.State != visits.Open {
		t.Errorf("the visit is %s", row.State)
	}
	c.effects.fail = nil
	if _, err := c.CheckOut(ctx, me, key, visits.CheckOut{Visit: v.ID}); err != nil {
		t.Errorf("the same key again: %v", err)
	}
}

// lostTracks cannot be read: those of one person, or everybody's.
type lostTracks struct{ of business.PersonID }

func (l lostTracks) Traces(
	_ context.Context, p business.PersonID, _, _ time.Time,
) ([]visits.Trace, error) {
	if l.of != 0 && l.of != p {
		return nil, nil
	}
	return nil, errors.New("the tracks cannot be read")
}

// A visit that cannot be judged counts all the same, and is judged when it can be: a
// phone must not send its check-out again and again.
func TestAVisitThatCannotBeJudgedStands(t *testing.T) {
	c := newCompany(t)
	ctx, me := t.Context(), sales(1)
	c.Tracks = lostTracks{}
	v := c.visit(t, me, 101, 20)
	if v.State != visits.Valid || v.Truth != nil || c.effects.count[101] != 1 {
		t.Fatalf("the visit is %s, judged %v, counted %d times", v.State, v.Truth, c.effects.count[101])
	}
	if n, err := c.JudgeLeft(ctx); err == nil || n != 0 {
		t.Errorf("%d were judged without tracks: %v", n, err)
	}
	c.visit(t, sales(2), 201, 20)
	c.Tracks = lostTracks{1} // the first of the two holds up no other
	if n, err := c.JudgeLeft(ctx); err == nil || n != 1 {
		t.Errorf("%d were judged, want the other: %v", n, err)
	}
	c.Tracks = nil
	for want := 1; want >= 0; want-- {
		if n, err := c.JudgeLeft(ctx); err != nil || n != want {
			t.Errorf("%d were judged, want %d: %v", n, want, err)
		}
	}
	if row, err := c.Visit(ctx, me, v.ID); err != nil || row.Truth == nil || *row.Truth != 95 {
		t.Errorf("judged %+v: %v", row, err)
	}
}

func TestForgottenCheckOut(t *testing.T) {
	c := newCompany(t)
	ctx, me := t.Context(), sales(1)
	c.save(t, 0, 101, 102)
	c.publish(t)
	v, err := c.CheckIn(ctx, me, c.key(), c.door(101))
	if err != nil {
		t.Fatal(err)
	}
	if e := c.onPhone(t); e.Items[0].State != visits.CheckedIn || e.Items[0].Visit != v.ID {
		t.Errorf("%+v", e.Items[0].Stop)
	}
	if n, err := c.AbandonStale(ctx); err != nil || n != 0 {
		t.Errorf("today's visit was abandoned: %d %v", n, err)
	}
	c.clock.Advance(24 * time.Hour)
	if _, err := c.CheckIn(ctx, me, c.key(), c.door(102)); err != nil {
		t.Fatalf("the next day: %v", err)
	}
	if row, _ := c.Visit(ctx, me, v.ID); row.State != visits.Abandoned {
		t.Errorf("the forgotten visit is %s", row.State)
	}
	c.clock.Advance(24 * time.Hour)
	if n, err := c.AbandonStale(ctx); err != nil || n != 1 {
		t.Errorf("the job abandoned %d, %v", n, err)
	}
	if c.effects.count[101]+c.effects.count[102] != 0 {
		t.Error("a visit without check-out counts")
	}
}

// A check-out without network that arrives when the visit was given up closes it all
// the same, at the time at which it was made; one of a visit taken back does not.
func TestALateCheckOutFindsTheForgottenVisit(t *testing.T) {
	c := newCompany(t)
	ctx, me := t.Context(), sales(1)
	for _, byJob := range []bool{true, false} {
		v, err := c.CheckIn(ctx, me, c.key(), c.door(101))
		if err != nil {
			t.Fatal(err)
		}
		left := c.clock.Now().Add(25 * time.Minute)
		c.clock.Advance(20 * time.Hour) // past midnight
		if byJob {
			_, err = c.AbandonStale(ctx)
		} else {
			_, err = c.CheckIn(ctx, me, c.key(), c.door(102))
		}
		if err != nil {
			t.Fatal(err)
		}
		out := visits.CheckOut{Visit: v.ID, LeftAt: left, SentAt: c.clock.Now()}
		if _, err := c.CheckOut(ctx, me, c.key(), out); !errors.Is(err, visits.ErrNotOpen) {
			t.Errorf("checked out of yesterday's visit today: %v", err)
		}
		out.Late = true
		for _, left := range []time.Time{{}, c.clock.Now().Add(-time.Minute)} {
			late := visits.CheckOut{Visit: v.ID, Late: true, LeftAt: left, SentAt: c.clock.Now()}
			if _, err := c.CheckOut(ctx, me, c.key(), late); !errors.Is(err, visits.ErrNotOpen) {
				t.Errorf("left yesterday's visit today, at %v: %v", left, err)
			}
		}
		key := c.key()
		for range 2 {
			v, err = c.CheckOut(ctx, me, key, out)
			if err != nil || v.State != visits.Valid || v.OnSite() != 25*time.Minute || v.Forgotten {
				t.Errorf("by the job %v: %s after %v, %v", byJob, v.State, v.OnSite(), err)
			}
		}
	}
	if c.effects.count[101] != 2 {
		t.Errorf("%d visits count", c.effects.count[101])
	}
	c.clock.Advance(24 * time.Hour)
	v, err := c.CheckIn(ctx, me, c.key(), c.door(103))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Cancel(ctx, me, c.key(), v.ID); err != nil {
		t.Fatal(err)
	}
	_, err = c.CheckOut(ctx, me, c.key(), visits.CheckOut{Visit: v.ID, Late: true})
	if !errors.Is(err, visits.ErrNotOpen) {
		t.Errorf("checked out of a visit that was taken back: %v", err)
	}
}

func TestCancelledCheckInIsPlannedAgain(t *testing.T) {
	c := newCompany(t)
	ctx, me := t.Context(), sales(1)
	c.save(t, 0, 102, 101)
	c.publish(t)
	v, err := c.CheckIn(ctx, me, c.key(), c.door(101))
	if err != nil {
		t.Fatal(err)
	}
	if e := c.onPhone(t); e.Items[0].Customer != 101 {
		t.Error("what is driven comes first")
	}
	if _, err := c.Cancel(ctx, me, c.key(), v.ID); err != nil {
		t.Fatal(err)
	}
	if e := c.onPhone(t); e.Items[1].Customer != 101 || e.Items[1].State != visits.Planned {
		t.Errorf("%+v", e.Items[1].Stop)
	}
	c.visit(t, me, 101, 5) // the day still allows one
}

func TestUnplannedCallJoinsTheDay(t *testing.T) {
	c := newCompany(t)
	c.save(t, 0, 101, 102)
	c.publish(t)
	c.visit(t, sales(1), 107, 10)
	e := c.onPhone(t)
	if len(e.Items) != 3 || e.Items[0].Customer != 107 || e.Items[0].State != visits.Done {
		t.Errorf("%v", customerIDs(e.Stops))
	}
	if e.Status != visits.Published {
		t.Errorf("the day is %s", e.Status)
	}
	c.visit(t, sales(2), 201, 10) // without any plan it is a visit all the same
}

func TestWhoIsSentToAForeignCustomerMayCheckIn(t *testing.T) {
	c := newCompany(t)
	order := visits.Assignment{Person: 1, Customer: 201}
	if _, err := c.Assign(t.Context(), manager(), c.key(), order); err != nil {
		t.Fatal(err)
	}
	v := c.visit(t, sales(1), 201, 10)
	if v.Stop == 0 || c.effects.count[201] != 1 {
		t.Errorf("%+v", v)
	}
}

func TestCheckInFindsACustomerWithoutPosition(t *testing.T) {
	c := newCompany(t)
	here := geodesic.Destination(office, 45, 1234)
	c.sites[109] = visits.Site{ID: 109, Owner: 1}
	in := visits.CheckIn{Customer: 109, Fix: visits.Fix{Point: here, Accuracy: 12, At: c.clock.Now()}}
	v, err := c.CheckIn(t.Context(), sales(1), c.key(), in)
	if err != nil || v.In.Distance != nil {
		t.Fatalf("%+v %v", v, err)
	}
	if len(c.effects.found) != 1 || c.effects.found[0] != here {
		t.Errorf("found at %v", c.effects.found)
	}
}

// feature: Z5.4.3-a
func TestHistoryAtACustomer(t *testing.T) {
	c := newCompany(t)
	c.visit(t, sales(1), 101, 10)
	c.visit(t, manager(), 101, 10)
	c.visit(t, sales(1), 102, 10)
	rows, next, err := c.Visits(t.Context(), sales(1), visits.Filter{Customer: 101})
	if err != nil || next != nil || len(rows) != 2 {
		t.Fatalf("%+v %v", rows, err)
	}
	if rows[0].PersonName != "Person 8" || rows[0].CustomerName != "Customer 101" {
		t.Errorf("%+v", rows[0])
	}
	if _, err := c.Visit(t.Context(), sales(1), rows[0].ID); err != nil {
		t.Errorf("another's visit at my customer: %v", err)
	}
	if _, err := c.Visit(t.Context(), sales(2), rows[0].ID); !errors.Is(err, visits.ErrNoVisit) {
		t.Errorf("a stranger's: %v", err)
	}
	foreign, _, err := c.Visits(t.Context(), sales(2), visits.Filter{Person: 1})
	if err != nil || len(foreign) != 0 {
		t.Errorf("2 sees %+v %v", foreign, err)
	}
}

func TestVisitsPageWithoutGapsOrRepeats(t *testing.T) {
	c := newCompany(t)
	for i := range 10 {
		c.visit(t, sales(1), business.CustomerID(101+i), 0) // many at the same instant
	}
	seen := map[business.VisitID]bool{}
	f := visits.Filter{Limit: 3}
	for {
		rows, next, err := c.Visits(t.Context(), manager(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if seen[r.ID] {
				t.Errorf("visit %d twice", r.ID)
			}
			seen[r.ID] = true
		}
		if next == nil {
			break
		}
		f.After = *next
	}
	if len(seen) != 10 {
		t.Errorf("%d of 10 visits", len(seen))
	}
}
