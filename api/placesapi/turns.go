package placesapi

import (
	"sync"
	"time"

	"beatplan/api"
	"beatplan/business"
	"beatplan/internal/fail"
)

// ErrTooMany is the refusal of questions that would go to a service of others.
var ErrTooMany = fail.New(fail.TooMany, "places.too_many_questions",
	"You have asked for many addresses within a minute. Try again in a moment.")

const (
	// questions are as many as one person may send to a service of others in a minute:
	// its quota is the company's, and no person uses it up.
	questions = 30
	// lately is the time in which they are counted.
	lately = time.Minute
)

// turns counts the questions of each person.
type turns struct {
	now func() time.Time

	mu    sync.Mutex
	since time.Time
	asked map[business.PersonID]int
}

// take counts one question. It fails with ErrTooMany.
func (t *turns) take(p business.PersonID) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if t.asked == nil || now.Sub(t.since) >= lately {
		t.since, t.asked = now, map[business.PersonID]int{}
	}
	if t.asked[p] >= questions {
		return api.RetryAfter(ErrTooMany, t.since.Add(lately).Sub(now))
	}
	t.asked[p]++
	return nil
}
