package basemap

import (
	"context"
	"math"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"

	"beatplan/geo"
	"beatplan/geo/osm"
)

// collect reads an extract onto a sheet.
func collect(
	ctx context.Context, path string, progress func(float64),
) (*sheet, osm.MapInfo, error) {
	s := &sheet{book: book{}}
	opts := osm.Options{Progress: func(done, total int64) {
		if total > 0 {
			progress(float64(done) / float64(total))
		}
	}}
	var sea orb.MultiPolygon
	info, err := osm.Map(ctx, path, opts, osm.MapHandler{
		Road: s.road, Line: s.line, Area: s.area, Place: s.place,
		Landmark: s.landmark, House: s.house, Sea: func(shape orb.MultiPolygon) error { sea = shape; return nil },
	})
	if err != nil {
		return nil, info, err
	}
	s.seaOf(sea, info.Box)
	s.arrange()
	return s, info, nil
}

// roadFrom is the zoom from which a road is drawn.
func roadFrom(r *osm.MapRoad) int {
	from := map[string]int{
		"motorway": 4, "trunk": 5, "primary": 7, "secondary": 9, "tertiary": 10,
		"minor": 12, "plaza": 13, "service": 13, "track": 13, "path": 14,
	}[r.Class]
	if r.Link {
		from = max(from, 10) + 1
	}
	if r.Minor {
		from = MaxZoom
	}
	return from
}

func (s *sheet) road(r *osm.MapRoad) error {
	class, link := pair{"class", r.Class}, pair{"link", r.Link}
	bridge, tunnel := pair{"bridge", r.Bridge}, pair{"tunnel", r.Tunnel}
	course := worldLine(r.Line)
	s.add(layerRoad, feature{
		from: roadFrom(r), line: course,
		detail: [3]*attrs{
			s.book.of(class, link),
			s.book.of(class, link, bridge, tunnel),
			s.book.of(class, link, bridge, tunnel, pair{"oneway", drawnOneWay(r)},
				pair{"minor", r.Minor}),
		},
	})
	s.roadName(r, course)
	return nil
}

// drawnOneWay leaves the direction of motorways out: nobody needs arrows there.
func drawnOneWay(r *osm.MapRoad) int {
	switch r.Class {
	case "motorway", "path", "track", "plaza":
		return 0
	}
	return r.OneWay
}

func (s *sheet) roadName(r *osm.MapRoad, course orb.LineString) {
	if r.Link || r.Local == "" && r.Ref == "" {
		return
	}
	ref := shortRef(r.Ref)
	from := map[string]int{
		"motorway": 8, "trunk": 9, "primary": 10, "secondary": 12, "tertiary": 12,
	}[r.Class]
	if from == 0 {
		from = MaxZoom
		ref = ""
		if r.Local == "" {
			return
		}
	}
	class := pair{"class", r.Class}
	low := feature{from: from, to: 11, line: course}
	low.detail = same(s.book.of(class, pair{"ref", ref}))
	if ref != "" && from < 12 {
		s.add(layerRoadName, low)
	}
	all := s.book.of(append(named(r.Names), class, pair{"ref", ref})...)
	s.add(layerRoadName, feature{from: max(from, 12), line: course, detail: same(all)})
}

// shortRef is the first of several road numbers, if short enough for a shield.
func shortRef(ref string) string {
	ref, _, _ = strings.Cut(ref, ";")
	ref = strings.TrimSpace(ref)
	if strings.HasPrefix(ref, "(") {
		return "" // not signed
	}
	if len([]rune(ref)) > 8 {
		return ""
	}
	return ref
}

