// Package marketapi is the HTTP surface of white space: cells, prospects, what is
// left to sell in every person's ground, and what is made of it.
package marketapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/geo"
	"beatplan/geo/hex"
	"beatplan/internal/fail"
	"beatplan/internal/sheet"
	"beatplan/territory/market"
)

// Surface holds what the operations need.
type Surface struct {
	Service *market.Service
}

const root = "/v1/whitespace"

// Mount registers the operations on a.
func Mount(a *api.API, s Surface) {
	op := func(id, summary string, perm business.Permission, own ...*fail.Error) api.Op {
		return api.Op{ID: id, Summary: summary, Tags: []string{"White space"}, Perm: perm, Problems: own}
	}
	read := business.TerritoriesRead
	cells := op("list-white-cells", "List cells, those with the most left to sell first", read,
		market.ErrInvalid)
	cells.Description = "White is a cell with potential and fewer active customers for it than the " +
		"threshold. Only cells in the ground of people within the data scope; the totals count all of them."
	api.Get(a, root+"/cells", cells, s.cells)
	api.Get(a, root+"/cells/{cell}", op("get-white-cell", "Read a cell and what stands in it", read,
		market.ErrInvalid, market.ErrNoPlace), s.detail)
	api.Get(a, root+"/people", op("compare-white-space", "What is left to sell in each person's ground",
		read, market.ErrInvalid), s.people)
	prospects := op("list-prospects", "List shops on the map that are no customers yet", read,
		market.ErrInvalid, api.ErrCursor)
	prospects.Description = "The best first; with near, the nearest."
	api.Get(a, root+"/prospects", prospects, s.prospects)
	api.Get(a, root+"/kinds", op("list-prospect-kinds", "Count the prospects by kind", read), s.kinds)
	lead := op("make-leads", "Make customers of prospects", business.CustomersWrite,
		market.ErrNoPlace, market.ErrTooMany)
	lead.Description = "Each becomes a customer of whose ground it lies in. One that became a customer " +
		"already answers with that one, so that a replay makes no second; refusals stand in the outcome."
	api.Post(a, root+"/leads", lead, s.leads)
	api.Post(a, root+"/dismissals", op("dismiss-prospect", "Take a prospect off the list",
		business.CustomersWrite, market.ErrNoPlace, market.ErrInvalid), s.dismiss)
	api.Delete(a, root+"/dismissals/{id}", op("restore-prospect", "Put a dismissed prospect back",
		business.CustomersWrite, market.ErrNoPlace), s.restore)
	api.Get(a, root+"/route-stops", op("list-route-prospects", "List prospects near the way of a day",
		read, market.ErrNoRoute), s.along)
	api.Post(a, root+"/route-stops", op("add-route-prospects",
		"Make customers of prospects and put them on a day as stops that may be left out",
		business.CustomersWrite, market.ErrNoPlace, market.ErrTooMany), s.offer)
	s.company(a, op)
	s.files(a, op)
}

// company registers what concerns the whole company.
func (s Surface) company(
	a *api.API, op func(string, string, business.Permission, ...*fail.Error) api.Op,
) {
	write := business.TerritoriesWrite
	api.Get(a, root+"/settings", op("get-white-space-settings", "Read what counts as potential",
		business.TerritoriesRead), s.settings)
	api.Put(a, root+"/settings", op("set-white-space-settings", "Change what counts as potential",
		write, market.ErrInvalid), s.set)
	api.Get(a, root+"/layers", op("list-white-space-layers", "List the files of people or potential",
		business.TerritoriesRead), s.layers)
	upload := op("import-white-space-layer", "Import a CSV or XLSX of people or potential by place", write,
		market.ErrInvalid, market.ErrHeadings, market.ErrRows, sheet.ErrEmpty, sheet.ErrUnreadable,
		sheet.ErrOldFormat, sheet.ErrTooLarge)
	upload.Description = "The body is the file: a column cell (H3 of resolution 5 to 9), or lon and lat, " +
		"and a column value, population or potential. All rows or none: wrong ones are named by line."
	upload.MaxBody, upload.ReadTimeout, upload.Status = 20<<20, 2*time.Minute, http.StatusCreated
	upload.Command = true
	api.Post(a, root+"/layers", upload, s.upload)
	api.Delete(a, root+"/layers/{id}", op("delete-white-space-layer", "Forget a file", write,
		market.ErrNoLayer), s.removeLayer)
}

func caller(ctx context.Context) market.Caller {
	by := api.Actor(ctx)
	return market.Caller{Person: int64(by.Person), Role: string(by.Role), Team: int64(by.Team),
		Scope: api.Scope(ctx)}
}

// FocusQuery narrows what is counted; embed it.
type FocusQuery struct {
	Kind string `query:"kind" maxLength:"2000" doc:"Paths of kinds of shops, separated by commas; shop holds shop/bakery" example:"shop,amenity/fuel"`
	From string `query:"from" format:"date" doc:"Customers count when they were visited from this day on"`
	To   string `query:"to" format:"date" doc:"Until this day, included"`
}

