package style

import (
	"slices"

	"beatplan/tiles"
)

// Over is a layer of tiles that lies over the map of a document.
type Over struct {
	Info     tiles.Info
	TileJSON string // address of its TileJSON, absolute
}

// people are the colours of persons, by the index in their rows: those of Okabe and
// Ito (2008), as the web client has them.
func people() []string {
	return []string{"#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442",
		"#4D4D4D"}
}

// nobody is the colour of rows without a person.
const nobody = "#8A949E"

// lay adds a source and its layers to a document. Whatever the tiles hold is drawn:
// areas filled and outlined, lines, and points with their names or counts. The
// attribution comes with the TileJSON.
func (s *sheet) lay(doc object, o Over) {
	name := o.Info.Name
	doc["sources"].(object)[name] = object{
		"type": "vector", "url": o.TileJSON, "attribution": o.Info.Attribution,
	}
	layers := doc["layers"].(list)
	for _, l := range o.Info.Layers {
		for _, drawn := range s.shapes(l) {
			drawn["source"], drawn["source-layer"] = name, l.ID
			// A file may be named as a layer of the map is.
			drawn["id"] = "over-" + name + "-" + l.ID + "-" + drawn["id"].(string)
			layers = append(layers, drawn)
		}
	}
	doc["layers"] = layers
}

// shapes draws what a vector layer may hold, by the form of each feature.
func (s *sheet) shapes(l tiles.VectorLayer) []object {
	colour := s.fill(l)
	edge := s.p.land
	form := func(words ...string) list {
		return list{"match", list{"geometry-type"}, words, true, false}
	}
	areas, lines := form("Polygon", "MultiPolygon"), form("LineString", "MultiLineString")
	size := any(list{"interpolate", list{"linear"}, list{"zoom"}, 8, 4, 16, 8})
	if _, counts := l.Fields["count"]; counts {
		size = list{"interpolate", list{"linear"}, list{"ln", list{"coalesce", list{"get", "count"}, 1}},
			0, 5, 6, 22}
	}
	drawn := []object{
		{"id": "area", "type": "fill", "filter": areas,
			"paint": object{"fill-color": colour, "fill-opacity": 0.3}},
		{"id": "edge", "type": "line", "filter": areas,
			"paint": object{"line-color": colour, "line-width": 1.5}},
		{"id": "casing", "type": "line", "filter": lines,
			"layout": object{"line-join": "round"}, "paint": object{"line-color": edge, "line-width": 5}},
		{"id": "line", "type": "line", "filter": lines,
			"layout": object{"line-join": "round"}, "paint": object{"line-color": colour, "line-width": 3}},
		{"id": "point", "type": "circle", "filter": form("Point", "MultiPoint"),
			"paint": object{"circle-color": colour, "circle-radius": size,
				"circle-stroke-color": edge, "circle-stroke-width": 1.6}},
	}
	if word := written(l); word != nil {
		drawn = append(drawn, object{"id": "name", "type": "symbol",
			"layout": object{"text-field": word, "text-font": font("Regular"), "text-size": 12,
				"text-optional": true},
			"paint": text(s.p.city, s.p.halo, 1.4)})
	}
	return drawn
}

// fill is the colour of a feature: of its person, by how many it counts, or the one
// accent of the company's maps.
func (s *sheet) fill(l tiles.VectorLayer) any {
	has := func(field string) bool { _, ok := l.Fields[field]; return ok }
	accent := "#0f766e"
	if s.dark {
		accent = "#5fd0c5"
	}
	switch {
	case has("color_index"):
		index := list{"to-number", list{"get", "color_index"}, -1}
		match := list{"match", list{"%", index, len(people())}}
		for i, c := range people() {
			match = append(match, i, c)
		}
		return append(match, nobody)
	case has("count"):
		shades := []string{"#d9efe9", "#a3d9cc", "#5bb5a6", "#1f8a7d", "#0b5a54"}
		if s.dark {
			slices.Reverse(shades)
		}
		return list{"step", list{"to-number", list{"get", "count"}, 1}, shades[0],
			5, shades[1], 20, shades[2], 50, shades[3], 200, shades[4]}
	}
	return accent
}

// written is what stands beside a feature: how many it counts when it is more than
// one, otherwise its name; nil when the layer has neither.
func written(l tiles.VectorLayer) any {
	_, names := l.Fields["name"]
	_, counts := l.Fields["count"]
	name := list{"to-string", list{"coalesce", list{"get", "name"}, ""}}
	count := list{"to-string", list{"get", "count"}}
	switch {
	case names && counts:
		return list{"case", list{">", list{"coalesce", list{"get", "count"}, 1}, 1}, count, name}
	case counts:
		return count
	case names:
		return name
	}
	return nil
}
