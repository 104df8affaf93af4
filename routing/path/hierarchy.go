package path

import (
	"fmt"

	"beatplan/routing/network"
)

// Hierarchy is a customised hierarchy, ready to be searched: for every vertex
// the arcs to higher vertices (Out) and from higher vertices (In), and over
// which lower vertex a shortcut leads. Read-only; it may lie in a mapped file.
type Hierarchy struct {
	Parent                    []uint32 // in the elimination tree, ^0 for roots
	OutFirst, OutHead, OutMid []uint32
	InFirst, InHead, InMid    []uint32
	OutCost, InCost           []network.Cost
}

// Vertices is the number of vertices.
func (h *Hierarchy) Vertices() int { return len(h.Parent) }

// Put adds the hierarchy's arrays to a file.
func (h *Hierarchy) Put(s *network.Sections) {
	network.Put(s, "ch.parent", h.Parent)
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
		"ch.parent": &h.Parent, "ch.out_first": &h.OutFirst, "ch.out_head": &h.OutHead,
		"ch.out_mid": &h.OutMid, "ch.in_first": &h.InFirst, "ch.in_head": &h.InHead,
		"ch.in_mid": &h.InMid,
	} {
		array, err := network.Get[uint32](s, name)
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
	if len(h.OutFirst) != n+1 || len(h.InFirst) != n+1 || len(h.OutHead) != len(h.OutCost) ||
		len(h.InHead) != len(h.InCost) || len(h.OutMid) != len(h.OutHead) ||
		len(h.InMid) != len(h.InHead) {
		return nil, fmt.Errorf("its hierarchy does not fit together: %w", network.ErrFile)
	}
	return h, nil
}

// arc finds the arc between two vertices: its cost and middle.
func (h *Hierarchy) arc(from, to uint32) (mid uint32) {
	if from < to {
		for a := h.OutFirst[from]; a < h.OutFirst[from+1]; a++ {
			if h.OutHead[a] == to {
				return h.OutMid[a]
			}
		}
	} else {
		for a := h.InFirst[to]; a < h.InFirst[to+1]; a++ {
			if h.InHead[a] == from {
				return h.InMid[a]
			}
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
