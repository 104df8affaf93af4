package gazetteer

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/paulmach/orb"

	"beatplan/geo"
)

// The file is a line of magic and a gzip stream of varints: counts before lists,
// strings with their length, positions as differences in units of 1e-7 degrees.

// Version 2 ends with the barriers; version 1 is read without.
const (
	magic    = "beatplan gazetteer 2\n"
	magicOne = "beatplan gazetteer 1\n"
)

const (
	mostItems  = 50_000_000 // of any list
	mostLetter = 64 << 10   // bytes of any string
	unit       = 1e7        // positions in a degree
)

// ErrFormat says that a file is not a gazetteer that we can read.
var ErrFormat = errors.New("not a readable gazetteer")

func write(path string, g *Gazetteer) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			_ = os.Remove(path)
		}
	}()
	if _, err := f.WriteString(magic); err != nil {
		return err
	}
	z := gzip.NewWriter(f)
	w := &encoder{w: bufio.NewWriterSize(z, 1<<16)}
	w.gazetteer(g)
	if w.err == nil {
		w.err = w.w.Flush()
	}
	if err := errors.Join(w.err, z.Close()); err != nil {
		return err
	}
	return f.Sync()
}

// encoder writes until the first fault, which it remembers.
type encoder struct {
	w    *bufio.Writer
	err  error
	last [2]int64 // position that the next is written relative to
}

func (e *encoder) bytes(b []byte) {
	if e.err == nil {
		_, e.err = e.w.Write(b)
	}
}

func (e *encoder) uint(v uint64) { e.bytes(binary.AppendUvarint(nil, v)) }
func (e *encoder) int(v int64)   { e.bytes(binary.AppendVarint(nil, v)) }

func (e *encoder) names(n *names) {
	for _, s := range n {
		e.uint(uint64(len(s)))
		e.bytes([]byte(s))
	}
}

func (e *encoder) point(p orb.Point) {
	for axis := range p {
		v := int64(math.Round(p[axis] * unit))
		e.int(v - e.last[axis])
		e.last[axis] = v
	}
}

func (e *encoder) points(line []orb.Point) {
	e.uint(uint64(len(line)))
	for _, p := range line {
		e.point(p)
	}
}

func (e *encoder) gazetteer(g *Gazetteer) {
	e.uint(uint64(len(g.contexts)))
	for i := range g.contexts {
		e.names(&g.contexts[i])
	}
	e.uint(uint64(len(g.entries)))
	for i := range g.entries {
		n := &g.entries[i]
		e.uint(uint64(n.kind))
		e.names(&n.names)
		e.uint(uint64(n.around))
		e.point(n.at)
	}
	e.uint(uint64(len(g.districts)))
	for i := range g.districts {
		d := &g.districts[i]
		e.uint(uint64(d.level))
		e.names(&d.names)
		e.uint(uint64(len(d.shape)))
		for _, polygon := range d.shape {
			e.uint(uint64(len(polygon)))
			for _, ring := range polygon {
				e.points(ring)
			}
		}
	}
	e.uint(uint64(len(g.streets)))
	for _, s := range g.streets {
		e.uint(uint64(s.entry))
		e.points(s.line)
	}
	e.uint(uint64(len(g.barriers)))
	for _, line := range g.barriers {
		e.points(line)
	}
}

// Open reads a gazetteer into memory. Errors that are not the file system's wrap
// ErrFormat.
func Open(path string) (*Gazetteer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	g, err := read(bufio.NewReaderSize(f, 1<<16))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return g, nil
}

