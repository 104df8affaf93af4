package routing

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"beatplan/geo"
	"beatplan/routing/network"
)

// gridTown is a town of streets on a jittered grid, some of them one-way.
func gridTown(rng *rand.Rand, size int) string {
	var x strings.Builder
	x.WriteString("<osm version=\"0.6\">")
	id := func(i, j int) int { return i*size + j + 1 }
	for i := range size {
		for j := range size {
			fmt.Fprintf(&x, "<node id=\"%d\" lon=\"%.6f\" lat=\"%.6f\"/>", id(i, j),
				7+0.003*float64(i)+rng.Float64()*0.001, 43+0.002*float64(j)+rng.Float64()*0.0008)
		}
	}
	way := 0
	street := func(a, b int) {
		way++
		oneway := []string{"no", "no", "yes", "-1"}[rng.IntN(4)]
		fmt.Fprintf(&x, "<way id=\"%d\"><nd ref=\"%d\"/><nd ref=\"%d\"/>"+
			"<tag k=\"highway\" v=\"residential\"/><tag k=\"oneway\" v=\"%s\"/></way>", way, a, b, oneway)
	}
	for i := range size {
		for j := range size {
			if i+1 < size {
				street(id(i, j), id(i+1, j))
			}
			if j+1 < size && rng.IntN(5) > 0 {
				street(id(i, j), id(i, j+1))
			}
		}
	}
	x.WriteString("</osm>")
	return x.String()
}

func TestIsochroneEqualsRoutes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	dir := t.TempDir()
	importTown(t, dir, "grid", gridTown(rng, 14))
	e, err := openRoads(t, dir).Engine("grid")
	if err != nil {
		t.Fatal(err)
	}
	random := func() orb.Point { return orb.Point{7 + rng.Float64()*0.04, 43 + rng.Float64()*0.028} }
	in, out := 0, 0
	for _, limit := range []time.Duration{time.Second, 3 * time.Minute, 7 * time.Minute} {
		for range 10 {
			iso, err := e.Isochrone(t.Context(), random(), limit)
			if err != nil {
				t.Fatal(err)
			}
			for range 200 {
				s, err := e.Snap(random(), 0)
				if err != nil {
					t.Fatal(err)
				}
				d, _, ok := e.Duration(iso.From, s)
				want := ok && d <= limit
				if got := iso.Contains(s); got != want {
					t.Fatalf("limit %v, %v away (%v): contained %v", limit, d, ok, got)
				}
				if want {
					in++
				} else {
					out++
				}
			}
			checkArea(t, iso)
		}
	}
	if in < 500 || out < 500 {
		t.Errorf("%d inside, %d outside: the sample says little", in, out)
	}
}

// By distance the oracle is the plainest one: lengths relaxed over all turns until
// nothing changes.
func TestIsodistanceEqualsBruteForce(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 3))
	dir := t.TempDir()
	importTown(t, dir, "grid", gridTown(rng, 9))
	e, err := openRoads(t, dir).Engine("grid")
	if err != nil {
		t.Fatal(err)
	}
	random := func() orb.Point { return orb.Point{7 + rng.Float64()*0.026, 43 + rng.Float64()*0.018} }
	in, out := 0, 0
	for range 12 {
		limit := geo.Meters(100 + rng.IntN(3000))
		iso, err := e.Isodistance(t.Context(), random(), limit)
		if err != nil {
			t.Fatal(err)
		}
		ends := shortest(e, iso.From)
		for range 100 {
			s, err := e.Snap(random(), 0)
			if err != nil {
				t.Fatal(err)
			}
			cm := shortestTo(e, iso.From, s, ends)
			want := cm <= int64(limit*100)
			if got := iso.Contains(s); got != want {
				t.Fatalf("limit %v, %d cm away: contained %v", limit, cm, got)
			}
			if want {
				in++
			} else {
				out++
			}
		}
		checkArea(t, iso)
	}
	if in < 100 || out < 100 {
		t.Errorf("%d inside, %d outside: the sample says little", in, out)
	}
}

// shortest is the centimetres from a snap to the end of every state's arc.
func shortest(e *Engine, from Snap) []int64 {
	n := e.net
	dist := make([]int64, n.States())
	for i := range dist {
		dist[i] = math.MaxInt64 / 2
	}
	for arc := 2 * from.place.Segment; arc < 2*from.place.Segment+2; arc++ {
		if n.Open(arc) {
			dist[n.FirstState[arc]] = (n.ArcCost(arc) - n.Before(arc, from.place)).Centimetres()
		}
	}
	for changed := true; changed; {
		changed = false
		for s := range dist {
			for k := n.FirstTurn[s]; k < n.FirstTurn[s+1]; k++ {
				to := n.TurnTo[k]
				if d := dist[s] + n.ArcCost(n.StateArc[to]).Centimetres(); d < dist[to] {
					dist[to], changed = d, true
				}
			}
		}
	}
	return dist
}

func shortestTo(e *Engine, from, to Snap, ends []int64) int64 {
	n, best := e.net, int64(math.MaxInt64/2)
	for arc := 2 * to.place.Segment; arc < 2*to.place.Segment+2; arc++ {
		if !n.Open(arc) {
			continue
		}
		before := n.Before(arc, to.place).Centimetres()
		for s := range ends {
			for k := n.FirstTurn[s]; k < n.FirstTurn[s+1]; k++ {
				if n.StateArc[n.TurnTo[k]] == arc {
					best = min(best, ends[s]+before)
				}
			}
		}
	}
	if w := e.direct(from.place, to.place); from.place.Segment == to.place.Segment &&
		w.cost < network.Infinite {
		best = min(best, w.cost.Centimetres())
	}
	return best
}

// checkArea tests that every reached road lies in the area and rings are sound.
func checkArea(t *testing.T, iso *Isochrone) {
	t.Helper()
	for _, line := range iso.Lines {
		for _, p := range line {
			if !planar.MultiPolygonContains(iso.Area, p) {
				t.Fatalf("limit %v: %v is reached but not in the area", iso.Limit, p)
			}
		}
	}
	for _, polygon := range iso.Area {
		for i, ring := range polygon {
			if ring[0] != ring[len(ring)-1] || (ring.Orientation() == orb.CCW) != (i == 0) {
				t.Fatalf("ring %d is open or runs the wrong way", i)
			}
		}
	}
}

func TestIsochroneRefusals(t *testing.T) {
	dir := t.TempDir()
	importTown(t, dir, "town", testExtract)
	e, err := openRoads(t, dir).Engine("town")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		p     orb.Point
		limit time.Duration
		want  error
	}{
		{orb.Point{7, 43}, 0, ErrTooMany},
		{orb.Point{7, 43}, 5 * time.Hour, ErrTooMany},
		{orb.Point{700, 43}, time.Minute, ErrBadPoint},
		{orb.Point{8, 43}, time.Minute, ErrNoRoadNear},
	} {
		if _, err := e.Isochrone(t.Context(), c.p, c.limit); !errors.Is(err, c.want) {
			t.Errorf("%v %v: %v", c.p, c.limit, err)
		}
	}
}
