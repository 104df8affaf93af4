package osrmapi

import (
	"context"
	"strconv"
	"time"

	"beatplan/geo"
	"beatplan/routing"
)

// tracepoint is a position that was brought to the road on which it was taken.
type tracepoint struct {
	waypoint
	AlternativesCount int  `json:"alternatives_count"`
	WaypointIndex     *int `json:"waypoint_index"`
	MatchingsIndex    int  `json:"matchings_index"`
}

// matchingJSON is a route with the confidence in it.
type matchingJSON struct {
	routeJSON
	Confidence float64 `json:"confidence"`
}

// match answers the match service.
func (q question) match(ctx context.Context) (any, error) {
	if len(q.coordinates) < 2 {
		return nil, translate(routing.ErrFewPoints)
	}
	v, err := q.view()
	if err != nil {
		return nil, err
	}
	options, err := q.matchOptions(v.steps)
	if err != nil {
		return nil, err
	}
	fixes, err := q.fixes()
	if err != nil {
		return nil, err
	}
	stops, err := q.stops()
	if err != nil {
		return nil, err
	}
	found, err := q.roads.Match(ctx, fixes, options)
	if err != nil {
		return nil, refuse("NoSegment", "Could not find a matching segment for any coordinate.")
	}
	return q.matched(found, stops, v)
}

// matched writes the matchings of at least two positions.
func (q question) matched(found []routing.Matching, stops []int, v view) (any, error) {
	points := make([]*tracepoint, len(q.coordinates))
	var out []matchingJSON
	wanted := make([]bool, len(q.coordinates))
	for i := range wanted {
		wanted[i] = stops == nil
	}
	for _, i := range stops {
		wanted[i] = true
	}
	for _, m := range found {
		if len(m.Fixes) < 2 {
			continue
		}
		var ends []int // of the legs, as indexes of the matching's fixes
		for k, fix := range m.Fixes {
			p := &tracepoint{
				waypoint:          q.waypoint(m.Snaps[k].From(q.coordinates[fix])),
				AlternativesCount: m.Choices[k] - 1, MatchingsIndex: len(out),
			}
			if wanted[fix] || k == 0 || k == len(m.Fixes)-1 {
				at := len(ends)
				p.WaypointIndex = &at
				ends = append(ends, k)
			}
			points[fix] = p
		}
		r := routing.Route{
			Legs: m.Legs, Duration: m.Duration, Distance: m.Distance, Snaps: m.Snaps,
		}
		out = append(out, matchingJSON{v.write(r, m.Steps, ends), m.Confidence})
	}
	if len(out) == 0 {
		return nil, refuse("NoMatch", "Could not match the trace.")
	}
	answer := map[string]any{"code": "Ok", "matchings": out, "tracepoints": points}
	if q.options.Get("skip_waypoints") == "true" {
		delete(answer, "tracepoints")
	}
	return answer, nil
}

func (q question) matchOptions(steps bool) (routing.MatchOptions, error) {
	o := routing.MatchOptions{Steps: steps}
	gaps, err := q.choice("gaps", "split", "ignore")
	if err != nil {
		return o, err
	}
	tidy, err := q.choice("tidy", "false", "true")
	o.Whole, o.Tidy = gaps == "ignore", tidy == "true"
	return o, err
}

// fixes are the coordinates with their times and errors.
func (q question) fixes() ([]routing.Fix, error) {
	times, err := q.list("timestamps")
	if err != nil {
		return nil, err
	}
	radiuses, err := q.list("radiuses")
	if err != nil {
		return nil, err
	}
	out := make([]routing.Fix, len(q.coordinates))
	last := int64(-1 << 62)
	for i, p := range q.coordinates {
		out[i].Point = p
		if times != nil {
			t, err := strconv.ParseInt(times[i], 10, 64)
			if err != nil || t < 0 || t > 1<<40 {
				return nil, q.malformed("timestamps")
			}
			if t < last {
				return nil, refuse("InvalidValue", "Timestamps need to be monotonically increasing.")
			}
			last, out[i].At = t, time.Unix(t, 0)
		}
		if radiuses != nil && radiuses[i] != "" && radiuses[i] != "unlimited" {
			m, err := strconv.ParseFloat(radiuses[i], 64)
			if err != nil || !(m >= 0) {
				return nil, q.malformed("radiuses")
			}
			out[i].Error = geo.Meters(min(m, 1000))
		}
	}
	return out, nil
}
