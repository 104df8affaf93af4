package network

import (
	"slices"
	"strings"

	"beatplan/geo/osm"
)

// restriction forbids, or alone allows, a chain of ways. Its nodes are kept as
// junctions; arcs are found once the segments are known.
type restriction struct {
	only     bool
	from, to int64 // way ids
	via      []int32
	viaWays  []int64 // between consecutive via nodes
}

// resolveRestrictions turns the file's restrictions into chains, and counts by
// name what it cannot or need not use.
func (d *draft) resolveRestrictions() {
	d.kept = make([]bool, d.roads.Nodes.Len())
	ways := make(map[int64]*osm.Way, len(d.roads.Ways))
	for i := range d.roads.Ways {
		if d.ways[i].fwd > 0 || d.ways[i].bwd > 0 {
			ways[d.roads.Ways[i].ID] = &d.roads.Ways[i]
		}
	}
	for i := range d.roads.Restrictions {
		found, reason := d.chains(&d.roads.Restrictions[i], ways)
		if reason != "" {
			d.report.skip("restriction: " + reason)
			continue
		}
		d.restrictions = append(d.restrictions, found...)
		for _, r := range found {
			for _, v := range r.via {
				d.kept[v] = true
			}
		}
	}
}

// chains returns what one relation says to this profile, or why nothing.
func (d *draft) chains(
	r *osm.Restriction, ways map[int64]*osm.Way,
) ([]restriction, string) {
	kind := first(r.Tags, d.profile.RestrictionKeys)
	switch {
	case kind == "" && conditional(r.Tags):
		return nil, "conditional"
	case kind == "":
		return nil, "for other vehicles"
	case r.Tags.Has("day_on") || r.Tags.Has("hour_on"):
		return nil, "conditional"
	case !strings.HasPrefix(kind, "no_") && !strings.HasPrefix(kind, "only_"):
		return nil, "unknown kind " + kind
	}
	for _, e := range strings.Split(r.Tags.Find("except"), ";") {
		if slices.Contains(d.profile.Exceptions, strings.TrimSpace(e)) {
			return nil, "except " + strings.TrimSpace(e)
		}
	}
	if len(r.From) == 0 || len(r.To) == 0 || len(r.ViaNodes)+len(r.ViaWays) == 0 {
		return nil, "incomplete"
	}
	if len(r.ViaNodes) > 1 || len(r.ViaNodes) == 1 && len(r.ViaWays) > 0 {
		return nil, "several via nodes"
	}
	for _, id := range slices.Concat(r.From, r.ViaWays, r.To) {
		if ways[id] == nil {
			return nil, "a member is no road for this vehicle"
		}
	}
	var out []restriction
	for _, from := range r.From {
		for _, to := range r.To {
			base := restriction{
				only: strings.HasPrefix(kind, "only_"), from: from, to: to, viaWays: r.ViaWays,
			}
			for _, via := range d.viaNodes(r, ways, from, to) {
				c := base
				c.via = via
				out = append(out, c)
			}
		}
	}
	if len(out) == 0 {
		return nil, "the members do not meet end to end"
	}
	return out, ""
}

// conditional reports whether only a conditional form is present.
func conditional(t osm.Tags) bool {
	return slices.ContainsFunc(t, func(tag osm.Tag) bool {
		return strings.HasPrefix(tag.Key, "restriction") && strings.HasSuffix(tag.Key, ":conditional")
	})
}

