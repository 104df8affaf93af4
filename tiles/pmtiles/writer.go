package pmtiles

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"beatplan/geo"
)

// leafSize is the number of entries of a leaf directory when the root alone is
// too large (spec: "Leaf Directories"); ~20 kB compressed each.
const leafSize = 4096

// Writer writes an archive tile by tile. It is not safe for concurrent use.
type Writer struct {
	file    *os.File
	out     *bufio.Writer
	offset  uint64 // bytes in the data section so far
	entries []entry
	seen    map[[16]byte]entry // where equal content lies already
	head    Header
}

// Description is what an archive says of itself beside its tiles.
type Description struct {
	Bounds     geo.Box
	Centre     orb.Point
	CentreZoom uint8
	Metadata   map[string]any // JSON object; "vector_layers" is required for MVT
}

// Create begins an archive of gzip-compressed MVT tiles at path, replacing a
// file that stands there.
func Create(path string) (*Writer, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	w := &Writer{file: f, out: bufio.NewWriterSize(f, 1<<20), seen: map[[16]byte]entry{}}
	w.head = Header{
		DataOffset: rootLimit, Clustered: true, InternalCompression: Gzip,
		TileCompression: Gzip, TileType: TypeMVT, MinZoom: maxZoom,
	}
	if _, err := w.out.Write(make([]byte, rootLimit)); err != nil {
		return nil, closing(f, err)
	}
	return w, nil
}

// Add stores a tile. Tiles come in the order of their [ID]; data is compressed
// already and not kept. Equal tiles are stored once, equal neighbours take one
// entry together.
func (w *Writer) Add(t maptile.Tile, data []byte) error {
	id, ok := ID(t)
	if !ok || len(data) == 0 || len(data) > tileLimit {
		return fmt.Errorf("tile %v of %d bytes cannot be stored", t, len(data))
	}
	if n := len(w.entries); n > 0 && id < w.entries[n-1].id+uint64(w.entries[n-1].run) {
		return fmt.Errorf("tile %v comes out of order", t)
	}
	w.head.Addressed++
	w.head.MinZoom = min(w.head.MinZoom, uint8(t.Z))
	w.head.MaxZoom = max(w.head.MaxZoom, uint8(t.Z))

	sum := sha256.Sum256(data)
	key := [16]byte(sum[:16])
	e, known := w.seen[key]
	if !known {
		if _, err := w.out.Write(data); err != nil {
			return err
		}
		e = entry{offset: w.offset, length: uint32(len(data))}
		w.offset += uint64(len(data))
		w.seen[key] = e
	}
	if n := len(w.entries); n > 0 {
		last := &w.entries[n-1]
		if last.offset == e.offset && last.id+uint64(last.run) == id {
			last.run++
			return nil
		}
	}
	w.entries = append(w.entries, entry{id: id, offset: e.offset, length: e.length, run: 1})
	return nil
}

// Close writes directories, metadata and header, and syncs the file to disk.
// An archive without tiles is an error. The writer cannot be used afterwards.
func (w *Writer) Close(d Description) error {
	return closing(w.file, w.finish(d))
}

// Abort gives the archive up: the file stays behind without a header, for the
// caller to remove.
func (w *Writer) Abort() error { return w.file.Close() }

func (w *Writer) finish(d Description) error {
	if len(w.entries) == 0 {
		return errors.New("an archive needs at least one tile")
	}
	root, leaves, err := directories(w.entries)
	if err != nil {
		return err
	}
	text, err := json.Marshal(d.Metadata)
	if err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	meta, err := compress(text)
	if err != nil {
		return err
	}
	h := w.head
	h.DataLength = w.offset
	h.RootOffset, h.RootLength = headerSize, uint64(len(root))
	h.LeafOffset, h.LeafLength = h.DataOffset+h.DataLength, uint64(len(leaves))
	h.MetaOffset, h.MetaLength = h.LeafOffset+h.LeafLength, uint64(len(meta))
	h.Entries, h.Contents = uint64(len(w.entries)), uint64(len(w.seen))
	h.Bounds, h.Centre, h.CentreZoom = d.Bounds, d.Centre, d.CentreZoom

	for _, part := range [][]byte{leaves, meta} {
		if _, err := w.out.Write(part); err != nil {
			return err
		}
	}
	if err := w.out.Flush(); err != nil {
		return err
	}
	if _, err := w.file.WriteAt(append(h.encode(), root...), 0); err != nil {
		return err
	}
	return w.file.Sync()
}

// directories packs the entries into a root, and into leaves when the root
// would not fit beside the header. Leaves double until their list fits.
func directories(entries []entry) (root, leaves []byte, err error) {
	if root, err = encodeDirectory(entries); err != nil || len(root) <= rootLimit-headerSize {
		return root, nil, err
	}
	for size := leafSize; ; size *= 2 {
		var list []entry
		leaves = leaves[:0]
		for first := 0; first < len(entries); first += size {
			part := entries[first:min(first+size, len(entries))]
			packed, err := encodeDirectory(part)
			if err != nil {
				return nil, nil, err
			}
			list = append(list, entry{
				id: part[0].id, offset: uint64(len(leaves)), length: uint32(len(packed)),
			})
			leaves = append(leaves, packed...)
		}
		if root, err = encodeDirectory(list); err != nil || len(root) <= rootLimit-headerSize {
			return root, leaves, err
		}
	}
}
