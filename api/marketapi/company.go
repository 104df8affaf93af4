package marketapi

import (
	"context"
	"net/http"

	"github.com/go-chi/chi/v5"

	"beatplan/api"
	"beatplan/business"
	"beatplan/geo/datum"
	"beatplan/internal/fail"
	"beatplan/internal/sheet"
	"beatplan/territory/market"
)

type settingsOut struct{ Body market.Settings }

func (s Surface) settings(ctx context.Context, _ *struct{}) (*settingsOut, error) {
	now, err := s.Service.Settings(ctx)
	return &settingsOut{now}, err
}

type settingsIn struct{ Body market.Settings }

func (s Surface) set(ctx context.Context, in *settingsIn) (*settingsOut, error) {
	now, err := s.Service.SetSettings(ctx, in.Body)
	return &settingsOut{now}, err
}

type layersOut struct{ Body []Layer }

func (s Surface) layers(ctx context.Context, _ *struct{}) (*layersOut, error) {
	found, err := s.Service.Layers(ctx)
	out := &layersOut{Body: []Layer{}}
	for i := range found {
		out.Body = append(out.Body, layerView(found[i].Summary()))
	}
	return out, err
}

type uploadIn struct {
	Name    string      `query:"name" required:"true" minLength:"1" maxLength:"200" example:"people.csv" doc:"Of the file"`
	Kind    string      `query:"kind" required:"true" enum:"population,potential" doc:"What its values are: people, or points"`
	Datum   datum.Datum `query:"datum" enum:"wgs84,gcj02,bd09" default:"wgs84" doc:"Of longitudes and latitudes"`
	RawBody []byte      `contentType:"application/octet-stream"`
}

type layerOut struct{ Body Layer }

func (s Surface) upload(ctx context.Context, in *uploadIn) (*layerOut, error) {
	table, err := tableOf(in.RawBody)
	if err != nil {
		return nil, err
	}
	c := caller(ctx)
	c.Key = api.IdemKey(ctx)
	made, err := s.Service.Import(ctx, c, market.NewLayer{
		Name: in.Name, Kind: in.Kind, Datum: in.Datum, Table: table,
	})
	if err != nil {
		return nil, err
	}
	return &layerOut{layerView(made)}, nil
}

// tableOf reads a file to its end.
func tableOf(data []byte) (market.Table, error) {
	var t market.Table
	f, err := sheet.Open(data)
	if err != nil {
		return t, err
	}
	for row, err := range f.Rows() {
		switch {
		case err != nil:
			return t, err
		case t.Headings == nil:
			t.Headings = row.Cells
		case !row.Empty():
			t.Lines, t.Rows = append(t.Lines, row.Line), append(t.Rows, row.Cells)
		}
	}
	return t, nil
}

type layerIn struct {
	ID int64 `path:"id" minimum:"1"`
}

func (s Surface) removeLayer(ctx context.Context, in *layerIn) (*struct{}, error) {
	return nil, s.Service.RemoveLayer(ctx, in.ID)
}

// files registers the downloads.
func (s Surface) files(
	a *api.API, op func(string, string, business.Permission, ...*fail.Error) api.Op,
) {
	a.Export(root+"/cells/export.{format}",
		op("export-white-cells", "Export cells under a filter as CSV or XLSX", business.CustomersExport),
		[]string{"kind", "from", "to", "resolution", "bbox", "person", "threshold", "white"}, s.exportCells)
	a.Export(root+"/prospects/export.{format}",
		op("export-prospects", "Export prospects under a filter as CSV or XLSX", business.CustomersExport),
		[]string{"kind", "person", "cell", "bbox", "q", "state"}, s.exportProspects)
}

func format(r *http.Request) sheet.Format { return sheet.FormatOf(chi.URLParam(r, "format")) }

func (s Surface) exportCells(w http.ResponseWriter, r *http.Request) error {
	p := r.URL.Query()
	in := cellsIn{
		FocusQuery: FocusQuery{p.Get("kind"), p.Get("from"), p.Get("to")},
		Resolution: int(api.Number(p, "resolution")), BBox: p.Get("bbox"),
		Person: api.Number(p, "person"), White: p.Get("white") == "true", Limit: market.MaxCells,
	}
	if v, err := numbers(p.Get("threshold"), 1); err == nil {
		in.Threshold = v[0]
	}
	q, err := in.query()
	if err != nil {
		return err
	}
	found, err := s.Service.Cells(r.Context(), caller(r.Context()), q)
	if err != nil {
		return err
	}
	view, err := cellsView(&found)
	if err != nil {
		return err
	}
	return sheet.Serve(w, "white-space", format(r), func(out sheet.Writer) error {
		err := out.Row("cell", "lon", "lat", "white", "potential", "coverage", "gap", "customers",
			"wallet", "owner_id")
		for i := 0; err == nil && i < len(view.Cells); i++ {
			c := &view.Cells[i]
			var wallet any
			if c.Wallet != nil {
				wallet = *c.Wallet
			}
			white := 0
			if c.White {
				white = 1
			}
			err = out.Row(c.Cell, c.Middle[0], c.Middle[1], white, c.Potential, c.Coverage, c.Gap,
				c.Customers, wallet, c.Owner)
		}
		return err
	})
}

// maxExport bounds the prospects of a file, as a table's rows are.
const maxExport = sheet.MaxRows

func (s Surface) exportProspects(w http.ResponseWriter, r *http.Request) error {
	p := r.URL.Query()
	in := ProspectsFilter{Kind: p.Get("kind"), Person: api.Number(p, "person"), Cell: p.Get("cell"),
		BBox: p.Get("bbox"), Q: p.Get("q"), State: market.State(p.Get("state"))}
	q, err := in.query()
	if err != nil {
		return err
	}
	q.Limit = maxExport
	found, _, _, err := s.Service.Prospects(r.Context(), caller(r.Context()), q)
	if err != nil {
		return err
	}
	return sheet.Serve(w, "prospects", format(r), func(out sheet.Writer) error {
		err := out.Row("id", "name", "chinese", "kind", "address", "phone", "website", "lon", "lat",
			"points", "score", "owner_id", "state")
		for i := 0; err == nil && i < len(found); i++ {
			p := &found[i]
			err = out.Row(p.ID, p.Name, p.Chinese, p.Kind, p.Address, p.Phone, p.Website, p.Point[0],
				p.Point[1], p.Points, rounded(p.Score), p.Owner, string(p.State()))
		}
		return err
	})
}
