package routing

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
)

// testExtract is a small town in XML: a ring of four streets with an island
// beside it.
const testExtract = `<osm version="0.6">
<node id="1" lon="7.000" lat="43.000"/><node id="2" lon="7.010" lat="43.000"/>
<node id="3" lon="7.010" lat="43.010"/><node id="4" lon="7.000" lat="43.010"/>
<node id="5" lon="7.005" lat="43.005"/>
<way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/>
  <tag k="name" v="South Street"/></way>
<way id="11"><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/>
  <tag k="name" v="East Street"/></way>
<way id="12"><nd ref="3"/><nd ref="4"/><tag k="highway" v="residential"/>
  <tag k="name" v="North Street"/></way>
<way id="13"><nd ref="4"/><nd ref="1"/><tag k="highway" v="residential"/>
  <tag k="name" v="West Street"/></way>
<way id="14"><nd ref="1"/><nd ref="5"/><nd ref="3"/><tag k="highway" v="primary"/>
  <tag k="name" v="Diagonal"/></way>
</osm>`

func writeExtract(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func importTown(t *testing.T, dir, name, text string, more ...string) Region {
	t.Helper()
	return importAs(t, dir, Import{Extract: writeExtract(t, name+".osm", text), More: more})
}

// importAs is importTown for any order.
func importAs(t *testing.T, dir string, order Import) Region {
	t.Helper()
	order.More = slices.DeleteFunc(order.More, func(profile string) bool { return profile == "" })
	r, err := NewStore(dir).Import(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func openRoads(t *testing.T, dir string) *Roads {
	t.Helper()
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func TestAnEmptyStoreHasNoRegion(t *testing.T) {
	r := openRoads(t, filepath.Join(t.TempDir(), "absent"))
	if _, err := r.Snap(orb.Point{7, 43}, 0); !errors.Is(err, ErrNoRegion) {
		t.Errorf("got %v", err)
	}
}

func TestImportedRegionAnswers(t *testing.T) {
	dir := t.TempDir()
	roads := openRoads(t, dir)
	region := importTown(t, dir, "town", testExtract)
	if err := roads.Refresh(); err != nil || len(roads.Regions()) != 1 {
		t.Fatalf("%v %v %v", err, roads.Regions(), roads.Faults())
	}
	route, err := roads.Route(t.Context(), []orb.Point{{7.0001, 43.002}, {7.0099, 43.008}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"West Street", "Diagonal", "East Street"}
	if got := route.Legs[0].Streets; !slices.Equal(got, want) {
		t.Errorf("streets %q", got)
	}
	if again := importTown(t, dir, "town", testExtract); again.Created != region.Created {
		t.Error("the same extract was imported twice")
	}
	// A newer extract of the same name replaces the region.
	newer := importTown(t, dir, "town", strings.Replace(testExtract, "Diagonal", "Avenue", 1))
	all, err := NewStore(dir).List()
	if err != nil || len(all) != 1 || all[0].ID != newer.ID {
		t.Fatalf("%v %+v", err, all)
	}
	if _, err := roads.Route(t.Context(), []orb.Point{{7, 43.002}, {7.01, 43.008}}); err != nil {
		t.Errorf("the dropped region must answer until refreshed: %v", err)
	}
	if err := roads.Refresh(); err != nil {
		t.Fatal(err)
	}
	route, err = roads.Route(t.Context(), []orb.Point{{7, 43.002}, {7.01, 43.008}})
	if err != nil || !slices.Contains(route.Legs[0].Streets, "Avenue") {
		t.Errorf("%v %+v", err, route)
	}
}

func TestRegionsSideBySide(t *testing.T) {
	dir := t.TempDir()
	importTown(t, dir, "town", testExtract)
	importTown(t, dir, "other", strings.ReplaceAll(testExtract, `lon="7.`, `lon="9.`))
	roads := openRoads(t, dir)
	points := []orb.Point{{7, 43.002}, {7.01, 43.008}, {9, 43.002}, {9.01, 43.008}, {20, 20}}
	m, err := roads.Matrix(t.Context(), points, points)
	if err != nil {
		t.Fatal(err)
	}
	for i := range points {
		for j := range points {
			s, _ := m.At(i, j)
			together := i/2 == j/2 && i < 4
			if (s != Unreachable) != together {
				t.Errorf("%d→%d: %d s", i, j, s)
			}
			if i == j && i < 4 && s != 0 {
				t.Errorf("%d to itself: %d s", i, s)
			}
		}
	}
	if m.SourceFaults[0] != nil || !errors.Is(m.SourceFaults[4], ErrNoRegion) {
		t.Errorf("faults %v", m.SourceFaults)
	}
	if _, err := roads.Route(t.Context(), points[1:3]); !errors.Is(err, ErrUnreachable) {
		t.Errorf("from one region to another: %v", err)
	}
}

func TestBadPointsAreRefused(t *testing.T) {
	dir := t.TempDir()
	importTown(t, dir, "town", testExtract)
	roads := openRoads(t, dir)
	good := orb.Point{7, 43}
	for name, c := range map[string]struct {
		p    orb.Point
		want error
	}{
		"latitude 143":     {orb.Point{43, 143}, ErrBadPoint},
		"swapped":          {orb.Point{43, 7}, ErrNoRegion},
		"absent":           {orb.Point{0, 0}, ErrNoRegion},
		"200 km away":      {orb.Point{7, 45}, ErrNoRegion},
		"beside the roads": {orb.Point{7.0205, 43.0185}, ErrNoRoadNear},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := roads.Route(t.Context(), []orb.Point{good, c.p}); !errors.Is(err, c.want) {
				t.Errorf("route: %v", err)
			}
			m, err := roads.Matrix(t.Context(), []orb.Point{good}, []orb.Point{c.p})
			if errors.Is(c.want, ErrBadPoint) != (err != nil) {
				t.Errorf("matrix: %v", err)
			}
			if err == nil {
				if s, _ := m.At(0, 0); s != Unreachable || m.TargetFaults[0] == nil {
					t.Errorf("matrix: %d s, fault %v", s, m.TargetFaults[0])
				}
			}
		})
	}
	if _, err := roads.Route(t.Context(), []orb.Point{good}); !errors.Is(err, ErrFewPoints) {
		t.Errorf("one point: %v", err)
	}
	_, err := roads.Route(t.Context(), make([]orb.Point, MaxRoutePoints+1))
	if !errors.Is(err, ErrTooMany) {
		t.Errorf("too many points: %v", err)
	}
}

func TestFailedImportLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	store := NewStore(dir)
	before := importTown(t, dir, "town", testExtract)
	failing := func(context.Context, string, string, func(float64)) error {
		return errors.New("no disk")
	}
	town := func(text string) Import { return Import{Extract: writeExtract(t, "town.osm", text)} }
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx   context.Context
		order Import
		want  error
	}{
		"cut off":   {t.Context(), town(testExtract[:300]), ErrBrokenExtract},
		"absent":    {t.Context(), Import{Extract: "/no/such.osm.pbf"}, ErrBrokenExtract},
		"no roads":  {t.Context(), town(`<osm></osm>`), ErrNoRoads},
		"cancelled": {cancelled, town(testExtract + " "), context.Canceled},
		"builder fails": {t.Context(), Import{
			Extract: writeExtract(t, "town.osm", testExtract+"  "),
			Builds:  map[string]Builder{"basemap.pmtiles": failing},
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := store.Import(c.ctx, c.order)
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("got %v", err)
			}
			all, err := store.List()
			if err != nil || len(all) != 1 || all[0].ID != before.ID {
				t.Errorf("%v %+v", err, all)
			}
			if err := store.Check(t.Context(), before.ID); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestHelperImport is not a test: it is the process that TestKilledImport kills.
func TestHelperImport(t *testing.T) {
	dir, extract := os.Getenv("BEATPLAN_KILLED_IMPORT"), os.Getenv("BEATPLAN_KILLED_EXTRACT")
	if dir == "" {
		return
	}
	slow := func(ctx context.Context, _, out string, _ func(float64)) error {
		if err := os.WriteFile(out, []byte("half a basemap"), 0o600); err != nil {
			return err
		}
		os.Stdout.WriteString("half way\n")
		<-ctx.Done()
		return ctx.Err()
	}
	_, err := NewStore(dir).Import(t.Context(), Import{
		Extract: extract, Builds: map[string]Builder{"basemap.pmtiles": slow},
	})
	t.Fatal("the import was to be killed", err)
}

func TestKilledImport(t *testing.T) {
	dir := t.TempDir()
	before := importTown(t, dir, "town", testExtract)
	extract := writeExtract(t, "town.osm", strings.Replace(testExtract, "Diagonal", "Avenue", 1))
	cmd := exec.Command(os.Args[0], "-test.run=^TestHelperImport$")
	cmd.Env = append(os.Environ(), "BEATPLAN_KILLED_IMPORT="+dir, "BEATPLAN_KILLED_EXTRACT="+extract)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "half way" {
		t.Log(lines.Text())
	}
	store := NewStore(dir)
	if _, err := store.Import(t.Context(), Import{Extract: extract}); !errors.Is(err, ErrImporting) {
		t.Errorf("a second import at the same time: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the helper was not killed")
	}
	roads := openRoads(t, dir)
	if all := roads.Regions(); len(all) != 1 || all[0].ID != before.ID || len(roads.Faults()) != 0 {
		t.Errorf("after the kill: %+v %v", all, roads.Faults())
	}
	after, err := store.Import(t.Context(), Import{Extract: extract})
	if err != nil || after.ID == before.ID {
		t.Fatalf("import again: %v %+v", err, after)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".building-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestDamagedRegionIsToldAndLeftOut(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"one bit":     func(b []byte) []byte { b[bytes.Index(b, []byte("residential"))] ^= 4; return b },
		"the header":  func(b []byte) []byte { b[20] ^= 1; return b },
		"cut off":     func(b []byte) []byte { return b[:len(b)-200] },
		"old version": func(b []byte) []byte { b[8] = 0; return b },
		"empty":       func([]byte) []byte { return nil },
		"a poem":      func([]byte) []byte { return []byte("The road goes ever on and on") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			region := importTown(t, dir, "town", testExtract)
			file := filepath.Join(region.Dir, networkFile(Car))
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, damage(data), 0o600); err != nil {
				t.Fatal(err)
			}
			roads := openRoads(t, dir)
			fault := roads.Faults()[region.ID]
			if !errors.Is(fault, ErrBrokenRegion) || len(roads.Regions()) != 0 ||
				!strings.Contains(fault.Error(), "Import the extract again") {
				t.Errorf("fault %v, regions %v", fault, roads.Regions())
			}
			if err := NewStore(dir).Check(t.Context(), region.ID); !errors.Is(err, ErrBrokenRegion) {
				t.Errorf("check: %v", err)
			}
			importTown(t, dir, "town", testExtract) // repairs it
			if err := NewStore(dir).Check(t.Context(), region.ID); err != nil {
				t.Errorf("after importing again: %v", err)
			}
		})
	}
}

func TestDrop(t *testing.T) {
	dir := t.TempDir()
	region := importTown(t, dir, "town", testExtract)
	roads := openRoads(t, dir)
	store := NewStore(dir)
	if _, err := store.Drop("nowhere"); !errors.Is(err, ErrUnknownRegion) {
		t.Errorf("got %v", err)
	}
	if _, err := store.Drop(region.ID[:6]); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	watching := make(chan struct{})
	go func() { roads.Watch(ctx, time.Millisecond); close(watching) }()
	for deadline := time.Now().Add(time.Minute); len(roads.Regions()) > 0; {
		if time.Now().After(deadline) {
			t.Fatal("the dropped region is still open")
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-watching
	if left, _ := os.ReadDir(dir); len(left) != 1 || left[0].Name() != lockFile {
		t.Errorf("left behind: %v", left)
	}
}

func TestProfilesSideBySide(t *testing.T) {
	dir := t.TempDir()
	text := strings.Replace(testExtract, `<tag k="highway" v="primary"/>`,
		`<tag k="highway" v="footway"/>`, 1)
	order := Import{Extract: writeExtract(t, "town.osm", text), More: []string{"foot", "bicycle"}}
	if _, err := NewStore(dir).Import(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	if err := NewStore(dir).Check(t.Context(), "town"); err != nil {
		t.Fatal(err)
	}
	corners := []orb.Point{{7, 43}, {7.01, 43.01}}
	streets := map[string]string{}
	for _, profile := range []string{"car", "foot", "motorcycle"} {
		roads, err := OpenFor(dir, profile)
		if err != nil {
			t.Fatal(err)
		}
		route, err := roads.Route(t.Context(), corners)
		if profile == "motorcycle" {
			if !errors.Is(err, ErrNoRegion) {
				t.Errorf("a profile that was not imported: %v", err)
			}
		} else if err != nil {
			t.Error(profile, err)
		} else {
			streets[profile] = strings.Join(route.Legs[0].Streets, ",")
		}
		if err := roads.Close(); err != nil {
			t.Error(err)
		}
	}
	if streets["foot"] != "Diagonal" || strings.Contains(streets["car"], "Diagonal") {
		t.Errorf("streets %v", streets)
	}
	own := filepath.Join(t.TempDir(), "van.yaml")
	for _, c := range []struct {
		text string
		fine bool
	}{
		{"name: van\nclasses: {residential: 20}\naccess_keys: [hgv, vehicle, access]\nturn_bias: 1\n", true},
		{"name: van\nclasses: {residential: 30}\nturn_bias: 1\n", true},
		{"name: car\nclasses: {residential: 30}\nturn_bias: 1\n", false},
		{"name: ../van\nclasses: {residential: 30}\nturn_bias: 1\n", false},
		{"name: van\nclasses: {}\n", false},
	} {
		if err := os.WriteFile(own, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		order.More = []string{own, "foot"}
		r, err := NewStore(dir).Import(t.Context(), order)
		if !c.fine {
			if !errors.Is(err, ErrUnknownProfile) {
				t.Errorf("%s: %v", c.text, err)
			}
			continue
		}
		if err != nil || !slices.Equal(r.Profiles(), []string{"car", "foot", "van"}) {
			t.Fatalf("%v, profiles %v", err, r.Profiles())
		}
		if err := NewStore(dir).Check(t.Context(), "town"); err != nil {
			t.Error(err)
		}
		roads, err := OpenFor(dir, "van")
		if err != nil {
			t.Fatal(err)
		}
		route, err := roads.Route(t.Context(), []orb.Point{{7, 43}, {7.004, 43}})
		kmh := float64(route.Distance) / route.Duration.Seconds() * 3.6
		if want := map[bool]float64{true: 20, false: 30}[strings.Contains(c.text, "20")]; err != nil ||
			kmh < want-0.1 || kmh > want+0.1 {
			t.Errorf("%v km/h, want %v: %v", kmh, want, err)
		}
		if err := roads.Close(); err != nil {
			t.Error(err)
		}
	}
	order.More = []string{"hovercraft"}
	if _, err := NewStore(dir).Import(t.Context(), order); !errors.Is(err, ErrUnknownProfile) {
		t.Errorf("got %v", err)
	}
}
