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
			q.To, err = parseTime(value)
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

// parseTime reads an instant or an interval of RFC 3339 with ".." or nothing for an open
// end (§7.15.4) and returns its end, zero where that is open. Features hold from some
// time on, or at all times: they meet the interval when they hold at its end. A day's
// end is that of the day in UTC.
func parseTime(value string) (time.Time, error) {
	bad := ErrParameter.WithField("datetime", "time",
		"An instant, or two with a slash between; .. is an open end.")
	first, last, interval := strings.Cut(value, "/")
	if !interval {
		last = first
	}
	from, ok := instant(first, interval, 0)
	to, fine := instant(last, interval, 24*time.Hour-1)
	if !ok || !fine || !from.IsZero() && !to.IsZero() && to.Before(from) {
		return time.Time{}, bad
	}
	return to, nil
}

// instant reads one end; a day stands for its beginning and so much more.
func instant(s string, open bool, more time.Duration) (time.Time, bool) {
	if open && (s == ".." || s == "") {
		return time.Time{}, true
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, true
	}
	t, err := time.Parse(time.DateOnly, s)
	return t.Add(more), err == nil
}

func parseAfter(value string) (json.RawMessage, error) {
	raw, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || !json.Valid(raw) {
		return nil, ErrParameter.WithField("after", "cursor", "Follow the link to the next page.")
	}
	return raw, nil
}

func packAfter(raw json.RawMessage) string { return base64.RawURLEncoding.EncodeToString(raw) }
