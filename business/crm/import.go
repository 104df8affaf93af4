package crm

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/geo/datum"
	"beatplan/geo/geodesic"
	"beatplan/internal/db"
	"beatplan/internal/fail"
	"beatplan/internal/idem"
	"beatplan/internal/jobs"
	"beatplan/internal/scope"
	"beatplan/internal/sheet"
)

// Importing goes in steps, so that nothing is a surprise: Upload reads the file to
// its end and proposes which column is what; Preview shows some rows as they
// would be and counts what looks wrong; Run imports in the background, all or
// nothing or the good rows only; Faults lists what was refused, cell by cell.
//
//	uploaded ──Run──▶ running ──▶ done | refused | failed | cancelled ──Run──▶ …
//
// Only done cannot run again. Whatever the end, either every accepted row is
// there or none: they are written in one transaction.

// MaxImport is the largest file that Upload takes, in bytes.
const MaxImport = 32 << 20

// ImportState is where an import stands.
type ImportState string

// The states of an import.
const (
	Uploaded        ImportState = "uploaded"
	ImportRunning   ImportState = "running"
	ImportDone      ImportState = "done"      // every good row is there
	ImportRefused   ImportState = "refused"   // rows were wrong, so none was taken
	ImportFailed    ImportState = "failed"    // a fault of ours, or the server stopped
	ImportCancelled ImportState = "cancelled" // by a person
)

// Import is a file that somebody brought.
type Import struct {
	ID         int64             `db:"id"`
	By         business.PersonID `db:"by"`
	At         time.Time         `db:"at"`
	FileName   string            `db:"file_name"`
	Format     sheet.Format      `db:"format"`
	Encoding   string            `db:"encoding"`
	Headings   []string          `db:"headings"`
	Rows       int               `db:"rows"`
	Computed   int               `db:"computed"` // cells whose formula's saved value is read
	Formulas   []string          `db:"formulas"` // the first of them
	State      ImportState       `db:"state"`
	Settings   *ImportSettings   `db:"settings"` // of the last run
	Job        int64             `db:"job_id"`   // 0: never run
	Created    int               `db:"created"`
	Refused    int               `db:"refused"`
	FinishedAt *time.Time        `db:"finished_at"`
}

// ImportSettings say how the rows are read.
type ImportSettings struct {
	Columns  Mapping     `json:"columns"`
	Datum    datum.Datum `json:"datum"`     // of the coordinates; "": WGS-84
	Swap     bool        `json:"swap"`      // longitude and latitude stand in each other's column
	GoodOnly bool        `json:"good_only"` // take the good rows; else all or none
}

// Preview is what an import would make of a file.
type Preview struct {
	Rows    []PreviewRow
	Located int // rows with a plausible position
	Missing int // without one: they will wait in the queue of their district
	Swapped int // longitude and latitude seem to be in each other's column
	Far     int // on the globe, but far from every customer that we know
	Faulty  int // rows that would be refused for a cell (duplicates are found by Run)
	Faults  []Fault
}

// PreviewRow is one row as it would become a customer.
type PreviewRow struct {
	Line     int
	Customer NewCustomer
	Position *orb.Point // WGS-84
	Faults   []Fault
}

const (
	previewRows   = 100
	previewFaults = 100
	// areaMargin is how far beyond the known customers a new one is expected.
	areaMargin geo.Meters = 200_000
)

const (
	sqlImportColumns = `
	id, by, at, file_name, format, encoding, headings, rows, computed, formulas, state, settings,
	coalesce(job_id, 0) as job_id, created, refused, finished_at`

	sqlAddImport = `
insert into crm.import (by, at, file_name, format, encoding, body, headings, rows, computed, formulas)
values (@by, @at, @name, @format, @encoding, @body, @headings, @rows, @computed, @formulas)
returning` + sqlImportColumns

	sqlImport = `select` + sqlImportColumns + `
from crm.import where id = @id and (@all or by = any(@people))`

	sqlImports = `select` + sqlImportColumns + `
from crm.import where (@all or by = any(@people)) order by id desc limit 50`

	sqlLockImport = `select` + sqlImportColumns + `
from crm.import where id = @id and (@all or by = any(@people)) for update`

	sqlImportBody = `select body from crm.import where id = @id and body is not null`

	sqlImportKept = `select body is not null from crm.import where id = @id`

	sqlBeginImport = `
update crm.import set state = 'running', settings = @settings, job_id = null, created = 0,
	refused = 0, finished_at = null
where id = @id`

	sqlSetImportJob = `update crm.import set job_id = @job where id = @id`

	sqlEndImport = `
update crm.import set state = @state, created = @created, refused = @refused, finished_at = @now,
	body = case when @state = 'done' then null else body end
where id = @id`

	sqlForgetFaults = `delete from crm.import_fault where import_id = @id`

	sqlFaults = `
select line, heading, field, code, message, value from crm.import_fault
where import_id = @id and n > @after order by n limit @limit`

	sqlPurgeImports = `update crm.import set body = null where body is not null and at < @before`
)

