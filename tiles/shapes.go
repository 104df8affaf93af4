package tiles

import (
	"context"
	"fmt"
	"math"
	"net/url"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"

	"beatplan/geo"
	"beatplan/geo/datum"
	"beatplan/geo/index"
	"beatplan/internal/scope"
	"beatplan/tiles/clip"
)

// Shape is a place, a line or an area with what is said about it.
type Shape struct {
	ID int64 // below 2⁵³; 0: none
	// Geometry is a Point, LineString, MultiLineString, Polygon or MultiPolygon in
	// WGS-84. It is not changed.
	Geometry orb.Geometry
	Fields   map[string]any // texts, numbers and truths; names as in Info
}

// Ask is what a source of shapes is asked for.
type Ask struct {
	Person int64 // who asks
	Scope  scope.Scope
	Query  url.Values
	Box    geo.Box // what may be left out lies outside of it
	Zoom   uint32
}

// ShapeSource keeps the shapes of a layer.
type ShapeSource interface {
	// Info describes the layer; its first vector layer holds the shapes.
	Info() Info
	// Shapes returns what of the layer touches the box, as far as the caller may
	// see it, in a stable order. An error is a fail.Error when the query is wrong.
	Shapes(ctx context.Context, a Ask) ([]Shape, error)
}

// Versioned is a source that knows when its answer changes, so that tiles of it are
// kept as long as it does not.
type Versioned interface {
	// Version names everything that decides the answer, and the number of the last
	// change that could touch it.
	Version(ctx context.Context, a Ask) (key string, changed uint64, err error)
}

// Shapes is a layer of places, lines and areas: clipped to each tile with a
// margin, simplified for the zoom, whole within half a pixel.
type Shapes struct {
	source ShapeSource
	cache  *cache
}

// NewShapes makes the layer of a source. Sources that read a database are wrapped
// in [NewMoment] first, because a map asks for thirty tiles at once.
func NewShapes(s ShapeSource) *Shapes { return &Shapes{source: s, cache: newCache(shapeBytes)} }

// shapeBytes bounds the tiles that a layer of shapes keeps.
const shapeBytes = 16 << 20

// Info describes the layer.
func (s *Shapes) Info() Info { return s.source.Info() }

// Tile draws one tile, or takes it from the cache when its source knows that nothing
// changed.
func (s *Shapes) Tile(ctx context.Context, r Request) (Tile, error) {
	a := askOf(r)
	source, ok := s.source.(Versioned)
	if !ok || r.Scope.Version == "" && !r.Scope.All {
		return s.draw(ctx, a, r)
	}
	name, changed, err := source.Version(ctx, a)
	if err != nil {
		return Tile{}, err
	}
	key := keyOf(r, name, "")
	if tile, ok := s.cache.get(key, changed); ok {
		return tile, nil
	}
	tile, err := s.draw(ctx, a, r)
	if err == nil {
		s.cache.put(key, changed, tile)
	}
	return tile, err
}

// askOf is what a tile asks its source for.
func askOf(r Request) Ask {
	return Ask{
		Person: r.Person, Scope: r.Scope, Query: r.Query,
		Box: reach(r.Tile, r.Datum), Zoom: uint32(r.Tile.Z),
	}
}

// Holds reports whether a shape touches the tile, though it may be too small to see.
func (s *Shapes) Holds(ctx context.Context, r Request) (bool, error) {
	found, err := s.source.Shapes(ctx, askOf(r))
	return len(found) > 0, err
}

func (s *Shapes) draw(ctx context.Context, a Ask, r Request) (Tile, error) {
	found, err := s.source.Shapes(ctx, a)
	if err != nil || len(found) == 0 {
		return Tile{}, err
	}
	name := s.source.Info().Layers[0].ID
	out := &mvt.Layer{Name: name, Version: 2, Extent: Extent}
	for i := range found {
		if g := drawn(found[i].Geometry, r.Tile, r.Datum); g != nil {
			out.Features = append(out.Features, featureOf(found[i], g))
		}
	}
	if len(out.Features) == 0 {
		return Tile{}, nil
	}
	data, err := mvt.Marshal(mvt.Layers{out})
	if err != nil {
		return Tile{}, fmt.Errorf("encode tile %v of %s: %w", r.Tile, name, err)
	}
	return s.cache.finish(data), nil
}

