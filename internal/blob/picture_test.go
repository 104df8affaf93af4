package blob

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// scene is a picture with enough in it to be told from others.
func scene(w, h int, seed uint64) *image.RGBA {
	r := rand.New(rand.NewPCG(seed, 1))
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	fx, fy := 2+r.Float64()*5, 2+r.Float64()*5
	for y := range h {
		for x := range w {
			u, v := float64(x)/float64(w), float64(y)/float64(h)
			g := 128 + 90*math.Sin(fx*u*6+fy*v*3) + 30*math.Cos(fy*v*9)
			p.SetRGBA(x, y, color.RGBA{uint8(g), uint8(g * 0.8), uint8(255 * u), 255})
		}
	}
	return p
}

func asJPEG(t testing.TB, p image.Image, quality int) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, p, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func asPNG(t testing.TB, p image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, p); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// withEXIF puts an EXIF segment behind a JPEG's first marker.
func withEXIF(file []byte, orientation uint16) []byte {
	le := binary.LittleEndian
	text := func(s string) []byte { return append([]byte(s), 0) }
	type tag struct {
		id, kind uint16
		count    uint32
		value    []byte
	}
	word := func(v uint16) []byte { return le.AppendUint16(nil, v) }
	long := func(v uint32) []byte { return le.AppendUint32(nil, v) }
	degrees := func(d, m, s uint32) []byte {
		var b []byte
		for _, v := range []uint32{d, 1, m, 1, s, 1} {
			b = le.AppendUint32(b, v)
		}
		return b
	}
	ifd := func(base uint32, tags []tag) []byte {
		head := le.AppendUint16(nil, uint16(len(tags)))
		var rest []byte
		free := base + 2 + uint32(len(tags))*12 + 4
		for _, t := range tags {
			head = le.AppendUint16(head, t.id)
			head = le.AppendUint16(head, t.kind)
			head = le.AppendUint32(head, t.count)
			if len(t.value) <= 4 {
				head = append(head, append(t.value, make([]byte, 4-len(t.value))...)...)
				continue
			}
			head = le.AppendUint32(head, free+uint32(len(rest)))
			rest = append(rest, t.value...)
		}
		return append(append(head, 0, 0, 0, 0), rest...)
	}
	const subAt, gpsAt = 400, 600
	at := text("2026:11:20 09:41:07")
	body := make([]byte, 800)
	copy(body, "II*\x00\x08\x00\x00\x00")
	copy(body[8:], ifd(8, []tag{
		{0x010f, 2, 5, text("Acme")}, {0x0110, 2, 4, text("X-1")},
		{0x0112, 3, 1, word(orientation)}, {0x0131, 2, 10, text("Retouch 9")},
		{0x8769, 4, 1, long(subAt)}, {0x8825, 4, 1, long(gpsAt)},
	}))
	copy(body[subAt:], ifd(subAt, []tag{
		{0x9003, 2, 20, at}, {0x9011, 2, 7, text("+08:00")},
	}))
	copy(body[gpsAt:], ifd(gpsAt, []tag{
		{1, 2, 2, text("N")}, {2, 5, 3, degrees(31, 14, 24)},
		{3, 2, 2, text("E")}, {4, 5, 3, degrees(121, 30, 0)},
	}))
	segment := append([]byte("Exif\x00\x00"), body...)
	out := []byte{0xff, 0xd8, 0xff, 0xe1}
	out = binary.BigEndian.AppendUint16(out, uint16(len(segment)+2))
	out = append(out, segment...)
	return append(out, file[2:]...)
}

