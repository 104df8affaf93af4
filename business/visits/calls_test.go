package visits_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/visits"
	"beatplan/internal/db"
	"beatplan/internal/idem"
)

func (c *company) open(t *testing.T, in visits.NewCall) visits.Call {
	t.Helper()
	call, err := c.OpenCall(t.Context(), manager(), c.key(), in)
	if err != nil {
		t.Fatal(err)
	}
	return call
}

func (c *company) call(t *testing.T, id int64) visits.ShownCall {
	t.Helper()
	call, err := c.CallByID(t.Context(), manager(), id)
	if err != nil {
		t.Fatal(err)
	}
	return call
}

// give sends somebody to a call that nobody has.
func (c *company) give(t *testing.T, id int64, to business.PersonID) visits.Call {
	t.Helper()
	call, err := c.SendToCall(t.Context(), manager(), c.key(), id, visits.Sending{Person: to})
	if err != nil {
		t.Fatal(err)
	}
	return call
}

// A call waits for everybody who may see it, goes to one person with what it asks for,
// and is done when that person has been there.
// feature: Y36
func TestACallWaitsIsGivenAndIsDoneByTheVisit(t *testing.T) {
	c := newCompany(t)
	ctx := t.Context()
	c.save(t, 0, 101, 102, 103)
	c.publish(t)
	from, until := c.clock.Now().Add(2*time.Hour), c.clock.Now().Add(4*time.Hour)
	in := visits.NewCall{
		Customer: 105, Skill: " cooling ", Note: "leak", Priority: visits.Urgent,
		Need: visits.Need{Service: 45 * time.Minute, From: &from, Until: &until},
	}
	key := c.key()
	var call visits.Call
	for range 2 { // replayed
		var err error
		if call, err = c.OpenCall(ctx, manager(), key, in); err != nil {
			t.Fatal(err)
		}
	}
	board, total, err := c.Board(ctx, manager())
	if err != nil || total != 1 || len(board) != 1 || board[0].ID != call.ID ||
		board[0].State != visits.CallOpen || board[0].Skill != "cooling" ||
		board[0].Site.Name != "Customer 105" || board[0].OpenerName != "Person 8" {
		t.Fatalf("board %+v, %d, %v", board, total, err)
	}
	shown, err := c.PreviewCall(ctx, manager(), call.ID, 1)
	if err != nil || len(shown.Best.Items) != 4 {
		t.Fatalf("shown %d, %v", len(shown.Best.Items), err)
	}
	to := visits.Sending{Person: 1, Version: shown.Current.Version}
	for _, it := range shown.Best.Items {
		to.Order = append(to.Order, it.ID)
	}
	if call, err = c.SendToCall(ctx, manager(), c.key(), call.ID, to); err != nil {
		t.Fatal(err)
	}
	if call.State != visits.CallAssigned || call.Person != 1 || call.AssignedBy != 8 ||
		call.StopState != visits.Planned || call.Day != c.Today() {
		t.Errorf("given: %+v", call)
	}
	day, err := c.Day(ctx, phone(sales(1)), c.today(1))
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(day.Items, func(it visits.Item) bool { return it.ID == call.Stop })
	if it := day.Items[at]; it.Note != "leak" || it.Site.Service != 45*time.Minute ||
		len(it.Windows) != 1 || !it.Windows[0].Open.Equal(from) || it.Timed.Begin.Before(from) {
		t.Errorf("on the phone: %+v", it)
	}
	c.clock.Set(from)
	c.visit(t, sales(1), 105, 30)
	if got := c.call(t, call.ID); got.State != visits.CallDone || got.ClosedBy != 1 ||
		got.ClosedAt == nil || got.StopState != visits.Done {
		t.Errorf("after the visit: %+v", got.Call)
	}
	if board, total, _ := c.Board(ctx, manager()); len(board) != 0 || total != 0 {
		t.Errorf("board afterwards: %+v", board)
	}
	closed, more, err := c.ClosedCalls(ctx, manager(), visits.CallPage{Limit: 1})
	if err != nil || more || len(closed) != 1 || closed[0].CloserName != "Person 1" {
		t.Errorf("closed: %+v, %v", closed, err)
	}
}

