package osrmapi

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"beatplan/geo"
	"beatplan/routing"
)

// malformed refuses an option's value, and says where in the address it begins.
func (r *request) malformed(name string) *refusal {
	return refuse("InvalidQuery", "Query string malformed close to position %d", r.at[name])
}

// choice returns an option that must be one of the given values, the first by
// default.
func (r *request) choice(name string, values ...string) (string, error) {
	v := r.options.Get(name)
	if v == "" {
		return values[0], nil
	}
	if !slices.Contains(values, v) {
		return "", r.malformed(name)
	}
	return v, nil
}

// set returns the values of an option that are separated by commas.
func (r *request) set(name string, otherwise []string, values ...string) ([]string, error) {
	v := r.options.Get(name)
	if v == "" {
		return otherwise, nil
	}
	list := strings.Split(v, ",")
	for _, x := range list {
		if !slices.Contains(values, x) {
			return nil, r.malformed(name)
		}
	}
	return list, nil
}

// positive returns an option that must be a number above 0.
func (r *request) positive(name string, otherwise float64) (float64, error) {
	v := r.options.Get(name)
	if v == "" {
		return otherwise, nil
	}
	x, err := strconv.ParseFloat(v, 64)
	if err != nil || !(x > 0) || math.IsInf(x, 0) {
		return 0, refuse("InvalidValue", "%s must be > 0", name)
	}
	return x, nil
}

// whole returns an option that must be a whole number of at least 0.
func (r *request) whole(name string, otherwise int) (int, error) {
	v := r.options.Get(name)
	if v == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		return 0, r.malformed(name)
	}
	return n, nil
}

// list returns an option with one value a coordinate, separated by semicolons; nil
// when it is not given.
func (r *request) list(name string) ([]string, error) {
	v := r.options.Get(name)
	if v == "" {
		return nil, nil
	}
	out := strings.Split(v, ";")
	if len(out) != len(r.coordinates) {
		return nil, refuse("InvalidOptions",
			"Number of elements in %s size %d does not match coordinate size %d",
			name, len(out), len(r.coordinates))
	}
	return out, nil
}

// wishes say how each coordinate is to be snapped.
func (r *request) wishes() ([]routing.SnapOptions, error) {
	out := make([]routing.SnapOptions, len(r.coordinates))
	for _, option := range []struct {
		name string
		read func(string, *routing.SnapOptions) bool
	}{{"radiuses", readRadius}, {"bearings", readBearing}, {"approaches", readApproach}} {
		values, err := r.list(option.name)
		if err != nil {
			return nil, err
		}
		for i, v := range values {
			if !option.read(v, &out[i]) {
				return nil, r.malformed(option.name)
			}
		}
	}
	snapping, err := r.choice("snapping", "default", "any")
	for i := range out {
		out[i].Islands = snapping == "any"
	}
	return out, err
}

func readRadius(v string, o *routing.SnapOptions) bool {
	if v == "" || v == "unlimited" {
		o.Limit = geo.Meters(math.Inf(1))
		return true
	}
	m, err := strconv.ParseFloat(v, 64)
	o.Limit = geo.Meters(max(m, 1e-6)) // 0 means on the road itself
	return err == nil && m >= 0
}

func readBearing(v string, o *routing.SnapOptions) bool {
	if v == "" {
		return true
	}
	course, width, ok := strings.Cut(v, ",")
	a, errA := strconv.Atoi(course)
	b, errB := strconv.Atoi(width)
	o.Bearing, o.Range, o.Directed = float64(a), float64(b), true
	return ok && errA == nil && errB == nil && a >= 0 && a <= 360 && b >= 0 && b <= 180
}

func readApproach(v string, o *routing.SnapOptions) bool {
	known := map[string]routing.Approach{
		"": routing.AnySide, "unrestricted": routing.AnySide, "curb": routing.Curb,
		"opposite": routing.Opposite,
	}
	side, ok := known[v]
	o.Approach = side
	return ok
}

// Wish is what chooses among the speeds of a profile.
type Wish struct {
	Departure time.Time // zero when not given
	Exclude   []string  // classes of road
}

func (r *request) wish() (Wish, error) {
	var w Wish
	var err error
	if v := r.options.Get("departure_time"); v != "" {
		if w.Departure, err = time.Parse(time.RFC3339, v); err != nil {
			return w, r.malformed("departure_time")
		}
	}
	if v := r.options.Get("exclude"); v != "" {
		w.Exclude = strings.Split(v, ",")
		slices.Sort(w.Exclude)
		w.Exclude = slices.Compact(w.Exclude)
		for _, class := range w.Exclude {
			if !slices.Contains(routing.Excludable(), class) {
				return w, refuse("InvalidValue", "Exclude flag combination is not supported.")
			}
		}
	}
	return w, nil
}
