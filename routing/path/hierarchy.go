package path

import (
	"fmt"

	"beatplan/routing/network"
)

// Hierarchy is a customised hierarchy, ready to be searched: for every vertex
// the arcs to higher vertices (Out) and from higher vertices (In), and over
// which lower vertex a shortcut leads. Read-only; it may lie in a mapped file.
//
// The higher end of an arc is an ancestor of the lower one in the elimination tree,
// so that its depth says which one it is: half the room of its number, and searches
// keep what they know by depth, in a few kilobytes.
type Hierarchy struct {
	Parent           []uint32 // in the elimination tree, ^0 for roots
	Depth            []uint16 // of a vertex in the tree, 0 for roots
	OutFirst, OutMid []uint32
	InFirst, InMid   []uint32
	OutHead, InHead  []uint16 // depth of an arc's higher end
	OutCost, InCost  []network.Cost
}

// Vertices is the number of vertices.
func (h *Hierarchy) Vertices() int { return len(h.Parent) }

// Put adds the hierarchy's arrays to a file.
func (h *Hierarchy) Put(s *network.Sections) {
	network.Put(s, "ch.parent", h.Parent)
	network.Put(s, "ch.depth", h.Depth)
	network.Put(s, "ch.out_first", h.OutFirst)
	network.Put(s, "ch.out_head", h.OutHead)
	network.Put(s, "ch.out_cost", h.OutCost)
	network.Put(s, "ch.out_mid", h.OutMid)
	network.Put(s, "ch.in_first", h.InFirst)
	network.Put(s, "ch.in_head", h.InHead)
	network.Put(s, "ch.in_cost", h.InCost)
	network.Put(s, "ch.in_mid", h.InMid)
}

// Load returns the hierarchy in an open file.
func Load(s *network.Sections) (*Hierarchy, error) {
	h := &Hierarchy{}
	for name, into := range map[string]*[]uint32{
		"ch.parent": &h.Parent, "ch.out_first": &h.OutFirst, "ch.out_mid": &h.OutMid,
		"ch.in_first": &h.InFirst, "ch.in_mid": &h.InMid,
	} {
		array, err := network.Get[uint32](s, name)
		if err != nil {
			return nil, err
		}
		*into = array
	}
	for name, into := range map[string]*[]uint16{
		"ch.depth": &h.Depth, "ch.out_head": &h.OutHead, "ch.in_head": &h.InHead,
	} {
		array, err := network.Get[uint16](s, name)
		if err != nil {
			return nil, err
		}
		*into = array
	}
	for name, into := range map[string]*[]network.Cost{
		"ch.out_cost": &h.OutCost, "ch.in_cost": &h.InCost,
	} {
		array, err := network.Get[network.Cost](s, name)
		if err != nil {
			return nil, err
		}
		*into = array
	}
	n := len(h.Parent)
	if len(h.OutFirst) != n+1 || len(h.InFirst) != n+1 || len(h.Depth) != n ||
		len(h.OutHead) != len(h.OutCost) ||
		len(h.InHead) != len(h.InCost) || len(h.OutMid) != len(h.OutHead) ||
		len(h.InMid) != len(h.InHead) {
		return nil, fmt.Errorf("its hierarchy does not fit together: %w", network.ErrFile)
	}
	return h, nil
}

// arc is the middle of the arc between two vertices.
func (h *Hierarchy) arc(from, to uint32) (mid uint32) {
	if from < to {
		return middleOf(h.OutHead, h.OutMid, h.OutFirst[from:from+2], h.Depth[to])
	}
	return middleOf(h.InHead, h.InMid, h.InFirst[to:to+2], h.Depth[from])
}

func middleOf(heads []uint16, mids, span []uint32, depth uint16) uint32 {
	for a := span[0]; a < span[1]; a++ {
		if heads[a] == depth {
			return mids[a]
		}
	}
	return none
}

// unpack appends the vertices of an arc after its first.
func (h *Hierarchy) unpack(path []uint32, from, to uint32) []uint32 {
	mid := h.arc(from, to)
	if mid == none {
		return append(path, to)
	}
	return h.unpack(h.unpack(path, from, mid), mid, to)
}
