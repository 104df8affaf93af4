package index

import (
	"github.com/paulmach/orb"
	"github.com/tidwall/rtree"
)

// Plain is an R-tree as it comes, on the plane of degrees: what [Live] is measured
// against. It knows neither the great circle nor the antimeridian. Not safe for
// concurrent use.
type Plain struct{ tree rtree.RTreeG[int64] }

// Put adds a thing. O(log n).
func (t *Plain) Put(id int64, p orb.Point) { t.tree.Insert(p, p, id) }

// Near appends to found the ids of the n things nearest to p on the plane of degrees.
func (t *Plain) Near(found []int64, p orb.Point, n int) []int64 {
	end := len(found) + n
	if n <= 0 {
		return found
	}
	t.tree.Nearby(rtree.BoxDist[float64, int64](p, p, nil),
		func(_, _ [2]float64, id int64, _ float64) bool {
			found = append(found, id)
			return len(found) < end
		})
	return found
}
