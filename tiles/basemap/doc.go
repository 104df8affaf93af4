// Package basemap draws the background map of a region from its OpenStreetMap
// extract and serves it.
//
// [Build] reads an extract once (geo/osm) and writes every vector tile from zoom
// [MinZoom] to [MaxZoom] into one PMTiles archive; viewers magnify beyond. The
// same extract gives the same bytes. [Layer] serves the archives of all regions
// as one layer; where regions overlap, a tile holds both.
//
// The layers and attributes are listed in [Schema]; class words are those of
// geo/osm. For each zoom roads are merged end to end, lines and areas simplified
// to what a screen can show, small things left out, and the rest is cut to the
// tiles with a margin so that strokes and labels meet across borders. Polygon
// rings are free of self-crossings and wound as MVT 2.1 §4.3.3.3 wants.
//
// National boundaries (administrative level 2) are not drawn.
package basemap
