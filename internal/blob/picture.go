package blob

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math/bits"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"beatplan/internal/fail"
)

// What can be wrong with a picture.
var (
	ErrNoPicture = fail.New(fail.Unsupported, "blob.no_picture",
		"This is not a picture that can be read: send a JPEG, PNG or WebP.")
	ErrPictureDamaged = fail.New(fail.Invalid, "blob.picture_damaged",
		"The picture is damaged: take it again.")
	ErrPictureBomb = fail.New(fail.TooLarge, "blob.picture_bomb",
		"Unpacked, the picture is larger than allowed.")
)

// Limits bound what is read as a picture; a zero field is the default.
type Limits struct {
	Bytes    int64 // of the file; 20 MiB
	Unpacked int64 // bytes of memory that decoding may take; 160 MiB
	Side     int   // longest side of what is kept, in pixels; 1600
}

func (l Limits) orDefaults() Limits {
	return Limits{
		Bytes:    cmp.Or(l.Bytes, 20<<20),
		Unpacked: cmp.Or(l.Unpacked, 160<<20),
		Side:     cmp.Or(l.Side, 1600),
	}
}

// Format is what a picture's bytes say it is, whatever its name is.
type Format string

// The formats that are read.
const (
	JPEG Format = "jpeg"
	PNG  Format = "png"
	WebP Format = "webp"
)

// Original is a picture as it was sent: recognised and bounded, not decoded.
type Original struct {
	Format        Format
	Key           Key // SHA-256 of the bytes
	Width, Height int // as stored, before it is turned upright
	Facts         Facts

	data  []byte
	limit Limits
}

// Picture is a decoded picture: upright, at most so large, and nothing but its
// pixels. What was sent beside them is in Original.Facts.
type Picture struct {
	Original
	Print Print       // what it looks like
	Image *image.RGBA // upright, at most Limits.Side pixels on its longest side
}

// ReadOriginal reads a picture to its end and says what it is, without decoding
// it: a file of a few bytes can unpack to gigabytes. It fails with [ErrTooLarge],
// [ErrNoPicture], [ErrPictureDamaged] or [ErrPictureBomb].
func ReadOriginal(r io.Reader, l Limits) (Original, error) {
	l = l.orDefaults()
	data, err := io.ReadAll(io.LimitReader(r, l.Bytes+1))
	if err != nil {
		return Original{}, fmt.Errorf("read picture: %w", err)
	}
	if int64(len(data)) > l.Bytes {
		return Original{}, ErrTooLarge.With("limit_bytes", l.Bytes)
	}
	o := Original{Format: formatOf(data), data: data, limit: l}
	need, err := o.measure()
	if err != nil {
		return Original{}, err
	}
	if need > l.Unpacked {
		return Original{}, ErrPictureBomb.With("limit_bytes", l.Unpacked).
			With("width", o.Width).With("height", o.Height)
	}
	sum := sha256.Sum256(data)
	o.Key = Key(hex.EncodeToString(sum[:]))
	o.Facts = factsOf(data, o.Format)
	return o, nil
}

// ReadPicture reads and decodes a picture. It fails as [ReadOriginal] does.
func ReadPicture(r io.Reader, l Limits) (Picture, error) {
	o, err := ReadOriginal(r, l)
	if err != nil {
		return Picture{}, err
	}
	return o.Decode()
}

// Bytes are the file as it was sent, private facts included.
func (o Original) Bytes() []byte { return o.data }

// formatOf sniffs what the bytes are; "" when nothing that is read: an animated WebP is
// no photo.
func formatOf(data []byte) Format {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return JPEG
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return PNG
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		const moves = 0x02
		if len(data) > 20 && string(data[12:16]) == "VP8X" && data[20]&moves != 0 {
			return ""
		}
		return WebP
	}
	return ""
}

