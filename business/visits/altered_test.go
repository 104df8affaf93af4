package visits_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business/visits"
	"beatplan/geo/geodesic"
	"beatplan/internal/blob"
)

// taken is what a camera, or whoever altered its file, wrote beside the pixels.
type taken struct {
	at       time.Time
	place    orb.Point
	camera   string
	software string
	zoneless bool
	written  time.Time // of the file; zero: as it was taken
}

// field is one entry of an EXIF directory, big-endian.
type field struct {
	id, kind uint16 // kind: 2 text, 4 number, 5 fraction
	value    []byte
}

// directory lays out fields for a place in the file; long values follow it.
func directory(at int, fields ...field) []byte {
	be := binary.BigEndian
	head, rest := be.AppendUint16(nil, uint16(len(fields))), []byte(nil)
	for _, f := range fields {
		size := map[uint16]int{2: 1, 4: 4, 5: 8}[f.kind]
		head = be.AppendUint16(be.AppendUint16(head, f.id), f.kind)
		head = be.AppendUint32(head, uint32(len(f.value)/size))
		if len(f.value) <= 4 {
			head = append(append(head, f.value...), make([]byte, 4-len(f.value))...)
			continue
		}
		head = be.AppendUint32(head, uint32(at+2+12*len(fields)+4+len(rest)))
		rest = append(rest, f.value...)
	}
	return slices.Concat(head, make([]byte, 4), rest)
}

// in writes the facts into a JPEG, behind its first marker.
func (e taken) in(file []byte) []byte {
	be := binary.BigEndian
	ascii := func(s string) []byte { return append([]byte(s), 0) }
	degrees := func(v float64) (b []byte) {
		for _, n := range []uint32{uint32(math.Abs(v) * 1e6), 1e6, 0, 1, 0, 1} {
			b = be.AppendUint32(b, n)
		}
		return b
	}
	ref := func(v float64, names string) []byte {
		if v < 0 {
			return ascii(names[1:])
		}
		return ascii(names[:1])
	}
	const shot, gps, end = 300, 500, 800
	body := make([]byte, end)
	copy(body, "MM\x00\x2a\x00\x00\x00\x08")
	if e.written.IsZero() {
		e.written = e.at
	}
	const clock = "2006:01:02 15:04:05"
	zone := "-07:00"
	if e.zoneless {
		zone = "      "
	}
	copy(body[8:], directory(8, field{0x10f, 2, ascii(e.camera)}, field{0x131, 2, ascii(e.software)},
		field{0x132, 2, ascii(e.written.Format(clock))},
		field{0x8769, 4, be.AppendUint32(nil, shot)}, field{0x8825, 4, be.AppendUint32(nil, gps)}))
	copy(body[shot:], directory(shot, field{0x9003, 2, ascii(e.at.Format(clock))},
		field{0x9011, 2, ascii(e.at.Format(zone))}))
	copy(body[gps:], directory(gps, field{1, 2, ref(e.place.Lat(), "NS")}, field{2, 5, degrees(e.place.Lat())},
		field{3, 2, ref(e.place.Lon(), "EW")}, field{4, 5, degrees(e.place.Lon())}))
	segment := append([]byte("Exif\x00\x00"), body...)
	out := be.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(segment)+2))
	return slices.Concat(out, segment, file[2:])
}