// Of two dispatchers who give the same call away at once one wins; the other is told so
// and nobody's phone shows it twice.
func TestOfTwoDispatchersAtOnceOneGivesTheCall(t *testing.T) {
	c := newCompany(t)
	c.save(t, 0, 101)
	c.publish(t)
	for range 4 {
		call := c.open(t, visits.NewCall{Point: &orb.Point{-75.5, 39.7}, Title: "pump"})
		var all sync.WaitGroup
		faults := make([]error, 4)
		for i := range faults {
			key := idem.Key("race-" + string(c.key()))
			all.Go(func() {
				to := visits.Sending{Person: business.PersonID(1 + i%2)}
				_, faults[i] = c.SendToCall(context.WithoutCancel(t.Context()), manager(), key, call.ID, to)
			})
		}
		all.Wait()
		won := 0
		for _, err := range faults {
			if err == nil {
				won++
			} else if !errors.Is(err, visits.ErrCallTaken) {
				t.Errorf("the other: %v", err)
			}
		}
		sent, err := c.Dispatches(t.Context(), manager(), c.Today())
		if err != nil || won != 1 || len(sent) != 1 {
			t.Errorf("%d won, %d on phones, %v", won, len(sent), err)
		}
		if _, err := c.CloseCall(t.Context(), manager(), c.key(), call.ID, "by telephone"); err != nil {
			t.Fatal(err)
		}
		if sent, _ := c.Dispatches(t.Context(), manager(), c.Today()); len(sent) != 0 {
			t.Errorf("closed, and still on a phone: %+v", sent)
		}
	}
}

// A call that is closed while somebody else gives it away is on nobody's phone
// afterwards, whoever came first.
func TestAClosedCallIsOnNoPhone(t *testing.T) {
	c := newCompany(t)
	ctx := context.WithoutCancel(t.Context())
	c.save(t, 0, 101)
	c.publish(t)
	call := c.open(t, visits.NewCall{Point: &orb.Point{-75.5, 39.7}, Title: "pump"})
	var all sync.WaitGroup
	err := c.DB.InTx(ctx, func(tx db.Tx) error {
		if _, err := tx.Exec(ctx, `select from visits.call for update`); err != nil {
			return err
		}
		waiting := func(n int, run func()) {
			all.Go(run)
			for have := 0; have < n; {
				if err := c.DB.QueryRow(ctx, `select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock'`).Scan(&have); err != nil {
					t.Fatal(err)
				}
			}
		}
		give, end := c.key(), c.key()
		waiting(1, func() {
			if _, err := c.SendToCall(ctx, manager(), give, call.ID, visits.Sending{Person: 1}); err != nil {
				t.Error(err)
			}
		})
		waiting(2, func() {
			if _, err := c.CloseCall(ctx, manager(), end, call.ID, ""); err != nil {
				t.Error(err)
			}
		})
		return nil
	})
	all.Wait()
	if sent, err2 := c.Dispatches(ctx, manager(), c.Today()); err != nil || err2 != nil || len(sent) != 0 {
		t.Errorf("%v, %v, on phones: %+v", err, err2, sent)
	}
}

// Two calls at one place are two stops, and each is answered by itself.
func TestTwoCallsAtOnePlaceAreTwoStops(t *testing.T) {
	c := newCompany(t)
	c.save(t, 0, 101)
	c.publish(t)
	at := &orb.Point{-75.5, 39.7}
	pump := c.give(t, c.open(t, visits.NewCall{Point: at, Title: "pump"}).ID, 1)
	door := c.give(t, c.open(t, visits.NewCall{Point: at, Title: "door"}).ID, 1)
	if pump.Stop == door.Stop {
		t.Fatalf("both are stop %d", pump.Stop)
	}
	if _, err := c.WithdrawCall(t.Context(), manager(), c.key(), door.ID, "it opened"); err != nil {
		t.Fatal(err)
	}
	if got := c.call(t, pump.ID); got.State != visits.CallAssigned || got.Stop != pump.Stop {
		t.Errorf("the other: %+v", got.Call)
	}
}

