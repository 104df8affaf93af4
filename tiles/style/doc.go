// Package style draws the basemap: style documents for MapLibre GL
// (https://maplibre.org/maplibre-style-spec/) in light, dark and print.
//
// Calm cartography: land a warm grey-white, water a pale blue, roads white with
// a soft casing, labels dark grey with a halo. The map stays behind; colour
// belongs to the data that is laid over it. Nothing is loaded from elsewhere:
// there are no glyphs (viewers draw labels with the fonts of the machine) and no
// sprites.
//
// Overlays of an application go below the layer [FirstLabel], so that names stay
// readable above areas and lines, or on top, for points.
package style