func read(t *testing.T, file []byte) Picture {
	t.Helper()
	p, err := ReadPicture(bytes.NewReader(file), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWhatAFileIsItsBytesSay(t *testing.T) {
	p := scene(40, 30, 1)
	for want, file := range map[Format][]byte{JPEG: asJPEG(t, p, 90), PNG: asPNG(t, p)} {
		got := read(t, file)
		if got.Format != want || got.Image.Rect != image.Rect(0, 0, 40, 30) {
			t.Errorf("got %s of %v, want %s", got.Format, got.Image.Rect, want)
		}
	}
	for _, no := range []string{"", "GIF89a", "\xff\xd8", "RIFF\x00\x00\x00\x00WAVE",
		"\x00\x00\x00\x18ftypheic", "%PDF-1.7", "<svg/>"} {
		if _, err := ReadPicture(strings.NewReader(no), Limits{}); !errors.Is(err, ErrNoPicture) {
			t.Errorf("%q: %v", no, err)
		}
	}
}

func TestFactsAreReadAndNotKept(t *testing.T) {
	file := withEXIF(asJPEG(t, scene(40, 30, 1), 90), 6)
	p := read(t, file)
	f := p.Facts
	at := time.Date(2026, 11, 20, 1, 41, 7, 0, time.UTC)
	if f.TakenAt == nil || !f.TakenAt.Equal(at) || !f.Zoned {
		t.Errorf("taken at %v, zoned %v", f.TakenAt, f.Zoned)
	}
	if f.Place == nil || math.Abs(f.Place.Lat()-31.24) > 1e-6 || math.Abs(f.Place.Lon()-121.5) > 1e-6 {
		t.Errorf("place %v", f.Place)
	}
	if f.Camera != "Acme X-1" || f.Software != "Retouch 9" || f.None() {
		t.Errorf("facts %+v", f)
	}
	if p.Image.Rect.Dx() != 30 || p.Image.Rect.Dy() != 40 {
		t.Errorf("turned to %v", p.Image.Rect)
	}
	var kept bytes.Buffer
	if err := p.EncodeJPEG(&kept); err != nil {
		t.Fatal(err)
	}
	for _, private := range []string{"Exif", "Acme", "2026", "Retouch"} {
		if bytes.Contains(kept.Bytes(), []byte(private)) {
			t.Errorf("the stored picture says %q", private)
		}
	}
	if again := read(t, kept.Bytes()); !again.Facts.None() || again.Facts.Orientation != 0 {
		t.Errorf("facts of the stored picture: %+v", again.Facts)
	}
	if plain := read(t, asJPEG(t, scene(9, 9, 1), 90)); !plain.Facts.None() {
		t.Errorf("facts from nowhere: %+v", plain.Facts)
	}
}

// The corner that is marked in the upright picture, as each orientation stores it.
func TestEveryOrientationIsTurnedUpright(t *testing.T) {
	corner := map[int]image.Point{
		1: {0, 0}, 2: {1, 0}, 3: {1, 1}, 4: {0, 1}, 5: {0, 0}, 6: {0, 1}, 7: {1, 1}, 8: {1, 0},
	}
	for o, c := range corner {
		w, h := 30, 20
		if o >= 5 {
			w, h = 20, 30
		}
		p := image.NewRGBA(image.Rect(0, 0, w, h))
		p.SetRGBA(c.X*(w-1), c.Y*(h-1), color.RGBA{255, 0, 0, 255})
		// A second mark right of the first, upright, tells turning from mirroring.
		got := upright(p, o)
		if got.Rect.Dx() != 30 || got.Rect.Dy() != 20 {
			t.Fatalf("orientation %d: %v", o, got.Rect)
		}
		if got.RGBAAt(0, 0).R != 255 {
			t.Errorf("orientation %d: the marked corner is elsewhere", o)
		}
	}
	// Turning by a quarter four times, and mirroring twice, is nothing.
	p := scene(17, 11, 3)
	for _, back := range [][]int{{6, 6, 6, 6}, {8, 8, 8, 8}, {2, 2}, {3, 3}, {4, 4}, {5, 5}, {7, 7}, {6, 8}} {
		q := p
		for _, o := range back {
			q = upright(q, o)
		}
		if !bytes.Equal(p.Pix, q.Pix) {
			t.Errorf("%v does not lead back", back)
		}
	}
}

func TestLargePicturesBecomeSmall(t *testing.T) {
	p := read(t, asJPEG(t, scene(2400, 1200, 2), 80))
	if p.Image.Rect != image.Rect(0, 0, 1600, 800) || p.Width != 2400 {
		t.Errorf("got %v of %d", p.Image.Rect, p.Width)
	}
	narrow := read(t, asPNG(t, scene(3000, 1, 2)))
	if narrow.Image.Rect != image.Rect(0, 0, 1600, 1) {
		t.Errorf("got %v", narrow.Image.Rect)
	}
}

// bigPNG claims to be so large and holds nothing.
func bigPNG(t testing.TB, w, h uint32) []byte {
	file := asPNG(t, image.NewGray(image.Rect(0, 0, 1, 1)))
	binary.BigEndian.PutUint32(file[16:], w)
	binary.BigEndian.PutUint32(file[20:], h)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(file[12:29]))
	return file
}

func TestHostileFilesAreRefused(t *testing.T) {
	good := asJPEG(t, scene(64, 64, 1), 90)
	huge := bytes.Clone(good)
	sof := bytes.Index(huge, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(huge[sof+5:], 65535)
	binary.BigEndian.PutUint16(huge[sof+7:], 65535)
	scan := bytes.Index(good, []byte{0xff, 0xda})
	passes := bytes.Clone(good[:scan])
	for range maxScans + 1 {
		passes = append(passes, good[scan:scan+14]...)
	}
	large := append(bytes.Clone(good), make([]byte, 40<<20)...)
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"40 MB":               {large, ErrTooLarge},
		"PNG bomb":            {bigPNG(t, 60000, 60000), ErrPictureBomb},
		"JPEG bomb":           {huge, ErrPictureBomb},
		"thousands of passes": {passes, ErrPictureBomb},
		"cut in the header":   {good[:len(good)/20], ErrPictureDamaged},
		"cut in the pixels":   {good[:len(good)*2/3], ErrPictureDamaged},
		"PNG without end":     {asPNG(t, scene(64, 64, 1))[:200], ErrPictureDamaged},
		"empty JPEG":          {[]byte("\xff\xd8\xff\xd9"), ErrPictureDamaged},
	} {
		if _, err := ReadPicture(bytes.NewReader(c.file), Limits{}); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestPrintsTellPicturesApart(t *testing.T) {
	p := scene(800, 600, 1)
	first := read(t, asJPEG(t, p, 95))
	copied := read(t, asJPEG(t, read(t, asPNG(t, shrink(p, 500))).Image, 40))
	if d := first.Print.Distance(copied.Print); d > 4 {
		t.Errorf("the same picture, smaller and worse, is %d bits off", d)
	}
	if first.Key == copied.Key {
		t.Error("another file has the same key")
	}
	for seed := range uint64(30) {
		other := read(t, asPNG(t, scene(80, 60, seed+2)))
		if d := first.Print.Distance(other.Print); d <= 4 {
			t.Errorf("picture %d is %d bits off another", seed, d)
		}
	}
	if wall := read(t, asPNG(t, image.NewGray(image.Rect(0, 0, 90, 80)))); wall.Print.Telling() {
		t.Error("a black picture tells something")
	}
	if !first.Print.Telling() {
		t.Errorf("a scene tells nothing: %b", first.Print)
	}
}

func TestStampsStandOnThePicture(t *testing.T) {
	l, err := LoadLetters()
	if err != nil {
		t.Fatal(err)
	}
	ink := func(lines ...string) (white, outside int) {
		p := image.NewRGBA(image.Rect(0, 0, 640, 480))
		if err := l.Stamp(p, lines); err != nil {
			t.Fatal(err)
		}
		for y := range 480 {
			for x := range 640 {
				if p.RGBAAt(x, y).R > 128 {
					white++
					if y < 480-60*len(lines) || x < 4 || x >= 636 {
						outside++
					}
				}
			}
		}
		return white, outside
	}
	some, out := ink("2026-11-20 09:41", "Bakery 12")
	more, out2 := ink("2026-11-20 09:41 UTC+8", "Bakery 12 · Li Wei")
	long, out3 := ink(strings.Repeat("very long ", 60))
	if some < 100 || more <= some || long < 500 || out+out2+out3 > 0 {
		t.Errorf("white: %d, %d, %d; outside: %d", some, more, long, out+out2+out3)
	}
	if !l.Draws("Bakery 12 · é") || l.Draws("\U000F1234") {
		t.Error("what can be drawn is not known")
	}
	if l.han != nil {
		if han, _ := ink("上海市静安区 张伟"); han < 100 || !l.Draws("上海市静安区") {
			t.Errorf("Chinese: %d white", han)
		}
	}
}

func TestPicturesAreKeptByCompany(t *testing.T) {
	one, other := open(t), open(t)
	o, err := ReadOriginal(bytes.NewReader(withEXIF(asJPEG(t, scene(90, 60, 1), 90), 1)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := one.Develop(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	key, n, err := one.PutPicture(t.Context(), p)
	if err != nil || n == 0 || key == o.Key {
		t.Fatalf("key %s of %d bytes: %v", key, n, err)
	}
	if err := one.Check(key); err != nil {
		t.Error(err)
	}
	if _, err := other.Open(key); !errors.Is(err, ErrNotFound) {
		t.Errorf("another company reads it: %v", err)
	}
}

// FuzzReadPicture: no file makes the reader panic, hang or exceed its bounds.
func FuzzReadPicture(f *testing.F) {
	good := asJPEG(f, scene(33, 21, 1), 70)
	f.Add(good)
	f.Add(withEXIF(good, 6))
	f.Add(asPNG(f, scene(33, 21, 1)))
	f.Add(bigPNG(f, 60000, 60000))
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		l := Limits{Bytes: 1 << 20, Unpacked: 4 << 20, Side: 100}
		p, err := ReadPicture(bytes.NewReader(file), l)
		if err != nil {
			return
		}
		if p.Image.Rect.Dx() > 100 || p.Image.Rect.Dy() > 100 || p.Image.Rect.Empty() {
			t.Fatalf("kept %v", p.Image.Rect)
		}
	})
}
