package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"beatplan/geo/track"
	"beatplan/internal/scope"
	"beatplan/routing"
	"beatplan/routing/dispatch"
)

// regionsEvery is how often the fleet looks whether road maps came or went.
const regionsEvery = 5 * time.Second

// startFleet brings everybody to the roads and keeps that in step with the live index.
func (a *App) startFleet(ctx context.Context) error {
	all, err := a.Live.Positions(ctx, scope.Everything())
	if err != nil {
		return err
	}
	m := &mover{fleet: a.Fleet, live: a.Live, waiting: map[int64]track.Position{},
		wake: make(chan struct{}, 1)}
	for _, p := range all {
		m.move(p)
	}
	stop := a.Live.Watch(m.take)
	ctx, cancel := context.WithCancel(ctx)
	var wait sync.WaitGroup
	wait.Go(func() { m.run(ctx) })
	wait.Go(func() { a.renewFleet(ctx) })
	a.onClose("fleet", func(context.Context) error { stop(); cancel(); wait.Wait(); return nil })
	return nil
}

// renewFleet brings everybody to the roads again when the road maps changed.
func (a *App) renewFleet(ctx context.Context) {
	known := a.Roads.Regions()
	tick := time.NewTicker(regionsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := a.Roads.Regions()
		if !slices.EqualFunc(now, known, func(a, b routing.Region) bool {
			return a.ID == b.ID && a.Created.Equal(b.Created)
		}) {
			known = now
			a.Fleet.Renew()
		}
	}
}

// mover takes positions from the live index to the fleet, of each person the newest:
// whoever tells of positions must not wait until they are on the road.
type mover struct {
	fleet   *dispatch.Fleet
	live    *track.Live
	mu      sync.Mutex
	waiting map[int64]track.Position
	wake    chan struct{}
}

func (m *mover) take(moved []track.Position) {
	m.mu.Lock()
	for _, p := range moved { // in a cluster from two goroutines, the older perhaps later
		if old, ok := m.waiting[p.Person]; !ok || p.At.After(old.At) {
			m.waiting[p.Person] = p
		}
	}
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func (m *mover) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.wake:
		}
		m.mu.Lock()
		moved := m.waiting
		m.waiting = map[int64]track.Position{}
		m.mu.Unlock()
		for _, p := range moved {
			m.move(p)
		}
	}
}

// move puts somebody where they are. Who was erased, or took the consent back, while
// the position waited is gone from the live index first and from the fleet next: when
// that came before the position, it is taken out again.
func (m *mover) move(p track.Position) {
	m.fleet.Put(p.Person, p.Position, p.At)
	if _, ok := m.live.Position(p.Person); !ok {
		m.fleet.Remove(p.Person)
	}
}