// Upload reads a file to its end and keeps it for a week. It fails with the
// refusals of package sheet, or ErrNoHeading.
func (s *Service) Upload(
	ctx context.Context, by By, name string, body []byte,
) (Import, error) {
	if len(body) > MaxImport {
		return Import{}, sheet.ErrTooLarge.With("limit_bytes", MaxImport)
	}
	f, err := sheet.Open(body)
	if err != nil {
		return Import{}, err
	}
	var headings []string
	rows := -1
	for row, err := range f.Rows() {
		if err != nil {
			return Import{}, err
		}
		if rows++; rows == 0 {
			headings = row.Cells
		}
	}
	if rows < 1 {
		return Import{}, ErrNoRows
	}
	args := pgx.NamedArgs{
		"by": by.Actor.Person, "at": s.clock.Now(), "name": clip(name), "format": f.Format,
		"encoding": f.Encoding, "body": body, "headings": headings, "rows": rows,
		"computed": f.Computed, "formulas": orEmpty(f.Formulas),
	}
	return oneImport(s.db.Query(ctx, sqlAddImport, args))
}

func oneImport(rows pgx.Rows, err error) (Import, error) {
	if err != nil {
		return Import{}, fmt.Errorf("import: %w", err)
	}
	i, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Import])
	if errors.Is(err, pgx.ErrNoRows) {
		return Import{}, ErrNoImport
	}
	return i, err
}

// Import reads one import whose uploader is within the scope. It fails with
// ErrNoImport.
func (s *Service) Import(ctx context.Context, sc scope.Scope, id int64) (Import, error) {
	return oneImport(s.db.Query(ctx, sqlImport, importArgs(sc, id)))
}

func importArgs(sc scope.Scope, id int64) pgx.NamedArgs {
	return pgx.NamedArgs{"id": id, "all": sc.All, "people": orEmpty(sc.People)}
}

// Imports reads the last fifty imports within the scope, newest first.
func (s *Service) Imports(ctx context.Context, sc scope.Scope) ([]Import, error) {
	rows, err := s.db.Query(ctx, sqlImports, importArgs(sc, 0))
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Import])
}

// Faults reads what was refused in the last run, from the fault after the first
// n, at most limit (1 to 1000).
func (s *Service) Faults(
	ctx context.Context, sc scope.Scope, id int64, n, limit int,
) ([]Fault, error) {
	if _, err := s.Import(ctx, sc, id); err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, sqlFaults,
		pgx.NamedArgs{"id": id, "after": n, "limit": min(max(limit, 1), 1000)})
	if err != nil {
		return nil, fmt.Errorf("faults of import %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Fault])
}

// Preview reads the file as the settings say, changes nothing, and shows the
// first rows. It fails with ErrNoImport, ErrImportGone or ErrInvalid.
func (s *Service) Preview(
	ctx context.Context, by By, id int64, set ImportSettings,
) (Preview, error) {
	i, err := s.Import(ctx, by.Scope, id)
	if err != nil {
		return Preview{}, err
	}
	f, r, err := s.reading(ctx, by, i, set)
	if err != nil {
		return Preview{}, err
	}
	var p Preview
	first := true
	for row, err := range f.Rows() {
		if err != nil {
			return Preview{}, err
		}
		if first {
			first = false
			continue
		}
		s.preview(&p, r, row)
	}
	return p, nil
}

func (s *Service) preview(p *Preview, r *reader, row sheet.Row) {
	c, faults := s.examine(r, row)
	view := PreviewRow{Line: row.Line, Customer: c.in, Faults: faults}
	if c.in.Pin != nil {
		if at, err := place(*c.in.Pin); err == nil {
			view.Position = &at
		}
	}
	isSwapped := false
	for _, f := range faults {
		isSwapped = isSwapped || f.Code == "swapped"
	}
	switch {
	case isSwapped:
		p.Swapped++
	case view.Position == nil:
		p.Missing++
	case r.judge(c.in.Pin.Point) == far:
		p.Far++
		p.Located++
	default:
		p.Located++
	}
	if len(faults) > 0 {
		p.Faulty++
		if len(p.Faults) < previewFaults {
			p.Faults = append(p.Faults, faults...)
		}
	}
	if len(p.Rows) < previewRows {
		p.Rows = append(p.Rows, view)
	}
}

// check refuses settings that do not fit the file.
func (set ImportSettings) check(headings []string) error {
	if set.Datum != "" {
		if _, err := datum.Parse(string(set.Datum)); err != nil {
			return ErrInvalid.WithField("datum", "choice", "The datum is wgs84, gcj02 or bd09.")
		}
	}
	return set.Columns.check(headings)
}

// reading opens the file and prepares to read its rows.
func (s *Service) reading(
	ctx context.Context, by By, i Import, set ImportSettings,
) (*sheet.File, *reader, error) {
	if err := set.check(i.Headings); err != nil {
		return nil, nil, err
	}
	var body []byte
	err := s.db.QueryRow(ctx, sqlImportBody, pgx.NamedArgs{"id": i.ID}).Scan(&body)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, ErrImportGone
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read file of import %d: %w", i.ID, err)
	}
	f, err := sheet.Open(body)
	if err != nil {
		return nil, nil, err
	}
	r := &reader{mapping: set.Columns, headings: i.Headings, datum: set.Datum, swap: set.Swap}
	if by.Actor.Is(business.Salesperson) {
		r.self = by.Actor.Person
	}
	owners, err := s.Owners(ctx, by.Scope)
	if err != nil {
		return nil, nil, err
	}
	r.owners = ownersByWord(owners)
	area, known, err := s.Area(ctx)
	if err != nil {
		return nil, nil, err
	}
	if known {
		area = geodesic.Pad(area, areaMargin)
		r.area = &area
	}
	return f, r, nil
}