// viaNodes returns the chains of nodes at which the members meet end to end:
// from | node | via way | node | … | to.
func (d *draft) viaNodes(
	r *osm.Restriction, ways map[int64]*osm.Way, from, to int64,
) [][]int32 {
	isEnd := func(way, node int64) bool {
		n := ways[way].Nodes
		return n[0] == node || n[len(n)-1] == node
	}
	starts := r.ViaNodes
	if len(r.ViaWays) > 0 {
		n := ways[r.ViaWays[0]].Nodes
		starts = []int64{n[0], n[len(n)-1]}
	}
	var out [][]int32
	for _, start := range starts {
		if !isEnd(from, start) {
			continue
		}
		chain := []int64{start}
		for _, way := range r.ViaWays {
			n := ways[way].Nodes
			at := chain[len(chain)-1]
			switch {
			case n[0] == n[len(n)-1]:
				chain = nil
			case n[0] == at:
				chain = append(chain, n[len(n)-1])
			case n[len(n)-1] == at:
				chain = append(chain, n[0])
			default:
				chain = nil
			}
			if chain == nil {
				break
			}
		}
		if chain == nil || !isEnd(to, chain[len(chain)-1]) {
			continue
		}
		if via := d.indexes(chain); via != nil {
			out = append(out, via)
		}
	}
	return out
}

// indexes turns node ids into indexes; nil when the file lacks one.
func (d *draft) indexes(ids []int64) []int32 {
	out := make([]int32, len(ids))
	for i, id := range ids {
		n := d.roads.Nodes.Index(id)
		if n < 0 {
			return nil
		}
		if _, _, _, ok := d.roads.Nodes.At(n); !ok {
			return nil
		}
		out[i] = int32(n)
	}
	return out
}

// arcs returns every chain of arcs that the restriction means: arriving over
// the from way, along the via ways, leaving over the to way.
func (d *draft) arcs(r *restriction) [][]int32 {
	var middle []int32
	for i, way := range r.viaWays {
		arcs := d.along(way, r.via[i])
		if arcs == nil {
			return nil
		}
		middle = append(middle, arcs...)
	}
	var out [][]int32
	for _, from := range d.arcsAt(r.via[0], r.from, false) {
		for _, to := range d.arcsAt(r.via[len(r.via)-1], r.to, true) {
			out = append(out, slices.Concat([]int32{from}, middle, []int32{to}))
		}
	}
	return out
}

// arcsAt returns the usable arcs of a way that leave (or arrive at) a junction.
func (d *draft) arcsAt(v int32, wayID int64, leave bool) []int32 {
	var out []int32
	for _, end := range d.at(v) {
		if d.roads.Ways[d.pieces[end>>1].way].ID != wayID {
			continue
		}
		arc := d.arcFrom(v, end)
		if !leave {
			arc ^= 1
		}
		if d.arcCost(arc) < Infinite {
			out = append(out, arc)
		}
	}
	return out
}

// arcFrom is the arc that leaves junction v over this piece end.
func (d *draft) arcFrom(v int32, end uint32) int32 {
	p := int32(end >> 1)
	s := d.pieceSegment[p]
	seg := &d.segments[s]
	if seg.pieces[0] == p && seg.nodes[0] == v && d.other(end) == seg.nodes[1] {
		return 2 * s
	}
	return 2*s + 1
}

func (d *draft) arcCost(arc int32) Cost {
	if arc&1 == 0 {
		return d.segments[arc>>1].fwd
	}
	return d.segments[arc>>1].bwd
}

// along returns the arcs over the whole way, from its end at node v to its
// other end; nil when it cannot be driven that way.
func (d *draft) along(wayID int64, v int32) []int32 {
	i, _ := slices.BinarySearchFunc(d.roads.Ways, wayID, func(w osm.Way, id int64) int {
		return int(min(max(w.ID-id, -1), 1))
	})
	nodes := d.indexes(d.roads.Ways[i].Nodes)
	if nodes == nil {
		return nil
	}
	if nodes[0] != v {
		slices.Reverse(nodes)
	}
	var out []int32
	for k := 0; k+1 < len(nodes); k++ {
		if nodes[k] == nodes[k+1] || !d.kept[nodes[k]] {
			continue
		}
		arc := int32(-1)
		for _, end := range d.at(nodes[k]) {
			if int(d.pieces[end>>1].way) == i && d.other(end) == nodes[k+1] {
				arc = d.arcFrom(nodes[k], end)
			}
		}
		if arc < 0 || d.arcCost(arc) == Infinite {
			return nil
		}
		out = append(out, arc)
	}
	return out
}
