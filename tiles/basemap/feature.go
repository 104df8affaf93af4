package basemap

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/planar"

	"beatplan/geo/osm"
)

// attrs are the attributes of a drawn feature. Equal attributes are one value,
// so that pointers tell them apart and tiles share them.
type attrs struct {
	props geojson.Properties
}

// book keeps one attrs for each set of attributes.
type book map[string]*attrs

// pair is one attribute; empty strings, zeros and false are left out.
type pair struct {
	key   string
	value any
}

func (b book) of(pairs ...pair) *attrs {
	props := geojson.Properties{}
	var key strings.Builder
	for _, p := range pairs {
		text := ""
		switch v := p.value.(type) {
		case string:
			text = v
		case int:
			if v != 0 {
				text = string(rune(v + 1<<16))
			}
		case bool:
			if v {
				text = "\x01"
			}
		}
		if text != "" {
			props[p.key] = p.value
			key.WriteString(p.key + "\x00" + text + "\x00")
		}
	}
	if a, ok := b[key.String()]; ok {
		return a
	}
	a := &attrs{props: props}
	b[key.String()] = a
	return a
}

// named puts the names that differ from the local one into pairs.
func named(n osm.Names, pairs ...pair) []pair {
	local := cmp.Or(n.Local, n.English, n.Chinese)
	pairs = append(pairs, pair{"name", local})
	if n.English != local {
		pairs = append(pairs, pair{"name_en", n.English})
	}
	if n.Chinese != local {
		pairs = append(pairs, pair{"name_zh", n.Chinese})
	}
	return pairs
}

// feature is one thing to draw, in world coordinates: the Web Mercator square
// from 0 to 1, x eastward, y southward. Exactly one geometry is set.
type feature struct {
	from, to int // zooms at which it is drawn
	// detail are the attributes below zoom 12, at 12 and 13, and from 14 on.
	detail [3]*attrs

	point orb.Point
	line  orb.LineString
	shape orb.MultiPolygon
	area  float64 // of shape, in world units
}

// attrsAt are the attributes at a zoom.
func (f *feature) attrsAt(z int) *attrs {
	switch {
	case z < 12:
		return f.detail[0]
	case z < MaxZoom:
		return f.detail[1]
	}
	return f.detail[2]
}

// same uses one set of attributes at all zooms.
func same(a *attrs) [3]*attrs { return [3]*attrs{a, a, a} }

// sheet collects the features of all layers.
type sheet struct {
	book   book
	layers [layerCount][]feature
	places []place
}

func (s *sheet) add(layer int, f feature) {
	if f.to == 0 {
		f.to = MaxZoom
	}
	s.layers[layer] = append(s.layers[layer], f)
}

// arrange sorts what the order of drawing matters for: large areas first,
// important labels first.
func (s *sheet) arrange() {
	for _, l := range [...]int{layerWater, layerLand} {
		slices.SortStableFunc(s.layers[l], func(a, b feature) int {
			return cmp.Compare(b.area, a.area)
		})
	}
	s.arrangePlaces()
}

// world projects a position onto the Web Mercator square.
func world(p orb.Point) orb.Point {
	lat := min(85.0511, max(-85.0511, p[1])) * math.Pi / 180
	y := (1 - math.Asinh(math.Tan(lat))/math.Pi) / 2
	return orb.Point{p[0]/360 + 0.5, y}
}

func worldLine(line orb.LineString) orb.LineString {
	out := make(orb.LineString, len(line))
	for i, p := range line {
		out[i] = world(p)
	}
	return out
}

func worldShape(shape orb.MultiPolygon) (out orb.MultiPolygon, area float64) {
	out = make(orb.MultiPolygon, len(shape))
	for i, polygon := range shape {
		for _, ring := range polygon {
			out[i] = append(out[i], orb.Ring(worldLine(orb.LineString(ring))))
		}
		area += math.Abs(planar.Area(out[i][0]))
	}
	return out, area
}
