// Package archive serves PMTiles files of others as layers of the map: what the
// company puts into a folder is drawn beside its own.
package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"beatplan/tiles"
	"beatplan/tiles/pmtiles"
)

// Layer is a file of vector tiles. Make it with Open.
type Layer struct {
	reader *pmtiles.Reader
	info   tiles.Info
	path   string
}

var (
	_ tiles.Layer    = (*Layer)(nil)
	_ tiles.Exporter = (*Layer)(nil)

	named = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
)

// metadata is what an archive says of its vector tiles (PMTiles 3, "JSON Metadata").
type metadata struct {
	Description string              `json:"description"`
	Attribution string              `json:"attribution"`
	Layers      []tiles.VectorLayer `json:"vector_layers"`
}

// Open makes a layer of a file <name>.pmtiles; its name is the layer's. It refuses
// files that are no PMTiles 3 archive of vector tiles, in gzip or as they are.
func Open(path string) (*Layer, error) {
	name := strings.TrimSuffix(filepath.Base(path), ".pmtiles")
	if !named.MatchString(name) {
		return nil, fmt.Errorf("%s: a layer is named in small letters, digits, - and _", path)
	}
	r, err := pmtiles.Open(path)
	if err != nil {
		return nil, err
	}
	h := r.Header
	if h.TileType != pmtiles.TypeMVT || h.TileCompression != pmtiles.Gzip && h.TileCompression != pmtiles.None {
		_ = r.Close() // read only
		return nil, fmt.Errorf("%s: tiles of type %d and compression %d are not served",
			path, h.TileType, h.TileCompression)
	}
	text, err := r.Metadata()
	var m metadata
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	var file os.FileInfo
	if err == nil {
		file, err = os.Stat(path)
	}
	if err != nil {
		_ = r.Close() // read only
		return nil, fmt.Errorf("%s: metadata: %w", path, err)
	}
	return &Layer{reader: r, path: path, info: tiles.Info{
		Name: name, Description: m.Description, Attribution: m.Attribution, Layers: m.Layers,
		MinZoom: int(h.MinZoom), MaxZoom: int(h.MaxZoom), Bounds: h.Bounds,
		Version: strconv.FormatUint(h.DataLength, 36) + "-" +
			strconv.FormatInt(file.ModTime().UnixNano(), 36), // browsers keep its tiles for good
	}}, nil
}

// Folder opens every archive of a folder, by name; one that cannot be served, or whose
// name is taken, is logged and left out. A folder that is not there holds none.
func Folder(dir string, taken func(name string) bool, log *slog.Logger) []tiles.Layer {
	paths, err := filepath.Glob(filepath.Join(dir, "*.pmtiles"))
	if err != nil {
		log.Error("listing map archives", "error", err)
	}
	var out []tiles.Layer
	for _, path := range paths {
		l, err := Open(path)
		if err == nil && taken(l.info.Name) {
			err = fmt.Errorf("%s: there is a layer of this name already", path)
		}
		if err != nil {
			log.Error("opening a map archive", "error", err)
			continue
		}
		out = append(out, l)
	}
	return out
}

// Info describes the layer in the words of its file.
func (l *Layer) Info() tiles.Info { return l.info }

// Tile answers the bytes that the file holds. It fails with tiles.ErrUnreadable.
func (l *Layer) Tile(_ context.Context, r tiles.Request) (tiles.Tile, error) {
	data, err := l.reader.Tile(r.Tile)
	if err != nil {
		return tiles.Tile{}, tiles.ErrUnreadable.With("layer", l.info.Name).Because(err)
	}
	if len(data) == 0 {
		return tiles.Tile{}, nil
	}
	return tiles.Tile{Data: data, Gzip: l.reader.Header.TileCompression == pmtiles.Gzip,
		ETag: tiles.ETag(data)}, nil
}

// Export names the file.
func (l *Layer) Export(string) (tiles.Export, error) {
	return tiles.Export{ID: l.info.Name + "-" + l.info.Version, Path: l.path}, nil
}
