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

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/api/placesapi"
	"beatplan/business"
	"beatplan/geo/gazetteer"
	"beatplan/geo/geocode"
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

// elsewhere is a service that knows one street and one place, and counts.
type elsewhere struct{ asked int }

func (e *elsewhere) Find(_ context.Context, q geocode.Question) ([]geocode.Found, error) {
	e.asked++
	if q.Text != "阜通东大街6号" {
		return nil, geocode.ErrRefused
	}
	return []geocode.Found{{Title: "北京市朝阳区阜通东大街6号", Kind: "house",
		Point: orb.Point{116.476, 39.989}, Source: "amap"}}, nil
}

func (e *elsewhere) At(_ context.Context, p orb.Point, _ string) (geocode.Address, error) {
	e.asked++
	if p[0] < 100 {
		return geocode.Address{}, geocode.ErrUnknown
	}
	return geocode.Address{Line: "北京市朝阳区阜通东大街", Street: "阜通东大街", Source: "amap"}, nil
}

// TestOthersAreAskedForWhatTheMapDoesNotKnow and for nothing else.
//
// feature: Z5.1.1-b
func TestOthersAreAskedForWhatTheMapDoesNotKnow(t *testing.T) {
	var other elsewhere
	ask := town(t, &other)
	for _, v := range []struct {
		path, want string
		asked      int
	}{
		{"/v1/places?q=main+st", `"source":"map"`, 0},
		{"/v1/places/at?lon=-75.495&lat=39.1", `"source":"map"`, 0},
		{"/v1/places?q=阜通东大街6号", `"position":[116.476,39.989],"source":"amap"`, 1},
		{"/v1/places?q=refused", `"items":[]`, 2},
		{"/v1/places/at?lon=116&lat=40", `"street":"阜通东大街"`, 3},
		{"/v1/places/at?lon=10&lat=10", `"code":"places.nothing_known"`, 4},
	} {
		if body := ask(v.path); !strings.Contains(body, v.want) || other.asked != v.asked {
			t.Errorf("%s, asked %d times: %s", v.path, other.asked, body)
		}
	}
}

// TestNobodyUsesUpTheQuotaOfOthers: a person's questions to a service are counted, those
// that the own map answers are not.
func TestNobodyUsesUpTheQuotaOfOthers(t *testing.T) {
	var other elsewhere
	ask := town(t, &other)
	for range 40 {
		ask("/v1/places?q=main+st")
	}
	answered := 0
	for range 40 {
		switch body := ask("/v1/places?q=阜通东大街6号"); {
		case strings.Contains(body, `"source":"amap"`):
			answered++
		case !strings.Contains(body, `"code":"places.too_many_questions"`):
			t.Fatal(body)
		}
	}
	if answered != 30 || other.asked != 30 {
		t.Errorf("%d were answered, the service was asked %d times", answered, other.asked)
	}
	if body := ask("/v1/places/at?lon=116&lat=40"); !strings.Contains(body, "too_many_questions") {
		t.Error(body)
	}
	if body := ask("/v1/places?q=main+st"); !strings.Contains(body, `"source":"map"`) {
		t.Error(body)
	}
}

// noon is the moment at which all questions come.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// town mounts the operations over a small town and returns what asks them.
func town(t *testing.T, other geocode.Service) func(path string) string {
	t.Helper()
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
	t.Cleanup(a.Close)
	placesapi.Mount(a, placesapi.Surface{
		Atlas: gazetteer.NewAtlas(one(out), time.Now, log), Other: other, Log: log,
		Now: func() time.Time { return noon }})
	return func(path string) string {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Authorization", "Bearer any")
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		if !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: no JSON", path)
		}
		return w.Body.String()
	}
}

// feature: Z5.1.1-b
func TestPlaces(t *testing.T) {
	ask := town(t, nil)
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
		if body := ask(path); !strings.Contains(body, want) {
			t.Errorf("%s: %s", path, body)
		}
	}
}
