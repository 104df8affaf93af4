package tilesapi

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/geo"
	"beatplan/tiles"
)

const (
	packPattern = "/tiles/{layer}/export.pmtiles"
	// packZoom is how deep an archive goes when nothing else is asked for.
	packZoom = 12
	// packsAtOnce bounds the archives that are drawn at the same time; others wait.
	packsAtOnce = 2
)

// pack draws a layer into one PMTiles file, as the caller sees it and under the
// layer's filter. The file is whole or not at all: ranges of it would be drawn anew.
func (s Surface) pack(w http.ResponseWriter, r *http.Request) error {
	layer, err := s.layer(r)
	if err != nil {
		return err
	}
	name := chi.URLParam(r, "layer")
	query := r.URL.Query()
	box, err := packBox(query)
	if err != nil {
		return err
	}
	deepest := packZoom
	if text := query.Get("maxzoom"); text != "" {
		if deepest, err = strconv.Atoi(text); err != nil || deepest < 0 || deepest > tiles.MaxZoom {
			return tiles.ErrParameter.With("parameter", "maxzoom")
		}
	}
	query.Del("bbox")
	query.Del("maxzoom")
	select {
	case s.packs <- struct{}{}:
		defer func() { <-s.packs }()
	case <-r.Context().Done():
		return r.Context().Err()
	}
	dir, err := os.MkdirTemp("", "beatplan-pack")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) // a temporary folder
	caller := api.CallerOf(r.Context())
	path := filepath.Join(dir, name+".pmtiles")
	if err := tiles.Pack(r.Context(), layer, tiles.Request{
		Person: int64(caller.Actor.Person), Scope: caller.Scope, Query: query,
	}, box, deepest, path); err != nil {
		return err
	}
	return handOut(w, path, name)
}

// handOut writes a finished archive.
func handOut(w http.ResponseWriter, path, name string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Type", "application/vnd.pmtiles")
	h.Set("Content-Disposition", "attachment; filename=\""+name+".pmtiles\"")
	h.Set("Content-Length", strconv.FormatInt(info.Size(), 10))
	_, _ = io.Copy(w, file) // the reader is gone
	return nil
}

// packBox reads west,south,east,north; the zero box without.
func packBox(query url.Values) (geo.Box, error) {
	text := query.Get("bbox")
	if text == "" {
		return geo.Box{}, nil
	}
	parts := strings.Split(text, ",")
	var n [4]float64
	wrong := tiles.ErrParameter.With("parameter", "bbox")
	if len(parts) != len(n) {
		return geo.Box{}, wrong
	}
	for i, p := range parts {
		var err error
		if n[i], err = strconv.ParseFloat(p, 64); err != nil {
			return geo.Box{}, wrong
		}
	}
	box := geo.Box{Min: orb.Point{n[0], n[1]}, Max: orb.Point{n[2], n[3]}}
	if !geo.Valid(box.Min) || !geo.Valid(box.Max) || box.Min[0] >= box.Max[0] || box.Min[1] >= box.Max[1] {
		return geo.Box{}, wrong
	}
	return box, nil
}

// describePack adds the route to OpenAPI.
func (s Surface) describePack(a *api.API) {
	text := func(name, in, what string) *huma.Param {
		return &huma.Param{Name: name, In: in, Required: in == "path", Description: what,
			Schema: &huma.Schema{Type: "string"}}
	}
	a.Describe(&huma.Operation{
		OperationID: "pack-tiles", Method: http.MethodGet, Path: packPattern,
		Summary: "Draw any layer into one PMTiles file", Tags: []string{"Map"},
		Description: "As the caller sees it, under the layer's filter, down to maxzoom (12 without). " +
			"The trail keeps who asked. Problems: `" + strings.Join([]string{
			tiles.ErrNoLayer.Code, tiles.ErrParameter.Code, tiles.ErrNothingToPack.Code,
			tiles.ErrTooManyTiles.Code}, "`, `") + "`",
		Parameters: []*huma.Param{text("layer", "path", "Name of the layer"),
			text("bbox", "query", "west,south,east,north; everything without"),
			text("maxzoom", "query", "Deepest zoom")},
		Responses: map[string]*huma.Response{"200": {Description: "PMTiles 3"}},
	})
}
