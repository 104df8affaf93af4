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

	mu    sync.Mutex
	known map[string]device
	sent  *quota // fixes by person
}

type device struct {
	person int64
	until  time.Time
}

func newDevices(source Devices, now func() time.Time) *devices {
	return &devices{source: source, now: now, known: map[string]device{},
		sent: newQuota(fixesPerSecond, fixesAtOnce, now)}
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
