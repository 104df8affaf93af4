package osm

import (
	"context"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"beatplan/geo"
)

// MapRoad is a road as it is drawn; the routing network is read by ReadRoads.
type MapRoad struct {
	ID    int64
	Class string // motorway, trunk, primary, secondary, tertiary, minor, service, track, plaza, path
	Kind  string // the value of highway, without _link
	Link  bool   // a ramp or slip road
	Names
	Ref            string // road number, "I 95;US 202"
	OneWay         int    // 1 in the line's direction, -1 against it, 0 both ways
	Bridge, Tunnel bool
	Layer          int  // vertical order, −5 to 5
	Minor          bool // driveway, parking aisle or alley
	Line           orb.LineString
}

// MapLine is any other line.
type MapLine struct {
	ID int64
	// Class is river, canal, stream, ditch; rail, siding, tram, subway; runway,
	// taxiway; ferry; pier; cliff; boundary.
	Class string
	Names
	Bridge, Tunnel bool
	Level          int // of a boundary: 2 nation, 4 state, 6 county …
	Line           orb.LineString
}

// House is an address point.
type House struct {
	Number, Street string
	Point          orb.Point
}

// District is an administrative area.
type District struct {
	ID    int64
	Level int // 2 nation, 4 state, 6 county, 8 municipality …
	Names
	Shape orb.MultiPolygon
}

// MapHandler takes the features of a map. Features may be kept; nil functions
// skip their kind. An error ends the reading and is returned as is.
type MapHandler struct {
	Road     func(*MapRoad) error
	Line     func(*MapLine) error
	Area     func(*Area) error
	Place    func(*Place) error
	Landmark func(*POI) error // hospitals, schools, stations, peaks …
	House    func(*House) error
	District func(*District) error        // administrative areas whose outline is complete
	Sea      func(orb.MultiPolygon) error // once, last, if there is sea
}

// MapInfo says where a map lies.
type MapInfo struct {
	Box     geo.Box // of the file's header, or around its roads and coasts
	Program string
}

// Map streams everything that the basemap draws, in an order that depends on the
// file alone. It reads the file three times and keeps the drawn ways in memory
// (about 100 bytes a node). It fails as Scan does.
func Map(ctx context.Context, path string, opts Options, h MapHandler) (MapInfo, error) {
	head, err := ReadHeader(path)
	if err != nil {
		return MapInfo{}, err
	}
	m := mapReader{h: h}
	m.shapes = shapes{wantWay: wantMapWay, wantRelation: wantMapRelation, node: m.node}
	if err := m.shapes.read(ctx, path, opts); err != nil {
		return MapInfo{}, err
	}
	info := MapInfo(head)
	if info.Box == (geo.Box{}) {
		info.Box = m.extent()
	}
	steps := []func() error{
		m.ways, m.areas, m.areaPlaces, m.landmarks, m.districts,
		func() error { return m.coast(info.Box) },
	}
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return info, err
		}
		if err := step(); err != nil {
			return info, err
		}
	}
	return info, nil
}

func wantMapWay(w *Way) bool {
	t := w.Tags
	if roadClass(t) != "" || lineClass(t) != "" || t.Find("natural") == "coastline" {
		return true
	}
	_, class := areaClass(t)
	return class != "" || w.Closed() &&
		(placeClass(t) != "" || landmarkKind(t) != "" || t.Has("addr:housenumber"))
}

func wantMapRelation(r *Relation) bool {
	switch r.Tags.Find("type") {
	case "multipolygon":
		return true
	case "boundary":
		return r.Tags.Find("boundary") == "administrative"
	}
	return false
}

// mapReader collects nodes while the file is read and hands over the rest after.
type mapReader struct {
	shapes
	h     MapHandler
	marks []POI
}

// node hands over what stands on a single node.
func (m *mapReader) node(n *Node) error {
	if class := placeClass(n.Tags); class != "" && m.h.Place != nil {
		p := newPlace(n.ID, class, n.Tags)
		p.Point = n.Point()
		return m.h.Place(&p)
	}
	if kind := landmarkKind(n.Tags); kind != "" && m.h.Landmark != nil {
		m.marks = append(m.marks, newPOI(n.ID, NodeMember, kind, n.Tags).at(n.Point()))
	}
	if number := n.Tags.Find("addr:housenumber"); number != "" && m.h.House != nil {
		street := strings.Clone(n.Tags.Find("addr:street"))
		return m.h.House(&House{strings.Clone(number), street, n.Point()})
	}
	return nil
}

// extent is the box around roads and coasts, for files that do not say theirs.
func (m *mapReader) extent() geo.Box {
	var box geo.Box
	first := true
	for i := range m.shapes.ways {
		w := &m.shapes.ways[i]
		if roadClass(w.Tags) == "" && w.Tags.Find("natural") != "coastline" {
			continue
		}
		line := m.line(w.Nodes)
		if len(line) == 0 {
			continue
		}
		if first {
			box, first = line.Bound(), false
		}
		box = box.Union(line.Bound())
	}
	return box
}

