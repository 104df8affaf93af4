// Package tilesapi serves the map: vector tiles, their TileJSON, style
// documents.
//
//	/tiles/{layer}/{z}/{x}/{y}.mvt   a tile; 204 where there is nothing
//	/tiles/{layer}.json              TileJSON 3.0
//	/tiles/{layer}.pmtiles?region=   the whole layer as one file
//	/tiles/style/{theme}.json?lang=  style for MapLibre GL
//
// These are plain routes with the protocol that map clients expect: tiles are
// compressed by Brotli or gzip as the client takes it, carry a strong entity tag and
// answer 304 to If-None-Match. Refusals are problems like everywhere else; map
// clients only look at the status.
package tilesapi