func (s *sheet) line(l *osm.MapLine) error {
	class := pair{"class", l.Class}
	f := feature{line: worldLine(l.Line)}
	layer := layerWaterway
	switch l.Class {
	case "river", "canal", "stream", "ditch":
		f.from = map[string]int{"river": 7, "canal": 10, "stream": 12, "ditch": 13}[l.Class]
		if l.Tunnel {
			return nil
		}
		f.detail = same(s.book.of(append(named(l.Names), class)...))
		f.detail[0] = s.book.of(class)
	case "runway", "taxiway":
		layer = layerAeroway
		f.from = map[string]int{"runway": 10, "taxiway": 12}[l.Class]
		f.detail = same(s.book.of(class))
	case "boundary":
		layer = layerBoundary
		if l.Level < 3 || l.Level > 8 {
			return nil
		}
		f.from = [...]int{3: 4, 4: 4, 5: 7, 6: 8, 7: 10, 8: 11}[l.Level]
		f.detail = same(s.book.of(pair{"level", l.Level}))
	case "rail", "siding", "tram", "subway", "ferry":
		layer = layerRail
		f.from = map[string]int{"rail": 8, "siding": 13, "tram": 12, "subway": 12, "ferry": 9}[l.Class]
		f.detail = same(s.book.of(class, pair{"tunnel", l.Tunnel}))
	default: // piers and cliffs as lines say little on this map
		return nil
	}
	s.add(layer, f)
	return nil
}

// seaOf draws the sea within the extract's box, and apart from it, in rings
// numbered outward as margin, the sea guessed beyond: styles let it fade, and
// where another region covers that ground it is left out.
func (s *sheet) seaOf(shape orb.MultiPolygon, box geo.Box) {
	const step = osm.SeaMargin / seaRings
	s.seaIn(shape, box, 0)
	for ring := 1; ring <= seaRings; ring++ {
		outer := box.Pad(step)
		for _, band := range [...]geo.Box{
			{Min: orb.Point{outer.Min[0], box.Max[1]}, Max: outer.Max},
			{Min: outer.Min, Max: orb.Point{outer.Max[0], box.Min[1]}},
			{Min: orb.Point{outer.Min[0], box.Min[1]}, Max: orb.Point{box.Min[0], box.Max[1]}},
			{Min: orb.Point{box.Max[0], box.Min[1]}, Max: orb.Point{outer.Max[0], box.Max[1]}},
		} {
			s.seaIn(shape, band, ring)
		}
		box = outer
	}
}

// seaRings is the number of steps in which the guessed sea fades.
const seaRings = 16

func (s *sheet) seaIn(shape orb.MultiPolygon, box geo.Box, margin int) {
	for _, polygon := range clip.MultiPolygon(box, shape.Clone()) {
		sea, area := worldShape(orb.MultiPolygon{polygon})
		s.add(layerWater, feature{
			from: MinZoom, shape: sea, area: area,
			detail: same(s.book.of(pair{"class", "sea"}, pair{"margin", margin})),
		})
	}
}

// landFrom is the zoom from which a class of land is drawn.
func landFrom(class string) int {
	switch class {
	case "wood", "residential", "ice", "rock":
		return 5
	case "scrub", "grass", "farmland", "wetland", "park", "sand", "airport", "industrial":
		return 8
	case "parking", "pitch", "plaza", "pier", "apron", "runway":
		return 13
	}
	return 10
}

func (s *sheet) area(a *osm.Area) error {
	shape, area := worldShape(a.Shape)
	class := s.book.of(pair{"class", a.Class})
	f := feature{shape: shape, area: area, detail: same(class)}
	switch a.Theme {
	case osm.Building:
		f.from = 13
		f.detail = same(s.book.of())
		s.add(layerBuilding, f)
	case osm.Water:
		f.from = map[string]int{"lake": 5, "river": 6, "basin": 11, "pool": 14}[a.Class]
		s.add(layerWater, f)
		if a.Local != "" && a.Class == "lake" {
			s.waterName(a.Names, "lake", osm.Inside(a.Shape), area)
		}
	case osm.Land:
		f.from = landFrom(a.Class)
		s.add(layerLand, f)
	}
	return nil
}

// waterName labels a lake from the zoom at which it is about 60 pixels wide.
func (s *sheet) waterName(n osm.Names, class string, at orb.Point, area float64) {
	width := math.Sqrt(area)
	from := 14
	for from > 8 && width*float64(int(512)<<(from-1)) > 60 {
		from--
	}
	s.add(layerWaterName, feature{
		from: from, point: world(at),
		detail: same(s.book.of(append(named(n), pair{"class", class})...)),
	})
}

func (s *sheet) house(h *osm.House) error {
	if len(h.Number) > 8 {
		return nil
	}
	s.add(layerHouse, feature{
		from: MaxZoom, point: world(h.Point), detail: same(s.book.of(pair{"number", h.Number})),
	})
	return nil
}
