// Package tiles is what the map shows: vector tiles, their descriptions, their
// cache and their tags.
//
// A [Layer] answers one tile at a time, in the Mapbox Vector Tile format
// (version 2.1, https://github.com/mapbox/vector-tile-spec), and describes
// itself for TileJSON. The basemap (tiles/basemap) reads archives that were
// drawn from an OpenStreetMap extract; customers and other points are encoded
// here from memory. Tiles are addressed in the XYZ scheme: column x from the
// antimeridian eastward, row y from the north pole southward.
//
// Promises:
//   - a tile holds only what its request's scope may see; caches key on the
//     scope's version, so that a tile never crosses scopes;
//   - the same content has the same strong ETag, on every replica;
//   - an empty tile is an answer (no bytes), a bad address is an error.
package tiles
