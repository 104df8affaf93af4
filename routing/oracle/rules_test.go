package oracle_test

import (
	"strings"

	"beatplan/geo/osm"
)

// addRule turns one restriction into chains of edges.
func (g *graph) addRule(r osm.Relation) {
	kind := ""
	for _, k := range []string{"restriction:motorcar", "restriction:motor_vehicle",
		"restriction:vehicle", "restriction"} {
		if kind = head(r.Tags.Find(k)); kind != "" {
			break
		}
	}
	no, only := strings.HasPrefix(kind, "no_"), strings.HasPrefix(kind, "only_")
	if !no && !only || r.Tags.Has("day_on") || r.Tags.Has("hour_on") {
		return
	}
	for _, e := range strings.Split(r.Tags.Find("except"), ";") {
		switch strings.TrimSpace(e) {
		case "motorcar", "motor_vehicle", "vehicle":
			return
		}
	}
	var from, to, viaWays, viaNodes []int64
	for _, m := range r.Members {
		switch {
		case m.Role == "from" && m.Type == osm.WayMember:
			from = append(from, m.Ref)
		case m.Role == "to" && m.Type == osm.WayMember:
			to = append(to, m.Ref)
		case m.Role == "via" && m.Type == osm.WayMember:
			viaWays = append(viaWays, m.Ref)
		case m.Role == "via" && m.Type == osm.NodeMember:
			viaNodes = append(viaNodes, m.Ref)
		default:
			continue
		}
		if m.Type == osm.WayMember && !g.usable[m.Ref] {
			return
		}
	}
	switch {
	case len(viaNodes) == 1 && len(viaWays) == 0:
		for _, f := range from {
			for _, t := range to {
				g.addChain(only, f, t, viaNodes[0], nil, viaNodes[0])
			}
		}
	case len(viaNodes) == 0 && len(viaWays) > 0:
		first := g.ways[viaWays[0]].Nodes
		for _, start := range []int64{first[0], first[len(first)-1]} {
			middle, end, ok := g.walk(viaWays, start)
			if !ok {
				continue
			}
			for _, f := range from {
				for _, t := range to {
					g.addChain(only, f, t, start, middle, end)
				}
			}
		}
	}
}

// walk follows whole ways from a node, edge by edge.
func (g *graph) walk(ways []int64, at int64) (edges []int, end int64, ok bool) {
	for _, id := range ways {
		n := append([]int64(nil), g.ways[id].Nodes...)
		if n[0] == n[len(n)-1] {
			return nil, 0, false
		}
		if n[0] != at {
			for i, j := 0, len(n)-1; i < j; i, j = i+1, j-1 {
				n[i], n[j] = n[j], n[i]
			}
		}
		if n[0] != at {
			return nil, 0, false
		}
		for i := 1; i < len(n); i++ {
			if n[i-1] == n[i] {
				continue
			}
			found := -1
			for _, e := range g.between[[2]int64{n[i-1], n[i]}] {
				if g.edges[e].way == id {
					found = e
				}
			}
			if found < 0 {
				return nil, 0, false
			}
			edges = append(edges, found)
		}
		at = n[len(n)-1]
	}
	return edges, at, true
}

func (g *graph) addChain(only bool, from, to, start int64, middle []int, end int64) {
	ends := func(way, node int64) bool {
		n := g.ways[way].Nodes
		return n[0] == node || n[len(n)-1] == node
	}
	if !ends(from, start) || !ends(to, end) || g.nodes[start] == nil || g.nodes[end] == nil {
		return
	}
	var arrive []int
	for _, e := range g.incoming(start) {
		if g.edges[e].way == from {
			arrive = append(arrive, e)
		}
	}
	for _, a := range arrive {
		for _, l := range g.nodes[end].out {
			if g.edges[l].way != to {
				continue
			}
			edges := append(append([]int{a}, middle...), l)
			g.chains = append(g.chains, chain{only, edges})
			g.starting[a] = append(g.starting[a], len(g.chains)-1)
		}
	}
}

// incoming are the edges that arrive at a node.
func (g *graph) incoming(v int64) []int {
	if g.in == nil {
		g.in = map[int64][]int{}
		for i, e := range g.edges {
			g.in[e.to] = append(g.in[e.to], i)
		}
	}
	return g.in[v]
}
