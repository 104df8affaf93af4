package visitsapi

import (
	"context"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/visits"
	"beatplan/internal/fail"
)

func (m mount) reports() {
	op := func(id, summary string) api.Op {
		return api.Op{
			ID: id, Summary: summary, Tags: []string{"Reports"}, Perm: business.VisitsRead,
			Problems: []*fail.Error{visits.ErrPeriod},
		}
	}
	records := op("report-visits", "List every visit of a period: customer, time, visitor, place")
	records.Problems = []*fail.Error{visits.ErrNoCustomer, api.ErrCursor}
	records.Description = "Every record: the same customer twice a day stands there twice."
	api.Get(m.a, "/v1/reports/visits", records, m.listVisits)
	api.Get(m.a, "/v1/reports/visits-by-customer", op("report-visits-by-customer",
		"Count the valid visits of each customer; this year and everybody's when nothing is asked"),
		m.byCustomer)
	api.Get(m.a, "/v1/reports/visits-by-region", op("report-visits-by-region",
		"Count the valid visits of each region and its customers; this month when nothing is asked"),
		m.byRegion)
	api.Get(m.a, "/v1/reports/visit-coverage", op("report-visit-coverage",
		"Sum up what everybody did on every day; this month when nothing is asked"), m.coverage)
	api.Get(m.a, "/v1/reports/visit-heat", op("report-visit-heat",
		"Count the records of each place, to about 100 m; this month when nothing is asked"), m.heat)
}

// byCustomerIn asks for a part of a long list.
type byCustomerIn struct {
	periodIn
	Offset int `query:"offset" minimum:"0" maximum:"1000000" doc:"Rows before the first"`
	Limit  int `query:"limit" minimum:"1" maximum:"5000" default:"1000"`
}

type periodIn struct {
	Client
	Person business.PersonID `query:"person" minimum:"0" doc:"Whose visits; everybody's when absent"`
	Mine   bool              `query:"mine" doc:"One's own visits"`
	From   string            `query:"from" format:"date"`
	To     string            `query:"to" format:"date" doc:"Inclusive; today when absent"`
}

// period completes what was asked: from the first of the year, or of the month.
func (m mount) period(ctx context.Context, in *periodIn, year bool) (visits.Period, error) {
	p := visits.Period{Person: in.Person}
	if in.Mine {
		p.Person = api.Actor(ctx).Person
	}
	var err error
	if p.From, err = dateOf("query.from", in.From); err != nil {
		return p, err
	}
	if p.To, err = dateOf("query.to", in.To); err != nil {
		return p, err
	}
	if p.To.IsZero() {
		p.To = m.s.Today()
	}
	if p.From.IsZero() {
		y, month, _ := p.To.Date()
		if year {
			month = 1
		}
		p.From = business.NewDate(y, month, 1)
	}
	return p, nil
}

// VisitedCustomer is how often a customer was visited.
type VisitedCustomer struct {
	CustomerID business.CustomerID `json:"customer_id"`
	Name       string              `json:"name"`
	Region     string              `json:"region"`
	Visits     int64               `json:"visits"`
	LastDay    string              `json:"last_day" format:"date"`
}

// CustomerVisits are the visits of a period by customer.
type CustomerVisits struct {
	From  string            `json:"from" format:"date"`
	To    string            `json:"to" format:"date"`
	Total int64             `json:"total" doc:"Visits, also of customers on other parts of the list"`
	Items []VisitedCustomer `json:"items" doc:"The most often visited first"`
}

// RegionVisits are the visits of one region.
type RegionVisits struct {
	Region    string            `json:"region" doc:"Empty: nobody wrote it down"`
	Visits    int64             `json:"visits"`
	Customers []VisitedCustomer `json:"customers"`
}

// VisitsByRegion are the visits of a period by region.
type VisitsByRegion struct {
	From  string         `json:"from" format:"date"`
	To    string         `json:"to" format:"date"`
	Total int64          `json:"total"`
	Items []RegionVisits `json:"items"`
}

// DayCovered is what a person did on one day.
type DayCovered struct {
	PersonID  business.PersonID `json:"person_id"`
	Day       string            `json:"day" format:"date"`
	Records   int64             `json:"records"`
	Customers int64             `json:"customers"`
	OnSiteS   int64             `json:"on_site_s"`
}

// HeatSpot is how many visits began at a place.
type HeatSpot struct {
	Lon    float64 `json:"lon"`
	Lat    float64 `json:"lat"`
	Visits int64   `json:"visits"`
}

type (
	byCustomerOut struct{ Body CustomerVisits }
	byRegionOut   struct{ Body VisitsByRegion }
	coverageOut   struct{ Body []DayCovered }
	heatOut       struct{ Body []HeatSpot }
)

func visitedViews(found []visits.Visited) (rows []VisitedCustomer, total int64) {
	rows = make([]VisitedCustomer, len(found))
	for i, v := range found {
		rows[i] = VisitedCustomer{v.Customer, v.Name, v.Region, v.Visits, v.Last.String()}
		total += v.Visits
	}
	return rows, total
}

func (m mount) byCustomer(ctx context.Context, in *byCustomerIn) (*byCustomerOut, error) {
	p, err := m.period(ctx, &in.periodIn, true)
	if err != nil {
		return nil, err
	}
	part := visits.Stretch{Offset: in.Offset, Limit: in.Limit}
	found, total, err := m.s.VisitedCustomers(ctx, in.caller(ctx), p, part)
	if err != nil {
		return nil, err
	}
	out := &byCustomerOut{CustomerVisits{From: p.From.String(), To: p.To.String(), Total: total}}
	out.Body.Items, _ = visitedViews(found)
	return out, nil
}

func (m mount) byRegion(ctx context.Context, in *periodIn) (*byRegionOut, error) {
	p, err := m.period(ctx, in, false)
	if err != nil {
		return nil, err
	}
	found, err := m.s.VisitsByRegion(ctx, in.caller(ctx), p)
	if err != nil {
		return nil, err
	}
	out := &byRegionOut{VisitsByRegion{
		From: p.From.String(), To: p.To.String(), Items: make([]RegionVisits, len(found)),
	}}
	for i, r := range found {
		customers, _ := visitedViews(r.Customers)
		out.Body.Items[i] = RegionVisits{r.Region, r.Visits, customers}
		out.Body.Total += r.Visits
	}
	return out, nil
}

func (m mount) coverage(ctx context.Context, in *periodIn) (*coverageOut, error) {
	p, err := m.period(ctx, in, false)
	if err != nil {
		return nil, err
	}
	found, err := m.s.Coverage(ctx, in.caller(ctx), p)
	if err != nil {
		return nil, err
	}
	out := &coverageOut{Body: make([]DayCovered, len(found))}
	for i, d := range found {
		out.Body[i] = DayCovered{d.Person, d.Day.String(), d.Records, d.Customers, d.OnSiteS}
	}
	return out, nil
}

func (m mount) heat(ctx context.Context, in *periodIn) (*heatOut, error) {
	p, err := m.period(ctx, in, false)
	if err != nil {
		return nil, err
	}
	found, err := m.s.Heat(ctx, in.caller(ctx), p)
	if err != nil {
		return nil, err
	}
	out := &heatOut{Body: make([]HeatSpot, len(found))}
	for i, h := range found {
		out.Body[i] = HeatSpot(h)
	}
	return out, nil
}
