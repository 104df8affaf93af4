package app

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/geo/datum"
	"beatplan/geo/gazetteer"
)

// area is a row of a file.
func area(person any, rings ...orb.Ring) *geojson.Feature {
	f := geojson.NewFeature(orb.Polygon(rings))
	f.Properties["person_id"] = person
	return f
}

func square(w, s, side float64) orb.Ring {
	return orb.Ring{{w, s}, {w + side, s}, {w + side, s + side}, {w, s + side}, {w, s}}
}

func fileOf(rows ...*geojson.Feature) *geojson.FeatureCollection {
	out := geojson.NewFeatureCollection()
	for _, f := range rows {
		out.Append(f)
	}
	return out
}

// Bad files are refused with the row and the reason, and nothing of them is
// imported; good ones are one edit.
func TestFilesOfAreasAreTakenWholeOrNotAtAll(t *testing.T) {
	h := newCompany(t)
	h.spread()
	desk := h.scenarios("files")
	mine, theirs := int64(h.mine.ID), int64(h.theirs.ID)
	first := fmt.Sprint(desk.units())
	good := area(theirs, square(-75.605, 39.695, 0.03))
	bow := orb.Ring{{-75.6, 39.7}, {-75.5, 39.8}, {-75.5, 39.7}, {-75.6, 39.8}, {-75.6, 39.7}}
	for want, rows := range map[string][]*geojson.Feature{
		"crosses_itself": {good, area(mine, bow)},
		"hole":           {good, area(mine, square(-75.5, 39.6, 0.1), square(-75.48, 39.62, 0.01))},
		"open":           {good, area(mine, square(-75.5, 39.6, 0.1)[:4])},
		"range":          {good, area(mine, square(39.7, -175.6, 90))},
		"unknown_person": {good, area("Nobody Atall", square(-75.5, 39.6, 0.01))},
		"overlap":        {good, area(mine, square(-75.605, 39.695, 0.03))},
		"not_an_area":    {good, geojson.NewFeature(orb.Point{-75.5, 39.6})},
	} {
		status, text := desk.call("POST", desk.path("/areas"), map[string]any{
			"version": 0, "areas": fileOf(rows...)}, nil)
		if status != http.StatusUnprocessableEntity || !strings.Contains(text, `"rows[2]"`) ||
			!strings.Contains(text, want) || !strings.Contains(text, "Row 2: ") {
			t.Errorf("%s: %d %s", want, status, text)
		}
	}
	huge := map[string]any{"version": 0, "areas": strings.Repeat("x", 21<<20)}
	if status, _ := desk.call("POST", desk.path("/areas"), huge, nil); status != http.StatusRequestEntityTooLarge {
		t.Errorf("21 MB: %d", status)
	}
	table := fmt.Sprintf("customer_id,person_id\n%d,%d\n999999,%d\n", h.own.ID, theirs, theirs)
	status, text := desk.call("POST", desk.path("/assignments"), map[string]any{
		"version": 0, "csv": table}, nil)
	if status != http.StatusUnprocessableEntity || !strings.Contains(text, "Row 2: ") {
		t.Errorf("a bad table: %d %s", status, text)
	}
	if now := fmt.Sprint(desk.units()); now != first {
		t.Fatal("something of a bad file was imported")
	}
	doubled := square(-75.605, 39.695, 0.03)
	doubled = append(doubled[:2:2], doubled[1:]...)
	desk.do("/areas", map[string]any{"areas": fileOf(area(theirs, doubled))})
	u := desk.units()
	for i, lat := range u.Lat {
		if in := u.Lon[i] < -75.575 && lat < 39.725; in && u.Person[i] != theirs {
			t.Errorf("customer %d lies in the area and is %d's", u.Customers[i], u.Person[i])
		}
	}
	desk.do("/assignments", map[string]any{"csv": fmt.Sprintf("customer_id;person\n%d;%s\n", h.own.ID, h.theirs.Name)})
	desk.do("/undo", nil)
	desk.do("/undo", nil)
	if now := fmt.Sprint(desk.units()); now != first {
		t.Error("an import is not one edit")
	}
}

// endless is the body of a file as large as one wants, made as it is read.
type endless struct {
	row  string
	left int
	read int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && e.left > 0 {
		k := copy(p[n:], e.row[e.read%len(e.row):])
		n, e.read, e.left = n+k, e.read+k, e.left-k
	}
	return n, nil
}

