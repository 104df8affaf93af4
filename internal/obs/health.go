package obs

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Health answers whether the server lives and whether it is ready for requests.
// It is safe for concurrent use.
type Health struct {
	Log *slog.Logger

	mu     sync.Mutex
	checks []check
	ready  bool
}

type check struct {
	name string
	ask  func(ctx context.Context) error
}

// Check adds a part that must be well for the server to be ready.
func (h *Health) Check(name string, ask func(ctx context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checks = append(h.checks, check{name, ask})
}

// SetReady says that the start is complete, or that the stop has begun.
func (h *Health) SetReady(ready bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ready = ready
}

// Alive is /healthz: the process answers.
func (h *Health) Alive(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]string{"status": "ok"})
}

// Ready is /readyz: 200 when every part is well, else 503 with the names of the
// parts that are not. What is wrong with them is in the log.
func (h *Health) Ready(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	checks, ready := h.checks, h.ready
	h.mu.Unlock()
	parts, status := map[string]string{}, http.StatusOK
	if !ready {
		parts["server"], status = "starting or stopping", http.StatusServiceUnavailable
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	for _, c := range checks {
		parts[c.name] = "ok"
		if err := c.ask(ctx); err != nil {
			h.Log.WarnContext(ctx, "not ready", "part", c.name, "error", err)
			parts[c.name], status = "down", http.StatusServiceUnavailable
		}
	}
	if status != http.StatusOK {
		w.Header().Set("Retry-After", "5")
	}
	answer(w, status, parts)
}

func answer(w http.ResponseWriter, status int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller is gone
}
