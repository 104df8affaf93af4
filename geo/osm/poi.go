package osm

import (
	"context"
	"math"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// POI is a named point of interest: a shop, a restaurant, an office. Shops that
// are drawn as an area stand at the area's centroid.
type POI struct {
	ID    int64      // of the object, unique within its type
	Type  MemberType // node, way or relation
	Names            // Local is never empty
	Kind  string     // key and value, as "shop/supermarket"
	Point orb.Point
	// Tags holds what was said about address (addr:*), phone, website,
	// opening_hours, brand, operator, cuisine; nothing else.
	Tags map[string]string
}

// Address puts the address tags into one line, as "1200 N Market St, Wilmington,
// DE 19801". Empty when there is no street.
func (p *POI) Address() string {
	street := p.Tags["addr:street"]
	if street == "" {
		return p.Tags["addr:full"]
	}
	line := strings.TrimSpace(p.Tags["addr:housenumber"] + " " + street)
	if city := p.Tags["addr:city"]; city != "" {
		line += ", " + city
	}
	region := strings.TrimSpace(p.Tags["addr:state"] + " " + p.Tags["addr:postcode"])
	if region != "" {
		line += ", " + region
	}
	return line
}

// sameSpot is the distance in degrees (about 90 m) within which two points of
// the same kind and name are one business mapped twice, as node and as building.
const sameSpot = 0.0008

// POIs streams the businesses that a field sales team could call on, each once:
// nodes first, then areas, in the order of the file. It fails as Scan does, and
// with what fn returns. Three passes over the file.
func POIs(ctx context.Context, path string, fn func(POI) error) error {
	var found []POI
	s := shapes{
		wantWay: func(w *Way) bool { return businessKind(w.Tags) != "" && w.Tags.Has("name") },
		wantRelation: func(r *Relation) bool {
			return r.Tags.Find("type") == "multipolygon" && businessKind(r.Tags) != "" &&
				r.Tags.Has("name")
		},
		node: func(n *Node) error {
			if kind := businessKind(n.Tags); kind != "" && n.Tags.Has("name") {
				found = append(found, newPOI(n.ID, NodeMember, kind, n.Tags).at(n.Point()))
			}
			return nil
		},
	}
	if err := s.read(ctx, path, Options{}); err != nil {
		return err
	}
	found = append(found, s.areaPOIs(businessKind)...)
	return eachOnce(found, fn)
}

// areaPOIs turns the collected ways and relations of interest into points.
func (s *shapes) areaPOIs(kindOf func(Tags) string) []POI {
	var found []POI
	for i := range s.ways {
		w := &s.ways[i]
		kind := kindOf(w.Tags)
		if kind == "" || !w.Tags.Has("name") {
			continue
		}
		if shape, ok := s.polygon(w); ok {
			found = append(found, newPOI(w.ID, WayMember, kind, w.Tags).at(Inside(shape)))
		}
	}
	for i := range s.relations {
		r := &s.relations[i]
		kind := kindOf(r.Tags)
		if kind == "" || !r.Tags.Has("name") {
			continue
		}
		if shape, ok := s.multipolygon(r); ok {
			found = append(found, newPOI(r.ID, RelationMember, kind, r.Tags).at(Inside(shape)))
		}
	}
	return found
}

// eachOnce hands over every point but repeats of one business at one spot.
func eachOnce(found []POI, fn func(POI) error) error {
	seen := map[string][]orb.Point{}
	for _, p := range found {
		key := p.Kind + "\x00" + p.Local
		repeat := false
		for _, q := range seen[key] {
			repeat = repeat || planar.Distance(p.Point, q) < sameSpot
		}
		if repeat || p.Local == "" {
			continue
		}
		seen[key] = append(seen[key], p.Point)
		if err := fn(p); err != nil {
			return err
		}
	}
	return nil
}

func newPOI(id int64, t MemberType, kind string, tags Tags) POI {
	p := POI{ID: id, Type: t, Names: NamesOf(tags), Kind: strings.Clone(kind)}
	p.Local = strings.TrimSpace(p.Local)
	p.Tags = map[string]string{}
	for _, tag := range tags {
		if poiTag(tag.Key) {
			p.Tags[strings.Clone(tag.Key)] = strings.Clone(tag.Value)
		}
	}
	return p
}

func (p POI) at(point orb.Point) POI {
	p.Point = point
	return p
}

func poiTag(key string) bool {
	switch key {
	case "phone", "contact:phone", "website", "contact:website", "opening_hours",
		"brand", "operator", "cuisine":
		return true
	}
	return strings.HasPrefix(key, "addr:")
}

// Inside is the centroid of the largest part; where that lies outside (a
// horseshoe), the middle of the widest stretch on the centroid's parallel.
func Inside(shape orb.MultiPolygon) orb.Point {
	best, bestArea := shape[0], -1.0
	for _, p := range shape {
		if a := math.Abs(planar.Area(p[0])); a > bestArea {
			best, bestArea = p, a
		}
	}
	c, _ := planar.CentroidArea(best)
	if planar.PolygonContains(best, c) {
		return c
	}
	return widest(best, c[1], c)
}

// businessKind is the kind of a point that a sales team could call on, or "".
func businessKind(t Tags) string {
	if t.Has("disused") || t.Find("abandoned") == "yes" {
		return ""
	}
	for _, tag := range t {
		if businessTag(tag) {
			return tag.Key + "/" + tag.Value
		}
	}
	return ""
}

func businessTag(t Tag) bool {
	switch t.Key {
	case "shop":
		return t.Value != "no" && t.Value != "vacant"
	case "office", "craft", "healthcare":
		return t.Value != "no"
	case "amenity":
		switch t.Value {
		case "restaurant", "fast_food", "cafe", "bar", "pub", "biergarten", "food_court",
			"ice_cream", "fuel", "car_wash", "car_rental", "pharmacy", "bank", "clinic",
			"doctors", "dentist", "veterinary", "hospital", "nursing_home", "hotel",
			"cinema", "theatre", "nightclub", "marketplace", "post_office", "kindergarten",
			"childcare", "driving_school", "bureau_de_change", "studio", "conference_centre",
			"events_venue", "casino", "spa", "vehicle_inspection":
			return true
		}
	case "tourism":
		switch t.Value {
		case "hotel", "motel", "guest_house", "hostel", "chalet", "apartment", "museum",
			"gallery", "attraction", "theme_park", "zoo", "aquarium", "caravan_site":
			return true
		}
	case "leisure":
		switch t.Value {
		case "fitness_centre", "sports_centre", "bowling_alley", "golf_course", "marina",
			"water_park", "dance", "amusement_arcade", "miniature_golf", "ice_rink":
			return true
		}
	}
	return false
}