// A file of 200 MB is refused with the reason, whether it tells its size or not, before
// it is read to the end or held in memory; nothing of it is imported.
func TestAFileOf200MegabytesIsRefused(t *testing.T) {
	h := newCompany(t)
	h.spread()
	desk := h.scenarios("huge")
	first := fmt.Sprint(desk.units())
	const size = 200 << 20
	for _, path := range []string{"/areas", "/assignments"} {
		for _, told := range []int64{size, -1} {
			body := &endless{row: fmt.Sprintf("%d,%d\\n", h.own.ID, h.theirs.ID), left: size}
			if path == "/areas" {
				body.row = `{"type":"Feature","geometry":null,"properties":{}},`
			}
			head := map[string]string{"/areas": `{"version":0,"areas":{"type":"FeatureCollection","features":[`,
				"/assignments": `{"version":0,"csv":"customer_id,person_id\n`}[path]
			req := httptest.NewRequestWithContext(t.Context(), "POST", desk.path(path),
				io.MultiReader(strings.NewReader(head), body))
			req.ContentLength, req.RemoteAddr = told, "127.0.0.1:1"
			req.Host = strings.TrimPrefix(h.srv.URL, "http://")
			req.AddCookie(&http.Cookie{Name: "beatplan", Value: h.tokens[business.Admin]})
			req.Header.Set("Content-Type", "application/json")
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			rec := httptest.NewRecorder()
			h.srv.Config.Handler.ServeHTTP(rec, req)
			runtime.ReadMemStats(&after)
			if rec.Code != http.StatusRequestEntityTooLarge || code(rec.Body.String()) != "request.too_large" {
				t.Errorf("%s, size %d: %d %s", path, told, rec.Code, rec.Body)
			}
			if body.read > 24<<20 || after.TotalAlloc-before.TotalAlloc > size/2 {
				t.Errorf("%s, size %d: %d MB read, %d MB of memory taken", path, told, body.read>>20,
					(after.TotalAlloc-before.TotalAlloc)>>20)
			}
		}
	}
	// What fits but has too many corners is refused with the row where they are too many.
	var ring orb.Ring
	for i := range 120_000 {
		a := 2 * math.Pi * float64(i) / 120_000
		ring = append(ring, orb.Point{-75.5 + 0.1*math.Cos(a), 39.7 + 0.1*math.Sin(a)})
	}
	ring = append(ring, ring[0])
	many := fileOf(area(h.mine.ID, ring), area(h.theirs.ID, ring))
	status, text := desk.call("POST", desk.path("/areas"), map[string]any{"version": 0, "areas": many}, nil)
	if status != http.StatusUnprocessableEntity || !strings.Contains(text, "Row 2: ") ||
		!strings.Contains(text, "corners") {
		t.Errorf("too many corners: %d %s", status, text)
	}
	if now := fmt.Sprint(desk.units()); now != first {
		t.Error("something of a file of 200 MB was imported")
	}
}

// jinan is a district of that town as the extract knows it.
type jinan struct{ ring orb.Ring }

func (j jinan) Districts(string) []gazetteer.District {
	return []gazetteer.District{{ID: 1, Level: 6, Name: "历下区", Box: j.ring.Bound(),
		Shape: orb.MultiPolygon{{j.ring}}}}
}

func (jinan) Barriers(geo.Box) []orb.LineString { return nil }

func TestGCJPassedAsWGSIsSuspected(t *testing.T) {
	h := newCompany(t)
	h.spread()
	desk := h.scenarios("datum")
	var ring, moved orb.Ring
	for i := range 41 {
		p := square(117, 36.6, 0.1)[i%40/10]
		q := square(117, 36.6, 0.1)[i%40/10+1]
		k := float64(i%10) / 10
		p = orb.Point{p[0] + k*(q[0]-p[0]), p[1] + k*(q[1]-p[1])}
		ring, moved = append(ring, p), append(moved, datum.Convert(p, datum.WGS84, datum.GCJ02))
	}
	h.Territories.Ground = jinan{ring}
	send := func(r orb.Ring, datum string) (int, string) {
		return desk.call("POST", desk.path("/areas"), map[string]any{"version": 0,
			"areas": fileOf(area(int64(h.mine.ID), r)), "datum": datum}, nil)
	}
	if status, text := send(moved, "wgs84"); status != 422 || !strings.Contains(text, "territory.shifted_file") {
		t.Errorf("GCJ-02 as WGS-84: %d %s", status, text)
	}
	for datum, r := range map[string]orb.Ring{"wgs84": ring, "gcj02": moved} {
		if status, text := send(r, datum); status != 200 {
			t.Errorf("%s: %d %s", datum, status, text)
		}
	}
}

