package visits_test

import (
	"errors"
	"slices"
	"testing"

	"beatplan/business"
	"beatplan/business/visits"
	"beatplan/internal/db"
)

// What is shown before a dispatch is what the phone shows after it: the driven stop
// stays in front and all that is still to come is in the best order.
func TestADispatchInTheBestOrderIsWhatWasShown(t *testing.T) {
	c := newCompany(t)
	ctx := t.Context()
	c.save(t, 0, 101, 102, 103, 104)
	c.publish(t)
	c.visit(t, sales(1), 103, 10)
	before := c.onPhone(t)
	order := visits.Assignment{Person: 1, Customer: 105}
	p, err := c.PreviewAssign(ctx, manager(), order)
	if err != nil {
		t.Fatal(err)
	}
	if got := customerIDs(p.Current.Stops); len(got) != 5 || got[0] != 103 || got[1] != 105 {
		t.Errorf("next: %v", got)
	}
	if got := c.onPhone(t); !slices.Equal(customerIDs(got.Stops), customerIDs(before.Stops)) ||
		got.Version != before.Version {
		t.Errorf("a preview changed the day: %v", customerIDs(got.Stops))
	}
	var shown []business.CustomerID
	for _, it := range p.Best.Items {
		shown, order.Order = append(shown, it.Customer), append(order.Order, it.ID)
	}
	if shown[0] != 103 || p.Best.Totals.Drive >= p.Current.Totals.Drive {
		t.Errorf("best: %v, %v against %v", shown, p.Best.Totals.Drive, p.Current.Totals.Drive)
	}
	order.Version = p.Current.Version - 1
	if _, err := c.Assign(ctx, manager(), c.key(), order); !errors.Is(err, visits.ErrChanged) {
		t.Errorf("an order for another version: %v", err)
	}
	order.Version = p.Current.Version
	if _, err := c.Assign(ctx, manager(), c.key(), order); err != nil {
		t.Fatal(err)
	}
	if got := customerIDs(c.onPhone(t).Stops); !slices.Equal(got, shown) {
		t.Errorf("shown %v, on the phone %v", shown, got)
	}
	if desk, _ := c.Day(ctx, manager(), c.today(1)); desk.Status != visits.Published ||
		!slices.Equal(customerIDs(desk.Stops), shown) {
		t.Errorf("at the desk %s %v", desk.Status, customerIDs(desk.Stops))
	}
}

// A call goes from one phone to another in one step, and off it again; who may not
// see it, or comes when it was driven, changes nothing.
func TestACallIsReassignedAndWithdrawn(t *testing.T) {
	c := newCompany(t)
	ctx := t.Context()
	d := c.save(t, 0, 101, 102)
	c.publish(t)
	call, err := c.Assign(ctx, manager(), c.key(), visits.Assignment{Person: 1, Customer: 105, Note: "leak"})
	if err != nil {
		t.Fatal(err)
	}
	two := visits.Assignment{Person: 2}
	key := c.key()
	var given visits.Stop
	for range 2 { // replayed
		if given, err = c.Reassign(ctx, manager(), key, call.ID, two); err != nil {
			t.Fatal(err)
		}
	}
	if got := customerIDs(c.onPhone(t).Stops); !slices.Equal(got, []business.CustomerID{101, 102}) {
		t.Errorf("the first phone shows %v", got)
	}
	list, err := c.Dispatches(ctx, manager(), c.Today())
	if err != nil || len(list) != 1 || list[0].Person != 2 || list[0].Note != "leak" ||
		list[0].Site.Name != "Customer 105" || list[0].ID != given.ID || list[0].PersonName == "" {
		t.Errorf("calls %+v, %v", list, err)
	}
	if list, err := c.Dispatches(ctx, stranger(), c.Today()); err != nil || len(list) != 0 {
		t.Errorf("a stranger sees %+v, %v", list, err)
	}
	for name, fault := range map[string]struct{ got, want error }{
		"stranger":    {second(c.Withdraw(ctx, stranger(), c.key(), given.ID)), visits.ErrNoStop},
		"gone":        {second(c.Withdraw(ctx, manager(), c.key(), call.ID)), visits.ErrNoStop},
		"planned":     {second(c.Withdraw(ctx, manager(), c.key(), d.Stops[0].ID)), visits.ErrNotCall},
		"same person": {second(c.Reassign(ctx, manager(), c.key(), given.ID, two)), visits.ErrPlanInvalid},
		"no person": {second(c.Reassign(ctx, manager(), c.key(), given.ID,
			visits.Assignment{Person: 77})), visits.ErrNoDay},
	} {
		if !errors.Is(fault.got, fault.want) {
			t.Errorf("%s: %v", name, fault.got)
		}
	}
	if _, err := c.Withdraw(ctx, manager(), c.key(), given.ID); err != nil {
		t.Fatal(err)
	}
	if list, err := c.Dispatches(ctx, manager(), c.Today()); err != nil || len(list) != 0 {
		t.Errorf("after withdrawing %+v, %v", list, err)
	}
	again, err := c.Assign(ctx, manager(), c.key(), visits.Assignment{Person: 1, Customer: 105})
	if err != nil {
		t.Fatal(err)
	}
	c.visit(t, sales(1), 105, 10)
	if _, err := c.Withdraw(ctx, manager(), c.key(), again.ID); !errors.Is(err, visits.ErrStopDriven) {
		t.Errorf("a driven one: %v", err)
	}
}