// What a file says of itself is held against what the phone says. What cannot be of
// this visit is refused; what is odd is flagged, weighed and kept; nothing of what the
// file says is kept with the picture.
func TestWhatAnAlteredFileSaysIsHeldAgainstIt(t *testing.T) {
	c := newCompany(t)
	c.withDarkroom(t)
	me := phone(sales(1))
	v := c.arrive(t, me, c.door(101))
	now, door := c.clock.Now().In(newYork), *c.sites[101].Point
	honest := taken{at: now, place: door, camera: "Acme"}
	for i, try := range []struct {
		name  string
		bend  func(e *taken)
		want  error
		flags []string
	}{
		{"honest", func(*taken) {}, nil, nil},
		{"taken last week", func(e *taken) { e.at = now.AddDate(0, 0, -7) }, visits.ErrPhotoOld, nil},
		{"taken next year", func(e *taken) { e.at = now.AddDate(1, 0, 0) }, visits.ErrPhotoOld, nil},
		{"a clock that is off", func(e *taken) { e.at = now.Add(-7 * time.Minute) }, nil,
			[]string{visits.FlagTime}},
		{"written by an editor", func(e *taken) { e.camera, e.software = "", "Retouch 9" }, nil,
			[]string{visits.FlagEdited}},
		{"written again by an editor that leaves the camera's name", func(e *taken) {
			e.software, e.written = "Retouch 9", e.at.Add(5*time.Minute)
		}, nil, []string{visits.FlagEdited}},
		{"a clock without a zone", func(e *taken) { e.zoneless = true }, nil, nil},
		{"a clock without a zone, three hours before", func(e *taken) {
			e.zoneless, e.at = true, now.Add(-3*time.Hour)
		}, nil, []string{visits.FlagTime}},
		{"another place", func(e *taken) { e.place = geodesic.Destination(door, 200, 40_000) }, nil,
			[]string{visits.FlagElsewhere}},
	} {
		e := honest
		try.bend(&e)
		p, err := c.AddPhoto(t.Context(), me, c.key(), c.shot(v, e.in(jpegOf(t, scenery(i), 80))))
		if !errors.Is(err, try.want) || err == nil && !slices.Equal(p.Flags, try.flags) {
			t.Errorf("%s: %v with %v, want %v with %v", try.name, err, p.Flags, try.want, try.flags)
		}
		if err != nil {
			continue
		}
		if err := c.DrawPhoto(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		f, _, err := c.Picture(t.Context(), me, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := io.ReadAll(f)
		f.Close()
		if err != nil || len(kept) == 0 {
			t.Fatal(err)
		}
		for _, private := range []string{"Exif", "Acme", "Retouch", "2026:11"} {
			if bytes.Contains(kept, []byte(private)) {
				t.Errorf("%s: the stored picture says %q", try.name, private)
			}
		}
	}
	if all, err := c.Photos(t.Context(), me, v.ID); err != nil || len(all) != 7 {
		t.Errorf("%d photos are kept: %v", len(all), err)
	}
	v = c.leave(t, me, v)
	got, err := c.Truth(t.Context(), manager(), v.ID)
	if err != nil || v.State != visits.Valid {
		t.Fatal(v.State, err)
	}
	for _, want := range []string{visits.DoubtEdited, visits.DoubtElsewhere} {
		if !slices.ContainsFunc(got.Doubts, func(d visits.Doubt) bool { return d.Code == want }) {
			t.Errorf("the visit is not doubted for %s: %+v", want, got.Doubts)
		}
	}
}

// Files that are too large, or would be when unpacked, leave nothing behind.
func TestHostilePhotosLeaveNothing(t *testing.T) {
	c := newCompany(t)
	c.withDarkroom(t)
	me := phone(sales(1))
	v := c.arrive(t, me, c.door(101))
	var bomb bytes.Buffer
	if err := png.Encode(&bomb, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	b := bomb.Bytes()
	binary.BigEndian.PutUint32(b[16:], 60_000)
	binary.BigEndian.PutUint32(b[20:], 60_000)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	good := jpegOf(t, scenery(1), 80)
	for name, try := range map[string]struct {
		file []byte
		want error
	}{
		"40 MB":      {append(slices.Clone(good), make([]byte, 40<<20)...), blob.ErrTooLarge},
		"bomb":       {b, blob.ErrPictureBomb},
		"no picture": {[]byte("%PDF-1.7"), blob.ErrNoPicture},
	} {
		key := c.key()
		for range 2 { // again after the refusal, under the same key
			if _, err := c.AddPhoto(t.Context(), me, key, c.shot(v, try.file)); !errors.Is(err, try.want) {
				t.Errorf("%s: %v, want %v", name, err, try.want)
			}
		}
	}
	if all, err := c.Photos(t.Context(), me, v.ID); err != nil || len(all) != 0 {
		t.Errorf("%d photos are kept: %v", len(all), err)
	}
	var rows int
	err := c.DB.QueryRow(t.Context(), `select (select count(*) from visits.photo)
		+ (select count(*) from idem.keys where key <> 'test-key-1')`).Scan(&rows)
	if err != nil || rows != 0 {
		t.Errorf("%d rows were left: %v", rows, err)
	}
	if v = c.leave(t, me, v); v.State != visits.Valid {
		t.Errorf("the visit is %s", v.State)
	}
}
