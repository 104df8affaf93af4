package trackapi

import (
	"context"
	"sync"
	"time"
)

// What a device may send: a fix a second as a rule, and an hour's buffer at once
// after a dead zone.
const (
	fixesPerSecond = 2
	fixesAtOnce    = 7200
	deviceFor      = 2 * time.Second // that a token need not be looked up again
	manyDevices    = 200_000         // remembered at most
)

// devices remembers whose token is whose for a moment, so that a busy tracker
// costs no question to the database for every fix; a revoked token ends within
// deviceFor. It also counts what each sends. Safe for concurrent use.
type devices struct {
	source Devices
	now    func() time.Time

	mu      sync.Mutex
	known   map[string]device
	buckets map[int64]bucket
}

type device struct {
	person int64
	until  time.Time
}

// bucket is what a person's devices may still send at an instant.
type bucket struct {
	left float64
	at   time.Time
}

func newDevices(source Devices, now func() time.Time) *devices {
	return &devices{source: source, now: now, known: map[string]device{},
		buckets: map[int64]bucket{}}
}

func (d *devices) person(ctx context.Context, token string) (int64, error) {
	now := d.now()
	d.mu.Lock()
	known, ok := d.known[token]
	d.mu.Unlock()
	if ok && now.Before(known.until) {
		return known.person, nil
	}
	person, err := d.source.Device(ctx, token)
	if err != nil {
		return 0, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.known) >= manyDevices {
		clear(d.known)
	}
	d.known[token] = device{person, now.Add(deviceFor)}
	return person, nil
}

// allow takes n fixes out of the person's bucket and reports whether they were
// there.
func (d *devices) allow(person int64, n int) bool {
	now := d.now()
	d.mu.Lock()
	defer d.mu.Unlock()
	b, ok := d.buckets[person]
	if !ok {
		if len(d.buckets) >= manyDevices {
			clear(d.buckets)
		}
		b = bucket{fixesAtOnce, now}
	}
	gained := max(0, now.Sub(b.at).Seconds()) * fixesPerSecond
	b = bucket{min(fixesAtOnce, b.left+gained), now}
	if b.left < float64(n) {
		d.buckets[person] = b
		return false
	}
	b.left -= float64(n)
	d.buckets[person] = b
	return true
}
