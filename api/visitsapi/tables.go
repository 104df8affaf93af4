package visitsapi

import (
	"context"
	"strconv"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/visits"
)

// Reports are the queries and statistics of visits.
func Reports(s *visits.Service) []api.Report {
	r := reports{s}
	return []api.Report{
		{ID: "Q03", Perm: business.VisitsRead, Run: r.records, Columns: api.ReportColumns("text:name",
			"text:visited_at", "text:visitor", "text:address", "number:longitude", "number:latitude")},
		{ID: "S01", Perm: business.VisitsRead, Columns: visitedColumns(), Run: r.ofYear(false)},
		{ID: "S02", Perm: business.VisitsRead, Columns: visitedColumns(), Run: r.ofYear(true)},
		{ID: "S03", Perm: business.VisitsRead, Run: r.byRegion, Columns: api.ReportColumns(
			"text:district", "text:name", "number:visit_count", "date:last_visit_day")},
	}
}

func visitedColumns() []api.ReportColumn {
	return api.ReportColumns("text:name", "text:district", "number:visit_count", "date:last_visit_day")
}

type reports struct{ s *visits.Service }

// pageOf is how many rows of a statistic go on a page: each page counts all of it.
func pageOf(q api.ReportQuery) int {
	if q.File {
		return 20_000
	}
	return q.Limit
}

// records is every visit, the newest first. A page begins behind a visit by its id.
func (r reports) records(ctx context.Context, q api.ReportQuery) (api.ReportTable, error) {
	c := Client{}.caller(ctx)
	f := visits.Filter{From: q.From, To: q.To, Limit: q.Limit}
	if q.After != 0 {
		last, err := r.s.Visit(ctx, c, business.VisitID(q.After))
		if err != nil {
			return api.ReportTable{}, err
		}
		f.After = visits.Cursor{At: last.In.At, ID: last.ID}
	}
	found, next, err := r.s.Visits(ctx, c, f)
	if err != nil {
		return api.ReportTable{}, err
	}
	n, err := r.s.CountVisits(ctx, c, f)
	t := api.ReportTable{Total: n}
	if next != nil {
		t.Next = int64(next.ID)
	}
	for _, v := range found {
		cells := []any{v.CustomerName, v.In.At.In(r.s.Zone).Format("2006-01-02 15:04:05"), v.PersonName,
			v.Address, nil, nil}
		if at := v.In.Point; at != nil {
			cells[4], cells[5] = at[0], at[1]
		}
		t.Rows = append(t.Rows, rowOf(v.Customer, cells...))
	}
	return t, err
}

func rowOf(c business.CustomerID, cells ...any) api.ReportRow {
	return api.ReportRow{
		Cells: cells, Drill: map[string]string{"customer": strconv.FormatInt(int64(c), 10)},
	}
}

// ofYear is the visits of a calendar year by customer, everybody's or one's own.
func (r reports) ofYear(mine bool) func(context.Context, api.ReportQuery) (api.ReportTable, error) {
	return func(ctx context.Context, q api.ReportQuery) (api.ReportTable, error) {
		c, year := Client{}.caller(ctx), q.Year
		if year == 0 {
			year, _, _ = r.s.Today().Date()
		}
		p := visits.Period{From: business.NewDate(year, 1, 1), To: business.NewDate(year, 12, 31)}
		if mine {
			p.Person = c.Actor.Person
		}
		page := pageOf(q)
		part := visits.Stretch{Offset: int(q.After), Limit: page + 1}
		found, total, err := r.s.VisitedCustomers(ctx, c, p, part)
		t := api.ReportTable{Total: total, Year: year}
		if len(found) > page {
			found, t.Next = found[:page], q.After+int64(page)
		}
		for _, v := range found {
			t.Rows = append(t.Rows, rowOf(v.Customer, v.Name, v.Region, v.Visits, v.Last.String()))
		}
		return t, err
	}
}

// byRegion is the visits of a period by region and customer, of this month when nothing
// is asked.
func (r reports) byRegion(ctx context.Context, q api.ReportQuery) (api.ReportTable, error) {
	p := visits.Period{From: q.From, To: q.To}
	if p.To.IsZero() {
		p.To = r.s.Today()
	}
	if p.From.IsZero() {
		y, m, _ := p.To.Date()
		p.From = business.NewDate(y, m, 1)
	}
	regions, err := r.s.VisitsByRegion(ctx, Client{}.caller(ctx), p)
	t := api.ReportTable{}
	at := int64(0)
	for _, region := range regions {
		t.Total += region.Visits
		for _, v := range region.Customers {
			if at++; at <= q.After {
				continue
			}
			if len(t.Rows) == pageOf(q) {
				t.Next = at - 1
				break
			}
			t.Rows = append(t.Rows, rowOf(v.Customer, region.Region, v.Name, v.Visits, v.Last.String()))
		}
	}
	return t, err
}
