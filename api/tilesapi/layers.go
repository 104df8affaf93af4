package tilesapi

import (
	"context"
	"net/http"
	"strings"

	"beatplan/api"
	"beatplan/tiles/archive"
	"beatplan/tiles/style"
)

// MapLayer is a layer that the caller may draw.
type MapLayer struct {
	Name        string   `json:"name" example:"coverage"`
	Description string   `json:"description"`
	Attribution string   `json:"attribution" doc:"HTML that belongs on the map; empty: the company's own"`
	File        bool     `json:"file" doc:"A PMTiles file that the company put beside its own layers"`
	MinZoom     int      `json:"min_zoom"`
	MaxZoom     int      `json:"max_zoom" doc:"Tiles are magnified beyond"`
	Parts       []string `json:"parts" doc:"Names of the layers inside its vector tiles"`
	TileJSON    string   `json:"tilejson" example:"/tiles/coverage.json"`
	Style       string   `json:"style" example:"/tiles/style/{theme}.json?layers=coverage" doc:"theme is light, dark or print"`
}

type layersOut struct {
	Body struct {
		Items []MapLayer `json:"items"`
	}
}

// layers registers the list of layers.
func (s Surface) layers(a *api.API) {
	api.Get(a, "/v1/map/layers", api.Op{
		ID: "list-map-layers", Summary: "List the layers that the caller may draw", Tags: []string{"Map"},
		Description: "Each has TileJSON and a style for MapLibre GL in light, dark and print.",
		Perm:        api.SignedIn,
	}, s.listLayers)
}

func (s Surface) listLayers(ctx context.Context, _ *struct{}) (*layersOut, error) {
	out := &layersOut{}
	out.Body.Items = []MapLayer{}
	caller := api.CallerOf(ctx)
	for _, l := range s.Layers {
		info := l.Info()
		if need := s.Needs[info.Name]; need != "" && !caller.May(need) {
			continue
		}
		_, file := l.(*archive.Layer)
		m := MapLayer{
			Name: info.Name, Description: info.Description, Attribution: info.Attribution, File: file,
			MinZoom: info.MinZoom, MaxZoom: info.MaxZoom, Parts: make([]string, len(info.Layers)),
			TileJSON: "/tiles/" + info.Name + ".json", Style: "/tiles/style/{theme}.json?layers=" + info.Name,
		}
		for i, part := range info.Layers {
			m.Parts[i] = part.ID
		}
		out.Body.Items = append(out.Body.Items, m)
	}
	return out, nil
}

// over are the layers that a style is asked for. The other parameters of the address,
// a filter for example, go to the tiles of each.
func (s Surface) over(r *http.Request) ([]style.Over, error) {
	query := r.URL.Query()
	names := query.Get("layers")
	if names == "" {
		return nil, nil
	}
	query.Del("layers")
	query.Del("lang")
	rest := query.Encode()
	if rest != "" {
		rest = "?" + rest
	}
	var out []style.Over
	seen := map[string]bool{style.Source: true} // drawn by every style
	for name := range strings.SplitSeq(names, ",") {
		layer, err := s.readable(r, name)
		if err != nil {
			return nil, err
		}
		if seen[name] {
			continue
		}
		seen[name] = true
		info := layer.Info()
		address := s.base(r) + "/tiles/" + info.Name + ".json"
		if info.Private {
			address += rest
		}
		out = append(out, style.Over{Info: info, TileJSON: address})
	}
	return out, nil
}
