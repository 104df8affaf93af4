package crmapi

import (
	"context"
	"fmt"
	"strconv"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/crm"
)

// Reports are the queries and statistics of customers.
func Reports(s *crm.Service) []api.Report {
	r := reports{s}
	list := func(id string, mine bool, columns ...api.ReportColumn) api.Report {
		return api.Report{ID: id, Perm: business.CustomersRead, Columns: columns,
			Run: func(ctx context.Context, q api.ReportQuery) (api.ReportTable, error) {
				return r.list(ctx, q, columns, mine)
			}}
	}
	activity := func(id string, what crm.ActivityKind, columns ...api.ReportColumn) api.Report {
		return api.Report{ID: id, Perm: business.CustomersRead, Columns: columns,
			Run: func(ctx context.Context, q api.ReportQuery) (api.ReportTable, error) {
				return r.activity(ctx, q, columns, what)
			}}
	}
	count := func(stat crm.Statistic, chart, field string) api.Report {
		columns := cols("text:"+field, "number:count", "permil:share")
		return api.Report{ID: string(stat), Chart: chart, Perm: business.CustomersRead,
			Columns: columns, Run: func(ctx context.Context, q api.ReportQuery) (api.ReportTable, error) {
				return r.count(ctx, q, stat, field)
			}}
	}
	months := func(stat crm.Statistic, field string, mine bool) api.Report {
		return api.Report{ID: string(stat), Chart: "bar", Perm: business.CustomersRead,
			Columns: monthColumns(field),
			Run: func(ctx context.Context, q api.ReportQuery) (api.ReportTable, error) {
				return r.months(ctx, q, monthly{stat, field, mine})
			}}
	}
	return []api.Report{
		list("Q01", false, cols("text:number", "text:name", "text:kind", "text:channel", "text:district",
			"text:owner_name", "date:created_on")...),
		activity("Q02", crm.Claims, cols("text:name", "text:kind", "text:status", "date:claimed_on",
			"text:to_name", "text:district")...),
		list("Q04", false, cols("text:name", "text:address", "text:building", "text:contact", "text:phone",
			"number:longitude", "number:latitude", "text:located")...),
		activity("Q09", crm.Transfers, cols("text:name", "text:kind", "text:status", "date:on",
			"text:from_name", "text:to_name", "text:note")...),
		list("Q11", false, cols("text:number", "text:name", "text:kind", "text:status", "text:district",
			"text:owner_name", "number:visit_count")...),
		activity("Q12", crm.Changes, cols("text:name", "date:on", "text:by_name", "text:note")...),
		months(crm.NewByRegion, "district", false),
		months(crm.NewByKind, "kind", true),
		list("S12", true, cols("text:number", "text:name", "text:kind", "text:status", "text:stage",
			"date:last_visit_day", "date:due_on")...),
		count(crm.ByStage, "bar", "stage"), count(crm.ByKind, "pie", "kind"),
		count(crm.ByState, "bar", "status"), count(crm.ByChannel, "bar", "channel"),
	}
}

type reports struct{ s *crm.Service }

// cols reads columns like "text:name".
func cols(names ...string) []api.ReportColumn { return api.ReportColumns(names...) }

func monthColumns(field string) []api.ReportColumn {
	out := cols("text:" + field)
	for m := 1; m <= 12; m++ {
		out = append(out, api.ReportColumn{Name: fmt.Sprintf("month_%d", m), Type: "number"})
	}
	return append(out, api.ReportColumn{Name: "total", Type: "number"})
}

// list is a report with one row for each customer: by creation, the newest first.
func (r reports) list(
	ctx context.Context, q api.ReportQuery, columns []api.ReportColumn, mine bool,
) (api.ReportTable, error) {
	f, err := crm.ParseFilter(q.Params)
	if err != nil {
		return api.ReportTable{}, err
	}
	f.CreatedFrom, f.CreatedTo = q.From, q.To
	if mine {
		f.Owners = []business.PersonID{api.Actor(ctx).Person}
	}
	l := crm.List{Filter: f, Sort: crm.ByNumberDown, Limit: q.Limit}
	if q.After != 0 {
		l.After = crm.Cursor{Sort: l.Sort, ID: business.CustomerID(q.After)}
	}
	page, next, err := r.s.List(ctx, api.Scope(ctx), l)
	if err != nil {
		return api.ReportTable{}, err
	}
	n, err := r.s.Count(ctx, api.Scope(ctx), f)
	t := api.ReportTable{Total: n.Total}
	if next != nil {
		t.Next = int64(next.ID)
	}
	for _, c := range page {
		cells := customerCells(c, r.s)
		row := api.ReportRow{Drill: map[string]string{"customer": strconv.FormatInt(int64(c.ID), 10)}}
		for _, col := range columns {
			row.Cells = append(row.Cells, cells[col.Name])
		}
		t.Rows = append(t.Rows, row)
	}
	return t, err
}

