// Package oracle_test checks routing against the plainest possible answer:
// Dijkstra's algorithm over the raw ways and restrictions of an extract, node
// by node. It reads the rules from the package comment of routing/network and
// shares no code with it, only the reader.
package oracle_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"beatplan/geo/osm"
)

// edge is one direction of the stretch between two neighbouring nodes.
type edge struct {
	from, to int64
	way      int64
	twin     int // the other direction, -1 when forbidden
	ms, cm   int64
	private  bool
	link     int     // the stretch: equal for both directions
	course   float64 // degrees
	end      *node   // that it leads to
}

type node struct {
	lon, lat float64
	out      []int // edges that leave
	links    int   // ends of stretches that meet here
	blocked  bool
	signal   bool
	present  bool
}

type chain struct {
	only  bool
	edges []int
}

type graph struct {
	nodes    map[int64]*node
	edges    []edge
	chains   []chain
	starting map[int][]int // chains by their first edge
	between  map[[2]int64][]int
	ways     map[int64]osm.Way
	usable   map[int64]bool
	in       map[int64][]int // edges by the node they arrive at
	bends    [361]int64      // milliseconds of a turn, by its angle + 180
	cuts     [][3]int64      // from, to, way of every stretch
}

// read builds the graph of an extract.
func read(t testing.TB, path string) *graph {
	t.Helper()
	g := &graph{
		nodes: map[int64]*node{}, starting: map[int][]int{}, between: map[[2]int64][]int{},
		ways: map[int64]osm.Way{}, usable: map[int64]bool{},
	}
	var order []int64
	var rules []osm.Relation
	nodeTags := map[int64]osm.Tags{}
	err := osm.Scan(t.Context(), path, osm.Options{}, osm.Handler{
		Node: func(n *osm.Node) error {
			g.nodes[n.ID] = &node{lon: float64(n.Lon) / 1e7, lat: float64(n.Lat) / 1e7, present: true}
			if len(n.Tags) > 0 {
				nodeTags[n.ID] = n.Tags.Clone()
			}
			return nil
		},
		Way: func(w *osm.Way) error {
			if w.Tags.Has("highway") || w.Tags.Has("route") {
				order = append(order, w.ID)
				g.ways[w.ID] = osm.Way{
					ID: w.ID, Nodes: append([]int64(nil), w.Nodes...), Tags: w.Tags.Clone(),
				}
			}
			return nil
		},
		Relation: func(r *osm.Relation) error {
			if strings.HasPrefix(r.Tags.Find("type"), "restriction") {
				rules = append(rules, osm.Relation{
					ID: r.ID, Members: append([]osm.Member(nil), r.Members...), Tags: r.Tags.Clone(),
				})
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range g.bends {
		g.bends[i] = sigmoid(i - 180)
	}
	for _, id := range order {
		g.addWay(g.ways[id])
	}
	for id, tags := range nodeTags {
		g.nodes[id].blocked = closed(tags)
		g.nodes[id].signal = tags.Find("highway") == "traffic_signals"
	}
	g.spreadPrivate()
	for _, r := range rules {
		g.addRule(r)
	}
	return g
}

// kmh are OSRM's car speeds.
func kmh(class string) float64 {
	switch class {
	case "motorway":
		return 90
	case "trunk":
		return 85
	case "primary":
		return 65
	case "secondary":
		return 55
	case "motorway_link":
		return 45
	case "trunk_link", "tertiary":
		return 40
	case "primary_link":
		return 30
	case "secondary_link", "unclassified", "residential":
		return 25
	case "tertiary_link", "road":
		return 20
	case "service":
		return 15
	case "living_street":
		return 10
	}
	return 0
}

func head(v string) string {
	if i := strings.IndexByte(v, ';'); i >= 0 {
		v = v[:i]
	}
	return strings.TrimSpace(v)
}

func vehicleAccess(t osm.Tags) string {
	for _, k := range []string{"motorcar", "motor_vehicle", "vehicle", "access"} {
		if v := t.Find(k); v != "" {
			return head(v)
		}
	}
	return ""
}

func refused(access string) bool {
	switch access {
	case "no", "agricultural", "forestry", "emergency", "psv", "bus":
		return true
	}
	return false
}

func destinationOnly(access string) bool {
	switch access {
	case "private", "delivery", "destination", "customers":
		return true
	}
	return false
}

func (g *graph) addWay(w osm.Way) {
	tags := w.Tags
	base := kmh(tags.Find("highway"))
	ferry := false
	if base == 0 {
		switch tags.Find("route") {
		case "ferry":
			base, ferry = 5, true
		case "shuttle_train":
			base, ferry = 10, true
		}
	}
	access := vehicleAccess(tags)
	if base == 0 || refused(access) || tags.Find("area") == "yes" ||
		tags.Find("service") == "emergency_access" || tags.Find("oneway") == "reversible" ||
		tags.Find("impassable") == "yes" {
		return
	}
	fwd, bwd := tenths(tags, base, ":forward"), tenths(tags, base, ":backward")
	if fwd == 0 && bwd == 0 {
		return
	}
	switch way := direction(tags); {
	case way > 0:
		bwd = 0
	case way < 0:
		fwd = 0
	}
	first := len(g.cuts)
	prev := int64(math.MinInt64)
	total := int64(0)
	for _, id := range w.Nodes {
		n := g.nodes[id]
		if n == nil {
			prev = math.MinInt64
			continue
		}
		if prev != math.MinInt64 && prev != id {
			g.cuts = append(g.cuts, [3]int64{prev, id, w.ID})
			total += max(1, int64(math.Round(ground(g.nodes[prev], n)*100)))
		}
		prev = id
	}
	if d := crossing(tags.Find("duration")); ferry && d > 0 {
		speed := max(1, (total*360+d/2)/d)
		if fwd > 0 {
			fwd = speed
		}
		if bwd > 0 {
			bwd = speed
		}
	}
	g.usable[w.ID] = fwd > 0 || bwd > 0
	for link := first; link < len(g.cuts); link++ {
		g.addLink(link, fwd, bwd, destinationOnly(access))
	}
}

func (g *graph) addLink(link int, fwd, bwd int64, private bool) {
	a, b, way := g.cuts[link][0], g.cuts[link][1], g.cuts[link][2]
	cm := max(1, int64(math.Round(ground(g.nodes[a], g.nodes[b])*100)))
	g.nodes[a].links++
	g.nodes[b].links++
	add := func(from, to, speed int64) int {
		ms := max(1, (cm*360+speed/2)/speed)
		g.edges = append(g.edges, edge{
			from: from, to: to, way: way, twin: -1, ms: ms, cm: cm, private: private, link: link,
			course: course(g.nodes[from], g.nodes[to]), end: g.nodes[to],
		})
		id := len(g.edges) - 1
		g.nodes[from].out = append(g.nodes[from].out, id)
		g.between[[2]int64{from, to}] = append(g.between[[2]int64{from, to}], id)
		return id
	}
	there, back := -1, -1
	if fwd > 0 {
		there = add(a, b, fwd)
	}
	if bwd > 0 {
		back = add(b, a, bwd)
	}
	if there >= 0 && back >= 0 {
		g.edges[there].twin, g.edges[back].twin = back, there
	}
}

// ground is the haversine distance in metres on the mean sphere.
func ground(a, b *node) float64 {
	rad := math.Pi / 180
	s := math.Pow(math.Sin((b.lat-a.lat)*rad/2), 2) +
		math.Cos(a.lat*rad)*math.Cos(b.lat*rad)*math.Pow(math.Sin((b.lon-a.lon)*rad/2), 2)
	return 2 * 6371008.8 * math.Asin(math.Sqrt(s))
}

func direction(t osm.Tags) int {
	for _, k := range []string{"oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway"} {
		if v := t.Find(k); v != "" {
			switch head(v) {
			case "yes", "1", "true":
				return 1
			case "-1", "reverse":
				return -1
			case "no", "0", "false":
				return 0
			}
			break
		}
	}
	junction := t.Find("junction")
	if t.Find("highway") == "motorway" || junction == "roundabout" || junction == "circular" {
		return 1
	}
	return 0
}

// tenths is the speed in tenths of km/h: 80 % of the limit or the class, but no
// more than the surface allows.
func tenths(t osm.Tags, base float64, side string) int64 {
	v := base
	limit := posted(t.Find("maxspeed" + side))
	if limit == 0 {
		limit = posted(t.Find("maxspeed"))
	}
	for _, key := range []string{"maxspeed:type", "source:maxspeed", "zone:maxspeed", "zone:traffic"} {
		if v := t.Find(key); limit == 0 && strings.Contains(v, ":") {
			limit = posted(v)
		}
	}
	if limit > 0 {
		v = limit * 0.8
	}
	v = math.Min(v, surfaceBound(t.Find("surface")))
	v = math.Min(v, lookup(t.Find("tracktype"), "grade1=60 grade2=40 grade3=30 grade4=25 grade5=20"))
	v = math.Min(v, lookup(t.Find("smoothness"),
		"intermediate=80 bad=40 very_bad=20 horrible=10 very_horrible=5 impassable=0"))
	out := int64(math.Round(v * 10))
	if out < 10 {
		return 0
	}
	return out
}

func surfaceBound(s string) float64 {
	return lookup(s, "cement=80 compacted=80 fine_gravel=80 paving_stones=60 metal=60 bricks=60 "+
		"grass=40 wood=40 sett=40 grass_paver=40 gravel=40 unpaved=40 ground=40 dirt=40 "+
		"pebblestone=40 tartan=40 cobblestone=30 clay=30 earth=20 stone=20 rocky=20 sand=20 mud=10")
}

func lookup(key, table string) float64 {
	for _, pair := range strings.Fields(table) {
		k, v, _ := strings.Cut(pair, "=")
		if k == key {
			f, _ := strconv.ParseFloat(v, 64)
			return f
		}
	}
	return math.Inf(1)
}

// laws are the limits of countries that differ from the words without a country.
const laws = "AT:rural=100 AT:trunk=100 AU:rural=100 BE:motorway=120 BG:motorway=140 CA:rural=80 " +
	"CH:rural=80 CH:trunk=100 CH:motorway=120 CN:urban=50 CN:rural=70 CN:trunk=80 CN:motorway=120 " +
	"CZ:trunk=110 DE:rural=100 DE:motorway=140 DE:living_street=7 DK:rural=80 ES:trunk=90 " +
	"ES:motorway=120 FI:rural=80 FI:motorway=120 FR:rural=80 GB:urban=48.3 " +
	"GB:nsl_restricted=48.3 GB:nsl_single=96.6 GB:nsl_dual=112.7 GB:motorway=112.7 IT:trunk=110 " +
	"JP:national=60 JP:motorway=100 NL:rural=80 NL:trunk=100 NL:motorway=100 NO:rural=80 " +
	"NO:motorway=110 PL:trunk=100 PL:motorway=140 PT:trunk=100 PT:motorway=120 RO:trunk=100 " +
	"RU:urban=60 RU:motorway=110 RU:living_street=20 SE:rural=70 SE:motorway=110 UA:rural=90 " +
	"UA:trunk=110 ZA:urban=60 ZA:rural=100 ZA:motorway=120"

func posted(v string) float64 {
	v = head(v)
	if i := strings.IndexByte(v, ':'); i >= 0 {
		zone := strings.TrimPrefix(v[i+1:], "zone")
		if f := lookup(strings.ToUpper(v[:i])+":"+zone, laws); !math.IsInf(f, 1) {
			return f
		}
		v = zone
	}
	if f := lookup(v, "none=140 walk=10 urban=50 rural=90 trunk=110 motorway=130"); !math.IsInf(f, 1) {
		return f
	}
	number := strings.TrimRight(v, " abcdefghijklmnopqrstuvwxyz/")
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || f <= 0 || f > 400 {
		return 0
	}
	switch strings.TrimSpace(v[len(number):]) {
	case "", "km/h", "kmh", "kph":
		return f
	case "mph":
		return f * 1.609344
	case "knots":
		return f * 1.852
	}
	return 0
}

// crossing reads a ferry's duration in milliseconds.
func crossing(v string) int64 {
	if v == "" {
		return 0
	}
	parts := strings.Split(v, ":")
	if len(parts) == 1 {
		parts = []string{"0", parts[0]}
	}
	if len(parts) == 2 {
		parts = append(parts, "0")
	}
	if len(parts) != 3 {
		return 0
	}
	seconds := int64(0)
	for _, p := range parts {
		n, err := strconv.Atoi(strings.TrimSpace(p))
		if err != nil || n < 0 || n > 100_000 {
			return 0
		}
		seconds = seconds*60 + int64(n)
	}
	return seconds * 1000
}

func closed(t osm.Tags) bool {
	if access := vehicleAccess(t); access != "" {
		return refused(access)
	}
	switch barrier := t.Find("barrier"); barrier {
	case "", "cattle_grid", "border_control", "toll_booth", "sally_port", "gate", "lift_gate", "no",
		"entrance", "height_restrictor", "arch", "swing_gate", "debris":
		return false
	case "kerb":
		if t.Find("highway") == "crossing" {
			return false
		}
	}
	kerb := t.Find("kerb")
	return t.Find("bollard") != "rising" && kerb != "lowered" && kerb != "flush"
}

// spreadPrivate makes small public parts that touch a private stretch private.
func (g *graph) spreadPrivate() {
	neighbours := map[int64][]int64{}
	touches := map[int64]bool{}
	linkPrivate := map[int]bool{}
	for _, e := range g.edges {
		linkPrivate[e.link] = e.private
		if e.private {
			touches[e.from], touches[e.to] = true, true
			continue
		}
		neighbours[e.from] = append(neighbours[e.from], e.to)
		neighbours[e.to] = append(neighbours[e.to], e.from)
	}
	part := map[int64]int{}
	touched := []bool{}
	for start := range neighbours {
		if _, ok := part[start]; ok {
			continue
		}
		id := len(touched)
		touched = append(touched, false)
		part[start] = id
		for todo := []int64{start}; len(todo) > 0; {
			v := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			touched[id] = touched[id] || touches[v]
			for _, w := range neighbours[v] {
				if _, ok := part[w]; !ok {
					part[w] = id
					todo = append(todo, w)
				}
			}
		}
	}
	size := make([]int, len(touched))
	for link, private := range linkPrivate {
		if !private {
			size[part[g.cuts[link][0]]]++
		}
	}
	largest := 0
	for _, s := range size {
		largest = max(largest, s)
	}
	for i := range g.edges {
		e := &g.edges[i]
		if id, ok := part[e.from]; ok && !e.private && touched[id] && size[id] < largest {
			e.private = true
		}
	}
}