func read(r io.Reader) (*Gazetteer, error) {
	head := make([]byte, len(magic))
	_, err := io.ReadFull(r, head)
	old := bytes.Equal(head, []byte(magicOne))
	if err != nil || !old && !bytes.Equal(head, []byte(magic)) {
		return nil, fmt.Errorf("%w: unknown beginning", ErrFormat)
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	d := &decoder{r: bufio.NewReaderSize(z, 1<<16)}
	g := d.gazetteer()
	if !old {
		g.barriers = d.lines()
	}
	if d.err == nil { // the checksum stands at the end
		if _, err := d.r.ReadByte(); !errors.Is(err, io.EOF) {
			d.err = cmp.Or(err, errors.New("something follows the end"))
		}
	}
	if d.err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, d.err)
	}
	g.index()
	return g, nil
}

// decoder reads until the first fault, which it remembers; afterwards everything is
// zero.
type decoder struct {
	r    *bufio.Reader
	err  error
	last [2]int64
}

func (d *decoder) uint(most uint64) uint64 {
	if d.err != nil {
		return 0
	}
	v, err := binary.ReadUvarint(d.r)
	if err == nil && v > most {
		err = fmt.Errorf("%d exceeds %d", v, most)
	}
	if err != nil {
		d.err = err
		return 0
	}
	return v
}

func (d *decoder) names() names {
	var n names
	for i := range n {
		b := make([]byte, d.uint(mostLetter))
		if d.err == nil {
			_, d.err = io.ReadFull(d.r, b)
		}
		n[i] = string(b)
	}
	return n
}

func (d *decoder) point() orb.Point {
	var p orb.Point
	for axis := range p {
		if d.err != nil {
			return orb.Point{}
		}
		v, err := binary.ReadVarint(d.r)
		if err != nil {
			d.err = err
			return orb.Point{}
		}
		d.last[axis] += v
		p[axis] = float64(d.last[axis]) / unit
	}
	if !geo.Valid(p) {
		d.err = fmt.Errorf("%v is not a position", p)
		return orb.Point{}
	}
	return p
}

func (d *decoder) points() []orb.Point {
	var line []orb.Point
	for n := d.uint(mostItems); n > 0 && d.err == nil; n-- {
		line = append(line, d.point())
	}
	return line
}

func (d *decoder) lines() []orb.LineString {
	var out []orb.LineString
	for n := d.uint(mostItems); n > 0 && d.err == nil; n-- {
		out = append(out, d.points())
	}
	return out
}

// index reads a reference into a list of that length.
func (d *decoder) index(length int) uint32 {
	if length == 0 && d.err == nil {
		d.err = errors.New("a reference into an empty list")
		return 0
	}
	return uint32(d.uint(uint64(length) - 1))
}

func (d *decoder) gazetteer() *Gazetteer {
	g := &Gazetteer{}
	for n := d.uint(mostItems); n > 0 && d.err == nil; n-- {
		g.contexts = append(g.contexts, d.names())
	}
	for n := d.uint(mostItems); n > 0 && d.err == nil; n-- {
		e := entry{kind: Kind(d.uint(uint64(House))), names: d.names()}
		e.around, e.at = d.index(len(g.contexts)), d.point()
		g.entries = append(g.entries, e)
	}
	for n := d.uint(mostItems); n > 0 && d.err == nil; n-- {
		g.districts = append(g.districts, d.district())
	}
	for n := d.uint(mostItems); n > 0 && d.err == nil; n-- {
		g.streets = append(g.streets, street{d.index(len(g.entries)), d.points()})
	}
	return g
}

func (d *decoder) district() district {
	out := district{level: int(d.uint(12)), names: d.names()}
	for n := d.uint(mostItems); n > 0 && d.err == nil; n-- {
		var polygon orb.Polygon
		for rings := d.uint(mostItems); rings > 0 && d.err == nil; rings-- {
			polygon = append(polygon, d.points())
		}
		if len(polygon) == 0 || len(polygon[0]) < 4 {
			d.err = cmp.Or(d.err, errors.New("a district without an outline"))
			return out
		}
		out.shape = append(out.shape, polygon)
	}
	if d.err == nil && len(out.shape) > 0 {
		out.box = out.shape.Bound()
	}
	return out
}
