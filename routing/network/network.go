package network

import (
	"github.com/paulmach/orb"

	"beatplan/geo"
)

// Bits of Network.Flags.
const (
	Forward  uint8 = 1 << iota // may be driven as drawn
	Backward                   // may be driven against it
	Private                    // only at the beginning or the end of a way
	uneven                     // costs differ by direction: they are in Network.Backs
)

// Network is a finished road network. All slices are read-only: they may lie
// in a mapped file. Points, pieces and segments are numbered so that segment s
// has the points FirstPoint[s] to FirstPoint[s+1]-1, and a piece has the number
// of the point it begins at.
type Network struct {
	Profile string
	Country string  // ISO 3166-1 code of what counts as law, "" when it is not known
	Left    bool    // one drives on the left
	Box     geo.Box // of the points

	Lon, Lat []int32 // of a point, 1e-7 degrees
	Nodes    Nodes   // OpenStreetMap ids of points
	// Fwd is the cost from the segment's beginning to the point, and Backs that of
	// driving back where it is another.
	Fwd        []Cost
	Backs      Backs
	Runs       Runs // roads and classes of pieces
	FirstPoint []uint32
	Flags      []uint8 // of a segment
	Component  []uint8 // of a segment

	FirstState []uint32 // of an arc; its first state is the one to begin in
	StateArc   []uint32
	FirstTurn  []uint32 // of a state
	TurnTo     []uint32
	TurnKind   []uint16 // index into TurnTimes
	TurnTimes  []uint32 // milliseconds

	Classes []byte // names of the classes of road, a line each

	// RoadNames are, for every road, the indexes of its local, English and Chinese
	// name and of its reference number; index 0 is "".
	RoadNames []uint32
	RoadFlags []uint8  // of a road
	NameStart []uint32 // of a name, in Text; one more at the end
	Text      []byte

	Index Index
}

// Segments is the number of segments.
func (n *Network) Segments() int { return len(n.Flags) }

// States is the number of states.
func (n *Network) States() int { return len(n.StateArc) }

// Point is the position of a point in degrees.
func (n *Network) Point(i uint32) orb.Point { return degrees(n.Lon[i], n.Lat[i]) }

// ArcCost is the cost of driving an arc from end to end.
func (n *Network) ArcCost(arc uint32) Cost {
	last := n.FirstPoint[arc>>1+1] - 1
	if arc&1 == 0 {
		return n.Fwd[last]
	}
	return n.back(arc>>1, last)
}

// Open reports whether an arc may be driven at all.
func (n *Network) Open(arc uint32) bool {
	return n.FirstState[arc] < n.FirstState[arc+1] && n.ArcCost(arc) < Infinite
}

// Place is a spot on the network: Offset/Scale of the way along a piece. Shut are
// the directions (Forward, Backward) in which it may be neither left nor reached
// although the road is open: a wish, such as to arrive at the own side of the road.
type Place struct {
	Segment, Piece, Offset uint32
	Shut                   uint8
}

// Shuts reports whether the place may not be used in the direction of an arc.
func (p Place) Shuts(arc uint32) bool { return p.Shut&(Forward<<(arc&1)) != 0 }

// Valid reports whether the place exists in this network.
func (n *Network) Valid(p Place) bool {
	return p.Segment < uint32(n.Segments()) && p.Offset <= Scale &&
		p.Piece >= n.FirstPoint[p.Segment] && p.Piece+1 < n.FirstPoint[p.Segment+1]
}

// Before is the cost from the beginning of an arc to the place on it.
func (n *Network) Before(arc uint32, p Place) Cost {
	if arc&1 == 0 {
		return n.Fwd[p.Piece] + (n.Fwd[p.Piece+1] - n.Fwd[p.Piece]).part(p.Offset)
	}
	near, far := n.back(arc>>1, p.Piece), n.back(arc>>1, p.Piece+1)
	return n.ArcCost(arc) - near - (far - near).part(p.Offset)
}

// OnArc is the k-th point of an arc and the cost of getting there from the arc's
// beginning.
func (n *Network) OnArc(arc, k uint32) (point uint32, before Cost) {
	if arc&1 == 0 {
		p := n.FirstPoint[arc>>1] + k
		return p, n.Fwd[p]
	}
	p := n.FirstPoint[arc>>1+1] - 1 - k
	return p, n.ArcCost(arc) - n.back(arc>>1, p)
}

// At is the position of a place in degrees.
func (n *Network) At(p Place) orb.Point {
	a, b := n.Point(p.Piece), n.Point(p.Piece+1)
	t := float64(p.Offset) / Scale
	return orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])}
}

// Graph is what hierarchies are built on: the vertices are the states, in the
// order they are to be contracted, and the cost of an arc is that of the turn
// and of the state's arc after it.
type Graph struct {
	First []uint32 // of a vertex, one more at the end
	Head  []uint32
	Cost  []Cost
}

// Graph returns the search graph.
func (n *Network) Graph() Graph {
	g := Graph{First: n.FirstTurn, Head: n.TurnTo, Cost: make([]Cost, len(n.TurnTo))}
	for i, to := range n.TurnTo {
		g.Cost[i] = min(Infinite, NewCost(n.TurnMs(uint32(i)), 0)+n.ArcCost(n.StateArc[to]))
	}
	return g
}
