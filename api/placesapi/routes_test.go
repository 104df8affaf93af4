package placesapi_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"beatplan/api"
	"beatplan/api/placesapi"
	"beatplan/business"
	"beatplan/geo/gazetteer"
)

type anyone struct{}

func (anyone) Caller(context.Context, api.Credential) (api.Caller, error) {
	return api.Caller{Actor: business.Actor{Person: 1}}, nil
}

type one string

func (path one) Gazetteers() ([]gazetteer.File, error) {
	return []gazetteer.File{{ID: "town", Path: string(path)}}, nil
}

const extract = `<osm version="0.6">
<node id="1" lat="39.10" lon="-75.50"/><node id="2" lat="39.10" lon="-75.49"/>
<node id="3" lat="39.101" lon="-75.495"><tag k="place" v="town"/><tag k="name" v="Dover"/></node>
<node id="4" lat="39.1001" lon="-75.495"><tag k="addr:housenumber" v="12"/>
<tag k="addr:street" v="Main Street"/></node>
<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/><tag k="name" v="Main Street"/>
</way>
<node id="11" lat="39.0" lon="-75.6"/><node id="12" lat="39.0" lon="-75.4"/>
<node id="13" lat="39.2" lon="-75.4"/><node id="14" lat="39.2" lon="-75.6"/>
<way id="2"><nd ref="11"/><nd ref="12"/><nd ref="13"/><nd ref="14"/><nd ref="11"/></way>
<relation id="1"><member type="way" ref="2" role="outer"/><tag k="type" v="boundary"/>
<tag k="boundary" v="administrative"/><tag k="admin_level" v="6"/><tag k="name" v="Kent County"/>
</relation></osm>`

// feature: Z5.1.1-b
func TestPlaces(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "town.osm"), filepath.Join(dir, "town.gazetteer")
	if err := os.WriteFile(in, []byte(extract), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := gazetteer.Build(t.Context(), in, out, nil); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	a := api.New(api.Options{Version: "test", Sessions: anyone{}, Log: log, Now: time.Now})
	defer a.Close()
	placesapi.Mount(a, placesapi.Surface{Atlas: gazetteer.NewAtlas(one(out), time.Now, log)})
	for path, want := range map[string]string{
		"/v1/places?q=main+st":                     `"title":"Main Street"`,
		"/v1/places?q=dov&lang=zh":                 `"kind":"town","title":"Dover"`,
		"/v1/places?q=12+main&near=-75.5,39.1":     `"title":"12 Main Street","subtitle":"Dover, Kent County"`,
		"/v1/places?q=nowhere":                     `"items":[]`,
		"/v1/places/at?lon=-75.495&lat=39.1":       `"line":"12 Main Street, Dover, Kent County"`,
		"/v1/places/at?lon=-75.499&lat=39.1004":    `"street":"Main Street"`,
		"/v1/places/at?lon=10&lat=10":              `"code":"places.nothing_known"`,
		"/v1/places/at?lon=39.1&lat=-75.495&x=alt": `"code":"places.nothing_known"`,
		"/v1/places/at?lat=39":                     `"query.lon"`,
		"/v1/places/at?lon=200&lat=39":             `"query.lon"`,
		"/v1/places?q=x&near=500,39":               `"query.near"`,
		"/v1/places?q=x&near=abc":                  `"query.near"`,
		"/v1/places?q=":                            `"query.q"`,
		"/v1/districts":                            `"levels":[6],"features":[]`,
		"/v1/districts?level=6":                    `"properties":{"level":6,"name":"Kent County"}`,
		"/v1/districts?level=4":                    `"features":[]`,
	} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Authorization", "Bearer any")
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		body := w.Body.String()
		if !strings.Contains(body, want) || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: %d %s", path, w.Code, body)
		}
	}
}
