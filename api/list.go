package api

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"beatplan/business"
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

// OptionalSpan reads the parameters from and to, both days included; without them
// it is this year until today.
func OptionalSpan(from, to string, today business.Date) (first, last business.Date, err error) {
	if first, err = OptionalDate("query.from", from); err != nil {
		return first, last, err
	}
	if last, err = OptionalDate("query.to", to); err != nil {
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

// SumPage makes a page of documents and the sum of all under the filter. cursor is
// the last row's sort key, nil on the last page. count is nil where the list is not
// counted, as a rule beyond its first page.
func SumPage[R, T, C any](
	rows []R, cursor *C, view func(R) T, count func() (int64, business.Money, error),
) (Page[T], *int64, error) {
	next := ""
	if cursor != nil {
		var err error
		if next, err = EncodeAfter(cursor); err != nil {
			return Page[T]{}, nil, err
		}
	}
	items := make([]T, len(rows))
	for i, r := range rows {
		items[i] = view(r)
	}
	if count == nil {
		return NewPage(items, next, -1), nil, nil
	}
	total, sum, err := count()
	cents := int64(sum)
	return NewPage(items, next, total), &cents, err
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
