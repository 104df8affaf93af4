package osrmapi

import (
	"context"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/simplify"

	"beatplan/geo/polyline"
	"beatplan/routing"
	"beatplan/routing/guide"
)

// The answer's shapes, as OSRM names them.
type (
	routeJSON struct {
		Geometry   any       `json:"geometry,omitempty"`
		Legs       []legJSON `json:"legs"`
		WeightName string    `json:"weight_name"`
		Weight     float64   `json:"weight"`
		Duration   float64   `json:"duration"`
		Distance   float64   `json:"distance"`
	}
	legJSON struct {
		Steps      []stepJSON     `json:"steps"`
		Summary    string         `json:"summary"`
		Weight     float64        `json:"weight"`
		Duration   float64        `json:"duration"`
		Distance   float64        `json:"distance"`
		Annotation map[string]any `json:"annotation,omitempty"`
	}
)

// shape writes lines as the request asks.
type shape struct{ format string }

func (s shape) of(line orb.LineString) any {
	switch s.format {
	case "polyline6":
		return polyline.Encode(line, 1e6)
	case "geojson":
		points := make([][2]float64, len(line))
		for i, p := range line {
			points[i] = location(p)
		}
		return map[string]any{"type": "LineString", "coordinates": points}
	default:
		return polyline.Encode(line, 1e5)
	}
}

// overviewDetail is the tolerance of a simplified overview as a share of the
// route's extent: about half a pixel on a screen.
const overviewDetail = 1.0 / 2000

// view is how routes are to be written.
type view struct {
	shape
	overview    string
	steps       bool
	annotations []string
	mode        string // of travel, beside ferries
	language    guide.Language
}

// draws reports whether the answer tells more of a route than its time and length.
func (v view) draws() bool {
	return v.overview != "false" || v.steps || len(v.annotations) > 0
}

func (q question) view() (view, error) {
	format, err := q.choice("geometries", "polyline", "polyline6", "geojson")
	if err != nil {
		return view{}, err
	}
	v := view{shape: shape{format}, mode: mode(q.profile), language: q.language}
	if v.overview, err = q.choice("overview", "simplified", "full", "false"); err != nil {
		return view{}, err
	}
	steps, err := q.choice("steps", "false", "true")
	if err != nil {
		return view{}, err
	}
	v.steps = steps == "true"
	all := []string{"duration", "nodes", "distance", "weight", "datasources", "speed"}
	v.annotations, err = q.set("annotations", nil, append(all, "true", "false")...)
	switch {
	case slices.Contains(v.annotations, "true"):
		v.annotations = all
	case slices.Contains(v.annotations, "false"):
		v.annotations = nil
	}
	return v, err
}

// route answers the route service.
func (q question) route(ctx context.Context) (any, error) {
	if len(q.coordinates) < 2 {
		return nil, translate(routing.ErrFewPoints)
	}
	v, err := q.view()
	if err != nil {
		return nil, err
	}
	others, err := q.alternatives()
	if err != nil {
		return nil, err
	}
	straight, err := q.choice("continue_straight", "default", "true", "false")
	if err != nil {
		return nil, err
	}
	stops, err := q.stops()
	if err != nil {
		return nil, err
	}
	snaps, waypoints, err := q.snap()
	if err != nil {
		return nil, err
	}
	var found []routing.Route
	switch {
	case others > 0 && len(snaps) == 2:
		found, err = q.roads.Alternatives(ctx, snaps[0], snaps[1], others)
	case !v.draws() && (straight == "false" || len(snaps) == 2):
		found = make([]routing.Route, 1)
		found[0], err = q.roads.Measure(ctx, snaps)
	case straight == "false" || len(snaps) == 2:
		found = make([]routing.Route, 1)
		found[0], err = q.roads.Through(ctx, snaps)
	default:
		found = make([]routing.Route, 1)
		found[0], err = q.roads.ThroughStraight(ctx, snaps)
	}
	if err != nil {
		return nil, err
	}
	routes := make([]routeJSON, len(found))
	for i := range found {
		if routes[i], err = q.write(found[i], stops, v); err != nil {
			return nil, err
		}
	}
	if stops != nil {
		waypoints = pick(waypoints, stops)
	}
	return q.finish(map[string]any{"routes": routes}, waypoints)
}

// alternatives is how many routes are wanted beside the best.
func (q question) alternatives() (int, error) {
	switch q.options.Get("alternatives") {
	case "true":
		return 1, nil
	case "false":
		return 0, nil
	}
	return q.whole("alternatives", 0)
}

