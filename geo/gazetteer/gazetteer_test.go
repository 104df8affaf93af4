package gazetteer

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/geo/osm/osmtest"
)

var built struct {
	once sync.Once
	dir  string
	err  error
}

// open builds the gazetteer of Delaware once and opens it.
func open(t testing.TB) *Gazetteer {
	t.Helper()
	extract := osmtest.Delaware(t)
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "gazetteer"); built.err == nil {
			built.err = Build(t.Context(), extract, filepath.Join(built.dir, "a"), nil)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	begin := time.Now()
	g, err := Open(filepath.Join(built.dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(built.dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d names, %d streets in %d kB, opened in %v", g.Len(), len(g.streets), info.Size()>>10,
		time.Since(begin).Round(time.Millisecond))
	return g
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// feature: Z5.1.1-b
func TestSearchDelaware(t *testing.T) {
	g := open(t)
	for text, want := range map[string]Match{
		"wilmington":           {Kind: City, Title: "Wilmington", Point: orb.Point{-75.5466, 39.7459}},
		"WILMI":                {Kind: City, Title: "Wilmington", Point: orb.Point{-75.5466, 39.7459}},
		"dover delaware":       {Kind: City, Title: "Dover", Point: orb.Point{-75.5244, 39.1582}},
		"rehoboth be":          {Kind: Town, Title: "Rehoboth Beach", Point: orb.Point{-75.08, 38.72}},
		"north market street":  {Kind: Street, Title: "North Market Street"},
		"n market st wilm":     {Kind: Street, Title: "North Market Street", Point: orb.Point{-75.54, 39.75}},
		"loockerman st dover":  {Kind: Street, Title: "West Loockerman Street", Point: orb.Point{-75.53, 39.157}},
		"dover loockerman":     {Kind: Street, Title: "West Loockerman Street", Point: orb.Point{-75.53, 39.157}},
		"wilmington library":   {Kind: Landmark, Title: "Wilmington Public Library"},
		"  Cape -- Henlopen  ": {Title: "Cape Henlopen State Park"},
	} {
		found := g.Search(Query{Text: text, Language: "en"})
		i := slices.IndexFunc(found, func(m Match) bool {
			return m.Title == want.Title && (want.Kind == 0 || m.Kind == want.Kind) &&
				(want.Point == orb.Point{} || geodesic.Distance(m.Point, want.Point) < 5000)
		})
		if i < 0 || i > 3 || want.Kind == City && i > 0 {
			t.Errorf("%q: %s stands at %d of %v", text, want.Title, i, found)
		}
	}
	for _, nothing := range []string{"", "  ", "!!", "xyzzyplugh", "wilmington xyzzyplugh"} {
		if found := g.Search(Query{Text: nothing}); len(found) != 0 {
			t.Errorf("%q: %v", nothing, found)
		}
	}
}

func TestSearchPrefersWhatIsNear(t *testing.T) {
	g := open(t)
	for name, near := range map[string]orb.Point{
		"Dover": {-75.5244, 39.1582}, "Wilmington": {-75.5466, 39.7459},
	} {
		found := g.Search(Query{Text: "walnut street", Near: &near, Limit: 1})
		if len(found) != 1 || geodesic.Distance(found[0].Point, near) > 15_000 {
			t.Errorf("Walnut Street near %s: %v", name, found)
		}
	}
}

func TestEveryTownFindsItself(t *testing.T) {
	g := open(t)
	for i := range g.entries {
		e := &g.entries[i]
		if e.kind > Town {
			continue
		}
		found := g.Search(Query{Text: e.names[0], Limit: 50})
		if !slices.ContainsFunc(found, func(m Match) bool {
			return m.Title == e.names[0] && m.Kind == e.kind
		}) {
			t.Errorf("%s is not found by its name: %v", e.names[0], found)
		}
	}
}

func TestReverseDelaware(t *testing.T) {
	g := open(t)
	for name, c := range map[string]struct {
		at            orb.Point
		place, around string
	}{
		"Dover":      {orb.Point{-75.5244, 39.1582}, "Dover", "Dover, Kent County, Delaware"},
		"Wilmington": {orb.Point{-75.5466, 39.7447}, "Wilmington", "Wilmington, New Castle County, Delaware"},
		"a field":    {orb.Point{-75.45, 38.80}, "", "Sussex County, Delaware"},
	} {
		a := g.Reverse(c.at, "en")
		if c.place != "" && a.Place != c.place || !strings.HasSuffix(a.Around, c.around) || !a.Known() {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if a := g.Reverse(orb.Point{-75.5244, 39.1582}, "zh"); !strings.HasSuffix(a.Around, "特拉华州") {
		t.Errorf("in Chinese: %+v", a)
	}
	if a := g.Reverse(orb.Point{-40, 35}, "en"); a.Known() || a.Line() != "" {
		t.Errorf("mid-Atlantic: %+v", a)
	}
	// every tenth house is where it says
	checked := 0
	for i := range g.entries {
		if e := &g.entries[i]; e.kind == House && i%10 == 0 {
			checked++
			if a := g.Reverse(e.at, ""); a.House == "" || a.Off > 1 {
				t.Errorf("%s: %+v", e.names[0], a)
			}
		}
	}
	if checked < 50 {
		t.Errorf("only %d houses", checked)
	}
}

// The nearest street by cells equals the nearest of all, measured on the sphere.
func TestNearestStreetEqualsBruteForce(t *testing.T) {
	g := open(t)
	rng := rand.New(rand.NewPCG(4, 2))
	for range 200 {
		s := g.streets[rng.IntN(len(g.streets))]
		p := s.line[rng.IntN(len(s.line))]
		p = geodesic.Destination(p, rng.Float64()*360, geo.Meters(rng.Float64()*400))
		least := geo.Meters(math.Inf(1))
		for _, s := range g.streets {
			for k := 1; k < len(s.line); k++ {
				a, b := s.line[k-1], s.line[k]
				if (orb.LineString{a, b}).Bound().Pad(0.01).Contains(p) {
					least = min(least, sampled(p, a, b))
				}
			}
		}
		_, off, ok := g.ground.nearestStreet(g, p)
		if !ok || math.Abs(float64(off-least)) > 0.5+0.005*float64(least) {
			t.Fatalf("%v: %v, brute force %v", p, off, least)
		}
	}
}

// sampled is the distance to a segment by trisection on the sphere.
func sampled(p, a, b orb.Point) geo.Meters {
	at := func(t float64) geo.Meters {
		return geodesic.Distance(p, orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])})
	}
	lo, hi := 0.0, 1.0
	for range 40 {
		m1, m2 := lo+(hi-lo)/3, hi-(hi-lo)/3
		if at(m1) < at(m2) {
			hi = m2
		} else {
			lo = m1
		}
	}
	return at((lo + hi) / 2)
}

func TestChineseNames(t *testing.T) {
	out := filepath.Join(t.TempDir(), "a")
	extract := filepath.Join(t.TempDir(), "bund.osm")
	if err := os.WriteFile(extract, []byte(`<osm version="0.6">
<node id="1" lat="31.235" lon="121.475"/><node id="2" lat="31.236" lon="121.490"/>
<node id="3" lat="31.2357" lon="121.480"><tag k="place" v="suburb"/><tag k="name" v="黄浦区"/>
<tag k="name:en" v="Huangpu"/></node>
<node id="4" lat="31.2355" lon="121.481"><tag k="addr:housenumber" v="318"/>
<tag k="addr:street" v="福州路"/></node>
<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="secondary"/><tag k="name" v="福州路"/>
<tag k="name:en" v="Fuzhou Road"/></way></osm>`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Build(t.Context(), extract, out, nil); err != nil {
		t.Fatal(err)
	}
	g, err := Open(out)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"福州路": "福州路", "福州": "福州路", "州路": "福州路", "fuzhou rd": "福州路", "黄浦": "黄浦区",
		"318 福州路": "318 福州路", "福州路 黄浦区": "福州路",
	} {
		found := g.Search(Query{Text: text, Language: "zh"})
		if len(found) == 0 || found[0].Title != want {
			t.Errorf("%s: %v", text, found)
		}
	}
	if found := g.Search(Query{Text: "福州路", Language: "en"}); found[0].Title != "Fuzhou Road" ||
		found[0].Subtitle != "Huangpu" {
		t.Errorf("in English: %v", found)
	}
	a := g.Reverse(orb.Point{121.481, 31.2355}, "zh")
	if a.House != "318" || a.Street != "福州路" || a.Place != "黄浦区" {
		t.Errorf("reverse: %+v", a)
	}
}

func TestRoundTripKeepsEverything(t *testing.T) {
	g := open(t)
	path := filepath.Join(t.TempDir(), "again")
	if err := write(path, g); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(filepath.Join(built.dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("%d bytes became %d, %v", len(first), len(again), err)
	}
}

func TestDamagedFiles(t *testing.T) {
	open(t)
	whole, err := os.ReadFile(filepath.Join(built.dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 5, len(magic), len(magic) + 3, len(whole) / 2, len(whole) - 9} {
		if _, err := read(bytes.NewReader(whole[:n])); !errors.Is(err, ErrFormat) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
}

func FuzzSearch(f *testing.F) {
	g := &Gazetteer{contexts: []names{{"Dover"}}}
	for _, n := range []string{"Main Street", "福州路", "Saint Jones", "Ünïcode"} {
		g.entries = append(g.entries, entry{kind: Street, names: names{n}})
	}
	g.index()
	for _, s := range []string{"main", "福州", "st", "\xff\xfe", "ﬁ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if found := g.Search(Query{Text: text}); len(found) > 10 {
			t.Errorf("%d answers", len(found))
		}
	})
}

func BenchmarkSearch(b *testing.B) {
	g := open(b)
	asked := []string{"wilm", "main street dover", "n", "1200 market st", "library"}
	b.ResetTimer()
	for i := range b.N {
		g.Search(Query{Text: asked[i%len(asked)]})
	}
}

func BenchmarkReverse(b *testing.B) {
	g := open(b)
	b.ResetTimer()
	for range b.N {
		g.Reverse(orb.Point{-75.5244, 39.1582}, "en")
	}
}
