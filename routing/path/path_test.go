package path

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"beatplan/routing/network"
)

// randomGraph has n vertices and m arcs: parallel ones, loops, zero costs, and
// many of equal cost.
func randomGraph(rng *rand.Rand, n, m int) network.Graph {
	out := make([][]uint32, n)
	for range m {
		v := rng.IntN(n)
		w := rng.IntN(n)
		if rng.IntN(3) > 0 { // mostly neighbours, so that paths are long
			w = (v + 1 + rng.IntN(3)) % n
		}
		out[v] = append(out[v], uint32(w))
	}
	g := network.Graph{First: []uint32{0}}
	for _, heads := range out {
		for _, w := range heads {
			g.Head = append(g.Head, w)
			g.Cost = append(g.Cost, randomCost(rng))
		}
		g.First = append(g.First, uint32(len(g.Head)))
	}
	return g
}

func randomCost(rng *rand.Rand) cost {
	return network.NewCost(uint32(rng.IntN(5)), uint32(rng.IntN(4)))
}

// dijkstra is the plainest form, without a queue.
func dijkstra(g network.Graph, seeds []Seed) []cost {
	n := len(g.First) - 1
	dist := make([]cost, n)
	done := make([]bool, n)
	for i := range dist {
		dist[i] = infinite
	}
	for _, s := range seeds {
		dist[s.Vertex] = min(dist[s.Vertex], s.Cost)
	}
	for {
		v := -1
		for i := range dist {
			if !done[i] && dist[i] < infinite && (v < 0 || dist[i] < dist[v]) {
				v = i
			}
		}
		if v < 0 {
			return dist
		}
		done[v] = true
		for a := g.First[v]; a < g.First[v+1]; a++ {
			dist[g.Head[a]] = min(dist[g.Head[a]], dist[v]+g.Cost[a])
		}
	}
}

func cheapest(dist []cost, targets []Seed) cost {
	best := infinite
	for _, t := range targets {
		if dist[t.Vertex] < infinite {
			best = min(best, dist[t.Vertex]+t.Cost)
		}
	}
	return best
}

func randomSeeds(rng *rand.Rand, n int) []Seed {
	seeds := make([]Seed, rng.IntN(4))
	for i := range seeds {
		seeds[i] = Seed{uint32(rng.IntN(n)), randomCost(rng)}
	}
	return seeds
}

// pathCost adds up the cheapest arcs along a path.
func pathCost(g network.Graph, path []uint32, sources, targets []Seed) cost {
	sum := infinite
	for _, s := range sources {
		if s.Vertex == path[0] {
			sum = min(sum, s.Cost)
		}
	}
	for i := 1; i < len(path); i++ {
		best := infinite
		for a := g.First[path[i-1]]; a < g.First[path[i-1]+1]; a++ {
			if g.Head[a] == path[i] {
				best = min(best, g.Cost[a])
			}
		}
		sum += best
	}
	end := infinite
	for _, t := range targets {
		if t.Vertex == path[len(path)-1] {
			end = min(end, t.Cost)
		}
	}
	return sum + end
}

func TestRandomMultigraphsEqualDijkstra(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		n := 1 + rng.IntN(40)
		g := randomGraph(rng, n, rng.IntN(4*n))
		topology := NewTopology(g)
		h := topology.Customise(g.Cost)
		checkAll(t, g, h, rng)

		// Other costs on the same topology equal a hierarchy built afresh.
		for i := range g.Cost {
			g.Cost[i] = randomCost(rng)
		}
		again, fresh := topology.Customise(g.Cost), NewTopology(g).Customise(g.Cost)
		if !slices.Equal(again.OutCost, fresh.OutCost) || !slices.Equal(again.InHead, fresh.InHead) {
			t.Fatalf("seed %d: customising again differs from building afresh", seed)
		}
		checkAll(t, g, again, rng)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func checkAll(t *testing.T, g network.Graph, h *Hierarchy, rng *rand.Rand) {
	t.Helper()
	n := len(g.First) - 1
	searcher := NewSearcher(h)
	var sources, targets [][]Seed
	for range 12 {
		sources = append(sources, randomSeeds(rng, n))
		targets = append(targets, randomSeeds(rng, n))
	}
	table, err := searcher.Table(t.Context(), sources, targets)
	if err != nil {
		t.Fatal(err)
	}
	checkWays(t, searcher, sources, targets, table)
	q := searcher.Get()
	defer searcher.Put(q)
	for i, s := range sources {
		dist := dijkstra(g, s)
		for j, to := range targets {
			want := cheapest(dist, to)
			got, path := q.Path(s, to)
			if got != want || q.Cost(s, to) != want || table[i*len(targets)+j] != want {
				t.Fatalf("%v → %v: path %d, cost %d, table %d, want %d",
					s, to, got, q.Cost(s, to), table[i*len(targets)+j], want)
			}
			if want < infinite && pathCost(g, path, s, to) != want {
				t.Fatalf("%v → %v: the path %v adds up to %d, want %d",
					s, to, path, pathCost(g, path, s, to), want)
			}
		}
	}
}

// checkWays compares tiles, and fans both ways: Table chooses among them by size.
func checkWays(t *testing.T, s *Searcher, sources, targets [][]Seed, want []cost) {
	t.Helper()
	got := make([]cost, len(want))
	for i := range got {
		got[i] = infinite
	}
	err := s.tiles(t.Context(), sources, targets, func(i int, js []int32, costs []cost) {
		for k, j := range js {
			got[i*len(targets)+int(j)] = costs[k]
		}
	})
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("tiles differ: %v", err)
	}
	err = s.fans(t.Context(), targets, sources, s.h.backwards(), func(j int, costs []cost) {
		for i, c := range costs {
			got[i*len(targets)+j] = c
		}
	})
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("fans backwards differ: %v", err)
	}
	err = s.fans(t.Context(), sources, targets, s.h.forwards(), func(i int, costs []cost) {
		copy(got[i*len(targets):], costs)
	})
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("fans forwards differ: %v", err)
	}
}

func TestTableStopsWhenCancelled(t *testing.T) {
	g := randomGraph(rand.New(rand.NewPCG(1, 1)), 50, 200)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	seeds := [][]Seed{{{Vertex: 1}}}
	_, err := NewSearcher(NewTopology(g).Customise(g.Cost)).Table(ctx, seeds, seeds)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestDissectOrdersEverySegmentOnce(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 2))
		n := 1 + rng.IntN(60)
		o := network.Outline{Lon: make([]int32, n), Lat: make([]int32, n)}
		for i := range n {
			o.Lon[i], o.Lat[i] = rng.Int32N(1000), rng.Int32N(1000)
		}
		for range rng.IntN(3 * n) {
			o.From = append(o.From, rng.Int32N(int32(n)))
			o.To = append(o.To, rng.Int32N(int32(n)))
		}
		order := Dissect(o)
		slices.Sort(order)
		for i, s := range order {
			if s != int32(i) || len(order) != len(o.From) {
				t.Fatalf("seed %d: %v", seed, order)
			}
		}
	}
}
