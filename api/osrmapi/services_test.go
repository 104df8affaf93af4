package osrmapi

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"beatplan/routing"
)

// block is a town of two ways round a block, one a little longer, with side streets
// at every corner and a cul-de-sac in the middle of the south.
//
//	5 --- 6 ---- 7
//	|     |      |
//	1 --- 2 ---- 3
//	      |
//	      4
const block = `<osm version="0.6">
<node id="1" lon="7.000" lat="43.000"/><node id="2" lon="7.010" lat="43.000"/>
<node id="3" lon="7.020" lat="43.000"/><node id="4" lon="7.010" lat="42.990"/>
<node id="5" lon="7.000" lat="43.004"/><node id="6" lon="7.010" lat="43.004"/>
<node id="7" lon="7.020" lat="43.004"/>
<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/>
  <tag k="name" v="South Street"/></way>
<way id="11"><nd ref="2"/><nd ref="4"/><tag k="highway" v="residential"/>
  <tag k="name" v="Dead End"/></way>
<way id="12"><nd ref="1"/><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="3"/>
  <tag k="highway" v="residential"/><tag k="name" v="North Street"/></way>
<way id="13"><nd ref="2"/><nd ref="6"/><tag k="highway" v="residential"/></way>
</osm>`

func on(t *testing.T, town string) Handler {
	t.Helper()
	extract := filepath.Join(t.TempDir(), "town.osm")
	if err := os.WriteFile(extract, []byte(town), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "town.net")
	if _, err := routing.BuildFile(t.Context(), routing.Build{Extract: extract, Out: out}); err != nil {
		t.Fatal(err)
	}
	e, err := routing.OpenFile(out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return Handler{Roads: e}
}

// reply is what the tests look at.
type reply struct {
	Code      string
	Message   string
	Routes    []routeReply
	Trips     []routeReply
	Matchings []struct {
		routeReply
		Confidence float64
	}
	Waypoints, Tracepoints []*struct {
		Hint              string
		Name              string
		Distance          float64
		Location          [2]float64
		Nodes             []int64
		WaypointIndex     *int `json:"waypoint_index"`
		TripsIndex        *int `json:"trips_index"`
		MatchingsIndex    *int `json:"matchings_index"`
		AlternativesCount *int `json:"alternatives_count"`
	}
	Durations, Distances [][]*float64
	Fallback             [][2]int `json:"fallback_speed_cells"`
}

type routeReply struct {
	Duration, Distance float64
	Legs               []struct {
		Duration, Distance float64
		Steps              []any
		Summary            string
		Annotation         struct {
			Nodes                      []int64
			Distance, Duration, Weight []float64
			Speed                      []float64
			Datasources                []int
		}
	}
}

func get(t *testing.T, h Handler, path string) reply {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	var out reply
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%s: %v %s", path, err, w.Body)
	}
	if out.Code != "Ok" {
		t.Fatalf("%s: %s %s", path, out.Code, out.Message)
	}
	return out
}

func TestAlternatives(t *testing.T) {
	h := on(t, block)
	// To the far corner: south and then north, or the other way round.
	out := get(t, h, "/route/v1/driving/7.001,43.0;7.019,43.004?alternatives=3&steps=true")
	if len(out.Routes) < 2 {
		t.Fatalf("%d routes", len(out.Routes))
	}
	for i, r := range out.Routes {
		if i > 0 && (r.Duration < out.Routes[0].Duration || r.Duration > 1.25*out.Routes[0].Duration) {
			t.Errorf("route %d takes %v, the best %v", i, r.Duration, out.Routes[0].Duration)
		}
		if len(r.Legs[0].Steps) < 2 || r.Legs[0].Summary == "" {
			t.Errorf("route %d: %+v", i, r.Legs)
		}
	}
	one := get(t, h, "/route/v1/driving/7.001,43.0;7.019,43.004?alternatives=false")
	if len(one.Routes) != 1 || one.Routes[0].Duration != out.Routes[0].Duration {
		t.Errorf("without: %+v", one.Routes)
	}
}

