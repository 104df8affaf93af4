package dispatch_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/routing"
	"beatplan/routing/dispatch"
)

// town is a small random road map: one-way streets, islands, a trap that one
// drives into and not out of. Points are numbers of crossings.
type town struct{ seconds, meters [][]int32 }

const far = int32(1 << 29)

func randomTown(rng *rand.Rand, n int) town {
	t := town{make([][]int32, n), make([][]int32, n)}
	for i := range n {
		t.seconds[i], t.meters[i] = make([]int32, n), make([]int32, n)
		for j := range n {
			t.seconds[i][j] = far
		}
		t.seconds[i][i] = 0
	}
	trap, island := rng.IntN(2*n), rng.IntN(2*n) // half of the towns have one
	for range rng.IntN(3 * n) {
		a, b, s := rng.IntN(n), rng.IntN(n), int32(1+rng.IntN(9))*30
		if a == island || b == island {
			continue
		}
		if a != trap {
			t.street(a, b, s)
		}
		if b != trap && rng.IntN(2) == 0 { // else one-way
			t.street(b, a, s)
		}
	}
	return t
}

func (t town) street(a, b int, s int32) {
	if s < t.seconds[a][b] {
		t.seconds[a][b], t.meters[a][b] = s, s*10
	}
}

// Matrix searches from the customer against the streets (Bellman-Ford), as the
// engine does: person → customer on the reversed map.
func (t town) Matrix(_ context.Context, from, to []orb.Point) (routing.Matrix, error) {
	n := len(t.seconds)
	goal := int(to[0][0])
	seconds, meters := make([]int32, n), make([]int32, n)
	for i := range seconds {
		seconds[i] = far
	}
	seconds[goal] = 0
	for range n {
		for a := range n {
			for b := range n {
				if s := t.seconds[a][b] + seconds[b]; t.seconds[a][b] < far && seconds[b] < far && s < seconds[a] {
					seconds[a], meters[a] = s, t.meters[a][b]+meters[b]
				}
			}
		}
	}
	m := routing.Matrix{Sources: len(from), Targets: 1}
	for _, p := range from {
		s, d := seconds[int(p[0])], meters[int(p[0])]
		if s >= far {
			s, d = routing.Unreachable, routing.Unreachable
		}
		m.Seconds, m.Meters = append(m.Seconds, s), append(m.Meters, d)
	}
	return m, nil
}

// drives is the same by another way: forwards, all pairs (Floyd-Warshall).
func (t town) drives() [][]int32 {
	n := len(t.seconds)
	all := make([][]int32, n)
	for i := range n {
		all[i] = append([]int32(nil), t.seconds[i]...)
	}
	for k := range n {
		for i := range n {
			for j := range n {
				all[i][j] = min(all[i][j], all[i][k]+all[k][j])
			}
		}
	}
	return all
}

// Ten thousand random calls are answered as by trying everybody.
//
// feature: Y36
func TestNearestEqualsTryingEverybody(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 1))
	var trapped, islanders, stale, busy int
	for round := range 10_000 {
		n := 2 + rng.IntN(8)
		roads := randomTown(rng, n)
		drives := roads.drives()
		q := dispatch.Question{To: orb.Point{float64(rng.IntN(n)), 0}, Now: now,
			Fresh: 10 * time.Minute, Limit: 1 + rng.IntN(6)}
		var people []dispatch.Candidate
		for i := range rng.IntN(9) {
			people = append(people, dispatch.Candidate{
				Person: int64(100 - i), Position: orb.Point{float64(rng.IntN(n)), 0},
				At:   now.Add(-time.Duration(rng.IntN(12)) * time.Minute),
				Busy: time.Duration(rng.IntN(3)) * 90 * time.Second,
			})
		}
		a, err := dispatch.Nearest(t.Context(), roads, q, people)
		if err != nil {
			t.Fatal(err)
		}
		// Everybody is tried, one place of the answer after the other.
		left, why := map[int64]time.Duration{}, map[int64]string{}
		for _, p := range people {
			at, to := int(p.Position[0]), int(q.To[0])
			s := drives[at][to]
			switch {
			case s >= far && drives[to][at] < far: // in by a one-way, and not out
				why[p.Person] = dispatch.Unreachable
				trapped++
			case s >= far:
				why[p.Person] = dispatch.Unreachable
				islanders++
			case now.Sub(p.At) > q.Fresh:
				why[p.Person] = dispatch.Stale
				stale++
			default:
				left[p.Person] = p.Busy + time.Duration(s)*time.Second
				if p.Busy > 0 {
					busy++
				}
			}
		}
		if want := min(q.Limit, len(left)); len(a.Ranked) != want {
			t.Fatalf("round %d: %d ranked, want %d", round, len(a.Ranked), want)
		}
		if len(a.Unranked) != len(why) {
			t.Fatalf("round %d: %d left out, want %d", round, len(a.Unranked), len(why))
		}
		for _, s := range a.Unranked {
			if s.Rank != 0 || s.Why != why[s.Person] {
				t.Fatalf("round %d: left out %+v, because %q", round, s, why[s.Person])
			}
		}
		for k, s := range a.Ranked {
			eta, ok := left[s.Person]
			for _, other := range left {
				if other < eta {
					ok = false
				}
			}
			if !ok || s.ETA != eta || s.Rank != k+1 {
				t.Fatalf("round %d: place %d is %+v, the others %v", round, k+1, s, left)
			}
			delete(left, s.Person)
		}
	}
	if trapped < 1000 || islanders < 1000 || stale < 1000 || busy < 1000 {
		t.Errorf("too tame: %d trapped, %d on islands, %d stale, %d busy",
			trapped, islanders, stale, busy)
	}
}
