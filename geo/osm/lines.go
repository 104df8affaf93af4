package osm

import (
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// roadClass sorts the values of highway; "" is not drawn.
func roadClass(t Tags) string {
	switch v := strings.TrimSuffix(t.Find("highway"), "_link"); v {
	case "motorway", "trunk", "primary", "secondary", "tertiary", "service", "track":
		return v
	case "residential", "unclassified", "living_street", "road", "minor":
		return "minor"
	case "pedestrian":
		return "plaza"
	case "footway", "path", "steps", "cycleway", "bridleway":
		if t.Find("footway") == "sidewalk" || t.Find("footway") == "crossing" {
			return ""
		}
		return "path"
	}
	return ""
}

// roadArea reports whether the way is a square rather than a street.
func roadArea(w *Way) bool { return w.Tags.Find("area") == "yes" && w.Closed() }

func newRoad(w *Way, class string, line orb.LineString) MapRoad {
	t := w.Tags
	kind := t.Find("highway")
	r := MapRoad{
		ID: w.ID, Class: class, Kind: strings.TrimSuffix(kind, "_link"),
		Link: strings.HasSuffix(kind, "_link"), Names: NamesOf(t), Ref: t.Find("ref"),
		Bridge: yes(t.Find("bridge")), Tunnel: yes(t.Find("tunnel")), Line: line,
	}
	if t.Find("tunnel") == "building_passage" {
		r.Tunnel = false
	}
	switch t.Find("oneway") {
	case "yes", "1", "true":
		r.OneWay = 1
	case "-1", "reverse":
		r.OneWay = -1
	case "":
		if r.Kind == "motorway" || t.Find("junction") == "roundabout" {
			r.OneWay = 1
		}
	}
	if layer, err := strconv.Atoi(t.Find("layer")); err == nil {
		r.Layer = min(5, max(-5, layer))
	}
	switch t.Find("service") {
	case "driveway", "parking_aisle", "alley", "drive-through", "emergency_access":
		r.Minor = true
	}
	return r
}

// lineClass sorts the other lines; "" is not drawn. Administrative boundaries
// are known by the relations that hold them.
func lineClass(t Tags) string {
	switch v := t.Find("waterway"); v {
	case "river", "canal", "stream":
		return v
	case "drain", "ditch":
		return "ditch"
	}
	if class := railClass(t); class != "" {
		return class
	}
	switch v := t.Find("aeroway"); v {
	case "runway", "taxiway":
		return v
	}
	if t.Find("route") == "ferry" {
		return "ferry"
	}
	switch t.Find("man_made") {
	case "pier", "breakwater", "groyne":
		return "pier"
	}
	if t.Find("natural") == "cliff" {
		return "cliff"
	}
	return ""
}

func railClass(t Tags) string {
	switch t.Find("railway") {
	case "rail", "narrow_gauge", "preserved":
		switch t.Find("service") {
		case "yard", "siding", "spur", "crossover":
			return "siding"
		}
		return "rail"
	case "light_rail", "tram", "monorail", "funicular":
		return "tram"
	case "subway":
		return "subway"
	}
	return ""
}

// landmarkKind is the kind of a thing by which people find their way, or "".
func landmarkKind(t Tags) string {
	if !t.Has("name") || t.Has("heritage") && t.Find("boundary") == "protected_area" {
		return "" // listed quarters are legion and lead nobody anywhere
	}
	for _, tag := range t {
		if landmarkTag(tag) {
			return tag.Key + "/" + tag.Value
		}
	}
	return ""
}

func landmarkTag(t Tag) bool {
	switch t.Key {
	case "amenity":
		switch t.Value {
		case "hospital", "university", "college", "school", "townhall", "library",
			"courthouse", "police", "fire_station", "place_of_worship", "bus_station",
			"ferry_terminal", "prison", "marketplace", "theatre":
			return true
		}
	case "railway":
		return t.Value == "station" || t.Value == "halt"
	case "aeroway":
		return t.Value == "aerodrome" || t.Value == "terminal"
	case "leisure":
		switch t.Value {
		case "park", "nature_reserve", "golf_course", "stadium", "marina":
			return true
		}
	case "tourism":
		switch t.Value {
		case "museum", "zoo", "theme_park", "attraction", "viewpoint":
			return true
		}
	case "natural":
		switch t.Value {
		case "peak", "bay", "cape", "beach", "saddle":
			return true
		}
	case "shop":
		return t.Value == "mall"
	case "landuse":
		return t.Value == "cemetery" || t.Value == "military"
	case "boundary":
		return t.Value == "protected_area" || t.Value == "national_park"
	}
	return false
}
