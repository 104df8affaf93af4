package osrmapi

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/polyline"
	"beatplan/routing/guide"
)

// request is a parsed question.
type request struct {
	service     string
	profile     string
	coordinates []orb.Point
	options     url.Values
	at          map[string]int // where the value of an option begins in the address
	language    guide.Language // of the instructions
}

// refusal is an error of the protocol.
type refusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (r *refusal) Error() string { return r.Code + ": " + r.Message }

func refuse(code, format string, args ...any) *refusal {
	return &refusal{code, fmt.Sprintf(format, args...)}
}

// general are the options of every service.
func general() []string {
	return []string{"radiuses", "bearings", "approaches", "hints", "generate_hints", "exclude",
		"skip_waypoints", "snapping", "departure_time", "language"}
}

// known returns the options of a service.
func known(service string) []string {
	switch service {
	case "route":
		return append(general(), "alternatives", "steps", "annotations", "geometries", "overview",
			"continue_straight", "waypoints")
	case "table":
		return append(general(), "sources", "destinations", "annotations", "fallback_speed",
			"fallback_coordinate", "scale_factor")
	case "nearest":
		return append(general(), "number")
	case "match":
		return append(general(), "steps", "annotations", "geometries", "overview", "timestamps",
			"gaps", "tidy", "waypoints")
	case "trip":
		return append(general(), "steps", "annotations", "geometries", "overview", "roundtrip",
			"source", "destination")
	}
	return nil
}

// parse reads /{service}/v1/{profile}/{coordinates}[.json]?options.
func parse(u *url.URL) (*request, error) {
	parts := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	if len(parts) != 4 {
		return nil, refuse("InvalidUrl", "URL string malformed close to position 1: \"/%s\"",
			strings.Join(parts, "/"))
	}
	r := &request{service: parts[0]}
	switch r.service {
	case "route", "table", "nearest", "match", "trip":
	case "tile":
		return nil, refuse("NotImplemented", "The service %s is not offered.", r.service)
	default:
		return nil, refuse("InvalidService", "Service %s not found!", r.service)
	}
	if parts[1] != "v1" {
		return nil, refuse("InvalidVersion", "Service %s not found for version: %s", r.service, parts[1])
	}
	r.profile = parts[2]
	text, err := url.PathUnescape(strings.TrimSuffix(parts[3], ".json"))
	if err != nil {
		return nil, refuse("InvalidUrl", "URL string malformed close to position %d", len(parts[0])+5)
	}
	if r.coordinates, err = coordinates(text); err != nil {
		return nil, err
	}
	if err := r.parseOptions(u.RawQuery, len(u.EscapedPath())+1); err != nil {
		return nil, err
	}
	if v := r.options.Get("generate_hints"); v != "" && v != "true" && v != "false" {
		return nil, r.malformed("generate_hints")
	}
	return r, nil
}

// parseOptions reads name=value&… where values hold semicolons, which the standard
// library refuses. The query begins at this character of the address.
func (r *request) parseOptions(query string, at int) error {
	names := known(r.service)
	r.options, r.at = url.Values{}, map[string]int{}
	for i, pair := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		value, err := url.QueryUnescape(value)
		if pair != "" && (err != nil || !slices.Contains(names, name)) {
			before := at - min(i, 1) // an option after others is wrong from its "&" on
			return refuse("InvalidQuery", "Query string malformed close to position %d", before)
		}
		if pair != "" {
			r.options.Set(name, value)
			r.at[name] = at + len(name) + 1
		}
		at += len(pair) + 1
	}
	return nil
}

func coordinates(text string) ([]orb.Point, error) {
	if strings.HasPrefix(text, "polyline") {
		return encodedCoordinates(text)
	}
	var out []orb.Point
	for _, pair := range strings.Split(text, ";") {
		lon, lat, ok := strings.Cut(pair, ",")
		x, errX := strconv.ParseFloat(lon, 64)
		y, errY := strconv.ParseFloat(lat, 64)
		if !ok || errX != nil || errY != nil {
			return nil, refuse("InvalidUrl", "URL string malformed close to position %d: %q",
				strings.Index(text, pair), pair)
		}
		out = append(out, orb.Point{x, y})
	}
	return out, checkCoordinates(out)
}

func checkCoordinates(points []orb.Point) error {
	for _, p := range points {
		if !geo.Valid(p) {
			return refuse("InvalidValue", "Invalid coordinate value.")
		}
	}
	return nil
}

// encodedCoordinates reads polyline(…) and polyline6(…).
func encodedCoordinates(text string) ([]orb.Point, error) {
	scale := 1e5
	body, ok := strings.CutPrefix(text, "polyline(")
	if !ok {
		scale = 1e6
		body, ok = strings.CutPrefix(text, "polyline6(")
	}
	body, closed := strings.CutSuffix(body, ")")
	points, sound := polyline.Decode(body, scale)
	if !ok || !closed || !sound {
		return nil, refuse("InvalidUrl", "URL string malformed close to position 0: %q", text)
	}
	return points, checkCoordinates(points)
}
