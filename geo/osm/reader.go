// Package osm reads OpenStreetMap extracts: .osm.pbf, and .osm plain, gzipped
// or bzipped; and bare graphs of nodes and arcs as text (.arcs beside .nodes). It
// is the only package that knows these formats.
//
// [Scan] streams nodes, ways and relations in the order of the file to three
// callbacks; on top of it stand ReadRoads for the road network and the
// readers of areas, places and coastlines for the map.
//
// A file is read block by block, several blocks ahead on all processors, so
// that memory is bounded by the size of a block (32 MB unpacked) and not by the
// file. A file that is cut off, damaged or hostile ends in a [FormatError];
// nothing in it can make the reader panic or ask for more memory than that.
package osm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/paulmach/orb"

	"beatplan/geo"
)

// Tag is one key and value. Keep strings with strings.Clone: they share the
// memory of their block.
type Tag struct{ Key, Value string }

// Tags are the tags of one object, in the order of the file.
type Tags []Tag

// Find returns the value of key, or "" when there is none.
func (t Tags) Find(key string) string {
	for i := range t {
		if t[i].Key == key {
			return t[i].Value
		}
	}
	return ""
}

// Has reports whether key is present with any value.
func (t Tags) Has(key string) bool {
	for i := range t {
		if t[i].Key == key {
			return true
		}
	}
	return false
}

// Clone copies the tags out of their block's memory.
func (t Tags) Clone() Tags {
	if len(t) == 0 {
		return nil
	}
	c := make(Tags, len(t))
	for i, tag := range t {
		c[i] = Tag{strings.Clone(tag.Key), strings.Clone(tag.Value)}
	}
	return c
}

// PerDegree is how many coordinate units make a degree.
const PerDegree = 10_000_000

// Node is a point with an id. Lon and Lat are in 1e-7 degrees.
type Node struct {
	ID       int64
	Lon, Lat int32
	Tags     Tags
}

// Point returns the node's position in degrees.
func (n *Node) Point() orb.Point {
	return orb.Point{float64(n.Lon) / PerDegree, float64(n.Lat) / PerDegree}
}

// Way is a chain of nodes.
type Way struct {
	ID    int64
	Nodes []int64
	Tags  Tags
}

// Closed reports whether the way ends where it begins and has an inside.
func (w *Way) Closed() bool {
	return len(w.Nodes) > 3 && w.Nodes[0] == w.Nodes[len(w.Nodes)-1]
}

// MemberType is the kind of thing that a relation refers to.
type MemberType byte

// The kinds of member.
const (
	NodeMember     MemberType = 0
	WayMember      MemberType = 1
	RelationMember MemberType = 2
)

// Member is one reference of a relation.
type Member struct {
	Type MemberType
	Ref  int64
	Role string
}

// Relation is a list of members with tags.
type Relation struct {
	ID      int64
	Members []Member
	Tags    Tags
}

// Handler takes the objects of a file, one at a time, from one goroutine. A nil
// function means that its kind is not even decoded. What the argument points to
// is only valid during the call. An error ends the scan and is returned as is.
type Handler struct {
	Node     func(*Node) error
	Way      func(*Way) error
	Relation func(*Relation) error
}

// Options of a scan. The zero value is valid.
type Options struct {
	// Progress, when set, is called between blocks with the bytes read so far
	// and the bytes of the file.
	Progress func(done, total int64)
}

// Header says where a file lies and who wrote it.
type Header struct {
	Box     geo.Box // zero when the file does not say
	Program string
}

// FormatError says that a file cannot be read as an OpenStreetMap extract.
type FormatError struct {
	Path   string
	Offset int64 // of the block that failed, in bytes; 0 for XML
	Err    error
}

// Error names the file, the place and the reason.
func (e *FormatError) Error() string {
	return fmt.Sprintf("%s is not a complete OpenStreetMap extract (at byte %d): %v",
		e.Path, e.Offset, e.Err)
}

// Unwrap returns the reason.
func (e *FormatError) Unwrap() error { return e.Err }

// ErrTruncated is the reason when a file ends in the middle of something.
var ErrTruncated = errors.New("the file ends too early, it was probably cut off while copying")

// Scan streams the file at path through h, in file order. It fails with a
// *FormatError for a damaged file, with ctx's error when cancelled, with the
// error of the operating system when the file cannot be opened, and with
// whatever h returned.
func Scan(ctx context.Context, path string, opts Options, h Handler) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		return &FormatError{Path: path, Err: errors.New("it is a folder")}
	}
	src := &source{path: path, total: info.Size(), progress: opts.Progress, r: f}
	switch {
	case xmlName(path):
		return scanXML(ctx, src, h)
	case arcsName(path):
		return scanArcs(ctx, src, h)
	}
	return scanPBF(ctx, src, h)
}

// ReadHeader reads the first block of a .osm.pbf file; other formats give an
// empty header.
func ReadHeader(path string) (Header, error) {
	if xmlName(path) || arcsName(path) {
		return Header{}, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return Header{}, err
	}
	defer f.Close()
	blob, err := readBlob(f)
	if errors.Is(err, io.EOF) {
		err = ErrTruncated
	}
	if err == nil && blob.kind != blobHeader {
		err = fmt.Errorf("it begins with a %q block instead of a header", blob.kind)
	}
	var h Header
	if err == nil {
		h, err = newInflater().header(blob)
	}
	if err != nil {
		return Header{}, &FormatError{Path: path, Err: err}
	}
	return h, nil
}

// source is an open extract and who wants to hear about it.
type source struct {
	path     string
	total    int64
	progress func(done, total int64)
	r        io.Reader
}

func (s *source) report(done int64) {
	if s.progress != nil {
		s.progress(done, s.total)
	}
}

// deliver hands the objects of a block to the handler.
func (h *Handler) deliver(b *block) error {
	for i := range b.nodes {
		if err := h.Node(&b.nodes[i]); err != nil {
			return err
		}
	}
	for i := range b.ways {
		if err := h.Way(&b.ways[i]); err != nil {
			return err
		}
	}
	for i := range b.relations {
		if err := h.Relation(&b.relations[i]); err != nil {
			return err
		}
	}
	return nil
}
