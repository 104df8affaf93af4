package style

// roadRank orders roads: what is drawn last lies on top.
func roadRank() list {
	return byClass("motorway", 9, "trunk", 8, "primary", 7, "secondary", 6, "tertiary", 5,
		"minor", 4, "service", 3, "plaza", 2, 1)
}

// widthAt is the width of a road by class, in pixels, at one of the zooms 5, 8,
// 10, 12, 14, 16, 18; ramps are narrower, driveways too.
func widthAt(zoom int, extra float64) list {
	rows := map[int][]float64{ // motorway trunk primary secondary tertiary minor service plaza
		5:  {0.7, 0.4, 0, 0, 0, 0, 0, 0},
		8:  {1.5, 1.1, 0.7, 0.3, 0, 0, 0, 0},
		10: {2.3, 1.9, 1.3, 0.9, 0.5, 0, 0, 0},
		12: {3.6, 3.2, 2.7, 2.1, 1.6, 0.7, 0.3, 0.4},
		14: {6.5, 6, 5.2, 4.6, 3.8, 2.6, 1.3, 2},
		16: {13, 12.5, 11.5, 10.5, 9.5, 8, 4, 6},
		18: {28, 27, 25, 23, 21, 19, 10, 14},
	}
	w := rows[zoom]
	for i, v := range w {
		if v > 0 {
			w[i] = v + extra
		}
	}
	full := byClass("motorway", w[0], "trunk", w[1], "primary", w[2], "secondary", w[3],
		"tertiary", w[4], "minor", w[5], "service", w[6], "plaza", w[7], 0)
	narrow := list{"case", flag("link"), 0.62, flag("minor"), 0.6, 1}
	return list{"*", full, narrow}
}

// roadWidth is the width by zoom; with a casing it is that much wider at both
// sides, which begins at zoom 8.
func roadWidth(casing float64) list {
	return growing(5, widthAt(5, 0), 8, widthAt(8, casing*0.8), 10, widthAt(10, casing),
		12, widthAt(12, casing*1.2), 14, widthAt(14, casing*1.4), 16, widthAt(16, casing*1.8),
		18, widthAt(18, casing*2.4))
}

// roads draws tunnels, streets and bridges, each casing first.
func (s *sheet) roads() []object {
	p := s.p
	drawn := list{"!", is("path", "track")}
	tunnel := list{"all", drawn, flag("tunnel")}
	surface := list{"all", drawn, list{"!", flag("tunnel")}}
	bridge := list{"all", drawn, flag("bridge")}
	fill := byClass("motorway", p.motorway, "trunk", p.trunk, "primary", p.major,
		"secondary", p.major, "tertiary", p.major, p.minor)
	edge := byClass("motorway", p.motorwayCase, "trunk", p.trunkCase, "primary", p.majorCase,
		"secondary", p.majorCase, "tertiary", p.majorCase, p.minorCase)
	// Far out a road is a line in the colour of its casing: white would vanish.
	near := byClass("motorway", p.motorway, "trunk", p.trunk, edge)
	far := list{"interpolate", list{"linear"}, list{"zoom"}, 6, edge, 9, near, 10.5, near, 12, fill}
	if s.dark {
		far = fill
	}
	round := object{"line-cap": "round", "line-join": "round", "line-sort-key": roadRank()}
	butt := object{"line-cap": "butt", "line-join": "round", "line-sort-key": roadRank()}
	return append(s.footways(), []object{
		layer("tunnel-casing", "line", "road", object{
			"minzoom": 12, "filter": tunnel, "layout": butt,
			"paint": object{"line-color": p.tunnelCase, "line-width": roadWidth(1),
				"line-dasharray": list{0.6, 0.4}},
		}),
		layer("tunnel", "line", "road", object{
			"minzoom": 12, "filter": tunnel, "layout": round,
			"paint": object{"line-color": p.tunnel, "line-width": roadWidth(0)},
		}),
		layer("road-casing", "line", "road", object{
			"minzoom": 8, "filter": surface, "layout": round,
			"paint": object{"line-color": edge, "line-width": roadWidth(1),
				"line-opacity": byZoom(8, 0, 10, byClass("motorway", 1, "trunk", 1, 0.6), 12, 1)},
		}),
		layer("road", "line", "road", object{
			"filter": surface, "layout": round,
			"paint": object{"line-color": far, "line-width": roadWidth(0)},
		}),
		layer("bridge-casing", "line", "road", object{
			"minzoom": 12, "filter": bridge, "layout": butt,
			"paint": object{"line-color": edge, "line-width": roadWidth(1.4)},
		}),
		layer("bridge", "line", "road", object{
			"minzoom": 12, "filter": bridge, "layout": round,
			"paint": object{"line-color": fill, "line-width": roadWidth(0)},
		}),
	}...)
}

// footways draws tracks, paths and railways, under the streets.
func (s *sheet) footways() []object {
	p := s.p
	tracks := list{"!", flag("tunnel")}
	return []object{
		layer("path", "line", "road", object{
			"minzoom": 13, "filter": is("path", "track"),
			"layout": object{"line-join": "round"},
			"paint": object{"line-color": p.path, "line-dasharray": list{2.5, 1.5},
				"line-opacity": byZoom(13, 0.5, 15, 1),
				"line-width": growing(13, byClass("track", 0.7, 0.4), 15, byClass("track", 1.2, 0.8),
					18, byClass("track", 2.6, 2))},
		}),
		layer("rail", "line", "rail", object{
			"filter": list{"all", is("rail", "siding", "tram", "subway"), tracks},
			"layout": object{"line-join": "round"},
			"paint": object{"line-color": p.rail, "line-width": growing(
				8, byClass("rail", 0.5, 0), 12, byClass("rail", 1.1, "siding", 0, 0.9),
				14, byClass("rail", 2, "siding", 1, 1.4), 16, byClass("rail", 3.2, "siding", 2, 2),
				18, byClass("rail", 5, "siding", 3.4, 3))},
		}),
		layer("rail-ties", "line", "rail", object{
			"minzoom": 13, "filter": list{"all", is("rail"), tracks},
			"paint": object{"line-color": p.railCase, "line-dasharray": list{6, 6},
				"line-width": growing(13, 0.6, 14, 1, 16, 1.8, 18, 3.2)},
		}),
	}
}