func TestBearingsAndApproaches(t *testing.T) {
	h := on(t, block)
	path := "/route/v1/driving/7.005,43.0;7.008,43.0"
	ahead := get(t, h, path+"?bearings=90,20;")
	round := get(t, h, path+"?bearings=270,20;")
	if ahead.Routes[0].Distance > 300 || round.Routes[0].Distance < 1000 {
		t.Errorf("east %v m, west %v m", ahead.Routes[0].Distance, round.Routes[0].Distance)
	}
	// A point south of an eastbound car is on its right: reached at the curb as it comes.
	south := "/route/v1/driving/7.005,43.0;7.008,42.9999"
	curb, other := get(t, h, south+"?approaches=;curb"), get(t, h, south+"?approaches=;opposite")
	if curb.Routes[0].Distance > 300 || other.Routes[0].Distance < 1000 {
		t.Errorf("curb %v m, opposite %v m", curb.Routes[0].Distance, other.Routes[0].Distance)
	}
}

func TestContinueStraight(t *testing.T) {
	h := on(t, block)
	path := "/route/v1/driving/7.005,43.0;7.012,43.0;7.006,43.0"
	back := get(t, h, path+"?continue_straight=false")
	ahead := get(t, h, path)
	if back.Routes[0].Distance > 1200 || ahead.Routes[0].Distance < 1800 {
		t.Errorf("turning %v m, straight on %v m", back.Routes[0].Distance, ahead.Routes[0].Distance)
	}
	// In a cul-de-sac there is no straight on.
	dead := get(t, h, "/route/v1/driving/7.005,43.0;7.01,42.991;7.006,43.0")
	if dead.Routes[0].Distance > 4000 {
		t.Errorf("cul-de-sac %v m", dead.Routes[0].Distance)
	}
}

func TestWaypointsAndAnnotations(t *testing.T) {
	h := on(t, block)
	path := "/route/v1/driving/7.001,43.0;7.009,43.0;7.019,43.004?annotations=true&steps=true"
	all, two := get(t, h, path), get(t, h, path+"&waypoints=0;2")
	if len(all.Routes[0].Legs) != 2 || len(two.Routes[0].Legs) != 1 || len(two.Waypoints) != 2 ||
		two.Routes[0].Duration != all.Routes[0].Duration {
		t.Errorf("%+v", two)
	}
	for _, leg := range append(all.Routes[0].Legs, two.Routes[0].Legs...) {
		a := leg.Annotation
		meters, seconds := 0.0, 0.0
		for i := range a.Distance {
			meters, seconds = meters+a.Distance[i], seconds+a.Duration[i]
		}
		if math.Abs(meters-leg.Distance) > 0.01 || seconds > leg.Duration+1e-9 ||
			seconds < leg.Duration-20 || len(a.Speed) != len(a.Distance) ||
			len(a.Datasources) != len(a.Distance) || len(a.Nodes) < len(a.Distance)-1 {
			t.Errorf("leg of %v m, %v s: %+v", leg.Distance, leg.Duration, a)
		}
	}
	if n := all.Routes[0].Legs[0].Annotation.Nodes; fmt.Sprint(n) != "[1 2]" {
		t.Errorf("nodes %v", n)
	}
	bare := get(t, h, path+"&skip_waypoints=true&generate_hints=false")
	if bare.Waypoints != nil {
		t.Errorf("%+v", bare.Waypoints)
	}
}

func TestHintsSaveTheSearch(t *testing.T) {
	h := on(t, block)
	first := get(t, h, "/nearest/v1/driving/7.005,43.0005")
	hint := first.Waypoints[0].Hint
	if hint == "" {
		t.Fatal("no hint")
	}
	// The coordinate beside the hint is not what is snapped.
	path := "/route/v1/driving/7.015,43.0039;7.001,43.004?hints=%s;"
	hinted, stale := get(t, h, fmt.Sprintf(path, hint)), get(t, h, fmt.Sprintf(path, "nonsense"))
	if hinted.Waypoints[0].Location != first.Waypoints[0].Location {
		t.Errorf("with a hint: %+v", hinted.Waypoints[0])
	}
	if stale.Waypoints[0].Name != "North Street" {
		t.Errorf("with a stale hint: %+v", stale.Waypoints[0])
	}
}

