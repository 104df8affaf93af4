package osm

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// Positions remembers where the nodes of interest lie: 16 bytes a node,
// O(log n) a look-up. Fill it in two passes: the ids from the ways, then the
// positions from the nodes.
type Positions struct {
	ids []int64
	lon []int32
	lat []int32
}

// unknown marks a node that the file refers to but does not hold.
const unknown = math.MinInt32

// NewPositions takes the ids of interest, in any order and with repeats; it
// keeps and sorts the slice.
func NewPositions(ids []int64) *Positions {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	p := &Positions{ids: ids, lon: make([]int32, len(ids)), lat: make([]int32, len(ids))}
	for i := range p.lon {
		p.lon[i] = unknown
	}
	return p
}

// Len is the number of distinct nodes of interest.
func (p *Positions) Len() int { return len(p.ids) }

// Index returns the place of id among the sorted ids of interest, or -1.
func (p *Positions) Index(id int64) int {
	if i, ok := slices.BinarySearch(p.ids, id); ok {
		return i
	}
	return -1
}

// Set records a node and reports whether it is of interest.
func (p *Positions) Set(n *Node) bool {
	i := p.Index(n.ID)
	if i >= 0 {
		p.lon[i], p.lat[i] = n.Lon, n.Lat
	}
	return i >= 0
}

// At returns id, longitude and latitude (1e-7 degrees) of the i-th node and
// whether the file held it.
func (p *Positions) At(i int) (id int64, lon, lat int32, ok bool) {
	return p.ids[i], p.lon[i], p.lat[i], p.lon[i] != unknown
}

// Point returns a node's position in degrees; false when the id is not of
// interest or the file did not hold it (as at the edge of an extract).
func (p *Positions) Point(id int64) (orb.Point, bool) {
	i := p.Index(id)
	if i < 0 || p.lon[i] == unknown {
		return orb.Point{}, false
	}
	return orb.Point{float64(p.lon[i]) / PerDegree, float64(p.lat[i]) / PerDegree}, true
}
