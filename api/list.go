package api

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"beatplan/business"
	"beatplan/internal/sheet"
)

// OptionalDate reads a day as 2026-11-23; the zero date where s is empty. It fails
// with [ErrInvalid] at path.
func OptionalDate(path, s string) (business.Date, error) {
	if s == "" {
		return business.Date{}, nil
	}
	d, err := business.ParseDate(s)
	if err != nil {
		return d, ErrInvalid.WithField(path, "format", "A date like 2026-11-23.")
	}
	return d, nil
}

// Period is the days that a list is about; embed it in the operation's input.
type Period struct {
	From string `query:"from" format:"date"`
	To   string `query:"to" format:"date" doc:"Inclusive"`
}

// PeriodOf is the period that a plain route is asked for.
func PeriodOf(q url.Values) Period { return Period{From: q.Get("from"), To: q.Get("to")} }

// Days are the first and the last day of the period, zero where it is open. It fails
// with [ErrInvalid].
func (p Period) Days() (from, to business.Date, err error) {
	if from, err = OptionalDate("query.from", p.From); err != nil {
		return from, to, err
	}
	to, err = OptionalDate("query.to", p.To)
	return from, to, err
}

// OptionalSpan reads the parameters from and to, both days included; without them
// it is this year until today.
func OptionalSpan(from, to string, today business.Date) (first, last business.Date, err error) {
	if first, last, err = (Period{from, to}).Days(); err != nil {
		return first, last, err
	}
	if last.IsZero() {
		last = today
	}
	if first.IsZero() {
		year, _, _ := last.Date()
		first = business.NewDate(year, time.January, 1)
	}
	return first, last, nil
}

// Number is a parameter of a plain route; 0 where it is none, which filters nothing.
func Number(q url.Values, name string) int64 {
	n, _ := strconv.ParseInt(q.Get(name), 10, 64) // anything else is no filter
	return n
}

// SumPage makes the page of documents that q asks for and, on the first page, the sum
// of all under the filter. read gives the rows and the last row's sort key, nil on the
// last page; count, how many there are under the filter and their sum. Beyond
// [business.SumLimit] documents there is neither.
func SumPage[R, T, C any](
	q PageQuery, view func(R) T,
	read func() ([]R, *C, error), count func() (int64, business.Money, error),
) (Page[T], *int64, error) {
	rows, cursor, err := read()
	if err != nil {
		return Page[T]{}, nil, err
	}
	page, err := KeyPage(rows, cursor, view)
	if err != nil || q.After != "" {
		return page, nil, err
	}
	total, sum, err := count()
	if err != nil || total > business.SumLimit {
		return page, nil, err
	}
	cents := int64(sum)
	page.Total = &total
	return page, &cents, nil
}

// KeyPage makes a page of rows that are not counted; cursor is the last row's sort key,
// nil on the last page.
func KeyPage[R, T, C any](rows []R, cursor *C, view func(R) T) (Page[T], error) {
	next := ""
	if cursor != nil {
		var err error
		if next, err = EncodeAfter(cursor); err != nil {
			return Page[T]{}, err
		}
	}
	items := make([]T, len(rows))
	for i, r := range rows {
		items[i] = view(r)
	}
	return NewPage(items, next, -1), nil
}

// File is the download of a list that r asks for: its format, and a head in the
// reader's language. name is the file's, columns are names of [Words].
func File(r *http.Request, name string, columns ...string) sheet.Table {
	return sheet.Table{Name: name, Format: sheet.FormatOf(chi.URLParam(r, "format")),
		Head: Words(Language(r), columns...)}
}

// Export registers a download of a list, as CSV or XLSX, and describes it. path ends
// in "/export.{format}"; filters are the names of the list's parameters it takes.
func (a *API) Export(path string, op Op, filters []string, h PlainHandler) {
	a.Plain(http.MethodGet, path, op.Perm, h)
	o := &huma.Operation{
		OperationID: op.ID, Method: http.MethodGet, Path: path, Summary: op.Summary, Tags: op.Tags,
		Responses: map[string]*huma.Response{"200": {Description: "The file"}},
		Parameters: []*huma.Param{{Name: "format", In: "path", Required: true,
			Schema: &huma.Schema{Type: "string", Enum: []any{"csv", "xlsx"}}},
			{Name: "language", In: "query", Description: "Of the headings; else Accept-Language",
				Schema: &huma.Schema{Type: "string", Enum: []any{"zh", "en"}}}},
	}
	if strings.Contains(path, "{id}") {
		o.Parameters = append(o.Parameters, &huma.Param{Name: "id", In: "path", Required: true,
			Schema: &huma.Schema{Type: "string"}})
	}
	for _, name := range filters {
		o.Parameters = append(o.Parameters, &huma.Param{Name: name, In: "query",
			Description: "As in the list", Schema: &huma.Schema{Type: "string"}})
	}
	a.Describe(o)
}
