package network

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/geo/osm"
)

// randomRoads is a random drawing of ways over random nodes, with some tags.
func randomRoads(rng *rand.Rand) *osm.Roads {
	var ids []int64
	for i := range int64(2 + rng.IntN(60)) {
		ids = append(ids, i+1)
	}
	r := &osm.Roads{Nodes: osm.NewPositions(slices.Clone(ids)), NodeTags: map[int64]osm.Tags{}}
	for _, id := range ids {
		r.Nodes.Set(&osm.Node{
			ID: id, Lon: 70_000_000 + rng.Int32N(500_000), Lat: 430_000_000 + rng.Int32N(500_000),
		})
		if rng.IntN(12) == 0 {
			r.NodeTags[id] = osm.Tags{{Key: "barrier", Value: "bollard"}}
		}
	}
	choices := []osm.Tags{
		nil, {{Key: "oneway", Value: "yes"}}, {{Key: "oneway", Value: "-1"}},
		{{Key: "access", Value: "private"}}, {{Key: "junction", Value: "roundabout"}},
	}
	for w := range int64(1 + rng.IntN(40)) {
		way := osm.Way{ID: w + 1, Tags: append(osm.Tags{{Key: "highway", Value: "residential"}},
			choices[rng.IntN(len(choices))]...)}
		for range 2 + rng.IntN(5) {
			way.Nodes = append(way.Nodes, ids[rng.IntN(len(ids))])
		}
		r.Ways = append(r.Ways, way)
	}
	return r
}

func build(t *testing.T, r *osm.Roads) *Network {
	t.Helper()
	p, err := Car()
	if err != nil {
		t.Fatal(err)
	}
	d := FromRoads(r, p)
	order := make([]int32, len(d.Outline().From))
	for i := range order {
		order[i] = int32(i)
	}
	return d.Finish(order)
}

func TestNearestEqualsBruteForce(t *testing.T) {
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 3))
		n := build(t, randomRoads(rng))
		for range 20 {
			p := orb.Point{7 + rng.Float64()*0.06 - 0.005, 43 + rng.Float64()*0.06 - 0.005}
			accept := func(s uint32) bool { return s%3 != 0 }
			found, ok := n.Nearest(p, geo.Meters(math.Inf(1)), accept)
			best := math.Inf(1)
			for s := range uint32(n.Segments()) {
				for piece := n.FirstPoint[s]; accept(s) && piece+1 < n.FirstPoint[s+1]; piece++ {
					d, _ := planeAt(p).toPiece(n, piece)
					best = min(best, d)
				}
			}
			if ok != !math.IsInf(best, 1) {
				t.Fatalf("seed %d: found %v, brute force %v", seed, ok, best)
			}
			if !ok {
				continue
			}
			d, _ := planeAt(p).toPiece(n, found.Piece)
			if d > best*(1+1e-12) || !n.Valid(found.Place) { // boxes round in the last digit
				t.Fatalf("seed %d: %v at %v, brute force %v", seed, found, d, best)
			}
			if d := geodesic.Distance(p, n.At(found.Place)); d != found.Distance {
				t.Fatalf("seed %d: distance %v, want %v", seed, found.Distance, d)
			}
		}
	}
}

func TestNearStopsAtTheLimit(t *testing.T) {
	n := build(t, randomRoads(rand.New(rand.NewPCG(9, 9))))
	p := n.Point(0)
	last := geo.Meters(0)
	n.Near(p, 800, func(f Found) bool {
		if f.Distance > 800 {
			t.Errorf("%v lies beyond the limit", f.Distance)
		}
		if f.Distance < last-1 {
			t.Errorf("%v after %v", f.Distance, last)
		}
		last = f.Distance
		return true
	})
	if last == 0 {
		t.Error("nothing but the point's own piece was visited")
	}
}

