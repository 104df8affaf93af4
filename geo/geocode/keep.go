package geocode

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/paulmach/orb"
)

const (
	// nominatimKept is how long its answers are kept: they are OpenStreetMap's (ODbL),
	// which may be kept, and its usage policy asks clients to. AMap's terms of service
	// forbid storing what it answers: nothing of it is kept.
	nominatimKept = 24 * time.Hour
	// mostKept bounds the answers in memory; a few hundred bytes each.
	mostKept = 10_000
)

// keeping is a service whose answers are kept in memory for a while, so that the same
// question costs one turn. Refusals are not kept; that nothing was found is.
type keeping struct {
	Service
	span time.Duration
	now  func() time.Time

	mu    sync.Mutex
	found map[string]keptAnswer
}

type keptAnswer struct {
	until   time.Time
	found   []Found
	address Address
	err     error // nil or ErrUnknown
}

// Find answers what was found before, or asks.
func (k *keeping) Find(ctx context.Context, q Question) ([]Found, error) {
	a, err := k.ask(fmt.Sprintf("find %q %s %d", q.Text, q.Language, q.Limit), func() (a keptAnswer) {
		a.found, a.err = k.Service.Find(ctx, q)
		return a
	})
	return a.found, err
}

// At answers what was said of the place before, to a metre, or asks.
func (k *keeping) At(ctx context.Context, p orb.Point, language string) (Address, error) {
	a, err := k.ask(fmt.Sprintf("at %.5f %.5f %s", p[0], p[1], language), func() (a keptAnswer) {
		a.address, a.err = k.Service.At(ctx, p, language)
		return a
	})
	return a.address, err
}

func (k *keeping) ask(key string, other func() keptAnswer) (keptAnswer, error) {
	k.mu.Lock()
	a, ok := k.found[key]
	k.mu.Unlock()
	if ok && k.now().Before(a.until) {
		return a, a.err
	}
	a = other()
	if a.err != nil && !errors.Is(a.err, ErrUnknown) {
		return a, a.err
	}
	a.until = k.now().Add(k.span)
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.found) >= mostKept || k.found == nil {
		k.found = map[string]keptAnswer{}
	}
	k.found[key] = a
	return a, a.err
}