// A dispatch to a customer on the person's own plan, and to one where they were
// already, leaves what they had when it is withdrawn or given to somebody else.
func TestAWithdrawnCallLeavesWhatWasPlannedBefore(t *testing.T) {
	c := newCompany(t)
	ctx := t.Context()
	c.save(t, 0, 101, 102, 103)
	c.publish(t)
	v := c.visit(t, sales(1), 103, 10)
	call := func(id business.CustomerID) visits.Stop {
		t.Helper()
		var stop visits.Stop
		var err error
		for range 2 { // the second one is a call on a call
			stop, err = c.Assign(ctx, manager(), c.key(),
				visits.Assignment{Person: 1, Customer: id, Note: "leak"})
			if err != nil {
				t.Fatal(err)
			}
		}
		return stop
	}
	if _, err := c.Withdraw(ctx, manager(), c.key(), call(102).ID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Reassign(ctx, manager(), c.key(), call(103).ID, visits.Assignment{Person: 2}); err != nil {
		t.Fatal(err)
	}
	stops := map[business.CustomerID]visits.Stop{}
	for _, s := range c.onPhone(t).Stops {
		stops[s.Customer] = s
	}
	if s := stops[102]; len(stops) != 3 || s.Source != visits.ByPlan || s.State != visits.Planned ||
		s.Note != "" {
		t.Errorf("of %d, withdrawn: %+v", len(stops), s)
	}
	if s := stops[103]; s.Source != visits.ByPlan || s.State != visits.Done || s.Visit != v.ID ||
		s.DrivenAt == nil {
		t.Errorf("given to another: %+v", s)
	}
	list, err := c.Dispatches(ctx, manager(), c.Today())
	if err != nil || len(list) != 1 || list[0].Person != 2 || list[0].Note != "leak" {
		t.Errorf("calls %+v, %v", list, err)
	}
}

// A call that goes to another person with its customer, or to the customer that it
// became, is still a call, and says what is to be done.
func TestAHandedOverCallStaysACall(t *testing.T) {
	c := newCompany(t)
	ctx := t.Context()
	if _, err := c.Assign(ctx, manager(), c.key(),
		visits.Assignment{Person: 1, Customer: 105, Note: "leak"}); err != nil {
		t.Fatal(err)
	}
	h := visits.Handover{Customer: 105, As: 106, From: 1, To: 2, Since: c.Today()}
	if err := c.DB.InTx(ctx, func(tx db.Tx) error {
		_, err := c.HandOver(ctx, tx, manager(), h)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	list, err := c.Dispatches(ctx, manager(), c.Today())
	if err != nil || len(list) != 1 || list[0].Person != 2 || list[0].Customer != 106 ||
		list[0].Note != "leak" {
		t.Errorf("calls %+v, %v", list, err)
	}
}
