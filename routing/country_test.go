package routing

import (
	"errors"
	"testing"
	"time"

	"github.com/paulmach/orb"
)

// The lines of a country's boundary, two of which lie in the extract, and those of a
// neighbour, one of two.
const (
	britain = `<way id="901"><nd ref="97"/><nd ref="98"/><tag k="boundary" v="administrative"/></way>
<way id="902"><nd ref="98"/><nd ref="99"/><tag k="boundary" v="administrative"/></way>
<relation id="90"><member type="way" ref="901" role="outer"/><member type="way" ref="902" role="outer"/>
<tag k="type" v="boundary"/><tag k="boundary" v="administrative"/><tag k="admin_level" v="2"/>
<tag k="ISO3166-1" v="GB"/></relation>`
	ireland = `<relation id="91"><member type="way" ref="901" role="outer"/><member type="way" ref="999" role="outer"/>
<tag k="type" v="boundary"/><tag k="boundary" v="administrative"/><tag k="admin_level" v="2"/>
<tag k="ISO3166-1" v="FR"/></relation>`
)

// crossroads is a crossing of four equal streets, 200 m long each, in a country.
func crossroads(country, more string, tags ...string) town {
	way := ""
	for _, t := range tags {
		way += " " + t
	}
	return town{
		drawn: `
      d
      2
      |
a--1--b--3--c
      |
      4
      e`,
		ways:    []string{"ab" + way, "bc", "bd", "be"},
		country: country, more: more,
	}
}

// turns are the durations from 1 to 2 (left) and to 4 (right).
func turns(t *testing.T, r *Roads, places map[string]orb.Point) (left, right time.Duration) {
	t.Helper()
	for to, out := range map[string]*time.Duration{"2": &left, "4": &right} {
		route, err := r.Route(t.Context(), []orb.Point{places["1"], places[to]})
		if err != nil {
			t.Fatal(err)
		}
		*out = route.Duration
	}
	return left, right
}

func TestTheSideOfDrivingIsThatOfThePlace(t *testing.T) {
	for _, c := range []struct {
		name    string
		town    town
		country string
		left    bool
	}{
		{"nothing is known", crossroads("", ""), "", false},
		{"the import says so", crossroads("JP", ""), "JP", true},
		{"the import outweighs the extract", crossroads("FR", britain), "FR", false},
		{"the boundary in the extract", crossroads("", britain), "GB", true},
		{"the neighbour lies mostly elsewhere", crossroads("", britain+ireland), "GB", true},
		{"the roads say so", crossroads("", "", "driving_side=left"), "", true},
		{"the country outweighs the roads", crossroads("CN", "", "driving_side=left"), "CN", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			roads, places := c.town.open(t)
			report := roads.Regions()[0].Report
			if report.Country != c.country || report.Left != c.left {
				t.Errorf("country %q, left %v", report.Country, report.Left)
			}
			left, right := turns(t, roads, places)
			if crossing := left > right; crossing == c.left || left == right {
				t.Errorf("left takes %v, right %v", left, right)
			}
		})
	}
}

func TestBothSidesOfDrivingMirrorEachOther(t *testing.T) {
	onRight, places := crossroads("FR", "").open(t)
	onLeft, _ := crossroads("GB", "").open(t)
	left, right := turns(t, onRight, places)
	mirroredLeft, mirroredRight := turns(t, onLeft, places)
	if left != mirroredRight || right != mirroredLeft {
		t.Errorf("%v and %v on the right, %v and %v on the left",
			left, right, mirroredLeft, mirroredRight)
	}
}

func TestTheCurbIsOnTheSideOfDriving(t *testing.T) {
	drawn := town{
		drawn: `
      1
a-----b-----c
  2       3
d-----------e`,
		ways: []string{"abc", "ad", "de", "ec"},
	}
	for country, want := range map[string]bool{"FR": false, "GB": true} {
		drawn.country = country
		roads, places := drawn.open(t)
		e := roads.open.Load().engines[0]
		// 1 lies north of the street: on the left of who drives east.
		s, err := e.SnapWith(places["1"], SnapOptions{Approach: Curb})
		if err != nil {
			t.Fatal(err)
		}
		segment := 2 * s.place.Segment
		a, b := e.net.Point(s.place.Piece), e.net.Point(s.place.Piece+1)
		eastward := segment
		if a[0] > b[0] {
			eastward++
		}
		if open := !s.place.Shuts(eastward); open != want {
			t.Errorf("%s: eastward open %v", country, open)
		}
		if s.place.Shuts(eastward) == s.place.Shuts(eastward^1) {
			t.Errorf("%s: both directions alike", country)
		}
	}
}

func TestTheRoundaboutIsDrivenAsTheCountryDrawsIt(t *testing.T) {
	// In Britain a roundabout is drawn, and driven, clockwise.
	roads, places := town{
		drawn: `
    a-1-
  b     d-3-x
    c-2-`,
		ways: []string{"adcba junction=roundabout", "dx"}, country: "GB",
	}.open(t)
	route, err := roads.Route(t.Context(), []orb.Point{places["2"], places["3"]})
	if err != nil {
		t.Fatal(err)
	}
	var passed string
	for _, n := range route.Legs[0].Nodes {
		passed += string(rune(n))
	}
	if passed != "cbad" {
		t.Errorf("by %q, want clockwise over c, b, a and d", passed)
	}
	legs, err := roads.Steps(t.Context(), route.Snaps)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range legs[0] {
		if !s.Road.Left {
			t.Errorf("%v is not told to be driven on the left", s.Road)
		}
	}
}

func TestTheLawOfTheCountryHoldsWhereRoadsAreSilent(t *testing.T) {
	for _, c := range []struct {
		country, tags string
		kmh           float64
	}{
		{"", "highway=motorway", 90},
		{"CN", "highway=motorway", 96},             // 120 by law, four fifths are driven
		{"GB", "highway=motorway", 90.16},          // 70 mph
		{"CN", "highway=trunk", 64},                // 80
		{"AD", "highway=motorway", 90},             // no law is known
		{"CN", "highway=motorway maxspeed=80", 64}, // what is posted comes first
		{"CN", "highway=primary", 65},              // the law does not say which limit is its
		{"CN", "highway=primary maxspeed=rural", 56},
		{"", "highway=primary maxspeed=rural", 72},
	} {
		roads, places := town{
			drawn: "a--1-----------------2--b",
			ways:  []string{"ab oneway=no " + c.tags}, country: c.country,
		}.open(t)
		route, err := roads.Route(t.Context(), []orb.Point{places["1"], places["2"]})
		if err != nil {
			t.Fatal(err)
		}
		kmh := float64(route.Distance) / route.Duration.Seconds() * 3.6
		if kmh < c.kmh-0.2 || kmh > c.kmh+0.2 {
			t.Errorf("%q in %q: %.2f km/h, want %v", c.tags, c.country, kmh, c.kmh)
		}
	}
}

func TestNoCountryIsRefused(t *testing.T) {
	text, _ := crossroads("", "").extract()
	dir := t.TempDir()
	_, err := NewStore(dir).Import(t.Context(), Import{
		Extract: writeExtract(t, "town.osm", text), Country: "Britain"})
	if !errors.Is(err, ErrUnknownCountry) {
		t.Errorf("%v", err)
	}
}
