package basemap

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"beatplan/geo/osm"
)

// place is a settlement before it is ranked.
type place struct {
	osm.Place
	at orb.Point // world
}

func (s *sheet) place(p *osm.Place) error {
	if small(p) {
		p.Class = "town"
	}
	s.places = append(s.places, place{*p, world(p.Point)})
	return nil
}

// small reports whether a city is one by charter only: known to be small, or not
// known to have people at all while an outline of its limits is mapped.
func small(p *osm.Place) bool {
	const people = 20_000
	return p.Class == "city" && p.Capital == 0 &&
		(p.Population > 0 && p.Population < people || p.Population == 0 && p.Outlined)
}

// weight orders places: class first, then people.
func (p *place) weight() float64 {
	base := map[string]float64{
		"city": 6, "town": 5, "village": 4, "suburb": 3.5, "island": 3,
		"neighbourhood": 2, "hamlet": 2, "locality": 1,
	}[p.Class]
	if p.Population > 0 {
		base += math.Log10(float64(p.Population)) / 8
	}
	if p.Capital > 0 && p.Capital <= 4 {
		base++
	}
	return base
}

// placeFrom is the zoom from which a class of place may be labelled.
func placeFrom(p *place) int {
	switch p.Class {
	case "city":
		return 4
	case "town":
		switch {
		case p.Population >= 10_000:
			return 7
		case p.Population == 0 && p.Outlined:
			return 9
		}
		return 8
	case "village":
		return 10
	case "island":
		return 12
	case "suburb":
		return 11
	case "neighbourhood":
		return 12
	}
	return 13
}

// samePlace is the distance in world units (about 6 km at 40° north) within
// which two places of one name are one, mapped as a point and as an area.
const samePlace = 2e-4

// arrangePlaces ranks the places and drops repeats: the weightier stays.
func (s *sheet) arrangePlaces() {
	slices.SortStableFunc(s.places, func(a, b place) int {
		return cmp.Or(cmp.Compare(b.weight(), a.weight()), cmp.Compare(a.ID, b.ID))
	})
	seen := map[string][]orb.Point{}
	rank := 0
	for i := range s.places {
		p := &s.places[i]
		repeat := slices.ContainsFunc(seen[p.Local], func(q orb.Point) bool {
			return planar.Distance(p.at, q) < samePlace
		})
		if repeat {
			continue
		}
		seen[p.Local] = append(seen[p.Local], p.at)
		rank++
		s.add(layerPlace, feature{
			from: placeFrom(p), point: p.at,
			detail: same(s.book.of(append(named(p.Names), pair{"class", p.Class},
				pair{"rank", min(rank, 1000)}, pair{"capital", p.Capital})...)),
		})
	}
	s.places = nil
}

// landmarkClass groups the kinds of landmark, with a rank and the zoom from which
// they are labelled.
func landmarkClass(kind string) (class string, rank, from int) {
	switch kind {
	case "aeroway/aerodrome":
		return "airport", 1, 12
	case "amenity/hospital":
		return "hospital", 2, 13
	case "railway/station", "railway/halt", "amenity/bus_station", "amenity/ferry_terminal",
		"aeroway/terminal":
		return "transport", 3, 13
	case "amenity/university", "amenity/college":
		return "school", 4, 13
	case "boundary/protected_area", "boundary/national_park", "leisure/nature_reserve",
		"landuse/military":
		return "nature", 5, 11
	case "leisure/park", "leisure/golf_course", "leisure/stadium", "leisure/marina",
		"tourism/zoo", "tourism/theme_park":
		return "park", 6, 13
	case "natural/peak", "natural/cape", "natural/beach", "natural/saddle":
		return "nature", 7, 12
	case "shop/mall", "amenity/marketplace":
		return "shopping", 5, 14
	case "amenity/townhall", "amenity/courthouse", "amenity/library", "amenity/police",
		"amenity/fire_station", "amenity/prison":
		return "civic", 8, 14
	case "tourism/museum", "tourism/attraction", "tourism/viewpoint", "amenity/theatre":
		return "culture", 8, 14
	case "amenity/school":
		return "school", 9, 14
	case "amenity/place_of_worship":
		return "worship", 10, 14
	case "landuse/cemetery":
		return "cemetery", 10, 14
	}
	return "", 0, 0
}

func (s *sheet) landmark(p *osm.POI) error {
	if p.Kind == "natural/bay" {
		s.add(layerWaterName, feature{
			from: bayFrom(p.Local), point: world(p.Point),
			detail: same(s.book.of(append(named(p.Names), pair{"class", "bay"})...)),
		})
		return nil
	}
	class, rank, from := landmarkClass(p.Kind)
	if class == "" {
		return nil
	}
	s.add(layerPOI, feature{
		from: from, point: world(p.Point),
		detail: same(s.book.of(append(named(p.Names), pair{"class", class},
			pair{"rank", rank})...)),
	})
	return nil
}

// bayFrom shows what calls itself a bay or gulf early, coves and anchorages late.
func bayFrom(name string) int {
	for _, word := range []string{" Bay", " Gulf", " Sound", "湾", "海"} {
		if len(name) > len(word) && name[len(name)-len(word):] == word {
			return 9
		}
	}
	return 12
}
