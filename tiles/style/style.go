package style

import (
	"beatplan/tiles"
)

// FirstLabel is the id of the lowest layer that writes; overlays that should not
// cover names are inserted before it.
const FirstLabel = "waterway-name"

// Source is the id of the basemap's source in the documents.
const Source = "basemap"

// Options of a document.
type Options struct {
	Theme    string // light, dark or print
	Language string // zh or en; anything else shows names as written on the ground
	// Basemap is the own map. The document holds all that its TileJSON says, so that a
	// client asks for tiles at once.
	Basemap tiles.TileJSON
	Over    []Over // layers over the map, the first lowest
}

// object is a JSON object.
type object = map[string]any

// list is a JSON array, and an expression of the style language.
type list = []any

// Document is the style for MapLibre GL, ready to be marshalled. It fails with
// tiles.ErrNoStyle for an unknown theme.
func Document(o Options) (map[string]any, error) {
	p, err := colours(o.Theme)
	if err != nil {
		return nil, err
	}
	s := sheet{p: p, language: o.Language, dark: o.Theme == "dark"}
	var layers list
	for _, part := range [][]object{
		s.ground(), s.roads(), s.overlays(), s.lineLabels(), s.pointLabels(),
	} {
		for _, layer := range part {
			layers = append(layers, layer)
		}
	}
	doc := object{
		"version": 8, "name": "Beatplan " + o.Theme,
		"metadata": object{"beatplan:theme": o.Theme, "beatplan:first-label": FirstLabel},
		"sources": object{Source: object{
			"type": "vector", "tiles": o.Basemap.Tiles, "bounds": o.Basemap.Bounds,
			"minzoom": o.Basemap.MinZoom, "maxzoom": o.Basemap.MaxZoom,
			"attribution": tiles.Attribution,
		}},
		"light": object{"anchor": "viewport"}, "layers": layers,
	}
	for _, over := range o.Over {
		s.lay(doc, over)
	}
	return doc, nil
}

func colours(theme string) (palette, error) {
	switch theme {
	case "light":
		return lightColours(), nil
	case "dark":
		return darkColours(), nil
	case "print":
		return printColours(), nil
	}
	return palette{}, tiles.ErrNoStyle.With("theme", theme)
}

// sheet makes the layers of one document.
type sheet struct {
	p        palette
	language string
	dark     bool
}

// layer is one layer of the basemap's source.
func layer(id, kind, source string, extra object) object {
	l := object{"id": id, "type": kind, "source": Source, "source-layer": source}
	for k, v := range extra {
		l[k] = v
	}
	return l
}

// byZoom interpolates linearly between zoom, value pairs.
func byZoom(stops ...any) list {
	return append(list{"interpolate", list{"linear"}, list{"zoom"}}, stops...)
}

// growing interpolates so that widths double with the scale.
func growing(stops ...any) list {
	return append(list{"interpolate", list{"exponential", 1.6}, list{"zoom"}}, stops...)
}

// is tests a class against several words.
func is(classes ...string) list {
	return list{"match", list{"get", "class"}, classes, true, false}
}

// byClass picks a value by class; the last value is the default.
func byClass(pairs ...any) list {
	return append(list{"match", list{"get", "class"}}, pairs...)
}

// flag tests a boolean attribute that is absent when false.
func flag(name string) list { return list{"==", list{"get", name}, true} }

