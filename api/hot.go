package api

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"beatplan/business"
)

// HotAge is how long a hot route takes a credential for what it was: a session that
// is revoked, or a role that is narrowed, holds there after a second at the latest.
const HotAge = time.Second

// hotCallers bounds the callers that are remembered.
const hotCallers = 16 << 10

// Hot registers a plain route that one client reads dozens of times a second: tiles,
// positions. It is [API.Plain], except that the caller may be [HotAge] old; asking
// for the session each time would cost more than the answer.
func (a *API) Hot(method, pattern string, p business.Permission, h PlainHandler) {
	if p == "" {
		panic(fmt.Sprintf("api: %s %s needs a permission", method, pattern))
	}
	a.routes = append(a.routes, Route{Method: method, Path: pattern, Perm: p})
	a.mux.MethodFunc(method, pattern, func(w http.ResponseWriter, r *http.Request) {
		ctx, err := a.admitBy(r, p, a.hot.caller)
		if err == nil {
			err = h(w, r.WithContext(ctx))
		}
		if err != nil {
			a.WriteProblem(w, r, err)
		}
	})
}

// recent remembers callers for a moment. Refusals are not remembered.
type recent struct {
	sessions Sessions
	now      func() time.Time

	mu    sync.RWMutex
	known map[Credential]known
}

type known struct {
	caller Caller
	until  time.Time
}

func newRecent(s Sessions, now func() time.Time) *recent {
	return &recent{sessions: s, now: now, known: map[Credential]known{}}
}

func (m *recent) caller(ctx context.Context, c Credential) (Caller, error) {
	now := m.now()
	m.mu.RLock()
	k, ok := m.known[c]
	m.mu.RUnlock()
	if ok && now.Before(k.until) {
		return k.caller, nil
	}
	found, err := m.sessions.Caller(ctx, c)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		delete(m.known, c)
		return Caller{}, err
	}
	if len(m.known) >= hotCallers {
		clear(m.known)
	}
	m.known[c] = known{found, now.Add(HotAge)}
	return found, nil
}
