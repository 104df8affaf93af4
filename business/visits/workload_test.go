package visits_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/visits"
	"beatplan/internal/scope"
)

// driven are roads that know whom they were asked for.
type driven struct {
	roads   []visits.Road
	partial bool
	asked   []scope.Scope
	from    time.Time
	to      time.Time
}

func (d *driven) OnRoad(
	_ context.Context, sc scope.Scope, from, to time.Time,
) ([]visits.Road, bool, error) {
	d.asked, d.from, d.to = append(d.asked, sc), from, to
	var out []visits.Road
	for _, r := range d.roads {
		if sc.Has(int64(r.Person)) {
			out = append(out, r)
		}
	}
	return out, !d.partial, nil
}

func (c *company) work(
	t *testing.T, by visits.Caller, p visits.Period, tracks bool,
) map[business.PersonID]visits.Work {
	t.Helper()
	list, err := c.Workload(t.Context(), by, p, tracks)
	if err != nil {
		t.Fatal(err)
	}
	out := map[business.PersonID]visits.Work{}
	for _, w := range list {
		out[w.Person] = w
	}
	return out
}

// The time on the road stands beside the visits: of whoever drove and visited nobody too,
// by the company's days, of others only to who may read their tracks, and never in part.
//
// feature: Y32
func TestWorkloadTellsTheTimeOnTheRoad(t *testing.T) {
	c := newCompany(t)
	d := &driven{roads: []visits.Road{
		{Person: 1, Moving: 90 * time.Minute, Silent: 20 * time.Minute, Length: 41_000},
		{Person: 3, Moving: time.Hour}, // left the company since, and visited nobody
		{Person: 5, Moving: time.Hour}, // of another team
	}}
	c.Roads = d
	c.visit(t, sales(1), 101, 25)
	c.visit(t, sales(2), 201, 10)
	by := manager()
	by.Scope.People = append(by.Scope.People, 3)
	day := visits.Period{From: c.Today(), To: c.Today()}
	all := c.work(t, by, day, true)
	if w := all[1]; w.Records != 1 || w.Name != "Person 1" || w.Road == nil || *w.Road != d.roads[0] {
		t.Errorf("1: %+v", w)
	}
	if w := all[2]; w.Road == nil || w.Road.Moving != 0 {
		t.Errorf("2 was not located: %+v", w)
	}
	if w := all[3]; w.Records != 0 || w.Active || w.Road == nil || w.Road.Moving != time.Hour {
		t.Errorf("3 drove only: %+v", w)
	}
	if len(all) != 3 {
		t.Errorf("beyond the scope: %+v", all)
	}
	if !d.from.Equal(day.From.At(newYork, 0)) || !d.to.Equal(day.From.Add(1).At(newYork, 0)) {
		t.Errorf("asked for %v to %v", d.from, d.to)
	}
	for w, road := range map[business.PersonID]bool{1: false, 2: false} {
		if got := c.work(t, by, day, false)[w]; (got.Road != nil) != road {
			t.Errorf("without a right to tracks, %d: %+v", w, got)
		}
	}
	if own := c.work(t, sales(1), day, false)[1]; own.Road == nil || own.Road.Moving != 90*time.Minute {
		t.Errorf("one's own: %+v", own)
	}
	if one := c.work(t, by, visits.Period{From: day.From, To: day.To, Person: 5}, true); len(one) != 0 {
		t.Errorf("of a stranger: %+v", one)
	}
	asked := len(d.asked)
	if long := c.work(t, by, visits.Period{From: day.To.Add(-31), To: day.To}, true)[1]; long.Road != nil || len(d.asked) != asked {
		t.Errorf("of 32 days: %+v", long)
	}
	d.partial = true
	if w := c.work(t, by, day, true)[1]; w.Road != nil || w.Records != 1 {
		t.Errorf("a part of the sum is told: %+v", w)
	}
}

// A visit over midnight is of the day on which it began, in the company's zone, with all
// its minutes.
func TestAVisitOverMidnightIsOfItsFirstDay(t *testing.T) {
	c := newCompany(t)
	c.clock.Set(monday.At(newYork, 23*60+50))
	c.visit(t, sales(1), 101, 30)
	first := c.work(t, manager(), visits.Period{From: monday, To: monday}, true)[1]
	next := c.work(t, manager(), visits.Period{From: monday.Add(1), To: monday.Add(1)}, true)
	if first.Records != 1 || first.OnSiteS != 30*60 || first.Days != 1 || len(next) != 0 {
		t.Errorf("%+v, then %+v", first, next)
	}
}

// Every picture of a period tells of the same records: coverage by day, heat by place,
// and both add up to the workload; a manager's inspections are in none of them.
func TestReportsOfAPeriodAddUpToTheSame(t *testing.T) {
	c := reported(t)
	c.clock.Set(monday.Add(1).At(newYork, 15*60))
	c.visit(t, manager(), 103, 40)
	p := visits.Period{From: monday, To: monday.Add(1)}
	days, err := c.Coverage(t.Context(), manager(), p)
	if err != nil {
		t.Fatal(err)
	}
	spots, err := c.Heat(t.Context(), manager(), p)
	if err != nil {
		t.Fatal(err)
	}
	var byDay, daily, onSite, byPlace, records, dailyWork, onSiteWork int64
	for _, d := range days {
		byDay, daily, onSite = byDay+d.Records, daily+d.Customers, onSite+d.OnSiteS
	}
	for _, h := range spots {
		byPlace += h.Visits
	}
	work := c.work(t, manager(), p, true)
	for _, w := range work {
		records, dailyWork, onSiteWork = records+w.Records, dailyWork+w.DailyCustomers, onSiteWork+w.OnSiteS
	}
	if records != 4 || byDay != records || byPlace != records || daily != dailyWork || onSite != onSiteWork {
		t.Errorf("%d records, %d by day, %d by place; %d and %d customers by day; %d and %d s",
			records, byDay, byPlace, dailyWork, daily, onSiteWork, onSite)
	}
	if w := work[8]; w.Inspections != 1 || w.InspectedS != 40*60 || w.Records != 0 || w.Days != 0 {
		t.Errorf("the manager's own: %+v", w)
	}
}

func TestAPeriodIsBounded(t *testing.T) {
	c := newCompany(t)
	for name, read := range map[string]func(visits.Period) error{
		"workload": func(p visits.Period) error {
			_, err := c.Workload(t.Context(), manager(), p, true)
			return err
		},
		"customers": func(p visits.Period) error {
			_, _, err := c.VisitedCustomers(t.Context(), manager(), p, visits.Stretch{})
			return err
		},
		"regions": func(p visits.Period) error {
			_, err := c.VisitsByRegion(t.Context(), manager(), p)
			return err
		},
		"heat": func(p visits.Period) error { _, err := c.Heat(t.Context(), manager(), p); return err },
		"coverage": func(p visits.Period) error {
			_, err := c.Coverage(t.Context(), manager(), p)
			return err
		},
	} {
		most := visits.MaxPeriod
		if name == "coverage" {
			most = visits.CoveredPeriod
		}
		for days, want := range map[int]error{0: visits.ErrPeriod, 1: nil, most: nil, most + 1: visits.ErrPeriod} {
			if err := read(visits.Period{From: monday, To: monday.Add(days - 1)}); !errors.Is(err, want) {
				t.Errorf("%s of %d days: %v", name, days, err)
			}
		}
	}
}
