package index

import (
	"cmp"
	"iter"
	"math"
	"slices"

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
	q := search[V]{s: s, p: p, n: n, begin: len(found), found: found, limit: limit}
	q.chord = chordOf(limit)
	q.at = s.base.turn(unit(p))
	if n <= mostRanked {
		q.narrow(keep)
	}
	q.collect(keep)
	q.overlay(keep)
	return q.found
}

// Around appends to found the things that lie farther from p than inner and not
// farther than outer and that keep accepts, by distance and then by id.
func (s *Snapshot[V]) Around(
	found []Neighbour[V], p orb.Point, inner, outer geo.Meters, keep func(*Item[V]) bool,
) []Neighbour[V] {
	begin := len(found)
	q := search[V]{s: s, p: p, begin: begin, found: found, limit: outer}
	q.inner, q.ring = inner, true
	q.chord = chordOf(outer)
	q.at = s.base.turn(unit(p))
	q.collect(keep)
	q.overlay(keep)
	slices.SortFunc(q.found[begin:], nearer[V])
	return q.found
}

// search is one question of neighbours. It lives on the stack; keep is handed on
// beside it, since what is kept with the answer would count as part of it, and be
// put on the heap.
type search[V any] struct {
	s     *Snapshot[V]
	p     orb.Point
	at    vector // p in the frame of the packed tree
	n     int    // of Near
	ring  bool   // of Around
	inner geo.Meters

	begin int // of this question's answer in found
	found []Neighbour[V]
	limit geo.Meters // nothing farther is wanted
	chord float64    // chordOf(limit)

	stack [fanout * (deepest + 1)]pending
	depth int
}

// pending is a node that is still to be looked into.
type pending struct {
	chord float64
	node  int32
	level int32
}

// mostRanked bounds the neighbours whose chords are ranked on the stack.
const mostRanked = 128

// narrow brings the limit down to the chord of the n-th nearest of the packed tree,
// by chords alone: they cost a fifth of a great circle's distance.
func (q *search[V]) narrow(keep func(*Item[V]) bool) {
	var ranks [mostRanked]float64
	count := 0
	t := q.s.base
	for leaf, ok := q.leaf(); ok; leaf, ok = q.leaf() {
		first, last := t.below(0, leaf)
		for k := first; k < last; k++ {
			c := t.at[k].chord(&q.at)
			if c > q.chord || !q.s.alive(k) || keep != nil && !keep(&t.items[k].Item) {
				continue
			}
			i := count
			if count < q.n {
				count++
			} else {
				i--
			}
			for ; i > 0 && ranks[i-1] > c; i-- {
				ranks[i] = ranks[i-1]
			}
			ranks[i] = c
			if count == q.n {
				q.chord = min(q.chord, ranks[count-1])
			}
		}
	}
	q.chord = loose(q.chord)
}

// collect offers what lies within the chord.
func (q *search[V]) collect(keep func(*Item[V]) bool) {
	t := q.s.base
	for leaf, ok := q.leaf(); ok; leaf, ok = q.leaf() {
		first, last := t.below(0, leaf)
		for k := first; k < last; k++ {
			if t.at[k].chord(&q.at) <= q.chord && q.s.alive(k) {
				q.offer(t.points[k], t.items[k], keep)
			}
		}
	}
	q.depth = 0
}

// leaf finds the next leaf within the chord, the nearest child first; false when
// there is none left, and then it begins again at the root.
func (q *search[V]) leaf() (int32, bool) {
	t := q.s.base
	if q.depth == 0 {
		top := t.top()
		if top < 0 {
			return 0, false
		}
		// The lowest entry of the stack tells a search under way from a new one.
		q.stack[0] = pending{math.Inf(1), 0, 0}
		q.stack[1] = pending{0, t.level[top], int32(top)}
		q.depth = 2
	}
	for q.depth > 1 {
		q.depth--
		now := q.stack[q.depth]
		if now.chord > q.chord {
			continue
		}
		if now.level == 0 {
			return now.node, true
		}
		q.children(now)
	}
	q.depth = 0
	return 0, false
}

// children puts a node's children on the stack, the nearest on top.
func (q *search[V]) children(of pending) {
	t := q.s.base
	first, last := t.below(int(of.level), of.node)
	begin := q.depth
	for k := first; k < last; k++ {
		c := t.solids[k].chord(&q.at)
		if c > q.chord {
			continue
		}
		i := q.depth
		for ; i > begin && q.stack[i-1].chord < c; i-- {
			q.stack[i] = q.stack[i-1]
		}
		q.stack[i] = pending{c, k, of.level - 1}
		q.depth++
	}
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
		q.offer(e.Point, e, keep)
		return true
	})
}

// offer takes a thing into the answer when it belongs there.
func (q *search[V]) offer(at orb.Point, e *entry[V], keep func(*Item[V]) bool) {
	d := geodesic.Distance(q.p, at)
	if d > q.limit || q.ring && d <= q.inner || keep != nil && !keep(&e.Item) {
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
		q.chord = chordOf(q.limit)
	}
}
