package network

import (
	"slices"
	"strings"
)

// segment is a chain of pieces between two junctions.
type segment struct {
	nodes    []int32 // from junction to junction
	pieces   []int32 // one less
	fwd, bwd Cost    // Infinite where forbidden
	private  bool
}

// compress walks from junction to junction.
func (d *draft) compress() {
	n := d.roads.Nodes.Len()
	if d.kept == nil {
		d.kept = make([]bool, n)
	}
	for v := range int32(n) {
		if len(d.at(v)) > 0 && !d.dissolves(v) {
			d.kept[v] = true
		}
	}
	d.pieceSegment = make([]int32, len(d.pieces))
	for i := range d.pieceSegment {
		d.pieceSegment[i] = -1
	}
	for v := range int32(n) {
		if d.kept[v] {
			d.walkFrom(v)
		}
	}
	// What is left are rings without a junction: any node will do.
	for i := range d.pieces {
		if v := d.pieces[i].a; d.pieceSegment[i] < 0 {
			d.kept[v] = true
			d.walkFrom(v)
		}
	}
	d.junction = make([]int32, n)
	for v := range d.junction {
		d.junction[v] = -1
		if d.kept[v] {
			d.junction[v] = int32(len(d.junctions))
			d.junctions = append(d.junctions, int32(v))
		}
	}
	d.report.Segments = len(d.segments)
}

// dissolves reports whether nothing can happen at the node: two pieces, the
// same rules on both sides, no barrier and no signal.
func (d *draft) dissolves(v int32) bool {
	ends := d.at(v)
	if len(ends) != 2 || d.blocked[v] || d.signal[v] || ends[0]>>1 == ends[1]>>1 {
		return false
	}
	x, y := ends[0], ends[1]
	return d.pieces[x>>1].private == d.pieces[y>>1].private &&
		excludable(d.wayClass(d.pieces[x>>1].way)) == excludable(d.wayClass(d.pieces[y>>1].way)) &&
		(d.arriving(x) > 0) == (d.leaving(y) > 0) &&
		(d.arriving(y) > 0) == (d.leaving(x) > 0)
}

// excludable is the class that a question may exclude, "" for all others: a segment
// is of one such class from end to end.
func excludable(class string) string {
	switch class = strings.TrimSuffix(class, "_link"); class {
	case "motorway", "trunk", ferryClass:
		return class
	}
	return ""
}

func (d *draft) walkFrom(v int32) {
	for _, end := range d.at(v) {
		if d.pieceSegment[end>>1] >= 0 {
			continue
		}
		s := segment{nodes: []int32{v}, private: d.pieces[end>>1].private}
		id := int32(len(d.segments))
		for {
			s.pieces = append(s.pieces, int32(end>>1))
			d.pieceSegment[end>>1] = id
			next := d.other(end)
			s.nodes = append(s.nodes, next)
			if d.kept[next] {
				break
			}
			ends := d.at(next)
			if end ^= 1; ends[0] == end {
				end = ends[1]
			} else {
				end = ends[0]
			}
		}
		d.segments = append(d.segments, d.measured(s))
	}
}

// measured sums the costs; a segment that is only open against its direction
// is turned round.
func (d *draft) measured(s segment) segment {
	for i, p := range s.pieces {
		fwd, bwd := d.pieceCosts(p, s.nodes[i])
		if i == 0 {
			s.fwd, s.bwd = fwd, bwd
			continue
		}
		s.fwd = min(Infinite, s.fwd+fwd)
		s.bwd = min(Infinite, s.bwd+bwd)
	}
	if s.fwd == Infinite {
		slices.Reverse(s.nodes)
		slices.Reverse(s.pieces)
		s.fwd, s.bwd = s.bwd, s.fwd
	}
	return s
}

// pieceCosts returns the costs of a piece when walked from node `from`, and
// back.
func (d *draft) pieceCosts(p, from int32) (fwd, bwd Cost) {
	x := &d.pieces[p]
	there, back := x.fwd, x.bwd
	if x.a != from {
		there, back = back, there
	}
	fwd, bwd = Infinite, Infinite
	if there > 0 {
		fwd = NewCost(there, x.cm)
	}
	if back > 0 {
		bwd = NewCost(back, x.cm)
	}
	return fwd, bwd
}
