package track

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/paulmach/orb"
)

// What a chunk keeps of a fix: degrees to 1e-7 (1 cm), times to the millisecond,
// speeds to 0.1 km/h, courses to whole degrees, accuracies to 0.5 m.
const (
	degreeUnits   = 1e7
	speedUnits    = 10
	courseUnits   = 1
	accuracyUnits = 2
)

// chunkVersion begins every chunk that is written.
const chunkVersion = 2

// chunkMax bounds the fixes of one chunk: two days at a fix a second.
const chunkMax = 200_000

var errChunk = errors.New("track: the chunk is damaged")

// codec writes and reads chunks: the fixes of one person, ordered by time. It is safe
// for concurrent use.
//
// Every value is guessed from those before it and only the error of the guess is
// written, in as many bits as errors of its block take (Rice, Some Practical Universal
// Noiseless Coding Techniques, 1979). Time and place are guessed to stay or to go on
// evenly, speed and course to be those of the way between the two places, whichever
// did better in the block.
//
//	version · count · sources · 7 × (step, base) · bits
type codec struct {
	dec  *zstd.Decoder // of version 1
	room sync.Pool     // of *[]int64: the columns of a chunk that is being read
}

func newCodec() *codec {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2),
		zstd.WithDecoderMaxMemory(8*chunkMax))
	if err != nil {
		panic(err) // the options are constants
	}
	return &codec{dec: dec}
}

const columns = 7 // time, longitude, latitude, speed, course, accuracy, source

// The columns.
const (
	colTime = iota
	colLon
	colLat
	colSpeed
	colCourse
	colAccuracy
	colSource
)

// encode packs fixes, which are ordered by time and of one person. O(n).
func (c *codec) encode(fixes []Fix) []byte {
	var sources []string
	n := len(fixes)
	flat := make([]int64, columns*n)
	for i, f := range fixes {
		source := slices.Index(sources, f.Source)
		if source < 0 {
			source, sources = len(sources), append(sources, f.Source)
		}
		flat[colTime*n+i] = f.At.UnixMilli()
		flat[colLon*n+i] = units(f.Position[0])
		flat[colLat*n+i] = units(f.Position[1])
		flat[colSpeed*n+i] = optional(f.SpeedKmh, speedUnits)
		flat[colCourse*n+i] = optional(f.CourseDeg, courseUnits)
		flat[colAccuracy*n+i] = optional(f.AccuracyM, accuracyUnits)
		flat[colSource*n+i] = int64(source)
	}
	out := append(make([]byte, 0, 64+6*n), chunkVersion)
	out = binary.AppendUvarint(out, uint64(n))
	out = binary.AppendUvarint(out, uint64(len(sources)))
	for _, s := range sources {
		out = binary.AppendUvarint(out, uint64(len(s)))
		out = append(out, s...)
	}
	g := newGuesser(flat, n)
	for k := range columns {
		g.measure(k)
		out = binary.AppendUvarint(out, uint64(g.step[k]))
		out = binary.AppendVarint(out, g.base[k])
	}
	w := bitWriter{out: out}
	for k := range columns {
		g.write(&w, k)
	}
	return w.end()
}

// units is a coordinate in 1e-7 degrees.
func units(deg float64) int64 { return int64(math.Round(deg * degreeUnits)) }

// optional shifts a value by one, so that 0 stands for unknown.
func optional(v *float32, unit float64) int64 {
	if v == nil {
		return 0
	}
	return 1 + int64(math.Round(min(float64(*v), 1e6)*unit))
}

// arena holds the known values of a chunk, so that they cost one allocation.
type arena []float32

func (a *arena) given(v int64, unit float64) *float32 {
	if v <= 0 {
		return nil
	}
	*a = append(*a, float32(float64(v-1)/unit))
	return &(*a)[len(*a)-1]
}

// decode reads a chunk of the person's fixes, of any version. Damaged input is an
// error, never a panic. O(n).
func (c *codec) decode(person int64, data []byte) ([]Fix, error) {
	r := &reader{data: data}
	switch r.byte() {
	case chunkVersion:
		return c.decode2(r, person)
	case 1:
		return c.decode1(r, person)
	}
	return nil, fmt.Errorf("%w: its version is unknown", errChunk)
}

func (c *codec) decode2(r *reader, person int64) ([]Fix, error) {
	n := r.count(min(chunkMax, blockLen*8*len(r.data)))
	sources := r.sources()
	room, _ := c.room.Get().(*[]int64)
	if room == nil {
		room = new([]int64)
	}
	defer c.room.Put(room)
	*room = slices.Grow((*room)[:0], columns*n)[:columns*n]
	g := newGuesser(*room, n) // every value is set before it is read
	for k := range columns {
		g.step[k] = int64(max(1, r.count(math.MaxInt)))
		g.base[k] = r.number()
	}
	if r.bad {
		return nil, errChunk
	}
	bits := bitReader{data: r.data}
	for k := range columns {
		g.read(&bits, k)
	}
	if bits.bad {
		return nil, errChunk
	}
	return fixesOf(person, sources, g.flat)
}

// fixesOf makes fixes of columns.
func fixesOf(person int64, sources []string, flat []int64) ([]Fix, error) {
	n := len(flat) / columns
	column := func(k int) []int64 { return flat[k*n:][:n] }
	at, lon, lat, source := column(colTime), column(colLon), column(colLat), column(colSource)
	speed, course, accuracy := column(colSpeed), column(colCourse), column(colAccuracy)
	fixes := make([]Fix, n)
	known := make(arena, 0, 3*n)
	for i := range fixes {
		if source[i] < 0 || source[i] >= int64(len(sources)) {
			return nil, errChunk
		}
		f := &fixes[i]
		f.Person, f.At, f.Source = person, time.UnixMilli(at[i]).UTC(), sources[source[i]]
		f.Position = orb.Point{float64(lon[i]) / degreeUnits, float64(lat[i]) / degreeUnits}
		f.SpeedKmh = known.given(speed[i], speedUnits)
		f.CourseDeg = known.given(course[i], courseUnits)
		f.AccuracyM = known.given(accuracy[i], accuracyUnits)
	}
	return fixes, nil
}

// reader walks over bytes; after a step beyond their end bad is set.
type reader struct {
	data    []byte
	scratch []byte // the plane that was read last
	bad     bool
}

func (r *reader) byte() byte {
	b := r.bytes(1)
	if r.bad {
		return 0
	}
	return b[0]
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.data) {
		r.bad = true
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

// sources reads the names of what the fixes came from.
func (r *reader) sources() []string {
	out := make([]string, r.count(len(r.data)))
	for i := range out {
		out[i] = string(r.bytes(r.count(len(r.data))))
	}
	return out
}

// count reads a number that must not exceed most.
func (r *reader) count(most int) int {
	v, n := binary.Uvarint(r.data)
	if n <= 0 || v > uint64(most) {
		r.bad = true
		return 0
	}
	r.data = r.data[n:]
	return int(v)
}
