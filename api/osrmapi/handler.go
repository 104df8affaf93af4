package osrmapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"

	"github.com/paulmach/orb"

	"beatplan/routing"
	"beatplan/routing/guide"
)

// Roads answers; routing.Roads and routing.Engine do.
type Roads interface {
	SnapWith(p orb.Point, want routing.SnapOptions) (routing.Snap, error)
	Restore(hint string) (routing.Snap, error)
	Nearest(p orb.Point, n int, want routing.SnapOptions) ([]routing.Snap, error)
	Table(ctx context.Context, sources, targets []routing.Snap) (routing.Matrix, error)
	Through(ctx context.Context, snaps []routing.Snap) (routing.Route, error)
	Measure(ctx context.Context, snaps []routing.Snap) (routing.Route, error)
	ThroughStraight(ctx context.Context, snaps []routing.Snap) (routing.Route, error)
	Alternatives(ctx context.Context, from, to routing.Snap, n int) ([]routing.Route, error)
	StepsOf(r routing.Route) ([][]routing.Step, error)
	Trip(ctx context.Context, snaps []routing.Snap, o routing.TripOptions) ([]int, error)
	Match(ctx context.Context, fixes []routing.Fix, o routing.MatchOptions) (
		[]routing.Matching, error)
}

// The bounds of one request.
const (
	maxRoute   = 500
	maxTable   = 2000
	maxTrip    = routing.MaxTrip
	maxMatch   = 5000
	maxNearest = 100
)

// Handler answers /route/v1/…, /table/v1/…, /nearest/v1/…, /match/v1/… and
// /trip/v1/… .
type Handler struct {
	Roads Roads
	// Select, when set, chooses the roads by the profile in the path and by the
	// departure time and what is excluded; nil answers all from Roads.
	Select func(profile string, w Wish) (Roads, error)
}

// ServeHTTP answers one request.
func (h Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := h.answer(r)
	status := http.StatusOK
	if err != nil {
		status = http.StatusBadRequest
		var refused *refusal
		if !errors.As(err, &refused) {
			refused = translate(err)
		}
		answer = refused
	}
	text, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, `{"code":"InternalError"}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if _, err := w.Write(text); err != nil {
		return // the client has gone
	}
}

// translate turns routing's refusals into OSRM's.
func translate(err error) *refusal {
	switch {
	case errors.Is(err, routing.ErrUnreachable):
		return refuse("NoRoute", "Impossible route between points")
	case errors.Is(err, routing.ErrTooMany):
		return refuse("TooBig", "Too many coordinates")
	case errors.Is(err, routing.ErrFewPoints):
		return refuse("InvalidOptions", "Number of coordinates needs to be at least two.")
	case errors.Is(err, routing.ErrUnknownProfile):
		return refuse("InvalidOptions", "The profile is not known here.")
	}
	return refuse("InternalError", "Internal Error")
}

// question is a request with the roads that it is about.
type question struct {
	*request
	roads Roads
}

func (h Handler) answer(r *http.Request) (any, error) {
	parsed, err := parse(r.URL)
	if err != nil {
		return nil, err
	}
	limit := map[string]int{
		"route": maxRoute, "table": maxTable, "nearest": 1, "match": maxMatch, "trip": maxTrip,
	}[parsed.service]
	switch n := len(parsed.coordinates); {
	case n > limit && parsed.service == "nearest":
		return nil, refuse("InvalidOptions", "Only one input coordinate is supported")
	case n > limit:
		return nil, refuse("TooBig",
			"Number of entries %d is higher than current maximum (%d)", n, limit)
	}
	parsed.language = guide.Choose(cmp.Or(parsed.options.Get("language"),
		r.Header.Get("Accept-Language")))
	q := question{parsed, h.Roads}
	wish, err := parsed.wish()
	if err != nil {
		return nil, err
	}
	if h.Select != nil {
		if q.roads, err = h.Select(parsed.profile, wish); err != nil {
			return nil, err
		}
	}
	switch q.service {
	case "route":
		return q.route(r.Context())
	case "table":
		return q.table(r.Context())
	case "match":
		return q.match(r.Context())
	case "trip":
		return q.trip(r.Context())
	default:
		return q.nearest()
	}
}

// waypoint is a coordinate brought to the road.
type waypoint struct {
	Hint     string     `json:"hint,omitempty"`
	Distance float64    `json:"distance"`
	Name     string     `json:"name"`
	Location [2]float64 `json:"location"`
	Nodes    []int64    `json:"nodes,omitempty"`
}

// waypoint describes a snap.
func (q question) waypoint(s routing.Snap) waypoint {
	w := waypoint{Distance: float64(s.Distance), Name: s.Street, Location: location(s.Point)}
	if q.options.Get("generate_hints") != "false" {
		w.Hint = s.Compact()
	}
	return w
}

// snap brings every coordinate to the road.
func (q question) snap() ([]routing.Snap, []waypoint, error) {
	wishes, err := q.wishes()
	if err != nil {
		return nil, nil, err
	}
	hints, err := q.list("hints")
	if err != nil {
		return nil, nil, err
	}
	snaps := make([]routing.Snap, len(q.coordinates))
	waypoints := make([]waypoint, len(q.coordinates))
	for i, p := range q.coordinates {
		restored := false
		if hints != nil && hints[i] != "" {
			if s, err := q.roads.Restore(hints[i]); err == nil {
				snaps[i], restored = s.From(p), true
			}
		}
		if !restored {
			if snaps[i], err = q.roads.SnapWith(p, wishes[i]); err != nil {
				return nil, nil, refuse("NoSegment",
					"Could not find a matching segment for coordinate %d", i)
			}
		}
		waypoints[i] = q.waypoint(snaps[i])
	}
	return snaps, waypoints, nil
}

// finish adds the waypoints to an answer unless they are not wanted.
func (q question) finish(answer map[string]any, waypoints any) (map[string]any, error) {
	skip, err := q.choice("skip_waypoints", "false", "true")
	if err != nil {
		return nil, err
	}
	answer["code"] = "Ok"
	if skip == "false" {
		answer["waypoints"] = waypoints
	}
	return answer, nil
}

// location rounds to the six digits of the protocol.
func location(p orb.Point) [2]float64 {
	return [2]float64{math.Round(p[0]*1e6) / 1e6, math.Round(p[1]*1e6) / 1e6}
}

// nearest answers the nearest service.
func (q question) nearest() (any, error) {
	n, err := q.whole("number", 1)
	if err != nil || n < 1 {
		return nil, refuse("InvalidOptions", "Number of results must be at least one.")
	}
	wishes, err := q.wishes()
	if err != nil {
		return nil, err
	}
	found, err := q.roads.Nearest(q.coordinates[0], min(n, maxNearest), wishes[0])
	if err != nil {
		return nil, refuse("NoSegment", "Could not find a matching segment for coordinate 0")
	}
	waypoints := make([]waypoint, len(found))
	for i, s := range found {
		waypoints[i] = q.waypoint(s)
		waypoints[i].Nodes = found[i].Nodes[:]
	}
	return map[string]any{"code": "Ok", "waypoints": waypoints}, nil
}
