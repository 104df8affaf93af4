package territoryapi

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/territory"
)

// after is where the next page begins: the id of the last row of this one.
func after(id int64, more bool) (*string, error) {
	if !more {
		return nil, nil
	}
	next, err := api.EncodeAfter(id)
	return &next, err
}

// rest are the rows of a sorted list beyond an id, so many at most; more says that
// others follow.
func rest[T any](list []T, of func(T) int64, beyond int64, limit int) (page []T, more bool) {
	from := slices.IndexFunc(list, func(row T) bool { return of(row) > beyond })
	if from < 0 {
		return nil, false
	}
	list = list[from:]
	return list[:min(limit, len(list))], len(list) > limit
}

// Units are customers of a scenario, column by column: a page of 5,000 is some hundred
// kilobytes.
type Units struct {
	Customers []int64   `json:"customers"`
	Names     []string  `json:"names"`
	Lon       []float64 `json:"lon"`
	Lat       []float64 `json:"lat"`
	Minutes   []float64 `json:"minutes"`
	Was       []int64   `json:"was"`
	Person    []int64   `json:"person"`
	Locked    []bool    `json:"locked"`
	Refused   []string  `json:"refused" doc:"Why a customer did not change hands; empty: it did"`
	NotFor    [][]int64 `json:"not_for" doc:"People who must not serve the customer"`
	Next      *string   `json:"next" doc:"Pass as after for the next page; null on the last"`
}

type (
	unitsIn struct {
		ID    int64  `path:"id" minimum:"1"`
		Limit int    `query:"limit" minimum:"1" maximum:"20000" default:"5000" doc:"Most customers in the answer"`
		After string `query:"after" maxLength:"100" doc:"The value of next in the previous page"`
	}
	unitsOut struct{ Body Units }
)

func (s Surface) units(ctx context.Context, in *unitsIn) (*unitsOut, error) {
	var last int64
	if err := api.DecodeAfter(in.After, &last); err != nil {
		return nil, err
	}
	list, more, err := s.Service.UnitsAfter(ctx, caller(ctx), in.ID, last, in.Limit)
	if err != nil {
		return nil, err
	}
	n := len(list)
	out := Units{make([]int64, n), make([]string, n), make([]float64, n), make([]float64, n),
		make([]float64, n), make([]int64, n), make([]int64, n), make([]bool, n), make([]string, n),
		make([][]int64, n), nil}
	for i, u := range list {
		out.Customers[i], out.Names[i] = u.Customer, u.Name
		out.Lon[i], out.Lat[i], out.Minutes[i] = u.Point[0], u.Point[1], u.Minutes
		out.Was[i], out.Person[i], out.Locked[i], out.Refused[i] = u.Was, u.Person, u.Locked, u.Refused
		out.NotFor[i] = append([]int64{}, u.NotFor...)
		last = u.Customer
	}
	out.Next, err = after(last, more)
	return &unitsOut{out}, err
}

type (
	outlinesIn struct {
		ID    int64 `path:"id" minimum:"1"`
		Today bool  `query:"today" doc:"As the customers are covered today"`
		GroundsPage
	}
	// GroundsPage says which people's ground is wanted.
	GroundsPage struct {
		Limit int    `query:"limit" minimum:"1" maximum:"500" default:"500" doc:"Most people in the answer"`
		After string `query:"after" maxLength:"100" doc:"The value of next in the previous page"`
	}
	// Ground is what one person covers.
	Ground struct {
		Type       string           `json:"type" enum:"Feature"`
		Geometry   Geometry         `json:"geometry"`
		Properties GroundProperties `json:"properties"`
	}
	// Geometry is a GeoJSON multipolygon, longitude first.
	Geometry struct {
		Type        string           `json:"type" enum:"MultiPolygon"`
		Coordinates orb.MultiPolygon `json:"coordinates"`
	}
	// GroundProperties say whose it is.
	GroundProperties struct {
		Person    int64   `json:"person_id"`
		Customers int     `json:"customers"`
		Since     *string `json:"since" format:"date"`
	}
	// Grounds is a GeoJSON feature collection.
	Grounds struct {
		Type     string   `json:"type" enum:"FeatureCollection"`
		Features []Ground `json:"features"`
		Next     *string  `json:"next" doc:"Pass as after for the next page; null on the last"`
	}
	groundsOut struct{ Body Grounds }
)

func (s Surface) outlines(ctx context.Context, in *outlinesIn) (*groundsOut, error) {
	last := int64(-1) // the ground of nobody, person 0, comes first
	if err := api.DecodeAfter(in.After, &last); err != nil {
		return nil, err
	}
	shapes, err := s.Service.Outlines(ctx, caller(ctx), in.ID, in.Today)
	if err != nil {
		return nil, err
	}
	people, more := rest(slices.Sorted(maps.Keys(shapes)), func(p int64) int64 { return p }, last, in.Limit)
	out := Grounds{Type: "FeatureCollection", Features: []Ground{}}
	for _, p := range people {
		last = p
		out.Features = append(out.Features, Ground{Type: "Feature",
			Geometry: Geometry{"MultiPolygon", shapes[p]}, Properties: GroundProperties{Person: p}})
	}
	out.Next, err = after(last, more)
	return &groundsOut{out}, err
}

func (s Surface) areas(ctx context.Context, in *GroundsPage) (*groundsOut, error) {
	var last int64
	if err := api.DecodeAfter(in.After, &last); err != nil {
		return nil, err
	}
	found, err := s.Service.Areas(ctx, api.Scope(ctx), territory.Seek{After: last, Limit: in.Limit + 1})
	if err != nil {
		return nil, err
	}
	more := len(found) > in.Limit
	found = found[:min(in.Limit, len(found))]
	out := Grounds{Type: "FeatureCollection", Features: []Ground{}}
	for _, a := range found {
		since := a.Since.Format(time.DateOnly)
		last = a.ID
		out.Features = append(out.Features, Ground{Type: "Feature",
			Geometry:   Geometry{"MultiPolygon", a.Shape},
			Properties: GroundProperties{Person: a.Person, Customers: a.Customers, Since: &since}})
	}
	out.Next, err = after(last, more)
	return &groundsOut{out}, err
}

// Cell is a piece of the ground that can be given to a person.
type Cell struct {
	ID     string   `json:"id" example:"872a10016ffffff" doc:"H3"`
	Person int64    `json:"person_id"`
	Ring   orb.Ring `json:"ring" doc:"Corners, longitude first, closed"`
}

type (
	cellsIn struct {
		ID    int64  `path:"id" minimum:"1"`
		Limit int    `query:"limit" minimum:"1" maximum:"10000" default:"5000" doc:"Most cells in the answer"`
		After string `query:"after" maxLength:"100" doc:"The value of next in the previous page"`
	}
	cellsOut struct{ Body api.Page[Cell] }
)

func (s Surface) cells(ctx context.Context, in *cellsIn) (*cellsOut, error) {
	var last int64
	if err := api.DecodeAfter(in.After, &last); err != nil {
		return nil, err
	}
	all, err := s.Service.Cells(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	page, more := rest(all, func(c territory.OwnedCell) int64 { return int64(c.Cell) }, last, in.Limit)
	items := make([]Cell, len(page))
	for i, c := range page {
		shape, err := c.Cell.Boundary()
		if err != nil {
			return nil, err
		}
		items[i] = Cell{c.Cell.String(), c.Person, shape[0]}
		last = int64(c.Cell)
	}
	next, err := after(last, more)
	if err != nil {
		return nil, err
	}
	out := api.NewPage(items, "", int64(len(all)))
	out.Next = next
	return &cellsOut{out}, nil
}
