package ogcapi

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/paulmach/orb/geojson"

	"beatplan/api"
	"beatplan/geo"
	"beatplan/tiles"
)

// crs84 is longitude and latitude in WGS-84, the default of Part 1.
const crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

// conformance lists the classes that our tests hold us to.
func conformance() []string {
	return []string{
		"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
		"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
	}
}

const (
	typeJSON    = "application/json"
	typeGeoJSON = "application/geo+json"
	typeSchema  = "application/schema+json"
)

// Surface serves collections.
type Surface struct {
	Collections []Collection
	Base        string           // public address of the server; empty: from each request
	Now         func() time.Time // for time stamps
}

// Mount registers the routes.
func (s Surface) Mount(a *api.API) {
	a.Plain(http.MethodGet, "/ogc", api.SignedIn, s.landing)
	a.Plain(http.MethodGet, "/ogc/conformance", api.SignedIn, s.conformance)
	a.Plain(http.MethodGet, "/ogc/collections", api.SignedIn, s.collections)
	a.Plain(http.MethodGet, "/ogc/collections/{id}", api.SignedIn, s.collection)
	a.Plain(http.MethodGet, "/ogc/collections/{id}/queryables", api.SignedIn, s.queryables)
	a.Plain(http.MethodGet, "/ogc/collections/{id}/items", api.SignedIn, s.items)
	a.Plain(http.MethodGet, "/ogc/collections/{id}/items/{feature}", api.SignedIn, s.item)
	a.Sensitive(http.MethodGet, "/ogc/collections/{id}/items") // as good as an export
	s.describe(a)
}

// link is one entry of links (§7.2).
type link struct {
	Href  string `json:"href"`
	Rel   string `json:"rel"`
	Type  string `json:"type,omitempty"`
	Title string `json:"title,omitempty"`
}

// base is the address of /ogc as the client reached us.
func (s Surface) base(r *http.Request) string {
	if s.Base != "" {
		return strings.TrimSuffix(s.Base, "/") + "/ogc"
	}
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host + "/ogc"
}

func (s Surface) landing(w http.ResponseWriter, r *http.Request) error {
	base := s.base(r)
	root := strings.TrimSuffix(base, "/ogc")
	return answer(w, r, typeJSON, map[string]any{
		"title": "Beatplan", "description": "Customers and territories of the company",
		"attribution": tiles.Attribution,
		"links": []link{
			{base, "self", typeJSON, "This page"},
			{root + "/openapi.json", "service-desc", "application/vnd.oai.openapi+json;version=3.1",
				"The API"},
			{root + "/docs", "service-doc", "text/html", "The API, to read"},
			{base + "/conformance", "conformance", typeJSON, "Conformance classes"},
			{base + "/collections", "data", typeJSON, "Collections"},
		},
	})
}

func (s Surface) conformance(w http.ResponseWriter, r *http.Request) error {
	return answer(w, r, typeJSON, map[string]any{"conformsTo": conformance()})
}

func (s Surface) collections(w http.ResponseWriter, r *http.Request) error {
	all := []any{}
	for i := range s.Collections {
		c := &s.Collections[i]
		if !api.CallerOf(r.Context()).May(c.Perm) {
			continue
		}
		doc, err := s.describeCollection(r, c)
		if err != nil {
			return err
		}
		all = append(all, doc)
	}
	return answer(w, r, typeJSON, map[string]any{
		"links":       []link{{s.base(r) + "/collections", "self", typeJSON, "Collections"}},
		"collections": all,
	})
}

// find returns the collection of the path, if the caller may read it.
func (s Surface) find(r *http.Request) (*Collection, error) {
	id := chi.URLParam(r, "id")
	for i := range s.Collections {
		c := &s.Collections[i]
		if c.ID == id && api.CallerOf(r.Context()).May(c.Perm) {
			return c, nil
		}
	}
	return nil, ErrNoCollection.With("collection", id)
}

func (s Surface) collection(w http.ResponseWriter, r *http.Request) error {
	c, err := s.find(r)
	if err != nil {
		return err
	}
	doc, err := s.describeCollection(r, c)
	if err != nil {
		return err
	}
	return answer(w, r, typeJSON, doc)
}

// describeCollection is the collection object (§7.14).
func (s Surface) describeCollection(r *http.Request, c *Collection) (map[string]any, error) {
	here := s.base(r) + "/collections/" + c.ID
	doc := map[string]any{
		"id": c.ID, "title": c.Title, "description": c.Description, "itemType": "feature",
		"crs": []string{crs84},
		"links": []link{
			{here, "self", typeJSON, c.Title},
			{here + "/items", "items", typeGeoJSON, c.Title},
			{here + "/queryables", "http://www.opengis.net/def/rel/ogc/1.0/queryables", typeSchema,
				"Queryables"},
		},
	}
	box, err := c.Source.Extent(r.Context(), api.Scope(r.Context()))
	if err != nil {
		return nil, err
	}
	if box != (geo.Box{}) {
		doc["extent"] = map[string]any{"spatial": map[string]any{
			"bbox": [][]float64{{box.Min[0], box.Min[1], box.Max[0], box.Max[1]}}, "crs": crs84,
		}}
	}
	return doc, nil
}

