package index

import (
	"cmp"
	"iter"
	"slices"

	"github.com/paulmach/orb"
	"github.com/tidwall/rtree"

	"beatplan/geo"
	"beatplan/geo/geodesic"
)

// Snapshot is the index at one moment, for any number of readers.
type Snapshot[V any] struct {
	tree *rtree.RTreeG[*Item[V]]
}

// Neighbour is a thing and how far it is along the great circle.
type Neighbour[V any] struct {
	*Item[V]
	Distance geo.Meters
}

// Len is the number of things.
func (s *Snapshot[V]) Len() int { return s.tree.Len() }

// Bounds is the smallest box that holds every thing; the zero box without any.
func (s *Snapshot[V]) Bounds() geo.Box {
	low, high := s.tree.Bounds()
	return geo.Box{Min: low, Max: high}
}

// Within yields the things inside box, edges included, in no particular order.
func (s *Snapshot[V]) Within(box geo.Box) iter.Seq[*Item[V]] {
	return func(yield func(*Item[V]) bool) {
		s.tree.Search(box.Min, box.Max, func(_, _ [2]float64, item *Item[V]) bool {
			return yield(item)
		})
	}
}

// All yields every thing in no particular order.
func (s *Snapshot[V]) All() iter.Seq[*Item[V]] {
	return func(yield func(*Item[V]) bool) {
		s.tree.Scan(func(_, _ [2]float64, item *Item[V]) bool { return yield(item) })
	}
}

// Nearest yields all things from the nearest to p to the farthest, by
// great-circle distance, also across the antimeridian and the poles. Stop the
// loop when enough are seen; each costs O(log n).
//
// Boxes are ranked by their exact great-circle distance: planar degrees rank
// nine of ten neighbour lists wrongly away from the equator.
func (s *Snapshot[V]) Nearest(p orb.Point) iter.Seq2[*Item[V], geo.Meters] {
	return func(yield func(*Item[V], geo.Meters) bool) {
		rank := func(low, high [2]float64, item *Item[V], isItem bool) float64 {
			if isItem {
				return float64(geodesic.Distance(p, item.Point))
			}
			return lowerBound(geodesic.BoxDistance(p, geo.Box{Min: low, Max: high}))
		}
		s.tree.Nearby(rank, func(_, _ [2]float64, item *Item[V], d float64) bool {
			return yield(item, geo.Meters(d))
		})
	}
}

// Near returns the n nearest things to p that lie within limit and that keep
// accepts (nil accepts all), by distance and then by id.
func (s *Snapshot[V]) Near(
	p orb.Point, n int, limit geo.Meters, keep func(*Item[V]) bool,
) []Neighbour[V] {
	var found []Neighbour[V]
	if n <= 0 {
		return nil
	}
	for item, d := range s.Nearest(p) {
		// Equals of the last one are read too: ids decide between them.
		if d > limit || len(found) >= n && d > found[len(found)-1].Distance {
			break
		}
		if keep == nil || keep(item) {
			found = append(found, Neighbour[V]{item, d})
		}
	}
	slices.SortStableFunc(found, func(a, b Neighbour[V]) int {
		return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.ID, b.ID))
	})
	return found[:min(n, len(found))]
}

// lowerBound takes the rounding out of a box distance, so that no box ranks
// behind a thing inside it. The haversine loses half its digits near the
// antipode: √(2ε)·R = 0.13 m.
func lowerBound(d geo.Meters) float64 {
	slack := 1e-6
	if d > 19_000_000 {
		slack = 0.5
	}
	return max(0, float64(d)-slack)
}
