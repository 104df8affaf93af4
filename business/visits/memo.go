package visits

import (
	"crypto/sha256"
	"encoding/json"
	"sync"
)

// rememberedPlans is how many optimised days are kept: more than a large company
// looks at in a morning, a few megabytes.
const rememberedPlans = 2000

// memo remembers what was computed of the same input, the oldest first out. An
// optimised day depends on its problem and the roads alone, so a remembered plan
// is as good as a new one; both are in its key.
type memo struct {
	mu    sync.Mutex
	limit int
	plans map[[32]byte]Plan
	order [][32]byte
}

func newMemo(limit int) *memo {
	return &memo{limit: limit, plans: map[[32]byte]Plan{}}
}

func keyOf(p Problem, roads string) ([32]byte, error) {
	b, err := json.Marshal(struct {
		Problem
		Roads string
	}{p, roads})
	if err != nil {
		return [32]byte{}, err
	}
	return sha256.Sum256(b), nil
}

func (m *memo) get(key [32]byte) (Plan, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.plans[key]
	return p, ok
}

func (m *memo) put(key [32]byte, p Plan) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.plans[key]; ok {
		return
	}
	if len(m.order) >= m.limit {
		delete(m.plans, m.order[0])
		m.order = m.order[1:]
	}
	m.plans[key] = p
	m.order = append(m.order, key)
}
