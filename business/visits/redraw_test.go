package visits_test

import (
	"bytes"
	"errors"
	"image"
	"io"
	"strings"
	"testing"

	"beatplan/business/visits"
	"beatplan/internal/blob"
	"beatplan/internal/db"
)

// With a person goes their name: from what is stored of their photos' stamps, and from
// the pictures. Nobody else's pictures change.
func TestAnErasedNameGoesFromThePictures(t *testing.T) {
	c := newCompany(t)
	c.withDarkroom(t)
	ctx := t.Context()
	add := func(by visits.Caller, v visits.Visit) visits.Photo {
		t.Helper()
		p, err := c.AddPhoto(ctx, by, c.key(), c.shot(v, jpegOf(t, scenery(1), 80)))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.DrawPhoto(ctx, p.ID); err != nil {
			t.Fatal(err)
		}
		all, err := c.Photos(ctx, by, v.ID)
		if err != nil {
			t.Fatal(err)
		}
		return all[0]
	}
	band := func(by visits.Caller, p visits.Photo) *image.RGBA {
		t.Helper()
		f, _, err := c.Picture(ctx, by, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		file, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		pic, err := blob.ReadPicture(bytes.NewReader(file), blob.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return pic.Image
	}
	me, other := phone(sales(1)), phone(sales(2))
	v, w := c.arrive(t, me, c.door(101)), c.arrive(t, other, c.door(201))
	mine, theirs := add(me, v), add(other, w)
	if !strings.HasPrefix(mine.Stamp[1], "Person 1 · ") {
		t.Fatalf("stamped %q", mine.Stamp)
	}
	if err := c.DB.InTx(ctx, func(tx db.Tx) error { return visits.ForgetName(ctx, tx, 1) }); err != nil {
		t.Fatal(err)
	}
	for want := 1; want >= 0; want-- {
		if n, err := c.Redraw(ctx); err != nil || n != want {
			t.Fatalf("%d were drawn anew, want %d: %v", n, want, err)
		}
	}
	all, err := c.Photos(ctx, manager(), v.ID)
	if err != nil {
		t.Fatal(err)
	}
	now := all[0]
	if want := "person 1 · " + strings.TrimPrefix(mine.Stamp[1], "Person 1 · "); now.Stamp[1] != want || now.Stamp[0] != mine.Stamp[0] {
		t.Errorf("stamped %q, want %q", now.Stamp, want)
	}
	if _, err := c.Darkroom.Kept.Open(mine.Picture); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("the picture with the name is still there: %v", err)
	}
	again, err := c.Photos(ctx, manager(), w.ID)
	if err != nil || again[0].Picture != theirs.Picture || again[0].Stamp[1] != theirs.Stamp[1] {
		t.Errorf("another's photo changed: %+v %v", again[0], err)
	}
	// What is seen is what a picture shows that never bore the name.
	plain := image.NewRGBA(image.Rect(0, 0, 320, 240))
	if err := c.Darkroom.Letters.Restamp(plain, now.Stamp); err != nil {
		t.Fatal(err)
	}
	pic, err := blob.ReadPicture(bytes.NewReader(jpegOf(t, plain, 82)), blob.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	seen, off := band(me, now), 0
	for y := 212; y < 240; y++ {
		for x := range 320 {
			if d := int(seen.RGBAAt(x, y).G) - int(pic.Image.RGBAAt(x, y).G); d > 64 || d < -64 {
				off++
			}
		}
	}
	if off > 0 {
		t.Errorf("%d places of the band show something else", off)
	}
}

// A picture that nobody can read any more does not keep a name on the others.
func TestAPictureThatIsDamagedKeepsBackNoOther(t *testing.T) {
	c := newCompany(t)
	c.withDarkroom(t)
	ctx, me := t.Context(), phone(sales(1))
	v := c.arrive(t, me, c.door(101))
	var all [2]visits.Photo
	for i := range all {
		p, err := c.AddPhoto(ctx, me, c.key(), c.shot(v, jpegOf(t, scenery(i), 80)))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.DrawPhoto(ctx, p.ID); err != nil {
			t.Fatal(err)
		}
		all[i] = p
	}
	key, _, err := c.Darkroom.Kept.Put(ctx, strings.NewReader("no picture"), 100)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.DB.Exec(ctx, `update visits.photo set picture = $1 where id = $2`,
		string(key), all[0].ID); err != nil {
		t.Fatal(err)
	}
	forget := func(tx db.Tx) error { return visits.ForgetName(ctx, tx, 1) }
	if err := c.DB.InTx(ctx, forget); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Redraw(ctx); n != 1 || !errors.Is(err, blob.ErrNoPicture) {
		t.Errorf("%d were drawn anew: %v", n, err)
	}
	if n, err := c.Redraw(ctx); n != 0 || !errors.Is(err, blob.ErrNoPicture) {
		t.Errorf("%d were drawn anew once more: %v", n, err)
	}
}
