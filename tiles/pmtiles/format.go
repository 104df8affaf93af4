package pmtiles

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"

	"github.com/paulmach/orb"

	"beatplan/geo"
)

const (
	headerSize = 127       // spec: "Header"
	rootLimit  = 16 * 1024 // header and root directory together lie in here
	dirLimit   = 32 << 20  // of one directory, decompressed
	metaLimit  = 16 << 20  // of the metadata, decompressed
	tileLimit  = 64 << 20  // of one stored tile
	depthLimit = 4         // directories below the root
)

// ErrFormat says that the file is not a PMTiles archive that we can read.
var ErrFormat = errors.New("not a readable PMTiles 3 archive")

// Compression of directories or tiles (spec: "Compression").
type Compression uint8

// The compressions that occur here; brotli and zstd archives are refused.
const (
	None Compression = 1
	Gzip Compression = 2
)

// TypeMVT marks tiles in the Mapbox Vector Tile format (spec: "Tile Type").
const TypeMVT = 1

// Header is the fixed part of an archive.
type Header struct {
	RootOffset, RootLength uint64
	MetaOffset, MetaLength uint64
	LeafOffset, LeafLength uint64
	DataOffset, DataLength uint64
	Addressed              uint64 // tiles that can be asked for
	Entries                uint64 // directory entries that point to tiles
	Contents               uint64 // different tiles
	Clustered              bool
	InternalCompression    Compression
	TileCompression        Compression
	TileType               uint8
	MinZoom, MaxZoom       uint8
	Bounds                 geo.Box
	CentreZoom             uint8
	Centre                 orb.Point
}

// entry is one line of a directory (spec: "Directory Entries"). A run of 0
// points to a leaf directory instead of a tile.
type entry struct {
	id, offset uint64
	length     uint32
	run        uint32
}

func (h Header) encode() []byte {
	b := make([]byte, 0, headerSize)
	b = append(b, "PMTiles\x03"...)
	for _, v := range []uint64{
		h.RootOffset, h.RootLength, h.MetaOffset, h.MetaLength, h.LeafOffset, h.LeafLength,
		h.DataOffset, h.DataLength, h.Addressed, h.Entries, h.Contents,
	} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	clustered := byte(0)
	if h.Clustered {
		clustered = 1
	}
	b = append(b, clustered, byte(h.InternalCompression), byte(h.TileCompression),
		h.TileType, h.MinZoom, h.MaxZoom)
	b = appendPoint(b, h.Bounds.Min)
	b = appendPoint(b, h.Bounds.Max)
	b = append(b, h.CentreZoom)
	return appendPoint(b, h.Centre)
}

func decodeHeader(b []byte) (Header, error) {
	if len(b) < headerSize || string(b[:7]) != "PMTiles" || b[7] != 3 {
		return Header{}, fmt.Errorf("%w: no version 3 header", ErrFormat)
	}
	u := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	h := Header{
		RootOffset: u(8), RootLength: u(16), MetaOffset: u(24), MetaLength: u(32),
		LeafOffset: u(40), LeafLength: u(48), DataOffset: u(56), DataLength: u(64),
		Addressed: u(72), Entries: u(80), Contents: u(88),
		Clustered: b[96] == 1, InternalCompression: Compression(b[97]),
		TileCompression: Compression(b[98]), TileType: b[99], MinZoom: b[100], MaxZoom: b[101],
		Bounds:     geo.Box{Min: readPoint(b[102:]), Max: readPoint(b[110:])},
		CentreZoom: b[118], Centre: readPoint(b[119:]),
	}
	if h.InternalCompression != None && h.InternalCompression != Gzip {
		return Header{}, fmt.Errorf("%w: directories with compression %d",
			ErrFormat, h.InternalCompression)
	}
	if h.MinZoom > h.MaxZoom || h.MaxZoom > maxZoom {
		return Header{}, fmt.Errorf("%w: zooms %d to %d", ErrFormat, h.MinZoom, h.MaxZoom)
	}
	return h, nil
}

