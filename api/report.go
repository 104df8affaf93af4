package api

import (
	"context"
	"net/url"
	"strings"

	"beatplan/business"
)

// ReportColumn is one column of a report.
type ReportColumn struct {
	Name  string `json:"name" example:"district"`
	Title string `json:"title" doc:"The name in the reader's language"`
	Type  string `json:"type" enum:"text,number,date,permil,money" doc:"permil: thousandths of the whole; money: minor units"`
}

// ReportColumns reads columns like "text:name".
func ReportColumns(names ...string) []ReportColumn {
	out := make([]ReportColumn, len(names))
	for i, n := range names {
		kind, name, _ := strings.Cut(n, ":")
		out[i] = ReportColumn{Name: name, Type: kind}
	}
	return out
}

// ReportQuery is what a report is asked for.
type ReportQuery struct {
	From, To business.Date // both included; zero: open
	Year     int           // 0: the present one
	Params   url.Values    // every parameter of the request, for filters of the module
	After    int64         // Next of the page before; 0: from the beginning
	Limit    int           // rows of a page
	File     bool          // the whole is written to a file: a page may have many more rows
}

// ReportRow is one row: a value for each column, and the parameters of the list that
// it stands for.
type ReportRow struct {
	Cells []any             `json:"cells" doc:"A value for each column, null for none"`
	Drill map[string]string `json:"drill" doc:"Parameters of the list behind the row"`
}

// ReportTable is what a report says.
type ReportTable struct {
	Rows  []ReportRow
	Total int64 // rows or their sum, as the report says; −1: not counted
	Next  int64 // 0: no more
	Year  int   // of a report over a year
}

// Report is one report of a module; api/reportsapi serves the reports of all of them.
type Report struct {
	ID      string // "S13"
	Chart   string // "", bar, pie, line
	Perm    business.Permission
	Columns []ReportColumn
	Run     func(ctx context.Context, q ReportQuery) (ReportTable, error)
}
