package crmapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/geo/datum"
	"beatplan/internal/fail"
	"beatplan/internal/sheet"
)

func (m mount) imports() {
	op := func(id, summary string, own ...*fail.Error) api.Op {
		return api.Op{ID: id, Summary: summary, Tags: []string{"Customer imports"},
			Perm: business.CustomersImport, Problems: own}
	}
	upload := op("upload-customers", "Upload a CSV or XLSX of customers", sheet.ErrEmpty,
		sheet.ErrUnreadable, sheet.ErrOldFormat, sheet.ErrTooLarge, crm.ErrNoRows)
	upload.Description = "The body is the file itself. It is read to its end and kept for a week; " +
		"nothing is imported yet. The answer proposes which column is what."
	upload.MaxBody, upload.ReadTimeout, upload.Status = crm.MaxImport, 2*time.Minute, http.StatusCreated
	api.Post(m.a, "/v1/customer-imports", upload, m.upload)
	api.Get(m.a, "/v1/customer-imports", op("list-customer-imports", "List the last imports"), m.importList)
	api.Get(m.a, "/v1/customer-imports/{id}", op("get-customer-import", "Read an import",
		crm.ErrNoImport), m.importGet)
	settings := []*fail.Error{crm.ErrNoImport, crm.ErrImportGone, crm.ErrInvalid}
	preview := op("preview-customer-import", "Show what an import would make of the rows", settings...)
	preview.Description = "Nothing is changed. Rows are shown with their position in WGS-84, so that a " +
		"wrong datum is seen on the map; duplicates are found by the run only."
	api.Post(m.a, "/v1/customer-imports/{id}/preview", preview, m.preview)
	run := op("run-customer-import", "Import in the background",
		append(settings, crm.ErrImportBusy, crm.ErrImportDone)...)
	run.Description = "Answers with the job; cancel it with DELETE /v1/jobs/{id}. Either every accepted " +
		"row is created or none: also when the job is cancelled or the server stops."
	run.Command, run.Status = true, http.StatusAccepted
	api.Post(m.a, "/v1/customer-imports/{id}/run", run, m.run)
	api.Get(m.a, "/v1/customer-imports/{id}/faults", op("list-customer-import-faults",
		"List what the last run refused, by line and column", crm.ErrNoImport, api.ErrCursor), m.faults)
	m.a.Plain(http.MethodGet, "/v1/customer-imports/{id}/faults.csv", business.CustomersImport, m.faultsCSV)
}

// Import is a file that somebody brought.
type Import struct {
	ID         int64           `json:"id"`
	FileName   string          `json:"file_name"`
	Format     sheet.Format    `json:"format" enum:"csv,xlsx"`
	Encoding   string          `json:"encoding" doc:"Of a CSV"`
	Headings   []string        `json:"headings"`
	Columns    []ImportColumn  `json:"columns" doc:"The fields that a column can hold"`
	Suggested  crm.Mapping     `json:"suggested" doc:"Field → column, from 0, by the headings"`
	Rows       int             `json:"rows" doc:"Below the heading"`
	Computed   int             `json:"computed" doc:"Cells with a formula; their saved value is read"`
	Formulas   []string        `json:"formulas" doc:"The first of them" example:"[\"C7\"]"`
	State      crm.ImportState `json:"state" enum:"uploaded,running,done,refused,failed,cancelled"`
	Settings   *ImportSettings `json:"settings" doc:"Of the last run"`
	JobID      *int64          `json:"job_id"`
	Created    int             `json:"created"`
	Refused    int             `json:"refused" doc:"Rows; created + refused = rows after a run of the good rows"`
	At         time.Time       `json:"at"`
	FinishedAt *time.Time      `json:"finished_at"`
}

// ImportColumn is a field that a column can hold.
type ImportColumn struct {
	Field   string `json:"field"`
	Heading string `json:"heading"`
	Chinese string `json:"chinese"`
	Example string `json:"example"`
	Help    string `json:"help"`
}

// ImportSettings say how the rows are read.
type ImportSettings struct {
	Columns crm.Mapping `json:"columns" doc:"Field → column, from 0"`
	Datum   datum.Datum `json:"datum,omitempty" enum:"wgs84,gcj02,bd09" default:"wgs84"`
	Swap    bool        `json:"swap,omitempty" doc:"Longitude and latitude stand in each other's column"`
	Mode    string      `json:"mode,omitempty" enum:"all,good" default:"all" doc:"All or nothing, or the good rows only"`
}

func (s ImportSettings) command() crm.ImportSettings {
	return crm.ImportSettings{Columns: s.Columns, Datum: s.Datum, Swap: s.Swap, GoodOnly: s.Mode == "good"}
}

// ImportFault is what is wrong with a cell, or a row.
type ImportFault struct {
	Line    int    `json:"line" doc:"In the file, from 1"`
	Column  string `json:"column" doc:"Heading; empty for the row as a whole"`
	Field   string `json:"field"`
	Code    string `json:"code" example:"swapped"`
	Message string `json:"message"`
	Value   string `json:"value"`
}

func importView(i crm.Import) Import {
	v := Import{
		ID: i.ID, FileName: i.FileName, Format: i.Format, Encoding: i.Encoding,
		Headings: list(i.Headings), Suggested: crm.Suggest(i.Headings), Rows: i.Rows,
		Computed: i.Computed, Formulas: list(i.Formulas), State: i.State, JobID: orNull(i.Job),
		Created: i.Created, Refused: i.Refused, At: i.At, FinishedAt: i.FinishedAt,
	}
	for _, c := range crm.Columns() {
		v.Columns = append(v.Columns, ImportColumn{c.Field, c.Heading, c.Chinese, c.Example, c.Help})
	}
	if s := i.Settings; s != nil {
		v.Settings = &ImportSettings{s.Columns, s.Datum, s.Swap, "all"}
		if s.GoodOnly {
			v.Settings.Mode = "good"
		}
	}
	return v
}

