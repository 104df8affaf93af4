package bench

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"beatplan/geo/osm"
	"beatplan/routing/network"
	"beatplan/routing/path"
)

// The mosaic is a city of 3 × 3 copies of another, neighbours joined by 14 roads a
// side: as large as a province and with the hierarchy of real roads, which a random
// grid lacks.
const (
	mosaicSide  = 3
	mosaicLinks = 14
)

// Mosaic lays copies of roads beside each other.
func Mosaic(from *osm.Roads) *osm.Roads {
	width := int32(math.Ceil((from.Box.Max[0] - from.Box.Min[0] + 0.01) * osm.PerDegree))
	height := int32(math.Ceil((from.Box.Max[1] - from.Box.Min[1] + 0.01) * osm.PerDegree))
	top := int64(0)
	var ids []int64
	for i := range from.Nodes.Len() {
		id, _, _, _ := from.Nodes.At(i)
		top = max(top, id)
		ids = append(ids, id)
	}
	ways := int64(0)
	for i := range from.Ways {
		ways = max(ways, from.Ways[i].ID)
	}
	out := &osm.Roads{NodeTags: map[int64]osm.Tags{}}
	var all []int64
	for c := range int64(mosaicSide * mosaicSide) {
		for _, id := range ids {
			all = append(all, id+c*(top+1))
		}
	}
	out.Nodes = osm.NewPositions(all)
	for c := range int64(mosaicSide * mosaicSide) {
		nodes, named := c*(top+1), c*(ways+1)
		dx, dy := int32(c%mosaicSide)*width, int32(c/mosaicSide)*height
		for i := range from.Nodes.Len() {
			if id, lon, lat, ok := from.Nodes.At(i); ok {
				out.Nodes.Set(&osm.Node{ID: id + nodes, Lon: lon + dx, Lat: lat + dy})
			}
		}
		for id, tags := range from.NodeTags {
			out.NodeTags[id+nodes] = tags
		}
		for _, w := range from.Ways {
			out.Ways = append(out.Ways, osm.Way{ID: w.ID + named, Nodes: moved(w.Nodes, nodes), Tags: w.Tags})
		}
		for _, r := range from.Restrictions {
			r.From, r.To = moved(r.From, named), moved(r.To, named)
			r.ViaNodes, r.ViaWays = moved(r.ViaNodes, nodes), moved(r.ViaWays, named)
			out.Restrictions = append(out.Restrictions, r)
		}
	}
	join(out, from, top+1, mosaicSide*mosaicSide*(ways+1))
	return out
}

func moved(ids []int64, by int64) []int64 {
	out := make([]int64, len(ids))
	for i, id := range ids {
		out[i] = id + by
	}
	return out
}

// join adds the roads between neighbouring copies: from the easternmost junction of
// each of 14 strips to the westernmost of the same strip next door, and likewise
// from north to south.
func join(out, from *osm.Roads, step, way int64) {
	for axis := range 2 {
		last, first := edges(from, axis)
		for c := range int64(mosaicSide * mosaicSide) {
			next := c + 1
			if axis == 1 {
				next = c + mosaicSide
			}
			if axis == 0 && c%mosaicSide == mosaicSide-1 || next >= mosaicSide*mosaicSide {
				continue
			}
			for k := range last {
				out.Ways = append(out.Ways, osm.Way{
					ID: way, Nodes: []int64{last[k] + c*step, first[k] + next*step},
					Tags: osm.Tags{{Key: "highway", Value: "secondary"}},
				})
				way++
			}
		}
	}
}

// edges are, strip by strip, the outermost ends of two-way roads along an axis.
func edges(from *osm.Roads, axis int) (last, first []int64) {
	type spot struct{ along, across int32 }
	var ids []int64
	at := map[int64]spot{}
	for _, w := range from.Ways {
		if w.Tags.Find("oneway") == "yes" || w.Tags.Find("highway") == "motorway" {
			continue
		}
		id := w.Nodes[0]
		p, ok := from.Nodes.Point(id)
		if !ok {
			continue
		}
		ids = append(ids, id)
		at[id] = spot{int32(p[axis] * osm.PerDegree), int32(p[1-axis] * osm.PerDegree)}
	}
	slices.SortFunc(ids, func(a, b int64) int { return int(at[a].across) - int(at[b].across) })
	for k := range mosaicLinks {
		strip := ids[k*len(ids)/mosaicLinks : (k+1)*len(ids)/mosaicLinks]
		by := func(a, b int64) int { return int(at[a].along) - int(at[b].along) }
		last, first = append(last, slices.MaxFunc(strip, by)), append(first, slices.MinFunc(strip, by))
	}
	return last, first
}

// mosaic measures queries and customising on the mosaic of the city.
func (b *bench) mosaic(ctx context.Context) error {
	profile, err := network.Car()
	if err != nil {
		return err
	}
	roads, err := osm.ReadRoads(ctx, b.city(), osm.Options{}, profile.Interesting)
	if err != nil {
		return err
	}
	draft := network.FromRoads(Mosaic(roads), profile)
	net := draft.Finish(path.Dissect(draft.Outline()))
	graph := net.Graph()
	topology := path.NewTopology(graph)
	var h *path.Hierarchy
	d, err := median(3, func() error {
		h = topology.Customise(graph.Cost)
		return nil
	})
	if err != nil {
		return err
	}
	b.print("road_mosaic_states", float64(net.States()), "states")
	b.print("road_mosaic_customise_ms", milliseconds(d), "ms")
	var file network.Sections
	net.Put(&file)
	h.Put(&file)
	b.print("road_mosaic_network_mb", float64(file.Bytes())/1e6, "MB")
	if err := b.memory(ctx, "road_mosaic_rss_mb", &file, spots(net)); err != nil {
		return err
	}
	searcher := path.NewSearcher(h)
	q := searcher.Get()
	defer searcher.Put(q)
	var times []time.Duration
	for range 20_000 {
		from := []path.Seed{{Vertex: uint32(b.rng.IntN(net.States()))}}
		to := []path.Seed{{Vertex: uint32(b.rng.IntN(net.States()))}}
		begin := time.Now()
		q.Cost(from, to)
		times = append(times, time.Since(begin))
	}
	slices.Sort(times)
	b.print("road_mosaic_query_p50_us", microseconds(times[len(times)/2]), "us")
	wrong := 0
	for range 3 {
		from := []path.Seed{{Vertex: uint32(b.rng.IntN(net.States()))}}
		want := path.Dijkstra(graph, from)
		for range 300 {
			to := uint32(b.rng.IntN(net.States()))
			if q.Cost(from, []path.Seed{{Vertex: to}}) != want[to] {
				wrong++
			}
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of 900 pairs of the mosaic differ from Dijkstra", wrong)
	}
	return nil
}
