package network

import (
	"math"
	"slices"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
)

// fanout is the number of entries in a node of the index.
const fanout = 16

// Index is a packed R-tree over the pieces, bulk-loaded in Hilbert order: level 0 has a
// box for every fanout pieces, each level above one for every fanout boxes. Pieces have
// none: their ends say as much.
type Index struct {
	Pieces []uint32 // in Hilbert order
	Box    []int32  // west, south, east, north of every entry, level by level
	Level  []uint32 // first entry of a level, one more at the end
}

// newIndex builds the index. O(n log n).
func newIndex(n *Network) Index {
	type keyed struct {
		key   uint64
		piece uint32
	}
	var all []keyed
	for s := range n.Segments() {
		for p := n.FirstPoint[s]; p+1 < n.FirstPoint[s+1]; p++ {
			x := (int64(n.Lon[p]) + int64(n.Lon[p+1])) / 2
			y := (int64(n.Lat[p]) + int64(n.Lat[p+1])) / 2
			all = append(all, keyed{geo.Hilbert(uint32(x+1<<31), uint32(y+1<<31)), p})
		}
	}
	slices.SortFunc(all, func(a, b keyed) int {
		switch {
		case a.key < b.key:
			return -1
		case a.key > b.key:
			return 1
		}
		return int(a.piece) - int(b.piece)
	})
	x := Index{Pieces: make([]uint32, len(all)), Level: []uint32{0}}
	for i, k := range all {
		x.Pieces[i] = k.piece
	}
	for i := 0; i < len(all); i += fanout {
		x.Box = append(x.Box, n.aroundPieces(x.Pieces[i:min(i+fanout, len(all))])...)
	}
	for first, last := 0, len(x.Box)/4; ; first, last = last, len(x.Box)/4 {
		x.Level = append(x.Level, uint32(last))
		if last-first <= 1 {
			return x
		}
		for i := first; i < last; i += fanout {
			x.Box = append(x.Box, x.around(i, min(i+fanout, last))...)
		}
	}
}

// aroundPieces is the box of some pieces.
func (n *Network) aroundPieces(pieces []uint32) []int32 {
	p := pieces[0]
	b := []int32{n.Lon[p], n.Lat[p], n.Lon[p], n.Lat[p]}
	for _, p := range pieces {
		for _, q := range []uint32{p, p + 1} {
			b[0], b[1] = min(b[0], n.Lon[q]), min(b[1], n.Lat[q])
			b[2], b[3] = max(b[2], n.Lon[q]), max(b[3], n.Lat[q])
		}
	}
	return b
}

// around is the box of the entries from first to last-1.
func (x *Index) around(first, last int) []int32 {
	b := slices.Clone(x.Box[4*first : 4*first+4])
	for i := first + 1; i < last; i++ {
		b[0] = min(b[0], x.Box[4*i])
		b[1] = min(b[1], x.Box[4*i+1])
		b[2] = max(b[2], x.Box[4*i+2])
		b[3] = max(b[3], x.Box[4*i+3])
	}
	return b
}

// Found is a place near a point.
type Found struct {
	Place
	Point    orb.Point  // the place's position
	Distance geo.Meters // great-circle distance from the point
}

// plane measures around one point: degrees·1e7, longitudes shrunk by the
// cosine of the latitude.
type plane struct{ x, y, shrink float64 }

func planeAt(p orb.Point) plane {
	return plane{
		x: p[0] * 1e7, y: p[1] * 1e7,
		shrink: math.Cos(p[1] * math.Pi / 180),
	}
}

// toBox is the squared distance to a box, 0 inside.
func (o plane) toBox(b []int32) float64 {
	dx := max(float64(b[0])-o.x, o.x-float64(b[2]), 0) * o.shrink
	dy := max(float64(b[1])-o.y, o.y-float64(b[3]), 0)
	return dx*dx + dy*dy
}