func (f FocusQuery) focus() (market.Focus, error) {
	out := market.Focus{Kinds: listOf(f.Kind)}
	from, to, err := (api.Period{From: f.From, To: f.To}).Days()
	if err != nil {
		return out, err
	}
	if from.IsZero() != to.IsZero() || to.Before(from) {
		return out, api.ErrInvalid.WithField("query.to", "range", "Both days, in order, or none.")
	}
	if !from.IsZero() {
		out.From, out.To = from.At(time.UTC, 0), to.At(time.UTC, 0)
	}
	return out, nil
}

func listOf(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func boxOf(text string) (*geo.Box, error) {
	if text == "" {
		return nil, nil
	}
	v, err := numbers(text, 4)
	if err != nil || v[0] > v[2] || v[1] > v[3] {
		return nil, api.ErrInvalid.WithField("query.bbox", "format", "West, south, east, north.")
	}
	return &geo.Box{Min: orb.Point{v[0], v[1]}, Max: orb.Point{v[2], v[3]}}, nil
}

func numbers(text string, want int) ([]float64, error) {
	parts := strings.Split(text, ",")
	if len(parts) != want {
		return nil, strconv.ErrSyntax
	}
	out := make([]float64, want)
	for i, p := range parts {
		v, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
		if err != nil || !(v >= -180 && v <= 180) {
			return nil, strconv.ErrSyntax
		}
		out[i] = v
	}
	return out, nil
}

func cellOf(text string) (hex.Cell, error) {
	if text == "" {
		return 0, nil
	}
	c, err := hex.Parse(text)
	if err != nil {
		return 0, api.ErrInvalid.WithField("cell", "format", "An H3 cell in hexadecimal.")
	}
	return c, nil
}

type cellsIn struct {
	FocusQuery
	Resolution int     `query:"resolution" minimum:"5" maximum:"9" default:"8" doc:"Of the H3 cells"`
	BBox       string  `query:"bbox" maxLength:"120" example:"-75.8,38.4,-75.0,39.9" doc:"west,south,east,north"`
	Person     int64   `query:"person" minimum:"0" doc:"Whose ground; 0: everybody's"`
	Threshold  float64 `query:"threshold" minimum:"0" maximum:"10" doc:"Active customers for each point; 0: the company's"`
	White      bool    `query:"white" doc:"Only cells that are white"`
	Limit      int     `query:"limit" minimum:"1" maximum:"5000" default:"2000"`
}

func (in *cellsIn) query() (market.CellQuery, error) {
	q := market.CellQuery{Resolution: in.Resolution, Person: in.Person, Threshold: in.Threshold,
		WhiteOnly: in.White, Limit: in.Limit}
	var err error
	if q.Focus, err = in.focus(); err != nil {
		return q, err
	}
	q.Box, err = boxOf(in.BBox)
	return q, err
}

type cellsOut struct{ Body Cells }

func (s Surface) cells(ctx context.Context, in *cellsIn) (*cellsOut, error) {
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	found, err := s.Service.Cells(ctx, caller(ctx), q)
	if err != nil {
		return nil, err
	}
	body, err := cellsView(&found)
	return &cellsOut{body}, err
}

type detailIn struct {
	FocusQuery
	Threshold float64 `query:"threshold" minimum:"0" maximum:"10" doc:"Active customers for each point; 0: the company's"`
	Cell      string  `path:"cell" maxLength:"20" example:"882aa8ccb5fffff"`
}

type detailOut struct{ Body Detail }

func (s Surface) detail(ctx context.Context, in *detailIn) (*detailOut, error) {
	f, err := in.focus()
	if err != nil {
		return nil, err
	}
	cell, err := cellOf(in.Cell)
	if err != nil {
		return nil, err
	}
	d, err := s.Service.Detail(ctx, caller(ctx), cell, f, in.Threshold)
	if err != nil {
		return nil, err
	}
	body, err := detailView(&d)
	return &detailOut{body}, err
}

type peopleIn struct {
	FocusQuery
	Resolution int     `query:"resolution" minimum:"5" maximum:"9" default:"8"`
	Threshold  float64 `query:"threshold" minimum:"0" maximum:"10" doc:"Active customers for each point; 0: the company's"`
}

type peopleOut struct{ Body []PersonSpace }

func (s Surface) people(ctx context.Context, in *peopleIn) (*peopleOut, error) {
	f, err := in.focus()
	if err != nil {
		return nil, err
	}
	found, err := s.Service.People(ctx, caller(ctx), f, in.Resolution, in.Threshold)
	if err != nil {
		return nil, err
	}
	out := &peopleOut{Body: []PersonSpace{}}
	for i := range found {
		out.Body = append(out.Body, personView(&found[i]))
	}
	return out, nil
}

type kindsOut struct{ Body []KindCount }

func (s Surface) kinds(ctx context.Context, _ *struct{}) (*kindsOut, error) {
	found, err := s.Service.Kinds(ctx, caller(ctx))
	if err != nil {
		return nil, err
	}
	out := &kindsOut{Body: []KindCount{}}
	for _, k := range found {
		out.Body = append(out.Body, KindCount(k))
	}
	return out, nil
}
