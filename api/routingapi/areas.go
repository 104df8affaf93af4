package routingapi

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"

	"beatplan/api"
	"beatplan/business"
	"beatplan/geo/hex"
	"beatplan/internal/fail"
	"beatplan/routing"

	ours "beatplan/geo"
)

// Areas finds what can be reached; routing.Roads does.
type Areas interface {
	Isochrone(ctx context.Context, p orb.Point, limit time.Duration) (*routing.Isochrone, error)
	Isodistance(ctx context.Context, p orb.Point, limit ours.Meters) (*routing.Isochrone, error)
}

// ErrReach is the refusal of a question that names no limit, or two.
var ErrReach = fail.New(fail.Malformed, "routing.bad_reach",
	"Say how far: either minutes or meters, not both.")

// maxCells bounds the cells of one answer.
const maxCells = 100_000

// MountAreas registers what can be reached on a. Choose returns the roads of a
// profile at the speeds of a departure, free ones when it is zero.
func MountAreas(a *api.API, choose func(profile string, departure time.Time) (Areas, error)) {
	m := areas{choose}
	api.Get(a, "/v1/isochrone", api.Op{
		ID: "get-isochrone", Summary: "Find what can be reached within a time or a length of road",
		Tags: []string{"Roads"}, Perm: business.RoutesRead,
		Description: "The area lies within 150 m of the roads that are reached. With cells, the H3 " +
			"cells of that resolution whose centres lie in the area are told too.",
		Problems: []*fail.Error{ErrPoints, ErrReach, routing.ErrBadPoint, routing.ErrNoRegion,
			routing.ErrNoRoadNear, routing.ErrTooMany, routing.ErrUnknownProfile},
	}, m.isochrone)
}

type areas struct {
	choose func(profile string, departure time.Time) (Areas, error)
}

type areaIn struct {
	Point     string    `query:"point" required:"true" example:"-75.55,39.74" doc:"lon,lat"`
	Minutes   float64   `query:"minutes" minimum:"0" maximum:"240" example:"15" doc:"Time to spend"`
	Meters    float64   `query:"meters" minimum:"0" maximum:"400000" doc:"Length of road to drive"`
	Profile   string    `query:"profile" enum:"car,motorcycle,bicycle,foot" default:"car"`
	Departure time.Time `query:"departure" doc:"Takes the speeds of that hour instead of free ones"`
	Cells     int       `query:"cells" minimum:"0" maximum:"12" doc:"Resolution of H3 cells; 0 is none"`
}

// Polygons is a GeoJSON MultiPolygon.
type Polygons struct {
	Type        string           `json:"type" enum:"MultiPolygon"`
	Coordinates orb.MultiPolygon `json:"coordinates"`
}

// Area is what can be reached.
type Area struct {
	From       orb.Point `json:"from" doc:"On the road, lon and lat"`
	Street     string    `json:"street"`
	Area       Polygons  `json:"area"`
	Cells      []string  `json:"cells,omitempty" doc:"H3 cells, ascending"`
	RoadMeters float64   `json:"road_m" doc:"Length of the stretches that are reached, each direction"`
}

type areaOut struct{ Body Area }

func (m areas) isochrone(ctx context.Context, in *areaIn) (*areaOut, error) {
	points, err := parse(in.Point)
	if err != nil {
		return nil, err
	}
	if len(points) != 1 {
		return nil, ErrPoints.With("given", len(points))
	}
	if (in.Minutes > 0) == (in.Meters > 0) {
		return nil, ErrReach
	}
	roads, err := m.choose(in.Profile, in.Departure)
	if err != nil {
		return nil, err
	}
	var found *routing.Isochrone
	if in.Minutes > 0 {
		limit := time.Duration(in.Minutes * float64(time.Minute))
		found, err = roads.Isochrone(ctx, points[0], limit)
	} else {
		found, err = roads.Isodistance(ctx, points[0], ours.Meters(in.Meters))
	}
	if err != nil {
		return nil, err
	}
	out := Area{
		From: found.From.Point, Street: found.From.Street,
		Area:       Polygons{"MultiPolygon", found.Area},
		RoadMeters: math.Round(geo.Length(found.Lines)),
	}
	if in.Cells > 0 {
		if out.Cells, err = cells(found.Area, in.Cells); err != nil {
			return nil, err
		}
	}
	return &areaOut{out}, nil
}

// cells are the H3 cells whose centres lie in an area.
func cells(area orb.MultiPolygon, resolution int) ([]string, error) {
	// The mean cell of resolution 0 has 4,357,449 km², each finer one a seventh.
	if n := geo.Area(area) / (4_357_449e6 / math.Pow(7, float64(resolution))); n > maxCells {
		return nil, routing.ErrTooMany.With("limit", maxCells).Saying(
			"The area has about %.0f cells of that resolution; %d are told at most.", n, maxCells)
	}
	var out []string
	for _, polygon := range area {
		found, err := hex.Cover(polygon, resolution)
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			out = append(out, c.String())
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
