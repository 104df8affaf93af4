package ogcapi

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
)

const (
	defaultLimit = 100
	maxLimit     = 500 // larger limits are cut down to it (§7.15.2)
)

// parse reads the parameters of items: unknown ones and faulty ones are refused
// (§7.6).
func parse(v url.Values, queryables []Queryable) (Query, error) {
	q := Query{Limit: defaultLimit, Filter: url.Values{}}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		values := v[name]
		value := values[0]
		var err error
		switch name {
		case "bbox":
			q.Box, err = parseBox(value)
		case "datetime":
			err = checkTime(value) // our features have no time: all match (§7.15.4)
		case "limit":
			q.Limit, err = parseLimit(value)
		case "after":
			q.After, err = parseAfter(value)
		case "f":
			if value != "json" {
				err = ErrParameter.WithField("f", "choice", "Only json is served.")
			}
		default:
			known := func(k Queryable) bool { return k.Name == name }
			if !slices.ContainsFunc(queryables, known) {
				return q, ErrParameter.WithField(name, "unknown", "This parameter is not known here.")
			}
			q.Filter[name] = values
		}
		if err != nil {
			return q, err
		}
	}
	return q, nil
}

func parseLimit(value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return 0, ErrParameter.WithField("limit", "range", "A whole number from 1.")
	}
	return min(n, maxLimit), nil
}

// parseBox reads four or, with heights that do not matter, six numbers (§7.15.3).
func parseBox(value string) (*geo.Box, error) {
	bad := ErrParameter.WithField("bbox", "box",
		"West, south, east, north in degrees, west not beyond east.")
	var n []float64
	for part := range strings.SplitSeq(value, ",") {
		f, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || len(n) == 6 {
			return nil, bad
		}
		n = append(n, f)
	}
	switch len(n) {
	case 4:
	case 6:
		n = []float64{n[0], n[1], n[3], n[4]}
	default:
		return nil, bad
	}
	box := geo.Box{Min: orb.Point{n[0], n[1]}, Max: orb.Point{n[2], n[3]}}
	if !geo.Valid(box.Min) || !geo.Valid(box.Max) || box.Min[0] > box.Max[0] ||
		box.Min[1] > box.Max[1] {
		return nil, bad
	}
	return &box, nil
}

// checkTime accepts an instant or an interval of RFC 3339 with ".." or nothing for
// an open end (§7.15.4).
func checkTime(value string) error {
	bad := ErrParameter.WithField("datetime", "time",
		"An instant, or two with a slash between; .. is an open end.")
	from, to, interval := strings.Cut(value, "/")
	ends := []string{from}
	if interval {
		ends = append(ends, to)
	}
	var at []time.Time
	for _, end := range ends {
		if interval && (end == ".." || end == "") {
			continue
		}
		t, err := time.Parse(time.RFC3339, end)
		if err != nil {
			if t, err = time.Parse(time.DateOnly, end); err != nil {
				return bad
			}
		}
		at = append(at, t)
	}
	if len(at) == 2 && at[1].Before(at[0]) {
		return bad
	}
	return nil
}

func parseAfter(value string) (json.RawMessage, error) {
	raw, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || !json.Valid(raw) {
		return nil, ErrParameter.WithField("after", "cursor", "Follow the link to the next page.")
	}
	return raw, nil
}

func packAfter(raw json.RawMessage) string { return base64.RawURLEncoding.EncodeToString(raw) }
