package gazetteer

import "github.com/paulmach/orb"

// homes answers surroundings for many points: in a cell that no outline crosses
// they are the same everywhere, and asked for once.
type homes struct {
	districts []district
	crossed   map[[2]int32]bool
	known     map[[2]int32][]*district
}

func newHomes(districts []district) *homes {
	h := &homes{districts, map[[2]int32]bool{}, map[[2]int32][]*district{}}
	for _, d := range districts {
		for _, polygon := range d.shape {
			for _, ring := range polygon {
				h.cross(ring)
			}
		}
	}
	return h
}

// cross marks the cells of a ring, generously: all in the box of each edge.
func (h *homes) cross(ring orb.Ring) {
	for i := 1; i < len(ring); i++ {
		a, b := cellAt(ring[i-1]), cellAt(ring[i])
		for x := min(a[0], b[0]); x <= max(a[0], b[0]); x++ {
			for y := min(a[1], b[1]); y <= max(a[1], b[1]); y++ {
				h.crossed[[2]int32{x, y}] = true
			}
		}
	}
}

// of is surroundings of a point.
func (h *homes) of(p orb.Point) []*district {
	c := cellAt(p)
	if h.crossed[c] {
		return surroundings(h.districts, p)
	}
	hold, ok := h.known[c]
	if !ok {
		hold = surroundings(h.districts, p)
		h.known[c] = hold
	}
	return hold
}
