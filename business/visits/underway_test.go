package visits_test

import (
	"testing"
	"time"

	"beatplan/business/visits"
)

// A day that has begun shows what was really done, and nothing to come lies in
// the past.
func TestADayUnderwayKeepsTheClock(t *testing.T) {
	c := newCompany(t)
	ctx := t.Context()
	c.save(t, 0, 101, 102, 103, 104)
	c.publish(t)
	before, err := c.Day(ctx, manager(), c.today(1))
	if err != nil {
		t.Fatal(err)
	}
	if start := before.Totals.Start; start.Before(c.clock.Now()) {
		t.Errorf("a day that has not begun starts at %v, before now", start)
	}
	in := c.clock.Now()
	v := c.visit(t, sales(1), 101, 35)
	c.clock.Advance(2 * time.Hour) // and nobody knows what happened since
	now := c.clock.Now()
	e, err := c.Day(ctx, manager(), c.today(1))
	if err != nil {
		t.Fatal(err)
	}
	first := e.Items[0]
	if first.Customer != 101 || first.Visit != v.ID || !first.Timed.Begin.Equal(in) ||
		!first.Timed.Depart.Equal(in.Add(35*time.Minute)) {
		t.Errorf("the visit was from %v for 35 minutes, the day shows %+v", in, first.Timed)
	}
	last := first.Timed.Depart
	for _, it := range e.Items[1:] {
		if it.Timed.Arrive.Before(now) || it.Timed.Arrive.Before(last) {
			t.Errorf("customer %d at %v: now is %v, the stop before ends %v",
				it.Customer, it.Timed.Arrive, now, last)
		}
		last = it.Timed.Depart
	}
	if e.Totals.Stops != 4 && len(e.Items) != 4 {
		t.Errorf("%d stops of 4", len(e.Items))
	}
	if e.Totals.Drive != before.Totals.Drive || e.Totals.Distance != before.Totals.Distance {
		t.Errorf("the whole day drives %v and %v, before it began %v and %v", e.Totals.Drive,
			e.Totals.Distance, before.Totals.Drive, before.Totals.Distance)
	}
	if e.Best == nil || e.Best.Order[0].Customer != 101 {
		t.Errorf("the best order moves what was driven: %+v", e.Best)
	}
}

// While somebody is at a customer, the next stop waits for the end of the visit.
func TestAnOpenVisitHoldsTheDay(t *testing.T) {
	c := newCompany(t)
	ctx := t.Context()
	c.save(t, 0, 101, 102)
	c.publish(t)
	if _, err := c.CheckIn(ctx, sales(1), c.key(), c.door(101)); err != nil {
		t.Fatal(err)
	}
	in := c.clock.Now()
	e, err := c.Day(ctx, manager(), c.today(1))
	if err != nil {
		t.Fatal(err)
	}
	if e.Items[0].State != visits.CheckedIn || e.Items[1].Timed.Arrive.Before(in.Add(20*time.Minute)) {
		t.Errorf("%+v then %+v", e.Items[0].Timed, e.Items[1].Timed)
	}
}