// appendPoint writes a position in units of 1e-7 degrees (spec: "Position").
func appendPoint(b []byte, p orb.Point) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(int32(math.Round(p[0]*1e7))))
	return binary.LittleEndian.AppendUint32(b, uint32(int32(math.Round(p[1]*1e7))))
}

func readPoint(b []byte) orb.Point {
	return orb.Point{
		float64(int32(binary.LittleEndian.Uint32(b))) / 1e7,
		float64(int32(binary.LittleEndian.Uint32(b[4:]))) / 1e7,
	}
}

// encodeDirectory writes entries, ordered by id, in columns (spec: "Directory
// Encoding"): id differences, runs, lengths, offsets; then gzip.
func encodeDirectory(entries []entry) ([]byte, error) {
	b := binary.AppendUvarint(nil, uint64(len(entries)))
	last := uint64(0)
	for _, e := range entries {
		b = binary.AppendUvarint(b, e.id-last)
		last = e.id
	}
	for _, e := range entries {
		b = binary.AppendUvarint(b, uint64(e.run))
	}
	for _, e := range entries {
		b = binary.AppendUvarint(b, uint64(e.length))
	}
	for i, e := range entries {
		if i > 0 && e.offset == entries[i-1].offset+uint64(entries[i-1].length) {
			b = binary.AppendUvarint(b, 0) // follows its neighbour
			continue
		}
		b = binary.AppendUvarint(b, e.offset+1)
	}
	return compress(b)
}

func decodeDirectory(packed []byte, c Compression) ([]entry, error) {
	b, err := decompress(packed, c, dirLimit)
	if err != nil {
		return nil, err
	}
	r := columnReader{rest: b}
	n := r.next()
	if n > uint64(len(b))/4+1 { // four columns of at least one byte each
		return nil, fmt.Errorf("%w: directory of %d entries in %d bytes", ErrFormat, n, len(b))
	}
	entries := make([]entry, n)
	id := uint64(0)
	for i := range entries {
		delta := r.next()
		if i > 0 && delta == 0 || delta > 1<<60 || id+delta > 1<<60 {
			return nil, fmt.Errorf("%w: tile ids out of order", ErrFormat)
		}
		id += delta
		entries[i].id = id
	}
	for i := range entries {
		entries[i].run = r.next32()
	}
	for i := range entries {
		entries[i].length = r.next32()
	}
	for i := range entries {
		v := r.next()
		switch {
		case v > 0:
			entries[i].offset = v - 1
		case i > 0:
			entries[i].offset = entries[i-1].offset + uint64(entries[i-1].length)
		default:
			return nil, fmt.Errorf("%w: first entry has no offset", ErrFormat)
		}
	}
	if r.bad {
		return nil, fmt.Errorf("%w: directory is cut short", ErrFormat)
	}
	return entries, nil
}

// columnReader reads varints until the first fault, which it remembers.
type columnReader struct {
	rest []byte
	bad  bool
}

func (r *columnReader) next() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *columnReader) next32() uint32 {
	v := r.next()
	if v > math.MaxUint32 {
		r.bad = true
		return 0
	}
	return uint32(v)
}

// find returns the entry that covers id: the last one that begins at or before
// it, if its run reaches that far or if it is a leaf directory.
func find(entries []entry, id uint64) (entry, bool) {
	i := sort.Search(len(entries), func(i int) bool { return entries[i].id > id }) - 1
	if i < 0 {
		return entry{}, false
	}
	e := entries[i]
	return e, e.run == 0 || id-e.id < uint64(e.run)
}

func compress(b []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func decompress(b []byte, c Compression, limit int64) ([]byte, error) {
	if c == None {
		return b, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	out, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if int64(len(out)) > limit {
		return nil, fmt.Errorf("%w: a section exceeds %d bytes", ErrFormat, limit)
	}
	return out, nil
}
