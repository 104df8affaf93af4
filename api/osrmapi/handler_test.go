package osrmapi

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"beatplan/geo/polyline"
)

const town = `<osm version="0.6">
<node id="1" lon="7.000" lat="43.000"/><node id="2" lon="7.010" lat="43.000"/>
<node id="3" lon="7.010" lat="43.010"/><node id="4" lon="7.000" lat="43.010"/>
<node id="8" lon="7.300" lat="43.300"/><node id="9" lon="7.301" lat="43.300"/>
<way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/>
  <tag k="name" v="South Street"/></way>
<way id="11"><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/>
  <tag k="name" v="East Street"/></way>
<way id="12"><nd ref="3"/><nd ref="4"/><tag k="highway" v="residential"/></way>
<way id="13"><nd ref="8"/><nd ref="9"/><tag k="highway" v="residential"/></way>
</osm>`

func handler(t *testing.T) Handler { return on(t, town) }

func ask(t *testing.T, h Handler, path string) (int, map[string]any) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	out := map[string]any{}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%s: %v %s", path, err, w.Body)
	}
	return w.Code, out
}

func TestRoute(t *testing.T) {
	h := handler(t)
	_, out := ask(t, h, "/route/v1/driving/7.001,43.0;7.010,43.009?steps=true&geometries=geojson")
	if out["code"] != "Ok" {
		t.Fatal(out)
	}
	route := out["routes"].([]any)[0].(map[string]any)
	leg := route["legs"].([]any)[0].(map[string]any)
	if leg["duration"] != route["duration"] || leg["summary"] != "South Street, East Street" {
		t.Errorf("leg %v", leg)
	}
	var kinds []string
	sum := 0.0
	for _, s := range leg["steps"].([]any) {
		step := s.(map[string]any)
		m := step["maneuver"].(map[string]any)
		modifier, _ := m["modifier"].(string)
		kinds = append(kinds, m["type"].(string)+" "+modifier)
		sum += step["duration"].(float64)
	}
	if got := strings.Join(kinds, ", "); got != "depart , turn left, arrive " {
		t.Errorf("manoeuvres %q", got)
	}
	if math.Abs(sum-leg["duration"].(float64)) > 1e-6 {
		t.Errorf("steps last %v, the leg %v", sum, leg["duration"])
	}
	line := route["geometry"].(map[string]any)["coordinates"].([]any)
	if len(line) != 3 {
		t.Errorf("geometry %v", line)
	}
	_, full := ask(t, h, "/route/v1/car/7.001,43.0;7.010,43.009?overview=full&annotations=true")
	text := full["routes"].([]any)[0].(map[string]any)["geometry"].(string)
	if points, ok := polyline.Decode(text, 1e5); !ok || len(points) != 3 {
		t.Errorf("polyline %q", text)
	}
	_, none := ask(t, h, "/route/v1/car/7.001,43.0;7.010,43.009?overview=false")
	bare := none["routes"].([]any)[0].(map[string]any)
	if _, ok := bare["geometry"]; ok {
		t.Error("overview=false has a geometry")
	}
	drawn := full["routes"].([]any)[0].(map[string]any)
	if bare["duration"] != drawn["duration"] || bare["distance"] != drawn["distance"] ||
		bare["legs"].([]any)[0].(map[string]any)["distance"] != drawn["distance"] {
		t.Errorf("without a drawing %v, with it %v", bare, drawn)
	}
}

func TestTable(t *testing.T) {
	h := handler(t)
	_, out := ask(t, h, "/table/v1/driving/7.001,43.0;7.010,43.009;7.3005,43.3"+
		"?sources=0;1&annotations=duration,distance")
	durations := out["durations"].([]any)
	if len(durations) != 2 || durations[0].([]any)[0] != 0.0 || durations[0].([]any)[2] != nil {
		t.Errorf("durations %v", durations)
	}
	if d := out["distances"].([]any)[0].([]any)[1].(float64); d < 1000 || d > 2000 {
		t.Errorf("distance %v", d)
	}
	if len(out["sources"].([]any)) != 2 || len(out["destinations"].([]any)) != 3 {
		t.Errorf("waypoints %v", out)
	}
}

