package style

// font is a stack of families that machines have, tried in turn. The first name
// exists nowhere: MapLibre reads weight and slant from it.
func font(face string) list {
	return list{"Beatplan " + face, "Segoe UI", "Roboto", "Helvetica Neue", "Noto Sans", "Arial",
		"PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC",
		"WenQuanYi Micro Hei"}
}

// name is the label in the language of the map.
func (s *sheet) name() list {
	switch s.language {
	case "zh":
		return list{"coalesce", list{"get", "name_zh"}, list{"get", "name"}}
	case "en":
		return list{"coalesce", list{"get", "name_en"}, list{"get", "name"}}
	}
	return list{"get", "name"}
}

// text is a paint object for a label.
func text(color, halo string, width float64) object {
	return object{"text-color": color, "text-halo-color": halo, "text-halo-width": width,
		"text-halo-blur": 0.4}
}

// lineLabels writes along rivers and streets.
func (s *sheet) lineLabels() []object {
	p := s.p
	along := func(extra object) object {
		l := object{"symbol-placement": "line", "text-field": s.name(), "text-font": font("Regular"),
			"text-max-angle": 30, "text-padding": 4, "symbol-spacing": 350}
		for k, v := range extra {
			l[k] = v
		}
		return l
	}
	return []object{
		layer(FirstLabel, "symbol", "waterway", object{
			"minzoom": 12, "filter": list{"all", list{"has", "name"}, is("river", "canal", "stream")},
			"layout": along(object{"text-font": font("Italic"), "text-letter-spacing": 0.08,
				"text-size": byZoom(12, byClass("river", 10.5, 9.5), 17, byClass("river", 14, 12))}),
			"paint": text(p.waterText, p.waterHalo, 1.2),
		}),
		layer("oneway", "symbol", "road", object{
			"minzoom": 15, "filter": list{"all", list{"has", "oneway"}, list{"!", flag("minor")}},
			"layout": object{"symbol-placement": "line", "symbol-spacing": byZoom(15, 90, 18, 160),
				"text-field": "→", "text-font": font("Bold"),
				"text-size":         byZoom(15, 9, 18, 17),
				"text-rotate":       list{"case", list{"==", list{"get", "oneway"}, -1}, 180, 0},
				"text-keep-upright": false, "text-rotation-alignment": "map", "text-padding": 1,
				"text-allow-overlap": true, "text-ignore-placement": true,
				"text-offset": list{0, -0.08}},
			"paint": object{"text-color": p.arrow,
				"text-opacity": byZoom(15, list{"case", flag("link"), 0, 0.4}, 16, 0.9)},
		}),
		layer("street-name", "symbol", "road_name", object{
			"minzoom": 13, "filter": list{"all", list{"has", "name"},
				is("minor", "service", "plaza", "track", "path")},
			"layout": along(object{"symbol-spacing": 260, "text-size": byZoom(
				13, 9.5, 15, byClass("minor", 10.5, 9.5), 18, byClass("minor", 14, 12))}),
			"paint": text(p.street, p.streetHalo, 1.3),
		}),
		layer("road-name", "symbol", "road_name", object{
			"minzoom": 12, "filter": list{"all", list{"has", "name"},
				is("motorway", "trunk", "primary", "secondary", "tertiary")},
			"layout": along(object{
				"symbol-sort-key": roadOrder(), "text-size": byZoom(12, 10, 14, byClass(
					"tertiary", 10.5, 11), 18, 15)}),
			"paint": text(p.street, p.streetHalo, 1.4),
		}),
		layer("road-ref", "symbol", "road_name", object{
			"minzoom": 8, "filter": list{"has", "ref"},
			"layout": object{"symbol-placement": "line", "text-field": list{"get", "ref"},
				"text-font": font("Bold"), "text-size": byZoom(8, 9, 12, 9.5, 16, 11),
				"text-rotation-alignment": "viewport", "text-pitch-alignment": "viewport",
				"symbol-spacing": byZoom(8, 250, 12, 420), "text-padding": 24,
				"symbol-sort-key": roadOrder()},
			"paint": text(p.ref, p.refHalo, 1.8),
		}),
	}
}

// roadOrder places labels of important roads first.
func roadOrder() list {
	return byClass("motorway", 1, "trunk", 2, "primary", 3, "secondary", 4, "tertiary", 5, 6)
}