func TestNearestNumber(t *testing.T) {
	out := get(t, on(t, block), "/nearest/v1/driving/7.0095,43.0005?number=3")
	if len(out.Waypoints) != 3 {
		t.Fatalf("%d waypoints", len(out.Waypoints))
	}
	for i, w := range out.Waypoints {
		if len(w.Nodes) != 2 || i > 0 && w.Distance < out.Waypoints[i-1].Distance {
			t.Errorf("%d: %+v", i, w)
		}
	}
}

func TestMatch(t *testing.T) {
	h := on(t, block)
	path := "/match/v1/driving/7.002,43.0001;7.006,42.9999;8,8;7.0101,42.998;7.0099,42.995" +
		"?timestamps=0;30;40;60;90&steps=true&annotations=nodes&radiuses=10;10;10;10;10"
	out := get(t, h, path)
	if len(out.Matchings) != 1 || len(out.Matchings[0].Legs) != 3 ||
		out.Matchings[0].Legs[1].Summary != "South Street, Dead End" {
		t.Fatalf("%+v", out.Matchings)
	}
	if c := out.Matchings[0].Confidence; c < 0.5 || c > 1 {
		t.Errorf("confidence %v", c)
	}
	if len(out.Tracepoints) != 5 || out.Tracepoints[2] != nil || *out.Tracepoints[3].WaypointIndex != 2 {
		t.Errorf("%+v", out.Tracepoints)
	}
	gap := strings.Replace(path, "60;90", "9060;9090", 1)
	if split := get(t, h, gap); len(split.Matchings) != 2 || *split.Tracepoints[4].MatchingsIndex != 1 {
		t.Errorf("%+v", split.Matchings)
	}
	if whole := get(t, h, gap+"&gaps=ignore"); len(whole.Matchings) != 1 {
		t.Errorf("%+v", whole.Matchings)
	}
	ends := get(t, h, path+"&waypoints=0;4")
	if len(ends.Matchings[0].Legs) != 1 || ends.Tracepoints[1].WaypointIndex != nil {
		t.Errorf("%+v", ends.Matchings)
	}
}

func TestTrip(t *testing.T) {
	h := on(t, block)
	path := "/trip/v1/driving/7.001,43.0;7.019,43.004;7.009,43.0;7.019,43.0"
	best := map[string]float64{}
	for _, options := range []string{
		"?source=any", "?source=first", "?destination=last", "?source=first&destination=last",
		"?roundtrip=false", "?roundtrip=false&source=first", "?roundtrip=false&destination=last",
		"?roundtrip=false&source=first&destination=last",
	} {
		out := get(t, h, path+options)
		if len(out.Trips) != 1 || len(out.Waypoints) != 4 {
			t.Fatalf("%s: %+v", options, out)
		}
		seen := map[int]bool{}
		for _, w := range out.Waypoints {
			seen[*w.WaypointIndex] = true
		}
		legs := 4
		if strings.Contains(options, "roundtrip=false") {
			legs = 3
		}
		if len(seen) != 4 || len(out.Trips[0].Legs) != legs ||
			strings.Contains(options, "first") && *out.Waypoints[0].WaypointIndex != 0 ||
			strings.Contains(options, "last") && *out.Waypoints[3].WaypointIndex != 3 {
			t.Errorf("%s: %d legs, %+v", options, len(out.Trips[0].Legs), out.Waypoints)
		}
		best[options] = out.Trips[0].Duration
	}
	if best["?source=any"] != best["?source=first"] ||
		best["?source=any"] > best["?source=first&destination=last"] ||
		best["?roundtrip=false"] > best["?roundtrip=false&source=first"] {
		t.Errorf("durations %v", best)
	}
}

