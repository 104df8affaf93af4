package oracle_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo/geodesic"
	"beatplan/routing"
	"beatplan/routing/dispatch"
)

// The nearest person of 1,000 random calls, by the ranking and by Dijkstra over
// the raw ways from every person.
func TestNearestPersonEqualsDijkstraOverAll(t *testing.T) {
	t.Parallel()
	const people, calls = 12, 1000
	extract := delaware(t)
	e, g := open(t, extract), read(t, extract)
	rng := rand.New(rand.NewPCG(36, 3))
	from, homes := places(t, e, g, rng, people)
	to, sites := places(t, e, g, rng, calls)
	costs := make([][]cost, people)
	for i := range homes {
		costs[i] = g.from(homes[i], sites)
	}
	now := time.Date(2026, 11, 23, 15, 30, 0, 0, time.UTC)
	candidates := make([]dispatch.Candidate, people)
	for i := range from {
		candidates[i] = dispatch.Candidate{Person: int64(i), Position: from[i], At: now}
	}
	airNearest := 0
	for j := range to {
		q := dispatch.Question{To: to[j], Now: now, Fresh: time.Minute, Limit: people}
		a, err := dispatch.Nearest(t.Context(), e, q, candidates)
		if err != nil {
			t.Fatal(err)
		}
		want, reach := int32(-1), 0
		for i := range costs {
			s, _ := rounded(costs[i][j])
			if s == routing.Unreachable {
				continue
			}
			if reach++; want < 0 || s < want {
				want = s
			}
		}
		if len(a.Ranked) != reach {
			t.Fatalf("call %d: %d people ranked, %d can come", j, len(a.Ranked), reach)
		}
		if reach == 0 {
			continue
		}
		if got := int32(a.Ranked[0].ETA / time.Second); got != want {
			t.Fatalf("call %d: nearest in %d s, by Dijkstra %d s", j, got, want)
		}
		for k := range a.Ranked {
			s, _ := rounded(costs[a.Ranked[k].Person][j])
			if got := int32(a.Ranked[k].ETA / time.Second); got != s {
				t.Fatalf("call %d: person %d in %d s, by Dijkstra %d s", j, a.Ranked[k].Person, got, s)
			}
			if k > 0 && a.Ranked[k].ETA < a.Ranked[k-1].ETA {
				t.Fatalf("call %d: rank %d comes before rank %d", j, k+1, k)
			}
		}
		if nearestByAir(to[j], from) == a.Ranked[0].Person {
			airNearest++
		}
	}
	t.Logf("nearest through the air was nearest on the road in %d of %d calls", airNearest, calls)
}

// places returns random points near roads and where they snap to.
func places(
	t *testing.T, e *routing.Engine, g *graph, rng *rand.Rand, n int,
) (points []orb.Point, spots []spot) {
	t.Helper()
	for len(points) < n {
		v := g.nodes[g.edges[rng.IntN(len(g.edges))].from]
		p := orb.Point{v.lon + rng.NormFloat64()*0.001, v.lat + rng.NormFloat64()*0.001}
		s, err := e.Snap(p, 0)
		if errors.Is(err, routing.ErrNoRoadNear) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(g.between[s.Nodes]) <= 1 && len(g.between[[2]int64{s.Nodes[1], s.Nodes[0]}]) <= 1 {
			points, spots = append(points, p), append(spots, spotOf(s))
		}
	}
	return points, spots
}

func nearestByAir(p orb.Point, people []orb.Point) int64 {
	best := 0
	for i := range people {
		if geodesic.Distance(p, people[i]) < geodesic.Distance(p, people[best]) {
			best = i
		}
	}
	return int64(best)
}
