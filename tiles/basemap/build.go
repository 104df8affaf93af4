package basemap

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/planar"
	"golang.org/x/sync/errgroup"

	"beatplan/geo"
	"beatplan/geo/osm"
	"beatplan/tiles"
	"beatplan/tiles/clip"
	"beatplan/tiles/pmtiles"
)

// ErrNothing says that an extract holds nothing that a map could show.
var ErrNothing = errors.New("the extract holds nothing to draw")

// readShare is the share of a build that reading the extract takes.
const readShare = 0.25

// Build draws the extract into a PMTiles archive at out. Progress, which may be
// nil, runs from 0 to 1. The file at out is complete only when the error is nil;
// a half-written one is removed. Fails with osm's errors for a broken extract,
// ErrNothing, ctx's error, or the file system's.
//
// The drawn features are kept in memory: about 0.4 GB for a million roads.
func Build(ctx context.Context, extract, out string, progress func(float64)) error {
	if progress == nil {
		progress = func(float64) {}
	}
	s, info, err := collect(ctx, extract, func(done float64) { progress(done * readShare) })
	if err != nil {
		return err
	}
	w, err := pmtiles.Create(out)
	if err != nil {
		return err
	}
	if err := s.draw(ctx, w, func(done float64) {
		progress(readShare + (1-readShare)*done)
	}); err != nil {
		return errors.Join(err, w.Abort(), os.Remove(out))
	}
	if err := w.Close(describe(info)); err != nil {
		return errors.Join(err, os.Remove(out))
	}
	progress(1)
	return nil
}

func describe(info osm.MapInfo) pmtiles.Description {
	return pmtiles.Description{
		Bounds: info.Box, Centre: info.Box.Center(), CentreZoom: uint8(centreZoom(info.Box)),
		Metadata: map[string]any{
			"name": "Beatplan basemap", "type": "baselayer", "format": "pbf",
			"description": "Background map drawn from OpenStreetMap", "version": version,
			"attribution": tiles.Attribution, "vector_layers": Schema(),
		},
	}
}

// centreZoom is the zoom at which the box fills about two tiles.
func centreZoom(box geo.Box) int {
	span := max(box.Max[0]-box.Min[0], box.Max[1]-box.Min[1], 1e-3)
	return min(MaxZoom, max(MinZoom, int(math.Log2(720/span))))
}

// draw writes the tiles of every zoom, shallow first.
func (s *sheet) draw(ctx context.Context, w *pmtiles.Writer, progress func(float64)) error {
	written := 0
	for z := MinZoom; z <= MaxZoom; z++ {
		drawn, err := s.drawZoom(ctx, z)
		if err != nil {
			return err
		}
		n, err := store(ctx, w, drawn)
		if err != nil {
			return err
		}
		written += n
		progress(math.Pow(0.55, float64(MaxZoom-z))) // each zoom takes nearly twice the last
	}
	if written == 0 {
		return ErrNothing
	}
	return nil
}

// layerTiles are one layer's features by tile.
type layerTiles map[maptile.Tile][]*geojson.Feature

// drawZoom cuts every layer to the tiles of a zoom, several layers at a time.
func (s *sheet) drawZoom(ctx context.Context, z int) (*[layerCount]layerTiles, error) {
	var drawn [layerCount]layerTiles
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for l := range layerCount {
		group.Go(func() error {
			d := drawer{z: z, layer: l, tiles: layerTiles{}}
			drawn[l] = d.tiles
			return d.drawLayer(ctx, s.layers[l])
		})
	}
	return &drawn, group.Wait()
}

// drawer draws one layer at one zoom.
type drawer struct {
	z, layer int
	tiles    layerTiles
}

func (d *drawer) drawLayer(ctx context.Context, features []feature) error {
	groups := map[*attrs][]orb.LineString{} // lines by attributes
	var order []*attrs
	for i := range features {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		f := &features[i]
		if d.z < f.from || d.z > f.to {
			continue
		}
		a := f.attrsAt(d.z)
		switch {
		case f.line != nil:
			if groups[a] == nil {
				order = append(order, a)
			}
			groups[a] = append(groups[a], f.line)
		case f.shape != nil:
			d.polygons(f, a)
		default:
			d.label(f, a)
		}
	}
	for _, a := range order {
		if err := ctx.Err(); err != nil {
			return err
		}
		d.lines(groups[a], a)
	}
	return nil
}

func (d *drawer) put(x, y int, g orb.Geometry, a *attrs) {
	t := maptile.New(uint32(x), uint32(y), maptile.Zoom(d.z))
	d.tiles[t] = append(d.tiles[t], &geojson.Feature{Geometry: g, Properties: a.props})
}

// label puts a point into its own tile only: viewers place labels across tiles.
func (d *drawer) label(f *feature, a *attrs) {
	scale := float64(int(tiles.Extent) << d.z)
	p := orb.Point{f.point[0] * scale, f.point[1] * scale}
	last := float64(int(1)<<d.z - 1)
	x := int(min(last, max(0, math.Floor(p[0]/tiles.Extent))))
	y := int(min(last, max(0, math.Floor(p[1]/tiles.Extent))))
	d.put(x, y, clip.WholePoint(p, x, y), a)
}