// measure sets the picture's size from its header and returns the bytes of memory
// that decoding takes.
func (o *Original) measure() (int64, error) {
	if o.Format == JPEG {
		h, err := jpegHead(o.data)
		o.Width, o.Height = h.width, h.height
		return h.unpacked, err
	}
	var c image.Config
	var err error
	switch o.Format {
	case PNG:
		c, err = png.DecodeConfig(bytes.NewReader(o.data))
	case WebP:
		c, err = webp.DecodeConfig(bytes.NewReader(o.data))
	default:
		return 0, ErrNoPicture
	}
	if err != nil || c.Width <= 0 || c.Height <= 0 {
		return 0, ErrPictureDamaged.Because(err)
	}
	o.Width, o.Height = c.Width, c.Height
	need := int64(c.Width) * int64(c.Height) * 8 // at most 16 bits of four channels
	const interlace = 28                         // where a PNG says so
	if o.Format == PNG && o.data[interlace] != 0 {
		need += need / 2 // its largest pass is unpacked beside the whole
	}
	return need, nil
}

// Decode unpacks the picture, turns it upright and makes it small. It fails with
// [ErrPictureDamaged]. It takes about 20 ms for each million pixels and at most
// Limits.Unpacked bytes beside what is kept; [Store.Develop] bounds how many do so at a
// time.
func (o Original) Decode() (p Picture, err error) {
	defer func() {
		if fault := recover(); fault != nil { // a decoder that a hostile file upset
			p, err = Picture{}, ErrPictureDamaged.Because(fmt.Errorf("%v", fault))
		}
	}()
	var full image.Image
	r := bytes.NewReader(o.data)
	switch o.Format {
	case JPEG:
		full, err = jpeg.Decode(r)
	case PNG:
		full, err = png.Decode(r)
	case WebP:
		full, err = webp.Decode(r)
	default:
		return Picture{}, ErrNoPicture
	}
	if err != nil {
		return Picture{}, ErrPictureDamaged.Because(err)
	}
	small := shrink(full, o.limit.Side)
	p = Picture{Original: o, Image: upright(small, o.Facts.Orientation)}
	p.Print = printOf(p.Image)
	return p, nil
}

// Develop decodes a picture, as many at a time as the machine has processors: each
// may take Limits.Unpacked bytes of memory.
func (s *Store) Develop(ctx context.Context, o Original) (Picture, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
		return o.Decode()
	case <-ctx.Done():
		return Picture{}, ctx.Err()
	}
}

// upright turns and mirrors a picture as its EXIF orientation says (CIPA DC-008,
// 4.6.4 A): 1 to 8; anything else is upright already.
func upright(p *image.RGBA, orientation int) *image.RGBA {
	if orientation < 2 || orientation > 8 {
		return p
	}
	w, h := p.Rect.Dx(), p.Rect.Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	to := image.NewRGBA(size)
	for y := range size.Dy() {
		for x := range size.Dx() {
			var fx, fy int
			switch orientation {
			case 2:
				fx, fy = w-1-x, y
			case 3:
				fx, fy = w-1-x, h-1-y
			case 4:
				fx, fy = x, h-1-y
			case 5:
				fx, fy = y, x
			case 6:
				fx, fy = y, h-1-x
			case 7:
				fx, fy = w-1-y, h-1-x
			case 8:
				fx, fy = w-1-y, x
			}
			i, j := to.PixOffset(x, y), p.PixOffset(fx, fy)
			copy(to.Pix[i:i+4], p.Pix[j:j+4])
		}
	}
	return to
}

// EncodeJPEG writes the picture's pixels, and nothing else, as a JPEG.
func (p Picture) EncodeJPEG(w io.Writer) error {
	return jpeg.Encode(w, p.Image, &jpeg.Options{Quality: 82})
}

// PutPicture keeps the picture's pixels as a JPEG and returns its key and size in
// bytes. The key is of what is kept; [Original].Key is of what was sent.
func (s *Store) PutPicture(ctx context.Context, p Picture) (Key, int64, error) {
	var buf bytes.Buffer
	if err := p.EncodeJPEG(&buf); err != nil {
		return "", 0, fmt.Errorf("keep picture: %w", err)
	}
	return s.Put(ctx, &buf, int64(buf.Len()))
}

