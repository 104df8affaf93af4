package visits

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/geo/geodesic"
)

var (
	shop   = orb.Point{-75.5466, 39.7459}
	monday = business.NewDate(2026, 11, 23)
	noon   = time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC) // 12:00 in New York
	ny     = func() *time.Location {
		z, err := time.LoadLocation("America/New_York")
		if err != nil {
			panic(err)
		}
		return z
	}()
	house = Policy{
		Fence: 200, FenceByKind: map[string]geo.Meters{"shop": 100, "shop/mall": 600},
		FixAge: 5 * time.Minute, LateFor: 72 * time.Hour,
	}
)

func fixAt(d geo.Meters, accuracy geo.Meters, at time.Time) Fix {
	return Fix{Point: geodesic.Destination(shop, 90, d), Accuracy: accuracy, At: at}
}

func arrivalAt(site Site) arrival {
	site.ID = 7
	return arrival{
		Caller: Caller{Actor: business.Actor{Person: 3, Role: business.Salesperson}},
		Policy: house, Zone: ny, Now: noon, Site: site,
	}
}

func TestCheckInRules(t *testing.T) {
	located := Site{Point: &shop, Kind: "office/lawyer"}
	tests := []struct {
		name    string
		site    Site
		in      CheckIn
		change  func(*arrival)
		want    error
		outside bool
	}{
		{name: "at the door", site: located, in: CheckIn{Fix: fixAt(5, 8, noon)}},
		{name: "at the fence", site: located, in: CheckIn{Fix: fixAt(199, 0, noon)}},
		{name: "beyond the fence", site: located, in: CheckIn{Fix: fixAt(202, 0, noon)}, want: ErrTooFar},
		{name: "the doubt counts for the person", site: located, in: CheckIn{Fix: fixAt(240, 50, noon)}},
		{name: "but only so much", site: located, in: CheckIn{Fix: fixAt(320, 1000, noon)}, want: ErrTooFar},
		{name: "a useless fix", site: located, in: CheckIn{Fix: fixAt(10, 6000, noon)}, want: ErrTooFar},
		{name: "with a reason", site: located, outside: true,
			in: CheckIn{Fix: fixAt(900, 10, noon), Reason: "met at the warehouse"}},
		{name: "fence of the kind", site: Site{Point: &shop, Kind: "shop/bakery"},
			in: CheckIn{Fix: fixAt(150, 0, noon)}, want: ErrTooFar},
		{name: "fence of the exact kind", site: Site{Point: &shop, Kind: "shop/mall"},
			in: CheckIn{Fix: fixAt(590, 0, noon)}},
		{name: "customer without a place", site: Site{}, in: CheckIn{Fix: fixAt(90000, 10, noon)}},
		{name: "swapped coordinates", site: located,
			in: CheckIn{Fix: Fix{Point: orb.Point{39.7, -175.5}, At: noon}}, want: ErrBadFix},
		{name: "no time", site: located, in: CheckIn{Fix: Fix{Point: shop}}, want: ErrBadFix},
		{name: "five minutes old", site: located, in: CheckIn{Fix: fixAt(0, 5, noon.Add(-5*time.Minute))}},
		{name: "older", site: located, in: CheckIn{Fix: fixAt(0, 5, noon.Add(-301*time.Second))}, want: ErrStaleFix},
		{name: "clock a little fast", site: located, in: CheckIn{Fix: fixAt(0, 5, noon.Add(time.Minute))}},
		{name: "clock very fast", site: located, in: CheckIn{Fix: fixAt(0, 5, noon.Add(3*time.Minute))}, want: ErrFutureFix},
		{name: "clock wrong, but known", site: located, in: CheckIn{Fix: Fix{
			Point: shop, At: noon.Add(-9 * time.Hour), SentAt: noon.Add(-9*time.Hour + 4*time.Second),
		}}},
		{name: "late, yesterday", site: located, in: CheckIn{Late: true, Fix: fixAt(0, 5, noon.Add(-24*time.Hour))}},
		{name: "late, last week", site: located, in: CheckIn{Late: true, Fix: fixAt(0, 5, noon.Add(-73*time.Hour))}, want: ErrTooLate},
		{name: "another is open", site: located, in: CheckIn{Fix: fixAt(0, 5, noon)},
			change: func(a *arrival) { a.Open = &Visit{ID: 9} }, want: ErrOpenVisit},
		{name: "second today", site: located, in: CheckIn{Fix: fixAt(0, 5, noon)},
			change: func(a *arrival) { a.Today = 1 }, want: ErrSecondToday},
		{name: "second today, allowed", site: located, in: CheckIn{Fix: fixAt(0, 5, noon)},
			change: func(a *arrival) { a.Today, a.Policy.SeveralADay = 1, true }},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			a := arrivalAt(c.site)
			if c.change != nil {
				c.change(&a)
			}
			v, err := checkIn(a, c.in)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if err == nil && v.Outside != c.outside {
				t.Errorf("outside is %v", v.Outside)
			}
		})
	}
}

