package visits_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/visits"
	"beatplan/geo"
)

func (c *company) save(t *testing.T, version int64, ids ...business.CustomerID) visits.Day {
	t.Helper()
	d, err := c.Save(t.Context(), manager(), c.today(1), version, edit(ids...))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (c *company) publish(t *testing.T) visits.Day {
	t.Helper()
	d, err := c.Publish(t.Context(), manager(), c.key(), c.today(1), -1)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (c *company) onPhone(t *testing.T) visits.Evaluated {
	t.Helper()
	e, err := c.Day(t.Context(), phone(sales(1)), c.today(1))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// feature: Y10
func TestPlanningTheSameCustomerTwiceIsOneStop(t *testing.T) {
	c := newCompany(t)
	at := c.today(1)
	ids := []business.CustomerID{101, 102, 101}
	first, err := c.Plan(t.Context(), manager(), c.key(), at, ids)
	if err != nil || len(first.Added) != 2 {
		t.Fatalf("%+v %v", first, err)
	}
	again, err := c.Plan(t.Context(), sales(1), c.key(), at, ids)
	if err != nil || len(again.Added) != 0 || again.Version != first.Version {
		t.Fatalf("planned again: %+v %v", again, err)
	}
	d, err := c.Day(t.Context(), manager(), at)
	if err != nil || !slices.Equal(customerIDs(d.Stops), []business.CustomerID{101, 102}) {
		t.Errorf("%v %v", customerIDs(d.Stops), err)
	}
	var wait sync.WaitGroup // the same by many at once
	for range 8 {
		key := c.key()
		wait.Go(func() {
			if _, err := c.Plan(t.Context(), manager(), key, at, []business.CustomerID{103}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if d, _ := c.Day(t.Context(), manager(), at); len(d.Stops) != 3 {
		t.Errorf("%d stops", len(d.Stops))
	}
}

// feature: Y24
func TestReorderingKeepsTheSameCustomersAndReachesThePhone(t *testing.T) {
	c := newCompany(t)
	ids := []business.CustomerID{101, 102, 103, 104}
	d := c.save(t, 0, ids...)
	c.publish(t)
	before := c.onPhone(t)
	slices.Reverse(ids)
	d = c.save(t, d.Version, ids...)
	if d.Status != visits.Draft {
		t.Errorf("a changed day is %s", d.Status)
	}
	if got := c.onPhone(t); !slices.Equal(customerIDs(got.Stops), customerIDs(before.Stops)) {
		t.Errorf("the phone shows an order that nobody published: %v", customerIDs(got.Stops))
	}
	c.publish(t)
	after := c.onPhone(t)
	if !slices.Equal(customerIDs(after.Stops), ids) {
		t.Errorf("the phone shows %v", customerIDs(after.Stops))
	}
	a, b := customerIDs(before.Stops), customerIDs(after.Stops)
	slices.Sort(a)
	slices.Sort(b)
	if !slices.Equal(a, b) {
		t.Errorf("reordering changed the set: %v, %v", a, b)
	}
	if after.Totals.Distance <= 0 || after.Totals.Stops != 4 {
		t.Errorf("totals %+v", after.Totals)
	}
}

// feature: Y25
func TestThePhoneMayNotReorder(t *testing.T) {
	c := newCompany(t)
	d := c.save(t, 0, 101, 102, 103)
	me, at := phone(sales(1)), c.today(1)
	if _, err := c.Save(t.Context(), me, at, d.Version, edit(103, 102, 101)); !errors.Is(err, visits.ErrReorderOnPhone) {
		t.Fatalf("got %v", err)
	}
	if got, err := c.Day(t.Context(), me, at); err != nil || got.Status == visits.Published {
		t.Errorf("viewing: %v", err)
	}
	if _, err := c.Save(t.Context(), sales(1), at, d.Version, edit(103, 102, 101)); err != nil {
		t.Errorf("at a desk: %v", err)
	}
	p, err := c.Policy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p.ReorderOnPhone = true
	if err := c.SetPolicy(t.Context(), manager(), c.key(), p); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Save(t.Context(), me, at, d.Version+1, edit(101, 102, 103)); err != nil {
		t.Errorf("with the policy switched: %v", err)
	}
}

// feature: Y26
func TestTodaysOrderAgainstTheBest(t *testing.T) {
	c := newCompany(t)
	c.clock.Set(monday.At(newYork, 7*60)) // before the day begins
	c.save(t, 0, 101, 102, 103, 104, 105)
	e, err := c.Day(t.Context(), manager(), c.today(1))
	if err != nil {
		t.Fatal(err)
	}
	if !e.Totals.Feasible || e.Best == nil {
		t.Fatalf("totals %+v best %v", e.Totals, e.Best)
	}
	b := e.Best
	if b.Totals.Drive > e.Totals.Drive || b.Totals.Distance > e.Totals.Distance {
		t.Errorf("best is worse: %+v", b)
	}
	if b.Saving.Percent <= 5 || b.Saving.Duration != e.Totals.Drive-b.Totals.Drive ||
		b.Saving.Distance != e.Totals.Distance-b.Totals.Distance {
		t.Errorf("saving %+v", b.Saving)
	}
	var best visits.Edit
	best.Stops = b.Order
	saved, err := c.Evaluate(t.Context(), manager(), c.today(1), best)
	if err != nil || saved.Totals.Drive != b.Totals.Drive {
		t.Errorf("the best order drives %v, not %v (%v)", saved.Totals.Drive, b.Totals.Drive, err)
	}
	// A customer that is open only until 08:40 stands last: labelled.
	site := c.sites[105]
	site.Hours = []visits.Hours{{Days: []int{1}, From: 8 * 60, To: 8*60 + 40}}
	c.sites[105] = site
	e, err = c.Day(t.Context(), manager(), c.today(1))
	if err != nil {
		t.Fatal(err)
	}
	last := e.Items[len(e.Items)-1]
	if e.Totals.Feasible || len(last.Violations) != 1 || last.Violations[0].Code != "window_missed" {
		t.Errorf("feasible %v, %+v", e.Totals.Feasible, last.Violations)
	}
	if !e.Best.Totals.Feasible {
		t.Errorf("best keeps the window: %+v", e.Best.Totals)
	}
	site.Hours = []visits.Hours{{Days: []int{2}, From: 8 * 60, To: 20 * 60}}
	c.sites[105] = site
	if e, _ = c.Day(t.Context(), manager(), c.today(1)); e.Items[4].Violations[0].Code != "closed" {
		t.Errorf("closed on Mondays: %+v", e.Items[4].Violations)
	}
}

func TestOptimiseKeepsLocksAndSavesNothing(t *testing.T) {
	c := newCompany(t)
	d := c.save(t, 0, 101, 102, 103, 104, 105)
	e := edit(101, 102, 103, 104, 105)
	e.Stops[2].Locked = true
	p, err := c.Optimise(t.Context(), manager(), c.today(1), e)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Best.Items[2].Customer; got != 103 {
		t.Errorf("the locked third stop is %d", got)
	}
	if p.Saving.Duration <= 0 {
		t.Errorf("saving %+v", p.Saving)
	}
	after, err := c.Day(t.Context(), manager(), c.today(1))
	if err != nil || after.Version != d.Version ||
		!slices.Equal(customerIDs(after.Stops), customerIDs(d.Stops)) {
		t.Errorf("optimising changed the day: %v", err)
	}
}

func TestFillTakesWhatIsDueAndWorthIt(t *testing.T) {
	c := newCompany(t)
	c.save(t, 0, 101)
	for i := range 9 {
		c.due[1] = append(c.due[1], visits.DueCustomer{
			Customer: business.CustomerID(101 + i), Overdue: 20 - 2*i, Every: 7,
		})
	}
	closed := c.sites[102]
	closed.Hours = []visits.Hours{{Days: []int{7}, From: 600, To: 700}}
	c.sites[102] = closed
	key := c.key()
	d, err := c.Fill(t.Context(), manager(), key, c.today(1))
	if err != nil {
		t.Fatal(err)
	}
	ids := customerIDs(d.Stops)
	slices.Sort(ids) // 101 is planned; 102 is closed; of the rest the five worth most
	if !slices.Equal(ids, []business.CustomerID{101, 103, 104, 105, 106, 107}) {
		t.Errorf("filled with %v", ids)
	}
	for _, s := range d.Stops {
		if s.Optional != (s.Customer != 101) || (s.Source == visits.ByDue) != s.Optional {
			t.Errorf("stop %+v", s)
		}
	}
	next := visits.PersonDay{Person: 1, Date: c.Today().Add(1)}
	tomorrow, err := c.Fill(t.Context(), manager(), c.key(), next)
	if err != nil || len(tomorrow.Stops) != 2 { // what is on today's plan is not planned twice
		t.Errorf("tomorrow has %v, %v", customerIDs(tomorrow.Stops), err)
	}
	again, err := c.Fill(t.Context(), manager(), key, c.today(1))
	if err != nil || again.Version != d.Version {
		t.Errorf("replayed: version %d, was %d, %v", again.Version, d.Version, err)
	}
}

func TestStaleVersionChangesNothing(t *testing.T) {
	c := newCompany(t)
	d := c.save(t, 0, 101, 102)
	if _, err := c.Save(t.Context(), manager(), c.today(1), 0, edit(103)); !errors.Is(err, visits.ErrChanged) {
		t.Errorf("got %v", err)
	}
	same := c.save(t, d.Version, 101, 102)
	if same.Version != d.Version {
		t.Errorf("saving the same made version %d", same.Version)
	}
	if _, err := c.Publish(t.Context(), manager(), c.key(), c.today(1), 9); !errors.Is(err, visits.ErrChanged) {
		t.Errorf("published another version: %v", err)
	}
	empty := c.save(t, d.Version) // an emptied day can be filled again
	if empty = c.save(t, empty.Version, 104); len(empty.Stops) != 1 {
		t.Errorf("%v", empty.Stops)
	}
}

func TestForeignDaysDoNotExist(t *testing.T) {
	c := newCompany(t)
	c.save(t, 0, 101, 102)
	ctx, at := t.Context(), c.today(1)
	for name, err := range map[string]error{
		"read":      second(c.Day(ctx, stranger(), at)),
		"colleague": second(c.Day(ctx, sales(2), at)),
		"unknown":   second(c.Day(ctx, manager(), visits.PersonDay{Person: 77, Date: at.Date})),
		"save":      second(c.Save(ctx, stranger(), at, 1, edit())),
		"publish":   second(c.Publish(ctx, stranger(), c.key(), at, -1)),
		"fill":      second(c.Fill(ctx, stranger(), c.key(), at)),
		"optimise":  second(c.Optimise(ctx, stranger(), at, edit(101))),
		"evaluate":  second(c.Evaluate(ctx, stranger(), at, edit(101))),
		"versions":  second(c.Versions(ctx, stranger(), at)),
		"restore":   second(c.Restore(ctx, stranger(), c.key(), at, 1)),
		"plan":      second(c.Plan(ctx, stranger(), c.key(), at, nil)),
	} {
		if !errors.Is(err, visits.ErrNoDay) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"save":     second(c.Save(ctx, sales(1), at, 1, edit(101, 201))),
		"plan":     second(c.Plan(ctx, sales(1), c.key(), at, []business.CustomerID{103, 201})),
		"evaluate": second(c.Evaluate(ctx, sales(1), at, edit(101, 201))),
		"check in": second(c.CheckIn(ctx, sales(1), c.key(), c.door(201))),
		"history":  third(c.Visits(ctx, sales(1), visits.Filter{Customer: 201})),
	} {
		if !errors.Is(err, visits.ErrNoCustomer) {
			t.Errorf("foreign customer, %s: %v", name, err)
		}
	}
	d, err := c.Day(ctx, manager(), at)
	if err != nil || d.Version != 1 || len(d.Stops) != 2 {
		t.Errorf("something changed: %+v %v", d.Day, err)
	}
	rows, err := c.Days(ctx, sales(2), at.Date)
	if err != nil || len(rows) != 1 || rows[0].Worker.ID != 2 {
		t.Errorf("overview of 2: %+v %v", rows, err)
	}
}

func second[A any](_ A, err error) error        { return err }
func third[A, B any](_ A, _ B, err error) error { return err }

func TestPastDaysAndInactivePeople(t *testing.T) {
	c := newCompany(t)
	ctx := t.Context()
	past := visits.PersonDay{Person: 1, Date: c.Today().Add(-1)}
	if _, err := c.Save(ctx, manager(), past, 0, edit(101)); !errors.Is(err, visits.ErrPastDay) {
		t.Errorf("yesterday: %v", err)
	}
	far := visits.PersonDay{Person: 1, Date: c.Today().Add(400)}
	if _, err := c.Save(ctx, manager(), far, 0, edit(101)); !errors.Is(err, visits.ErrTooFarAhead) {
		t.Errorf("in 400 days: %v", err)
	}
	admin := visits.Caller{Actor: business.Actor{Person: 8, Role: business.Admin}}
	admin.Scope.All = true
	gone := visits.PersonDay{Person: 3, Date: c.Today()}
	if _, err := c.Save(ctx, admin, gone, 0, edit(101)); !errors.Is(err, visits.ErrInactive) {
		t.Errorf("who left: %v", err)
	}
	if _, err := c.Publish(ctx, manager(), c.key(), c.today(1), -1); !errors.Is(err, visits.ErrEmptyDay) {
		t.Errorf("nothing to publish: %v", err)
	}
}

// feature: Y23
func TestRouteListsCustomersInOrderOnBothClients(t *testing.T) {
	c := newCompany(t)
	ids := []business.CustomerID{104, 101, 103}
	c.save(t, 0, ids...)
	c.publish(t)
	desk, err := c.Day(t.Context(), manager(), c.today(1))
	if err != nil {
		t.Fatal(err)
	}
	onPhone := c.onPhone(t)
	for _, e := range []visits.Evaluated{desk, onPhone} {
		if !slices.Equal(customerIDs(e.Stops), ids) {
			t.Errorf("order %v", customerIDs(e.Stops))
		}
		want := orb.LineString{office}
		for _, id := range ids {
			want = append(want, *c.sites[id].Point)
		}
		if want = append(want, office); !slices.Equal(e.Line, want) {
			t.Errorf("line %v", e.Line)
		}
	}
}

func TestAssignmentIsOnThePhoneAtOnce(t *testing.T) {
	c := newCompany(t)
	ctx := t.Context()
	c.save(t, 0, 101, 102)
	c.publish(t)
	key := c.key()
	order := visits.Assignment{Person: 1, Customer: 105, Note: "asks for the price list"}
	for range 3 { // replayed
		stop, err := c.Assign(ctx, manager(), key, order)
		if err != nil || stop.Customer != 105 || stop.Source != visits.ByAssignment {
			t.Fatalf("%+v %v", stop, err)
		}
	}
	e := c.onPhone(t)
	if got := customerIDs(e.Stops); !slices.Equal(got, []business.CustomerID{105, 101, 102}) {
		t.Errorf("the phone shows %v", got)
	}
	if desk, _ := c.Day(ctx, manager(), c.today(1)); desk.Status != visits.Published {
		t.Errorf("the day is %s", desk.Status)
	}
	c.visit(t, sales(1), 105, 10)
	point := geoPoint(0.01)
	stop, err := c.Assign(ctx, manager(), c.key(), visits.Assignment{Person: 1, Point: &point, Title: "Van"})
	if err != nil || stop.Customer != 0 || stop.Title != "Van" {
		t.Fatalf("%+v %v", stop, err)
	}
	if e = c.onPhone(t); e.Items[0].Customer != 105 || e.Items[1].Title != "Van" {
		t.Errorf("after the driven one comes %+v", e.Items[1].Stop)
	}
	if _, err := c.Assign(ctx, manager(), c.key(), order); err != nil { // they call again
		t.Errorf("sent a second time: %v", err)
	}
	if e = c.onPhone(t); e.Items[0].Customer != 105 || e.Items[0].State != visits.Planned {
		t.Errorf("first is %+v", e.Items[0].Stop)
	}
	if _, err := c.Assign(ctx, stranger(), c.key(), order); !errors.Is(err, visits.ErrNoDay) {
		t.Errorf("a stranger: %v", err)
	}
	topic := c.told.topics[len(c.told.topics)-1]
	if last := c.told.notices[len(c.told.notices)-1]; topic != visits.TopicDay || last.Person != 1 {
		t.Errorf("notice %s %+v", topic, last)
	}
}

func geoPoint(east float64) orb.Point { return orb.Point{office[0] + east, office[1]} }

// A dispatch to somebody whose plan is still a draft shows the dispatch alone.
func TestAssignmentDoesNotPublishADraft(t *testing.T) {
	c := newCompany(t)
	c.save(t, 0, 101, 102)
	order := visits.Assignment{Person: 1, Customer: 105}
	if _, err := c.Assign(t.Context(), manager(), c.key(), order); err != nil {
		t.Fatal(err)
	}
	if got := customerIDs(c.onPhone(t).Stops); !slices.Equal(got, []business.CustomerID{105}) {
		t.Errorf("the phone shows %v", got)
	}
	desk, err := c.Day(t.Context(), manager(), c.today(1))
	if err != nil || desk.Status != visits.Draft || len(desk.Stops) != 3 {
		t.Errorf("%s %v %v", desk.Status, customerIDs(desk.Stops), err)
	}
	c.publish(t)
	if got := c.onPhone(t); len(got.Stops) != 3 || got.Status != visits.Published {
		t.Errorf("published: %s %v", got.Status, customerIDs(got.Stops))
	}
}

func TestSkipAndResume(t *testing.T) {
	c := newCompany(t)
	d := c.save(t, 0, 101, 102, 103)
	c.publish(t)
	id := d.Stops[1].ID
	if _, err := c.Skip(t.Context(), phone(sales(1)), c.key(), id, "closed for stocktaking"); err != nil {
		t.Fatal(err)
	}
	e := c.onPhone(t)
	at := slices.IndexFunc(e.Items, func(it visits.Item) bool { return it.ID == id })
	if e.Items[at].State != visits.Skipped || e.Items[at].Timed != nil || e.Totals.Stops != 2 {
		t.Errorf("%+v, %d stops", e.Items[at], e.Totals.Stops)
	}
	if _, err := c.Resume(t.Context(), phone(sales(1)), c.key(), id); err != nil {
		t.Fatal(err)
	}
	if e = c.onPhone(t); e.Totals.Stops != 3 {
		t.Errorf("%d stops after resuming", e.Totals.Stops)
	}
	if _, err := c.Skip(t.Context(), sales(2), c.key(), id, "x"); !errors.Is(err, visits.ErrNoStop) {
		t.Errorf("a colleague: %v", err)
	}
}

func TestRestoreBringsAVersionBack(t *testing.T) {
	c := newCompany(t)
	d := c.save(t, 0, 101, 102, 103)
	d = c.save(t, d.Version, 103, 104)
	back, err := c.Restore(t.Context(), manager(), c.key(), c.today(1), 1)
	if err != nil || !slices.Equal(customerIDs(back.Stops), []business.CustomerID{101, 102, 103}) {
		t.Fatalf("%v %v", customerIDs(back.Stops), err)
	}
	list, err := c.Versions(t.Context(), manager(), c.today(1))
	if err != nil || len(list) != 3 || list[0].Change != "restored" || list[0].Version != d.Version+1 {
		t.Errorf("%+v %v", list, err)
	}
	if _, err := c.Restore(t.Context(), manager(), c.key(), c.today(1), 99); !errors.Is(err, visits.ErrNoVersion) {
		t.Errorf("got %v", err)
	}
}

func TestOverviewKnowsEverybodyAndTheirTotals(t *testing.T) {
	c := newCompany(t)
	c.save(t, 0, 101, 102, 103)
	for range 2 { // worked out, then remembered
		rows, err := c.Days(t.Context(), manager(), c.Today())
		if err != nil || len(rows) != 2 {
			t.Fatalf("%+v %v", rows, err)
		}
		if rows[0].Totals == nil || rows[0].Totals.Distance <= 0 || rows[0].Totals.Stops != 3 {
			t.Errorf("totals %+v", rows[0].Totals)
		}
		if rows[1].Day.Status != visits.None {
			t.Errorf("2 has %s", rows[1].Day.Status)
		}
	}
	c.clock.Advance(time.Hour)
}

// When a region's roads are imported again, what was worked out on the old ones is
// worked out anew: the best order, the distances, and the overview's totals.
func TestNewRoadsAreAskedAnew(t *testing.T) {
	c := newCompany(t)
	c.save(t, 0, 101, 102, 103)
	ways := &roads{name: "delaware of May"}
	c.Service.Planner = planner{ways}
	look := func() (best, day, overview geo.Meters) {
		t.Helper()
		d, err := c.Day(t.Context(), manager(), c.today(1))
		if err != nil || d.Best == nil {
			t.Fatal(err, d.Best)
		}
		rows, err := c.Days(t.Context(), manager(), c.Today())
		if err != nil || rows[0].Totals == nil {
			t.Fatal(err)
		}
		return d.Best.Totals.Distance, d.Totals.Distance, rows[0].Totals.Distance
	}
	best, day, _ := look()
	if look(); len(ways.asked) != 1 {
		t.Errorf("on the same roads asked %d times for the best order", len(ways.asked))
	}
	ways.name, ways.slow = "delaware of June", 2
	rows, err := c.Days(t.Context(), manager(), c.Today()) // before anybody opens the day
	if err != nil || rows[0].Totals == nil || rows[0].Totals.Distance != 2*day {
		t.Errorf("the overview on new roads: %+v, was %v, %v", rows[0].Totals, day, err)
	}
	best2, day2, overview := look()
	if best2 != 2*best || day2 != 2*day || overview != 2*day || len(ways.asked) != 2 {
		t.Errorf("best %v of %v, day %v of %v, overview %v", best2, best, day2, day, overview)
	}
}