// What is decided about a visit of the morning says nothing of a call of the afternoon.
func TestADecisionLeavesALaterCall(t *testing.T) {
	c := newCompany(t)
	ctx := t.Context()
	p, err := c.Policy(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p.ApproveLate = true
	if err := c.SetPolicy(ctx, manager(), c.key(), p); err != nil {
		t.Fatal(err)
	}
	first := c.give(t, c.open(t, visits.NewCall{Customer: 105}).ID, 1)
	in := c.door(105)
	in.Late = true
	c.clock.Advance(time.Hour)
	v, err := c.CheckIn(ctx, sales(1), c.key(), in)
	if err != nil {
		t.Fatal(err)
	}
	out := visits.CheckOut{Visit: v.ID, Late: true, Fix: &visits.Fix{
		Point: in.Fix.Point, Accuracy: 10, At: in.Fix.At.Add(25 * time.Minute),
	}}
	if v, err = c.CheckOut(ctx, sales(1), c.key(), out); err != nil || v.State != visits.Pending {
		t.Fatalf("%v, %v", v.State, err)
	}
	again := c.give(t, c.open(t, visits.NewCall{Customer: 105}).ID, 1)
	yes := visits.Decision{Visit: v.ID, Verdict: visits.Approve}
	if _, err := c.Decide(ctx, manager(), c.key(), yes); err != nil {
		t.Fatal(err)
	}
	if got := c.call(t, first.ID); got.State != visits.CallDone {
		t.Errorf("the first: %+v", got.Call)
	}
	if got := c.call(t, again.ID); got.State != visits.CallAssigned || got.StopState != visits.Planned {
		t.Errorf("the second, to which nobody went: %+v", got.Call)
	}
}

// A call at a customer that turns out to be another is seen by whose that one is; what
// was opened once is opened once, also when it is asked again after its time.
func TestACallGoesWithItsCustomer(t *testing.T) {
	c := newCompany(t)
	ctx := t.Context()
	until := c.clock.Now().Add(time.Hour)
	in, key := visits.NewCall{Customer: 105, Need: visits.Need{Until: &until}}, c.key()
	var ids []int64
	for range 2 {
		call, err := c.OpenCall(ctx, manager(), key, in)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, call.ID)
		c.clock.Advance(2 * time.Hour)
	}
	if ids[0] != ids[1] {
		t.Errorf("opened twice: %v", ids)
	}
	by := c.sites[201]
	if by.Owner == c.sites[105].Owner {
		t.Fatal("both customers are of one person")
	}
	if err := c.DB.InTx(ctx, func(tx db.Tx) error {
		return c.Replace(ctx, tx, manager(), 105, 201)
	}); err != nil {
		t.Fatal(err)
	}
	if got := c.call(t, ids[0]); got.Customer != 201 || got.Owner != by.Owner {
		t.Errorf("merged: %+v", got.Call)
	}
}

