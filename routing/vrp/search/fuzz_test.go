package search_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"testing"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/insertion"
	"beatplan/routing/vrp/search"
)

// FuzzSolve: any problem is refused by field or planned, explained and bounded.
func FuzzSolve(f *testing.F) {
	for seed := range uint64(12) {
		data, err := json.Marshal(small(rand.New(rand.NewPCG(seed, 4))))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"Vehicles":[{"Shift":{"Open":9,"Close":1}}],"Visits":[{"Location":-7}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := &vrp.Problem{}
		if json.Unmarshal(data, p) != nil || len(p.Visits) > 12 || len(p.Vehicles) > 4 {
			return
		}
		res, err := search.Solve(t.Context(), p, search.Options{Iterations: 3, Threads: 1})
		if bad := (*vrp.Invalid)(nil); err != nil {
			if !errors.As(err, &bad) || len(bad.Faults) == 0 {
				t.Fatal(err)
			}
			return
		}
		for _, i := range res.Solution.Unserved(p) {
			if len(insertion.Explain(p, res.Solution, i)) == 0 {
				t.Fatalf("visit %d has no reason", i)
			}
		}
		search.Bound(p)
	})
}

// TestTooManyVisits: 10⁵ visits are refused by field, at once.
func TestTooManyVisits(t *testing.T) {
	p := line(3, 1)
	p.Visits = make([]vrp.Visit, 100_000)
	_, err := search.Solve(t.Context(), p, search.Options{Iterations: 1})
	var bad *vrp.Invalid
	if !errors.As(err, &bad) || len(bad.Faults) != 1 || bad.Faults[0].Path != "visits" {
		t.Fatalf("%v", err)
	}
}
