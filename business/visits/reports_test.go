package visits_test

import (
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/visits"
)

// Person 1 visits 101 twice on Monday and 102 on Tuesday, in another year 103;
// person 2 visits 201; 101 and 201 lie in Kent, 102 in no region.
func reported(t *testing.T) *company {
	c := newCompany(t)
	for id, region := range map[business.CustomerID]string{101: "Kent", 201: "Kent"} {
		s := c.sites[id]
		s.Region, s.Address = region, "1 Main Street"
		c.sites[id] = s
	}
	p, err := c.Policy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p.SeveralADay = true
	if err := c.SetPolicy(t.Context(), manager(), c.key(), p); err != nil {
		t.Fatal(err)
	}
	c.clock.Set(business.NewDate(2025, 12, 30).At(newYork, 10*60))
	c.visit(t, sales(1), 103, 10)
	c.clock.Set(monday.At(newYork, 9*60))
	c.visit(t, sales(1), 101, 10)
	c.clock.Advance(4 * time.Hour)
	c.visit(t, sales(1), 101, 20)
	c.visit(t, sales(2), 201, 10)
	c.clock.Set(monday.Add(1).At(newYork, 9*60))
	c.visit(t, sales(1), 102, 10)
	return c
}

// feature: Q03
func TestEveryVisitIsARecordWithNameTimeVisitorPlace(t *testing.T) {
	c := reported(t)
	rows, next, err := c.Visits(t.Context(), manager(), visits.Filter{From: monday, To: monday})
	if err != nil || next != nil || len(rows) != 3 {
		t.Fatalf("%d records, %v, %v", len(rows), next, err)
	}
	r := rows[2] // the newest first
	if r.CustomerName != "Customer 101" || r.PersonName != "Person 1" || r.Region != "Kent" ||
		r.Address != "1 Main Street" || r.In.Point == nil || !r.In.At.Equal(monday.At(newYork, 9*60)) {
		t.Errorf("record: %+v", r)
	}
	if rows[1].Customer != 101 || rows[0].Customer != 201 {
		t.Errorf("the second visit of the day is not a record of its own: %+v", rows)
	}
	if own, _, _ := c.Visits(t.Context(), sales(2), visits.Filter{From: monday, To: monday}); len(own) != 1 {
		t.Errorf("a salesperson sees %d", len(own))
	}
}

func year(p business.PersonID) visits.Period {
	return visits.Period{From: business.NewDate(2026, 1, 1), To: monday.Add(30), Person: p}
}

// feature: S01
func TestVisitsOfTheYearByCustomer(t *testing.T) {
	c := reported(t)
	got, n, err := c.VisitedCustomers(t.Context(), manager(), year(0), visits.Stretch{})
	if err != nil || len(got) != 3 || n != 4 {
		t.Fatalf("%+v, %d visits, %v", got, n, err)
	}
	first := visits.Visited{Customer: 101, Name: "Customer 101", Region: "Kent", Visits: 2, Last: monday}
	if got[0] != first || got[1].Customer != 102 || got[1].Last != monday.Add(1) || got[2].Customer != 201 {
		t.Errorf("%+v", got)
	}
	part, n, err := c.VisitedCustomers(t.Context(), manager(), year(0), visits.Stretch{Offset: 1, Limit: 1})
	if err != nil || len(part) != 1 || part[0] != got[1] || n != 4 {
		t.Errorf("the second alone: %+v, of %d visits, %v", part, n, err)
	}
	none, _, err := c.VisitedCustomers(t.Context(), stranger(), year(0), visits.Stretch{})
	if err != nil || len(none) != 0 {
		t.Errorf("a stranger sees %+v, %v", none, err)
	}
}

// feature: S02
func TestMyVisitsOfTheYearAddUpToAll(t *testing.T) {
	c := reported(t)
	sum, whole := int64(0), int64(0)
	for _, p := range []business.PersonID{1, 2} {
		mine, _, err := c.VisitedCustomers(t.Context(), sales(p), year(p), visits.Stretch{})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range mine {
			sum += v.Visits
		}
	}
	all, _, err := c.VisitedCustomers(t.Context(), manager(), year(0), visits.Stretch{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		whole += v.Visits
	}
	if sum != whole || whole != 4 {
		t.Errorf("mine add up to %d, all are %d", sum, whole)
	}
}

// feature: S03
func TestVisitsOfTheMonthByRegion(t *testing.T) {
	c := reported(t)
	got, err := c.VisitsByRegion(t.Context(), manager(), visits.Period{
		From: business.NewDate(2026, 11, 1), To: monday.Add(1),
	})
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v %v", got, err)
	}
	if got[0].Region != "" || got[0].Visits != 1 || got[1].Region != "Kent" || got[1].Visits != 3 {
		t.Errorf("%+v", got)
	}
	kent := got[1].Customers
	if len(kent) != 2 || kent[0].Customer != 101 || kent[0].Visits != 2 || kent[0].Last != monday ||
		kent[1].Customer != 201 {
		t.Errorf("Kent: %+v", kent)
	}
}

func TestCoverageAndHeat(t *testing.T) {
	c := reported(t)
	p := visits.Period{From: monday, To: monday.Add(1)}
	days, err := c.Coverage(t.Context(), manager(), p)
	if err != nil || len(days) != 3 {
		t.Fatalf("%+v %v", days, err)
	}
	if d := days[0]; d.Person != 1 || d.Records != 2 || d.Customers != 1 || d.OnSiteS != 30*60 {
		t.Errorf("Monday of person 1: %+v", d)
	}
	spots, err := c.Heat(t.Context(), manager(), p)
	if err != nil || len(spots) != 3 || spots[0].Visits != 2 {
		t.Errorf("%+v %v", spots, err)
	}
}
