package blob

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// segment is one that a JPEG carries beside its pixels.
func segment(kind byte, content string) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0xff, kind}, uint16(len(content)+2))
	return append(b, content...)
}

// chunk is one of a PNG.
func chunk(kind, content string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	b = append(append(b, kind...), content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// Everything that a file can carry beside its pixels, also a second file behind it, is
// gone from what is kept.
func TestWhatIsKeptIsPixelsAlone(t *testing.T) {
	plain := withEXIF(asJPEG(t, scene(80, 60, 1), 90), 1)
	thumb := asJPEG(t, scene(8, 6, 9), 90)
	file := slices.Concat(plain[:2],
		segment(0xe1, "Exif\x00\x00PRIVATE thumbnail "+string(thumb)),
		segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>PRIVATE</x:xmpmeta>"),
		segment(0xe2, "ICC_PROFILE\x00\x01\x01PRIVATE profile"),
		segment(0xed, "Photoshop 3.0\x008BIM\x04\x04PRIVATE caption"),
		segment(0xfe, "PRIVATE comment"), plain[2:],
		[]byte("PK\x03\x04PRIVATE archive <script>PRIVATE</script>"))
	flat := asPNG(t, scene(80, 60, 1))
	const head = 8 + 25 // signature and IHDR
	moving := slices.Concat(flat[:head], chunk("acTL", "\x00\x00\x00\x02\x00\x00\x00\x00"),
		chunk("tEXt", "Author\x00PRIVATE"), chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00PRIVATE"),
		chunk("eXIf", "MM\x00\x2aPRIVATE"), flat[head:], []byte("PRIVATE"))
	for name, sent := range map[string][]byte{"JPEG": file, "animated PNG": moving} {
		var kept bytes.Buffer
		if err := read(t, sent).EncodeJPEG(&kept); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(kept.Bytes(), []byte("PRIVATE")) || bytes.Contains(kept.Bytes(), []byte("Acme")) {
			t.Errorf("%s: what is kept says more than its pixels", name)
		}
		for at, b := 2, kept.Bytes(); b[at+1] != 0xda; at += 2 + int(binary.BigEndian.Uint16(b[at+2:])) {
			if kind := b[at+1]; !slices.Contains([]byte{0xdb, 0xc0, 0xc4}, kind) {
				t.Errorf("%s: what is kept has a segment %x", name, kind)
			}
		}
	}
}

// What no camera of a visit sends is not read, whatever it is called.
func TestOtherFormatsAreNoPhotos(t *testing.T) {
	still := "RIFF\x2a\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x3f\x00\x00\x2f\x00\x00"
	for name, file := range map[string]string{
		"an iPhone's HEIC": "\x00\x00\x00\x28ftypheic\x00\x00\x00\x00mif1MiHBMiHEMiPrmiafheictmap\x00\x00\x0b\x1fmeta",
		"AVIF":             "\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf",
		"an animated WebP": still[:20] + "\x02" + still[21:] + "ANIM",
		"animated GIF":     "GIF89a\x01\x00\x01\x00\x80\x00\x00",
		"TIFF":             "II*\x00\x08\x00\x00\x00",
		"a web page":       "<!doctype html><img src=x onerror=alert(1)>",
	} {
		if _, err := ReadPicture(bytes.NewReader([]byte(file)), Limits{}); !errors.Is(err, ErrNoPicture) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadOriginal(bytes.NewReader([]byte(still)), Limits{}); errors.Is(err, ErrNoPicture) {
		t.Errorf("a WebP that stands still: %v", err)
	}
}

// A picture takes no more memory than its header was allowed to say, and what is kept.
func TestUnpackingKeepsToItsBound(t *testing.T) {
	file := asJPEG(t, image.NewGray(image.Rect(0, 0, 4000, 3000)), 50)
	limits := Limits{Unpacked: 13 << 20}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p, err := ReadPicture(bytes.NewReader(file), limits)
	runtime.ReadMemStats(&after)
	if err != nil || p.Image.Rect != image.Rect(0, 0, 1600, 1200) {
		t.Fatal(p.Image.Rect, err)
	}
	const rest = 4 << 20 // the file itself, tables, a print
	most := uint64(limits.Unpacked) + uint64(len(p.Image.Pix)) + rest
	if took := after.TotalAlloc - before.TotalAlloc; took > most {
		t.Errorf("it took %d bytes, at most %d", took, most)
	}
	limits.Unpacked = 11 << 20
	if _, err := ReadPicture(bytes.NewReader(file), limits); !errors.Is(err, ErrPictureBomb) {
		t.Errorf("with less: %v", err)
	}
	laced := asPNG(t, scene(60, 60, 1))
	laced[28] = 1
	binary.BigEndian.PutUint32(laced[29:], crc32.ChecksumIEEE(laced[12:29]))
	if _, err := ReadPicture(bytes.NewReader(laced), Limits{Unpacked: 60 * 60 * 8}); !errors.Is(err, ErrPictureBomb) {
		t.Errorf("an interlaced PNG, whose passes are unpacked beside it: %v", err)
	}
}

// A small picture is the mean of the large one, place by place.
func TestASmallPictureIsTheMeanOfTheLarge(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		w, h := 1+r.IntN(40), 1+r.IntN(40)
		from := image.NewRGBA(image.Rect(3, 5, 3+w, 5+h))
		for i := range from.Pix {
			from.Pix[i] = 255
			if i%4 != 3 {
				from.Pix[i] = uint8(r.IntN(256))
			}
		}
		side := 1 + r.IntN(max(w, h))
		to := shrink(from, side)
		dw, dh := to.Rect.Dx(), to.Rect.Dy()
		if max(dw, dh) > side {
			t.Fatalf("%d × %d is more than %d", dw, dh, side)
		}
		for y := range dh {
			for x := range dw {
				if got, want := to.RGBAAt(x, y), mean(from, x, y, to.Rect); off(got.R, want[0]) ||
					off(got.G, want[1]) || off(got.B, want[2]) || got.A != 255 {
					t.Fatalf("%d × %d to %d × %d at %d, %d: %v, want %v", w, h, dw, dh, x, y, got, want)
				}
			}
		}
	}
}

func off(got uint8, want float64) bool { return math.Abs(float64(got)-want) > 0.51 }

// mean sums what of each pixel lies under one of the small picture's.
func mean(from *image.RGBA, x, y int, to image.Rectangle) (out [3]float64) {
	b := from.Bounds()
	sx, sy := float64(b.Dx())/float64(to.Dx()), float64(b.Dy())/float64(to.Dy())
	under := func(i int, from, to float64) float64 {
		return max(0, min(float64(i+1), to)-max(float64(i), from))
	}
	for j := range b.Dy() {
		for i := range b.Dx() {
			part := under(i, float64(x)*sx, float64(x+1)*sx) * under(j, float64(y)*sy, float64(y+1)*sy) / sx / sy
			c := from.RGBAAt(b.Min.X+i, b.Min.Y+j)
			for k, v := range []uint8{c.R, c.G, c.B} {
				out[k] += part * float64(v)
			}
		}
	}
	return out
}
