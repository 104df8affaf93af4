package tiles

import (
	"context"
	"net/url"
	"strconv"

	"github.com/paulmach/orb/maptile"

	"beatplan/geo"
	"beatplan/geo/datum"
	"beatplan/internal/scope"
	"beatplan/tiles/clip"
)

const (
	// MaxZoom is the deepest zoom of an address that we answer at all.
	MaxZoom = 22
	// Extent is the side of every tile of ours in its own units.
	Extent = clip.Extent
)

// Request asks a layer for one tile.
type Request struct {
	Tile   maptile.Tile
	Person int64       // who asks; 0: a program
	Scope  scope.Scope // whose rows may be in it; layers of public data ignore it
	Query  url.Values  // the filter, the same parameters as the layer's list takes
	// Datum is that of the map on which the tile lies; "" is WGS-84. What a layer
	// keeps is WGS-84 always, and is shifted while it is drawn.
	Datum datum.Datum
	// Words are Query as the client spelled it, so that the same words need not be
	// read again; "" when they are not known.
	Words string
}

// Tile is one answer. The zero value is the empty tile.
type Tile struct {
	Data []byte // Mapbox Vector Tile; read-only, it may be shared with a cache
	Gzip bool   // Data is gzip-compressed
	ETag string // strong entity tag with its quotes; empty only for the empty tile
}

// Empty reports whether nothing is drawn in the tile.
func (t Tile) Empty() bool { return len(t.Data) == 0 }

// Layer is one source of tiles. Implementations are safe for concurrent use.
type Layer interface {
	// Info describes the layer for TileJSON. It is cheap: a few allocations.
	Info() Info
	// Tile answers a valid address. An error is a fail.Error of this package
	// or of the layer's filter, or a fault of ours.
	Tile(ctx context.Context, r Request) (Tile, error)
}

// Quick is a layer that has answers at hand.
type Quick interface {
	Layer
	// Kept is the tile that Tile would answer to a request that was asked before in
	// the same words (r.Words; r.Query is not read), when it is at hand and nothing
	// that shows in it has changed. The scope must have a version. No database is
	// asked.
	Kept(r Request) (Tile, bool)
}

// Info describes a layer in the words of TileJSON 3.0.
type Info struct {
	Name        string // the word in the path: /tiles/<name>/{z}/{x}/{y}.mvt
	Description string
	Attribution string // HTML, always shown on the map
	MinZoom     int
	MaxZoom     int     // tiles are magnified beyond
	Bounds      geo.Box // of the content; the zero box means everywhere
	Layers      []VectorLayer
	Version     string // changes whenever any tile of the layer changed; opaque
	Private     bool   // tiles differ between people: caches must not share them
}

// VectorLayer describes one layer inside the vector tiles.
type VectorLayer struct {
	ID          string            `json:"id"`
	Description string            `json:"description,omitempty"`
	MinZoom     int               `json:"minzoom"`
	MaxZoom     int               `json:"maxzoom"`
	Fields      map[string]string `json:"fields"` // attribute → meaning
}

// Address reads zoom, column and row as they stand in a path.
// It fails with ErrBadTile.
func Address(z, x, y string) (maptile.Tile, error) {
	zoom, errZ := strconv.ParseUint(z, 10, 8)
	column, errX := strconv.ParseUint(x, 10, 32)
	row, errY := strconv.ParseUint(y, 10, 32)
	if errZ != nil || errX != nil || errY != nil || zoom > MaxZoom {
		return maptile.Tile{}, ErrBadTile.With("z", z).With("x", x).With("y", y)
	}
	t := maptile.New(uint32(column), uint32(row), maptile.Zoom(zoom))
	if !t.Valid() {
		return maptile.Tile{}, ErrBadTile.With("z", z).With("x", x).With("y", y)
	}
	return t, nil
}

// Exporter is a layer that keeps its tiles in PMTiles archives, which can be
// handed out whole.
type Exporter interface {
	// Export names the archive of a region, or of the only one when region is
	// empty. It fails with ErrNoArchive.
	Export(region string) (Export, error)
}

// Export is an archive on disk.
type Export struct {
	ID   string // changes with the content
	Path string
}
