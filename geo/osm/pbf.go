package osm

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/paulmach/orb"

	"beatplan/geo"
)

// The bounds that the format itself sets.
// Source: https://wiki.openstreetmap.org/wiki/PBF_Format
const (
	maxBlobHeader = 64 << 10
	maxBlob       = 32 << 20
)

// The kinds of file block.
const (
	blobHeader = "OSMHeader"
	blobData   = "OSMData"
)

// packedBlob is one file block as it stands in the file.
type packedBlob struct {
	kind   string
	data   []byte // the Blob message
	offset int64
	end    int64
}

// readBlob reads the next file block; io.EOF means a clean end.
func readBlob(r io.Reader) (packedBlob, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return packedBlob{}, ErrTruncated
		}
		return packedBlob{}, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n == 0 || n > maxBlobHeader {
		return packedBlob{}, fmt.Errorf("a block header of %d bytes: this is no .osm.pbf file", n)
	}
	head := make([]byte, n)
	if err := readFull(r, head); err != nil {
		return packedBlob{}, err
	}
	blob := packedBlob{}
	dataSize := uint64(0)
	for w := (wire{b: head}); ; {
		if !w.more() {
			if w.err != nil {
				return packedBlob{}, w.err
			}
			break
		}
		switch number, kind := w.field(); {
		case number == 1 && kind == wireBytes:
			blob.kind = string(w.bytes())
		case number == 3 && kind == wireVarint:
			dataSize = w.varint()
		default:
			w.skip(kind)
		}
	}
	if dataSize == 0 || dataSize > maxBlob {
		return packedBlob{}, fmt.Errorf("a block of %d bytes; the format allows %d", dataSize, maxBlob)
	}
	// Grow with what is really there: a short hostile file must not make us
	// allocate the size that it claims.
	var body bytes.Buffer
	if got, err := io.CopyN(&body, r, int64(dataSize)); err != nil {
		if errors.Is(err, io.EOF) && got < int64(dataSize) {
			err = ErrTruncated
		}
		return packedBlob{}, err
	}
	blob.data = body.Bytes()
	blob.end = 4 + int64(n) + int64(dataSize)
	return blob, nil
}

func readFull(r io.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTruncated
	}
	return err
}

// inflater unpacks blobs; one per goroutine.
type inflater struct {
	zlib io.ReadCloser
	zstd *zstd.Decoder
}

func newInflater() *inflater { return &inflater{} }

// unpack returns the bytes of the block inside a Blob message.
func (u *inflater) unpack(b packedBlob) ([]byte, error) {
	var raw, packed []byte
	var method, rawSize uint64
	w := wire{b: b.data}
	for w.more() {
		switch number, kind := w.field(); {
		case number == 1 && kind == wireBytes:
			raw = w.bytes()
		case number == 2 && kind == wireVarint:
			rawSize = w.varint()
		case kind == wireBytes && number >= 3 && number <= 7:
			method, packed = uint64(number), w.bytes()
		default:
			w.skip(kind)
		}
	}
	switch {
	case w.err != nil:
		return nil, w.err
	case raw != nil:
		return raw, nil
	case packed == nil:
		return nil, errors.New("damaged block: it holds no data")
	case rawSize > maxBlob:
		return nil, fmt.Errorf("a block of %d bytes unpacked; the format allows %d", rawSize, maxBlob)
	}
	return u.inflate(method, packed, int(rawSize))
}

func (u *inflater) inflate(method uint64, packed []byte, rawSize int) ([]byte, error) {
	var src io.Reader
	switch method {
	case 3:
		if u.zlib == nil {
			z, err := zlib.NewReader(bytes.NewReader(packed))
			if err != nil {
				return nil, fmt.Errorf("damaged block: %w", err)
			}
			u.zlib = z
		} else if err := u.zlib.(zlib.Resetter).Reset(bytes.NewReader(packed), nil); err != nil {
			return nil, fmt.Errorf("damaged block: %w", err)
		}
		src = u.zlib
	case 7:
		if u.zstd == nil {
			z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1),
				zstd.WithDecoderMaxMemory(2*maxBlob))
			if err != nil {
				return nil, err
			}
			u.zstd = z
		}
		if err := u.zstd.Reset(bytes.NewReader(packed)); err != nil {
			return nil, fmt.Errorf("damaged block: %w", err)
		}
		src = u.zstd
	default:
		return nil, fmt.Errorf("a block packed with method %d; zlib and zstd are read", method)
	}
	// 1,100 is above deflate's best ratio (1,032): the claim of a tiny block
	// cannot make us allocate 32 MB.
	out := bytes.NewBuffer(make([]byte, 0, min(rawSize, len(packed)*1100)+bytes.MinRead))
	if _, err := out.ReadFrom(io.LimitReader(src, int64(rawSize)+1)); err != nil {
		return nil, fmt.Errorf("damaged block: %w", err)
	}
	if out.Len() != rawSize {
		return nil, fmt.Errorf("damaged block: %d bytes unpacked instead of %d", out.Len(), rawSize)
	}
	return out.Bytes(), nil
}

