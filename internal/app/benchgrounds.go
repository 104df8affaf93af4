package app

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/planar"

	"beatplan/geo/geodesic"
	"beatplan/geo/osm"
	"beatplan/routing"
	"beatplan/territory/district"
)

// benchGround is real ground with customers on it.
type benchGround struct {
	name    string
	persons int
	roads   string // the extract; empty: air distance
	points  []orb.Point
	graph   district.Graph // as declared; empty: Delaunay's
	weight  []float64      // of each, 1 on average; nil: all alike
}

// customersEach is how many customers a person of a ground has, at most: about
// what one week of theirs holds.
const customersEach = 50

// benchGrounds reads the five grounds on which plans are compared, from an extract
// of Delaware and the shared data. What is not there is left out.
func benchGrounds(ctx context.Context, extract, shared string) ([]benchGround, error) {
	road := func(name string) string { return filepath.Join(shared, "roads", name) }
	all := []benchGround{
		{name: "delaware", persons: 12, roads: extract},
		{name: "andorra", persons: 6, roads: road("andorra-2025.osm.pbf")},
		{name: "porto", persons: 10, roads: road("porto-roads.osm.pbf")},
		{name: "jinan", persons: 8, roads: road("jinan-roads.osm.pbf")},
		{name: "manchester", persons: 10},
	}
	read := []func(*benchGround) error{
		func(g *benchGround) error { return g.businesses(ctx) },
		func(g *benchGround) error {
			return g.listed(filepath.Join(shared, "customers", "osm-customers-andorra.csv"))
		},
		func(g *benchGround) error { return g.alongRoads(ctx) },
		func(g *benchGround) error { return g.alongRoads(ctx) },
		func(g *benchGround) error {
			return g.census(filepath.Join(shared, "territory", "vidalt-manchester.geojson"))
		},
	}
	var out []benchGround
	for i := range all {
		err := read[i](&all[i])
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", all[i].name, err)
		}
		all[i].thin()
		out = append(out, all[i])
	}
	return out, nil
}

// thin keeps an even, seeded choice of the customers.
func (g *benchGround) thin() {
	most := customersEach * g.persons
	if g.graph.Len() > 0 || len(g.points) <= most {
		return
	}
	rng := rand.New(rand.NewPCG(7, 7))
	rng.Shuffle(len(g.points), func(i, j int) {
		g.points[i], g.points[j] = g.points[j], g.points[i]
	})
	g.points = g.points[:most]
}

// businesses are the shops and offices of the extract.
func (g *benchGround) businesses(ctx context.Context) error {
	return osm.POIs(ctx, g.roads, func(p osm.POI) error {
		g.points = append(g.points, p.Point)
		return nil
	})
}

// listed are the customers of a table with the columns lng and lat.
func (g *benchGround) listed(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() // read only
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) == 0 {
		return errors.Join(err, errors.New("no rows"))
	}
	x, y := slices.Index(rows[0], "lng"), slices.Index(rows[0], "lat")
	for _, row := range rows[1:] {
		lon, errX := strconv.ParseFloat(row[x], 64)
		lat, errY := strconv.ParseFloat(row[y], 64)
		if err := errors.Join(errX, errY); err != nil {
			return err
		}
		g.points = append(g.points, orb.Point{lon, lat})
	}
	return nil
}

// alongRoads puts customers at bends of side streets, where extracts of roads
// alone name no shops.
func (g *benchGround) alongRoads(ctx context.Context) error {
	_, err := osm.Map(ctx, g.roads, osm.Options{}, osm.MapHandler{Road: func(r *osm.MapRoad) error {
		if r.Class == "minor" || r.Class == "tertiary" || r.Class == "secondary" {
			g.points = append(g.points, r.Line[len(r.Line)/2])
		}
		return nil
	}})
	return err
}

// census are areas with people, and who borders on whom.
func (g *benchGround) census(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	areas, err := geojson.UnmarshalFeatureCollection(text)
	if err != nil {
		return err
	}
	var near struct {
		Features []struct {
			Properties struct {
				Adjacent   []int32 `json:"LIST_ADJACENT"`
				Population float64 `json:"POPULATION"`
			} `json:"properties"`
		} `json:"features"`
	}
	if err := json.Unmarshal(text, &near); err != nil {
		return err
	}
	var pairs []district.Pair
	var people float64
	for i, f := range areas.Features {
		middle, _ := planar.CentroidArea(f.Geometry)
		g.points = append(g.points, middle)
		g.weight = append(g.weight, near.Features[i].Properties.Population)
		people += near.Features[i].Properties.Population
		for _, j := range near.Features[i].Properties.Adjacent {
			pairs = append(pairs, district.Pair{A: int32(i), B: j})
		}
	}
	for i := range g.weight {
		g.weight[i] *= float64(len(g.weight)) / people
	}
	g.graph = district.NewGraph(len(g.points), pairs)
	return nil
}

// problem gives every customer visits by class and the work that they take.
func (g *benchGround) problem() *district.Problem {
	rng := rand.New(rand.NewPCG(11, uint64(len(g.points))))
	p := &district.Problem{Activities: 1, Graph: g.graph,
		People: slices.Repeat([]district.Person{{Share: 1}}, g.persons)}
	for i, at := range g.points {
		visits := []float64{1, 1, 2, 4}[rng.IntN(4)]
		work := visits * (25 + 20*rng.Float64())
		if g.weight != nil {
			work = g.weight[i] * 100
		}
		p.Units = append(p.Units, district.Unit{Point: at, Value: 1, Current: district.Nobody,
			Loads: [district.Activities]float64{work, visits}})
	}
	if p.Graph.Len() == 0 {
		p.Graph = district.Around(g.points, nil)
	}
	return p
}

// matrices opens the ground's roads, made anew in dir; without an extract the
// crow flies, 1.3 times as far, at 30 km/h.
func (g *benchGround) matrices(ctx context.Context, dir string) (routing.Matrices, func(), error) {
	if g.roads == "" {
		return crow{}, func() {}, nil
	}
	file := filepath.Join(dir, g.name+".net")
	_, err := routing.BuildFile(ctx, routing.Build{Extract: g.roads, Out: file})
	if err != nil {
		return nil, nil, err
	}
	engine, err := routing.OpenFile(file)
	if err != nil {
		return nil, nil, err
	}
	return engine, func() { _ = engine.Close() }, nil
}

// crow flies.
type crow struct{}

// Matrix answers air distances with a detour, at 30 km/h.
func (crow) Matrix(_ context.Context, from, to []orb.Point) (routing.Matrix, error) {
	m := routing.Matrix{Sources: len(from), Targets: len(to)}
	for _, a := range from {
		for _, b := range to {
			metres := 1.3 * float64(geodesic.Distance(a, b))
			m.Meters = append(m.Meters, int32(metres))
			m.Seconds = append(m.Seconds, int32(metres*3.6/30))
		}
	}
	return m, nil
}
