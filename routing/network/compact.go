package network

import "slices"

// What most points and pieces of a network share is kept once: a street goes on over
// many pieces, and most segments cost the same both ways or are driven one way only.

// Nodes are the OpenStreetMap ids of points, 48 bits of each: extracts made of other
// sources number their nodes from 10^12, editors below 0.
type Nodes struct {
	Low  []uint32
	High []uint16 // with the sign
}

func (n *Nodes) add(id int64) {
	n.Low = append(n.Low, uint32(id))
	n.High = append(n.High, uint16(id>>32))
}

// NodeID is the OpenStreetMap id of a point; of an id of more than 48 bits the lower
// ones.
func (n *Network) NodeID(point uint32) int64 {
	return int64(int16(n.Nodes.High[point]))<<32 | int64(n.Nodes.Low[point])
}

// Runs are stretches of pieces of one road and one class. A run ends where the next
// begins.
type Runs struct {
	First []uint32 // piece
	Road  []uint32
	Class []uint8
}

// add appends a piece; pieces come in order.
func (r *Runs) add(piece, road uint32, class uint8) {
	if k := len(r.First) - 1; k >= 0 && r.Road[k] == road && r.Class[k] == class {
		return
	}
	r.First = append(r.First, piece)
	r.Road, r.Class = append(r.Road, road), append(r.Class, class)
}

// run is the run of a piece. O(log n).
func (n *Network) run(piece uint32) int {
	i, found := slices.BinarySearch(n.Runs.First, piece)
	if !found {
		i--
	}
	return i
}

// RoadOf numbers the road of a piece: two pieces of one number are the same road.
func (n *Network) RoadOf(piece uint32) uint32 { return n.Runs.Road[n.run(piece)] }

// Backs are the costs of driving back on the segments where they differ from those of
// driving on although both are allowed.
type Backs struct {
	Segment []uint32 // ascending
	First   []uint32 // of a segment, in Cost; one more at the end
	Cost    []Cost
}

// add keeps the costs of the way back of a segment when they are needed.
func (b *Backs) add(segment int, fwd, bwd []Cost) {
	if len(b.First) == 0 {
		b.First = append(b.First, 0)
	}
	if slices.Equal(fwd, bwd) {
		return
	}
	b.Segment = append(b.Segment, uint32(segment))
	b.Cost = append(b.Cost, bwd...)
	b.First = append(b.First, uint32(len(b.Cost)))
}

// back is the cost of driving from a point of a segment back to its beginning.
func (n *Network) back(segment, point uint32) Cost {
	if n.Flags[segment]&uneven == 0 {
		return n.Fwd[point]
	}
	k, _ := slices.BinarySearch(n.Backs.Segment, segment)
	return n.Backs.Cost[n.Backs.First[k]+point-n.FirstPoint[segment]]
}

// TurnMs is the milliseconds of a turn.
func (n *Network) TurnMs(turn uint32) uint32 { return n.TurnTimes[n.TurnKind[turn]] }

// turnTimes numbers the different times of turns.
type turnTimes struct{ known map[uint32]uint16 }

// add returns the number of a time. There are fewer than 65,536: of a few hundred
// angles, with a signal or without.
func (t *turnTimes) add(n *Network, ms uint32) {
	kind, ok := t.known[ms]
	if !ok {
		kind = uint16(len(n.TurnTimes))
		t.known[ms] = kind
		n.TurnTimes = append(n.TurnTimes, ms)
	}
	n.TurnKind = append(n.TurnKind, kind)
}
