package network

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"unsafe"
)

// Version of the file format; a file of another version is refused.
const Version = 5

// The file is a header, a table of sections and the sections, each beginning
// at a multiple of 64 bytes, all numbers little-endian:
//
//	magic   [8]byte "BEATROAD"
//	version uint32, sections uint32
//	table   sections × { name [24]byte, offset, bytes uint64, crc, item uint32 }
//	crc     uint32 of all bytes before it
const (
	magic       = "BEATROAD"
	headSize    = 16
	entrySize   = 48
	nameSize    = 24
	alignment   = 64
	maxSections = 256
)

// ErrFile is the reason when a file is no network of this version, or damaged.
var ErrFile = errors.New("not a usable road network; import the extract again")

// item is what a section may hold.
type item interface {
	~uint8 | ~uint16 | ~int32 | ~uint32 | ~int64 | ~uint64
}

// section is one array of the file, as bytes.
type section struct {
	name string
	data []byte
	item uint32 // size of an item
}

// Sections collects the arrays of one file, or those of a file that is open.
type Sections struct {
	list   []section
	byName map[string]int
	sum    uint32
}

// Sum is a checksum of everything in an open file.
func (s *Sections) Sum() uint32 { return s.sum }

// Put adds an array under a name of at most 24 bytes; the array is not copied.
func Put[T item](s *Sections, name string, array []T) {
	var zero T
	size := unsafe.Sizeof(zero)
	data := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(array))), uintptr(len(array))*size)
	s.list = append(s.list, section{name, data, uint32(size)})
}

// Get returns an array of an open file. It fails with ErrFile when there is
// none of that name and item size.
func Get[T item](s *Sections, name string) ([]T, error) {
	var zero T
	i, ok := s.byName[name]
	if !ok || uintptr(s.list[i].item) != unsafe.Sizeof(zero) {
		return nil, fmt.Errorf("section %s is missing: %w", name, ErrFile)
	}
	data := s.list[i].data
	if len(data) == 0 {
		return nil, nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&data[0])), len(data)/int(s.list[i].item)), nil
}

// Bytes is how much memory all arrays take, mapped or not.
func (s *Sections) Bytes() int {
	sum := 0
	for _, x := range s.list {
		sum += len(x.data)
	}
	return sum
}

// castagnoli is the polynomial that processors compute.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// WriteFile writes all sections to a new file and syncs it.
func (s *Sections) WriteFile(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := s.write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

func (s *Sections) write(w io.Writer) error {
	if len(s.list) > maxSections {
		return fmt.Errorf("%d sections, %d at most", len(s.list), maxSections)
	}
	head := append([]byte(magic), make([]byte, 8)...)
	binary.LittleEndian.PutUint32(head[8:], Version)
	binary.LittleEndian.PutUint32(head[12:], uint32(len(s.list)))
	offset := align(headSize + entrySize*uint64(len(s.list)) + 4)
	start := offset
	for _, x := range s.list {
		var e [entrySize]byte
		if len(x.name) > nameSize {
			return fmt.Errorf("section name %s is too long", x.name)
		}
		copy(e[:nameSize], x.name)
		binary.LittleEndian.PutUint64(e[24:], offset)
		binary.LittleEndian.PutUint64(e[32:], uint64(len(x.data)))
		binary.LittleEndian.PutUint32(e[40:], crc32.Checksum(x.data, castagnoli()))
		binary.LittleEndian.PutUint32(e[44:], x.item)
		head = append(head, e[:]...)
		offset = align(offset + uint64(len(x.data)))
	}
	head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(head, castagnoli()))
	head = append(head, make([]byte, start-uint64(len(head)))...)
	if _, err := w.Write(head); err != nil {
		return err
	}
	padding := make([]byte, alignment)
	for _, x := range s.list {
		if _, err := w.Write(x.data); err != nil {
			return err
		}
		n := uint64(len(x.data))
		if _, err := w.Write(padding[:align(n)-n]); err != nil {
			return err
		}
	}
	return nil
}

func align(n uint64) uint64 { return (n + alignment - 1) / alignment * alignment }

// OpenFile maps a file and verifies every checksum. Close releases the memory;
// no array may be used after it. It fails with ErrFile for a file of another
// version or a damaged one.
func OpenFile(path string) (*Sections, func() error, error) {
	m, err := mapFile(path)
	if err != nil {
		return nil, nil, err
	}
	s, err := parse(m.data)
	if err == nil {
		err = m.unload()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, errors.Join(err, m.release()))
	}
	return s, m.release, nil
}

func parse(data []byte) (*Sections, error) {
	if len(data) < headSize+4 || string(data[:8]) != magic {
		return nil, fmt.Errorf("no road network at all: %w", ErrFile)
	}
	if v := binary.LittleEndian.Uint32(data[8:]); v != Version {
		return nil, fmt.Errorf("format %d, this program reads %d: %w", v, Version, ErrFile)
	}
	n := binary.LittleEndian.Uint32(data[12:])
	end := uint64(headSize) + entrySize*uint64(n)
	if n > maxSections || end+4 > uint64(len(data)) ||
		crc32.Checksum(data[:end], castagnoli()) != binary.LittleEndian.Uint32(data[end:]) {
		return nil, fmt.Errorf("damaged header: %w", ErrFile)
	}
	s := &Sections{
		byName: make(map[string]int, n), sum: binary.LittleEndian.Uint32(data[end:]),
	}
	for i := range n {
		e := data[headSize+entrySize*uint64(i):]
		offset, size := binary.LittleEndian.Uint64(e[24:]), binary.LittleEndian.Uint64(e[32:])
		x := section{name: cString(e[:nameSize]), item: binary.LittleEndian.Uint32(e[44:])}
		if offset%alignment != 0 || offset > uint64(len(data)) || size > uint64(len(data))-offset ||
			x.item == 0 || size%uint64(x.item) != 0 {
			return nil, fmt.Errorf("section %s is cut off: %w", x.name, ErrFile)
		}
		x.data = data[offset : offset+size]
		if crc32.Checksum(x.data, castagnoli()) != binary.LittleEndian.Uint32(e[40:]) {
			return nil, fmt.Errorf("section %s is damaged: %w", x.name, ErrFile)
		}
		s.byName[x.name] = len(s.list)
		s.list = append(s.list, x)
	}
	return s, nil
}

func cString(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}
