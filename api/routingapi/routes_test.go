package routingapi

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"beatplan/routing"
)

const corner = `<osm version="0.6">
<node id="1" lon="7.000" lat="43.000"/><node id="2" lon="7.010" lat="43.000"/>
<node id="3" lon="7.010" lat="43.010"/><node id="4" lon="7.020" lat="43.000"/>
<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="4"/><tag k="highway" v="residential"/>
  <tag k="name" v="南街"/><tag k="name:en" v="South Street"/></way>
<way id="11"><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/>
  <tag k="name" v="东街"/><tag k="name:en" v="East Street"/></way>
</osm>`

func TestRouteTellsTheTurnsInTwoLanguages(t *testing.T) {
	dir := t.TempDir()
	extract := filepath.Join(dir, "corner.osm")
	if err := os.WriteFile(extract, []byte(corner), 0o600); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(dir, "regions")
	if _, err := routing.NewStore(store).Import(t.Context(), routing.Import{Extract: extract}); err != nil {
		t.Fatal(err)
	}
	roads, err := routing.Open(store)
	if err != nil {
		t.Fatal(err)
	}
	defer roads.Close()
	for _, c := range []struct {
		in   routeIn
		want []string
	}{
		{routeIn{}, nil},
		{routeIn{Steps: true, Accept: "de, zh-CN;q=0.9"}, []string{"沿南街向东出发", "左转，进入东街"}},
		{routeIn{Steps: true, Language: "en", Accept: "zh"},
			[]string{"Head east on South Street", "Turn left onto East Street"}},
	} {
		c.in.Points = "7.001,43.0;7.010,43.009"
		out, err := mount{roads}.route(t.Context(), &c.in)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		meters := 0.0
		for _, s := range out.Body.Legs[0].Steps {
			got, meters = append(got, s.Text), meters+s.DistanceM
		}
		if !slices.Equal(got, c.want) || got != nil && math.Abs(meters-out.Body.DistanceM) > 0.01 {
			t.Errorf("%q, %v of %v m; want %q", got, meters, out.Body.DistanceM, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string][]orb.Point{
		"-75.5,39.7;-75.6,39.8":             {{-75.5, 39.7}, {-75.6, 39.8}},
		" 1 , 2 ":                           {{1, 2}},
		"":                                  nil,
		"1":                                 nil,
		"1,2;":                              nil,
		"1,2,3":                             nil,
		"a,b":                               nil,
		strings.Repeat("1,2;", 100) + "1,2": nil,
	} {
		got, err := parse(text)
		if want == nil {
			if !errors.Is(err, ErrPoints) {
				t.Errorf("%.20q: %v, %v", text, got, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	// What is a number but no place is for routing to refuse, with its own words.
	got, err := parse("NaN,500")
	if err != nil || !math.IsNaN(got[0][0]) {
		t.Errorf("got %v, %v", got, err)
	}
}
