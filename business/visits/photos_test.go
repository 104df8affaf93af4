package visits_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"beatplan/business/visits"
	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/internal/blob"
)

// withDarkroom lets the company take photos.
func (c *company) withDarkroom(t *testing.T) {
	t.Helper()
	var d visits.Darkroom
	var err error
	if d.Arrived, err = blob.Open(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if d.Kept, err = blob.Open(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if d.Letters, err = blob.LoadLetters(); err != nil {
		t.Fatal(err)
	}
	c.Darkroom = d
}

// scenery is a picture that differs from those of other numbers.
func scenery(n int) image.Image {
	p := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for y := range 240 {
		for x := range 320 {
			g := 128 + 90*math.Sin(float64(n+2)*float64(x)/90+float64(y)/float64(20+9*n))
			p.SetRGBA(x, y, color.RGBA{uint8(g), uint8(255 - g), uint8(x), 255})
		}
	}
	return p
}

func jpegOf(t *testing.T, p image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (c *company) shot(v visits.Visit, file []byte) visits.Shot {
	return visits.Shot{
		Visit: v.ID, Camera: true, TakenAt: c.clock.Now(), SentAt: c.clock.Now(),
		Point: c.sites[v.Customer].Point, Accuracy: 12, File: bytes.NewReader(file),
	}
}

func (c *company) arrive(t *testing.T, by visits.Caller, in visits.CheckIn) visits.Visit {
	t.Helper()
	v, err := c.CheckIn(t.Context(), by, c.key(), in)
	if err != nil {
		t.Fatal(err)
	}
	return v.Visit
}

func (c *company) leave(t *testing.T, by visits.Caller, v visits.Visit) visits.Visit {
	t.Helper()
	c.clock.Advance(10 * time.Minute)
	left, err := c.CheckOut(t.Context(), by, c.key(), visits.CheckOut{Visit: v.ID})
	if err != nil {
		t.Fatal(err)
	}
	return left.Visit
}

// feature: Z2-4
func TestOnlyTheAppsCameraOnTheSpotCounts(t *testing.T) {
	c := newCompany(t)
	c.withDarkroom(t)
	me := phone(sales(1))
	v := c.arrive(t, me, c.door(101))
	file := jpegOf(t, scenery(1), 80)
	early := c.clock.Now().Add(-time.Hour)
	for name, try := range map[string]struct {
		by   visits.Caller
		want error
		bend func(s *visits.Shot)
	}{
		"from a desk":    {sales(1), visits.ErrPhotoAtDesk, func(*visits.Shot) {}},
		"from a gallery": {me, visits.ErrPhotoFromGallery, func(s *visits.Shot) { s.Camera = false }},
		"back-dated":     {me, visits.ErrPhotoTime, func(s *visits.Shot) { s.TakenAt = early }},
		"from the future": {me, visits.ErrPhotoTime,
			func(s *visits.Shot) { s.TakenAt = s.SentAt.Add(time.Hour) }},
		"of no accuracy": {me, visits.ErrBadFix,
			func(s *visits.Shot) { s.Accuracy = geo.Meters(math.NaN()) }},
		"of another's visit": {phone(sales(2)), visits.ErrNoVisit, func(*visits.Shot) {}},
		"no picture": {me, blob.ErrNoPicture,
			func(s *visits.Shot) { s.File = strings.NewReader("GIF89a") }},
	} {
		s := c.shot(v, file)
		try.bend(&s)
		if _, err := c.AddPhoto(t.Context(), try.by, c.key(), s); !errors.Is(err, try.want) {
			t.Errorf("%s: got %v, want %v", name, err, try.want)
		}
	}
	if got, err := c.Photos(t.Context(), me, v.ID); err != nil || len(got) != 0 {
		t.Fatalf("refused photos are kept: %v %v", got, err)
	}
	// The device's clock is an hour ahead: the server's counts, the skew is recorded.
	s := c.shot(v, file)
	s.TakenAt, s.SentAt = s.TakenAt.Add(time.Hour), s.SentAt.Add(time.Hour+20*time.Second)
	key := c.key()
	p, err := c.AddPhoto(t.Context(), me, key, s)
	if err != nil {
		t.Fatal(err)
	}
	if want := c.clock.Now().Add(-20 * time.Second); !p.TakenAt.Equal(want) ||
		p.Skew != time.Hour+20*time.Second || p.Point == nil || *p.Distance > 1 {
		t.Errorf("taken %v (want %v), skew %v, %v", p.TakenAt, want, p.Skew, p.Distance)
	}
	// The same file again, by the same key and another, is the same photo.
	for range 3 {
		s.File = bytes.NewReader(file)
		again, err := c.AddPhoto(t.Context(), me, key, s)
		if err != nil || again.ID != p.ID {
			t.Fatalf("again: %v %v", again, err)
		}
		key = c.key()
	}
}

// Photos that waited on a phone follow a visit that was given up, but not for ever.
func TestPhotosFollowAForgottenVisitForThreeDays(t *testing.T) {
	c := newCompany(t)
	c.withDarkroom(t)
	me := phone(sales(1))
	v := c.arrive(t, me, c.door(101))
	for i, try := range []struct {
		hours time.Duration
		want  error
	}{{20, nil}, {51, nil}, {2, visits.ErrNotOpen}} {
		c.clock.Advance(try.hours * time.Hour)
		if _, err := c.AbandonStale(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := c.shot(v, jpegOf(t, scenery(i), 80))
		if _, err := c.AddPhoto(t.Context(), me, c.key(), s); !errors.Is(err, try.want) {
			t.Errorf("%d hours later: got %v, want %v", try.hours, err, try.want)
		}
	}
}

// feature: Z5.4.3-b
func TestTheStampSaysWhatIsStored(t *testing.T) {
	c := newCompany(t)
	c.withDarkroom(t)
	me := phone(sales(1))
	v := c.arrive(t, me, c.door(101))
	file := jpegOf(t, scenery(1), 80)
	p, err := c.AddPhoto(t.Context(), me, c.key(), c.shot(v, file))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Picture(t.Context(), me, p.ID); !errors.Is(err, visits.ErrNoPhoto) {
		t.Errorf("before it is drawn: %v", err)
	}
	for range 2 { // a listener may run again
		if err := c.DrawPhoto(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
	}
	found, err := c.Photos(t.Context(), manager(), v.ID)
	if err != nil || len(found) != 1 || found[0].State != visits.PhotoKept {
		t.Fatalf("photos: %+v %v", found, err)
	}
	p = found[0]
	stamp := strings.Join(p.Stamp, "\n")
	for _, want := range []string{
		p.TakenAt.In(newYork).Format("2006-01-02 15:04:05"), "Customer 101", "Person 1",
		"±12 m", "browser",
	} {
		if !strings.Contains(stamp, want) {
			t.Errorf("the stamp lacks %q: %s", want, stamp)
		}
	}
	f, _, err := c.Picture(t.Context(), me, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	// What is shown is what was sent, with the stored lines drawn on it.
	want, err := blob.ReadPicture(bytes.NewReader(file), blob.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Darkroom.Letters.Stamp(want.Image, p.Stamp); err != nil {
		t.Fatal(err)
	}
	var drawn bytes.Buffer
	if err := want.EncodeJPEG(&drawn); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, drawn.Bytes()) {
		t.Error("the picture is not the sent one with the stored stamp")
	}
	if _, err := c.Darkroom.Arrived.Open(p.File); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("the file as it was sent is still there: %v", err)
	}
	if _, _, err := c.Picture(t.Context(), stranger(), p.ID); !errors.Is(err, visits.ErrNoPhoto) {
		t.Errorf("a stranger: %v", err)
	}
}

func TestOddPhotosAreFlaggedNotRefused(t *testing.T) {
	c := newCompany(t)
	c.withDarkroom(t)
	me := phone(sales(1))
	add := func(v visits.Visit, file []byte) visits.Photo {
		t.Helper()
		p, err := c.AddPhoto(t.Context(), me, c.key(), c.shot(v, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.DrawPhoto(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		all, err := c.Photos(t.Context(), me, v.ID)
		if err != nil {
			t.Fatal(err)
		}
		return all[slices.IndexFunc(all, func(q visits.Photo) bool { return q.ID == p.ID })]
	}
	first := c.arrive(t, me, c.door(101))
	shelf := jpegOf(t, scenery(1), 90)
	if p := add(first, shelf); len(p.Flags) != 0 {
		t.Errorf("an honest photo has %v", p.Flags)
	}
	c.leave(t, me, first)
	second := c.arrive(t, me, c.door(102))
	if p := add(second, shelf); !slices.Equal(p.Flags, []string{visits.FlagReused}) {
		t.Errorf("the same file: %v", p.Flags)
	}
	if p := add(second, jpegOf(t, scenery(1), 40)); !slices.Equal(p.Flags, []string{visits.FlagSimilar}) {
		t.Errorf("the same picture, saved anew: %v", p.Flags)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, scenery(5)); err != nil {
		t.Fatal(err)
	}
	if p := add(second, b.Bytes()); !slices.Equal(p.Flags, []string{visits.FlagFormat}) {
		t.Errorf("a PNG: %v", p.Flags)
	}
	damaged := jpegOf(t, scenery(9), 90)
	if p := add(second, damaged[:len(damaged)/2]); p.State != visits.PhotoUnreadable {
		t.Errorf("half a file is %s", p.State)
	}
	v := c.leave(t, me, second)
	got, err := c.Visit(t.Context(), manager(), v.ID)
	if err != nil || got.State != visits.Valid || got.Truth == nil {
		t.Fatalf("the visit: %+v %v", got, err)
	}
	doubts := []string{visits.DoubtReused, visits.DoubtSimilar, visits.DoubtNoOut}
	if *got.Truth != 40 || !slices.Equal(got.Doubts, doubts) {
		t.Errorf("truth %d with %v", *got.Truth, got.Doubts)
	}
	one, err := c.Visit(t.Context(), manager(), first.ID)
	if err != nil || *one.Truth != 95 || c.effects.count[102] != 1 {
		t.Errorf("the honest visit has %d, the other counts %d: %v", *one.Truth, c.effects.count[102], err)
	}
}

func TestTruthSaysWhy(t *testing.T) {
	c := newCompany(t)
	me := phone(sales(1))
	v := c.arrive(t, me, c.door(101))
	c.leave(t, me, v)
	// Half a minute later at a place 40 km off, with a coarse fix, sent from a phone
	// whose clock is two hours behind.
	c.clock.Advance(30 * time.Second)
	in := c.door(102)
	in.Fix.Point = geodesic.Destination(office, 90, 40_000)
	in.Fix.Accuracy, in.Reason = 300, "moved"
	in.Fix.At = c.clock.Now().Add(-2 * time.Hour)
	in.Fix.SentAt = in.Fix.At
	v = c.leave(t, me, c.arrive(t, me, in))
	got, err := c.Truth(t.Context(), manager(), v.ID)
	if err != nil {
		t.Fatal(err)
	}
	codes := make([]string, 0, len(got.Doubts))
	for _, d := range got.Doubts {
		codes = append(codes, d.Code)
	}
	want := []string{visits.DoubtOutside, visits.DoubtAccuracy, visits.DoubtSpeed,
		visits.DoubtNoTrack, visits.DoubtClock, visits.DoubtNoOut}
	if !slices.Equal(codes, want) || got.Score != 0 || got.Grade != visits.ByBrowser {
		t.Errorf("score %d by %v", got.Score, codes)
	}
	if v.State != visits.Valid {
		t.Errorf("a doubtful visit is %s: doubt decides nothing", v.State)
	}
}