// stops are the coordinates at which legs end, nil for all.
func (q question) stops() ([]int, error) {
	if q.options.Get("waypoints") == "" {
		return nil, nil
	}
	stops, err := q.indexes("waypoints", len(q.coordinates))
	if err != nil {
		return nil, err
	}
	if stops[0] != 0 || stops[len(stops)-1] != len(q.coordinates)-1 || !slices.IsSorted(stops) {
		return nil, refuse("InvalidValue", "First and last coordinates must be specified as waypoints.")
	}
	return stops, nil
}

// write draws a route; stops are the points at which legs end, nil for all.
func (q question) write(r routing.Route, stops []int, v view) (routeJSON, error) {
	var divided [][]routing.Step
	if v.steps {
		var err error
		if divided, err = q.roads.StepsOf(r); err != nil {
			return routeJSON{}, err
		}
	}
	return v.write(r, divided, stops), nil
}

func (v view) write(r routing.Route, divided [][]routing.Step, stops []int) routeJSON {
	out := routeJSON{
		WeightName: "duration", Weight: r.Duration.Seconds(), Legs: []legJSON{},
		Duration: r.Duration.Seconds(), Distance: float64(r.Distance),
	}
	legs := r.Legs
	if stops != nil {
		legs, divided = joined(legs, divided, stops)
	}
	for i, l := range legs {
		leg := legJSON{
			Steps: []stepJSON{}, Weight: l.Duration.Seconds(), Duration: l.Duration.Seconds(),
			Distance: float64(l.Distance), Annotation: annotate(l, v.annotations),
		}
		if divided != nil {
			leg.Steps, leg.Summary = v.describe(divided[i]), summary(l.Streets)
		}
		out.Legs = append(out.Legs, leg)
	}
	if v.overview != "false" {
		out.Geometry = v.of(whole(r, v.overview == "simplified"))
	}
	return out
}

// joined puts the legs between two stops together.
func joined(
	legs []routing.Leg, divided [][]routing.Step, stops []int,
) ([]routing.Leg, [][]routing.Step) {
	out := make([]routing.Leg, len(stops)-1)
	var steps [][]routing.Step
	for k := range out {
		var parts []routing.Step
		for i := stops[k]; i < stops[k+1]; i++ {
			l := &out[k]
			l.Duration += legs[i].Duration
			l.Distance += legs[i].Distance
			l.Line = append(l.Line, legs[i].Line...)
			l.Streets = append(l.Streets, legs[i].Streets...)
			l.Nodes = append(l.Nodes, legs[i].Nodes...)
			l.Parts = append(l.Parts, legs[i].Parts...)
			if divided != nil {
				parts = append(parts, divided[i]...)
			}
		}
		if divided != nil {
			steps = append(steps, parts)
		}
	}
	return out, steps
}

// annotate tells a leg node by node.
func annotate(l routing.Leg, wanted []string) map[string]any {
	if len(wanted) == 0 {
		return nil
	}
	out := map[string]any{}
	for _, name := range wanted {
		switch name {
		case "nodes":
			nodes := []int64{}
			for i, p := range l.Parts {
				if i == 0 {
					nodes = append(nodes, p.From)
				}
				if nodes[len(nodes)-1] != p.To {
					nodes = append(nodes, p.To)
				}
			}
			out[name] = nodes
		case "datasources":
			out[name] = make([]int, len(l.Parts))
			out["metadata"] = map[string]any{"datasource_names": []string{"lua profile"}}
		default:
			values := make([]float64, len(l.Parts))
			for i, p := range l.Parts {
				values[i] = measure(name, p)
			}
			out[name] = values
		}
	}
	return out
}

func measure(name string, p routing.Part) float64 {
	switch name {
	case "distance":
		return float64(p.Distance)
	case "speed":
		if p.Duration == 0 {
			return 0
		}
		return math.Round(float64(p.Distance)/p.Duration.Seconds()*10) / 10
	default:
		return p.Duration.Seconds()
	}
}

// whole joins the legs' lines.
func whole(r routing.Route, simplified bool) orb.LineString {
	var line orb.LineString
	for _, l := range r.Legs {
		if len(line) > 0 && len(l.Line) > 0 && line[len(line)-1] == l.Line[0] {
			line = line[:len(line)-1]
		}
		line = append(line, l.Line...)
	}
	if !simplified {
		return line
	}
	box := line.Bound()
	extent := max(box.Max[0]-box.Min[0], box.Max[1]-box.Min[1])
	return simplify.DouglasPeucker(extent * overviewDetail).LineString(line)
}

// summary names the first and the last street of a leg.
func summary(streets []string) string {
	switch len(streets) {
	case 0:
		return ""
	case 1:
		return streets[0]
	default:
		return streets[0] + ", " + streets[len(streets)-1]
	}
}
