package oracle_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/paulmach/orb"

	"beatplan/geo/osm/osmtest"
	"beatplan/routing"
)

// extracts are the regions to check: Delaware always, the others where the
// shared data is at hand.
func extracts(t testing.TB) []string {
	t.Helper()
	out := []string{osmtest.Delaware(t)}
	shared := os.Getenv("BEATPLAN_SHARED_DATA")
	if shared == "" {
		shared = "../../../shared/data"
	}
	for _, name := range []string{"andorra-2025", "porto-roads", "shanghai-center-roads",
		"jinan-roads", "beijing-zhongguancun-2017"} {
		path := filepath.Join(shared, "roads", name+".osm.pbf")
		if _, err := os.Stat(path); err == nil {
			out = append(out, path)
		}
	}
	return out
}

func open(t testing.TB, extract string) *routing.Engine {
	t.Helper()
	dir := t.TempDir()
	region, err := routing.NewStore(dir).Import(t.Context(), routing.Import{Extract: extract})
	if err != nil {
		t.Fatal(err)
	}
	e, err := routing.OpenEngine(region)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// snaps returns random snaps near random nodes of usable roads. Stretches that
// two ways share are passed over: a snap does not say which of the two it is on.
func snaps(t testing.TB, e *routing.Engine, g *graph, rng *rand.Rand, n int) []routing.Snap {
	t.Helper()
	var out []routing.Snap
	for len(out) < n {
		at := g.edges[rng.IntN(len(g.edges))]
		v := g.nodes[at.from]
		p := orb.Point{v.lon + rng.NormFloat64()*0.001, v.lat + rng.NormFloat64()*0.001}
		s, err := e.Snap(p, 0)
		if errors.Is(err, routing.ErrNoRoadNear) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(g.between[s.Nodes]) <= 1 && len(g.between[[2]int64{s.Nodes[1], s.Nodes[0]}]) <= 1 {
			out = append(out, s)
		}
	}
	return out
}

func spotOf(s routing.Snap) spot {
	return spot{s.Nodes[0], s.Nodes[1], int64(s.Share())}
}

// targets of each source.
const targets = 100

// sources is how many places each region is asked from: 10, or as many as
// BEATPLAN_ORACLE_SOURCES says (100 for 10,000 pairs a region).
func sources(t testing.TB) int {
	t.Helper()
	n := 10
	if text := os.Getenv("BEATPLAN_ORACLE_SOURCES"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 5 {
			t.Fatalf("BEATPLAN_ORACLE_SOURCES=%s: a number from 5", text)
		}
	}
	return n
}

func TestRoutesAndMatricesEqualDijkstra(t *testing.T) {
	for _, extract := range extracts(t) {
		t.Run(filepath.Base(extract), func(t *testing.T) {
			t.Parallel()
			checkExtract(t, extract)
		})
	}
}

func checkExtract(t *testing.T, extract string) {
	e, g := open(t, extract), read(t, extract)
	rng := rand.New(rand.NewPCG(7, 11))
	from, to := snaps(t, e, g, rng, sources(t)), snaps(t, e, g, rng, targets)
	for i := range 5 { // pairs that share a street, and a point with itself
		to[i] = from[i]
	}
	matrix, err := e.Table(t.Context(), from, to)
	if err != nil {
		t.Fatal(err)
	}
	spots := make([]spot, len(to))
	for j := range to {
		spots[j] = spotOf(to[j])
	}
	unreachable := 0
	for i := range from {
		want := g.from(spotOf(from[i]), spots)
		for j := range to {
			if want[j] == unreached() {
				unreachable++
			}
			checkPair(t, e, g, from[i], to[j], want[j])
			s, m := matrix.At(i, j)
			if ws, wm := rounded(want[j]); s != ws || m != wm {
				t.Errorf("matrix %d→%d: %d s %d m, want %d s %d m", i, j, s, m, ws, wm)
			}
		}
	}
	t.Logf("%d pairs, %d unreachable", len(from)*len(to), unreachable)
	if unreachable > len(from)*len(to)/10 {
		t.Errorf("%d pairs are unreachable", unreachable)
	}
}

func rounded(c cost) (int32, int32) {
	if c == unreached() {
		return routing.Unreachable, routing.Unreachable
	}
	return int32((c.ms + 500) / 1000), int32((c.cm + 50) / 100)
}

func checkPair(t *testing.T, e *routing.Engine, g *graph, from, to routing.Snap, want cost) {
	t.Helper()
	r, err := e.Through(context.Background(), []routing.Snap{from, to})
	if errors.Is(err, routing.ErrUnreachable) && want == unreached() {
		return
	}
	if err != nil {
		t.Errorf("%v → %v: %v, want %v", from, to, err, want)
		return
	}
	got := cost{r.Duration.Milliseconds(), int64(float64(r.Distance)*100 + 0.5)}
	if got != want {
		t.Errorf("%v → %v: %v, want %v", from, to, got, want)
		return
	}
	if sum, why := g.sum(spotOf(from), spotOf(to), r.Legs[0].Nodes); sum != want {
		t.Errorf("%v → %v: the path adds up to %v instead of %v %s", from, to, sum, want, why)
	}
	checkLine(t, from, to, r.Legs[0].Line)
}

// checkLine compares the ends of the drawing with the snaps.
func checkLine(t *testing.T, from, to routing.Snap, line orb.LineString) {
	t.Helper()
	if len(line) < 2 || line[0] != from.Point || line[len(line)-1] != to.Point {
		t.Errorf("the line does not lead from %v to %v: %v", from.Point, to.Point, line)
	}
}

// sum adds up the path over the given nodes, stretch by stretch and turn by
// turn. Where two ways share a stretch the quicker counts.
func (g *graph) sum(from, to spot, nodes []int64) (cost, string) {
	if len(nodes) == 0 {
		e := g.any(from.a, from.b, to.share >= from.share)
		if e < 0 {
			return cost{}, "no stretch between the snaps"
		}
		a, b := g.until(e, from), g.until(e, to)
		return cost{b.ms - a.ms, b.cm - a.cm}, ""
	}
	last := g.into(from, nodes[0])
	if last < 0 {
		return cost{}, "the first stretch may not be driven this way"
	}
	before := g.until(last, from)
	c := cost{g.edges[last].ms - before.ms, g.edges[last].cm - before.cm}
	for i := 1; i <= len(nodes); i++ {
		var candidates []int
		switch {
		case i < len(nodes):
			candidates = g.between[[2]int64{nodes[i-1], nodes[i]}]
		case nodes[i-1] == to.a:
			candidates = g.between[[2]int64{to.a, to.b}]
		default:
			candidates = g.between[[2]int64{to.b, to.a}]
		}
		next, best := -1, unreached()
		for _, e := range candidates {
			add := cost{g.turnTime(last, e) + g.edges[e].ms, g.edges[e].cm}
			if i == len(nodes) {
				add = cost{g.turnTime(last, e), 0}.plus(g.until(e, to))
			}
			if add.less(best) {
				next, best = e, add
			}
		}
		if next < 0 {
			return cost{}, "there is no stretch between two nodes of the path"
		}
		c, last = c.plus(best), next
	}
	return c, ""
}

func (g *graph) any(a, b int64, ahead bool) int {
	if !ahead {
		a, b = b, a
	}
	if e := g.between[[2]int64{a, b}]; len(e) > 0 {
		return e[0]
	}
	return -1
}

// into is the edge of the spot's stretch that arrives at node v.
func (g *graph) into(s spot, v int64) int {
	from := s.a
	if v == s.a {
		from = s.b
	}
	if e := g.between[[2]int64{from, v}]; len(e) > 0 {
		return e[0]
	}
	return -1
}
