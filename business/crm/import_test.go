package crm

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo/datum"
	"beatplan/geo/geodesic"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/fail"
	"beatplan/internal/jobs"
	"beatplan/internal/scope"
	"beatplan/internal/sheet"
)

// importing is a company that can import.
func importing(t testing.TB) *company {
	t.Helper()
	c := newCompany(t)
	var err error
	if c.bus, err = events.New(c.db, events.Options{Alone: true}); err != nil {
		t.Fatal(err)
	}
	c.Service.bus = c.bus
	c.Service.jobs = jobs.New(c.db, c.bus, c.clock, slog.New(slog.DiscardHandler))
	if err := c.bus.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
		defer cancel()
		_ = c.Service.jobs.Close(ctx)
		_ = c.bus.Stop(ctx)
	})
	return c
}

func (c *company) upload(t testing.TB, by By, name, text string) Import {
	t.Helper()
	i, err := c.Upload(t.Context(), by, name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// run imports to the end and returns what became of it.
func (c *company) run(t testing.TB, by By, i Import, set ImportSettings) (Import, []Fault) {
	t.Helper()
	if set.Columns == nil {
		set.Columns = Suggest(i.Headings)
	}
	by.Key = c.key()
	started, err := c.Run(t.Context(), by, i.ID, set)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Service.jobs.Wait(t.Context(), started.Job); err != nil {
		t.Fatal(err)
	}
	end, err := c.Import(t.Context(), by.Scope, i.ID)
	if err != nil {
		t.Fatal(err)
	}
	faults, err := c.Faults(t.Context(), by.Scope, i.ID, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return end, faults
}

const offices = "Number,Name,Type,Grade,Owner,Lon,Lat,District,Address,Phone,Hours,Cycle,Tags\n" +
	"K-1,Bakery,shop/bakery,A,Anna,-75.52,39.15,Kent,1 Main St,'+1 302 555,Mo-Fr 8:00-17:00,14,bread;early\n" +
	"K-2,Bank,amenity/bank,b,,,,Kent,2 Main St,,24/7,,\n" +
	"K-3,Fuel,amenity/fuel,,21,-75.60,39.20,Sussex,3 Main St,,,7,\n"

// feature: Z5.1.5-a
func TestImportKeepsWhatTheFileSays(t *testing.T) {
	c := importing(t)
	by := c.manager()
	i := c.upload(t, by, "customers.csv", offices)
	if i.Rows != 3 || i.State != Uploaded || len(Suggest(i.Headings)) != 13 {
		t.Fatalf("%+v, %v", i, Suggest(i.Headings))
	}
	end, faults := c.run(t, by, i, ImportSettings{})
	if end.State != ImportDone || end.Created != 3 || end.Refused != 0 || len(faults) != 0 {
		t.Fatalf("%+v, %+v", end, faults)
	}
	page, _, err := c.List(t.Context(), scope.Everything(), List{Sort: ByNumber})
	if err != nil || len(page) != 3 {
		t.Fatal(len(page), err)
	}
	k := page[0]
	if k.Number != "K-1" || k.Owner != anna || k.Level != A || *k.Position != (orb.Point{-75.52, 39.15}) ||
		k.Source != FromImport || k.Phone != "+1 302 555" || k.Hours[0].Open != "08:00" ||
		k.DueOn != business.NewDate(2026, 12, 7) || strings.Join(k.Tags, " ") != "bread early" {
		t.Fatalf("%+v", k)
	}
	if b := page[1]; b.Level != B || b.Owner != 0 || b.Position != nil || b.Hours[0].Close != "24:00" {
		t.Fatalf("%+v", b)
	}
	h, err := c.History(t.Context(), scope.Everything(), k.ID, 0, 5)
	if err != nil || len(h) != 1 || h[0].Command != "imported" || h[0].Fields[0].New != "customers.csv, line 2" {
		t.Fatalf("%+v, %v", h, err)
	}
	// The same file again creates nothing, and every row is accounted for.
	again, faults := c.run(t, by, c.upload(t, by, "customers.csv", offices), ImportSettings{GoodOnly: true})
	if again.Created != 0 || again.Refused != 3 || len(faults) != 3 || faults[0].Code != "number_taken" {
		t.Fatalf("%+v, %+v", again, faults)
	}
	nameless := strings.ReplaceAll(offices, "K-", "L-")
	again, faults = c.run(t, by, c.upload(t, by, "renumbered.csv", nameless), ImportSettings{GoodOnly: true})
	if again.Created != 0 || again.Refused != 3 || faults[0].Code != "duplicate" {
		t.Fatalf("%+v, %+v", again, faults)
	}
}

func TestEveryFaultIsNamedWithLineColumnAndReason(t *testing.T) {
	c := importing(t)
	c.create(t, c.manager(), shop("Known", dover)) // so that the area is known
	text := "Name,Grade,Owner,Lon,Lat,Cycle,Hours,Minutes,Kind,Number,Address\n" +
		"Good,A,Anna,-75.5,39.1,7,,,shop,,1 A St\n" + // 2
		",A,,,,,,,,,\n" + // 3 no name
		"Level,Z,,,,,,,,,\n" + // 4
		"Owner,,Nobody,,,,,,,,\n" + // 5
		"Swapped,,,39.1,-75.5,,,,,,\n" + // 6 plausible the other way round
		"Globe,,,39.1,116.2,,,,,,\n" + // 7 only valid the other way round
		"Off,,,200,300,,,,,,\n" + // 8
		"Half,,,-75.5,,,,,,,\n" + // 9
		"Words,,,east,39.1,,,,,,\n" + // 10
		"Cycle,,,,,weekly,,,,,\n" + // 11
		"Cycle2,,,,,900,,,,,\n" + // 12
		"Hours,,,,,,Monday,,,,\n" + // 13
		"Reserved,,,,,,,,,C000001,\n" + // 14
		"good,,,-75.5,39.1001,,,,,,9 Z St\n" + // 15 a double of line 2
		"Good,,,-75.5,39.5,,,,,,\n" + // 16 the same name elsewhere, no address
		"Kinds,,,,,,,,超市,,\n" // 17
	want := map[int][2]string{
		3: {"Name", "required"}, 4: {"Grade", "choice"}, 5: {"Owner", "unknown"},
		6: {"Lat", "swapped"}, 7: {"Lat", "swapped"}, 8: {"Lat", "range"}, 9: {"Lat", "format"},
		10: {"Lon", "format"}, 11: {"Cycle", "format"}, 12: {"Cycle", "range"}, 13: {"Hours", "format"},
		14: {"Number", "crm.number_reserved"}, 15: {"Name", "duplicate"}, 16: {"Address", "address_needed"},
		17: {"Kind", "format"},
	}
	by := c.manager()
	end, faults := c.run(t, by, c.upload(t, by, "faults.csv", text), ImportSettings{GoodOnly: true})
	if end.State != ImportDone || end.Created != 1 || end.Refused != 15 {
		t.Fatalf("%+v", end)
	}
	if end.Created+end.Refused != end.Rows {
		t.Errorf("%d rows, %d accounted for", end.Rows, end.Created+end.Refused)
	}
	for _, f := range faults {
		if want[f.Line] != [2]string{f.Heading, f.Code} || f.Message == "" {
			t.Errorf("line %d: %+v, want %v", f.Line, f, want[f.Line])
		}
		delete(want, f.Line)
	}
	for line, w := range want {
		t.Errorf("line %d was not refused for %v", line, w)
	}
}

func TestAllOrNothing(t *testing.T) {
	c := importing(t)
	by := c.manager()
	text := offices + "K-4,Wrong,shop,Z,,,,,,,,,\n"
	i := c.upload(t, by, "one-wrong.csv", text)
	end, faults := c.run(t, by, i, ImportSettings{})
	if end.State != ImportRefused || end.Created != 0 || end.Refused != 1 || len(faults) != 1 {
		t.Fatalf("%+v, %+v", end, faults)
	}
	if n, _ := c.Count(t.Context(), scope.Everything(), Filter{}); n.Total != 0 {
		t.Fatalf("%d customers were created all the same", n.Total)
	}
	end, _ = c.run(t, by, i, ImportSettings{GoodOnly: true})
	if end.State != ImportDone || end.Created != 3 || end.Refused != 1 {
		t.Fatalf("the good rows only: %+v", end)
	}
	_, err := c.Run(t.Context(), c.manager(), i.ID, ImportSettings{Columns: Suggest(i.Headings)})
	refused(t, err, ErrImportDone)
}

func TestAReplayedRunImportsOnce(t *testing.T) {
	c := importing(t)
	by := c.manager()
	i := c.upload(t, by, "once.csv", offices)
	by.Key = c.key()
	set := ImportSettings{Columns: Suggest(i.Headings)}
	first, err := c.Run(t.Context(), by, i.ID, set)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		again, err := c.Run(t.Context(), by, i.ID, set)
		if err != nil || again.Job != first.Job {
			t.Fatalf("replay: job %d, want %d (%v)", again.Job, first.Job, err)
		}
	}
	if _, err := c.Service.jobs.Wait(t.Context(), first.Job); err != nil {
		t.Fatal(err)
	}
	if n, _ := c.Count(t.Context(), scope.Everything(), Filter{}); n.Total != 3 {
		t.Fatalf("%d customers", n.Total)
	}
}

func TestACancelledImportLeavesNothing(t *testing.T) {
	c := importing(t)
	by := c.manager()
	i := c.upload(t, by, "long.csv", generated(20_000))
	// The last phase waits for this lock, so that there is time to cancel.
	tx, err := c.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), sqlLockShared); err != nil {
		t.Fatal(err)
	}
	by.Key = c.key()
	started, err := c.Run(t.Context(), by, i.ID, ImportSettings{Columns: Suggest(i.Headings)})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool {
		job, err := c.Service.jobs.Get(t.Context(), scope.Everything(), started.Job)
		return err == nil && job.Note == "checking for duplicates"
	})
	_, err = c.Run(t.Context(), c.manager(), i.ID, ImportSettings{Columns: Suggest(i.Headings)})
	refused(t, err, ErrImportBusy)
	if err := c.Service.jobs.Cancel(t.Context(), scope.Everything(), started.Job); err != nil {
		t.Fatal(err)
	}
	job, err := c.Service.jobs.Wait(t.Context(), started.Job)
	if err != nil || job.State != jobs.Cancelled {
		t.Fatalf("%+v, %v", job, err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	end, _ := c.Import(t.Context(), by.Scope, i.ID)
	n, _ := c.Count(t.Context(), scope.Everything(), Filter{})
	if end.State != ImportCancelled || n.Total != 0 {
		t.Fatalf("%s with %d customers", end.State, n.Total)
	}
}

func TestImportsObeyTheScope(t *testing.T) {
	c := importing(t)
	i := c.upload(t, c.sells(anna), "hers.csv", "name,owner\nMine,\nForeign,Carla\n")
	_, err := c.Import(t.Context(), only(carla), i.ID)
	refused(t, err, ErrNoImport)
	_, err = c.Preview(t.Context(), c.sells(carla), i.ID, ImportSettings{Columns: Suggest(i.Headings)})
	refused(t, err, ErrNoImport)
	end, faults := c.run(t, c.sells(anna), i, ImportSettings{GoodOnly: true})
	if end.Created != 1 || len(faults) != 1 || faults[0].Code != "unknown" {
		t.Fatalf("%+v, %+v", end, faults)
	}
	page, _, _ := c.List(t.Context(), only(anna), List{})
	if len(page) != 1 || page[0].Owner != anna {
		t.Fatalf("%+v", page)
	}
}

func TestPreviewShowsTheDatumAndWhatLooksWrong(t *testing.T) {
	c := importing(t)
	beijing := orb.Point{116.3913, 39.9075}
	gcj := datum.Convert(beijing, datum.WGS84, datum.GCJ02)
	text := fmt.Sprintf("name,lng,lat\nOne,%f,%f\nTwo,,\nThree,%f,%f\nFour,0,0\n",
		gcj[0], gcj[1], gcj[1], gcj[0])
	by := c.manager()
	i := c.upload(t, by, "beijing.csv", text)
	p, err := c.Preview(t.Context(), by, i.ID,
		ImportSettings{Columns: Suggest(i.Headings), Datum: datum.GCJ02})
	if err != nil || p.Located != 1 || p.Missing != 2 || p.Swapped != 1 || p.Faulty != 1 || len(p.Rows) != 4 {
		t.Fatalf("%+v, %v", p, err)
	}
	if d := geodesic.Distance(*p.Rows[0].Position, beijing); d > 0.5 {
		t.Errorf("previewed %v from the truth", d)
	}
	p, err = c.Preview(t.Context(), by, i.ID,
		ImportSettings{Columns: Suggest(i.Headings), Datum: datum.GCJ02, Swap: true})
	if err != nil || p.Located != 1 || p.Swapped != 1 || p.Rows[2].Position == nil {
		t.Fatalf("swapped: %+v, %v", p, err)
	}
	_, err = c.Preview(t.Context(), by, i.ID, ImportSettings{Columns: Mapping{"latitude": 7}})
	refused(t, err, ErrInvalid)
	if n, _ := c.Count(t.Context(), scope.Everything(), Filter{}); n.Total != 0 {
		t.Fatalf("a preview created %d customers", n.Total)
	}
}

func TestBrokenFilesAreRefusedAtOnce(t *testing.T) {
	c := importing(t)
	for text, want := range map[string]*fail.Error{
		"": sheet.ErrEmpty, "name\n": ErrNoRows, "name,x\n\"open\n": sheet.ErrUnreadable,
		"PK\x03\x04broken":               sheet.ErrUnreadable,
		strings.Repeat("x", MaxImport+1): sheet.ErrTooLarge,
	} {
		_, err := c.Upload(t.Context(), c.manager(), "broken", []byte(text))
		refused(t, err, want)
	}
	if all, err := c.Imports(t.Context(), scope.Everything()); err != nil || len(all) != 0 {
		t.Fatalf("%d imports were kept (%v)", len(all), err)
	}
}

func TestAnExportCanBeImportedAgain(t *testing.T) {
	c := importing(t)
	by := c.manager()
	c.run(t, by, c.upload(t, by, "customers.csv", offices), ImportSettings{})
	var b bytes.Buffer
	w, err := sheet.NewXLSX(&b, "Customers")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Row(Headings("zh")...); err != nil {
		t.Fatal(err)
	}
	before := exported(t, c)
	for _, k := range before {
		if err := w.Row(ExportRow(k)...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	other := importing(t)
	i, err := other.Upload(t.Context(), other.manager(), "export.xlsx", b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	end, faults := other.run(t, other.manager(), i, ImportSettings{})
	if end.Created != 3 {
		t.Fatalf("%+v, %+v", end, faults)
	}
	for j, k := range exported(t, other) {
		if fmt.Sprint(ExportRow(k)) != fmt.Sprint(ExportRow(before[j])) {
			t.Errorf("%v came back as %v", ExportRow(before[j]), ExportRow(k))
		}
	}
}

func exported(t *testing.T, c *company) []Customer {
	t.Helper()
	var out []Customer
	for k, err := range c.Export(t.Context(), scope.Everything(), Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, k)
	}
	return out
}

// TestTheBulkCheckEqualsTheSingleOne imports random rows and creates the same
// ones singly: the same are accepted, for the same reasons.
func TestTheBulkCheckEqualsTheSingleOne(t *testing.T) {
	for _, strict := range []bool{false, true} {
		rng := rand.New(rand.NewPCG(8, 15))
		bulk, single := importing(t), newCompany(t)
		bulk.policy.Strict, single.policy.Strict = strict, strict
		text := "name,lon,lat,address,licence\n"
		var verdicts []string
		for range 400 {
			in := NewCustomer{Name: fmt.Sprintf("Shop %d", rng.IntN(12)), Kind: "other", Level: C,
				Licence: pick(rng, "", "", "", "", fmt.Sprint("L", rng.IntN(60))),
				Address: pick(rng, "", "1 Main St", fmt.Sprintf("%d High St", rng.IntN(40)))}
			lon, lat := "", ""
			if rng.IntN(4) > 0 {
				p := orb.Point{-75.5 + float64(rng.IntN(2000))/1e5, 39 + float64(rng.IntN(2000))/1e5}
				in.Pin = &Pin{Point: p, Source: FromImport}
				lon, lat = fmt.Sprint(p[0]), fmt.Sprint(p[1])
			}
			text += strings.Join([]string{in.Name, lon, lat, in.Address, in.Licence}, ",") + "\n"
			_, err := single.Create(t.Context(), single.manager(), in)
			verdicts = append(verdicts, strings.TrimPrefix(codeOf(err), "crm."))
		}
		by := bulk.manager()
		_, faults := bulk.run(t, by, bulk.upload(t, by, "random.csv", text), ImportSettings{GoodOnly: true})
		got := make([]string, len(verdicts))
		for _, f := range faults {
			got[f.Line-2] = f.Code
		}
		accepted := 0
		for line, want := range verdicts {
			if got[line] != want {
				t.Errorf("strict %v, line %d: %q in bulk, %q singly", strict, line+2, got[line], want)
			}
			if want == "" {
				accepted++
			}
		}
		if accepted < 10 || accepted > 390 {
			t.Errorf("strict %v: %d accepted; the test proves little", strict, accepted)
		}
	}
}

func codeOf(err error) string {
	if e := fail.As(err); e != nil {
		return e.Code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// TestCreatesWaitForAnImport lets single creates of the same names run beside an
// import: no name and place may be taken twice.
func TestCreatesWaitForAnImport(t *testing.T) {
	c := importing(t)
	by := c.manager()
	text := "name,lon,lat,address\n"
	for i := range 300 {
		text += fmt.Sprintf("Race %d,-75.5,%f,a\n", i, 38.6+float64(i)*0.003)
	}
	i := c.upload(t, by, "race.csv", text)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := 299; n >= 0; n -= 3 {
			in := shop(fmt.Sprintf("Race %d", n), orb.Point{-75.5, 38.6 + float64(n)*0.003})
			if _, err := c.Create(t.Context(), c.manager(), in); err != nil && codeOf(err) != "crm.duplicate" {
				t.Error(err)
			}
		}
	}()
	c.run(t, by, i, ImportSettings{GoodOnly: true})
	<-done
	var doubles int
	if err := c.db.QueryRow(t.Context(), `select count(*) from (
		select name_key from crm.customer group by 1 having count(*) > 1) d`).Scan(&doubles); err != nil {
		t.Fatal(err)
	}
	if n, _ := c.Count(t.Context(), scope.Everything(), Filter{}); doubles != 0 || n.Total != 300 {
		t.Fatalf("%d names twice, %d customers", doubles, n.Total)
	}
}

// generated is a file of n different customers.
func generated(n int) string {
	var b strings.Builder
	b.WriteString("name,kind,level,lon,lat,district,address,phone,hours,cycle,minutes,tags\n")
	for i := range n {
		fmt.Fprintf(&b, "Customer %d,shop/kind_%d,%s,%f,%f,District %d,%d Long Street,302-555-%04d,"+
			"Mo-Fr 09:00-18:00,%d,20,tag%d\n", i, i%40, []string{"A", "B", "C"}[i%3],
			-75.8+float64(i%700)/1000, 38.5+float64(i/700)/1000, i%60, i, i%10000, 7+i%20, i%9)
	}
	return b.String()
}

// BenchmarkImport100k prints crm_import100k_s: from the upload of the XLSX to the
// last row committed.
func BenchmarkImport100k(b *testing.B) {
	c := importing(b)
	f, err := sheet.Open([]byte(generated(100_000)))
	if err != nil {
		b.Fatal(err)
	}
	var x bytes.Buffer
	w, err := sheet.NewXLSX(&x, "Customers")
	if err != nil {
		b.Fatal(err)
	}
	for row, err := range f.Rows() {
		if err != nil {
			b.Fatal(err)
		}
		cells := make([]any, len(row.Cells))
		for i, v := range row.Cells {
			cells[i] = v
		}
		if err := w.Row(cells...); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	by := c.manager()
	for b.Loop() {
		c.in(b, func(tx db.Tx) error {
			_, err := tx.Exec(b.Context(), `truncate crm.customer, crm.change, crm.pin_proposal`)
			return err
		})
		begin := time.Now()
		i, err := c.Upload(b.Context(), by, "big.xlsx", x.Bytes())
		if err != nil {
			b.Fatal(err)
		}
		uploaded := time.Since(begin)
		end, _ := c.run(b, by, i, ImportSettings{})
		if end.Created != 100_000 {
			b.Fatalf("%+v", end)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(time.Since(begin).Seconds(), "crm_import100k_s")
		b.ReportMetric(uploaded.Seconds(), "upload_s")
		b.ReportMetric(float64(m.Sys)/1e6, "sys_MB")
	}
}