func TestLateVisitBelongsToItsOwnDay(t *testing.T) {
	a := arrivalAt(Site{Point: &shop})
	in := CheckIn{Late: true, Fix: fixAt(0, 5, noon.Add(-13*time.Hour))} // 23:00 the day before
	v, err := checkIn(a, in)
	if err != nil {
		t.Fatal(err)
	}
	if v.Date != monday.Add(-1) || !v.Late || !v.In.At.Equal(noon.Add(-13*time.Hour)) {
		t.Errorf("date %v, late %v, at %v", v.Date, v.Late, v.In.At)
	}
	if !v.In.ReceivedAt.Equal(noon) {
		t.Errorf("the server heard of it at %v", v.In.ReceivedAt)
	}
}

func TestCheckOutRules(t *testing.T) {
	a := arrivalAt(Site{Point: &shop})
	open := Visit{ID: 1, State: Open, In: Punch{At: noon.Add(-20 * time.Minute)}}
	v, err := checkOut(open, CheckOut{Notes: Notes{Text: "two cases"}}, a)
	if err != nil || v.State != Valid || v.OnSite() != 20*time.Minute {
		t.Fatalf("%v %v %v", v.State, v.OnSite(), err)
	}
	if _, err := checkOut(v, CheckOut{}, a); !errors.Is(err, ErrNotOpen) {
		t.Errorf("checked out twice: %v", err)
	}
	ahead := open
	ahead.In.At = noon.Add(time.Minute)
	if v, _ := checkOut(ahead, CheckOut{}, a); v.OnSite() != 0 {
		t.Errorf("a clock that went back gives %v on site", v.OnSite())
	}
	outside := open
	outside.Outside = true
	a.Policy.ApproveOutside = true
	if v, _ := checkOut(outside, CheckOut{}, a); v.State != Pending || v.ValidAt != nil {
		t.Errorf("outside the fence it is %v", v.State)
	}
}

func TestDecisions(t *testing.T) {
	pending := Visit{State: Pending}
	if v, err := decide(pending, true, "", noon); err != nil || v.State != Valid || !v.ValidAt.Equal(noon) {
		t.Errorf("approved: %v %v", v.State, err)
	}
	if _, err := decide(pending, false, "", noon); !errors.Is(err, ErrReasonMissing) {
		t.Errorf("rejected without a reason: %v", err)
	}
	if v, err := decide(pending, false, "not there", noon); err != nil || v.State != Rejected {
		t.Errorf("rejected: %v %v", v.State, err)
	}
	if _, err := decide(Visit{State: Valid}, true, "", noon); !errors.Is(err, ErrNotPending) {
		t.Errorf("approved twice: %v", err)
	}
	if _, err := declareVoid(pending, "x"); !errors.Is(err, ErrNotValid) {
		t.Errorf("pending declared void: %v", err)
	}
}

func TestArrange(t *testing.T) {
	at := func(m int) *time.Time { x := noon.Add(time.Duration(m) * time.Minute); return &x }
	have := []Stop{
		{ID: 3, Customer: 30, State: Done, DrivenAt: at(1)},
		{ID: 4, Customer: 40, State: CheckedIn, DrivenAt: at(2)},
		{ID: 1, Customer: 10, State: Planned},
		{ID: 2, Customer: 20, State: Planned},
		{ID: 5, Point: &shop, State: Planned},
	}
	tests := []struct {
		name string
		want []Wanted
		ids  []int64
		err  error
	}{
		{"reversed", []Wanted{{Stop: 5}, {Customer: 20}, {Customer: 10}, {Customer: 30}, {Customer: 40}}, []int64{3, 4, 5, 2, 1}, nil},
		{"driven stay though nobody wants them", []Wanted{{Customer: 10}}, []int64{3, 4, 1}, nil},
		{"new customer", []Wanted{{Customer: 99}, {Customer: 10}}, []int64{3, 4, 0, 1}, nil},
		{"twice", []Wanted{{Customer: 10}, {Customer: 10}}, nil, ErrPlanInvalid},
		{"twice new", []Wanted{{Customer: 99}, {Customer: 99}}, nil, ErrPlanInvalid},
		{"twice a point", []Wanted{{Stop: 5}, {Stop: 5}}, nil, ErrPlanInvalid},
		{"unknown point", []Wanted{{Stop: 77}}, nil, ErrNoStop},
		{"too many", make([]Wanted, 101), nil, ErrTooManyStops},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			got, err := arrange(have, c.want)
			if !errors.Is(err, c.err) {
				t.Fatalf("got %v, want %v", err, c.err)
			}
			var ids []int64
			for _, p := range got {
				ids = append(ids, p.Stop)
			}
			if !slices.Equal(ids, c.ids) {
				t.Errorf("got %v, want %v", ids, c.ids)
			}
		})
	}
}

