package oracle_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"beatplan/geo/osm/osmtest"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo/geodesic"
	"beatplan/geo/index"
	"beatplan/routing"
	"beatplan/routing/dispatch"
)

// The nearest person of 1,000 random calls, by the ranking and by Dijkstra over
// the raw ways from every person; then a fleet's bound against looking at everybody.
//
// feature: Y36
func TestNearestPersonEqualsDijkstraOverAll(t *testing.T) {
	t.Parallel()
	const people, calls = 12, 1000
	extract := osmtest.Delaware(t)
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
	theBoundLosesNobody(t, e, g)
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

// A fleet that stops at its bound answers as looking at everybody does: on the state's
// one-way streets and its islands, among people who are busy, whose positions are old
// and whose shift ends.
func theBoundLosesNobody(t *testing.T, e *routing.Engine, g *graph) {
	t.Helper()
	const people, calls = 700, 250
	rng := rand.New(rand.NewPCG(36, 4))
	now := time.Date(2026, 11, 23, 15, 30, 0, 0, time.UTC)
	fleet := dispatch.NewFleet(ways{e}, index.Options{})
	twin := dispatch.NewFleet(ways{e}, index.Options{})
	known := map[int64]dispatch.Candidate{}
	var candidates []dispatch.Candidate
	from, _ := places(t, e, g, rng, people)
	for i, p := range from {
		c := dispatch.Candidate{Person: int64(i + 1), Position: p,
			At:   now.Add(-time.Duration(rng.IntN(12)) * time.Minute),
			Busy: time.Duration(rng.IntN(3)) * 4 * time.Minute}
		if i%7 == 0 {
			c.Until = now.Add(time.Duration(rng.IntN(40)) * time.Minute)
		}
		fleet.Put(c.Person, c.Position, c.At)
		candidates, known[c.Person] = append(candidates, c), c
	}
	fleet.Publish()
	for _, c := range slices.Backward(candidates) { // the same people, found in another order
		twin.Put(c.Person, c.Position, c.At)
	}
	twin.Publish()
	looked := 0
	who := func(_ context.Context, ids []int64) (map[int64]dispatch.Candidate, error) {
		looked += len(ids)
		return known, nil
	}
	to, _ := places(t, e, g, rng, calls)
	for i, p := range to {
		q := dispatch.Question{To: p, Now: now, Fresh: 10 * time.Minute, Limit: 1 + i%6}
		want, err := dispatch.Nearest(t.Context(), e, q, candidates)
		if err != nil {
			t.Fatal(err)
		}
		got, err := fleet.Nearest(t.Context(), q, who)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Ranked, want.Ranked) {
			t.Fatalf("call %d at %v:\n%+v\nlooking at all:\n%+v", i, p, got.Ranked, want.Ranked)
		}
		again, err := twin.Nearest(t.Context(), q, who)
		if err != nil || !slices.Equal(got.Unranked, again.Unranked) {
			t.Fatalf("call %d: left out %+v, by another order %+v, %v", i, got.Unranked, again.Unranked, err)
		}
		for _, left := range got.Unranked {
			if !slices.Contains(want.Unranked, left) {
				t.Fatalf("call %d: left out %+v", i, left)
			}
		}
	}
	looked /= 2 // by two fleets
	t.Logf("%d of %d people were looked at by a call", looked/calls, people)
	if looked > calls*people/2 {
		t.Errorf("%d people were looked at by a call: the bound does not hold", looked/calls)
	}
}

// ways is one region as all roads.
type ways struct{ *routing.Engine }

func (w ways) Toward(p orb.Point) (*routing.Toward, error) {
	to, err := w.Snap(p, 0)
	if err != nil {
		return nil, err
	}
	return w.Engine.Toward(to)
}
