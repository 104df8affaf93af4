package bench

import (
	"context"
	"math/rand/v2"
	"slices"

	"beatplan/routing"
	"beatplan/routing/network"
	"beatplan/routing/path"
)

// pairTargets are the targets that every source of a comparison is asked for.
const pairTargets = 1000

// read makes the search graph of an extract, for cars.
func read(ctx context.Context, extract string) (network.Graph, error) {
	profile, err := network.Car()
	if err != nil {
		return network.Graph{}, err
	}
	draft, err := network.Read(ctx, extract, profile, nil)
	if err != nil {
		return network.Graph{}, err
	}
	return draft.Finish(path.Dissect(draft.Outline())).Graph(), nil
}

// exactness compares random pairs of every region with Dijkstra.
func (b *bench) exactness(ctx context.Context) error {
	extracts := append([]string{b.Delaware, b.city()}, b.Regions...)
	slices.Sort(extracts)
	wrong, pairs := 0, 0
	for _, extract := range slices.Compact(extracts) {
		graph, err := read(ctx, extract)
		if err != nil {
			return err
		}
		// A sample of its own: it does not depend on which regions are at hand.
		c := comparison{graph: graph, rng: rand.New(rand.NewPCG(seed, 1))}
		if err := c.run(ctx, b.repeats(1000, 10)); err != nil {
			return err
		}
		name := routing.ExtractName(extract)
		b.print("road_pairs_"+name, float64(c.pairs), "pairs")
		b.print("road_unreachable_"+name, float64(c.unreachable), "pairs")
		b.print("road_mismatches_"+name, float64(c.wrong), "pairs")
		wrong, pairs = wrong+c.wrong, pairs+c.pairs
	}
	b.print("road_pairs_compared", float64(pairs), "pairs")
	b.print("road_mismatches", float64(wrong), "pairs")
	return nil
}

// comparison asks one graph by table, by query and by path, and Dijkstra.
type comparison struct {
	graph                     network.Graph
	rng                       *rand.Rand
	pairs, unreachable, wrong int
}

// run compares as many sources with pairTargets targets each. A pair is wrong when the
// table, the query or the sum over the unpacked path differs from Dijkstra's cost.
func (c *comparison) run(ctx context.Context, sources int) error {
	topology := path.NewTopology(c.graph)
	searcher := path.NewSearcher(topology.Customise(c.graph.Cost))
	n := len(c.graph.First) - 1
	targets := make([][]path.Seed, pairTargets)
	for j := range targets {
		targets[j] = []path.Seed{{Vertex: uint32(c.rng.IntN(n))}}
	}
	q := searcher.Get()
	defer searcher.Put(q)
	for range sources {
		if err := ctx.Err(); err != nil {
			return err
		}
		from := []path.Seed{{Vertex: uint32(c.rng.IntN(n))}}
		row, err := searcher.Table(ctx, [][]path.Seed{from}, targets)
		if err != nil {
			return err
		}
		want := path.Dijkstra(c.graph, from)
		for j, t := range targets {
			exact := want[t[0].Vertex]
			found, way := q.Path(from, t)
			if row[j] != exact || q.Cost(from, t) != exact || found != exact ||
				exact < network.Infinite && c.sum(way) != exact {
				c.wrong++
			}
			if exact == network.Infinite {
				c.unreachable++
			}
			c.pairs++
		}
	}
	return nil
}

// sum adds up a path, arc by arc; Infinite when two of its vertices are not neighbours.
func (c *comparison) sum(way []uint32) network.Cost {
	total := network.Cost(0)
	for i := 1; i < len(way); i++ {
		best := network.Infinite
		for a := c.graph.First[way[i-1]]; a < c.graph.First[way[i-1]+1]; a++ {
			if c.graph.Head[a] == way[i] {
				best = min(best, c.graph.Cost[a])
			}
		}
		if best == network.Infinite {
			return best
		}
		total += best
	}
	return total
}