// ownersByWord finds active people by name and by id; a name that two people
// have finds neither.
func ownersByWord(owners []Owner) map[string]business.PersonID {
	out := map[string]business.PersonID{}
	twice := map[string]bool{}
	for _, o := range owners {
		if !o.Active {
			continue
		}
		name := fold(o.Name)
		if _, ok := out[name]; ok {
			twice[name] = true
		}
		out[name] = o.Person
		out[strconv.FormatInt(int64(o.Person), 10)] = o.Person
	}
	for name := range twice {
		delete(out, name)
	}
	return out
}

// examine reads a row and checks every field against its bounds.
func (s *Service) examine(r *reader, row sheet.Row) (candidate, []Fault) {
	c, faults := r.read(row)
	customer, err := s.draft(c.in)
	if e := fail.As(err); e != nil {
		if len(e.Fields) == 0 {
			e = e.WithField("number", e.Code, e.Message)
		}
		return c, append(faults, r.faultsOf(row, e.Fields)...)
	}
	return c, append(faults, r.faultsOf(row, checkFields(customer))...)
}

// faultsOf gives field faults their line and column; a field that is faulty
// already for its form is not named twice.
func (r *reader) faultsOf(row sheet.Row, fields []fail.Field) []Fault {
	c := &cellReader{reader: r, row: row}
	for _, f := range fields {
		field := f.Path
		if field == "position" {
			field = "latitude"
		}
		c.fault(field, f.Code, f.Message)
	}
	return c.faults
}

// Run imports in the background and returns the job. Replaying the key returns
// the same import. It fails with ErrNoImport, ErrImportGone, ErrImportBusy,
// ErrImportDone or ErrInvalid.
func (s *Service) Run(
	ctx context.Context, by By, id int64, set ImportSettings,
) (Import, error) {
	var begun bool
	err := s.db.InTx(ctx, func(tx db.Tx) error {
		request := struct {
			ID  int64
			Set ImportSettings
		}{id, set}
		_, err := idem.Once(ctx, tx, int64(by.Actor.Person), by.Key, request, func() (int64, error) {
			begun = true
			return id, s.beginImport(ctx, tx, by, id, set)
		})
		return err
	})
	if err != nil {
		return Import{}, err
	}
	i, err := s.Import(ctx, by.Scope, id)
	if err != nil || !begun {
		return i, err
	}
	spec := jobs.Spec{Kind: "crm.import", Owner: int64(by.Actor.Person), Title: i.FileName}
	job, err := s.jobs.Start(ctx, spec, func(ctx context.Context, p *jobs.Progress) (any, error) {
		return s.runImport(ctx, by, i, p)
	})
	if err != nil {
		return Import{}, errors.Join(err, s.endImport(ctx, s.db, i.ID, ImportFailed, Tally{}))
	}
	i.Job = job.ID
	if _, err := s.db.Exec(ctx, sqlSetImportJob, pgx.NamedArgs{"id": id, "job": job.ID}); err != nil {
		return Import{}, fmt.Errorf("job of import %d: %w", id, err)
	}
	return i, nil
}

