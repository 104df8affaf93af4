package api

import (
	"context"
	"errors"
	"testing"
	"time"

	"beatplan/business"
)

// lastSession counts the questions and knows one token while it is not revoked.
type lastSession struct {
	asked   int
	revoked bool
}

func (s *lastSession) Caller(context.Context, Credential) (Caller, error) {
	s.asked++
	if s.revoked {
		return Caller{}, ErrUnauthenticated
	}
	return Caller{Actor: business.Actor{Person: 7}}, nil
}

func TestHotRoutesTrustASessionForOneSecond(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	s := &lastSession{}
	m := newRecent(s, func() time.Time { return now })
	ask := func() error { _, err := m.caller(t.Context(), Credential{Token: "a"}); return err }
	for range 100 {
		if err := ask(); err != nil {
			t.Fatal(err)
		}
	}
	if s.asked != 1 {
		t.Fatalf("asked %d times within the second", s.asked)
	}
	s.revoked, now = true, now.Add(HotAge)
	for range 3 {
		if err := ask(); !errors.Is(err, ErrUnauthenticated) {
			t.Fatalf("a revoked session is answered %v", err)
		}
	}
	if s.asked != 4 {
		t.Fatalf("refusals are remembered: asked %d times", s.asked)
	}
}

func TestHotRoutesForgetTheirCallersWhenTheyAreTooMany(t *testing.T) {
	m := newRecent(&lastSession{}, time.Now)
	for i := range hotCallers + 10 {
		token := string(rune(i%0x3000)) + string(rune(i/0x3000+1))
		if _, err := m.caller(t.Context(), Credential{Token: token}); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.known) > hotCallers {
		t.Fatalf("%d callers are remembered", len(m.known))
	}
}
