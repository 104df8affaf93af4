package basemap

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"

	"beatplan/geo"
	"beatplan/internal/clock"
	"beatplan/tiles"
	"beatplan/tiles/pmtiles"
)

// Archive is one region's basemap on disk.
type Archive struct {
	ID   string // changes with the content
	Path string // of the .pmtiles
}

// Regions is the port to whoever stores regions.
type Regions interface {
	// Basemaps lists the archives of all complete regions, in a stable order.
	Basemaps() ([]Archive, error)
}

const (
	// refreshEvery bounds how long a new region stays unseen.
	refreshEvery = 2 * time.Second
	// mergedBudget is the memory for tiles in which regions meet, in bytes.
	mergedBudget = 32 << 20
	// entryCost is what a merged tile takes beside its data, in bytes.
	entryCost = 100
	// tileLimit bounds a tile when it is unpacked for merging, in bytes.
	tileLimit = 32 << 20
)

// Layer serves the basemaps of all regions as one. Make it with New.
type Layer struct {
	regions Regions
	clock   clock.Clock
	log     *slog.Logger

	mu     sync.Mutex
	merged map[maptile.Tile]tiles.Tile // tiles in which regions meet
	weight int                         // of merged, in bytes
	seen   time.Time                   // when the list was last read
	state  state
}

// state is an immutable set of open archives.
type state struct {
	listed   []Archive // as the port said, broken ones included
	archives []Archive
	readers  []*pmtiles.Reader // parallel to archives
	version  string
}

// New makes the layer. It opens archives as regions come; one that cannot be
// opened is logged and left out.
func New(regions Regions, now clock.Clock, log *slog.Logger) *Layer {
	return &Layer{
		regions: regions, clock: now, log: log, merged: map[maptile.Tile]tiles.Tile{},
	}
}

var (
	_ tiles.Layer    = (*Layer)(nil)
	_ tiles.Exporter = (*Layer)(nil)
)

// Info describes the layer; its bounds enclose all regions.
func (l *Layer) Info() tiles.Info {
	s := l.current()
	info := tiles.Info{
		Name: "basemap", Description: "Background map drawn from OpenStreetMap",
		Attribution: tiles.Attribution, MinZoom: MinZoom, MaxZoom: MaxZoom,
		Layers: Schema(), Version: s.version,
	}
	for i, r := range s.readers {
		if i == 0 {
			info.Bounds = r.Header.Bounds
		}
		info.Bounds = info.Bounds.Union(r.Header.Bounds)
	}
	return info
}

// Tile answers a tile with what every region has there: the stored bytes when it
// is one region, a merged tile when several meet. It fails with
// tiles.ErrUnreadable when an archive is damaged.
func (l *Layer) Tile(ctx context.Context, r tiles.Request) (tiles.Tile, error) {
	s := l.current()
	var parts []part
	for i, reader := range s.readers {
		data, err := reader.Tile(r.Tile)
		if err != nil {
			return tiles.Tile{}, tiles.ErrUnreadable.
				With("region", s.archives[i].ID).Because(err)
		}
		if data != nil {
			parts = append(parts, part{data, reader.Header})
		}
	}
	switch len(parts) {
	case 0:
		return tiles.Tile{}, nil
	case 1:
		if !l.overlapped(s, parts[0], r.Tile) {
			return tiles.Tile{
				Data: parts[0].data, Gzip: parts[0].head.TileCompression == pmtiles.Gzip,
				ETag: tiles.ETag(parts[0].data),
			}, nil
		}
	}
	if t, ok := l.kept(s.version, r.Tile); ok {
		return t, nil
	}
	data, err := l.merge(s, parts, r.Tile)
	if err != nil {
		return tiles.Tile{}, tiles.ErrUnreadable.Because(err)
	}
	t := tiles.Tile{Data: data, Gzip: true}
	if len(data) > 0 {
		t.ETag = tiles.ETag(data)
	}
	l.keep(s.version, r.Tile, t)
	return t, nil
}

// kept is a merged tile of this version, if it was merged already.
func (l *Layer) kept(version string, at maptile.Tile) (tiles.Tile, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, ok := l.merged[at]
	return t, ok && version == l.state.version
}