// pointLabels writes numbers, landmarks, water and places; the last are the most
// important and are placed first.
func (s *sheet) pointLabels() []object {
	p := s.p
	return append([]object{
		layer("house-number", "symbol", "house", object{
			"minzoom": 17, "layout": object{"text-field": list{"get", "number"},
				"text-font": font("Regular"), "text-size": byZoom(17, 9, 19, 11), "text-padding": 2},
			"paint": text(p.house, p.halo, 1),
		}),
		layer("landmark", "symbol", "poi", object{
			"minzoom": 13, "filter": list{"!", is("nature", "airport", "park")},
			"layout": s.pointText(object{
				"text-size": byZoom(13, 9.5, 17, 11.5), "symbol-sort-key": list{"get", "rank"},
				"text-padding": byZoom(13, 14, 16, 4)}),
			"paint": text(p.poi, p.halo, 1.2),
		}),
		layer("nature", "symbol", "poi", object{
			"minzoom": 11, "filter": is("nature", "park"),
			"layout": s.pointText(object{
				"text-font": font("Italic"), "text-size": byZoom(11, 10, 17, 12.5),
				"symbol-sort-key": list{"get", "rank"}, "text-padding": byZoom(11, 18, 16, 4)}),
			"paint": text(p.natureText, p.halo, 1.2),
		}),
		layer("airport", "symbol", "poi", object{
			"minzoom": 12, "filter": is("airport"),
			"layout": s.pointText(object{"text-size": byZoom(12, 10, 17, 13), "text-padding": 6}),
			"paint":  text(p.suburb, p.halo, 1.3),
		}),
		layer("water-name", "symbol", "water_name", object{
			"minzoom": 8,
			"layout": s.pointText(object{"text-font": font("Italic"), "text-letter-spacing": 0.1,
				"text-max-width": 6,
				"text-size": byZoom(8, byClass("bay", 11, 9.5), 12, byClass("bay", 13, 11),
					17, byClass("bay", 16, 14))}),
			"paint": text(p.waterText, p.waterHalo, 1.2),
		}),
	}, s.placeLabels()...)
}

func (s *sheet) pointText(extra object) object {
	l := object{"text-field": s.name(), "text-font": font("Regular"), "text-max-width": 8,
		"text-line-height": 1.15}
	for k, v := range extra {
		l[k] = v
	}
	return l
}

// placeLabels writes settlements, small ones first, so that large ones, placed
// from the top layer down, win the room.
func (s *sheet) placeLabels() []object {
	p := s.p
	place := func(id string, from, to float64, classes []string, layout, paint object) object {
		layout["symbol-sort-key"] = list{"get", "rank"}
		return layer(id, "symbol", "place", object{
			"minzoom": from, "maxzoom": to, "filter": is(classes...),
			"layout": s.pointText(layout), "paint": paint,
		})
	}
	return []object{
		place("place-hamlet", 13, 18, []string{"hamlet", "locality"}, object{
			"text-size": byZoom(13, 10, 17, 13), "text-padding": byZoom(13, 12, 16, 4),
		}, text(p.suburb, p.halo, 1.3)),
		place("place-suburb", 11, 18, []string{"suburb", "neighbourhood"}, object{
			"text-size": byZoom(11, 10, 17, 14), "text-letter-spacing": 0.06,
			"text-padding": byZoom(11, 10, 16, 4),
		}, text(p.suburb, p.halo, 1.3)),
		place("place-island", 12, 17, []string{"island"}, object{
			"text-font": font("Italic"), "text-size": byZoom(10, 10, 16, 13),
		}, text(p.suburb, p.halo, 1.3)),
		place("place-village", 9, 17, []string{"village"}, object{
			"text-size": byZoom(10, 10.5, 16, 16), "text-padding": byZoom(9, 8, 14, 4),
		}, text(p.village, p.halo, 1.4)),
		place("place-town", 7, 16, []string{"town"}, object{
			"text-font": font("Medium"), "text-size": byZoom(7, 10.5, 11, 13, 16, 20),
			"text-padding": byZoom(7, 8, 12, 3),
		}, text(p.village, p.halo, 1.5)),
		place("place-city", 4, 16, []string{"city"}, object{
			"text-font": font("Medium"), "text-size": byZoom(4, 11, 8, 14, 12, 20, 16, 26),
			"text-padding": 3,
		}, text(p.city, p.halo, 1.6)),
	}
}
