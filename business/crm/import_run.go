package crm

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo/geodesic"
	"beatplan/geo/postgis"
	"beatplan/internal/db"
	"beatplan/internal/fail"
	"beatplan/internal/jobs"
)

// CustomersImported is the fact that an import created customers.
type CustomersImported struct {
	Import int64               `json:"import_id"`
	From   business.CustomerID `json:"from"` // the new ids lie between From and To
	To     business.CustomerID `json:"to"`
	Count  int                 `json:"count"`
	By     business.PersonID   `json:"by"`
}

// FactName is "crm.customers_imported".
func (CustomersImported) FactName() string { return "crm.customers_imported" }

// runImport is the job: read every row, judge, write. The end is recorded
// whatever happens, except when the process dies; then the job says so.
func (s *Service) runImport(
	ctx context.Context, by By, i Import, p *jobs.Progress,
) (Tally, error) {
	tally, state, err := s.importRows(ctx, by, i, p)
	if err == nil {
		return tally, nil
	}
	if ctx.Err() != nil {
		state = ImportCancelled
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if endErr := s.endImport(last, s.db, i.ID, state, Tally{}); endErr != nil {
		return tally, endErr
	}
	return tally, err
}

func (s *Service) importRows(
	ctx context.Context, by By, i Import, p *jobs.Progress,
) (Tally, ImportState, error) {
	tally := Tally{Import: i.ID, Rows: i.Rows}
	p.Total(int64(2 * i.Rows))
	p.Note("reading")
	good, faults, err := s.readRows(ctx, by, i, p)
	if err != nil {
		return tally, ImportFailed, err
	}
	err = s.db.InTx(ctx, func(tx db.Tx) error {
		p.Note("checking for duplicates")
		kept, doubles, err := s.judgeRows(ctx, tx, i, good)
		if err != nil {
			return err
		}
		all := append(append([]Fault{}, faults...), doubles...)
		tally.Refused = linesOf(all)
		tally.Created = len(kept)
		state := ImportDone
		if !i.Settings.GoodOnly && len(all) > 0 {
			kept, tally.Created, state = nil, 0, ImportRefused
		}
		p.Note("writing")
		if err := s.writeRows(ctx, tx, by, i, kept); err != nil {
			return err
		}
		p.Set(int64(2 * i.Rows))
		if err := saveFaults(ctx, tx, i.ID, all); err != nil {
			return err
		}
		return s.endImport(ctx, tx, i.ID, state, tally)
	})
	return tally, ImportFailed, err
}

func linesOf(faults []Fault) int {
	lines := map[int]bool{}
	for _, f := range faults {
		lines[f.Line] = true
	}
	return len(lines)
}

// ready is a row that became a customer.
type ready struct {
	line int
	c    Customer
}

// readRows reads every row of the file outside any transaction.
func (s *Service) readRows(
	ctx context.Context, by By, i Import, p *jobs.Progress,
) ([]ready, []Fault, error) {
	f, r, err := s.reading(ctx, by, i, *i.Settings)
	if err != nil {
		return nil, nil, err
	}
	now := s.clock.Now()
	good := make([]ready, 0, i.Rows)
	var faults []Fault
	n := 0
	for row, err := range f.Rows() {
		if err != nil {
			return nil, nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if n++; n == 1 {
			continue // the heading
		}
		p.Set(int64(n - 1))
		c, wrong := s.examine(r, row)
		if len(wrong) > 0 {
			faults = append(faults, wrong...)
			continue
		}
		made, err := s.draft(c.in)
		if err != nil {
			return nil, nil, err
		}
		if made.Owner = c.in.Owner; made.Owner != 0 {
			made.AssignedAt, made.AssignedDay = &now, business.DateOf(now, s.zone)
		}
		good = append(good, ready{row.Line, made})
	}
	return good, faults, nil
}

const (
	// While an import judges and writes, creates of single customers wait: they
	// hold this lock shared.
	sqlLockAll = `select pg_advisory_xact_lock(1668442476, 0)`

	sqlKnown = `
select c.name_key, c.owner_id is not null as has_owner, c.position,
	split_part(c.search, E'\n', 3) as address, c.licence
from crm.customer c
where c.archived_at is null and (c.name_key in (select unnest(@keys::text[]))
	or c.licence <> '' and c.licence in (select unnest(@licences::text[])))`

	sqlNumbersKnown = `select number from crm.customer where number in (select unnest(@numbers::text[]))`

	sqlNumbers = `select nextval('crm.customer_number') from generate_series(1, @n::int)`

	sqlIDs = `
select nextval(pg_get_serial_sequence('crm.customer', 'id')) from generate_series(1, @n::int)`
)

// judgeRows decides row by row, in the order of the file, which may stand beside
// the customers that there are and beside the rows before.
func (s *Service) judgeRows(
	ctx context.Context, tx db.Tx, i Import, rows []ready,
) ([]ready, []Fault, error) {
	if _, err := tx.Exec(ctx, sqlLockAll); err != nil {
		return nil, nil, fmt.Errorf("lock customers: %w", err)
	}
	book := newTwinBook(s.policy)
	if err := s.loadTwins(ctx, tx, rows, book); err != nil {
		return nil, nil, err
	}
	kept := make([]ready, 0, len(rows))
	var faults []Fault
	for _, r := range rows {
		if err := book.judge(r.c); err != nil {
			faults = append(faults, rowFault(i, r, fail.As(err)))
			continue
		}
		book.add(known{nameKey(r.c.Name), r.c.Owner != 0, r.c.Position, fold(r.c.Address), r.c.Licence})
		if r.c.Number != "" {
			book.numbers[r.c.Number] = true
		}
		kept = append(kept, r)
	}
	return kept, faults, nil
}

func rowFault(i Import, r ready, e *fail.Error) Fault {
	field, value := "name", r.c.Name
	switch {
	case e.Code == ErrNumberTaken.Code:
		field, value = "number", r.c.Number
	case e.Args["by_licence"] == true:
		field, value = "licence", r.c.Licence
	case e.Code == ErrAddressNeeded.Code:
		field, value = "address", r.c.Address
	}
	f := Fault{Line: r.line, Field: field, Code: strings.TrimPrefix(e.Code, "crm."),
		Message: e.Message, Value: clip(value)}
	if at, ok := i.Settings.Columns[field]; ok {
		f.Heading = i.Headings[at]
	}
	return f
}

func (s *Service) loadTwins(ctx context.Context, tx db.Tx, rows []ready, book *twinBook) error {
	var keys, licences, numbers []string
	for _, r := range rows {
		keys = append(keys, nameKey(r.c.Name))
		if r.c.Licence != "" {
			licences = append(licences, r.c.Licence)
		}
		if r.c.Number != "" {
			numbers = append(numbers, r.c.Number)
		}
	}
	found, err := tx.Query(ctx, sqlKnown, pgx.NamedArgs{"keys": keys, "licences": licences})
	if err != nil {
		return fmt.Errorf("look for the same names: %w", err)
	}
	others, err := pgx.CollectRows(found, pgx.RowToStructByName[known])
	if err != nil {
		return fmt.Errorf("look for the same names: %w", err)
	}
	for _, k := range others {
		book.add(k)
	}
	taken, err := tx.Query(ctx, sqlNumbersKnown, pgx.NamedArgs{"numbers": numbers})
	if err != nil {
		return fmt.Errorf("look for the same numbers: %w", err)
	}
	list, err := pgx.CollectRows(taken, pgx.RowTo[string])
	for _, n := range list {
		book.numbers[n] = true
	}
	return err
}

// known is what the duplicate check reads of a customer.
type known struct {
	Key      string     `db:"name_key"`
	HasOwner bool       `db:"has_owner"`
	Position *orb.Point `db:"position"`
	Address  string     `db:"address"` // folded
	Licence  string     `db:"licence"`
}

// twinBook answers the duplicate check for very many customers, also when all
// have one name: places are looked up in a grid of cells that are at least as
// wide as two customers of one name must be apart.
type twinBook struct {
	policy    Policy
	side      float64              // of a cell, degrees of latitude
	names     map[string]bool      // name key → one of them has an owner
	places    map[placeKey][]known // by name and cell
	addresses map[[2]string]known  // by name and address, any
	unplaced  map[[2]string]known  // by name and address, without position
	licences  map[string]known
	numbers   map[string]bool
}

type placeKey struct {
	name     string
	row, col int32
}

func newTwinBook(p Policy) *twinBook {
	return &twinBook{
		policy: p, side: max(p.NearMeters, 50) / 111_000, names: map[string]bool{},
		places: map[placeKey][]known{}, addresses: map[[2]string]known{},
		unplaced: map[[2]string]known{}, licences: map[string]known{}, numbers: map[string]bool{},
	}
}

func (b *twinBook) add(k known) {
	b.names[k.Key] = b.names[k.Key] || k.HasOwner
	if k.Position != nil {
		row := b.row(k.Position[1])
		at := placeKey{k.Key, row, b.col(k.Position[0], row)}
		b.places[at] = append(b.places[at], k)
	}
	if k.Address != "" {
		b.addresses[[2]string{k.Key, k.Address}] = k
		if k.Position == nil {
			b.unplaced[[2]string{k.Key, k.Address}] = k
		}
	}
	if k.Licence != "" {
		b.licences[k.Licence] = k
	}
}

func (b *twinBook) row(lat float64) int32 { return int32(math.Floor(lat / b.side)) }

// col is the column of a longitude in a row, whose cells are wider in degrees
// the nearer the pole it lies.
func (b *twinBook) col(lon float64, row int32) int32 {
	lat := math.Min(89, (math.Abs(float64(row)+0.5)+0.5)*b.side)
	return int32(math.Floor(lon * math.Cos(lat*math.Pi/180) / b.side))
}

// judge says whether c may stand beside all that were added: the same rule as for
// a single customer.
func (b *twinBook) judge(c Customer) error {
	if c.Number != "" && b.numbers[c.Number] {
		return ErrNumberTaken.With("number", c.Number)
	}
	key := nameKey(c.Name)
	var twins []twin
	if k, ok := b.licences[c.Licence]; ok && c.Licence != "" {
		twins = append(twins, twin{HasOwner: k.HasOwner, Licence: true})
	}
	if c.Position != nil {
		twins = append(twins, b.around(key, *c.Position)...)
	}
	at, same := [2]string{key, fold(c.Address)}, b.unplaced
	if c.Position == nil {
		same = b.addresses
	}
	if k, ok := same[at]; ok && at[1] != "" {
		twins = append(twins, twin{HasOwner: k.HasOwner, Address: true})
	}
	if hasOwner, ok := b.names[key]; ok {
		elsewhere := math.Inf(1)
		twins = append(twins, twin{HasOwner: hasOwner, Distance: &elsewhere})
	}
	return judgeTwins(b.policy, c, twins)
}

func (b *twinBook) around(key string, p orb.Point) []twin {
	var out []twin
	middle := b.row(p[1])
	for row := middle - 1; row <= middle+1; row++ {
		col := b.col(p[0], row)
		for x := col - 1; x <= col+1; x++ {
			for _, k := range b.places[placeKey{key, row, x}] {
				d := float64(geodesic.Distance(p, *k.Position))
				out = append(out, twin{HasOwner: k.HasOwner, Distance: &d})
			}
		}
	}
	return out
}

// writeRows gives ids and numbers, copies the rows in, and tells everybody.
func (s *Service) writeRows(
	ctx context.Context, tx db.Tx, by By, i Import, rows []ready,
) error {
	if len(rows) == 0 {
		return nil
	}
	ids, err := series(ctx, tx, sqlIDs, len(rows))
	if err != nil {
		return err
	}
	numbers, err := series(ctx, tx, sqlNumbers, len(rows))
	if err != nil {
		return err
	}
	for j := range rows {
		rows[j].c.ID = business.CustomerID(ids[j])
		if rows[j].c.Number == "" {
			rows[j].c.Number = fmt.Sprintf("C%06d", numbers[j])
		}
	}
	if err := s.dueDays(ctx, tx, rows); err != nil {
		return err
	}
	if err := s.copyCustomers(ctx, tx, by, rows); err != nil {
		return err
	}
	if err := s.copyHistory(ctx, tx, by, i, rows); err != nil {
		return err
	}
	if err := s.startClocks(ctx, tx, rows); err != nil {
		return err
	}
	from, to := rows[0].c.ID, rows[len(rows)-1].c.ID
	fact := CustomersImported{i.ID, from, to, len(rows), by.Actor.Person}
	if err := s.bus.Publish(ctx, tx, fact); err != nil {
		return err
	}
	if s.audit != nil {
		change := business.Change{Action: "crm.customers.imported", Object: "import", ID: i.ID, After: fact}
		if err := s.audit.Record(ctx, tx, by.Actor, change); err != nil {
			return err
		}
	}
	return s.bus.Notice(ctx, tx, TopicCustomer, nil, Notice{From: from, To: to, Command: "imported"})
}

// dueDays sets the days on which the new customers are due.
func (s *Service) dueDays(ctx context.Context, tx db.Tx, rows []ready) error {
	ruled := func(string, string) int { return 0 }
	if s.clocks != nil {
		var err error
		if ruled, err = s.clocks.VisitEvery(ctx, tx); err != nil {
			return fmt.Errorf("how often customers are visited: %w", err)
		}
	}
	for i := range rows {
		c := &rows[i].c
		every := c.VisitEveryDays
		if every == 0 {
			every = ruled(c.Kind, string(c.Level))
		}
		c.DueOn = dueOn(*c, every)
	}
	return nil
}

// startClocks has the days counted from which the new customers are due.
func (s *Service) startClocks(ctx context.Context, tx db.Tx, rows []ready) error {
	if s.clocks == nil {
		return nil
	}
	const at = 5000 // customers at a time
	for len(rows) > 0 {
		n := min(len(rows), at)
		ids := make([]business.CustomerID, n)
		for j := range ids {
			ids[j] = rows[j].c.ID
		}
		if err := s.clocks.Refresh(ctx, tx, ids); err != nil {
			return fmt.Errorf("clocks of %d customers: %w", n, err)
		}
		rows = rows[n:]
	}
	return nil
}

func series(ctx context.Context, tx db.Tx, sql string, n int) ([]int64, error) {
	rows, err := tx.Query(ctx, sql, pgx.NamedArgs{"n": n})
	if err != nil {
		return nil, fmt.Errorf("give numbers: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

func (s *Service) copyCustomers(ctx context.Context, tx db.Tx, by By, rows []ready) error {
	now := s.clock.Now()
	columns := []string{"id", "number", "name", "name_key", "kind", "level", "status", "owner_id",
		"assigned_at", "assigned_day", "position", "position_datum", "position_source", "district",
		"address", "phone", "licence", "opening_hours", "visit_every_days", "service_minutes",
		"due_on", "tags", "contacts", "building",
		"stage", "channel", "search", "created_at", "created_by", "updated_at", "updated_by"}
	source := pgx.CopyFromSlice(len(rows), func(j int) ([]any, error) {
		c := rows[j].c
		var at any
		if c.Position != nil {
			bytes, err := postgis.EWKB(*c.Position)
			if err != nil {
				return nil, err
			}
			at = bytes
		}
		return []any{c.ID, c.Number, c.Name, nameKey(c.Name), c.Kind, string(c.Level),
			string(c.Status), orNull(c.Owner), c.AssignedAt, c.AssignedDay, at, string(c.Datum),
			string(c.Source), c.District, c.Address, c.Phone, c.Licence, c.Hours,
			orNull(c.VisitEveryDays), c.ServiceMinutes, c.DueOn, c.Tags, c.Contacts, c.Building,
			string(c.Stage), c.Channel, searchText(c),
			now, by.Actor.Person, now, by.Actor.Person}, nil
	})
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"crm", "customer"}, columns, source)
	if err != nil {
		return fmt.Errorf("write %d customers: %w", len(rows), err)
	}
	return nil
}

func orNull[T ~int | ~int64](v T) *T {
	if v == 0 {
		return nil
	}
	return &v
}

func (s *Service) copyHistory(
	ctx context.Context, tx db.Tx, by By, i Import, rows []ready,
) error {
	now := s.clock.Now()
	source := pgx.CopyFromSlice(len(rows), func(j int) ([]any, error) {
		from := fmt.Sprintf("%s, line %d", i.FileName, rows[j].line)
		return []any{rows[j].c.ID, "imported", now, by.Actor.Person, int64(1),
			[]FieldChange{{Field: "import", New: from}}}, nil
	})
	columns := []string{"customer_id", "command", "at", "by", "version", "fields"}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"crm", "change"}, columns, source); err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	return nil
}

func saveFaults(ctx context.Context, tx db.Tx, id int64, faults []Fault) error {
	source := pgx.CopyFromSlice(len(faults), func(n int) ([]any, error) {
		f := faults[n]
		return []any{id, n + 1, f.Line, f.Heading, f.Field, f.Code, f.Message, f.Value}, nil
	})
	columns := []string{"import_id", "n", "line", "heading", "field", "code", "message", "value"}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"crm", "import_fault"}, columns, source); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
