// Package clip cuts lines and areas into tiles: clipped to a tile with a margin,
// simplified for the zoom, rounded to whole units without spikes and crossings, and
// wound as vector tiles ask (MVT 2.1 §4.3.3.3). Coordinates are units of the tile
// (4096 a side), counted over the whole zoom, x growing east and y south.
package clip
