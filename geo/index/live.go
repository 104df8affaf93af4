package index

import (
	"cmp"
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
type Live[V any] struct {
	every int
	after time.Duration
	now   func() time.Time

	mu      sync.Mutex
	tree    rtree.RTreeG[*Item[V]]
	byID    map[int64]*Item[V]
	shown   atomic.Pointer[Snapshot[V]]
	pending atomic.Int64 // writes since shown
	shownAt atomic.Int64 // unix nanoseconds
}

// NewLive returns an empty index.
func NewLive[V any](o Options) *Live[V] {
	l := &Live[V]{every: o.Every, after: o.After, now: o.Now, byID: map[int64]*Item[V]{}}
	if l.every <= 0 {
		l.every = DefaultEvery
	}
	if l.after <= 0 {
		l.after = DefaultAfter
	}
	if l.now == nil {
		l.now = time.Now
	}
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
		l.tree.Delete(old.Point, old.Point, old)
	}
	item := &Item[V]{ID: id, Point: p, Value: v}
	l.byID[id] = item
	l.tree.Insert(p, p, item)
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
	l.tree.Delete(old.Point, old.Point, old)
	l.wrote()
	return true
}

// Get returns the thing as last written, shown or not.
func (l *Live[V]) Get(id int64) (Item[V], bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if item := l.byID[id]; item != nil {
		return *item, true
	}
	return Item[V]{}, false
}

// Reset replaces everything by items and shows it. Items off the globe are left
// out; of two with one id the later wins. O(n log n).
func (l *Live[V]) Reset(items iter.Seq[Item[V]]) {
	byID := map[int64]*Item[V]{}
	var order []curved[V]
	for item := range items {
		if !geo.Valid(item.Point) {
			continue
		}
		if old := byID[item.ID]; old != nil {
			*old = item
			continue
		}
		byID[item.ID] = &item
		order = append(order, curved[V]{item: &item})
	}
	for i := range order {
		order[i].at = alongCurve(order[i].item.Point)
	}
	slices.SortFunc(order, func(a, b curved[V]) int { return cmp.Compare(a.at, b.at) })
	var tree rtree.RTreeG[*Item[V]]
	for _, c := range order {
		tree.Insert(c.item.Point, c.item.Point, c.item)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tree, l.byID = tree, byID
	l.show()
}

// curved is an item and its place along a curve through the plane: inserted in
// this order, neighbours find the same nodes still in the processor's cache.
type curved[V any] struct {
	at   uint64
	item *Item[V]
}

// alongCurve is the place of p along the Z-order curve (Morton 1966).
func alongCurve(p orb.Point) uint64 {
	x, y := Plane(p)
	return spreadBits(x) | spreadBits(y)<<1
}

// spreadBits puts a zero between any two bits.
func spreadBits(n uint32) uint64 {
	b := uint64(n)
	b = (b | b<<16) & 0x0000ffff0000ffff
	b = (b | b<<8) & 0x00ff00ff00ff00ff
	b = (b | b<<4) & 0x0f0f0f0f0f0f0f0f
	b = (b | b<<2) & 0x3333333333333333
	return (b | b<<1) & 0x5555555555555555
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
	if n >= int64(l.every) || l.now().UnixNano()-l.shownAt.Load() >= int64(l.after) {
		l.show()
	}
}

// show publishes a copy of the tree in O(1); the caller holds the lock.
func (l *Live[V]) show() {
	l.shown.Store(&Snapshot[V]{tree: l.tree.Copy()})
	l.pending.Store(0)
	l.shownAt.Store(l.now().UnixNano())
}
