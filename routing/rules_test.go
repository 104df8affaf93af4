package routing

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
)

// town is a road test: a map in text, where letters are nodes 100 m apart a
// character and digits are places to go from and to, with ways and rules by the
// letters of their nodes, and the way that is to be found: the letters passed,
// "" when the places lie on one stretch, "none" when there is no way.
type town struct {
	name  string
	drawn string
	ways  []string // "abc highway=primary oneway=yes"; residential if nothing is said
	nodes []string // "b barrier=bollard"
	rules []string // "no_left_turn ab b bd": from, via (node, way or ways with commas), to
	want  map[string]string
	by    string   // profile, car if nothing is said
	left  []string // what the report says was left out
	parts int      // segments after compression, 0: not looked at
	// country is ordered at the import; more are further lines of the extract.
	country, more string
}

// step is the size of a character: 0.001° on the equator is 111 m.
const step = 0.001

// extract writes the town as XML and returns where the digits and the nodes are.
func (w town) extract() (string, map[string]orb.Point) {
	var x strings.Builder
	places := map[string]orb.Point{}
	x.WriteString("<osm version=\"0.6\">\n")
	tags := func(fields []string) {
		for _, f := range fields {
			k, v, _ := strings.Cut(f, "=")
			fmt.Fprintf(&x, "<tag k=%q v=%q/>", k, v)
		}
	}
	for row, line := range strings.Split(strings.Trim(w.drawn, "\n"), "\n") {
		for col, c := range line {
			lon, lat := float64(col)*step, -float64(row)*step
			switch {
			case c >= '1' && c <= '9':
				places[string(c)] = orb.Point{lon, lat}
			case c >= 'a' && c <= 'z':
				places[string(c)] = orb.Point{lon, lat}
				fmt.Fprintf(&x, "<node id=\"%d\" lon=\"%.4f\" lat=\"%.4f\">", c, lon, lat)
				for _, n := range w.nodes {
					if f := strings.Fields(n); f[0] == string(c) {
						tags(f[1:])
					}
				}
				x.WriteString("</node>\n")
			}
		}
	}
	ids := map[string]int{}
	for i, way := range w.ways {
		f := strings.Fields(way)
		ids[f[0]] = i + 1
		fmt.Fprintf(&x, "<way id=\"%d\">", i+1)
		for _, c := range f[0] {
			fmt.Fprintf(&x, "<nd ref=\"%d\"/>", c)
		}
		tags(f[1:])
		if !strings.Contains(way, "highway=") && !strings.Contains(way, "route=") {
			tags([]string{"highway=residential"})
		}
		x.WriteString("</way>\n")
	}
	for i, rule := range w.rules {
		f := strings.Fields(rule)
		fmt.Fprintf(&x, "<relation id=\"%d\"><member type=\"way\" ref=\"%d\" role=\"from\"/>",
			i+1, ids[f[1]])
		for _, via := range strings.Split(f[2], ",") {
			if len(via) == 1 {
				fmt.Fprintf(&x, "<member type=\"node\" ref=\"%d\" role=\"via\"/>", via[0])
			} else {
				fmt.Fprintf(&x, "<member type=\"way\" ref=\"%d\" role=\"via\"/>", ids[via])
			}
		}
		fmt.Fprintf(&x, "<member type=\"way\" ref=\"%d\" role=\"to\"/>", ids[f[3]])
		if !strings.Contains(f[0], "=") {
			f[0] = "restriction=" + f[0]
		}
		tags(append([]string{"type=restriction", f[0]}, f[4:]...))
		x.WriteString("</relation>\n")
	}
	x.WriteString(w.more + "</osm>")
	return x.String(), places
}

