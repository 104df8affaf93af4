package blob

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/bep/imagemeta"
	"github.com/paulmach/orb"
)

// Facts are what a camera wrote beside the pixels. They are evidence, not proof:
// anybody can write anything there. They are never kept in a stored picture.
type Facts struct {
	Orientation int        // EXIF orientation, 1 to 8; 0: not given
	TakenAt     *time.Time // nil: not given; in the camera's zone, UTC where it says none
	Zoned       bool       // TakenAt names its zone
	Place       *orb.Point // where the camera thought it was; nil: not given
	Camera      string     // maker and model
	Software    string     // what wrote the file last
	Altered     bool       // it was written minutes after, or before, it was taken
}

// None reports whether the file carried nothing at all, as one that went through a
// messenger or an editor does.
func (f Facts) None() bool {
	return f.TakenAt == nil && f.Place == nil && f.Camera == "" && f.Software == ""
}

// factsOf reads the EXIF of a picture. What cannot be read is not there.
func factsOf(data []byte, format Format) (f Facts) {
	formats := map[Format]imagemeta.ImageFormat{
		JPEG: imagemeta.JPEG, PNG: imagemeta.PNG, WebP: imagemeta.WebP,
	}
	var tags imagemeta.Tags
	defer func() {
		if recover() != nil { // a tag of another type than its name
			f = Facts{}
		}
	}()
	// What was read before a fault stands.
	_, _ = imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(data), ImageFormat: formats[format], Sources: imagemeta.EXIF,
		LimitNumTags: 500, LimitTagSize: 1000,
		HandleTag: func(t imagemeta.TagInfo) error { tags.Add(t); return nil },
	})
	exif := tags.EXIF()
	f.Orientation = whole(exif["Orientation"].Value)
	f.Camera = strings.TrimSpace(text(exif["Make"].Value) + " " + text(exif["Model"].Value))
	f.Software = text(exif["Software"].Value)
	f.TakenAt, f.Zoned = takenAt(exif)
	f.Altered = altered(exif)
	if lat, lon, err := tags.GetLatLong(); err == nil && (lat != 0 || lon != 0) {
		if lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180 {
			f.Place = &orb.Point{lon, lat}
		}
	}
	return f
}

const exifTime = "2006:01:02 15:04:05"

func takenAt(exif map[string]imagemeta.TagInfo) (*time.Time, bool) {
	at, zone := text(exif["DateTimeOriginal"].Value), text(exif["OffsetTimeOriginal"].Value)
	if at == "" {
		at, zone = text(exif["ModifyDate"].Value), text(exif["OffsetTime"].Value)
	}
	if t, err := time.Parse(exifTime+"-07:00", at+zone); err == nil && zone != "" {
		return &t, true
	}
	if t, err := time.Parse(exifTime, at); err == nil {
		return &t, false
	}
	return nil, false
}

// altered compares when the file was written with when it was taken: a camera writes it
// at once, an editor writes its own time and leaves the camera's name.
func altered(exif map[string]imagemeta.TagInfo) bool {
	taken, err1 := time.Parse(exifTime, text(exif["DateTimeOriginal"].Value))
	written, err2 := time.Parse(exifTime, text(exif["ModifyDate"].Value))
	return err1 == nil && err2 == nil && written.Sub(taken).Abs() > 2*time.Minute
}

// text is a tag's value when it is text: at most 100 printable characters.
func text(v any) string {
	s, _ := v.(string)
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '�' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if runes := []rune(s); len(runes) > 100 {
		s = string(runes[:100])
	}
	return strings.TrimSpace(s)
}

// whole is a tag's value when it is a small number; else 0.
func whole(v any) int {
	var n int
	if _, err := fmt.Sscanf(fmt.Sprint(v), "%d", &n); err != nil || n < 0 || n > 8 {
		return 0
	}
	return n
}
