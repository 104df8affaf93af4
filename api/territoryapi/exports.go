package territoryapi

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"beatplan/api"
	"beatplan/business"
	"beatplan/territory"
)

// exported is a scenario with everything that goes into a file.
type exported struct {
	view    territory.View
	names   map[int64]string
	grounds []ground // by person
	units   []territory.Unit
}

// ground is what one person covers, with its figures.
type ground struct {
	person  int64
	shape   orb.MultiPolygon
	figures territory.PersonFigures
}

// format is a kind of file.
type format struct {
	media, ending string
	write         func(io.Writer, *exported) error
}

// formats are the files without customers that a scenario can be taken away in.
func formats() map[string]format {
	return map[string]format{
		"geojson":   {"application/geo+json", "geojson", writeGeoJSON},
		"kml":       {"application/vnd.google-earth.kml+xml", "kml", writeKML},
		"shapefile": {"application/zip", "zip", writeShapefile},
		"figures":   {"text/csv; charset=utf-8", "csv", writeFigures},
	}
}

func (s Surface) mountExports(a *api.API) {
	const path = root + "/{id}/export/{format}"
	a.Plain(http.MethodGet, path, business.TerritoriesRead, s.export)
	var names []any
	for name := range formats() {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y any) int { return strings.Compare(fmt.Sprint(x), fmt.Sprint(y)) })
	a.Describe(&huma.Operation{
		OperationID: "export-territory-scenario", Method: http.MethodGet, Path: path,
		Summary: "Take the areas with their figures, or the comparison, away as a file",
		Tags:    []string{"Territories"},
		Parameters: []*huma.Param{
			{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: "integer"}},
			{Name: "format", In: "path", Required: true,
				Schema: &huma.Schema{Type: "string", Enum: names}},
		},
		Responses: map[string]*huma.Response{"200": {Description: "The file"}},
	})
	s.mountAssignments(a)
}

// mountAssignments registers the export that names every customer: it needs what every
// export of customers does, and the trail keeps who took it.
func (s Surface) mountAssignments(a *api.API) {
	const path = root + "/{id}/export/assignments"
	a.Plain(http.MethodGet, path, business.CustomersExport, s.assignments)
	a.Sensitive(http.MethodGet, path)
	a.Describe(&huma.Operation{
		OperationID: "export-territory-assignments", Method: http.MethodGet, Path: path,
		Summary:    "Take the customers and whose they become away as CSV",
		Tags:       []string{"Territories"},
		Extensions: map[string]any{"x-permission": string(business.CustomersExport)},
		Parameters: []*huma.Param{
			{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: "integer"}},
		},
		Responses: map[string]*huma.Response{"200": {Description: "The file"}},
	})
}

func (s Surface) export(w http.ResponseWriter, r *http.Request) error {
	f, ok := formats()[chi.URLParam(r, "format")]
	if !ok {
		return territory.ErrNoScenario
	}
	return s.file(w, r, f)
}

func (s Surface) assignments(w http.ResponseWriter, r *http.Request) error {
	if err := api.Require(r.Context(), business.TerritoriesRead); err != nil {
		return err
	}
	return s.file(w, r, format{"text/csv; charset=utf-8", "csv", writeAssignments})
}

