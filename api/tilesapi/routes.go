package tilesapi

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/paulmach/orb/maptile"

	"beatplan/api"
	"beatplan/business"
	"beatplan/geo/datum"
	"beatplan/internal/fail"
	"beatplan/tiles"
	"beatplan/tiles/base"
	"beatplan/tiles/site"
	"beatplan/tiles/style"
)

// Surface serves layers. Layers are required.
type Surface struct {
	Layers []tiles.Layer
	Needs  map[string]business.Permission // by layer; without, a session is enough
	Bases  *base.Service                  // required where base layers are asked for
	Sites  *site.Service                  // required where places of the company are
	// Base is the public address of the server, as "https://plan.example"; empty
	// takes it from each request.
	Base string

	byName  named
	packing *packing
	packs   chan struct{} // holds one for each archive that is drawn
}

const tilePattern = "/tiles/{layer}/{z}/{x}/{y}.mvt"

// Mount registers the routes. Everybody who is signed in may ask; what a tile
// holds is its layer's decision by the caller's scope.
func (s Surface) Mount(a *api.API) {
	s.byName, s.packing, s.packs = named{}, newPacking(), make(chan struct{}, packsAtOnce)
	for _, l := range s.Layers {
		s.byName[l.Info().Name] = l
	}
	a.Hot(http.MethodGet, tilePattern, api.SignedIn, s.tile)
	a.Short(api.Lane{Pattern: tilePattern, Prefix: "/tiles/", Suffix: ".mvt",
		Permission: api.SignedIn, Answer: s.kept})
	a.Plain(http.MethodGet, "/tiles/{layer}.json", api.SignedIn, s.tileJSON)
	a.Plain(http.MethodGet, "/tiles/{layer}.pmtiles", api.SignedIn, s.export)
	a.Plain(http.MethodGet, packPattern, business.CustomersExport, s.pack)
	a.Sensitive(http.MethodGet, packPattern)
	a.Plain(http.MethodGet, "/tiles/style/{theme}.json", api.SignedIn, s.style)
	s.bases(a)
	s.sites(a)
	s.layers(a)
	s.describe(a)
	s.describePack(a)
}

// named finds layers by name without asking each for its description, which a
// request for a tile seldom needs.
type named map[string]tiles.Layer

func (n named) layer(name string) (tiles.Layer, error) {
	if l := n[name]; l != nil {
		return l, nil
	}
	return nil, tiles.ErrNoLayer.With("layer", name)
}

// layer finds the layer of the address.
func (s Surface) layer(r *http.Request) (tiles.Layer, error) {
	return s.readable(r, chi.URLParam(r, "layer"))
}

// readable finds a layer that the caller may read.
func (s Surface) readable(r *http.Request, name string) (tiles.Layer, error) {
	layer, err := s.byName.layer(name)
	if need := s.Needs[name]; err == nil && need != "" {
		err = api.Require(r.Context(), need)
	}
	return layer, err
}

func (s Surface) tile(w http.ResponseWriter, r *http.Request) error {
	layer, err := s.layer(r)
	if err != nil {
		return err
	}
	at, err := tiles.Address(chi.URLParam(r, "z"), chi.URLParam(r, "x"), chi.URLParam(r, "y"))
	if err != nil {
		return err
	}
	query := r.URL.Query()
	version := query.Get("v")
	shift, err := datumOf(layer, at, query)
	if err != nil {
		return err
	}
	query.Del("v")
	query.Del("datum")
	caller := api.CallerOf(r.Context())
	t, err := layer.Tile(r.Context(), tiles.Request{
		Tile: at, Person: int64(caller.Actor.Person), Scope: caller.Scope, Query: query, Datum: shift,
		Words: r.URL.RawQuery,
	})
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", cacheControl(layer, version))
	_, err = s.packing.write(w, r, t)
	return err
}

// kept answers from what a layer has at hand; 0 when the long way is needed. Whatever
// is unusual takes the long way, so that only one place refuses.
func (s Surface) kept(w http.ResponseWriter, r *http.Request, c api.Caller) int {
	name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/tiles/"), "/")
	layer, ok := s.byName[name].(tiles.Quick)
	if need := s.Needs[name]; !ok || need != "" && !c.Allows(need) ||
		strings.Contains(r.URL.RawQuery, "datum") {
		return 0
	}
	z, rest, _ := strings.Cut(strings.TrimSuffix(rest, ".mvt"), "/")
	x, y, _ := strings.Cut(rest, "/")
	at, err := tiles.Address(z, x, y)
	if err != nil {
		return 0
	}
	t, ok := layer.Kept(tiles.Request{Tile: at, Scope: c.Scope, Words: r.URL.RawQuery})
	if !ok {
		return 0
	}
	w.Header()["Cache-Control"] = private[:1:1]
	status, err := s.packing.write(w, r, t)
	if err != nil {
		return 0
	}
	return status
}

