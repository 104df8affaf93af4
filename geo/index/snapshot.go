package index

import (
	"cmp"
	"iter"
	"math"

	"github.com/paulmach/orb"
	"github.com/tidwall/rtree"

	"beatplan/geo"
	"beatplan/geo/geodesic"
)

// Snapshot is the index at one moment, for any number of readers.
type Snapshot[V any] struct {
	base   *packed[V]
	dead   []uint64 // of the base's items: moved or removed since it was packed
	gone   int      // how many
	recent *rtree.RTreeG[*entry[V]]
}

// Neighbour is a thing and how far it is along the great circle.
type Neighbour[V any] struct {
	*Item[V]
	Distance geo.Meters
}

func nearer[V any](a, b Neighbour[V]) int {
	return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.ID, b.ID))
}

// Len is the number of things.
func (s *Snapshot[V]) Len() int { return len(s.base.items) - s.gone + s.recent.Len() }

// Bounds is a box that holds every thing. What was moved or removed lately may
// still count.
func (s *Snapshot[V]) Bounds() geo.Box {
	low, high := s.recent.Bounds()
	box := geo.Box{Min: low, Max: high}
	switch {
	case len(s.base.items) == 0:
		return box
	case s.recent.Len() == 0:
		return s.base.bounds
	}
	return box.Union(s.base.bounds)
}

func (s *Snapshot[V]) alive(slot int32) bool { return s.dead[slot>>6]>>(slot&63)&1 == 0 }

// Within yields the things inside box, edges included, in no particular order.
func (s *Snapshot[V]) Within(box geo.Box) iter.Seq[*Item[V]] {
	return func(yield func(*Item[V]) bool) {
		if top := s.base.top(); top >= 0 && !s.within(box, top, s.base.level[top], yield) {
			return
		}
		s.recent.Search(box.Min, box.Max, func(_, _ [2]float64, e *entry[V]) bool {
			return yield(&e.Item)
		})
	}
}

func (s *Snapshot[V]) within(box geo.Box, level int, node int32, yield func(*Item[V]) bool) bool {
	first, last := s.base.below(level, node)
	if level > 0 {
		for k := first; k < last; k++ {
			if s.base.flats[k].meets(box) && !s.within(box, level-1, k, yield) {
				return false
			}
		}
		return true
	}
	for k := first; k < last; k++ {
		if box.Contains(s.base.points[k]) && s.alive(k) && !yield(&s.base.items[k].Item) {
			return false
		}
	}
	return true
}

// All yields every thing in no particular order.
func (s *Snapshot[V]) All() iter.Seq[*Item[V]] {
	return func(yield func(*Item[V]) bool) {
		for k, e := range s.base.items {
			if s.alive(int32(k)) && !yield(&e.Item) {
				return
			}
		}
		s.recent.Scan(func(_, _ [2]float64, e *entry[V]) bool { return yield(&e.Item) })
	}
}

// Near appends to found the n nearest things to p that lie within limit and that
// keep accepts (nil accepts all), by great-circle distance and then by id, also
// across the antimeridian and the poles. It allocates nothing when found has room
// for one more than n. O(n + log of all) as a rule.
func (s *Snapshot[V]) Near(
	found []Neighbour[V], p orb.Point, n int, limit geo.Meters, keep func(*Item[V]) bool,
) []Neighbour[V] {
	if n <= 0 || limit < 0 {
		return found
	}
	q := search[V]{s: s, p: p, n: n, begin: len(found), found: found}
	q.from(limit)
	if n > mostRanked || !q.rank(keep) {
		q.collect(keep)
	}
	q.overlay(keep)
	return q.found
}

// Around appends to found the things that lie farther from p than inner and not
// farther than outer and that keep accepts, in no particular order.
func (s *Snapshot[V]) Around(
	found []Neighbour[V], p orb.Point, inner, outer geo.Meters, keep func(*Item[V]) bool,
) []Neighbour[V] {
	q := search[V]{s: s, p: p, begin: len(found), found: found, inner: inner, ring: true}
	q.from(outer)
	q.collect(keep)
	q.overlay(keep)
	return q.found
}

// search is one question of neighbours. It lives on the stack; keep is handed on
// beside it, since what is kept with the answer would count as part of it, and be
// put on the heap.
type search[V any] struct {
	s     *Snapshot[V]
	p     orb.Point
	at    vector // p in the frame of the packed tree
	rough rough
	n     int  // of Near
	ring  bool // of Around
	inner geo.Meters

	begin int // of this question's answer in found
	found []Neighbour[V]
	limit geo.Meters // nothing farther is wanted
	reach reach      // of the limit

	stack [fanout * (deepest + 1)]pending
	depth int
	chord [mostRanked]float64 // of the nearest so far, ordered
	slot  [mostRanked]int32
}

// pending is a node that is still to be looked into, with its level in the lowest bits.
type pending struct {
	chord float32
	node  uint32
}

const levelBits = 3

// mostRanked bounds the neighbours that are ranked by their chords.
const mostRanked = 128

// from begins a search that goes no farther than the limit.
func (q *search[V]) from(limit geo.Meters) {
	q.at = q.s.base.turn(unit(q.p))
	q.rough = rough{float32(q.at[0]), float32(q.at[1]), float32(q.at[2])}
	q.limit, q.reach = limit, reachOf(chordOf(limit))
}

