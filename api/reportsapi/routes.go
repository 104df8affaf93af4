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
	"strings"

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
	for _, format := range []string{"csv", "xlsx"} {
		path := "/v1/reports/{id}/export." + format
		a.Plain(http.MethodGet, path, business.CustomersExport, m.export(format))
		a.Describe(&huma.Operation{OperationID: "export-report-" + format, Method: http.MethodGet,
			Path: path, Summary: "A whole report as " + strings.ToUpper(format), Tags: tags,
			Security:   []map[string][]string{{"session": {}}, {"token": {}}},
			Extensions: map[string]any{"x-permission": string(business.CustomersExport)},
			Parameters: []*huma.Param{{Name: "id", In: "path", Required: true,
				Schema: &huma.Schema{Type: "string"}}},
			Responses: map[string]*huma.Response{"200": {Description: "The file"}},
		})
	}
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

func (m mount) list(ctx context.Context, _ *struct{}) (*listOut, error) {
	out := &listOut{}
	out.Body.Items = []Listed{}
	for _, r := range m.reports {
		if api.CallerOf(ctx).May(r.Perm) {
			out.Body.Items = append(out.Body.Items, Listed{r.ID, r.Chart, r.Columns})
		}
	}
	return out, nil
}

func (m mount) find(ctx context.Context, id string) (api.Report, error) {
	at := slices.IndexFunc(m.reports, func(r api.Report) bool { return r.ID == id })
	if at < 0 || !api.CallerOf(ctx).May(m.reports[at].Perm) {
		return api.Report{}, ErrNoReport.With("id", id)
	}
	return m.reports[at], nil
}

type getIn struct {
	ID     string `path:"id" maxLength:"40"`
	From   string `query:"from" maxLength:"10" doc:"First business day"`
	To     string `query:"to" maxLength:"10" doc:"Last business day"`
	Year   int    `query:"year" minimum:"0" maximum:"9999" doc:"Of a report over a year; 0: the present one"`
	After  string `query:"after" maxLength:"200" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	params url.Values
}

// Resolve keeps every parameter for the module.
func (in *getIn) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	in.params = u.Query()
	return nil
}

func (in *getIn) query() (api.ReportQuery, error) {
	q := api.ReportQuery{Year: in.Year, Limit: in.Limit, Params: in.params}
	for text, to := range map[string]*business.Date{in.From: &q.From, in.To: &q.To} {
		if text == "" {
			continue
		}
		d, err := business.ParseDate(text)
		if err != nil {
			return q, api.ErrCursor.WithField("from", "format", "Expected a day like 2026-11-23.")
		}
		*to = d
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
	out := &getOut{Shown{ID: r.ID, Chart: r.Chart, Columns: r.Columns, Rows: t.Rows,
		Total: t.Total, Year: t.Year}}
	if out.Body.Rows == nil {
		out.Body.Rows = []api.ReportRow{}
	}
	if t.Next != 0 {
		out.Body.Next, err = api.EncodeAfter(t.Next)
	}
	return out, err
}

// export streams the whole report; a fault after the first byte cuts the
// connection, so that half a file never looks like a whole one.
func (m mount) export(format string) api.PlainHandler {
	return func(w http.ResponseWriter, req *http.Request) error {
		ctx := req.Context()
		r, err := m.find(ctx, chi.URLParam(req, "id"))
		if err != nil {
			return err
		}
		params := req.URL.Query()
		in := getIn{From: params.Get("from"), To: params.Get("to"), params: params, Limit: 500}
		_, _ = fmt.Sscan(params.Get("year"), &in.Year) // anything else is the present year
		q, err := in.query()
		if err != nil {
			return err
		}
		return sheet.Serve(w, r.ID, sheet.FormatOf(format), func(out sheet.Writer) error {
			return write(ctx, out, r, q)
		})
	}
}

// write writes a report page by page, its head after the first page was read, so that
// a refusal still can be answered.
func write(ctx context.Context, out sheet.Writer, r api.Report, q api.ReportQuery) error {
	for first := true; ; first = false {
		t, err := r.Run(ctx, q)
		if err == nil && first {
			head := make([]any, len(r.Columns))
			for i, c := range r.Columns {
				head[i] = c.Name
			}
			err = out.Row(head...)
		}
		for i := 0; i < len(t.Rows) && err == nil; i++ {
			err = out.Row(plain(t.Rows[i].Cells)...)
		}
		if err != nil || t.Next == 0 {
			return err
		}
		q.After = t.Next
	}
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