func (s Surface) file(w http.ResponseWriter, r *http.Request, f format) error {
	id, err := strconv.ParseInt(chi.URLParam(r, "id"), 10, 64)
	if err != nil {
		return territory.ErrNoScenario
	}
	e, err := s.exported(r, id)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := f.write(&out, e); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", f.media)
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="territories-%d.%s"`, id, f.ending))
	_, _ = w.Write(out.Bytes()) // the reader is gone
	return nil
}

func (s Surface) exported(r *http.Request, id int64) (*exported, error) {
	ctx := r.Context()
	c := caller(ctx)
	var e exported
	var err error
	if e.view, err = s.Service.View(ctx, c, id); err != nil {
		return nil, err
	}
	if e.units, err = s.Service.Units(ctx, c, id); err != nil {
		return nil, err
	}
	if e.names, err = s.Service.Names(ctx, c); err != nil {
		return nil, err
	}
	shapes, err := s.Service.Outlines(ctx, c, id, false)
	if err != nil {
		return nil, err
	}
	for _, p := range e.view.Plan.People {
		if len(shapes[p.Person]) > 0 {
			e.grounds = append(e.grounds, ground{p.Person, shapes[p.Person], p})
		}
	}
	return &e, nil
}

// columns are the names of a person's figures, as in JSON, and their values.
func columns(p territory.PersonFigures) (names []string, values []float64) {
	v := reflect.ValueOf(PersonFigures(p))
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		names = append(names, name)
		if v.Field(i).CanInt() {
			values = append(values, float64(v.Field(i).Int()))
		} else {
			values = append(values, v.Field(i).Float())
		}
	}
	return names, values
}

func writeGeoJSON(w io.Writer, e *exported) error {
	out := geojson.NewFeatureCollection()
	for _, g := range e.grounds {
		f := geojson.NewFeature(g.shape)
		names, values := columns(g.figures)
		for i := range names {
			f.Properties[names[i]] = values[i]
		}
		f.Properties["person"] = e.names[g.person]
		out.Append(f)
	}
	out.ExtraMembers = geojson.Properties{"scenario": e.view.Name,
		"plan": figuresOf(&e.view.Plan), "today": figuresOf(&e.view.Today)}
	if e.view.Routed != nil {
		out.ExtraMembers["sample_week"] = e.view.Routed
	}
	return json.NewEncoder(w).Encode(out)
}

func writeKML(w io.Writer, e *exported) error {
	text := func(s string) string {
		var b bytes.Buffer
		_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
		return b.String()
	}
	ring := func(r orb.Ring) string {
		var b strings.Builder
		for _, p := range r {
			fmt.Fprintf(&b, "%.7f,%.7f ", p[0], p[1])
		}
		return "<LinearRing><coordinates>" + b.String() + "</coordinates></LinearRing>"
	}
	var b strings.Builder
	fmt.Fprintf(&b, `%s<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>%s</name>`,
		xml.Header, text(e.view.Name))
	for _, g := range e.grounds {
		fmt.Fprintf(&b, "<Placemark><name>%s</name><ExtendedData>", text(e.names[g.person]))
		names, values := columns(g.figures)
		for i := range names {
			fmt.Fprintf(&b, `<Data name="%s"><value>%g</value></Data>`, names[i], values[i])
		}
		b.WriteString("</ExtendedData><MultiGeometry>")
		for _, p := range g.shape {
			b.WriteString("<Polygon><outerBoundaryIs>" + ring(p[0]) + "</outerBoundaryIs>")
			for _, hole := range p[1:] {
				b.WriteString("<innerBoundaryIs>" + ring(hole) + "</innerBoundaryIs>")
			}
			b.WriteString("</Polygon>")
		}
		b.WriteString("</MultiGeometry></Placemark>")
	}
	_, err := io.WriteString(w, b.String()+"</Document></kml>\n")
	return err
}

func writeAssignments(w io.Writer, e *exported) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"customer_id", "customer", "person_id", "person", "was_person_id", "lon", "lat",
		"hours", "potential", "revenue", "locked"}}
	number := func(v float64, digits int) string { return strconv.FormatFloat(v, 'f', digits, 64) }
	id := func(v int64) string { return strconv.FormatInt(v, 10) }
	for _, u := range e.units {
		rows = append(rows, []string{id(u.Customer), plain(u.Name), id(u.Person), plain(e.names[u.Person]),
			id(u.Was), number(u.Point[0], 6), number(u.Point[1], 6), number(u.Minutes/60, 2),
			number(u.Potential, 2), number(u.Revenue, 2), strconv.FormatBool(u.Locked)})
	}
	return out.WriteAll(rows)
}

// plain keeps a text from being a formula in a spreadsheet.
func plain(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// writeFigures compares plan and today: first the whole, then everybody.
func writeFigures(w io.Writer, e *exported) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"figure", "person", "today", "plan"}}
	add := func(figure, person string, today, plan any) {
		rows = append(rows, []string{figure, plain(person), fmt.Sprint(today), fmt.Sprint(plan)})
	}
	whole := func(f territory.Figures) reflect.Value { return reflect.ValueOf(figuresOf(&f)) }
	today, plan := whole(e.view.Today), whole(e.view.Plan)
	for i := range today.NumField() {
		name, _, _ := strings.Cut(today.Type().Field(i).Tag.Get("json"), ",")
		if today.Field(i).Kind() != reflect.Slice {
			add(name, "", today.Field(i).Interface(), plan.Field(i).Interface())
		}
	}
	for i, a := range e.view.Plan.Areas {
		add(fmt.Sprintf("split_areas_level_%d", a.Level), "", e.view.Today.Areas[i].Split, a.Split)
	}
	before := map[int64]territory.PersonFigures{}
	for _, p := range e.view.Today.People {
		before[p.Person] = p
	}
	for _, p := range e.view.Plan.People {
		names, now := columns(p)
		_, was := columns(before[p.Person])
		for i := 1; i < len(names); i++ {
			add(names[i], e.names[p.Person], was[i], now[i])
		}
	}
	if r := e.view.Routed; r != nil {
		was := map[int64]territory.RoutedPerson{}
		for _, p := range r.Today {
			was[p.Person] = p
		}
		for _, p := range r.Plan {
			add("week_drive_hours", e.names[p.Person], was[p.Person].Drive, p.Drive)
			add("week_hours", e.names[p.Person], was[p.Person].Hours, p.Hours)
			add("week_estimated_hours", e.names[p.Person], was[p.Person].Estimated, p.Estimated)
			add("inertia_min2", e.names[p.Person], was[p.Person].Inertia, p.Inertia)
		}
	}
	return out.WriteAll(rows)
}
