package app

import (
	"testing"
	"time"

	"beatplan/geo/track"
)

// In a cluster an older place may be told after a newer: the newer goes to the fleet.
func TestAnOlderPlaceDoesNotReplaceANewer(t *testing.T) {
	m := &mover{waiting: map[int64]track.Position{}, wake: make(chan struct{}, 1)}
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for _, at := range []time.Time{now, now.Add(time.Second), now.Add(-time.Second)} {
		m.take([]track.Position{{Fix: track.Fix{Person: 1, At: at}}})
	}
	if at := m.waiting[1].At; !at.Equal(now.Add(time.Second)) {
		t.Errorf("what waits is of %v", at)
	}
}
