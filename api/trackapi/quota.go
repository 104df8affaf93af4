package trackapi

import (
	"context"
	"sync"
	"time"

	"beatplan/api"
	"beatplan/geo/track"
)

// What a person's app may send, counted in requests and not in fixes: a batch every
// quarter of a second as a rule, and a morning without network at once, however
// small its batches are.
const (
	requestsPerSecond = 4
	requestsAtOnce    = 1200
)

// quota is what each person may send: some at once, and then so much a second. It is
// counted by this process alone. Safe for concurrent use.
type quota struct {
	perSecond, atOnce float64
	now               func() time.Time

	mu      sync.Mutex
	buckets map[int64]bucket
}

// bucket is what a person may still send at an instant.
type bucket struct {
	left float64
	at   time.Time
}

func newQuota(perSecond, atOnce float64, now func() time.Time) *quota {
	return &quota{perSecond: perSecond, atOnce: atOnce, now: now, buckets: map[int64]bucket{}}
}

// take takes n out of the person's bucket and returns 0, or takes nothing and returns
// after how long n will be there.
func (q *quota) take(person int64, n int) time.Duration {
	now := q.now()
	q.mu.Lock()
	defer q.mu.Unlock()
	b, ok := q.buckets[person]
	if !ok {
		if len(q.buckets) >= manyDevices {
			clear(q.buckets)
		}
		b = bucket{q.atOnce, now}
	}
	gained := max(0, now.Sub(b.at).Seconds()) * q.perSecond
	b = bucket{min(q.atOnce, b.left+gained), now}
	missing := min(float64(n), q.atOnce) - b.left
	if missing <= 0 {
		b.left -= float64(n)
	}
	q.buckets[person] = b
	return max(0, time.Duration(missing/q.perSecond*float64(time.Second)))
}

// request counts one request of the signed-in person; beyond the quota it is
// track.ErrTooMuch, which says when to come again.
func (s Surface) request(ctx context.Context) error {
	if wait := s.requests.take(int64(api.Actor(ctx).Person), 1); wait > 0 {
		return api.RetryAfter(track.ErrTooMuch, wait)
	}
	return nil
}