// ground draws what lies under the roads.
func (s *sheet) ground() []object {
	p := s.p
	fill := byClass(
		"residential", p.residential, "commercial", p.commercial, "industrial", p.industrial,
		"school", p.school, "hospital", p.hospital, "wood", p.wood, "scrub", p.scrub,
		"grass", p.grass, "park", p.park, "pitch", p.pitch, "farmland", p.farmland,
		"cemetery", p.cemetery, "wetland", p.wetland, "sand", p.sand, "rock", p.rock,
		"ice", p.ice, "parking", p.parking, "plaza", p.plaza, "airport", p.airport,
		"apron", p.apron, "runway", p.runway, p.land)
	built := list{"residential", "commercial", "industrial"}
	return []object{
		{"id": "background", "type": "background", "paint": object{"background-color": p.land}},
		layer("land-built", "fill", "land", object{
			"filter": is("residential", "commercial", "industrial"),
			"paint": object{"fill-color": fill, "fill-antialias": false,
				"fill-opacity": byZoom(5, 0.6, 9, 1)},
		}),
		layer("land", "fill", "land", object{
			"filter": list{"!", list{"match", list{"get", "class"},
				append(built, "pier", "apron", "runway", "pitch"), true, false}},
			"paint": object{"fill-color": fill, "fill-antialias": false,
				"fill-opacity": byZoom(5, 0.5, 8, 0.9, 11, 1)},
		}),
		layer("land-top", "fill", "land", object{
			"filter": is("apron", "runway", "pitch"),
			"paint":  object{"fill-color": fill},
		}),
		layer("waterway", "line", "waterway", object{
			"filter": is("river", "canal", "stream", "ditch"),
			"layout": object{"line-cap": "round", "line-join": "round"},
			"paint": object{"line-color": p.waterLine, "line-width": growing(
				8, byClass("river", 0.6, 0.2),
				12, byClass("river", 1.4, "canal", 1.2, "stream", 0.7, 0.4),
				16, byClass("river", 4.5, "canal", 4, "stream", 2, 1.2),
				18, byClass("river", 10, "canal", 8, "stream", 4, 2.5))},
		}),
		layer("water", "fill", "water", object{
			"filter": list{"!", list{"has", "margin"}},
			"paint":  object{"fill-color": p.water, "fill-antialias": false},
		}),
		layer("water-margin", "fill", "water", object{
			"filter": list{"has", "margin"},
			"paint": object{"fill-color": p.water, "fill-antialias": false,
				"fill-opacity": list{"interpolate", list{"linear"}, list{"get", "margin"}, 0, 1, 17, 0}},
		}),
		layer("pier", "fill", "land", object{
			"filter": is("pier"), "paint": object{"fill-color": p.land},
		}),
		layer("aeroway", "line", "aeroway", object{
			"layout": object{"line-cap": "butt", "line-join": "round"},
			"paint": object{"line-color": p.runway, "line-width": growing(
				10, byClass("runway", 1, 0), 12, byClass("runway", 3, 0.6),
				14, byClass("runway", 10, 2.2), 16, byClass("runway", 36, 9),
				18, byClass("runway", 130, 34))},
		}),
		layer("building", "fill", "building", object{
			"minzoom": 13, "paint": object{"fill-color": p.building,
				"fill-outline-color": p.buildingEdge,
				"fill-opacity":       byZoom(13, 0, 14, 0.8, 16, 1)},
		}),
	}
}

// overlays draws railways, boundaries and ferries above the roads.
func (s *sheet) overlays() []object {
	p := s.p
	return []object{
		layer("ferry", "line", "rail", object{
			"filter": is("ferry"),
			"paint": object{"line-color": p.ferry, "line-dasharray": list{4, 3},
				"line-width": byZoom(9, 0.8, 16, 1.6)},
		}),
		layer("boundary-county", "line", "boundary", object{
			"filter": list{">", list{"get", "level"}, 4},
			"layout": object{"line-join": "round"},
			"paint": object{"line-color": p.county, "line-dasharray": list{3, 2},
				"line-width": byZoom(7, list{"case", list{"<=", list{"get", "level"}, 6}, 0.7, 0.4},
					14, list{"case", list{"<=", list{"get", "level"}, 6}, 1.4, 0.9}),
				"line-opacity": list{"case", list{"<=", list{"get", "level"}, 6}, 0.9, 0.55}},
		}),
		layer("boundary-state", "line", "boundary", object{
			"filter": list{"<=", list{"get", "level"}, 4},
			"layout": object{"line-join": "round"},
			"paint": object{"line-color": p.boundary, "line-dasharray": list{5, 2, 1, 2},
				"line-width": byZoom(4, 0.8, 10, 1.3, 16, 2.2), "line-opacity": 0.8},
		}),
	}
}