// header decodes a header block and refuses features that would be misread.
func (u *inflater) header(b packedBlob) (Header, error) {
	data, err := u.unpack(b)
	if err != nil {
		return Header{}, err
	}
	var h Header
	w := wire{b: data}
	for w.more() {
		switch number, kind := w.field(); {
		case number == 1 && kind == wireBytes:
			if h.Box, err = headerBox(w.message()); err != nil {
				return Header{}, err
			}
		case number == 4 && kind == wireBytes:
			switch f := string(w.bytes()); f {
			case "OsmSchema-V0.6", "DenseNodes":
			default:
				return Header{}, fmt.Errorf("it needs the feature %q, which is not read", f)
			}
		case number == 16 && kind == wireBytes:
			h.Program = string(w.bytes())
		default:
			w.skip(kind)
		}
	}
	return h, w.err
}

func headerBox(w wire) (geo.Box, error) {
	var nano [5]int64 // left, right, top, bottom at 1..4
	for w.more() {
		if number, kind := w.field(); number >= 1 && number <= 4 && kind == wireVarint {
			nano[number] = w.signed()
		} else {
			w.skip(kind)
		}
	}
	deg := func(v int64) float64 { return float64(v) / 1e9 }
	return geo.Box{
		Min: orb.Point{deg(nano[1]), deg(nano[4])},
		Max: orb.Point{deg(nano[2]), deg(nano[3])},
	}, w.err
}

// decoded is the outcome of one block, or the reason why there is none.
type decoded struct {
	block *block
	end   int64
	err   error
}

// scanPBF reads blocks in one goroutine, decodes them in several and delivers
// them, in order, in the caller's.
func scanPBF(ctx context.Context, src *source, h Handler) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()

	workers := max(1, runtime.GOMAXPROCS(0))
	type job struct {
		blob packedBlob
		out  chan decoded
	}
	jobs := make(chan job)
	queue := make(chan chan decoded, 2*workers)
	for range workers {
		wg.Go(func() {
			dec := newDecoder(h)
			for j := range jobs {
				j.out <- dec.decode(j.blob)
			}
		})
	}
	wg.Go(func() {
		defer close(queue)
		defer close(jobs)
		for offset := int64(0); ; {
			blob, err := readBlob(src.r)
			if errors.Is(err, io.EOF) && offset > 0 {
				return
			}
			out := make(chan decoded, 1)
			select {
			case queue <- out:
			case <-ctx.Done():
				return
			}
			if err != nil {
				out <- decoded{err: &FormatError{src.path, offset, noEOF(err)}}
				return
			}
			blob.offset = offset
			offset += blob.end
			blob.end = offset
			select {
			case jobs <- job{blob, out}:
			case <-ctx.Done():
				return
			}
		}
	})
	return deliverAll(ctx, src, h, queue)
}

// noEOF makes the clean end of an empty file an error.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return ErrTruncated
	}
	return err
}

func deliverAll(ctx context.Context, src *source, h Handler, queue chan chan decoded) error {
	for out := range queue {
		var d decoded
		select {
		case d = <-out:
		case <-ctx.Done():
			return ctx.Err()
		}
		if d.err != nil {
			var already *FormatError
			if errors.As(d.err, &already) {
				return d.err
			}
			return &FormatError{src.path, d.end, d.err}
		}
		if d.block != nil {
			if err := h.deliver(d.block); err != nil {
				return err
			}
		}
		src.report(d.end)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return ctx.Err()
}