func (w town) open(t *testing.T) (*Roads, map[string]orb.Point) {
	t.Helper()
	dir := t.TempDir()
	text, places := w.extract()
	region := importAs(t, dir, Import{
		Extract: writeExtract(t, "town.osm", text), Country: w.country, More: []string{w.by}})
	for _, reason := range w.left {
		if region.Report.Skipped[reason] == 0 {
			t.Errorf("not in the report: %q; there is %v", reason, region.Report.Skipped)
		}
	}
	if n := region.Report.Segments; w.parts > 0 && n != w.parts {
		t.Errorf("%d segments, want %d", n, w.parts)
	}
	roads := openRoads(t, dir)
	if w.by != "" {
		var err error
		if roads, err = OpenFor(dir, w.by); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := roads.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	if len(roads.Regions()) != 1 {
		t.Fatal(roads.Faults())
	}
	return roads, places
}

func towns() []town {
	return []town{{
		name: "one-way streets are not driven against",
		drawn: `
a--1--b--2--c
|           |
d-----------e`,
		ways: []string{"abc oneway=yes", "ad", "de", "ec"},
		want: map[string]string{"12": "b", "21": "ceda"},
	}, {
		name: "oneway=-1 runs against the drawing",
		drawn: `
a--1--b--2--c
|           |
d-----------e`,
		ways: []string{"abc oneway=-1", "ad", "de", "ec"},
		want: map[string]string{"21": "b", "12": "adec"},
	}, {
		name: "motorways are one-way unless they say no",
		drawn: `
a--1--b--2--c   f--3--g--4--h
|           |   |
d-----------e---i`,
		ways: []string{"abc highway=motorway", "ad", "de", "ec", "ei", "if",
			"fgh highway=motorway oneway=no"},
		want: map[string]string{"21": "ceda", "43": "g"},
	}, {
		name: "roundabouts are one-way as drawn",
		drawn: `
    a-1-
  b     d-3-x
    c-2-`,
		ways: []string{"abcda junction=roundabout", "dx"},
		want: map[string]string{"12": "abc", "21": "d"},
	}, {
		name: "a one-way street both places lie on: ahead at once, behind round the block",
		drawn: `
a-1-2-b
|     |
d-----c`,
		ways: []string{"ab oneway=yes", "bc", "cd", "da"},
		want: map[string]string{"12": "", "21": "bcda"},
	}, {
		name: "no access, no way",
		drawn: `
a-1-b-----c-2-d
    |     |
    e-----f`,
		ways: []string{"ab", "bc access=no", "cd", "be", "ef", "fc"},
		want: map[string]string{"12": "befc"},
	}, {
		name: "the more specific access key wins",
		drawn: `
a-1-b-----c-2-d
    |     |
    e-----f`,
		ways: []string{"ab", "bc access=no motor_vehicle=yes", "cd", "be", "ef motorcar=no", "fc"},
		want: map[string]string{"12": "bc"},
	}, {
		name: "a private road is no way through",
		drawn: `
a-1-b--3--c-2-d
    |     |
    e-----f`,
		ways: []string{"ab", "bc access=private", "cd", "be", "ef", "fc"},
		want: map[string]string{"12": "befc", "13": "b", "32": "c"},
	}, {
		name: "a public road behind a private one is reached, not crossed",
		drawn: `
a-1-b---c--3--d---e-2-f
    |             |
    g-------------h`,
		ways: []string{"ab", "bc access=private", "cd", "de access=private", "ef",
			"bg", "gh", "he"},
		want: map[string]string{"12": "bghe", "13": "bc", "32": "de"},
	}, {
		name: "a bollard closes the road, a gate does not",
		drawn: `
a-1-b--x--c-2-d
    |     |
    e--y--f`,
		ways:  []string{"ab", "bxc", "cd", "be", "eyf", "fc"},
		nodes: []string{"x barrier=bollard", "y barrier=gate"},
		want:  map[string]string{"12": "beyfc"},
	}, {
		name: "a rising bollard and a gate that is closed to cars",
		drawn: `
a-1-b--x--c-2-d
    |     |
    e--y--f`,
		ways:  []string{"ab", "bxc", "cd", "be", "eyf", "fc"},
		nodes: []string{"x barrier=bollard bollard=rising", "y barrier=gate motor_vehicle=no"},
		want:  map[string]string{"12": "bxc"},
	}, {
		name: "no left turn",
		drawn: `
      d
      2
      |
a--1--b-----c
      |     |
      e-----f`,
		ways:  []string{"ab", "bc", "bd", "be", "ef", "fc"},
		rules: []string{"no_left_turn ab b bd"},
		want:  map[string]string{"12": "bcfeb", "21": "b"},
	}, {
		name: "a restriction that is not for cars, or not always, is left out",
		drawn: `
      d
      2
      |
a--1--b-----c-3-g`,
		ways: []string{"ab", "bc", "bd", "cg"},
		rules: []string{"no_left_turn ab b bd except=motorcar",
			"restriction:hgv=no_left_turn ab b bd",
			"restriction:conditional=no_left_turn@(07:00-09:00) ab b bd",
			"restriction=no_straight_on ab b bc day_on=Monday", "give_way ab b bc"},
		want: map[string]string{"12": "b", "13": "bc"},
		left: []string{"restriction: except motorcar", "restriction: for other vehicles",
			"restriction: conditional", "restriction: unknown kind give_way"},
	}, {
		name: "only straight on",
		drawn: `
      d
      2
      |
a--1--b-----c
      |     |
      e--3--f`,
		ways:  []string{"ab", "bc", "bd", "be", "ef", "fc"},
		rules: []string{"only_straight_on ab b bc"},
		want:  map[string]string{"12": "bcfeb", "13": "bcf", "32": "eb"},
	}, {
		name: "no u-turn over a way, which does not hold for who comes from elsewhere",
		drawn: `
a--2--b-----g
      |
c--1--d--3--e
      |
      f`,
		ways:  []string{"ab", "bg", "bd", "cd", "de", "df"},
		rules: []string{"no_u_turn cd bd ab"},
		want:  map[string]string{"12": "dfdb", "32": "db"},
	}, {
		name: "only_ over a way",
		drawn: `
a--2--b--4--g
      |
c--1--d--3--e`,
		ways:  []string{"ab", "bg", "bd", "cd", "de"},
		rules: []string{"only_right_turn cd bd bg"},
		want:  map[string]string{"14": "db", "12": "dedb", "34": "db", "32": "db"},
	}, {
		name: "one turns round only where there is no other way on",
		drawn: `
a-1-b--2--c
    |
    d`,
		ways: []string{"ab", "bc", "bd"},
		want: map[string]string{"12": "b"},
	}, {
		name: "a dead end is turned in",
		drawn: `
a-1-b--2--c
    |
    d--3--e`,
		ways:  []string{"ab", "bc", "bd", "de"},
		rules: []string{"no_right_turn ab b bd", "no_left_turn ab b bd"},
		want:  map[string]string{"13": "bcbd"},
	}, {
		name: "islands",
		drawn: `
a-1-b            c-2-d`,
		ways: []string{"ab", "cd"},
		want: map[string]string{"12": "none", "21": "none", "11": "", "22": ""},
	}, {
		name: "a cut-off yard is passed over for a street that leads somewhere",
		drawn: `
a----b--1--g
  c-2-d`,
		ways: []string{"ab", "bg", "cd"},
		want: map[string]string{"21": "b"},
	}, {
		name: "impassable and reversible roads are not used",
		drawn: `
a-1-b-----c-2-d
    |     |
    e-----f
    |     |
    g-----h`,
		ways: []string{"ab", "bc smoothness=impassable", "cd", "be", "ef oneway=reversible",
			"fc", "eg", "gh", "hf"},
		want: map[string]string{"12": "beghfc"},
	}, {
		name: "a parallel road that is faster",
		drawn: `
a-1-b-----c-2-d
    |     |
    e-----f`,
		ways: []string{"ab", "bc maxspeed=10", "cd", "be highway=primary", "ef highway=primary",
			"fc highway=primary"},
		want: map[string]string{"12": "befc"},
	}}
}

func TestRoadRules(t *testing.T) {
	for _, w := range append(towns(), moreTowns()...) {
		t.Run(w.name, func(t *testing.T) {
			roads, places := w.open(t)
			for pair, want := range w.want {
				from, to := places[pair[:1]], places[pair[1:]]
				route, err := roads.Route(t.Context(), []orb.Point{from, to})
				got := "none"
				if err == nil {
					got = ""
					for _, id := range route.Legs[0].Nodes {
						got += string(rune(id))
					}
				} else if !errors.Is(err, ErrUnreachable) {
					t.Errorf("%s: %v", pair, err)
				}
				if got != want {
					t.Errorf("%s: over %q, want %q", pair, got, want)
				}
				m, err := roads.Matrix(t.Context(), []orb.Point{from}, []orb.Point{to})
				if err != nil {
					t.Fatal(err)
				}
				seconds, _ := m.At(0, 0)
				if exact := int32(route.Duration.Round(time.Second).Seconds()); want != "none" &&
					seconds != exact || want == "none" && seconds != Unreachable {
					t.Errorf("%s: the matrix says %d s, the route %v", pair, seconds, route.Duration)
				}
			}
		})
	}
}

// TestSpeeds measures one straight kilometre under all sorts of tags.
func TestSpeeds(t *testing.T) {
	for tags, kmh := range map[string]float64{
		"highway=motorway":                                90,
		"highway=primary":                                 65,
		"highway=residential maxspeed=50":                 40,
		"highway=residential maxspeed=30;50":              24,
		"highway=primary maxspeed=50_mph":                 64.4, // 50 · 1.609344 · 0.8, to a tenth
		"highway=primary maxspeed=none":                   112,
		"highway=primary maxspeed=DE:urban":               40,
		"highway=primary maxspeed=walk":                   8,
		"highway=primary maxspeed=DE:rural":               80,
		"highway=primary maxspeed=CN:rural":               56,
		"highway=primary maxspeed=XX:rural":               72,
		"highway=primary maxspeed=gb:nsl_single":          77.3,
		"highway=primary maxspeed=DE:zone30":              24,
		"highway=primary source:maxspeed=DE:zone:30":      24,
		"highway=primary maxspeed=DE:zone:urban":          40,
		"highway=primary maxspeed=12knots":                17.8,
		"highway=primary maxspeed=fast":                   65,
		"highway=primary source:maxspeed=FR:rural":        64,
		"highway=primary zone:maxspeed=DE:30":             24,
		"highway=primary source:maxspeed=sign":            65,
		"highway=primary maxspeed=80 maxspeed:type=DE:30": 64,
		"highway=primary maxspeed=signals":                65,
		"highway=primary maxspeed:forward=100":            80,
		"highway=primary maxspeed:backward=100":           65,
		"highway=primary surface=gravel":                  40,
		"highway=primary surface=asphalt":                 65,
		"highway=unclassified tracktype=grade5":           20,
		"highway=secondary smoothness=horrible":           10,
		"route=ferry":                                     5,
		"route=ferry duration=00:06":                      11.1, // 1.11 km in six minutes
		"route=ferry duration=6":                          11.1,
		"route=ferry duration=tomorrow":                   5,
		"highway=service service=driveway":                15,
		"highway=living_street":                           10,
		"highway=trunk_link":                              40,
		"highway=residential maxspeed=20 surface=asphalt": 16,
	} {
		t.Run(tags, func(t *testing.T) {
			w := town{
				drawn: "\na1-------2b",
				ways:  []string{"ab " + tags},
			}
			w.ways[0] = strings.ReplaceAll(w.ways[0], "_mph", " mph")
			w.ways[0] = strings.ReplaceAll(w.ways[0], "50 mph", "50mph")
			roads, places := w.open(t)
			route, err := roads.Route(t.Context(), []orb.Point{places["1"], places["2"]})
			if err != nil {
				t.Fatal(err)
			}
			got := float64(route.Distance) / route.Duration.Seconds() * 3.6
			if got < kmh*0.995 || got > kmh*1.005 {
				t.Errorf("%.2f km/h, want %.2f", got, kmh)
			}
		})
	}
}

func TestSignalsAndTurnsTakeTime(t *testing.T) {
	drawn := `
      d
      2
      |
a--1--b--3--c
      |
      4
      e`
	ways := []string{"ab", "bc", "bd", "be"}
	plain, places := town{drawn: drawn, ways: ways}.open(t)
	lit, _ := town{drawn: drawn, ways: ways, nodes: []string{"b highway=traffic_signals"}}.open(t)
	duration := func(r *Roads, to string) time.Duration {
		route, err := r.Route(t.Context(), []orb.Point{places["1"], places[to]})
		if err != nil {
			t.Fatal(err)
		}
		return route.Duration
	}
	ahead, left, right := duration(plain, "3"), duration(plain, "2"), duration(plain, "4")
	// The legs differ in length: 3 lies 300 m beyond b, 2 and 4 lie 200 m.
	hundred := 100 * step * 1112.0 / 25 * 3.6 // about 111 m at 25 km/h, in seconds
	ahead -= time.Duration(hundred * 1e9)
	l, r := (left - ahead).Seconds(), (right - ahead).Seconds()
	if l <= r || r <= 1 {
		t.Errorf("left costs %.2f s, right %.2f s more than straight on", l, r)
	}
	for _, to := range []string{"2", "3", "4"} {
		if d := duration(lit, to) - duration(plain, to); d.Seconds() != 2 {
			t.Errorf("the signal costs %v towards %s", d, to)
		}
	}
}

func TestRouteDrawsBothDirections(t *testing.T) {
	roads, places := town{
		drawn: `
a--1--b--c
         |
      e--d--2--f`,
		ways: []string{"abcd", "edf"},
	}.open(t)
	for _, pair := range [][2]string{{"1", "2"}, {"2", "1"}} {
		route, err := roads.Route(t.Context(), []orb.Point{places[pair[0]], places[pair[1]]})
		if err != nil {
			t.Fatal(err)
		}
		line := route.Legs[0].Line
		if len(line) != 5 || line[0] != route.Snaps[0].Point || line[4] != route.Snaps[1].Point {
			t.Errorf("%v: %v", pair, line)
		}
	}
}