// sharp is the turn beyond which pieces of a road are not one stroke: any, except
// for names, which should not run round corners.
func (d *drawer) sharp() float64 {
	if d.layer == layerRoadName {
		return math.Pi / 3
	}
	return math.Pi
}

// lines merges, simplifies and cuts the lines of one set of attributes; what
// falls into one tile is one feature.
func (d *drawer) lines(lines []orb.LineString, a *attrs) {
	_, directed := a.props["oneway"]
	parts := map[maptile.Tile]orb.MultiLineString{}
	var order []maptile.Tile
	for _, line := range merge(lines, directed, d.sharp()) {
		line = clip.Scaled(line, d.z, tolerance(d.z))
		if planar.Length(line) < d.leastLength(a) {
			continue
		}
		clip.Lines([]orb.LineString{line}, clip.CellOf(line.Bound(), d.z),
			func(x, y int, cut []orb.LineString) {
				t := maptile.New(uint32(x), uint32(y), maptile.Zoom(d.z))
				for _, c := range cut {
					if c = clip.Whole(c, x, y); c == nil {
						continue
					}
					if parts[t] == nil {
						order = append(order, t)
					}
					parts[t] = append(parts[t], c)
				}
			})
	}
	for _, t := range order {
		var g orb.Geometry = parts[t]
		if len(parts[t]) == 1 {
			g = parts[t][0]
		}
		d.tiles[t] = append(d.tiles[t], &geojson.Feature{Geometry: g, Properties: a.props})
	}
}

// leastLength leaves out lines too short to see, and names too long for theirs
// at this zoom: a letter takes about 5 pixels.
func (d *drawer) leastLength(a *attrs) float64 {
	if d.layer != layerRoadName || d.z >= MaxZoom {
		return leastLength(d.z)
	}
	name, _ := a.props["name"].(string)
	ref, _ := a.props["ref"].(string)
	return float64(max(2, min(len(name), 40), len(ref))) * 5 * 8 / 2
}

// polygons simplifies and cuts an area.
func (d *drawer) polygons(f *feature, a *attrs) {
	scale := float64(int(tiles.Extent) << d.z)
	if f.area*scale*scale < leastArea(d.z) {
		return
	}
	for _, polygon := range f.shape {
		var rings orb.Polygon
		for i, ring := range polygon {
			r := clip.ScaledRing(ring, d.z, tolerance(d.z))
			if r == nil || math.Abs(clip.SignedArea(r))/2 < leastArea(d.z) {
				if i == 0 {
					break
				}
				continue
			}
			rings = append(rings, r)
		}
		if len(rings) == 0 {
			continue
		}
		clip.Polygon(rings, clip.CellOf(rings.Bound(), d.z), func(x, y int, part orb.Polygon) {
			if part = clip.WholePolygon(part, x, y); part != nil {
				d.put(x, y, part, a)
			}
		})
	}
}

// store encodes the tiles of a zoom, several at a time, and writes them in the
// order of their ids. It returns how many there were.
func store(ctx context.Context, w *pmtiles.Writer, drawn *[layerCount]layerTiles) (int, error) {
	ids := map[maptile.Tile]uint64{}
	for _, layer := range drawn {
		for t := range layer {
			ids[t], _ = pmtiles.ID(t)
		}
	}
	order := make([]maptile.Tile, 0, len(ids))
	for t := range ids {
		order = append(order, t)
	}
	slices.SortFunc(order, func(a, b maptile.Tile) int { return cmp.Compare(ids[a], ids[b]) })

	const batch = 512
	for first := 0; first < len(order); first += batch {
		part := order[first:min(first+batch, len(order))]
		packed := make([][]byte, len(part))
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(runtime.GOMAXPROCS(0))
		for i, t := range part {
			group.Go(func() error {
				if err := ctx.Err(); err != nil {
					return err
				}
				var err error
				packed[i], err = encode(t, drawn)
				return err
			})
		}
		if err := group.Wait(); err != nil {
			return 0, err
		}
		for i, t := range part {
			if err := w.Add(t, packed[i]); err != nil {
				return 0, err
			}
		}
	}
	return len(order), nil
}

// encode is one tile as gzip-compressed MVT.
func encode(t maptile.Tile, drawn *[layerCount]layerTiles) ([]byte, error) {
	var layers mvt.Layers
	for l, schema := range Schema() {
		if features := drawn[l][t]; len(features) > 0 {
			layers = append(layers, &mvt.Layer{
				Name: schema.ID, Version: 2, Extent: tiles.Extent, Features: features,
			})
		}
	}
	packed, err := pack(layers)
	if err != nil {
		return nil, fmt.Errorf("tile %v: %w", t, err)
	}
	return packed, nil
}

// pack encodes layers as gzip-compressed MVT; the same layers give the same bytes.
func pack(layers mvt.Layers) ([]byte, error) {
	data, err := mvt.Marshal(layers)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(data); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
