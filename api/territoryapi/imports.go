package territoryapi

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/paulmach/orb/geojson"

	"beatplan/api"
	"beatplan/geo/datum"
	"beatplan/internal/fail"
	"beatplan/territory"
)

// mostImport is the largest file in bytes; whole countries of detailed outlines
// are not territories.
const mostImport = 20 << 20

func (s Surface) mountImports(a *api.API, write func(string, string, ...*fail.Error) api.Op) {
	areas := write("import-territory-areas", "Give customers to people by a file of areas",
		territory.ErrImport, territory.ErrShifted)
	areas.Description = "GeoJSON; browsers turn KML and zipped Shapefiles into it. The file is taken " +
		"whole or not at all; bad rows are named with their reason. " + areas.Description
	areas.MaxBody = mostImport
	api.Post(a, root+"/{id}/areas", areas, s.importAreas)
	lines := write("import-territory-assignments", "Give customers to people by a table",
		territory.ErrImport)
	lines.Description = "CSV with a heading: customer_id, and person_id or person. " + lines.Description
	lines.MaxBody = mostImport
	api.Post(a, root+"/{id}/assignments", lines, s.importLines)
}

type areasIn struct {
	ID   int64 `path:"id" minimum:"1"`
	Body struct {
		Version  int64           `json:"version" minimum:"0"`
		Areas    json.RawMessage `json:"areas" doc:"A GeoJSON feature collection of polygons"`
		Property string          `json:"property,omitempty" maxLength:"100" doc:"Holds a person's id or name; person_id, person or name if absent"`
		Datum    string          `json:"datum,omitempty" enum:"wgs84,gcj02,bd09" doc:"Of the positions; WGS-84 if absent"`
	}
}

func (s Surface) importAreas(ctx context.Context, in *areasIn) (*shortOut, error) {
	found, err := geojson.UnmarshalFeatureCollection(in.Body.Areas)
	if err != nil {
		return nil, territory.ErrImport.WithField("areas", "format", "This is no GeoJSON.").Because(err)
	}
	names := []string{"person_id", "person", "name", "Name"}
	if in.Body.Property != "" {
		names = []string{in.Body.Property}
	}
	rows := make([]territory.ImportArea, len(found.Features))
	for i, f := range found.Features {
		rows[i] = territory.ImportArea{Shape: f.Geometry}
		for _, name := range names {
			if v, ok := f.Properties[name]; ok && v != nil {
				rows[i].Person = fmt.Sprint(v)
				break
			}
		}
	}
	at := territory.At{ID: in.ID, Version: in.Body.Version}
	from := datum.WGS84
	if in.Body.Datum != "" {
		from = datum.Datum(in.Body.Datum)
	}
	return short(s.Service.ImportAreas(ctx, caller(ctx), at, rows, from))
}

type linesIn struct {
	ID   int64 `path:"id" minimum:"1"`
	Body struct {
		Version int64  `json:"version" minimum:"0"`
		CSV     string `json:"csv"`
	}
}

func (s Surface) importLines(ctx context.Context, in *linesIn) (*shortOut, error) {
	rows, err := readLines(in.Body.CSV)
	if err != nil {
		return nil, err
	}
	at := territory.At{ID: in.ID, Version: in.Body.Version}
	return short(s.Service.ImportLines(ctx, caller(ctx), at, rows))
}

// readLines reads a table of assignments; commas or semicolons part its columns.
func readLines(text string) ([]territory.ImportLine, error) {
	text = strings.TrimPrefix(text, "\uFEFF")
	head, _, _ := strings.Cut(text, "\n")
	in := csv.NewReader(strings.NewReader(text))
	if strings.Count(head, ";") > strings.Count(head, ",") {
		in.Comma = ';'
	}
	names, err := in.Read()
	if err != nil {
		return nil, territory.ErrImport.WithField("csv", "format", "There is no heading.").Because(err)
	}
	customer, person := slices.Index(names, "customer_id"), slices.Index(names, "person_id")
	if person < 0 {
		person = slices.Index(names, "person")
	}
	if customer < 0 || person < 0 {
		return nil, territory.ErrImport.WithField("csv", "columns",
			"The heading names customer_id, and person_id or person.")
	}
	var rows []territory.ImportLine
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, territory.ErrImport.
				WithField(fmt.Sprintf("rows[%d]", len(rows)+1), "format", err.Error())
		}
		rows = append(rows, territory.ImportLine{Customer: row[customer], Person: row[person]})
	}
}
