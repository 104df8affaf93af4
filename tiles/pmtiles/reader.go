package pmtiles

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/paulmach/orb/maptile"
)

// leavesKept bounds the decoded leaf directories held in memory.
const leavesKept = 256

// Reader answers tiles from an archive. It is safe for concurrent use.
type Reader struct {
	Header Header

	src  io.ReaderAt
	size uint64
	file *os.File // nil when the source is not ours to close
	root []entry

	mu     sync.Mutex
	leaves map[uint64][]entry // by offset in the leaf section
}

// Open opens an archive on disk. The file stays open until Close and may be
// replaced (renamed over) meanwhile. Errors that are not the file system's wrap
// ErrFormat.
func Open(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		var r *Reader
		if r, err = NewReader(f, info.Size()); err == nil {
			r.file = f
			return r, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", path, closing(f, err))
}

// closing closes f on the way out and keeps the first error.
func closing(f *os.File, err error) error {
	if cerr := f.Close(); err == nil {
		return cerr
	}
	return err
}

// NewReader reads header and root directory of an archive of that many bytes.
// Its errors wrap ErrFormat or the source's.
func NewReader(src io.ReaderAt, size int64) (*Reader, error) {
	r := &Reader{src: src, size: uint64(max(size, 0)), leaves: map[uint64][]entry{}}
	head, err := r.read(0, headerSize, headerSize)
	if err != nil {
		return nil, err
	}
	if r.Header, err = decodeHeader(head); err != nil {
		return nil, err
	}
	packed, err := r.read(r.Header.RootOffset, r.Header.RootLength, rootLimit)
	if err != nil {
		return nil, err
	}
	r.root, err = decodeDirectory(packed, r.Header.InternalCompression)
	return r, err
}

// Close releases the file. Readers made by NewReader have nothing to release.
func (r *Reader) Close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}

// Tile returns the stored bytes of a tile, in the header's TileCompression.
// A tile that is not in the archive is nil without error. One read of the
// source, or two when a leaf directory is met for the first time.
func (r *Reader) Tile(t maptile.Tile) ([]byte, error) {
	id, ok := ID(t)
	if !ok || t.Z < maptile.Zoom(r.Header.MinZoom) || t.Z > maptile.Zoom(r.Header.MaxZoom) {
		return nil, nil
	}
	entries := r.root
	for range depthLimit {
		e, ok := find(entries, id)
		if !ok {
			return nil, nil
		}
		if e.run > 0 {
			return r.section(r.Header.DataOffset, r.Header.DataLength, e)
		}
		var err error
		if entries, err = r.leaf(e); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: directories nested deeper than %d", ErrFormat, depthLimit)
}

// Metadata is the archive's JSON object.
func (r *Reader) Metadata() ([]byte, error) {
	packed, err := r.read(r.Header.MetaOffset, r.Header.MetaLength, metaLimit)
	if err != nil {
		return nil, err
	}
	return decompress(packed, r.Header.InternalCompression, metaLimit)
}

// leaf reads a leaf directory through the cache.
func (r *Reader) leaf(e entry) ([]entry, error) {
	r.mu.Lock()
	entries, ok := r.leaves[e.offset]
	r.mu.Unlock()
	if ok {
		return entries, nil
	}
	packed, err := r.section(r.Header.LeafOffset, r.Header.LeafLength, e)
	if err != nil {
		return nil, err
	}
	if entries, err = decodeDirectory(packed, r.Header.InternalCompression); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.leaves) >= leavesKept {
		clear(r.leaves)
	}
	r.leaves[e.offset] = entries
	return entries, nil
}

// section reads an entry's bytes inside one of the archive's sections.
func (r *Reader) section(offset, length uint64, e entry) ([]byte, error) {
	if e.offset > length || uint64(e.length) > length-e.offset {
		return nil, fmt.Errorf("%w: entry %d points outside its section", ErrFormat, e.id)
	}
	if offset > r.size {
		return nil, fmt.Errorf("%w: a section begins after the end", ErrFormat)
	}
	return r.read(offset+e.offset, uint64(e.length), tileLimit)
}

func (r *Reader) read(offset, length, limit uint64) ([]byte, error) {
	if length > limit || offset > r.size || length > r.size-offset {
		return nil, fmt.Errorf("%w: %d bytes at %d of %d", ErrFormat, length, offset, r.size)
	}
	b := make([]byte, length)
	if n, err := r.src.ReadAt(b, int64(offset)); err != nil && n < len(b) {
		return nil, fmt.Errorf("reading %d bytes at %d: %w", length, offset, err)
	}
	return b, nil
}