func (s *Service) beginImport(
	ctx context.Context, tx db.Tx, by By, id int64, set ImportSettings,
) error {
	i, err := oneImport(tx.Query(ctx, sqlLockImport, importArgs(by.Scope, id)))
	if err != nil {
		return err
	}
	if i.State == ImportDone {
		return ErrImportDone
	}
	if i.State == ImportRunning {
		job, err := s.jobs.Get(ctx, scope.Everything(), i.Job)
		if err == nil && !job.State.Final() {
			return ErrImportBusy
		}
	}
	if err := set.check(i.Headings); err != nil {
		return err
	}
	var kept bool
	if err := tx.QueryRow(ctx, sqlImportKept, pgx.NamedArgs{"id": id}).Scan(&kept); err != nil {
		return fmt.Errorf("begin import %d: %w", id, err)
	}
	if !kept {
		return ErrImportGone
	}
	if _, err := tx.Exec(ctx, sqlForgetFaults, pgx.NamedArgs{"id": id}); err != nil {
		return fmt.Errorf("begin import %d: %w", id, err)
	}
	if _, err := tx.Exec(ctx, sqlBeginImport, pgx.NamedArgs{"id": id, "settings": set}); err != nil {
		return fmt.Errorf("begin import %d: %w", id, err)
	}
	return nil
}

// Tally is the result of an import.
type Tally struct {
	Import  int64 `json:"import_id"`
	Rows    int   `json:"rows"`
	Created int   `json:"created"`
	Refused int   `json:"refused"`
}

func (s *Service) endImport(
	ctx context.Context, q db.Querier, id int64, state ImportState, t Tally,
) error {
	_, err := q.Exec(ctx, sqlEndImport, pgx.NamedArgs{"id": id, "state": state,
		"created": t.Created, "refused": t.Refused, "now": s.clock.Now()})
	if err != nil {
		return fmt.Errorf("end of import %d: %w", id, err)
	}
	return nil
}

// PurgeImports forgets the files that were uploaded more than a week ago.
func (s *Service) PurgeImports(ctx context.Context, q db.Querier) error {
	_, err := q.Exec(ctx, sqlPurgeImports, pgx.NamedArgs{"before": s.clock.Now().AddDate(0, 0, -7)})
	return err
}

// Template writes an empty table with all columns, an example on a second sheet
// and what the columns mean; heading language "zh" or English.
func Template(w *sheet.Workbook, language string) error {
	headings, widths := []any{}, []float64{}
	for _, c := range Columns() {
		headings = append(headings, c.heading(language))
		widths = append(widths, max(12, float64(len(c.Example))))
	}
	if err := w.Widths(widths...); err != nil {
		return err
	}
	if err := w.Row(headings...); err != nil {
		return err
	}
	if err := w.Sheet("Help"); err != nil {
		return err
	}
	if err := w.Widths(22, 34, 90); err != nil {
		return err
	}
	if err := w.Row("Column", "Example", "Meaning"); err != nil {
		return err
	}
	for _, c := range Columns() {
		if err := w.Row(c.heading(language), c.Example, c.Help); err != nil {
			return err
		}
	}
	return nil
}

func (c Column) heading(language string) string {
	if strings.HasPrefix(language, "zh") {
		return c.Chinese
	}
	return c.Heading
}

// Headings are the headings of template and export.
func Headings(language string) []any {
	var out []any
	for _, c := range Columns() {
		out = append(out, c.heading(language))
	}
	return out
}

// ExportRow is a customer as a row under Headings, so that an export can be
// imported again.
func ExportRow(c Customer) []any {
	var lon, lat any
	if c.Position != nil {
		lon, lat = c.Position[0], c.Position[1]
	}
	var every any
	if c.VisitEveryDays > 0 {
		every = c.VisitEveryDays
	}
	return []any{c.Number, c.Name, c.Kind, string(c.Level), string(c.Status), c.OwnerName, lon, lat,
		c.District, c.Address, c.Phone, c.Licence, FormatHours(c.Hours), every, c.ServiceMinutes,
		c.Building, c.MainContact(), string(c.Stage), c.Channel, strings.Join(c.Tags, ";")}
}