func faultViews(faults []crm.Fault) []ImportFault {
	out := make([]ImportFault, len(faults))
	for i, f := range faults {
		out[i] = ImportFault{f.Line, f.Heading, f.Field, f.Code, f.Message, f.Value}
	}
	return out
}

type uploadIn struct {
	Name    string `query:"name" required:"true" minLength:"1" maxLength:"200" example:"customers.xlsx" doc:"Of the file"`
	RawBody []byte `contentType:"application/octet-stream"`
}

type importOut struct{ Body Import }

func shownImport(i crm.Import, err error) (*importOut, error) {
	if err != nil {
		return nil, err
	}
	return &importOut{importView(i)}, nil
}

func (m mount) upload(ctx context.Context, in *uploadIn) (*importOut, error) {
	return shownImport(m.s.Upload(ctx, by(ctx), in.Name, in.RawBody))
}

// ImportPath names an import in an address; embed it.
type ImportPath struct {
	ID int64 `path:"id" minimum:"1"`
}

func (m mount) importGet(ctx context.Context, in *ImportPath) (*importOut, error) {
	return shownImport(m.s.Import(ctx, api.Scope(ctx), in.ID))
}

type importsOut struct {
	Body struct {
		Items []Import `json:"items"`
	}
}

func (m mount) importList(ctx context.Context, _ *struct{}) (*importsOut, error) {
	found, err := m.s.Imports(ctx, api.Scope(ctx))
	if err != nil {
		return nil, err
	}
	out := &importsOut{}
	out.Body.Items = make([]Import, len(found))
	for i, f := range found {
		out.Body.Items[i] = importView(f)
	}
	return out, nil
}

type settingsIn struct {
	ImportPath
	Body ImportSettings
}

// ImportPreview is what an import would make of a file.
type ImportPreview struct {
	Rows    []PreviewRow  `json:"rows" doc:"The first hundred"`
	Located int           `json:"located" doc:"Rows with a position"`
	Missing int           `json:"missing" doc:"Rows without; they queue by district"`
	Swapped int           `json:"swapped" doc:"Rows whose longitude and latitude seem to be swapped"`
	Far     int           `json:"far" doc:"Of the located: more than 200 km from every customer"`
	Faulty  int           `json:"faulty" doc:"Rows that would be refused for a cell"`
	Faults  []ImportFault `json:"faults" doc:"The first hundred"`
}

// PreviewRow is one row as it would become a customer.
type PreviewRow struct {
	Line     int           `json:"line"`
	Number   string        `json:"number"`
	Name     string        `json:"name"`
	Kind     string        `json:"kind"`
	Level    crm.Level     `json:"level"`
	District string        `json:"district"`
	Address  string        `json:"address"`
	Position *orb.Point    `json:"position" doc:"WGS-84"`
	Faults   []ImportFault `json:"faults"`
}

type previewOut struct{ Body ImportPreview }

func (m mount) preview(ctx context.Context, in *settingsIn) (*previewOut, error) {
	p, err := m.s.Preview(ctx, by(ctx), in.ID, in.Body.command())
	if err != nil {
		return nil, err
	}
	v := ImportPreview{Located: p.Located, Missing: p.Missing, Swapped: p.Swapped, Far: p.Far,
		Faulty: p.Faulty, Faults: faultViews(p.Faults), Rows: make([]PreviewRow, len(p.Rows))}
	for i, r := range p.Rows {
		c := r.Customer
		v.Rows[i] = PreviewRow{r.Line, c.Number, c.Name, c.Kind, c.Level, c.District, c.Address,
			r.Position, faultViews(r.Faults)}
	}
	return &previewOut{v}, nil
}

func (m mount) run(ctx context.Context, in *settingsIn) (*importOut, error) {
	return shownImport(m.s.Run(ctx, by(ctx), in.ID, in.Body.command()))
}

type faultsIn struct {
	ImportPath
	api.PageQuery
}

type faultsOut struct{ Body api.Page[ImportFault] }

func (m mount) faults(ctx context.Context, in *faultsIn) (*faultsOut, error) {
	n := 0
	if err := api.DecodeAfter(in.After, &n); err != nil {
		return nil, err
	}
	found, err := m.s.Faults(ctx, api.Scope(ctx), in.ID, n, in.Limit)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(found) == in.Limit {
		if next, err = api.EncodeAfter(n + len(found)); err != nil {
			return nil, err
		}
	}
	return &faultsOut{api.NewPage(faultViews(found), next, -1)}, nil
}

// faultsCSV gives the report to work through beside the file.
func (m mount) faultsCSV(w http.ResponseWriter, r *http.Request) error {
	var id int64
	if _, err := fmt.Sscan(chi.URLParam(r, "id"), &id); err != nil {
		return crm.ErrNoImport
	}
	if _, err := m.s.Import(r.Context(), api.Scope(r.Context()), id); err != nil {
		return err
	}
	attach(w, "text/csv; charset=utf-8", fmt.Sprintf("import-%d-report.csv", id))
	out, err := sheet.NewCSV(w)
	if err == nil {
		err = out.Row("Line", "Column", "Reason", "Value", "Code")
	}
	for n := 0; err == nil; {
		var found []crm.Fault
		if found, err = m.s.Faults(r.Context(), api.Scope(r.Context()), id, n, 1000); len(found) == 0 {
			break
		}
		n += len(found)
		for _, f := range found {
			if err == nil {
				err = out.Row(f.Line, f.Heading, f.Message, f.Value, f.Code)
			}
		}
	}
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}