func TestEveryPieceIsInOneSegment(t *testing.T) {
	for seed := range uint64(100) {
		roads := randomRoads(rand.New(rand.NewPCG(seed, 4)))
		n := build(t, roads)
		pieces := 0
		for i := range roads.Ways {
			nodes := roads.Ways[i].Nodes
			for k := 1; k < len(nodes); k++ {
				if nodes[k] != nodes[k-1] {
					pieces++
				}
			}
		}
		if got := len(n.Index.Pieces); got != pieces {
			t.Fatalf("seed %d: %d pieces, want %d", seed, got, pieces)
		}
		for arc := range uint32(2 * n.Segments()) {
			wanted := Forward
			if arc&1 == 1 {
				wanted = Backward
			}
			if open := n.Flags[arc>>1]&wanted != 0; n.Open(arc) != open {
				t.Fatalf("seed %d: arc %d has states: %v, flags %b", seed, arc, n.Open(arc), n.Flags[arc>>1])
			}
		}
	}
}

func TestCostsSplitAtAPlace(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	n := build(t, randomRoads(rng))
	for range 1000 {
		s := uint32(rng.IntN(n.Segments()))
		points := n.FirstPoint[s+1] - n.FirstPoint[s]
		p := Place{
			Segment: s, Piece: n.FirstPoint[s] + uint32(rng.IntN(int(points-1))),
			Offset: uint32(rng.IntN(Scale + 1)),
		}
		for arc := 2 * s; arc < 2*s+2; arc++ {
			if !n.Open(arc) {
				continue
			}
			before, whole := n.Before(arc, p), n.ArcCost(arc)
			if before.Milliseconds() > whole.Milliseconds() || before.Centimetres() > whole.Centimetres() {
				t.Fatalf("%v: %v of %v before it", p, before, whole)
			}
		}
	}
}

func TestFileKeepsEverything(t *testing.T) {
	n := build(t, randomRoads(rand.New(rand.NewPCG(6, 6))))
	var s Sections
	n.Put(&s)
	path := filepath.Join(t.TempDir(), "x.net")
	if err := s.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	open, release, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Load(open)
	if err != nil {
		t.Fatal(err)
	}
	if back.Profile != "car" || back.Box != n.Box || !slices.Equal(back.Fwd, n.Fwd) ||
		!slices.Equal(back.Backs.Cost, n.Backs.Cost) || !slices.Equal(back.Nodes.Low, n.Nodes.Low) ||
		!slices.Equal(back.TurnTo, n.TurnTo) || !slices.Equal(back.Index.Box, n.Index.Box) {
		t.Error("the network came back different")
	}
	if _, err := Get[uint8](open, "net.lon"); !errors.Is(err, ErrFile) {
		t.Errorf("a section of another item size: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}

// FuzzOpenFile opens damaged files: an error, never a panic.
func FuzzOpenFile(f *testing.F) {
	none := []uint32{0}
	n := Network{
		Profile: "car", FirstPoint: none, FirstState: none, FirstTurn: none,
		Index: Index{Level: []uint32{0, 0}},
	}
	var s Sections
	n.Put(&s)
	path := filepath.Join(f.TempDir(), "x.net")
	if err := s.WriteFile(path); err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:300])
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := parse(data); err == nil {
			if _, err := Load(s); err != nil && !errors.Is(err, ErrFile) {
				t.Errorf("%v", err)
			}
		} else if !errors.Is(err, ErrFile) {
			t.Errorf("%v", err)
		}
	})
}

func TestProfilesAreChecked(t *testing.T) {
	for name, text := range map[string]string{
		"no yaml":     "{",
		"no name":     "classes: {primary: 50}",
		"no class":    "name: x",
		"odd share":   "name: x\nlimit_share: 8\nturn_bias: 1\nclasses: {primary: 50}",
		"odd speed":   "name: x\nlimit_share: 1\nturn_bias: 1\nclasses: {primary: 5000}",
		"no bias":     "name: x\nlimit_share: 1\nclasses: {primary: 50}",
		"bad penalty": "name: x\nlimit_share: 1\nturn_bias: 1\nturn_penalty: -1\nclasses: {primary: 50}",
	} {
		if _, err := ParseProfile([]byte(text)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if _, err := BuiltIn("hovercraft"); err == nil {
		t.Error("an unknown profile was accepted")
	}
	for _, name := range []string{"car", "motorcycle", "bicycle", "foot"} {
		if p, err := BuiltIn(name); err != nil || p.Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}
