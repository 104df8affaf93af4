package osrmapi

import (
	"context"
	"slices"
	"strconv"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/simplify"

	"beatplan/routing"
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
		Steps      []stepJSON          `json:"steps"`
		Summary    string              `json:"summary"`
		Weight     float64             `json:"weight"`
		Duration   float64             `json:"duration"`
		Distance   float64             `json:"distance"`
		Annotation map[string][]number `json:"annotation,omitempty"`
	}
	stepJSON struct {
		Geometry      any                `json:"geometry"`
		Maneuver      maneuverJSON       `json:"maneuver"`
		Mode          string             `json:"mode"`
		DrivingSide   string             `json:"driving_side"`
		Name          string             `json:"name"`
		Intersections []intersectionJSON `json:"intersections"`
		Weight        float64            `json:"weight"`
		Duration      float64            `json:"duration"`
		Distance      float64            `json:"distance"`
	}
	maneuverJSON struct {
		Type          string     `json:"type"`
		Modifier      string     `json:"modifier,omitempty"`
		BearingBefore int        `json:"bearing_before"`
		BearingAfter  int        `json:"bearing_after"`
		Location      [2]float64 `json:"location"`
	}
	intersectionJSON struct {
		Location [2]float64 `json:"location"`
		Bearings []int      `json:"bearings"`
		Entry    []bool     `json:"entry"`
		Out      *int       `json:"out,omitempty"`
		In       *int       `json:"in,omitempty"`
	}
	number = int64
)

// shape writes lines as the request asks.
type shape struct{ format string }

func (s shape) of(line orb.LineString) any {
	switch s.format {
	case "polyline6":
		return encodePolyline(line, 1e6)
	case "geojson":
		points := make([][2]float64, len(line))
		for i, p := range line {
			points[i] = location(p)
		}
		return map[string]any{"type": "LineString", "coordinates": points}
	default:
		return encodePolyline(line, 1e5)
	}
}

// overviewDetail is the tolerance of a simplified overview as a share of the
// route's extent: about half a pixel on a screen.
const overviewDetail = 1.0 / 2000

func (h Handler) route(
	ctx context.Context, q *request, snaps []routing.Snap, waypoints []waypoint,
) (any, error) {
	format, err := q.choice("geometries", "polyline", "polyline6", "geojson")
	if err != nil {
		return nil, err
	}
	overview, err := q.choice("overview", "simplified", "full", "false")
	if err != nil {
		return nil, err
	}
	steps, err := q.choice("steps", "false", "true")
	if err != nil {
		return nil, err
	}
	annotations, err := q.choice("annotations", "false", "true", "nodes")
	if err != nil {
		return nil, err
	}
	if v := q.options.Get("alternatives"); v != "" && v != "true" && v != "false" {
		if n, err := strconv.Atoi(v); err != nil || n < 0 {
			return nil, refuse("InvalidQuery", "Query string malformed close to position 0")
		}
	}
	found, err := h.Roads.Through(ctx, snaps)
	if err != nil {
		return nil, err
	}
	out := routeJSON{
		WeightName: "duration", Weight: found.Duration.Seconds(),
		Duration: found.Duration.Seconds(), Distance: float64(found.Distance),
	}
	var divided [][]routing.Step
	if steps == "true" {
		if divided, err = h.Roads.Steps(ctx, snaps); err != nil {
			return nil, err
		}
	}
	for i, l := range found.Legs {
		leg := legJSON{
			Steps: []stepJSON{}, Weight: l.Duration.Seconds(), Duration: l.Duration.Seconds(),
			Distance: float64(l.Distance),
		}
		if divided != nil {
			leg.Steps, leg.Summary = describe(divided[i], shape{format}), summary(l.Streets)
		}
		if annotations != "false" {
			leg.Annotation = map[string][]number{"nodes": l.Nodes}
		}
		out.Legs = append(out.Legs, leg)
	}
	if overview != "false" {
		out.Geometry = shape{format}.of(whole(found, overview == "simplified"))
	}
	return map[string]any{"code": "Ok", "routes": []routeJSON{out}, "waypoints": waypoints}, nil
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

// describe writes steps and the arrival, which is a step of no length.
func describe(steps []routing.Step, s shape) []stepJSON {
	var out []stepJSON
	zero, one := 0, 1
	for i, step := range steps {
		before, after := bearing(step.Before), bearing(step.After)
		x := stepJSON{
			Geometry: s.of(atLeastTwo(step.Line)), Mode: "driving", DrivingSide: "right",
			Name: step.Street, Weight: step.Duration.Seconds(),
			Duration: step.Duration.Seconds(), Distance: float64(step.Distance),
		}
		at := location(step.Line[0])
		x.Maneuver = maneuverJSON{BearingBefore: before, BearingAfter: after, Location: at}
		x.Intersections = []intersectionJSON{{
			Location: at, Bearings: []int{after}, Entry: []bool{true}, Out: &zero,
		}}
		if i == 0 {
			x.Maneuver.Type, x.Maneuver.BearingBefore = "depart", 0
		} else {
			x.Maneuver.Type, x.Maneuver.Modifier = kind(steps[i-1], step), modifier(step.Turn)
			back := (before + 180) % 360
			x.Intersections[0].Bearings = []int{after, back}
			x.Intersections[0].Entry = []bool{true, false}
			x.Intersections[0].In = &one
		}
		out = append(out, x)
	}
	if len(steps) == 0 {
		return out
	}
	last := steps[len(steps)-1]
	end := last.Line[len(last.Line)-1]
	course := bearing(last.After)
	return append(out, stepJSON{
		Geometry: s.of(orb.LineString{end, end}), Mode: "driving", DrivingSide: "right",
		Name: last.Street,
		Maneuver: maneuverJSON{
			Type: "arrive", BearingBefore: course, Location: location(end),
		},
		Intersections: []intersectionJSON{{
			Location: location(end), Bearings: []int{(course + 180) % 360},
			Entry: []bool{true}, In: &zero,
		}},
	})
}

func atLeastTwo(line orb.LineString) orb.LineString {
	if len(line) == 1 {
		return append(slices.Clone(line), line[0])
	}
	return line
}

func bearing(degrees float64) int { return (int(degrees+0.5) + 360) % 360 }

// kind is the type of a manoeuvre.
func kind(before, after routing.Step) string {
	switch {
	case max(after.Turn, -after.Turn) < 20:
		return "new name"
	case before.Street == after.Street:
		return "continue"
	default:
		return "turn"
	}
}

// modifier names a turn of so many degrees to the right.
func modifier(turn int) string {
	side := "right"
	if turn < 0 {
		side, turn = "left", -turn
	}
	switch {
	case turn < 20:
		return "straight"
	case turn < 60:
		return "slight " + side
	case turn < 120:
		return side
	case turn < 165:
		return "sharp " + side
	default:
		return "uturn"
	}
}