// ways hands over roads and lines.
func (m *mapReader) ways() error {
	levels := m.boundaryLevels()
	for i := range m.shapes.ways {
		w := &m.shapes.ways[i]
		line := m.line(w.Nodes)
		if len(line) < 2 {
			continue
		}
		if class := roadClass(w.Tags); class != "" && m.h.Road != nil && !roadArea(w) {
			road := newRoad(w, class, line)
			if err := m.h.Road(&road); err != nil {
				return err
			}
		}
		if m.h.Line == nil {
			continue
		}
		class := lineClass(w.Tags)
		level := levels[w.ID]
		if class == "" && level > 0 && w.Tags.Find("natural") != "coastline" {
			class = "boundary"
		}
		if class == "" || class == "boundary" && level == 0 {
			continue
		}
		l := MapLine{
			ID: w.ID, Class: class, Names: NamesOf(w.Tags), Line: line, Level: level,
			Bridge: yes(w.Tags.Find("bridge")), Tunnel: yes(w.Tags.Find("tunnel")),
		}
		if err := m.h.Line(&l); err != nil {
			return err
		}
	}
	return nil
}

// boundaryLevels is the highest rank (lowest number) of administrative boundary
// that each way is part of.
func (m *mapReader) boundaryLevels() map[int64]int {
	levels := map[int64]int{}
	for _, r := range m.relations {
		if r.Tags.Find("boundary") != "administrative" {
			continue
		}
		level := adminLevel(r.Tags)
		for _, member := range r.Members {
			old := levels[member.Ref]
			if member.Type == WayMember && level > 0 && (old == 0 || level < old) {
				levels[member.Ref] = level
			}
		}
	}
	return levels
}

// districts hands over the administrative areas.
func (m *mapReader) districts() error {
	if m.h.District == nil {
		return nil
	}
	for i := range m.relations {
		r := &m.relations[i]
		level := adminLevel(r.Tags)
		if r.Tags.Find("boundary") != "administrative" || level == 0 || !r.Tags.Has("name") {
			continue
		}
		shape, ok := m.multipolygon(r)
		if !ok {
			continue
		}
		if err := m.h.District(&District{r.ID, level, NamesOf(r.Tags), shape}); err != nil {
			return err
		}
	}
	return nil
}

func adminLevel(t Tags) int {
	v := t.Find("admin_level")
	if len(v) == 1 && v[0] >= '2' && v[0] <= '9' {
		return int(v[0] - '0')
	}
	return 0
}

// areas hands over areas; shadowed names keep the handler optional.
func (m *mapReader) areas() error {
	if m.h.Area == nil {
		return nil
	}
	return m.shapes.areas(m.h.Area)
}

// areaPlaces hands over the places that are drawn as areas, at a point inside,
// unless a node of the same name was there already (callers remove repeats by
// name and distance).
func (m *mapReader) areaPlaces() error {
	if m.h.Place == nil {
		return nil
	}
	for i := range m.shapes.ways {
		w := &m.shapes.ways[i]
		class := placeClass(w.Tags)
		if class == "" {
			continue
		}
		shape, ok := m.polygon(w)
		if !ok {
			continue
		}
		p := newPlace(w.ID, class, w.Tags)
		p.Point = Inside(shape)
		p.Outlined = true
		if err := m.h.Place(&p); err != nil {
			return err
		}
	}
	return nil
}

func (m *mapReader) landmarks() error {
	if m.h.House != nil {
		if err := m.houses(); err != nil {
			return err
		}
	}
	if m.h.Landmark == nil {
		return nil
	}
	found := append(m.marks, m.areaPOIs(landmarkKind)...)
	return eachOnce(found, func(p POI) error { return m.h.Landmark(&p) })
}

// houses hands over the buildings that carry an address.
func (m *mapReader) houses() error {
	for i := range m.shapes.ways {
		w := &m.shapes.ways[i]
		number := w.Tags.Find("addr:housenumber")
		if number == "" {
			continue
		}
		shape, ok := m.polygon(w)
		if !ok {
			continue
		}
		house := House{number, w.Tags.Find("addr:street"), Inside(shape)}
		if err := m.h.House(&house); err != nil {
			return err
		}
	}
	return nil
}

// SeaMargin is how far the sea is drawn beyond the extract's box, in degrees, so
// that the open water does not end where the last road does.
const SeaMargin = 0.5

// landCell is the grain, in degrees, of the land points that guide the coast.
const landCell = 0.02

// coast closes the coastlines.
func (m *mapReader) coast(box geo.Box) error {
	if m.h.Sea == nil {
		return nil
	}
	var coasts [][]int64
	land := map[[2]int]orb.Point{}
	for i := range m.shapes.ways {
		w := &m.shapes.ways[i]
		if w.Tags.Find("natural") == "coastline" {
			coasts = append(coasts, w.Nodes)
			continue
		}
		if roadClass(w.Tags) == "" || yes(w.Tags.Find("bridge")) || yes(w.Tags.Find("tunnel")) {
			continue
		}
		for _, p := range m.line(w.Nodes) {
			land[[2]int{int(p[0] / landCell), int(p[1] / landCell)}] = p
		}
	}
	var chains []orb.LineString
	for _, c := range joinWays(coasts, false) {
		if line := m.line(c); len(line) > 1 {
			chains = append(chains, line)
		}
	}
	points := make([]orb.Point, 0, len(land))
	for _, p := range land {
		points = append(points, p)
	}
	slices.SortFunc(points, func(a, b orb.Point) int { return slices.Compare(a[:], b[:]) })
	if shape := sea(chains, box, box.Pad(SeaMargin), points); len(shape) > 0 {
		return m.h.Sea(shape)
	}
	return nil
}

func yes(v string) bool { return v != "" && v != "no" && v != "0" && v != "false" }
