package ogcapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"beatplan/api"
	"beatplan/api/ogcapi"
	"beatplan/business"
	"beatplan/geo"
	"beatplan/internal/scope"
)

// door lets two people in: one who may read shops, one who may not.
type door struct{}

func (door) Caller(_ context.Context, c api.Credential) (api.Caller, error) {
	who := api.Caller{Actor: business.Actor{Person: 1}, Scope: scope.Scope{People: []int64{1}}}
	if c.Token == "reader" {
		who.Permissions = []business.Permission{"shops"}
	}
	return who, nil
}

// shops are 250 points in a row; every other one belongs to person 1.
type shops struct{ t *testing.T }

func shop(id int64) *geojson.Feature {
	f := geojson.NewFeature(orb.Point{float64(id) / 100, 1})
	f.ID = id
	f.Properties["level"] = []string{"A", "B"}[id/2%2]
	return f
}

func (s shops) visible(sc scope.Scope, id int64) bool { return sc.All || id%2 == sc.People[0]%2 }

func (s shops) Extent(context.Context, scope.Scope) (geo.Box, error) {
	return geo.Box{Min: orb.Point{0.01, 1}, Max: orb.Point{2.5, 1}}, nil
}

func (s shops) Page(_ context.Context, sc scope.Scope, q ogcapi.Query) (ogcapi.Page, error) {
	var after int64
	if q.After != nil {
		if err := json.Unmarshal(q.After, &after); err != nil {
			return ogcapi.Page{}, err
		}
	}
	var p ogcapi.Page
	for id := int64(1); id <= 250; id++ {
		f := shop(id)
		level := q.Filter.Get("level")
		if !s.visible(sc, id) || level != "" && f.Properties["level"] != level ||
			q.Box != nil && !q.Box.Contains(f.Point()) {
			continue
		}
		p.Matched++
		if id <= after || p.Next != nil {
			continue
		}
		if len(p.Features) == q.Limit {
			p.Next, _ = json.Marshal(p.Features[q.Limit-1].ID)
			continue
		}
		p.Features = append(p.Features, f)
	}
	return p, nil
}

func (s shops) Feature(_ context.Context, sc scope.Scope, id int64) (*geojson.Feature, error) {
	if id > 250 || !s.visible(sc, id) {
		return nil, ogcapi.ErrNoFeature
	}
	return shop(id), nil
}

func server(t *testing.T) http.Handler {
	t.Helper()
	a := api.New(api.Options{Version: "test", Sessions: door{}, Log: slog.New(slog.DiscardHandler),
		Now: time.Now})
	t.Cleanup(a.Close)
	ogcapi.Surface{Now: time.Now, Collections: []ogcapi.Collection{{
		ID: "shops", Title: "Shops", Perm: "shops", Source: shops{t},
		Queryables: []ogcapi.Queryable{{Name: "level", Title: "Level", Type: "string",
			Enum: []string{"A", "B"}}},
	}}}.Mount(a)
	return a.Handler()
}

// doc is any document of the interface.
type doc struct {
	Links      []struct{ Href, Rel, Type string }
	ConformsTo []string `json:"conformsTo"`
	ID         any
	Type       string
	Features   []struct {
		ID       int64
		Type     string
		Geometry struct{ Coordinates []float64 }
	}
	Collections    []doc
	NumberMatched  int64 `json:"numberMatched"`
	NumberReturned int   `json:"numberReturned"`
	TimeStamp      string
	Extent         struct{ Spatial struct{ Bbox [][]float64 } }
	CRS            []string `json:"crs"`
	Properties     map[string]any
	Code           string
}

func get(t *testing.T, h http.Handler, path, token string) (doc, *httptest.ResponseRecorder) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var d doc
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil {
		t.Fatalf("%s: %d %s: %v", path, w.Code, w.Body, err)
	}
	return d, w
}

func (d doc) link(rel string) string {
	for _, l := range d.Links {
		if l.Rel == rel {
			return l.Href
		}
	}
	return ""
}