// What the state machine refuses changes nothing.
func TestTheBoardRefuses(t *testing.T) {
	c := newCompany(t)
	ctx := t.Context()
	past := c.clock.Now().Add(-time.Minute)
	later := c.clock.Now().Add(time.Hour)
	p := &orb.Point{-75.5, 39.7}
	for name, fault := range map[string]struct {
		in   visits.NewCall
		want error
	}{
		"nowhere":   {visits.NewCall{}, visits.ErrCallInvalid},
		"both":      {visits.NewCall{Customer: 101, Point: p, Title: "x"}, visits.ErrCallInvalid},
		"nameless":  {visits.NewCall{Point: p}, visits.ErrCallInvalid},
		"over":      {visits.NewCall{Customer: 101, Need: visits.Need{Until: &past}}, visits.ErrCallInvalid},
		"backwards": {visits.NewCall{Customer: 101, Need: visits.Need{From: &later, Until: &later}}, visits.ErrCallInvalid},
		"too long":  {visits.NewCall{Customer: 101, Need: visits.Need{Service: 13 * time.Hour}}, visits.ErrCallInvalid},
		"urgency":   {visits.NewCall{Customer: 101, Priority: 3}, visits.ErrCallInvalid},
		"foreign":   {visits.NewCall{Customer: 999}, visits.ErrNoCustomer},
	} {
		if _, err := c.OpenCall(ctx, manager(), c.key(), fault.in); !errors.Is(err, fault.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	call := c.open(t, visits.NewCall{Customer: 101})
	send := func(by visits.Caller, to visits.Sending) error {
		return second(c.SendToCall(ctx, by, c.key(), call.ID, to))
	}
	one := visits.Sending{Person: 1}
	for name, fault := range map[string]struct{ got, want error }{
		"a stranger reads":     {second(c.CallByID(ctx, stranger(), call.ID)), visits.ErrNoCall},
		"a stranger sends":     {send(stranger(), visits.Sending{Person: 9}), visits.ErrNoCall},
		"a stranger withdraws": {second(c.WithdrawCall(ctx, stranger(), c.key(), call.ID, "x")), visits.ErrNoCall},
		"a stranger closes":    {second(c.CloseCall(ctx, stranger(), c.key(), call.ID, "")), visits.ErrNoCall},
		"a stranger previews":  {second(c.PreviewCall(ctx, stranger(), call.ID, 1)), visits.ErrNoCall},
		"nobody":               {send(manager(), visits.Sending{Person: 77}), visits.ErrNoDay},
		"who left":             {send(manager(), visits.Sending{Person: 3}), visits.ErrNoDay},
		"no reason":            {second(c.WithdrawCall(ctx, manager(), c.key(), call.ID, " ")), visits.ErrReasonMissing},
		"seen with another":    {send(manager(), visits.Sending{Person: 1, From: 2}), visits.ErrCallTaken},
		"an old day":           {send(manager(), visits.Sending{Person: 1, Order: []int64{0}, Version: 7}), visits.ErrChanged},
	} {
		if !errors.Is(fault.got, fault.want) {
			t.Errorf("%s: %v", name, fault.got)
		}
	}
	if board, total, err := c.Board(ctx, stranger()); err != nil || total != 0 || len(board) != 0 {
		t.Errorf("a stranger's board %+v, %v", board, err)
	}
	if got := c.call(t, call.ID); got.Call != call {
		t.Errorf("what was refused changed it: %+v", got.Call)
	}
	c.give(t, call.ID, 1)
	for name, fault := range map[string]struct{ got, want error }{
		"taken":       {send(manager(), visits.Sending{Person: 2}), visits.ErrCallTaken},
		"has it":      {send(manager(), visits.Sending{Person: 1, From: 1}), visits.ErrPlanInvalid},
		"second time": {send(manager(), one), visits.ErrCallTaken},
	} {
		if !errors.Is(fault.got, fault.want) {
			t.Errorf("%s: %v", name, fault.got)
		}
	}
	if _, err := c.CheckIn(ctx, sales(1), c.key(), c.door(101)); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"re-assigned": send(manager(), visits.Sending{Person: 2, From: 1}),
		"withdrawn":   second(c.WithdrawCall(ctx, manager(), c.key(), call.ID, "too late")),
		"closed":      second(c.CloseCall(ctx, manager(), c.key(), call.ID, "")),
	} {
		if !errors.Is(err, visits.ErrStopDriven) {
			t.Errorf("%s while somebody is there: %v", name, err)
		}
	}
}

// However a call leaves somebody's day, the board knows who has it.
func TestTheBoardFollowsTheDay(t *testing.T) {
	c := newCompany(t)
	ctx := t.Context()
	c.save(t, 0, 101)
	c.publish(t)
	call := c.open(t, visits.NewCall{Customer: 105, Note: "leak", Need: visits.Need{Service: time.Hour}})
	given := c.give(t, call.ID, 1)
	again, err := c.SendToCall(ctx, manager(), c.key(), call.ID, visits.Sending{Person: 2, From: 1})
	if err != nil || again.Person != 2 || again.Stop == given.Stop {
		t.Fatalf("re-assigned on the board: %+v, %v", again, err)
	}
	if got := customerIDs(c.onPhone(t).Stops); !slices.Equal(got, []business.CustomerID{101}) {
		t.Errorf("the first phone shows %v", got)
	}
	if _, err := c.Reassign(ctx, manager(), c.key(), again.Stop, visits.Assignment{Person: 1}); err != nil {
		t.Fatal(err)
	}
	got := c.call(t, call.ID)
	if got.State != visits.CallAssigned || got.Person != 1 || got.StopState != visits.Planned {
		t.Errorf("re-assigned as a stop: %+v", got.Call)
	}
	if _, err := c.Withdraw(ctx, manager(), c.key(), got.Stop); err != nil {
		t.Fatal(err)
	}
	if got := c.call(t, call.ID); got.State != visits.CallOpen || got.Person != 0 {
		t.Errorf("withdrawn as a stop: %+v", got.Call)
	}
	c.give(t, call.ID, 1)
	h := visits.Handover{Customer: 105, From: 1, To: 2, Since: c.Today()}
	if err := c.DB.InTx(ctx, func(tx db.Tx) error {
		return second(c.HandOver(ctx, tx, manager(), h))
	}); err != nil {
		t.Fatal(err)
	}
	got = c.call(t, call.ID)
	if got.State != visits.CallAssigned || got.Person != 2 || got.Owner != 2 || got.Need.Service != time.Hour {
		t.Errorf("handed over with its customer: %+v", got.Call)
	}
	c.clock.Advance(24 * time.Hour) // nobody went
	if got := c.call(t, call.ID); got.State != visits.CallAssigned || !got.Day.Before(c.Today()) {
		t.Errorf("the next morning: %+v", got.Call)
	}
	for _, to := range []visits.Sending{{Person: 2, From: 2}, {Person: 1, From: 2}} {
		next, err := c.SendToCall(ctx, manager(), c.key(), call.ID, to)
		if err != nil || next.Day != c.Today() || next.Person != to.Person {
			t.Errorf("given to %d the next morning: %+v, %v", to.Person, next, err)
		}
	}
	if _, err := c.WithdrawCall(ctx, manager(), c.key(), call.ID, "mended itself"); err != nil {
		t.Fatal(err)
	}
	if got := c.call(t, call.ID); got.State != visits.CallWithdrawn || got.Reason != "mended itself" ||
		got.ClosedBy != 8 {
		t.Errorf("withdrawn: %+v", got.Call)
	}
	if list, err := c.Dispatches(ctx, manager(), c.Today()); err != nil || len(list) != 0 {
		t.Errorf("on phones: %+v, %v", list, err)
	}
	for name, err := range map[string]error{
		"withdrawn": second(c.WithdrawCall(ctx, manager(), c.key(), call.ID, "again")),
		"closed":    second(c.CloseCall(ctx, manager(), c.key(), call.ID, "")),
		"given":     second(c.SendToCall(ctx, manager(), c.key(), call.ID, visits.Sending{Person: 1})),
		"previewed": second(c.PreviewCall(ctx, manager(), call.ID, 1)),
	} {
		if !errors.Is(err, visits.ErrCallClosed) {
			t.Errorf("%s after the end: %v", name, err)
		}
	}
}

// Every step of a call is on the trail and goes to whoever may see it, and to no others.
func TestTheStepsOfACallAreRecordedAndTold(t *testing.T) {
	c := newCompany(t)
	trail := &kept{}
	c.Audit = trail
	call := c.open(t, visits.NewCall{Customer: 201})
	c.give(t, call.ID, 1)
	if _, err := c.WithdrawCall(t.Context(), manager(), c.key(), call.ID, "no need"); err != nil {
		t.Fatal(err)
	}
	var steps, told []string
	for _, a := range trail.actions {
		if a != "visits.day.assigned" && a != "visits.day.withdrawn" {
			steps = append(steps, a)
		}
	}
	for i, topic := range c.told.topics {
		if topic == visits.TopicCall {
			told = append(told, c.told.notices[i].What)
		}
	}
	want := []string{"opened", "assigned", "reopened", "withdrawn"}
	if !slices.Equal(told, want) {
		t.Errorf("told %v", told)
	}
	for i, w := range want {
		if len(steps) != len(want) || steps[i] != "visits.call."+w {
			t.Errorf("trail %v", steps)
		}
	}
}

// What people can do is kept in the company's words; a leader says it.
func TestSkillsAreKeptAndAskedFor(t *testing.T) {
	c := newCompany(t)
	ctx := t.Context()
	set := visits.Skills{Person: 1, Names: []string{"wiring", " cooling", "wiring", ""}}
	if _, err := c.SetSkills(ctx, manager(), c.key(), set); err != nil {
		t.Fatal(err)
	}
	all, err := c.Skills(ctx, manager())
	if err != nil || len(all) != 1 || all[0].Person != 1 ||
		!slices.Equal(all[0].Names, []string{"cooling", "wiring"}) {
		t.Errorf("skills %+v, %v", all, err)
	}
	if all, err := c.Skills(ctx, stranger()); err != nil || len(all) != 0 {
		t.Errorf("a stranger reads %+v, %v", all, err)
	}
	if who, err := c.Skilled(ctx, "cooling", []int64{1, 2}); err != nil || len(who) != 1 || !who[1] {
		t.Errorf("who can: %v, %v", who, err)
	}
	if _, err := c.SetSkills(ctx, stranger(), c.key(), set); !errors.Is(err, visits.ErrNoDay) {
		t.Errorf("a stranger: %v", err)
	}
	if _, err := c.SetSkills(ctx, sales(1), c.key(), set); !errors.Is(err, visits.ErrDenied) {
		t.Errorf("oneself: %v", err)
	}
	if err := c.DB.InTx(ctx, func(tx db.Tx) error { return visits.ForgetSkills(ctx, tx, 1) }); err != nil {
		t.Fatal(err)
	}
	if all, _ := c.Skills(ctx, manager()); len(all) != 0 {
		t.Errorf("after erasure: %+v", all)
	}
}
