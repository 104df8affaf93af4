package crmapi

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/internal/sheet"
)

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// files registers what answers with a file.
func (m mount) files() {
	for _, f := range []struct {
		path, id, summary string
		perm              business.Permission
		handler           api.PlainHandler
	}{
		{"/v1/customers/export.csv", "export-customers-csv", "Export the customers under a filter as CSV",
			business.CustomersExport, m.exportCSV},
		{"/v1/customers/export.xlsx", "export-customers-xlsx", "Export the customers under a filter as XLSX",
			business.CustomersExport, m.exportXLSX},
		{"/v1/customers/template.csv", "customer-template-csv", "The headings of an import, as CSV",
			business.CustomersImport, m.templateCSV},
		{"/v1/customers/template.xlsx", "customer-template-xlsx",
			"An empty table for an import, with an explanation of its columns",
			business.CustomersImport, m.templateXLSX},
	} {
		m.a.Plain(http.MethodGet, f.path, f.perm, f.handler)
		m.a.Describe(m.fileOperation(f.path, f.id, f.summary, f.perm))
		if f.perm == business.CustomersExport {
			m.a.Sensitive(http.MethodGet, f.path)
		}
	}
}

func (m mount) fileOperation(
	path, id, summary string, perm business.Permission,
) *huma.Operation {
	media := xlsxType
	if strings.HasSuffix(path, ".csv") {
		media = "text/csv"
	}
	o := &huma.Operation{
		OperationID: id, Method: http.MethodGet, Path: path, Summary: summary, Tags: tags(),
		Security:   []map[string][]string{{"session": {}}, {"token": {}}},
		Extensions: map[string]any{"x-permission": string(perm)},
		Responses: map[string]*huma.Response{"200": {
			Description: "The file", Content: map[string]*huma.MediaType{
				media: {Schema: &huma.Schema{Type: "string", Format: "binary"}},
			},
		}},
		Parameters: []*huma.Param{{Name: "language", In: "query",
			Description: "Of the headings: zh or en; else Accept-Language",
			Schema:      &huma.Schema{Type: "string", Enum: []any{"zh", "en"}}}},
	}
	if strings.Contains(path, "export") {
		for _, name := range filterNames() {
			o.Parameters = append(o.Parameters, &huma.Param{Name: name, In: "query",
				Description: "As in GET /v1/customers", Schema: &huma.Schema{Type: "string"}})
		}
	}
	return o
}

func filterNames() []string {
	return []string{"q", "owner", "team", "kind", "level", "status", "due", "tag", "bbox", "polygon",
		"ids", "located", "shared_to", "shared_by", "stage", "channel", "district", "created_from",
		"created_to", "visited_from", "visited_to", "unvisited_since", "ordered_from", "ordered_to",
		"unordered_since", "owes_from", "owes_to", "mark", "area"}
}

func attach(w http.ResponseWriter, media, name string) {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s"`, name))
	h.Set("Cache-Control", "no-store")
}

func (m mount) exportCSV(w http.ResponseWriter, r *http.Request) error {
	return m.export(w, r, "text/csv; charset=utf-8", "csv", func() (sheet.Writer, error) {
		return sheet.NewCSV(w)
	})
}

func (m mount) exportXLSX(w http.ResponseWriter, r *http.Request) error {
	return m.export(w, r, xlsxType, "xlsx", func() (sheet.Writer, error) {
		return sheet.NewXLSX(w, "Customers")
	})
}

// export streams the rows. A fault after the first byte cuts the connection, so
// that half a file never looks like a whole one.
func (m mount) export(
	w http.ResponseWriter, r *http.Request, media, suffix string, open func() (sheet.Writer, error),
) error {
	f, err := crm.ParseFilter(r.URL.Query())
	if err != nil {
		return err
	}
	var out sheet.Writer
	begin := func() error {
		attach(w, media, fmt.Sprintf("customers-%s.%s", m.s.Today(), suffix))
		if out, err = open(); err != nil {
			return err
		}
		return out.Row(crm.Headings(api.Language(r))...)
	}
	for c, err := range m.s.Export(r.Context(), api.Scope(r.Context()), f) {
		if err != nil && out == nil {
			return err
		}
		if err == nil && out == nil {
			err = begin()
		}
		if err == nil {
			err = out.Row(crm.ExportRow(c)...)
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
	}
	if out == nil { // no rows: the headings alone
		if err := begin(); err != nil {
			panic(http.ErrAbortHandler)
		}
	}
	if err := out.Close(); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (m mount) templateCSV(w http.ResponseWriter, r *http.Request) error {
	attach(w, "text/csv; charset=utf-8", "customers.csv")
	out, err := sheet.NewCSV(w)
	if err == nil {
		err = out.Row(crm.Headings(api.Language(r))...)
	}
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (m mount) templateXLSX(w http.ResponseWriter, r *http.Request) error {
	attach(w, xlsxType, "customers.xlsx")
	out, err := sheet.NewXLSX(w, "Customers")
	if err == nil {
		err = crm.Template(out, api.Language(r))
	}
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}