// toPiece is the squared distance to a piece and where along it, 0 to Scale.
func (o plane) toPiece(n *Network, p uint32) (float64, uint32) {
	ax, ay := (float64(n.Lon[p])-o.x)*o.shrink, float64(n.Lat[p])-o.y
	bx, by := (float64(n.Lon[p+1])-o.x)*o.shrink, float64(n.Lat[p+1])-o.y
	dx, dy := bx-ax, by-ay
	t := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		t = min(1, max(0, -(ax*dx+ay*dy)/length))
	}
	x, y := ax+t*dx, ay+t*dy
	return x*x + y*y, uint32(math.Round(t * Scale))
}

// entry waits in the search: a box of a level, or a piece that was measured.
type entry struct {
	squared float64
	at      uint32
	level   int8 // -1 for a measured piece
	offset  uint32
}

// heap is a binary heap by squared distance, then by piece.
type heap []entry

func (e entry) before(f entry) bool {
	return e.squared < f.squared || e.squared == f.squared && e.at < f.at
}

func (h *heap) push(e entry) {
	*h = append(*h, e)
	a := *h
	for i := len(a) - 1; i > 0; {
		up := (i - 1) / 2
		if !a[i].before(a[up]) {
			break
		}
		a[i], a[up] = a[up], a[i]
		i = up
	}
}

func (h *heap) pop() entry {
	a := *h
	top := a[0]
	last := len(a) - 1
	a[0] = a[last]
	a = a[:last]
	*h = a
	for i := 0; ; {
		c := 2*i + 1
		if c >= last {
			break
		}
		if c+1 < last && a[c+1].before(a[c]) {
			c++
		}
		if !a[c].before(a[i]) {
			break
		}
		a[i], a[c] = a[c], a[i]
		i = c
	}
	return top
}

// Nearest finds the nearest place within limit on a segment that accept wants;
// nil accepts all. About 5 µs on a city.
func (n *Network) Nearest(p orb.Point, limit geo.Meters, accept func(uint32) bool) (Found, bool) {
	var found Found
	ok := false
	n.Near(p, limit, func(f Found) bool {
		if accept != nil && !accept(f.Segment) {
			return true
		}
		found, ok = f, true
		return false
	})
	return found, ok
}

// Near visits the pieces within limit, nearest first, until visit returns
// false. Distances are measured on a plane through p for the order, on the
// sphere for the limit.
func (n *Network) Near(p orb.Point, limit geo.Meters, visit func(Found) bool) {
	if len(n.Index.Pieces) == 0 {
		return
	}
	o := planeAt(p)
	var space [256]entry
	h := heap(space[:0])
	top := len(n.Index.Level) - 2
	h.push(entry{o.toBox(n.Index.Box[4*n.Index.Level[top]:]), n.Index.Level[top], int8(top), 0})
	for len(h) > 0 {
		e := h.pop()
		if e.level < 0 {
			pl := Place{Segment: n.SegmentOf(e.at), Piece: e.at, Offset: e.offset}
			f := Found{pl, n.At(pl), 0}
			f.Distance = geodesic.Distance(p, f.Point)
			if f.Distance > limit || !visit(f) {
				return
			}
			continue
		}
		n.open(o, &h, e)
	}
}

// open replaces a box by what is in it.
func (n *Network) open(o plane, h *heap, e entry) {
	if e.level == 0 {
		first := e.at * fanout
		last := min(first+fanout, uint32(len(n.Index.Pieces)))
		for _, piece := range n.Index.Pieces[first:last] {
			squared, offset := o.toPiece(n, piece)
			h.push(entry{squared, piece, -1, offset})
		}
		return
	}
	below := n.Index.Level[e.level-1]
	first := below + (e.at-n.Index.Level[e.level])*fanout
	last := min(first+fanout, n.Index.Level[e.level])
	for i := first; i < last; i++ {
		h.push(entry{o.toBox(n.Index.Box[4*i:]), i, e.level - 1, 0})
	}
}

// SegmentOf is the segment that a piece belongs to.
func (n *Network) SegmentOf(piece uint32) uint32 {
	i, found := slices.BinarySearch(n.FirstPoint, piece)
	if !found {
		i--
	}
	return uint32(i)
}
