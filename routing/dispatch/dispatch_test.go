package dispatch_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/routing"
	"beatplan/routing/dispatch"
)

var now = time.Date(2026, 11, 23, 15, 30, 0, 0, time.UTC)

// table answers prepared road times, by source.
type table struct {
	seconds, meters []int32
	source, target  []error
}

func (t table) Matrix(_ context.Context, s, d []orb.Point) (routing.Matrix, error) {
	return routing.Matrix{Sources: len(s), Targets: len(d), Seconds: t.seconds, Meters: t.meters,
		SourceFaults: t.source, TargetFaults: t.target}, nil
}

func ask(limit int) dispatch.Question {
	return dispatch.Question{To: orb.Point{1, 1}, Now: now, Fresh: 10 * time.Minute, Limit: limit}
}

func people(ages ...time.Duration) []dispatch.Candidate {
	all := make([]dispatch.Candidate, len(ages))
	for i, age := range ages {
		all[i] = dispatch.Candidate{Person: int64(i + 1), At: now.Add(-age)}
	}
	return all
}

// feature: Y36
func TestStalePeopleStandBelowWithAnInterval(t *testing.T) {
	m := table{seconds: []int32{600, 60, -1, 300}, meters: []int32{9000, 500, -1, 4000}}
	a, err := dispatch.Nearest(context.Background(), m, ask(5),
		people(time.Minute, time.Hour, 0, 10*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Ranked) != 2 || a.Ranked[0].Person != 4 || a.Ranked[1].Person != 1 {
		t.Fatalf("ranked %+v", a.Ranked)
	}
	if a.Ranked[0].Rank != 1 || a.Ranked[1].Rank != 2 {
		t.Errorf("ranks %+v", a.Ranked)
	}
	stale, cut := a.Unranked[0], a.Unranked[1]
	if stale.Person != 2 || stale.Why != dispatch.Stale || stale.Rank != 0 ||
		stale.Earliest != 0 || stale.Latest != time.Hour+time.Minute {
		t.Errorf("stale %+v", stale)
	}
	if cut.Person != 3 || cut.Why != dispatch.Unreachable {
		t.Errorf("unreachable %+v", cut)
	}
}

func TestTheCurrentVisitCounts(t *testing.T) {
	c := people(0, 0)
	c[0].Busy = 20 * time.Minute
	m := table{seconds: []int32{60, 900}, meters: []int32{500, 9000}}
	a, err := dispatch.Nearest(context.Background(), m, ask(5), c)
	if err != nil {
		t.Fatal(err)
	}
	if a.Ranked[0].Person != 2 || a.Ranked[1].ETA != 21*time.Minute {
		t.Errorf("%+v", a.Ranked)
	}
}

func TestTiesAndTheLimit(t *testing.T) {
	m := table{seconds: []int32{60, 60, 60, 60}, meters: []int32{700, 500, 500, 900}}
	a, err := dispatch.Nearest(context.Background(), m, ask(3), people(0, 0, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for _, s := range a.Ranked {
		got = append(got, s.Person)
	}
	if !slices.Equal(got, []int64{2, 3, 1}) {
		t.Errorf("order %v", got)
	}
}

func TestPlacesWithoutRoads(t *testing.T) {
	far := errors.New("far from any road")
	m := table{seconds: []int32{-1, 60}, meters: []int32{-1, 500}, source: []error{far, nil}}
	a, err := dispatch.Nearest(context.Background(), m, ask(5), people(0, 0))
	if err != nil || len(a.Ranked) != 1 || a.Unranked[0].Why != dispatch.OffRoad {
		t.Errorf("%+v, %v", a, err)
	}
	m.target = []error{far}
	if _, err := dispatch.Nearest(context.Background(), m, ask(5), people(0, 0)); !errors.Is(err, dispatch.ErrOffRoad) {
		t.Errorf("target off road: %v", err)
	}
	many := make([]dispatch.Candidate, dispatch.MaxCandidates+1)
	if _, err := dispatch.Nearest(context.Background(), m, ask(5), many); !errors.Is(err, dispatch.ErrTooMany) {
		t.Errorf("too many: %v", err)
	}
	if a, err := dispatch.Nearest(context.Background(), m, ask(5), nil); err != nil || len(a.Ranked) != 0 {
		t.Errorf("nobody: %+v, %v", a, err)
	}
}

// The ranking of random cases equals a plain search for the smallest.
func TestRankingEqualsBruteForce(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	for range 1000 {
		n := 1 + rng.IntN(60)
		m := table{}
		c := make([]dispatch.Candidate, n)
		for i := range n {
			c[i] = dispatch.Candidate{Person: int64(rng.IntN(1_000_000)),
				At:   now.Add(-time.Duration(rng.IntN(1200)) * time.Second),
				Busy: time.Duration(rng.IntN(3)) * 10 * time.Minute}
			s, d := int32(rng.IntN(2000)), int32(rng.IntN(30_000))
			if rng.IntN(10) == 0 {
				s, d = -1, -1
			}
			m.seconds, m.meters = append(m.seconds, s), append(m.meters, d)
		}
		a, err := dispatch.Nearest(context.Background(), m, ask(100), c)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Ranked)+len(a.Unranked) != n {
			t.Fatalf("%d of %d people in the answer", len(a.Ranked)+len(a.Unranked), n)
		}
		best := time.Duration(-1)
		for i := range c {
			if m.seconds[i] < 0 || now.Sub(c[i].At) > 10*time.Minute {
				continue
			}
			if eta := c[i].Busy + time.Duration(m.seconds[i])*time.Second; best < 0 || eta < best {
				best = eta
			}
		}
		if best < 0 {
			if len(a.Ranked) != 0 {
				t.Fatalf("ranked %+v, nobody can come", a.Ranked)
			}
			continue
		}
		if a.Ranked[0].ETA != best {
			t.Fatalf("nearest in %v, want %v", a.Ranked[0].ETA, best)
		}
	}
}
