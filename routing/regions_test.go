package routing

import (
	"errors"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"
)

// TestNewerExtractReplacesARegion asks without a pause while a newer extract of the
// same town is imported and opened: every answer is of the old map or of the new one.
func TestNewerExtractReplacesARegion(t *testing.T) {
	before := town{drawn: `
a--1--b-----c--2--d
      |     |
      e-----f`, ways: []string{"ab", "be", "ef", "fc", "cd"}}
	after := before
	after.ways = append([]string{"bc"}, before.ways...)
	dir := t.TempDir()
	text, places := before.extract()
	old := importTown(t, dir, "town", text)
	roads := openRoads(t, dir)
	ask := func() (time.Duration, error) {
		r, err := roads.Route(t.Context(), []orb.Point{places["1"], places["2"]})
		return r.Duration, err
	}
	slow, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	snap, err := roads.Snap(places["1"], 0)
	if err != nil {
		t.Fatal(err)
	}
	stored := snap.Compact()
	stop, fast := make(chan struct{}), make(chan time.Duration, 1)
	var asking sync.WaitGroup
	asking.Go(func() {
		for last := slow; ; {
			now, err := ask()
			if err != nil || now > last {
				t.Errorf("while the map is replaced: %v after %v, %v", now, last, err)
				now = last
			}
			select {
			case <-stop:
				fast <- now
				return
			default:
				last = now
			}
		}
	})
	text, _ = after.extract()
	newer := importTown(t, dir, "town", text)
	if err := roads.Refresh(); err != nil {
		t.Fatal(err)
	}
	close(stop)
	asking.Wait()
	now, err := ask()
	if err != nil || now >= slow || now > <-fast {
		t.Errorf("the new road is not taken: %v, before %v, %v", now, slow, err)
	}
	if regions := roads.Regions(); len(regions) != 1 || regions[0].ID != newer.ID {
		t.Errorf("open regions %v", regions)
	}
	if _, err := os.Stat(old.Dir); !os.IsNotExist(err) {
		t.Errorf("the old folder is still there: %v", err)
	}
	// What was stored is told to be stale, never taken for a place on the new map.
	if _, err := roads.Restore(stored); !errors.Is(err, ErrUnknownRegion) {
		t.Errorf("a stale snap: %v", err)
	}
	if _, err := roads.Through(t.Context(), []Snap{snap, snap}); !errors.Is(err, ErrUnknownRegion) {
		t.Errorf("a stale snap: %v", err)
	}
}

// TestARunningQuestionKeepsItsMap closes a region while a question runs on it: the
// memory stays until the last question has ended.
func TestARunningQuestionKeepsItsMap(t *testing.T) {
	dir := t.TempDir()
	importTown(t, dir, "grid", gridTown(rand.New(rand.NewPCG(5, 5)), 12))
	e, err := openRoads(t, dir).Engine("grid")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.enter(); err != nil { // a question begins
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	go func() { closed <- e.Close() }()
	select {
	case err := <-closed:
		t.Fatalf("closed while a question runs: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	sum := int32(0)
	for i := range e.net.Lon { // a fault would end the test
		sum += e.net.Lon[i]
	}
	e.lease.RUnlock()
	if err := <-closed; err != nil || sum == 0 {
		t.Errorf("%v, sum %d", err, sum)
	}
	if _, err := e.Snap(orb.Point{7, 43}, 0); !errors.Is(err, ErrUnknownRegion) {
		t.Errorf("after the end: %v", err)
	}
}