func featureOf(s Shape, g orb.Geometry) *geojson.Feature {
	f := geojson.NewFeature(g)
	if s.ID != 0 {
		f.ID = uint64(s.ID)
	}
	for k, v := range s.Fields {
		f.Properties[k] = v
	}
	return f
}

// shapeTolerance is how far a simplified line may stray, in units: half a pixel;
// next to nothing at the zooms that are magnified.
func shapeTolerance(z int) float64 {
	if z < 14 {
		return 4
	}
	return 0.8
}

// drawn is a geometry in the units of a tile, nil when nothing of it is there.
func drawn(g orb.Geometry, t maptile.Tile, d datum.Datum) orb.Geometry {
	switch g := g.(type) {
	case orb.Point:
		x, y := index.Plane(datum.Convert(g, datum.WGS84, mapDatum(d)))
		z := uint32(t.Z)
		if uint64(x)>>(32-z) != uint64(t.X) || uint64(y)>>(32-z) != uint64(t.Y) {
			return nil
		}
		return orb.Point{float64(inTile(x, z)), float64(inTile(y, z))}
	case orb.LineString:
		return drawnLines(orb.MultiLineString{g}, t, d)
	case orb.MultiLineString:
		return drawnLines(g, t, d)
	case orb.Polygon:
		return drawnAreas(orb.MultiPolygon{g}, t, d)
	case orb.MultiPolygon:
		return drawnAreas(g, t, d)
	}
	return nil
}

// touches reports whether a line could reach into the tile with its margin. The
// line is in units at the tile's zoom.
func touches(box orb.Bound, t maptile.Tile) bool {
	x, y := float64(t.X)*Extent, float64(t.Y)*Extent
	return box.Max[0] >= x-clip.Margin && box.Min[0] <= x+Extent+clip.Margin &&
		box.Max[1] >= y-clip.Margin && box.Min[1] <= y+Extent+clip.Margin
}

// plain is the only part of a geometry as itself, and nil for none.
func plain[G orb.Geometry, M interface {
	orb.Geometry
	~[]G
}](parts M) orb.Geometry {
	switch len(parts) {
	case 0:
		return nil
	case 1:
		return parts[0]
	}
	return parts
}

func drawnLines(lines orb.MultiLineString, t maptile.Tile, d datum.Datum) orb.Geometry {
	var out orb.MultiLineString
	only := clip.Cell{X0: int(t.X), Y0: int(t.Y), X1: int(t.X), Y1: int(t.Y)}
	for _, l := range lines {
		line := clip.Scaled(onSquare(l, d), int(t.Z), shapeTolerance(int(t.Z)))
		if !touches(line.Bound(), t) {
			continue
		}
		clip.Lines([]orb.LineString{line}, only, func(x, y int, part []orb.LineString) {
			for _, p := range part {
				if p = clip.Whole(p, x, y); p != nil {
					out = append(out, p)
				}
			}
		})
	}
	return plain(out)
}

func drawnAreas(areas orb.MultiPolygon, t maptile.Tile, d datum.Datum) orb.Geometry {
	var out orb.MultiPolygon
	only := clip.Cell{X0: int(t.X), Y0: int(t.Y), X1: int(t.X), Y1: int(t.Y)}
	for _, area := range areas {
		var rings orb.Polygon
		for i, ring := range area {
			r := clip.ScaledRing(orb.Ring(onSquare(orb.LineString(ring), d)), int(t.Z),
				shapeTolerance(int(t.Z)))
			if r == nil && i == 0 {
				break
			}
			if r != nil {
				rings = append(rings, r)
			}
		}
		if len(rings) == 0 || !touches(rings.Bound(), t) {
			continue
		}
		clip.Polygon(rings, only, func(x, y int, part orb.Polygon) {
			if part = clip.WholePolygon(part, x, y); part != nil {
				out = append(out, part)
			}
		})
	}
	return plain(out)
}

// onSquare brings a line onto the Web Mercator square, 0 to 1 from the north-west.
func onSquare(line orb.LineString, d datum.Datum) orb.LineString {
	out := make(orb.LineString, len(line))
	for i, p := range line {
		p = datum.Convert(p, datum.WGS84, mapDatum(d))
		lat := math.Max(-index.MaxLatitude, math.Min(index.MaxLatitude, p[1])) * math.Pi / 180
		out[i] = orb.Point{p[0]/360 + 0.5, 0.5 - math.Asinh(math.Tan(lat))/(2*math.Pi)}
	}
	return out
}