// Every format holds every person's ground with its figures.
func TestScenarioIsTakenAway(t *testing.T) {
	h := newCompany(t)
	h.spread()
	desk := h.scenarios("files & <more>")
	take := func(format string) []byte {
		t.Helper()
		status, text := desk.call("GET", desk.path("/export/"+format), nil, nil)
		if status != 200 {
			t.Fatalf("%s: %d %s", format, status, text)
		}
		return []byte(text)
	}
	areas, err := geojson.UnmarshalFeatureCollection(take("geojson"))
	if err != nil || len(areas.Features) != 2 {
		t.Fatalf("%+v %v", areas, err)
	}
	for _, f := range areas.Features {
		for _, name := range []string{"person", "hours", "deviation", "polsby_popper", "reock", "in", "out"} {
			if _, ok := f.Properties[name]; !ok {
				t.Errorf("GeoJSON lacks %s", name)
			}
		}
	}
	if plan, ok := areas.ExtraMembers["plan"].(map[string]any); !ok || plan["balance_index"] == nil || plan["cut_edges"] == nil {
		t.Errorf("the figures of the plan: %v", areas.ExtraMembers)
	}
	var kml struct {
		Name  string `xml:"Document>name"`
		Marks []struct {
			Rings []string `xml:"MultiGeometry>Polygon>outerBoundaryIs>LinearRing>coordinates"`
		} `xml:"Document>Placemark"`
	}
	if err := xml.Unmarshal(take("kml"), &kml); err != nil || kml.Name != "files & <more>" ||
		len(kml.Marks) != 2 || len(kml.Marks[0].Rings) == 0 {
		t.Errorf("KML: %+v %v", kml, err)
	}
	if rows := strings.Split(strings.TrimSpace(string(take("assignments"))), "\n"); len(rows) != 63 {
		t.Errorf("%d lines of assignments", len(rows))
	}
	if text := string(take("figures")); !strings.Contains(text, "balance_index,,") || !strings.Contains(text, "reock,") {
		t.Errorf("figures: %s", text)
	}
	shapefile(t, take("shapefile"), areas)
}

// Every figure that the page compares is in the file of figures, of plan and today; the
// outlines carry those of the whole and the sample week too.
func TestEveryFigureIsTakenAway(t *testing.T) {
	h := newCompany(t)
	h.spread()
	h.Territories.Ground = strips{}
	desk := h.scenarios("figures")
	desk.optimise()
	var job struct {
		ID int64 `json:"id"`
	}
	desk.must("POST", desk.path("/route"), map[string]any{"version": desk.at.Version}, &job)
	if _, err := h.Jobs.Wait(t.Context(), job.ID); err != nil {
		t.Fatal(err)
	}
	_, text := desk.call("GET", desk.path("/export/figures"), nil, nil)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]int{}
	for _, row := range rows[1:] {
		if row[2] == "" || row[3] == "" {
			t.Errorf("an empty figure: %q", row)
		}
		told[row[0]]++
	}
	for _, name := range []string{"balance_index", "cut_edges", "inertia_km2", "overlap", "crossed", "split",
		"split_areas_level_6", "moved", "moved_revenue", "moved_potential", "unassigned", "together"} {
		if told[name] != 1 {
			t.Errorf("%s of the whole stands %d times", name, told[name])
		}
	}
	for _, name := range []string{"hours", "revenue", "in", "out", "polsby_popper", "reock", "pieces", "week_drive_hours",
		"week_hours", "week_estimated_hours", "inertia_min2"} {
		if told[name] != 2 {
			t.Errorf("%s of two people stands %d times", name, told[name])
		}
	}
	if told["deviation"] != 3 {
		t.Errorf("the deviation of the whole and of two people stands %d times", told["deviation"])
	}
	_, text = desk.call("GET", desk.path("/export/geojson"), nil, nil)
	areas, err := geojson.UnmarshalFeatureCollection([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	week, ok := areas.ExtraMembers["sample_week"].(map[string]any)
	if !ok || len(week["plan"].([]any)) != 2 || len(week["today"].([]any)) != 2 {
		t.Errorf("the sample week of the outlines: %v", areas.ExtraMembers["sample_week"])
	}
}

// shapefile reads the zip as the specification says and compares areas.
func shapefile(t *testing.T, file []byte, want *geojson.FeatureCollection) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name], _ = io.ReadAll(r)
	}
	shp, dbf := parts["territories.shp"], parts["territories.dbf"]
	if n := int(binary.BigEndian.Uint32(shp[24:])) * 2; n != len(shp) {
		t.Errorf("the header says %d bytes of %d", n, len(shp))
	}
	at := 100
	for i, f := range want.Features {
		record := shp[at+8 : at+8+int(binary.BigEndian.Uint32(shp[at+4:]))*2]
		if n := int(binary.BigEndian.Uint32(parts["territories.shx"][100+8*i:])) * 2; n != at {
			t.Errorf("record %d stands at %d, the index says %d", i, at, n)
		}
		rings, points := binary.LittleEndian.Uint32(record[36:]), binary.LittleEndian.Uint32(record[40:])
		count := 0
		for _, p := range f.Geometry.(orb.MultiPolygon) {
			for _, ring := range p {
				count += len(ring)
				rings--
			}
		}
		if rings != 0 || int(points) != count || len(record) != 44+4*len(f.Geometry.(orb.MultiPolygon))+16*count {
			t.Errorf("record %d: %d rings too many, %d points, want %d", i, rings, points, count)
		}
		at += 8 + len(record)
	}
	head, row := int(binary.LittleEndian.Uint16(dbf[8:])), int(binary.LittleEndian.Uint16(dbf[10:]))
	if at != len(shp) || len(dbf) != head+2*row+1 || !bytes.HasPrefix(dbf[head:], []byte(" P mine")) {
		t.Errorf("%d of %d bytes; attributes %q", at, len(shp), dbf[head:head+20])
	}
}
