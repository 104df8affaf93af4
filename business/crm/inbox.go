package crm

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"beatplan/business"
	"beatplan/internal/events"
)

// inbox holds the notices that the index has not applied yet. One that is full
// forgets them for "read everything again", so it never blocks and never grows.
type inbox struct {
	mu      sync.Mutex
	waiting []Notice
	arrived uint64
	applied uint64
	wake    chan struct{} // capacity 1
}

const (
	maxWaiting = 4096
	resync     = "resync" // the command of a notice that asks to read everything
)

func (b *inbox) put(n Notice) {
	b.mu.Lock()
	b.arrived++
	if len(b.waiting) >= maxWaiting {
		b.waiting = b.waiting[:0]
		n = Notice{Command: resync}
	}
	b.waiting = append(b.waiting, n)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take empties the inbox and returns as few notices as say the same, and the
// count of arrivals that they stand for.
func (b *inbox) take() ([]Notice, uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ids []business.CustomerID
	var out []Notice
	owners := false
	for _, n := range b.waiting {
		switch {
		case n.Owners:
			owners = true
		case n.From > 0:
			out = append(out, n)
		case len(n.IDs) > 0:
			ids = append(ids, n.IDs...)
		default:
			b.waiting = nil
			return []Notice{{Command: resync}}, b.arrived
		}
	}
	b.waiting = nil
	if owners {
		out = append(out, Notice{Owners: true})
	}
	if len(ids) > 0 {
		out = append(out, Notice{IDs: ids})
	}
	return out, b.arrived
}

func (b *inbox) done(arrived uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.applied = max(b.applied, arrived)
}

func (b *inbox) counts() (arrived, applied uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.arrived, b.applied
}

// Start fills the index and keeps it in step until ctx ends. It watches before
// it reads, so that no change falls between.
func (x *Index) Start(ctx context.Context, bus *events.Bus) error {
	stop := bus.Watch(TopicCustomer, x.notice)
	if err := x.Rebuild(ctx); err != nil {
		stop()
		return err
	}
	x.done.Go(func() {
		defer stop()
		x.follow(ctx)
	})
	return nil
}

// Wait returns when the work that Start began has ended.
func (x *Index) Wait() { x.done.Wait() }

// notice takes a notice from the bus; it never blocks.
func (x *Index) notice(n events.Notice) {
	var in Notice
	if n.Resync || json.Unmarshal(n.Payload, &in) != nil {
		in = Notice{Command: resync}
	}
	x.inbox.put(in)
}

func (x *Index) follow(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-x.inbox.wake:
		}
		notices, arrived := x.inbox.take()
		for _, n := range notices {
			x.applyUntilDone(ctx, n)
		}
		x.inbox.done(arrived)
	}
}

// applyUntilDone tries until the database answers; the map is stale meanwhile,
// never wrong in scope.
func (x *Index) applyUntilDone(ctx context.Context, n Notice) {
	for pause := 50 * time.Millisecond; ctx.Err() == nil; pause = min(2*pause, 5*time.Second) {
		err := x.Apply(ctx, n)
		if err == nil || ctx.Err() != nil {
			return
		}
		x.log.WarnContext(ctx, "customer index lags behind", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// Sync returns when every notice that had arrived before the call is applied.
func (x *Index) Sync(ctx context.Context) error {
	want, applied := x.inbox.counts()
	for applied < want {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
		_, applied = x.inbox.counts()
	}
	return nil
}