// datumOf reads the datum of the map that asks. Layers that everybody shares are
// kept as they were drawn, in WGS-84. Beyond a layer's deepest zoom nothing is drawn
// anew for a datum: it would come from ever more tiles.
func datumOf(layer tiles.Layer, at maptile.Tile, query url.Values) (datum.Datum, error) {
	name := query.Get("datum")
	if name == "" {
		return "", nil
	}
	d, err := datum.Parse(name)
	if err != nil {
		return "", tiles.ErrDatum.With("datum", name)
	}
	if d == datum.WGS84 {
		return d, nil
	}
	info := layer.Info()
	if !info.Private {
		return "", tiles.ErrDatum.With("datum", name)
	}
	if int(at.Z) > info.MaxZoom {
		return "", tiles.ErrBadTile.With("z", strconv.Itoa(int(at.Z)))
	}
	return d, nil
}

// cacheControl: a browser may keep a tile for good when its address names the
// version it was asked for; otherwise it asks again each time, which is cheap
// with its tag. Shared caches never keep tiles that need a session.
func cacheControl(layer tiles.Layer, version string) string {
	if version == "" {
		return "private, no-cache"
	}
	if info := layer.Info(); version == info.Version && !info.Private {
		return "private, max-age=31536000, immutable"
	}
	return "private, no-cache"
}

func (s Surface) tileJSON(w http.ResponseWriter, r *http.Request) error {
	layer, err := s.layer(r)
	if err != nil {
		return err
	}
	return answer(w, r, s.described(r, layer.Info()))
}

// described is the TileJSON of a layer. The parameters of the address go to the tiles of
// private layers; those of others name their version, so that browsers keep them.
func (s Surface) described(r *http.Request, info tiles.Info) tiles.TileJSON {
	query := r.URL.Query()
	if !info.Private {
		query = url.Values{"v": {info.Version}}
	}
	return tiles.Describe(info, s.base(r)+"/tiles", query.Encode())
}

// export hands an archive out whole or by ranges, so that PMTiles clients can read
// from it directly.
func (s Surface) export(w http.ResponseWriter, r *http.Request) error {
	layer, err := s.layer(r)
	if err != nil {
		return err
	}
	info := layer.Info()
	exporter, ok := layer.(tiles.Exporter)
	if !ok {
		return tiles.ErrNoArchive.With("layer", info.Name)
	}
	archive, err := exporter.Export(r.URL.Query().Get("region"))
	if err != nil {
		return err
	}
	file, err := os.Open(archive.Path)
	if err != nil {
		return tiles.ErrUnreadable.With("region", archive.ID).Because(err)
	}
	defer file.Close()
	h := w.Header()
	h.Set("ETag", tiles.ETag([]byte(archive.ID)))
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Type", "application/vnd.pmtiles")
	h.Set("Content-Disposition", "attachment; filename=\""+info.Name+".pmtiles\"")
	http.ServeContent(w, r, "", time.Time{}, file)
	return nil
}

func (s Surface) style(w http.ResponseWriter, r *http.Request) error {
	theme := chi.URLParam(r, "theme")
	if p := r.URL.Query().Get("base"); p != "" {
		doc, err := s.raster(r, theme, base.Provider(p))
		if err != nil {
			return err
		}
		return answer(w, r, doc)
	}
	own, err := s.readable(r, style.Source)
	if err != nil {
		return err
	}
	over, err := s.over(r)
	if err != nil {
		return err
	}
	doc, err := style.Document(style.Options{
		Theme: theme, Language: r.URL.Query().Get("lang"),
		Basemap: s.described(r, own.Info()), Over: over,
	})
	if err != nil {
		return err
	}
	return answer(w, r, doc)
}

// answer writes a JSON document with a tag.
func answer(w http.ResponseWriter, r *http.Request, doc any) error {
	data, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	tag := tiles.ETag(data)
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "private, no-cache")
	if tiles.Matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "application/json")
	_, _ = w.Write(data)
	return nil
}

