// Package index finds what is near or inside a box among things that move and
// change: customers, people.
//
// [Live] is an R-tree that is written by one goroutine at a time and read by
// many without locks: readers hold an immutable [Snapshot]. [Pyramid] keeps
// counts by square cell of the Web Mercator plane at many levels, so that a
// cluster of a million points is read, not computed. Both are caches: their
// owner rebuilds them at start and keeps them in step.
//
// The R-tree is tidwall/rtree, whose copy-on-write makes a snapshot O(1); this
// is the only package that imports it.
package index