// rank finds the n nearest of the packed tree by their chords alone, which cost a fifth
// of a great circle's distance, and offers them. It reports false, and has offered
// nothing, when the last of them is so close to others that only the great circles can
// tell; then all of these are within reach.
func (q *search[V]) rank(keep func(*Item[V]) bool) bool {
	t := q.s.base
	count, left := 0, math.Inf(1) // left: the least chord that was left out
	for leaf, ok := q.leaf(); ok; leaf, ok = q.leaf() {
		first, last := t.below(0, leaf)
		at := t.at[first:last]
		for k := range at {
			c := at[k].chord(&q.at)
			if c > q.reach.chord || !q.takes(first+int32(k), keep) {
				continue
			}
			i := count
			if count < q.n {
				count++
			} else if i--; c >= q.chord[i] {
				left = min(left, c)
				continue
			} else {
				left = min(left, q.chord[i])
			}
			for ; i > 0 && q.chord[i-1] > c; i-- {
				q.chord[i], q.slot[i] = q.chord[i-1], q.slot[i-1]
			}
			q.chord[i], q.slot[i] = c, first+int32(k)
			if count == q.n {
				q.narrow(math.Sqrt(q.chord[count-1]))
			}
		}
	}
	if count == q.n && left <= q.reach.chord {
		return false
	}
	for _, slot := range q.slot[:count] {
		q.offer(t.points[slot], t.items[slot])
	}
	return true
}

// narrow brings the reach down to a chord's.
func (q *search[V]) narrow(chord float64) {
	if r := reachOf(chord); r.chord < q.reach.chord {
		q.reach = r
	}
}

// takes reports whether an item of the packed tree is there and wanted.
func (q *search[V]) takes(slot int32, keep func(*Item[V]) bool) bool {
	return q.s.alive(slot) && (keep == nil || keep(&q.s.base.items[slot].Item))
}

// collect offers what lies within reach.
func (q *search[V]) collect(keep func(*Item[V]) bool) {
	t := q.s.base
	for leaf, ok := q.leaf(); ok; leaf, ok = q.leaf() {
		first, last := t.below(0, leaf)
		for k := first; k < last; k++ {
			if t.at[k].chord(&q.at) <= q.reach.chord && q.takes(k, keep) {
				q.offer(t.points[k], t.items[k])
			}
		}
	}
}

// leaf finds the next leaf within reach, the nearest child first; false when there is
// none left, and then it begins again at the root.
func (q *search[V]) leaf() (int32, bool) {
	t := q.s.base
	if q.depth == 0 {
		top := t.top()
		if top < 0 {
			return 0, false
		}
		// The lowest entry of the stack tells a search under way from a new one.
		q.stack[1] = pending{0, uint32(t.level[top])<<levelBits | uint32(top)}
		q.depth = 2
	}
	for q.depth > 1 {
		q.depth--
		now := q.stack[q.depth]
		if now.chord > q.reach.solid {
			continue
		}
		node, level := int32(now.node>>levelBits), int(now.node&(1<<levelBits-1))
		if level == 0 {
			return node, true
		}
		q.children(level, node)
	}
	q.depth = 0
	return 0, false
}

// children puts a node's children on the stack, the nearest on top.
func (q *search[V]) children(level int, node int32) {
	t := q.s.base
	first, last := t.below(level, node)
	begin, depth := q.depth, q.depth
	solids := t.solids[first:last]
	for k := range solids {
		c := solids[k].chord(&q.rough)
		if c > q.reach.solid {
			continue
		}
		i := depth
		for ; i > begin && q.stack[i-1].chord < c; i-- {
			q.stack[i] = q.stack[i-1]
		}
		q.stack[i] = pending{c, uint32(first+int32(k))<<levelBits | uint32(level-1)}
		depth++
	}
	q.depth = depth
}

// overlay searches what changed since the tree was packed.
func (q *search[V]) overlay(keep func(*Item[V]) bool) {
	if q.s.recent.Len() == 0 {
		return
	}
	box := geodesic.Pad(q.p.Bound(), q.limit+q.limit/1e9+1e-6)
	if box.Min[0] <= -180 || box.Max[0] >= 180 {
		box.Min[0], box.Max[0] = -180, 180
	}
	q.s.recent.Search(box.Min, box.Max, func(_, _ [2]float64, e *entry[V]) bool {
		if keep == nil || keep(&e.Item) {
			q.offer(e.Point, e)
		}
		return true
	})
}

// offer takes a thing into the answer when it belongs there.
func (q *search[V]) offer(at orb.Point, e *entry[V]) {
	d := geodesic.Distance(q.p, at)
	if d > q.limit || q.ring && d <= q.inner {
		return
	}
	one := Neighbour[V]{&e.Item, d}
	if q.ring {
		q.found = append(q.found, one)
		return
	}
	count := len(q.found) - q.begin
	if count < q.n {
		q.found = append(q.found, one)
		count++
	} else if nearer(one, q.found[q.begin+count-1]) >= 0 {
		return
	}
	own := q.found[q.begin:]
	i := count - 1
	for ; i > 0 && nearer(one, own[i-1]) < 0; i-- {
		own[i] = own[i-1]
	}
	own[i] = one
	if count == q.n && own[count-1].Distance < q.limit {
		q.limit = own[count-1].Distance
		q.narrow(chordOf(q.limit))
	}
}
