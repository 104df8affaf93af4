package identity

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/alexedwards/argon2id"
)

// hasher makes and checks password hashes, a few at a time: each one takes the
// policy's memory, and a crowd must not take the machine's.
type hasher struct {
	params argon2id.Params
	slots  chan struct{}
	decoy  string // hash that no password has; checked for unknown logins
}

const slotWait = 3 * time.Second

func newHasher(c Cost) *hasher {
	h := &hasher{
		params: argon2id.Params{
			Memory: c.MemoryKiB, Iterations: c.Iterations,
			Parallelism: 1, SaltLength: 16, KeyLength: 32,
		},
		slots: make(chan struct{}, max(2, runtime.NumCPU())),
	}
	if h.params.Memory == 0 || h.params.Iterations == 0 {
		d := DefaultPolicy().Cost
		h.params.Memory, h.params.Iterations = d.MemoryKiB, d.Iterations
	}
	// The parameters are valid and the random source cannot fail, so neither can
	// this; and should it, an empty decoy refuses every password.
	h.decoy, _ = argon2id.CreateHash(newToken(), &h.params)
	return h
}

func (h *hasher) take(ctx context.Context) error {
	timer := time.NewTimer(slotWait)
	defer timer.Stop()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-timer.C:
		return ErrBusy.With("retry_after_s", 2)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.take(ctx); err != nil {
		return "", err
	}
	defer func() { <-h.slots }()
	return argon2id.CreateHash(password, &h.params)
}

// check reports whether the password has the hash, and whether the hash was made
// with other parameters than today's. An empty hash costs the same and fails.
func (h *hasher) check(ctx context.Context, password, hash string) (ok, stale bool, err error) {
	if err := h.take(ctx); err != nil {
		return false, false, err
	}
	defer func() { <-h.slots }()
	known := hash != ""
	if !known {
		hash = h.decoy
	}
	ok, params, err := argon2id.CheckHash(password, hash)
	if err != nil {
		return false, false, fmt.Errorf("check password: %w", err)
	}
	stale = params.Memory != h.params.Memory || params.Iterations != h.params.Iterations
	return ok && known, stale, nil
}
