package osrmapi

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"beatplan/geo/geodesic"
	"beatplan/routing"
)

// table answers the table service.
func (q question) table(ctx context.Context) (any, error) {
	snaps, waypoints, err := q.snap()
	if err != nil {
		return nil, err
	}
	from, err := q.indexes("sources", len(snaps))
	if err != nil {
		return nil, err
	}
	to, err := q.indexes("destinations", len(snaps))
	if err != nil {
		return nil, err
	}
	wanted, err := q.set("annotations", []string{"duration"}, "duration", "distance")
	if err != nil {
		return nil, err
	}
	scale, err := q.positive("scale_factor", 1)
	if err != nil {
		return nil, err
	}
	m, err := q.roads.Table(ctx, pick(snaps, from), pick(snaps, to))
	if err != nil {
		return nil, err
	}
	out := map[string]any{
		"sources": pick(waypoints, from), "destinations": pick(waypoints, to),
	}
	guessed, err := q.guess(m, snaps, from, to)
	if err != nil {
		return nil, err
	}
	if guessed != nil {
		out["fallback_speed_cells"] = guessed
	}
	if slices.Contains(wanted, "duration") {
		out["durations"] = rows{m.Seconds, len(from), len(to), scale}
	}
	if slices.Contains(wanted, "distance") {
		out["distances"] = rows{m.Meters, len(from), len(to), 1}
	}
	if q.options.Get("skip_waypoints") == "true" {
		delete(out, "sources")
		delete(out, "destinations")
	}
	out["code"] = "Ok"
	return out, nil
}

// guess fills pairs without a way by the distance through the air at fallback_speed,
// and returns those pairs; nil when no such speed was given.
func (q question) guess(
	m routing.Matrix, snaps []routing.Snap, from, to []int,
) ([][2]int, error) {
	if q.options.Get("fallback_speed") == "" {
		return nil, nil
	}
	speed, err := q.positive("fallback_speed", 0)
	if err != nil {
		return nil, err
	}
	coordinate, err := q.choice("fallback_coordinate", "input", "snapped")
	if err != nil {
		return nil, err
	}
	cells := [][2]int{}
	for i, a := range from {
		for j, b := range to {
			if s, _ := m.At(i, j); s != routing.Unreachable {
				continue
			}
			x, y := q.coordinates[a], q.coordinates[b]
			if coordinate == "snapped" {
				x, y = snaps[a].Point, snaps[b].Point
			}
			meters := float64(geodesic.Distance(x, y))
			m.Meters[i*len(to)+j] = int32(math.Round(meters))
			m.Seconds[i*len(to)+j] = int32(math.Round(meters / speed))
			cells = append(cells, [2]int{i, j})
		}
	}
	return cells, nil
}

func pick[T any](all []T, at []int) []T {
	out := make([]T, len(at))
	for i, j := range at {
		out[i] = all[j]
	}
	return out
}

// rows are the numbers of a table; pairs that cannot be reached are null.
type rows struct {
	values []int32
	n, m   int
	scale  float64
}

// MarshalJSON writes the table without an allocation a number: a table of 500 × 500
// has a quarter of a million.
func (r rows) MarshalJSON() ([]byte, error) {
	out := make([]byte, 0, 8*len(r.values)+2*r.n+2)
	out = append(out, '[')
	for i := range r.n {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '[')
		for j, v := range r.values[i*r.m : (i+1)*r.m] {
			if j > 0 {
				out = append(out, ',')
			}
			switch {
			case v == routing.Unreachable:
				out = append(out, "null"...)
			case r.scale == 1:
				out = strconv.AppendInt(out, int64(v), 10)
			default:
				tenths := math.Round(float64(v)*r.scale*10) / 10
				out = strconv.AppendFloat(out, tenths, 'f', -1, 64)
			}
		}
		out = append(out, ']')
	}
	return append(out, ']'), nil
}

// indexes reads "all" or "0;3;5" out of n.
func (r *request) indexes(name string, n int) ([]int, error) {
	v := r.options.Get(name)
	var out []int
	if v == "" || v == "all" {
		for i := range n {
			out = append(out, i)
		}
		return out, nil
	}
	for _, part := range strings.Split(v, ";") {
		i, err := strconv.Atoi(part)
		if err != nil || i < 0 || i >= n {
			return nil, refuse("InvalidOptions", "%s must be indexes of the coordinates, from 0 to %d", name, n-1)
		}
		out = append(out, i)
	}
	return out, nil
}
