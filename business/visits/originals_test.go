package visits_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"beatplan/business/visits"
	"beatplan/internal/blob"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/idem"
)

// meanwhile does something else inside the next command that publishes a fact.
type meanwhile struct {
	*told
	do func()
}

func (m *meanwhile) Publish(ctx context.Context, tx db.Tx, fact events.Fact) error {
	if do := m.do; do != nil {
		m.do = nil
		do()
	}
	return m.told.Publish(ctx, tx, fact)
}

// untilItWaits returns when somebody waits for an advisory lock, or done is closed.
func (c *company) untilItWaits(t *testing.T, done <-chan struct{}) {
	t.Helper()
	for waits := false; !waits; {
		select {
		case <-done:
			return
		case <-time.After(time.Millisecond):
		}
		err := c.DB.QueryRow(t.Context(), `select exists (select from pg_locks
			where locktype = 'advisory' and not granted and database =
				(select oid from pg_database where datname = current_database()))`).Scan(&waits)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The same photo of two visits: the second one comes while the first is drawn, and
// what was sent is there until both are.
func TestAFileIsKeptForThePhotoThatComesWhileItIsDrawn(t *testing.T) {
	c := newCompany(t)
	c.withDarkroom(t)
	ctx, me := t.Context(), phone(sales(1))
	file := jpegOf(t, scenery(1), 80)
	add := func(v visits.Visit) visits.Photo {
		t.Helper()
		p, err := c.AddPhoto(ctx, me, c.key(), c.shot(v, file))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	v := c.arrive(t, me, c.door(101))
	first := add(v)
	c.leave(t, me, v)
	v = c.arrive(t, me, c.door(102))
	drawn, done := error(nil), make(chan struct{})
	c.Announcer = &meanwhile{c.told, func() {
		go func() {
			defer close(done)
			drawn = c.DrawPhoto(ctx, first.ID)
		}()
		c.untilItWaits(t, done)
	}}
	second := add(v)
	<-done
	if drawn != nil {
		t.Fatal(drawn)
	}
	if err := c.DrawPhoto(ctx, second.ID); err != nil {
		t.Error(err)
	}
	if _, err := c.Darkroom.Arrived.Open(second.File); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("the file as it was sent is still there: %v", err)
	}
}

// What is refused inside the command, and what comes again after it was drawn, leaves no
// file as it was sent; nor does a drawing that could not be finished at once.
func TestNoFileIsLeftAsItWasSent(t *testing.T) {
	c := newCompany(t)
	c.withDarkroom(t)
	ctx, me := t.Context(), phone(sales(1))
	v := c.leave(t, me, c.arrive(t, me, c.door(101)))
	gone := func(when string, key blob.Key) {
		t.Helper()
		if _, err := c.Darkroom.Arrived.Open(key); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("%s a file is left: %v", when, err)
		}
	}
	file, key := jpegOf(t, scenery(1), 80), c.key()
	shot := c.shot(v, file)
	p, err := c.AddPhoto(ctx, me, key, shot)
	if err != nil {
		t.Fatal(err)
	}
	c.Tracks = lostTracks{}
	if err := c.DrawPhoto(ctx, p.ID); err == nil {
		t.Error("the visit was judged without tracks")
	}
	gone("after it was drawn", p.File)
	c.Tracks = nil
	for _, k := range []idem.Key{key, c.key()} {
		shot.File = bytes.NewReader(file)
		if again, err := c.AddPhoto(ctx, me, k, shot); err != nil || again.ID != p.ID {
			t.Errorf("again: %+v %v", again, err)
		}
		gone("sent again,", p.File)
	}
	other := jpegOf(t, scenery(2), 80)
	o, err := blob.ReadOriginal(bytes.NewReader(other), blob.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.AddPhoto(ctx, me, key, c.shot(v, other)); !errors.Is(err, idem.ErrKeyReused) {
		t.Errorf("another file under the same key: %v", err)
	}
	gone("refused,", o.Key)
}
