package osrmapi

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/routing"
)

// Roads answers; routing.Roads and routing.Engine do.
type Roads interface {
	Snap(p orb.Point, limit geo.Meters) (routing.Snap, error)
	Table(ctx context.Context, sources, targets []routing.Snap) (routing.Matrix, error)
	Through(ctx context.Context, snaps []routing.Snap) (routing.Route, error)
	Steps(ctx context.Context, snaps []routing.Snap) ([][]routing.Step, error)
}

// The bounds of one request.
const (
	maxRoute = 500
	maxTable = 2000
)

// Handler answers /route/v1/…, /table/v1/… and /nearest/v1/… .
type Handler struct{ Roads Roads }

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
	}
	return refuse("InternalError", "Internal Error")
}

func (h Handler) answer(r *http.Request) (any, error) {
	q, err := parse(r.URL)
	if err != nil {
		return nil, err
	}
	limit := map[string]int{"route": maxRoute, "table": maxTable, "nearest": 1}[q.service]
	switch n := len(q.coordinates); {
	case n > limit && q.service == "nearest":
		return nil, refuse("InvalidOptions", "Only one input coordinate is supported")
	case n > limit:
		return nil, refuse("TooBig",
			"Number of entries %d is higher than current maximum (%d)", n, limit)
	}
	snaps, waypoints, err := h.snap(q)
	if err != nil {
		return nil, err
	}
	switch q.service {
	case "route":
		return h.route(r.Context(), q, snaps, waypoints)
	case "table":
		return h.table(r.Context(), q, snaps, waypoints)
	default:
		if v := q.options.Get("number"); v != "" {
			if n, err := strconv.Atoi(v); err != nil || n < 1 {
				return nil, refuse("InvalidOptions", "Number of results must be at least one.")
			}
		}
		nodes := snaps[0].Nodes[:]
		waypoints[0].Nodes = nodes
		return map[string]any{"code": "Ok", "waypoints": waypoints}, nil
	}
}

// waypoint is a coordinate brought to the road.
type waypoint struct {
	Distance float64    `json:"distance"`
	Name     string     `json:"name"`
	Location [2]float64 `json:"location"`
	Nodes    []int64    `json:"nodes,omitempty"`
}

func (h Handler) snap(q *request) ([]routing.Snap, []waypoint, error) {
	snaps := make([]routing.Snap, len(q.coordinates))
	waypoints := make([]waypoint, len(q.coordinates))
	for i, p := range q.coordinates {
		limit, err := q.radius(i)
		if err != nil {
			return nil, nil, err
		}
		if snaps[i], err = h.Roads.Snap(p, limit); err != nil {
			return nil, nil, refuse("NoSegment",
				"Could not find a matching segment for coordinate %d", i)
		}
		s := snaps[i]
		waypoints[i] = waypoint{
			Distance: float64(s.Distance), Name: s.Street, Location: location(s.Point),
		}
	}
	return snaps, waypoints, nil
}

// location rounds to the six digits of the protocol.
func location(p orb.Point) [2]float64 {
	return [2]float64{math.Round(p[0]*1e6) / 1e6, math.Round(p[1]*1e6) / 1e6}
}

func (h Handler) table(
	ctx context.Context, q *request, snaps []routing.Snap, waypoints []waypoint,
) (any, error) {
	from, err := q.indexes("sources", len(snaps))
	if err != nil {
		return nil, err
	}
	to, err := q.indexes("destinations", len(snaps))
	if err != nil {
		return nil, err
	}
	wanted, err := q.choice("annotations", "duration", "distance", "duration,distance",
		"distance,duration")
	if err != nil {
		return nil, err
	}
	scale := 1.0
	if v := q.options.Get("scale_factor"); v != "" {
		if scale, err = strconv.ParseFloat(v, 64); err != nil || !(scale > 0) {
			return nil, refuse("InvalidValue", "scale_factor must be > 0")
		}
	}
	m, err := h.Roads.Table(ctx, pick(snaps, from), pick(snaps, to))
	if err != nil {
		return nil, err
	}
	out := map[string]any{
		"code": "Ok", "sources": pick(waypoints, from), "destinations": pick(waypoints, to),
	}
	if wanted != "distance" {
		out["durations"] = rows(m.Seconds, len(from), len(to), scale)
	}
	if wanted != "duration" {
		out["distances"] = rows(m.Meters, len(from), len(to), 1)
	}
	return out, nil
}

func pick[T any](all []T, at []int) []T {
	out := make([]T, len(at))
	for i, j := range at {
		out[i] = all[j]
	}
	return out
}

// rows writes unreachable pairs as null.
func rows(values []int32, n, m int, scale float64) [][]*float64 {
	out := make([][]*float64, n)
	numbers := make([]float64, len(values))
	for i := range n {
		out[i] = make([]*float64, m)
		for j := range m {
			if v := values[i*m+j]; v != routing.Unreachable {
				numbers[i*m+j] = float64(v) * scale
				out[i][j] = &numbers[i*m+j]
			}
		}
	}
	return out
}