func (s Surface) queryables(w http.ResponseWriter, r *http.Request) error {
	c, err := s.find(r)
	if err != nil {
		return err
	}
	properties := map[string]any{}
	for _, q := range c.Queryables {
		p := map[string]any{"title": q.Title, "type": q.Type}
		if len(q.Enum) > 0 {
			p["enum"] = q.Enum
		}
		properties[q.Name] = p
	}
	return answer(w, r, typeSchema, map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"$id":     s.base(r) + "/collections/" + c.ID + "/queryables",
		"type":    "object", "title": c.Title, "properties": properties,
	})
}

// featureCollection is a page of features (§7.16).
type featureCollection struct {
	Type     string             `json:"type"`
	Features []*geojson.Feature `json:"features"`
	Links    []link             `json:"links"`
	Stamp    string             `json:"timeStamp"`
	Matched  int64              `json:"numberMatched"`
	Returned int                `json:"numberReturned"`
}

func (s Surface) items(w http.ResponseWriter, r *http.Request) error {
	c, err := s.find(r)
	if err != nil {
		return err
	}
	q, err := parse(r.URL.Query(), c.Queryables)
	if err != nil {
		return err
	}
	page, err := c.Source.Page(r.Context(), api.Scope(r.Context()), q)
	if err != nil {
		return err
	}
	here := s.base(r) + "/collections/" + c.ID
	out := featureCollection{
		Type: "FeatureCollection", Features: page.Features, Matched: page.Matched,
		Returned: len(page.Features), Stamp: s.Now().UTC().Format(time.RFC3339),
		Links: []link{
			{withQuery(here+"/items", r.URL.Query()), "self", typeGeoJSON, "This page"},
			{here, "collection", typeJSON, c.Title},
		},
	}
	if out.Features == nil {
		out.Features = []*geojson.Feature{}
	}
	if page.Next != nil {
		next := r.URL.Query()
		next.Set("after", packAfter(page.Next))
		out.Links = append(out.Links,
			link{withQuery(here+"/items", next), "next", typeGeoJSON, "Next page"})
	}
	return answer(w, r, typeGeoJSON, out)
}

func withQuery(path string, v url.Values) string {
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

func (s Surface) item(w http.ResponseWriter, r *http.Request) error {
	c, err := s.find(r)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(chi.URLParam(r, "feature"), 10, 64)
	if err != nil || id < 1 {
		return ErrNoFeature.With("feature", chi.URLParam(r, "feature"))
	}
	f, err := c.Source.Feature(r.Context(), api.Scope(r.Context()), id)
	if err != nil {
		return err
	}
	here := s.base(r) + "/collections/" + c.ID
	f.ExtraMembers = geojson.Properties{"links": []link{
		{here + "/items/" + strconv.FormatInt(id, 10), "self", typeGeoJSON, "This feature"},
		{here, "collection", typeJSON, c.Title},
	}}
	return answer(w, r, typeGeoJSON, f)
}

func answer(w http.ResponseWriter, r *http.Request, kind string, doc any) error {
	data, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", tiles.ETag(data))
	if tiles.Matches(r.Header.Get("If-None-Match"), tiles.ETag(data)) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", kind)
	_, _ = w.Write(data) // who has gone cannot be told
	return nil
}

// describe adds the routes to OpenAPI.
func (s Surface) describe(a *api.API) {
	for path, summary := range map[string]string{
		"/ogc": "Landing page of OGC API Features", "/ogc/conformance": "Conformance classes",
		"/ogc/collections": "List collections of features", "/ogc/collections/{id}": "Describe one",
		"/ogc/collections/{id}/queryables":      "Say what items can be filtered by",
		"/ogc/collections/{id}/items":           "Read features: bbox, datetime, limit, queryables",
		"/ogc/collections/{id}/items/{feature}": "Read one feature",
	} {
		op := &huma.Operation{
			OperationID: "ogc" + strings.NewReplacer("/ogc", "", "/", "-", "{", "", "}", "").Replace(path),
			Method:      http.MethodGet, Path: path, Summary: summary, Tags: []string{"OGC API Features"},
			Responses: map[string]*huma.Response{"200": {Description: "As OGC 17-069r4 says"}},
		}
		for _, name := range []string{"id", "feature"} {
			if strings.Contains(path, "{"+name+"}") {
				op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: "path", Required: true,
					Schema: &huma.Schema{Type: "string"}})
			}
		}
		a.Describe(op)
	}
}