func TestReorders(t *testing.T) {
	have := []Stop{{ID: 9, State: Done}, {ID: 1}, {ID: 2}, {ID: 3}}
	order := func(ids ...int64) []place {
		var out []place
		for _, id := range ids {
			out = append(out, place{Stop: id})
		}
		return out
	}
	for _, c := range []struct {
		to   []place
		want bool
	}{
		{order(9, 1, 2, 3), false},
		{order(9, 1, 2, 3, 0), false}, // added behind
		{order(9, 1, 0, 2, 3), true},  // added between
		{order(9, 2, 1, 3), true},
		{order(9, 1, 2), true}, // taken off
	} {
		if got := reorders(have, c.to); got != c.want {
			t.Errorf("%v: got %v", c.to, got)
		}
	}
}

func TestWindowsFollowWeekdayAndMidnight(t *testing.T) {
	hours := []Hours{
		{Days: []int{1, 2}, From: 14 * 60, To: 18 * 60},
		{Days: []int{1}, From: 9 * 60, To: 12 * 60},
		{Days: []int{5}, From: 20 * 60, To: 2 * 60},
	}
	w, open := windowsOn(hours, monday, ny)
	if !open || len(w) != 2 || w[0].Open.Hour() != 9 || w[1].Close.Hour() != 18 {
		t.Errorf("Monday: %v %v", w, open)
	}
	if w, open := windowsOn(hours, monday.Add(2), ny); open || w != nil {
		t.Errorf("Wednesday: %v %v", w, open)
	}
	if w, _ := windowsOn(hours, monday.Add(4), ny); w[0].Close.Sub(w[0].Open) != 6*time.Hour {
		t.Errorf("Friday night: %v", w)
	}
	if _, open := windowsOn(nil, monday, ny); !open {
		t.Error("without hours it is always open")
	}
}

func TestShiftAlwaysEndsAfterItBegins(t *testing.T) {
	for _, c := range []struct {
		from, to int
		hours    float64
	}{{480, 1020, 9}, {0, 0, 24}, {1320, 360, 8}} {
		w := shiftOf(Worker{From: c.from, To: c.to}, monday, ny)
		if got := w.Close.Sub(w.Open).Hours(); got != c.hours {
			t.Errorf("%d to %d lasts %g hours, want %g", c.from, c.to, got, c.hours)
		}
	}
}

func TestPrizeGrowsWithTheDays(t *testing.T) {
	last := int64(0)
	for overdue := range 60 {
		p := prizeOf("B", DueCustomer{Overdue: overdue, Every: 7})
		if p < last {
			t.Fatalf("worth %d after %d days, %d the day before", p, overdue, last)
		}
		last = p
	}
	if last != 8*1800 {
		t.Errorf("the most is %d", last)
	}
	if a, c := prizeOf("A", DueCustomer{Every: 7}), prizeOf("C", DueCustomer{Every: 7}); a <= c {
		t.Errorf("level A is worth %d, C %d", a, c)
	}
}

func TestNoWorse(t *testing.T) {
	plan := func(drive time.Duration, broken bool) Plan {
		p := Plan{Totals: Totals{Drive: drive}}
		if broken {
			p.Violations = []Violation{{Code: "window_missed"}}
		}
		return p
	}
	if got := noWorse(plan(60, false), plan(50, false)); got.Totals.Drive != 50 {
		t.Error("the better order was not taken")
	}
	if got := noWorse(plan(60, false), plan(70, false)); got.Totals.Drive != 60 {
		t.Error("a worse order was taken")
	}
	if got := noWorse(plan(60, false), plan(50, true)); got.Totals.Drive != 60 {
		t.Error("an infeasible order was taken for a feasible one")
	}
	if got := noWorse(plan(60, true), plan(90, false)); got.Totals.Drive != 90 {
		t.Error("a feasible order was not taken for an infeasible one")
	}
}

// What is needed is said, not left blank; and options can be told apart.
func TestABlankIsNoAnswer(t *testing.T) {
	why := Field{Name: "why", Label: "Why?", Type: Text, Required: true}
	for _, blank := range []any{nil, "", " \t", "a\x00b"} {
		err := checkAnswers(Form{Fields: []Field{why}}, map[string]any{"why": blank})
		if !errors.Is(err, ErrAnswersInvalid) {
			t.Errorf("%q: %v", blank, err)
		}
	}
	if err := checkAnswers(Form{Fields: []Field{why}}, map[string]any{"why": "sold out"}); err != nil {
		t.Error(err)
	}
	for _, options := range [][]string{{"left", "left"}, {" "}, {"", "right"}} {
		f := Form{Name: "side", Kind: "shelf", Title: "Side", Fields: []Field{
			{Name: "side", Label: "Which?", Type: Choice, Options: options},
		}}
		if err := checkForm(f); !errors.Is(err, ErrFormInvalid) {
			t.Errorf("options %q: %v", options, err)
		}
	}
}