// keep remembers a merged tile; when the budget is spent it begins anew.
func (l *Layer) keep(version string, at maptile.Tile, t tiles.Tile) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if version != l.state.version {
		return
	}
	if l.weight += len(t.Data) + entryCost; l.weight > mergedBudget {
		clear(l.merged)
		l.weight = len(t.Data) + entryCost
	}
	l.merged[at] = t
}

// Export names the archive of a region, by id, or of the only one. It fails with
// tiles.ErrNoArchive.
func (l *Layer) Export(region string) (tiles.Export, error) {
	s := l.current()
	var ids []string
	for _, a := range s.archives {
		if a.ID == region || region == "" && len(s.archives) == 1 {
			return tiles.Export{ID: a.ID, Path: a.Path}, nil
		}
		ids = append(ids, a.ID)
	}
	return tiles.Export{}, tiles.ErrNoArchive.With("regions", ids)
}

// part is what one archive has for a tile.
type part struct {
	data []byte
	head pmtiles.Header
}

// overlapped reports whether another region covers ground of the tile, so that
// this part's guessed sea must go.
func (l *Layer) overlapped(s state, p part, t maptile.Tile) bool {
	for _, r := range s.readers {
		if r.Header.Bounds != p.head.Bounds && covers(r.Header.Bounds, t) {
			return true
		}
	}
	return false
}

func covers(box geo.Box, t maptile.Tile) bool { return box.Intersects(t.Bound()) }

// merge joins the layers of several parts by name, since a tile must not hold two
// layers of one name (MVT 2.1 §4.1).
func (l *Layer) merge(s state, parts []part, t maptile.Tile) ([]byte, error) {
	byName := map[string]*mvt.Layer{}
	for _, p := range parts {
		layers, err := decode(p)
		if err != nil {
			return nil, err
		}
		foreign := l.overlapped(s, p, t)
		for _, layer := range layers {
			if foreign {
				layer.Features = slices.DeleteFunc(layer.Features, guessedSea)
			}
			if have := byName[layer.Name]; have != nil {
				have.Features = append(have.Features, layer.Features...)
			} else {
				byName[layer.Name] = layer
			}
		}
	}
	var layers mvt.Layers
	for _, schema := range Schema() {
		if layer := byName[schema.ID]; layer != nil && len(layer.Features) > 0 {
			layers = append(layers, layer)
		}
	}
	if len(layers) == 0 {
		return nil, nil
	}
	return pack(layers)
}

func guessedSea(f *geojson.Feature) bool {
	return f.Properties["margin"] != nil
}

func decode(p part) (mvt.Layers, error) {
	data := p.data
	if p.head.TileCompression == pmtiles.Gzip {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		if data, err = io.ReadAll(io.LimitReader(z, tileLimit)); err != nil {
			return nil, err
		}
	}
	return mvt.Unmarshal(data)
}

// current is the set of open archives, read anew every refreshEvery.
func (l *Layer) current() state {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	if !l.seen.IsZero() && now.Sub(l.seen) < refreshEvery && !now.Before(l.seen) {
		return l.state
	}
	l.seen = now
	archives, err := l.regions.Basemaps()
	if err != nil {
		l.log.Error("listing basemaps", "error", err)
		return l.state
	}
	if !slices.Equal(archives, l.state.listed) {
		l.state = l.opened(archives)
		clear(l.merged)
		l.weight = 0
	}
	return l.state
}

// opened is the state for a list of archives. Readers that are still listed stay
// open; the others are left to their last request, and the garbage collector
// closes their files (as it does for every os.File).
func (l *Layer) opened(archives []Archive) state {
	next := state{listed: archives}
	hash := sha256.New()
	var kept []Archive
	for _, a := range archives {
		var reader *pmtiles.Reader
		if i := slices.Index(l.state.archives, a); i >= 0 {
			reader = l.state.readers[i]
		} else {
			var err error
			if reader, err = pmtiles.Open(a.Path); err != nil {
				l.log.Error("opening a basemap", "region", a.ID, "error", err)
				continue
			}
		}
		kept = append(kept, a)
		next.readers = append(next.readers, reader)
		hash.Write([]byte(a.ID + "\x00"))
	}
	next.archives = kept
	next.version = hex.EncodeToString(hash.Sum(nil))[:12]
	return next
}