func customerCells(c crm.Customer, s *crm.Service) map[string]any {
	cells := map[string]any{
		"number": c.Number, "name": c.Name, "kind": c.Kind, "status": c.Status, "stage": c.Stage,
		"channel": c.Channel, "district": c.District, "owner_name": c.OwnerName,
		"created_on": s.DayOf(c.CreatedAt).String(), "address": c.Address, "building": c.Building,
		"contact": c.MainContact(), "phone": c.Phone, "visit_count": c.VisitCount,
		"last_visit_day": day(c.LastVisitDay), "due_on": day(c.DueOn), "located": "no",
		"longitude": nil, "latitude": nil,
	}
	if c.Position != nil {
		cells["longitude"], cells["latitude"], cells["located"] = c.Position[0], c.Position[1], "yes"
	}
	return cells
}

func (r reports) activity(
	ctx context.Context, q api.ReportQuery, columns []api.ReportColumn, what crm.ActivityKind,
) (api.ReportTable, error) {
	f, err := crm.ParseFilter(q.Params)
	if err != nil {
		return api.ReportTable{}, err
	}
	found, err := r.s.ActivityPage(ctx, api.Scope(ctx), crm.Activities{Filter: f, What: what,
		From: q.From, To: q.To, Before: q.After, Limit: q.Limit + 1})
	if err != nil {
		return api.ReportTable{}, err
	}
	t := api.ReportTable{Total: -1}
	if len(found) > q.Limit {
		found = found[:q.Limit]
		t.Next = found[q.Limit-1].ID
	}
	for _, a := range found {
		on := r.s.DayOf(a.At).String()
		cells := map[string]any{"name": a.Name, "kind": a.Kind, "status": a.Status,
			"district": a.District, "claimed_on": on, "on": on, "from_name": a.FromName,
			"to_name": a.ToName, "by_name": a.ByName, "note": a.Note}
		row := api.ReportRow{
			Drill: map[string]string{"customer": strconv.FormatInt(int64(a.Customer), 10)}}
		for _, col := range columns {
			row.Cells = append(row.Cells, cells[col.Name])
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// drill is the parameter of the customer list that selects a segment.
func drill(field, value string) map[string]string {
	switch {
	case value == "":
		value = "none"
	case field == "kind": // this very kind, without those below it
		value = "=" + value
	}
	return map[string]string{field: value}
}

func (r reports) count(
	ctx context.Context, q api.ReportQuery, stat crm.Statistic, field string,
) (api.ReportTable, error) {
	f, err := crm.ParseFilter(q.Params)
	if err != nil {
		return api.ReportTable{}, err
	}
	f.CreatedFrom, f.CreatedTo = q.From, q.To
	segments, err := r.s.Segments(ctx, api.Scope(ctx), stat, f)
	t := api.ReportTable{}
	for _, s := range segments {
		t.Total += s.Total
		t.Rows = append(t.Rows, api.ReportRow{Cells: []any{s.Value, s.Total, s.Permil},
			Drill: drill(field, s.Value)})
	}
	return t, err
}

type monthly struct {
	stat  crm.Statistic
	field string
	mine  bool
}

func (r reports) months(
	ctx context.Context, q api.ReportQuery, m monthly,
) (api.ReportTable, error) {
	f, err := crm.ParseFilter(q.Params)
	if err != nil {
		return api.ReportTable{}, err
	}
	year := q.Year
	if year == 0 {
		year, _, _ = r.s.Today().Date()
	}
	f.CreatedFrom, f.CreatedTo = business.NewDate(year, 1, 1), business.NewDate(year, 12, 31)
	if m.mine {
		f.Owners = []business.PersonID{api.Actor(ctx).Person}
	}
	segments, err := r.s.Segments(ctx, api.Scope(ctx), m.stat, f)
	t := api.ReportTable{Year: year}
	for _, s := range segments {
		t.Total += s.Total
		row := api.ReportRow{Cells: []any{s.Value}, Drill: drill(m.field, s.Value)}
		if m.mine {
			row.Drill["owner"] = strconv.FormatInt(int64(api.Actor(ctx).Person), 10)
		}
		for _, n := range s.Months {
			row.Cells = append(row.Cells, n)
		}
		row.Cells = append(row.Cells, s.Total)
		t.Rows = append(t.Rows, row)
	}
	return t, err
}