func TestTableGuessesByAir(t *testing.T) {
	h := handler(t)
	path := "/table/v1/driving/7.001,43.0;7.3005,43.3?annotations=duration,distance"
	out := get(t, h, path+"&fallback_speed=10&fallback_coordinate=snapped")
	if len(out.Fallback) != 2 || out.Durations[0][1] == nil ||
		math.Abs(*out.Durations[0][1]-*out.Distances[0][1]/10) > 1 {
		t.Errorf("%+v", out)
	}
	if scaled := get(t, h, "/table/v1/driving/7.001,43.0;7.01,43.009?scale_factor=1.5"); true {
		plain := get(t, h, "/table/v1/driving/7.001,43.0;7.01,43.009")
		if math.Abs(*scaled.Durations[0][1]-1.5**plain.Durations[0][1]) > 0.06 {
			t.Errorf("scaled %v", *scaled.Durations[0][1])
		}
	}
}

// ring is a roundabout in a motor road, with a side street at its far end.
const ring = `<osm version="0.6">
<node id="1" lon="7.000" lat="43.000"/><node id="2" lon="7.010" lat="43.000"/>
<node id="3" lon="7.011" lat="42.999"/><node id="4" lon="7.012" lat="43.000"/>
<node id="5" lon="7.011" lat="43.001"/><node id="6" lon="7.011" lat="42.990"/>
<node id="7" lon="7.022" lat="43.000"/><node id="8" lon="7.022" lat="43.010"/>
<way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/>
  <tag k="name" v="长安街"/><tag k="name:en" v="Chang'an Avenue"/><tag k="ref" v="S1"/></way>
<way id="11"><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="5"/><nd ref="2"/>
  <tag k="highway" v="primary"/><tag k="junction" v="roundabout"/></way>
<way id="12"><nd ref="3"/><nd ref="6"/><tag k="highway" v="primary"/></way>
<way id="13"><nd ref="4"/><nd ref="7"/><nd ref="8"/><tag k="highway" v="primary"/>
  <tag k="ref" v="S2"/></way>
</osm>`

func TestInstructionsInTwoLanguages(t *testing.T) {
	h := on(t, ring)
	path := "/route/v1/driving/7.001,43.0;7.020,43.0?steps=true"
	ask := func(query, header string) (out []string) {
		r := httptest.NewRequest(http.MethodGet, path+query, nil)
		r.Header.Set("Accept-Language", header)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var answer struct {
			Routes []struct{ Legs []struct{ Steps []stepJSON } }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		for _, s := range answer.Routes[0].Legs[0].Steps {
			m := s.Maneuver
			out = append(out, fmt.Sprintf("%s %s %d %s %s: %s", m.Type, m.Modifier, m.Exit, s.Name,
				s.Ref, m.Instruction))
			for _, x := range s.Intersections {
				if len(x.Bearings) != len(x.Entry) || x.Out != nil && !x.Entry[*x.Out] ||
					x.In != nil && len(x.Bearings) > 1 && x.Entry[*x.In] {
					t.Errorf("intersection %+v", x)
				}
			}
		}
		return out
	}
	english := ask("", "fr, en-GB;q=0.8, zh;q=0.5")
	if got, want := strings.Join(english, "\n"), `depart  0 长安街 S1: Head east on Chang'an Avenue (S1)
roundabout slight right 2  S2: At the roundabout take the 2nd exit onto S2
exit roundabout slight right 2  S2: Leave the roundabout onto S2
arrive  0  S2: You have arrived at your destination`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	chinese := ask("&language=zh-CN", "en")
	if got, want := strings.Join(chinese, "\n"), `depart  0 长安街 S1: 沿长安街（S1）向东出发
roundabout slight right 2  S2: 进入环岛，从第2个出口驶出，进入S2
exit roundabout slight right 2  S2: 驶出环岛，进入S2
arrive  0  S2: 到达目的地`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
