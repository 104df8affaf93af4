// Package reportsapi serves the reports of all modules under one address,
// /v1/reports/{id}: a table of typed columns, page by page, with what leads from
// a row to the list behind it, and the same table as CSV or XLSX. A module makes
// its [api.Report] values; the composition root hands them all to [Mount].
package reportsapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"beatplan/api"
	"beatplan/business"
	"beatplan/internal/fail"
	"beatplan/internal/sheet"
)

// ErrNoReport: there is no report of this id, or not for this person.
var ErrNoReport = fail.New(fail.NotFound, "reports.no_such_report", "There is no such report.")

// Mount registers the operations for all reports.
func Mount(a *api.API, reports ...[]api.Report) {
	m := mount{slices.Concat(reports...)}
	tags := []string{"Reports"}
	api.Get(a, "/v1/reports", api.Op{ID: "list-reports", Summary: "List the reports", Tags: tags,
		Description: "Those that the caller may read.", Perm: api.SignedIn}, m.list)
	api.Get(a, "/v1/reports/{id}", api.Op{ID: "get-report", Summary: "Read a report", Tags: tags,
		Description: "Filters of GET /v1/customers apply where the report is of customers.",
		Perm:        api.SignedIn, Problems: []*fail.Error{ErrNoReport, api.ErrCursor}}, m.get)
	a.Export("/v1/reports/{id}/export.{format}", api.Op{ID: "export-report",
		Summary: "A whole report as CSV or XLSX", Tags: tags, Perm: business.CustomersExport},
		[]string{"from", "to", "year"}, m.export)
}

type mount struct{ reports []api.Report }

// Listed is one report in the list.
type Listed struct {
	ID      string             `json:"id" example:"S13"`
	Chart   string             `json:"chart" enum:",bar,pie,line"`
	Columns []api.ReportColumn `json:"columns"`
}

type listOut struct {
	Body struct {
		Items []Listed `json:"items"`
	}
}

type listIn struct {
	Language string `header:"Accept-Language" maxLength:"200" doc:"Of the titles: zh, else English"`
}

func (m mount) list(ctx context.Context, in *listIn) (*listOut, error) {
	out := &listOut{}
	out.Body.Items = []Listed{}
	for _, r := range m.reports {
		if api.CallerOf(ctx).May(r.Perm) {
			out.Body.Items = append(out.Body.Items, Listed{r.ID, r.Chart, titled(r.Columns, in.Language)})
		}
	}
	return out, nil
}

// titled gives the columns their names in a language.
func titled(columns []api.ReportColumn, language string) []api.ReportColumn {
	out := slices.Clone(columns)
	for i := range out {
		out[i].Title = api.Word(api.LanguageOf(language), out[i].Name)
	}
	return out
}

func (m mount) find(ctx context.Context, id string) (api.Report, error) {
	at := slices.IndexFunc(m.reports, func(r api.Report) bool { return r.ID == id })
	if at < 0 || !api.CallerOf(ctx).May(m.reports[at].Perm) {
		return api.Report{}, ErrNoReport.With("id", id)
	}
	return m.reports[at], nil
}

type getIn struct {
	ID    string `path:"id" maxLength:"40"`
	From  string `query:"from" maxLength:"10" doc:"First business day"`
	To    string `query:"to" maxLength:"10" doc:"Last business day"`
	Year  int    `query:"year" minimum:"0" maximum:"9999" doc:"Of a report over a year; 0: the present one"`
	After string `query:"after" maxLength:"200" doc:"next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	listIn
	params url.Values
}

// Resolve keeps the reader's language, and every parameter for the module.
func (in *getIn) Resolve(ctx huma.Context) []error {
	in.Language = ctx.Header("Accept-Language")
	u := ctx.URL()
	in.params = u.Query()
	return nil
}

func (in *getIn) query() (api.ReportQuery, error) {
	q := api.ReportQuery{Year: in.Year, Limit: in.Limit, Params: in.params}
	var err error
	if q.From, q.To, err = (api.Period{From: in.From, To: in.To}).Days(); err != nil {
		return q, err
	}
	return q, api.DecodeAfter(in.After, &q.After)
}

// Shown is a page of a report.
type Shown struct {
	ID      string             `json:"id"`
	Chart   string             `json:"chart" enum:",bar,pie,line"`
	Columns []api.ReportColumn `json:"columns"`
	Rows    []api.ReportRow    `json:"rows"`
	Total   int64              `json:"total" doc:"Rows, or of a statistic the sum; -1 when it is not counted"`
	Year    int                `json:"year,omitempty"`
	Next    string             `json:"next,omitempty" doc:"Give it as after; absent on the last page"`
}

type getOut struct{ Body Shown }

func (m mount) get(ctx context.Context, in *getIn) (*getOut, error) {
	r, err := m.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	t, err := r.Run(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &getOut{Shown{ID: r.ID, Chart: r.Chart, Rows: t.Rows,
		Columns: titled(r.Columns, in.Language),
		Total:   t.Total, Year: t.Year}}
	if out.Body.Rows == nil {
		out.Body.Rows = []api.ReportRow{}
	}
	if t.Next != 0 {
		out.Body.Next, err = api.EncodeAfter(t.Next)
	}
	return out, err
}

// export streams the whole report.
func (m mount) export(w http.ResponseWriter, req *http.Request) error {
	r, err := m.find(req.Context(), chi.URLParam(req, "id"))
	if err != nil {
		return err
	}
	params := req.URL.Query()
	in := getIn{From: params.Get("from"), To: params.Get("to"), Year: int(api.Number(params, "year")),
		params: params, Limit: 500}
	q, err := in.query()
	if err != nil {
		return err
	}
	q.File = true
	file := sheet.Table{Name: r.ID, Format: sheet.FormatOf(chi.URLParam(req, "format"))}
	for _, c := range titled(r.Columns, api.Language(req)) {
		file.Head = append(file.Head, c.Title)
	}
	next := func(after int64) ([]api.ReportRow, *int64, error) {
		q.After = after
		t, err := r.Run(req.Context(), q)
		if t.Next == 0 {
			return t.Rows, nil, err
		}
		return t.Rows, &t.Next, err
	}
	return sheet.ServePages(w, file, next, func(row api.ReportRow) []any { return plain(row.Cells) })
}

// plain turns named strings and pointers into what a cell can hold.
func plain(cells []any) []any {
	out := make([]any, len(cells))
	for i, c := range cells {
		switch v := c.(type) {
		case nil, string, int, int64, float64:
			out[i] = v
		case *string:
			if v != nil {
				out[i] = *v
			}
		default:
			out[i] = fmt.Sprint(v)
		}
	}
	return out
}
