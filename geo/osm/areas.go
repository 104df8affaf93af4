package osm

import "github.com/paulmach/orb"

// Theme is the part of the map that an area belongs to.
type Theme string

// The themes of areas.
const (
	Land     Theme = "land"     // land use, vegetation, parks
	Water    Theme = "water"    // lakes, rivers, basins, pools
	Building Theme = "building" // roofs
)

// Area is something with an inside.
type Area struct {
	ID    int64
	Theme Theme
	// Class is what it is, in few words: for land wood, grass, park, farmland,
	// residential and so on (see landClass), for water lake, river, basin or
	// pool, for buildings "building".
	Class string
	Names
	Shape orb.MultiPolygon // outer rings counter-clockwise, holes clockwise
}

// areaClass sorts tags into theme and class; an empty class is not drawn.
func areaClass(t Tags) (Theme, string) {
	if t.Find("area") == "no" || t.Find("type") == "boundary" {
		return "", ""
	}
	if b := t.Find("building"); b != "" && b != "no" {
		return Building, "building"
	}
	if class := waterClass(t); class != "" {
		return Water, class
	}
	for _, tag := range t {
		if class := landClass(tag); class != "" {
			return Land, class
		}
	}
	return "", ""
}

func waterClass(t Tags) string {
	switch t.Find("natural") {
	case "water":
		switch t.Find("water") {
		case "river", "canal", "stream", "oxbow":
			return "river"
		case "basin", "wastewater", "reflecting_pool", "fountain":
			return "basin"
		}
		return "lake"
	}
	switch t.Find("waterway") {
	case "riverbank", "dock", "canal", "river":
		return "river"
	}
	switch t.Find("landuse") {
	case "reservoir", "pond":
		return "lake"
	case "basin", "salt_pond":
		return "basin"
	}
	if t.Find("leisure") == "swimming_pool" || t.Find("amenity") == "swimming_pool" {
		return "pool"
	}
	return ""
}

// landClass is the class of the first tag that means an area of land. Classes
// follow what is told apart on a calm map, not every value of the database.
func landClass(t Tag) string {
	switch t.Key {
	case "natural":
		return naturalClass(t.Value)
	case "landuse":
		return landuseClass(t.Value)
	case "leisure":
		return leisureClass(t.Value)
	case "amenity":
		switch t.Value {
		case "school", "university", "college", "kindergarten", "library":
			return "school"
		case "hospital", "clinic":
			return "hospital"
		case "parking":
			return "parking"
		case "grave_yard":
			return "cemetery"
		}
	case "tourism":
		switch t.Value {
		case "zoo", "theme_park", "camp_site", "caravan_site":
			return "park"
		}
	case "aeroway":
		switch t.Value {
		case "aerodrome":
			return "airport"
		case "apron", "helipad":
			return "apron"
		case "runway", "taxiway":
			return "runway"
		}
	case "man_made":
		if t.Value == "pier" || t.Value == "breakwater" {
			return "pier"
		}
	case "highway":
		if t.Value == "pedestrian" || t.Value == "footway" || t.Value == "platform" {
			return "plaza"
		}
	case "place":
		if t.Value == "square" {
			return "plaza"
		}
	}
	return ""
}

func naturalClass(value string) string {
	switch value {
	case "wood":
		return "wood"
	case "scrub", "heath":
		return "scrub"
	case "grassland", "fell", "tundra", "meadow":
		return "grass"
	case "wetland", "marsh", "mud":
		return "wetland"
	case "beach", "sand", "dune":
		return "sand"
	case "bare_rock", "rock", "scree", "shingle":
		return "rock"
	case "glacier":
		return "ice"
	}
	return ""
}

func landuseClass(value string) string {
	switch value {
	case "forest":
		return "wood"
	case "grass", "meadow", "village_green", "greenfield":
		return "grass"
	case "recreation_ground":
		return "park"
	case "farmland", "farm", "farmyard", "orchard", "vineyard", "plant_nursery",
		"allotments", "greenhouse_horticulture":
		return "farmland"
	case "residential":
		return "residential"
	case "retail", "commercial":
		return "commercial"
	case "industrial", "railway", "port", "quarry", "landfill", "garages", "brownfield":
		return "industrial"
	case "cemetery":
		return "cemetery"
	case "education":
		return "school"
	}
	return ""
}

func leisureClass(value string) string {
	switch value {
	case "park", "garden", "playground", "dog_park", "common", "golf_course",
		"miniature_golf", "water_park", "recreation_ground":
		return "park"
	case "pitch", "track", "stadium", "sports_centre":
		return "pitch"
	}
	return ""
}

// areas hands over the areas of the collected ways and relations. Areas of one
// object are one; those whose members the extract lacks are left out.
func (s *shapes) areas(fn func(*Area) error) error {
	consumed := map[int64]bool{} // ways that a relation draws, with its holes
	var found []Area
	for i := range s.relations {
		r := &s.relations[i]
		theme, class := areaClass(r.Tags)
		tags := r.Tags
		if class == "" && r.Tags.Find("type") == "multipolygon" {
			theme, class, tags = s.oldStyle(r, consumed)
		}
		if class == "" {
			continue
		}
		if shape, ok := s.multipolygon(r); ok {
			found = append(found, Area{r.ID, theme, class, NamesOf(tags), shape})
		}
	}
	for i := range s.ways {
		w := &s.ways[i]
		theme, class := areaClass(w.Tags)
		if class == "" || consumed[w.ID] || linear(w.Tags) {
			continue
		}
		if shape, ok := s.polygon(w); ok {
			a := Area{w.ID, theme, class, NamesOf(w.Tags), shape}
			if err := fn(&a); err != nil {
				return err
			}
		}
	}
	for i := range found {
		if err := fn(&found[i]); err != nil {
			return err
		}
	}
	return nil
}

// oldStyle reads multipolygons whose tags stand on their outer ways, as was the
// custom until 2017. The outer ways are then drawn by the relation alone.
func (s *shapes) oldStyle(r *Relation, consumed map[int64]bool) (Theme, string, Tags) {
	var theme Theme
	var class string
	var tags Tags
	for _, m := range r.Members {
		i, ok := s.byID[m.Ref]
		if m.Type != WayMember || m.Role == "inner" || !ok {
			continue
		}
		t, c := areaClass(s.ways[i].Tags)
		if class == "" && c != "" {
			theme, class, tags = t, c, s.ways[i].Tags
		}
		if c != "" && t == theme && c == class {
			consumed[m.Ref] = true
		}
	}
	return theme, class, tags
}

// linear reports whether a closed way with these tags is a line all the same: a
// street around a block, unless it says area=yes.
func linear(t Tags) bool {
	if t.Find("area") == "yes" || t.Has("building") {
		return false
	}
	return t.Has("highway") || t.Has("barrier") || t.Find("aeroway") == "runway" ||
		t.Find("aeroway") == "taxiway" || t.Find("leisure") == "track" ||
		t.Find("natural") == "coastline" && !t.Has("landuse")
}
