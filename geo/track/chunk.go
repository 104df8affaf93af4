package track

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
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

// chunkVersion begins every chunk.
const chunkVersion = 1

// chunkMax bounds the fixes of one chunk: two days at a fix a second.
const chunkMax = 200_000

var errChunk = errors.New("track: the chunk is damaged")

// codec writes and reads chunks: the fixes of one person, ordered by time, as
// seven columns of differences, each split into bytes of equal weight and
// compressed on its own, because the high bytes of a column repeat and the low
// ones do not. It is safe for concurrent use.
//
//	version · count · sources · 7 × column
//	column: order of the differences · planes · per plane: length, bytes
type codec struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

func newCodec() *codec {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderCRC(false), zstd.WithEncoderConcurrency(2),
		zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<17))
	if err != nil {
		panic(err) // the options are constants
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2),
		zstd.WithDecoderMaxMemory(8*chunkMax))
	if err != nil {
		panic(err)
	}
	return &codec{enc, dec}
}

const columns = 7 // time, longitude, latitude, speed, course, accuracy, source

// encode packs fixes, which are ordered by time and of one person. O(n).
func (c *codec) encode(fixes []Fix) []byte {
	var sources []string
	var cols [columns][]int64
	flat := make([]int64, columns*len(fixes))
	for k := range cols {
		cols[k] = flat[k*len(fixes) : (k+1)*len(fixes)]
	}
	for i, f := range fixes {
		source := slices.Index(sources, f.Source)
		if source < 0 {
			source, sources = len(sources), append(sources, f.Source)
		}
		cols[0][i] = f.At.UnixMilli()
		cols[1][i] = units(f.Position[0])
		cols[2][i] = units(f.Position[1])
		cols[3][i] = optional(f.SpeedKmh, speedUnits)
		cols[4][i] = optional(f.CourseDeg, courseUnits)
		cols[5][i] = optional(f.AccuracyM, accuracyUnits)
		cols[6][i] = int64(source)
	}
	out := append(make([]byte, 0, 64+6*len(fixes)), chunkVersion)
	out = binary.AppendUvarint(out, uint64(len(fixes)))
	out = binary.AppendUvarint(out, uint64(len(sources)))
	for _, s := range sources {
		out = binary.AppendUvarint(out, uint64(len(s)))
		out = append(out, s...)
	}
	for _, col := range cols {
		out = c.appendColumn(out, col)
	}
	return out
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

// appendColumn writes the first or second differences, whichever are smaller.
func (c *codec) appendColumn(out []byte, col []int64) []byte {
	one := differences(slices.Clone(col))
	two := differences(slices.Clone(one))
	order, best := byte(1), one
	if weight(two) < weight(one) {
		order, best = 2, two
	}
	var widest uint64
	for _, v := range best {
		widest |= zigzag(v)
	}
	planes := 0
	for w := widest; w > 0; w >>= 8 {
		planes++
	}
	out = append(out, order, byte(planes))
	plane := make([]byte, len(best))
	for p := range planes {
		for i, v := range best {
			plane[i] = byte(zigzag(v) >> (8 * p))
		}
		out = c.appendPlane(out, plane)
	}
	return out
}

// appendPlane writes the bytes as they are, or compressed when that is shorter;
// the low bit of the length tells.
func (c *codec) appendPlane(out, plane []byte) []byte {
	if len(plane) >= 16 {
		if packed := c.enc.EncodeAll(plane, nil); len(packed) < len(plane) {
			out = binary.AppendUvarint(out, uint64(len(packed))<<1|1)
			return append(out, packed...)
		}
	}
	out = binary.AppendUvarint(out, uint64(len(plane))<<1)
	return append(out, plane...)
}

func differences(v []int64) []int64 {
	for i := len(v) - 1; i > 0; i-- {
		v[i] -= v[i-1]
	}
	return v
}

// weight estimates the bits that the values need.
func weight(v []int64) (n int) {
	for _, x := range v {
		n += bits.Len64(zigzag(x))
	}
	return n
}

func zigzag(v int64) uint64   { return uint64(v<<1) ^ uint64(v>>63) }
func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// decode reads a chunk of the person's fixes. Damaged input is an error, never a
// panic. O(n).
func (c *codec) decode(person int64, data []byte) ([]Fix, error) {
	r := &reader{data: data}
	if r.byte() != chunkVersion {
		return nil, fmt.Errorf("%w: its version is unknown", errChunk)
	}
	n := r.count(chunkMax)
	sources := make([]string, r.count(len(data)))
	for i := range sources {
		sources[i] = string(r.bytes(r.count(len(data))))
	}
	flat := make([]int64, columns*n)
	for k := range columns {
		if err := c.column(r, flat[k*n:(k+1)*n]); err != nil {
			return nil, err
		}
	}
	if r.bad {
		return nil, errChunk
	}
	fixes := make([]Fix, n)
	known := make(arena, 0, 3*n)
	for i := range fixes {
		source := flat[6*n+i]
		if source < 0 || source >= int64(len(sources)) {
			return nil, errChunk
		}
		fixes[i] = Fix{
			Person: person, At: time.UnixMilli(flat[i]).UTC(), Source: sources[source],
			Position:  orb.Point{float64(flat[n+i]) / degreeUnits, float64(flat[2*n+i]) / degreeUnits},
			SpeedKmh:  known.given(flat[3*n+i], speedUnits),
			CourseDeg: known.given(flat[4*n+i], courseUnits),
			AccuracyM: known.given(flat[5*n+i], accuracyUnits),
		}
	}
	return fixes, nil
}

func (c *codec) column(r *reader, col []int64) error {
	order, planes := r.byte(), int(r.byte())
	if order < 1 || order > 2 || planes > 8 {
		return errChunk
	}
	for p := range planes {
		plane, err := c.plane(r, len(col))
		if err != nil {
			return err
		}
		for i, b := range plane {
			col[i] |= int64(b) << (8 * p)
		}
	}
	for i, u := range col {
		col[i] = unzigzag(uint64(u))
	}
	for range order {
		for i := 1; i < len(col); i++ {
			col[i] += col[i-1]
		}
	}
	return nil
}

func (c *codec) plane(r *reader, n int) ([]byte, error) {
	head := r.count(2 * len(r.data))
	body := r.bytes(head >> 1)
	if head&1 == 1 {
		var err error
		if body, err = c.dec.DecodeAll(body, r.scratch[:0]); err != nil {
			return nil, fmt.Errorf("%w: %w", errChunk, err)
		}
		r.scratch = body
	}
	if r.bad || len(body) != n {
		return nil, errChunk
	}
	return body, nil
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
