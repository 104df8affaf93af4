// Package index finds what is near or inside a box among things that move and
// change: customers, people.
//
// [Live] is written by one goroutine at a time and read by many without locks:
// readers hold an immutable [Snapshot], a packed R-tree in arrays and a small
// R-tree of what moved since it was packed. [Pyramid] keeps
// counts by square cell of the Web Mercator plane at many levels, so that a
// cluster of a million points is read, not computed. Both are caches: their
// owner rebuilds them at start and keeps them in step.
//
// The R-tree of what moved is tidwall/rtree, whose copy-on-write makes a snapshot
// O(1); this is the only package that imports it.
package index
