package index

import (
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paulmach/orb"
	"github.com/tidwall/rtree"

	"beatplan/geo"
)

// When [Live] shows its writes to readers unless [Options] say otherwise:
// after this many writes, or after this long, whichever comes first.
const (
	DefaultEvery = 1000
	DefaultAfter = 50 * time.Millisecond
)

// Options tune a [Live] index. The zero value means the defaults.
type Options struct {
	Every int              // writes between two snapshots; 1 shows every write at once
	After time.Duration    // the longest that a write stays unseen
	Now   func() time.Time // the clock that After is measured by; time.Now when nil
}

// Item is one indexed thing. It is immutable: a change is a new Item.
type Item[V any] struct {
	ID    int64
	Point orb.Point
	Value V
}

// Live is a point index under change. Writes are serialised; reads go to a
// snapshot that is never older than the options allow. Safe for concurrent use.
//
// Most things lie in a packed tree that never changes; what moved since it was
// packed is struck out there and lies in a small R-tree whose copy costs nothing.
// When that has grown, a new tree is packed in the background.
type Live[V any] struct {
	every int
	after time.Duration
	now   func() time.Time

	mu     sync.Mutex
	byID   map[int64]*entry[V]
	base   *packed[V]
	dead   []uint64 // of the base's items; shared with a snapshot when lent
	lent   bool
	gone   int
	recent rtree.RTreeG[*entry[V]]

	generation int // which slot of the entries is the base's
	resets     int // so that a tree that was packed before a Reset is thrown away
	packing    bool
	born, left []*entry[V] // since the packing began

	shown   atomic.Pointer[Snapshot[V]]
	pending atomic.Int64 // writes since shown
	shownAt atomic.Int64 // unix nanoseconds
}

// NewLive returns an empty index.
func NewLive[V any](o Options) *Live[V] {
	l := &Live[V]{every: o.Every, after: o.After, now: o.Now, byID: map[int64]*entry[V]{}}
	if l.every <= 0 {
		l.every = DefaultEvery
	}
	if l.after <= 0 {
		l.after = DefaultAfter
	}
	if l.now == nil {
		l.now = time.Now
	}
	l.base = pack[V](nil, 0)
	l.show()
	return l
}

// Put adds the thing or moves it to p. It reports false, and changes nothing,
// when p is no valid longitude and latitude. O(log n).
func (l *Live[V]) Put(id int64, p orb.Point, v V) bool {
	if !geo.Valid(p) {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if old := l.byID[id]; old != nil {
		l.remove(old)
	}
	e := &entry[V]{Item[V]{id, p, v}, [2]int32{-1, -1}}
	l.byID[id] = e
	l.recent.Insert(p, p, e)
	if l.packing {
		l.born = append(l.born, e)
	}
	l.wrote()
	return true
}

// Delete removes the thing and reports whether it was there. O(log n).
func (l *Live[V]) Delete(id int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.byID[id]
	if old == nil {
		return false
	}
	delete(l.byID, id)
	l.remove(old)
	l.wrote()
	return true
}

// remove takes an entry out of wherever it lies; the caller holds the lock.
func (l *Live[V]) remove(e *entry[V]) {
	if l.packing {
		l.left = append(l.left, e)
	}
	if slot := e.slot[l.generation]; slot >= 0 {
		l.strike(slot)
		return
	}
	l.recent.Delete(e.Point, e.Point, e)
}

// strike marks an item of the base as gone; the caller holds the lock.
func (l *Live[V]) strike(slot int32) {
	if l.lent {
		l.dead, l.lent = slices.Clone(l.dead), false
	}
	l.dead[slot>>6] |= 1 << (slot & 63)
	l.gone++
}

// Get returns the thing as last written, shown or not.
func (l *Live[V]) Get(id int64) (Item[V], bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.byID[id]; e != nil {
		return e.Item, true
	}
	return Item[V]{}, false
}

// Reset replaces everything by items and shows it. Items off the globe are left
// out; of two with one id the later wins. O(n log n).
func (l *Live[V]) Reset(items iter.Seq[Item[V]]) {
	byID := map[int64]*entry[V]{}
	var entries []*entry[V]
	for item := range items {
		if !geo.Valid(item.Point) {
			continue
		}
		if old := byID[item.ID]; old != nil {
			old.Item = item
			continue
		}
		e := &entry[V]{Item: item}
		byID[item.ID] = e
		entries = append(entries, e)
	}
	base := pack(entries, 0)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.byID = byID
	l.resets++
	l.generation, l.packing, l.born, l.left = 0, false, nil, nil
	l.found(base)
	l.show()
}

// found begins anew over a packed tree; the caller holds the lock.
func (l *Live[V]) found(base *packed[V]) {
	l.base, l.gone = base, 0
	l.dead, l.lent = make([]uint64, (len(base.items)+63)/64), false
	l.recent = rtree.RTreeG[*entry[V]]{}
}

// slack is how many changes are left beside the packed tree at least.
const slack = 512

// repack packs a new tree in the background when much changed since the last; the
// caller holds the lock.
func (l *Live[V]) repack() {
	if l.packing || l.recent.Len()+l.gone < slack+len(l.byID)/4 {
		return
	}
	all := make([]*entry[V], 0, len(l.byID))
	for k, e := range l.base.items {
		if l.dead[k>>6]>>(k&63)&1 == 0 {
			all = append(all, e)
		}
	}
	l.recent.Scan(func(_, _ [2]float64, e *entry[V]) bool {
		all = append(all, e)
		return true
	})
	l.packing, l.born, l.left = true, l.born[:0], l.left[:0]
	resets, next := l.resets, 1-l.generation
	go func() {
		base := pack(all, next)
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.resets == resets {
			l.adopt(base, next)
		}
	}()
}

// adopt takes a tree that was packed in the background, and what was written
// meanwhile beside it; the caller holds the lock.
func (l *Live[V]) adopt(base *packed[V], generation int) {
	l.generation, l.packing = generation, false
	l.found(base)
	for _, e := range l.left {
		if slot := e.slot[generation]; slot >= 0 {
			l.strike(slot)
		}
	}
	for _, e := range l.born {
		if l.byID[e.ID] == e {
			l.recent.Insert(e.Point, e.Point, e)
		}
	}
	l.show()
}

// Publish shows every write that was made before the call.
func (l *Live[V]) Publish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.show()
}

// Snapshot returns the present state for reading. It holds every write older
// than the options' After.
func (l *Live[V]) Snapshot() *Snapshot[V] {
	if l.pending.Load() > 0 && l.now().UnixNano()-l.shownAt.Load() >= int64(l.after) {
		l.Publish()
	}
	return l.shown.Load()
}

// wrote counts a write; the caller holds the lock.
func (l *Live[V]) wrote() {
	n := l.pending.Add(1)
	l.repack()
	if n >= int64(l.every) || l.now().UnixNano()-l.shownAt.Load() >= int64(l.after) {
		l.show()
	}
}

// show publishes the present state in O(1); the caller holds the lock.
func (l *Live[V]) show() {
	l.lent = true
	l.shown.Store(&Snapshot[V]{base: l.base, dead: l.dead, gone: l.gone, recent: l.recent.Copy()})
	l.pending.Store(0)
	l.shownAt.Store(l.now().UnixNano())
}