func TestNearest(t *testing.T) {
	_, out := ask(t, handler(t), "/nearest/v1/driving/7.005,43.0005?number=1")
	w := out["waypoints"].([]any)[0].(map[string]any)
	if w["name"] != "South Street" || len(w["nodes"].([]any)) != 2 {
		t.Errorf("waypoint %v", w)
	}
}

func TestRefusals(t *testing.T) {
	h := handler(t)
	for path, code := range map[string]string{
		"/route/v1/driving/7.001,43.0;7.3005,43.3":                         "NoRoute",
		"/route/v1/driving/7.001,43.0":                                     "InvalidOptions",
		"/route/v1/driving/7.001,43.0;9,9?radiuses=50;50":                  "NoSegment",
		"/route/v1/driving/7.001,43.0;9,9?radiuses=50":                     "InvalidOptions",
		"/route/v1/driving/7.001,143.0;9,9":                                "InvalidValue",
		"/route/v1/driving/nonsense":                                       "InvalidUrl",
		"/route/v1/driving":                                                "InvalidUrl",
		"/route/v2/driving/7,43;7,43":                                      "InvalidVersion",
		"/walk/v1/driving/7,43;7,43":                                       "InvalidService",
		"/tile/v1/driving/7,43;7,43":                                       "NotImplemented",
		"/match/v1/driving/8,44;8,44":                                      "NoMatch",
		"/match/v1/driving/7,43;7.01,43?timestamps=5;4":                    "InvalidValue",
		"/match/v1/driving/7,43;7.01,43?timestamps=5":                      "InvalidOptions",
		"/match/v1/driving/7,43;7.01,43?gaps=some":                         "InvalidQuery",
		"/match/v1/driving/7,43":                                           "InvalidOptions",
		"/trip/v1/driving/7.001,43.0;7.3005,43.3":                          "NoTrips",
		"/trip/v1/driving/7,43;7.01,43?source=second":                      "InvalidQuery",
		"/trip/v1/driving/7,43;7.01,43?tidy=true":                          "InvalidQuery",
		"/route/v1/driving/7,43;7.01,43?bearings=90,20":                    "InvalidOptions",
		"/route/v1/driving/7,43;7.01,43?bearings=400,2;":                   "InvalidQuery",
		"/route/v1/driving/7,43;7.01,43?approaches=left;":                  "InvalidQuery",
		"/route/v1/driving/7,43;7.01,43?waypoints=1":                       "InvalidValue",
		"/route/v1/driving/7,43;7.01,43?generate_hints=1":                  "InvalidQuery",
		"/route/v1/driving/7.005,43;7.01,43?bearings=0,10;&radiuses=50;50": "NoSegment",
		"/route/v1/driving/7,43;7.01,43?colour=blue":                       "InvalidQuery",
		"/route/v1/driving/7,43;7.01,43?overview=some":                     "InvalidQuery",
		"/table/v1/driving/7,43;7.01,43?sources=7":                         "InvalidOptions",
		"/table/v1/driving/7,43;7.01,43?scale_factor=-1":                   "InvalidValue",
		"/nearest/v1/driving/7,43;7.01,43":                                 "InvalidOptions",
		"/nearest/v1/driving/7,43?number=0":                                "InvalidOptions",
		"/route/v1/driving/polyline(zzz":                                   "InvalidUrl",
		"/route/v1/driving/7,43;7.01,43?exclude=bridge":                    "InvalidValue",
		"/route/v1/driving/7,43;7.01,43?alternatives=perhaps":              "InvalidQuery",
		"/table/v1/driving/7,43;7.01,43?annotations=elevation":             "InvalidQuery",
	} {
		status, out := ask(t, h, path)
		if status != http.StatusBadRequest || out["code"] != code || out["message"] == "" {
			t.Errorf("%s: %d %v, want %s", path, status, out, code)
		}
	}
}

// The positions are those that OSRM v6.0.0 answers.
func TestARefusalSaysWhereTheAddressIsWrong(t *testing.T) {
	h := handler(t)
	for query, at := range map[string]int{
		"bogus=1": 42, "overview=maybe": 51, "steps=false&overview=maybe": 63, "steps=true&bogus=1": 52,
	} {
		_, out := ask(t, h, "/route/v1/driving/-8.61,41.15;-8.58,41.16?"+query)
		if want := fmt.Sprintf("Query string malformed close to position %d", at); out["message"] != want {
			t.Errorf("%s: %v, want %s", query, out["message"], want)
		}
	}
}