// base is the address under which the client reached us. Map clients need
// absolute addresses in TileJSON and styles.
func (s Surface) base(r *http.Request) string {
	if s.Base != "" {
		return strings.TrimSuffix(s.Base, "/")
	}
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// describe adds the routes to OpenAPI.
func (s Surface) describe(a *api.API) {
	param := func(name, text string) *huma.Param {
		return &huma.Param{Name: name, In: "path", Required: true, Description: text,
			Schema: &huma.Schema{Type: "string"}}
	}
	names := strings.Join(slices.Sorted(maps.Keys(s.byName)), ", ")
	refusals := func(errs ...*fail.Error) string {
		var codes []string
		for _, e := range errs {
			codes = append(codes, "`"+e.Code+"`")
		}
		return "Problems: " + strings.Join(codes, ", ")
	}
	a.Describe(&huma.Operation{
		OperationID: "get-tile", Method: http.MethodGet, Path: tilePattern,
		Summary: "Read a vector tile", Tags: []string{"Map"},
		Description: "Mapbox Vector Tile 2.1, XYZ scheme, of the layers " + names + ". customers and coverage " +
			"take the parameters of the customer list, customers also by: owner, level, status, or warning of " +
			"whoever may read warnings; routes takes date; tracks and stays take person and " +
			"date; regions takes level and lang. " + refusals(tiles.ErrBadTile, tiles.ErrNoLayer,
			tiles.ErrUnreadable, tiles.ErrParameter, tiles.ErrDatum),
		Parameters: []*huma.Param{param("layer", names), param("z", "zoom, 0–22"),
			param("x", "column"), param("y", "row, from the north"), {
				Name: "datum", In: "query", Schema: &huma.Schema{Type: "string",
					Enum: []any{"wgs84", "gcj02", "bd09"}},
				Description: "Of the map that draws the tile: what is kept in WGS-84 is shifted on the way out"}},
		Responses: map[string]*huma.Response{
			"200": {Description: "The tile", Content: map[string]*huma.MediaType{
				"application/vnd.mapbox-vector-tile": {}}},
			"204": {Description: "Nothing is there"}, "304": {Description: "Unchanged"},
		},
	})
	a.Describe(&huma.Operation{
		OperationID: "get-tilejson", Method: http.MethodGet, Path: "/tiles/{layer}.json",
		Summary: "Describe a tile layer", Tags: []string{"Map"},
		Description: "TileJSON 3.0. " + refusals(tiles.ErrNoLayer),
		Parameters:  []*huma.Param{param("layer", names)},
		Responses:   map[string]*huma.Response{"200": {Description: "TileJSON"}},
	})
	a.Describe(&huma.Operation{
		OperationID: "export-tiles", Method: http.MethodGet, Path: "/tiles/{layer}.pmtiles",
		Summary: "Export a layer as one PMTiles file", Tags: []string{"Map"},
		Description: "Whole, or by ranges. " + refusals(tiles.ErrNoLayer, tiles.ErrNoArchive),
		Parameters: []*huma.Param{param("layer", "basemap"), {
			Name: "region", In: "query", Description: "Id of the region; needed when there are several",
			Schema: &huma.Schema{Type: "string"}}},
		Responses: map[string]*huma.Response{"200": {Description: "PMTiles 3"},
			"206": {Description: "A range of it"}},
	})
	a.Describe(&huma.Operation{
		OperationID: "get-map-style", Method: http.MethodGet, Path: "/tiles/style/{theme}.json",
		Summary: "Read a map style", Tags: []string{"Map"},
		Description: "Style for MapLibre GL without glyphs and sprites; with layers, theirs too. " +
			refusals(tiles.ErrNoStyle, tiles.ErrNoLayer, base.ErrNoLayer),
		Parameters: []*huma.Param{param("theme", "light, dark or print"), {
			Name: "lang", In: "query", Description: "zh or en: the language of the labels",
			Schema: &huma.Schema{Type: "string", Enum: []any{"zh", "en"}}}, {
			Name: "base", In: "query", Description: "A base layer of GET /v1/map/bases instead of the own map",
			Schema: &huma.Schema{Type: "string"}}, {
			Name: "layers", In: "query", Schema: &huma.Schema{Type: "string"},
			Description: "Names of GET /v1/map/layers with commas between: they lie over the own map, the first " +
				"lowest. Other parameters of the address are theirs"}},
		Responses: map[string]*huma.Response{"200": {Description: "The style"}},
	})
}
