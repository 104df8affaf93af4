package tiles

import (
	"cmp"
	"slices"

	"github.com/paulmach/orb"

	"beatplan/geo"
)

// Attribution is shown on every map, print and export that holds OpenStreetMap
// data (https://www.openstreetmap.org/copyright).
const Attribution = `<a href="https://www.openstreetmap.org/copyright" ` +
	`target="_blank" rel="noopener">© OpenStreetMap contributors</a>`

// TileJSON is a TileJSON 3.0 document
// (https://github.com/mapbox/tilejson-spec/tree/master/3.0.0).
type TileJSON struct {
	TileJSON     string        `json:"tilejson"`
	Name         string        `json:"name"`
	Description  string        `json:"description,omitempty"`
	Version      string        `json:"version"`
	Attribution  string        `json:"attribution,omitempty"`
	Scheme       string        `json:"scheme"`
	Tiles        []string      `json:"tiles"`
	MinZoom      int           `json:"minzoom"`
	MaxZoom      int           `json:"maxzoom"`
	Bounds       [4]float64    `json:"bounds"` // west, south, east, north
	Center       [3]float64    `json:"center"` // longitude, latitude, zoom
	VectorLayers []VectorLayer `json:"vector_layers"`
}

// Describe is the TileJSON of a layer whose tiles lie under base, for example
// "https://host/tiles". The query, when not empty, is appended to the address
// of the tiles.
func Describe(info Info, base, query string) TileJSON {
	if query != "" {
		query = "?" + query
	}
	box := info.Bounds
	if box == (geo.Box{}) {
		box = geo.Box{Min: orb.Point{-180, -85.0511}, Max: orb.Point{180, 85.0511}}
	}
	layers := slices.Clone(info.Layers)
	if layers == nil {
		layers = []VectorLayer{}
	}
	centre := box.Center()
	return TileJSON{
		TileJSON: "3.0.0", Name: info.Name, Description: info.Description,
		Version:     cmp.Or(tileVersion(info.Version), "1.0.0"),
		Attribution: info.Attribution, Scheme: "xyz",
		Tiles:   []string{base + "/" + info.Name + "/{z}/{x}/{y}.mvt" + query},
		MinZoom: info.MinZoom, MaxZoom: info.MaxZoom,
		Bounds:       [4]float64{box.Min[0], box.Min[1], box.Max[0], box.Max[1]},
		Center:       [3]float64{centre[0], centre[1], float64(min(info.MaxZoom, info.MinZoom+5))},
		VectorLayers: layers,
	}
}

// tileVersion keeps to the semver form that TileJSON asks for.
func tileVersion(v string) string {
	if v == "" {
		return ""
	}
	return "1.0.0+" + v
}
