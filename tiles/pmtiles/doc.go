// Package pmtiles reads and writes PMTiles archives, version 3: one file that
// holds a pyramid of tiles, addressed by byte ranges.
//
// It follows https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md;
// section names in comments are the spec's. Archives written here are
// clustered (tile data in the order of tile ids), compress their directories
// with gzip, store equal tiles once, and have the same bytes for the same
// tiles. The data section stands before the leaf directories, which the spec
// allows (only the root directory must lie in the first 16 KiB), so that
// writing streams and needs no second file.
//
// The reader trusts nothing in the file: every offset, count and length is
// checked against the file's size and against bounds before it is used.
package pmtiles
