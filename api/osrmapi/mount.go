package osrmapi

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"beatplan/api"
	"beatplan/business"
)

// Mount registers the protocol under OSRM's own paths, behind the same door as all
// operations: a session or an API token that may read routes.
func Mount(a *api.API, h Handler) {
	serve := func(w http.ResponseWriter, r *http.Request) error {
		h.ServeHTTP(w, r)
		return nil
	}
	param := func(name, text string) *huma.Param {
		return &huma.Param{Name: name, In: "path", Required: true, Description: text,
			Schema: &huma.Schema{Type: "string"}}
	}
	for _, s := range []struct{ name, summary, text string }{
		{"route", "Find the fastest way, in OSRM's protocol",
			"Parameters alternatives, steps, annotations, geometries, overview, continue_straight " +
				"and waypoints."},
		{"table", "Find times between many points, in OSRM's protocol",
			"Parameters sources, destinations, annotations, fallback_speed, fallback_coordinate " +
				"and scale_factor."},
		{"nearest", "Find the nearest roads, in OSRM's protocol", "Parameter number."},
		{"match", "Find the roads that were driven, in OSRM's protocol",
			"Parameters timestamps, gaps, tidy, waypoints, steps, annotations, geometries and overview."},
		{"trip", "Find the fastest order of points, in OSRM's protocol",
			"Parameters roundtrip, source, destination, steps, annotations, geometries and overview."},
	} {
		path := "/" + s.name + "/v1/{profile}/{coordinates}"
		a.Plain(http.MethodGet, path, business.RoutesRead, serve)
		a.Describe(&huma.Operation{
			OperationID: "osrm-" + s.name, Method: http.MethodGet, Path: path,
			Summary: s.summary, Tags: []string{"Roads"},
			Description: s.text + " Besides, for each coordinate: radiuses, bearings, approaches, " +
				"hints; and generate_hints, exclude (motorway, trunk, ferry), snapping, " +
				"skip_waypoints. departure_time (RFC 3339) takes the speeds of that hour; language " +
				"(en, zh) chooses the words of the instructions. See " +
				"https://project-osrm.org/docs/v5.24.0/api/ for their meaning.",
			Parameters: []*huma.Param{
				param("profile", "driving, cycling, walking; or car, motorcycle, bicycle, foot"),
				param("coordinates", "lon,lat;lon,lat …, polyline(…) or polyline6(…)"),
			},
			Responses: map[string]*huma.Response{
				"200": {Description: "The answer, its code Ok"},
				"400": {Description: "OSRM's code and message: InvalidUrl, InvalidQuery, InvalidOptions, " +
					"InvalidValue, NoSegment, NoRoute, NoTrips, NoMatch, TooBig, NotImplemented"},
			},
		})
	}
}