// A client finds everything by links from the landing page (§7.2, §7.4, §7.13).
func TestWalkByLinks(t *testing.T) {
	h := server(t)
	landing, _ := get(t, h, "/ogc", "reader")
	for _, rel := range []string{"self", "service-desc", "conformance", "data"} {
		if landing.link(rel) == "" {
			t.Errorf("landing page without %s", rel)
		}
	}
	classes, _ := get(t, h, landing.link("conformance"), "reader")
	if !strings.Contains(strings.Join(classes.ConformsTo, " "), "features-1/1.0/conf/core") {
		t.Errorf("conforms to %v", classes.ConformsTo)
	}
	list, _ := get(t, h, landing.link("data"), "reader")
	if len(list.Collections) != 1 || list.Collections[0].ID != "shops" {
		t.Fatalf("collections %+v", list.Collections)
	}
	one, _ := get(t, h, list.Collections[0].link("self"), "reader")
	if len(one.Extent.Spatial.Bbox) != 1 || len(one.CRS) != 1 || one.link("items") == "" {
		t.Errorf("collection %+v", one)
	}
	schema, w := get(t, h, one.link("http://www.opengis.net/def/rel/ogc/1.0/queryables"), "reader")
	if schema.Properties["level"] == nil || w.Header().Get("Content-Type") != "application/schema+json" {
		t.Errorf("queryables %+v", schema)
	}
	seen := map[int64]bool{}
	pages := 0
	for next := one.link("items") + "?limit=50"; next != ""; pages++ {
		page, w := get(t, h, next, "reader")
		if page.Type != "FeatureCollection" || page.NumberMatched != 125 ||
			page.NumberReturned != len(page.Features) || page.link("self") == "" ||
			page.TimeStamp == "" || w.Header().Get("Content-Type") != "application/geo+json" {
			t.Fatalf("page %+v", page)
		}
		for _, f := range page.Features {
			if seen[f.ID] || f.ID%2 != 1 || len(f.Geometry.Coordinates) != 2 {
				t.Fatalf("feature %+v", f)
			}
			seen[f.ID] = true
		}
		next = page.link("next")
	}
	if len(seen) != 125 || pages != 3 {
		t.Errorf("%d features on %d pages", len(seen), pages)
	}
}

func TestItemsParameters(t *testing.T) {
	h := server(t)
	const items = "/ogc/collections/shops/items"
	for query, want := range map[string]int64{
		"": 125, "?bbox=0.1,0,0.2,2": 5, "?bbox=0.1,0,-9,0.2,2,9": 5, "?bbox=50,50,60,60": 0,
		"?level=A": 63, "?level=A&bbox=0.1,0,0.2,2&limit=1": 2,
		"?datetime=2026-11-21T10:00:00Z": 125, "?datetime=2026-01-01/..": 125,
		"?datetime=../2026-01-01T00:00:00Z": 125, "?limit=100000": 125, "?f=json": 125,
	} {
		if d, w := get(t, h, items+query, "reader"); w.Code != 200 || d.NumberMatched != want {
			t.Errorf("%s: %d, %d matched, want %d", query, w.Code, d.NumberMatched, want)
		}
	}
	for _, query := range []string{"?bbox=1,2,3", "?bbox=a,b,c,d", "?bbox=0,80,0,20", "?bbox=0,0,500,1",
		"?limit=0", "?limit=-1", "?limit=x", "?datetime=yesterday", "?datetime=2027-01-01/2026-01-01",
		"?unknown=1", "?after=!!", "?f=html"} {
		if d, w := get(t, h, items+query, "reader"); w.Code != 400 || d.Code != "ogc.bad_parameter" {
			t.Errorf("%s: %d %s", query, w.Code, d.Code)
		}
	}
}

func TestOneFeatureAndScope(t *testing.T) {
	h := server(t)
	const items = "/ogc/collections/shops/items/"
	d, w := get(t, h, items+"7", "reader")
	if w.Code != 200 || fmt.Sprint(d.ID) != "7" || d.link("self") == "" || d.link("collection") == "" {
		t.Errorf("%d %+v", w.Code, d)
	}
	for path, code := range map[string]string{
		items + "8": "ogc.no_such_feature", items + "999": "ogc.no_such_feature",
		items + "x": "ogc.no_such_feature", "/ogc/collections/none": "ogc.no_such_collection",
		"/ogc/collections/none/items": "ogc.no_such_collection",
	} {
		if d, w := get(t, h, path, "reader"); w.Code != 404 || d.Code != code {
			t.Errorf("%s: %d %s", path, w.Code, d.Code)
		}
	}
	if d, _ := get(t, h, "/ogc/collections", "other"); len(d.Collections) != 0 {
		t.Errorf("without permission: %+v", d.Collections)
	}
	if _, w := get(t, h, "/ogc/collections/shops/items", "other"); w.Code != 404 {
		t.Errorf("without permission: %d", w.Code)
	}
}
