// Package routingapi is the HTTP surface of routing: ways on the road.
package routingapi

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/internal/fail"
	"beatplan/routing"
	"beatplan/routing/guide"
)

// Roads answers for all imported regions; routing.Roads does.
type Roads interface {
	Route(ctx context.Context, pts []orb.Point) (routing.Route, error)
	StepsOf(r routing.Route) ([][]routing.Step, error)
	Regions() []routing.Region
}

// maxPoints of one question.
const maxPoints = 100

// ErrPoints is the refusal of points that cannot be read.
var ErrPoints = fail.New(fail.Malformed, "routing.bad_points",
	"Write the points as lon,lat;lon,lat in degrees, at most 100 of them.")

// Mount registers the operations on a.
func Mount(a *api.API, roads Roads) {
	m, tags := mount{roads}, []string{"Roads"}
	api.Get(a, "/v1/route", api.Op{
		ID: "get-route", Summary: "Find the fastest way through points in their order", Tags: tags,
		Perm: business.RoutesRead,
		Problems: []*fail.Error{ErrPoints, routing.ErrBadPoint, routing.ErrFewPoints,
			routing.ErrNoRegion, routing.ErrNoRoadNear, routing.ErrUnreachable},
	}, m.route)
	api.Get(a, "/v1/regions", api.Op{
		ID: "list-regions", Summary: "List the road maps in use", Tags: tags, Perm: business.MapRead,
	}, m.regions)
}

type mount struct{ roads Roads }

type routeIn struct {
	Points   string `query:"points" required:"true" example:"-75.55,39.74;-75.52,39.16" doc:"lon,lat;lon,lat …"`
	Steps    bool   `query:"steps" doc:"Tell every manoeuvre"`
	Language string `query:"language" enum:"zh,en" doc:"Of the steps; Accept-Language if absent"`
	Accept   string `header:"Accept-Language" doc:"Languages by preference"`
}

// Leg is the way from one point to the next.
type Leg struct {
	DurationS float64  `json:"duration_s"`
	DistanceM float64  `json:"distance_m"`
	Line      Line     `json:"line"`
	Streets   []string `json:"streets" doc:"Names in order of travel"`
	Steps     []Step   `json:"steps,omitempty" doc:"Where steps are wanted; the arrival is left out"`
}

// Step is a stretch on which nothing need be said, and what to do at its beginning.
type Step struct {
	Text      string    `json:"text" example:"Turn left onto Main Street"`
	Type      string    `json:"type" example:"turn" doc:"As OSRM names it"`
	Modifier  string    `json:"modifier,omitempty" example:"left" doc:"As OSRM names it"`
	Exit      int       `json:"exit,omitempty" doc:"Number of the exit of a roundabout"`
	Street    string    `json:"street" doc:"Name, else number of the road; may be empty"`
	At        orb.Point `json:"at" doc:"Where it begins: longitude, latitude"`
	DurationS float64   `json:"duration_s"`
	DistanceM float64   `json:"distance_m"`
}

// Line is a GeoJSON LineString.
type Line struct {
	Type        string         `json:"type" enum:"LineString"`
	Coordinates orb.LineString `json:"coordinates"`
}

// Route is the way through all points.
type Route struct {
	DurationS float64 `json:"duration_s" doc:"Sum of the legs"`
	DistanceM float64 `json:"distance_m" doc:"Sum of the legs"`
	Legs      []Leg   `json:"legs"`
}

type routeOut struct{ Body Route }

func (m mount) route(ctx context.Context, in *routeIn) (*routeOut, error) {
	points, err := parse(in.Points)
	if err != nil {
		return nil, err
	}
	found, err := m.roads.Route(ctx, points)
	if err != nil {
		return nil, err
	}
	var divided [][]routing.Step
	if in.Steps {
		if divided, err = m.roads.StepsOf(found); err != nil {
			return nil, err
		}
	}
	language := guide.Choose(cmp.Or(in.Language, in.Accept))
	out := Route{
		DurationS: found.Duration.Seconds(), DistanceM: float64(found.Distance),
		Legs: make([]Leg, len(found.Legs)),
	}
	for i, l := range found.Legs {
		streets := l.Streets
		if streets == nil {
			streets = []string{}
		}
		out.Legs[i] = Leg{
			DurationS: l.Duration.Seconds(), DistanceM: float64(l.Distance),
			Line: Line{"LineString", l.Line}, Streets: streets,
		}
		if in.Steps {
			out.Legs[i].Steps = steps(divided[i], language)
		}
	}
	return &routeOut{out}, nil
}

func steps(divided []routing.Step, l guide.Language) []Step {
	out := make([]Step, len(divided))
	for i, s := range divided {
		out[i] = Step{
			Text: s.Text(l), Type: string(s.Maneuver.Type), Modifier: string(s.Maneuver.Modifier),
			Exit: s.Maneuver.Exit, Street: s.Street, At: s.Line[0],
			DurationS: s.Duration.Seconds(), DistanceM: float64(s.Distance),
		}
	}
	return out
}

// parse reads lon,lat;lon,lat. Whether they are degrees, routing judges.
func parse(text string) ([]orb.Point, error) {
	parts := strings.Split(text, ";")
	if len(parts) > maxPoints {
		return nil, ErrPoints.With("limit", maxPoints)
	}
	points := make([]orb.Point, len(parts))
	for i, part := range parts {
		lon, lat, ok := strings.Cut(part, ",")
		x, errX := strconv.ParseFloat(strings.TrimSpace(lon), 64)
		y, errY := strconv.ParseFloat(strings.TrimSpace(lat), 64)
		if !ok || errX != nil || errY != nil {
			return nil, ErrPoints.With("index", i)
		}
		points[i] = orb.Point{x, y}
	}
	return points, nil
}

// Region is an imported road map.
type Region struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Bounds     [4]float64 `json:"bounds" doc:"West, south, east, north"`
	Kilometers float64    `json:"kilometers" doc:"Of usable road"`
}

type regionsOut struct{ Body []Region }

func (m mount) regions(context.Context, *struct{}) (*regionsOut, error) {
	out := &regionsOut{Body: []Region{}}
	for _, r := range m.roads.Regions() {
		out.Body = append(out.Body, Region{
			ID: r.ID, Name: r.Name, Kilometers: r.Report.Kilometers,
			Bounds: [4]float64{r.Box.Min[0], r.Box.Min[1], r.Box.Max[0], r.Box.Max[1]},
		})
	}
	return out, nil
}
