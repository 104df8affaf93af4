package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"beatplan/internal/clock"
)

// The demo's clock begins at half past ten in the morning and never goes back:
// what an earlier run did would lie in the future, a check-out before its
// check-in. A start on a day that was lived until before noon goes on from
// there; on a day that was lived longer it is the next morning.

const (
	demoBegin = 10*60 + 30 // minutes after midnight
	demoNoon  = 12 * 60
	demoEvery = 5 * time.Second // how often the clock is kept
)

// demoMorning is where the demo's clock begins at now, when an earlier run ended
// at last (zero: there was none).
func demoMorning(now, last time.Time, zone *time.Location) time.Time {
	y, m, day := now.In(zone).Date()
	begin := time.Date(y, m, day, 0, demoBegin, 0, 0, zone)
	for begin.Before(last) {
		y, m, day = begin.Date()
		if noon := time.Date(y, m, day, 0, demoNoon, 0, 0, zone); last.Before(noon) {
			return last
		}
		begin = time.Date(y, m, day+1, 0, demoBegin, 0, 0, zone)
	}
	return begin
}

func demoClockFile(data string) string { return filepath.Join(data, "demo.clock") }

// demoClock is a clock that begins in the morning; where earlier runs ended is
// read from the data folder.
func demoClock(data string, zone *time.Location) (clock.Clock, error) {
	var last time.Time
	text, err := os.ReadFile(demoClockFile(data))
	if err == nil {
		// A file that was cut off by a crash counts as none.
		last, _ = time.Parse(time.RFC3339Nano, strings.TrimSpace(string(text)))
	} else if !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("clock of the demo: %w", err)
	}
	now := time.Now()
	return clock.Shifted{Offset: demoMorning(now, last, zone).Sub(now)}, nil
}

// keepDemoClock writes down how late it is until the app closes.
func (a *App) keepDemoClock(ctx context.Context) error {
	if err := a.writeDemoClock(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(demoEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if err := a.writeDemoClock(); err != nil {
				a.Log.Warn("the demo's clock was not kept", "error", err)
			}
		}
	}()
	a.onClose("demo clock", func(context.Context) error {
		cancel()
		<-ended
		return a.writeDemoClock()
	})
	return nil
}

// writeDemoClock keeps an instant a little ahead, so that a killed run has done
// nothing after it.
func (a *App) writeDemoClock() error {
	file := demoClockFile(a.Config.Data)
	text := a.Clock.Now().Add(demoEvery + time.Second).Format(time.RFC3339Nano)
	if err := os.WriteFile(file+".new", []byte(text+"\n"), 0o600); err != nil {
		return fmt.Errorf("keep the demo's clock: %w", err)
	}
	return os.Rename(file+".new", file)
}
