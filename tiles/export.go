package tiles

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"slices"

	"github.com/paulmach/orb/maptile"

	"beatplan/geo"
	"beatplan/tiles/pmtiles"
)

const (
	// MaxPacked bounds the tiles that [Pack] looks at.
	MaxPacked = 100_000
	// maxPackedBytes bounds the tiles of an archive.
	maxPackedBytes = 512 << 20
)

// Holder is a layer that says whether anything lies in a tile, where an empty tile
// does not: what is too small for a zoom shows at the next.
type Holder interface {
	// Holds reports whether the tile, or one below it, may show anything.
	Holds(ctx context.Context, r Request) (bool, error)
}

// Pack writes what a layer answers to the request (its tile is ignored) into a
// PMTiles archive: the box, down to a zoom. Tiles below one that holds nothing are
// not looked at. It fails with ErrNothingToPack and ErrTooManyTiles, and with what
// the layer fails with; the file is then for the caller to remove.
func Pack(ctx context.Context, l Layer, r Request, box geo.Box, deepest int, path string) error {
	info := l.Info()
	w, err := pmtiles.Create(path)
	if err != nil {
		return err
	}
	p := packer{layer: l, request: r, box: box, out: w}
	if err := p.run(ctx, info, min(deepest, info.MaxZoom)); err != nil {
		_ = w.Abort() // the first error counts
		return err
	}
	if box == (geo.Box{}) {
		box = cmp.Or(info.Bounds, world())
	}
	return w.Close(pmtiles.Description{
		Bounds: box, Centre: box.Center(), CentreZoom: uint8(info.MinZoom),
		Metadata: map[string]any{
			"name": info.Name, "description": info.Description, "attribution": info.Attribution,
			"type": "overlay", "vector_layers": info.Layers,
		},
	})
}

type packer struct {
	layer   Layer
	request Request
	box     geo.Box // zero: everywhere
	out     *pmtiles.Writer
	looked  int
	packed  int
	bytes   int
}

// first are the tiles of a layer's first zoom in the box and in the layer's bounds.
func (p *packer) first(info Info) ([]maptile.Tile, error) {
	level := []maptile.Tile{{}}
	for z := 1; z <= info.MinZoom; z++ {
		level = within(within(below(level, z), p.box), info.Bounds)
		if len(level) > MaxPacked {
			return nil, ErrTooManyTiles.With("most", MaxPacked)
		}
	}
	return level, nil
}

// within leaves the tiles that touch a box; the zero box is everywhere.
func within(tiles []maptile.Tile, box geo.Box) []maptile.Tile {
	return slices.DeleteFunc(tiles, func(t maptile.Tile) bool {
		return box != (geo.Box{}) && !box.Intersects(t.Bound())
	})
}

// run goes down zoom by zoom; the tiles of one come in the order of the archive.
func (p *packer) run(ctx context.Context, info Info, to int) error {
	if info.MinZoom > to {
		return ErrNothingToPack
	}
	level, err := p.first(info)
	if err != nil {
		return err
	}
	for z := info.MinZoom; z <= to; z++ {
		level = within(level, p.box)
		slices.SortFunc(level, func(a, b maptile.Tile) int {
			i, _ := pmtiles.ID(a)
			j, _ := pmtiles.ID(b)
			return cmp.Compare(i, j)
		})
		var holding []maptile.Tile
		for _, t := range level {
			holds, err := p.add(ctx, t)
			if err != nil {
				return err
			}
			if holds {
				holding = append(holding, t)
			}
		}
		level = below(holding, z+1)
	}
	if p.packed == 0 {
		return ErrNothingToPack
	}
	return nil
}

// below are the four tiles of a zoom under each tile of the one above.
func below(tiles []maptile.Tile, z int) []maptile.Tile {
	out := make([]maptile.Tile, 0, 4*len(tiles))
	for _, t := range tiles {
		for i := range uint32(4) {
			out = append(out, maptile.New(2*t.X+i&1, 2*t.Y+i>>1, maptile.Zoom(z)))
		}
	}
	return out
}

// add packs a tile and says whether there may be something below it.
func (p *packer) add(ctx context.Context, at maptile.Tile) (holds bool, err error) {
	if p.looked++; p.looked > MaxPacked {
		return false, ErrTooManyTiles.With("most", MaxPacked)
	}
	if err := ctx.Err(); err != nil { // whoever asked is gone
		return false, err
	}
	r := p.request
	r.Tile = at
	t, err := p.layer.Tile(ctx, r)
	if err != nil {
		return false, err
	}
	if !t.Empty() {
		data := t.Data
		if !t.Gzip {
			data = zipped(data)
		}
		p.packed++
		if p.bytes += len(data); p.bytes > maxPackedBytes {
			return false, ErrTooManyTiles.With("most", MaxPacked)
		}
		return true, p.out.Add(at, data)
	}
	if h, ok := p.layer.(Holder); ok {
		return h.Holds(ctx, r)
	}
	return false, nil
}

// zipped packs a tile as archives keep it.
func zipped(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data) // a bytes.Buffer takes everything
	_ = z.Close()
	return b.Bytes()
}