// Print is what a picture looks like, in 64 bits: whether it gets darker from each
// of 8 × 8 places to the next on the right ("dHash"). Pictures that differ in size,
// compression or brightness only have prints a few bits apart.
type Print uint64

// Distance is in how many of 64 bits two prints differ.
func (p Print) Distance(q Print) int { return bits.OnesCount64(uint64(p ^ q)) }

// Telling reports whether the picture has enough in it for its print to mean
// something; a wall or a dark pocket looks like every other one.
func (p Print) Telling() bool {
	n := bits.OnesCount64(uint64(p))
	return n >= 8 && n <= 56
}

func printOf(p *image.RGBA) Print {
	small := image.NewGray(image.Rect(0, 0, 9, 8))
	draw.BiLinear.Scale(small, small.Rect, p, p.Rect, draw.Src, nil)
	var out Print
	for y := range 8 {
		for x := range 8 {
			out <<= 1
			// Noise of a step or two is not a picture getting darker.
			if int(small.GrayAt(x, y).Y) > int(small.GrayAt(x+1, y).Y)+2 {
				out |= 1
			}
		}
	}
	return out
}

// jpegHeader is what the header of a JPEG says.
type jpegHeader struct {
	width, height int
	unpacked      int64 // bytes that decoding takes
}

// maxScans is how many passes a JPEG may take; cameras write 1, progressive
// encoders about 10. Each pass goes over all pixels, however small it is.
const maxScans = 64

var errTruncated = errors.New("a segment reaches beyond the end")

// jpegHead walks the segments of a JPEG (ITU-T T.81, annex B): size, sampling, and
// how many passes there are.
func jpegHead(data []byte) (jpegHeader, error) {
	var h jpegHeader
	scans := 0
	for at := 2; ; {
		mark := bytes.IndexByte(data[at:], 0xff)
		if mark < 0 || at+mark+2 > len(data) {
			break
		}
		at += mark + 1
		kind := data[at]
		if kind == 0 || kind == 0xff || kind >= 0xd0 && kind <= 0xd8 || kind == 1 {
			if kind != 0xff {
				at++
			}
			continue // stuffing, restart: no length follows
		}
		if kind == 0xd9 {
			break
		}
		at++
		if at+2 > len(data) {
			return h, ErrPictureDamaged.Because(errTruncated)
		}
		size := int(data[at])<<8 | int(data[at+1])
		if size < 2 || at+size > len(data) {
			return h, ErrPictureDamaged.Because(errTruncated)
		}
		switch {
		case kind >= 0xc0 && kind <= 0xc2:
			if h.width != 0 {
				return h, ErrPictureDamaged.Because(errors.New("two frames"))
			}
			if err := h.frame(data[at+2:at+size], kind == 0xc2); err != nil {
				return h, err
			}
		case kind == 0xda:
			if scans++; scans > maxScans {
				return h, ErrPictureBomb.With("scans", scans)
			}
		}
		at += size
	}
	if h.width == 0 || scans == 0 {
		return h, ErrPictureDamaged.Because(errors.New("no frame or no scan"))
	}
	return h, nil
}

// frame reads a start-of-frame segment.
func (h *jpegHeader) frame(s []byte, progressive bool) error {
	if len(s) < 6 || len(s) < 6+3*int(s[5]) {
		return ErrPictureDamaged.Because(errTruncated)
	}
	h.height = int(s[1])<<8 | int(s[2])
	h.width = int(s[3])<<8 | int(s[4])
	if h.width == 0 || h.height == 0 {
		return ErrPictureDamaged.Because(errors.New("no size"))
	}
	var samples, widest, tallest int64
	for i := range int(s[5]) {
		across, down := int64(s[7+3*i]>>4), int64(s[7+3*i]&15)
		samples += across * down
		widest, tallest = max(widest, across), max(tallest, down)
	}
	pixels := int64(h.width+64) * int64(h.height+64)
	perSample := int64(1)
	if progressive {
		perSample = 5 // coefficients of 32 bits are kept until the last pass
	}
	h.unpacked = pixels * samples * perSample / max(1, widest*tallest)
	return nil
}
