package network

import (
	"slices"

	"github.com/paulmach/orb"

	"beatplan/geo"
)

// Draft is a compressed network whose segments are not yet in order.
type Draft struct{ d *draft }

// Outline is the undirected graph of junctions and segments, for finding an
// order.
type Outline struct {
	Lon, Lat []int32 // of a junction
	From, To []int32 // junctions of a segment
}

// Outline returns the draft's outline.
func (b *Draft) Outline() Outline {
	d := b.d
	o := Outline{
		Lon: make([]int32, len(d.junctions)), Lat: make([]int32, len(d.junctions)),
		From: make([]int32, len(d.segments)), To: make([]int32, len(d.segments)),
	}
	for j, v := range d.junctions {
		_, o.Lon[j], o.Lat[j], _ = d.roads.Nodes.At(int(v))
	}
	for s := range d.segments {
		n := d.segments[s].nodes
		o.From[s], o.To[s] = d.junction[n[0]], d.junction[n[len(n)-1]]
	}
	return o
}

// Report says what was read and left out; complete after Finish.
func (b *Draft) Report() Report { return b.d.report }

// Finish expands the turns and lays the network out. Order lists the segments
// in the order in which they are to be contracted, each once.
func (b *Draft) Finish(order []int32) *Network {
	d := b.d
	g := d.expand()
	label := components(&g, len(d.segments))
	n := &Network{
		Profile: d.profile.Name, Country: d.profile.Country, Left: d.profile.Left(),
	}
	d.layPoints(n, order, label)
	d.layStates(n, order, &g)
	n.Index = newIndex(n)
	n.Box = pointsBox(n)
	return n
}

func pointsBox(n *Network) geo.Box {
	if len(n.Lon) == 0 {
		return geo.Box{}
	}
	return orb.Bound{
		Min: degrees(slices.Min(n.Lon), slices.Min(n.Lat)),
		Max: degrees(slices.Max(n.Lon), slices.Max(n.Lat)),
	}
}

// layPoints writes points, pieces and segments in order.
func (d *draft) layPoints(n *Network, order []int32, label []uint8) {
	roads, classes := newRoadTable(), newNames()
	n.FirstPoint = append(n.FirstPoint, 0)
	for k, s := range order {
		seg := &d.segments[s]
		for i, v := range seg.nodes {
			id, lon, lat, _ := d.roads.Nodes.At(int(v))
			if i < len(seg.pieces) {
				way := d.pieces[seg.pieces[i]].way
				class := classes.add(d.wayClass(way))
				n.Runs.add(uint32(len(n.Lon)), d.roadOf(roads, way), uint8(min(class, 255)))
			}
			n.Lon = append(n.Lon, lon)
			n.Lat = append(n.Lat, lat)
			n.Nodes.add(id)
		}
		n.FirstPoint = append(n.FirstPoint, uint32(len(n.Lon)))
		fwd, bwd := d.sums(seg)
		n.Fwd = append(n.Fwd, fwd...)
		n.Backs.add(k, fwd, bwd)
		flags := uint8(0)
		if !slices.Equal(fwd, bwd) {
			flags |= uneven
		}
		if seg.fwd < Infinite {
			flags |= Forward
		}
		if seg.bwd < Infinite {
			flags |= Backward
		}
		if seg.private {
			flags |= Private
		}
		n.Flags = append(n.Flags, flags)
		n.Component = append(n.Component, label[s])
	}
	n.RoadNames, n.RoadFlags = roads.list, roads.flags
	n.NameStart, n.Text = roads.names.start, roads.names.text
	n.Classes = classes.lines()
}

// sums are the costs from a segment's beginning to each of its points, and those of
// driving back; of a segment that is only open forwards, both are its costs.
func (d *draft) sums(seg *segment) (fwd, bwd []Cost) {
	fwd, bwd = make([]Cost, len(seg.nodes)), make([]Cost, len(seg.nodes))
	for i, p := range seg.pieces {
		there, back := d.pieceCosts(p, seg.nodes[i])
		if seg.bwd == Infinite {
			back = there
		}
		fwd[i+1], bwd[i+1] = fwd[i]+there, bwd[i]+back
	}
	return fwd, bwd
}

func (d *draft) roadOf(roads *roadTable, way int32) uint32 {
	return roads.add(d.roads.Ways[way].Tags, &d.ways[way])
}

// wayClass is the class of road, by which speeds depend on the hour.
func (d *draft) wayClass(way int32) string {
	if d.ways[way].ferry {
		return ferryClass
	}
	return d.roads.Ways[way].Tags.Find("highway")
}

// lines are all names, a line each.
func (n *names) lines() []byte {
	var out []byte
	for i := 0; i+1 < len(n.start); i++ {
		if i > 0 {
			out = append(out, '\n')
		}
		out = append(out, n.text[n.start[i]:n.start[i+1]]...)
	}
	return out
}

// names keeps every name once; name 0 is "".
type names struct {
	start []uint32
	text  []byte
	known map[string]uint32
}

func newNames() *names {
	return &names{start: []uint32{0, 0}, known: map[string]uint32{"": 0}}
}

func (n *names) add(s string) uint32 {
	id, ok := n.known[s]
	if !ok {
		id = uint32(len(n.start) - 1)
		n.known[s] = id
		n.text = append(n.text, s...)
		n.start = append(n.start, uint32(len(n.text)))
	}
	return id
}

// layStates renumbers the states by the order of their segments, an arc's base
// state first.
func (d *draft) layStates(n *Network, order []int32, g *stateGraph) {
	byArc := make([][]int32, 2*len(d.segments))
	for s := range g.states { // base states come first in g.states
		arc := g.states[s].arc
		byArc[arc] = append(byArc[arc], int32(s))
	}
	number := make([]uint32, len(g.states))
	n.FirstState = append(n.FirstState, 0)
	for i, seg := range order {
		for side := range int32(2) {
			for _, s := range byArc[2*seg+side] {
				number[s] = uint32(len(n.StateArc))
				n.StateArc = append(n.StateArc, uint32(2*i)+uint32(side))
			}
			n.FirstState = append(n.FirstState, uint32(len(n.StateArc)))
		}
	}
	old := make([]int32, len(number))
	for s, id := range number {
		old[id] = int32(s)
	}
	n.FirstTurn = append(n.FirstTurn, 0)
	times := turnTimes{map[uint32]uint16{}}
	for _, s := range old {
		for _, t := range g.turns[g.firstTurn[s]:g.firstTurn[s+1]] {
			n.TurnTo = append(n.TurnTo, number[t.to])
			times.add(n, t.ms)
		}
		n.FirstTurn = append(n.FirstTurn, uint32(len(n.TurnTo)))
	}
}
