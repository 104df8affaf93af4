package search

import (
	"math/rand/v2"
	"slices"
	"testing"

	"beatplan/routing/vrp"
)

// tiedVisits draws more shipments and patterns than two short days can take.
func tiedVisits(r *rand.Rand) *vrp.Problem {
	const n = 12
	table := vrp.Profile{Locations: n + 1}
	for i := range (n + 1) * (n + 1) {
		d := int32(0)
		if i%(n+1) != i/(n+1) {
			d = int32(10 + r.IntN(60))
		}
		table.Duration, table.Distance = append(table.Duration, d), append(table.Distance, d)
	}
	p := &vrp.Problem{Profiles: []vrp.Profile{table}}
	for range 2 {
		p.Vehicles = append(p.Vehicles, vrp.Vehicle{Start: n, End: n, PerMeter: 1,
			Shift: vrp.Window{Close: 120 + r.IntN(120)}})
	}
	for i := range n {
		p.Visits = append(p.Visits, vrp.Visit{ID: int64(i), Location: i, Optional: i < 6, Prize: r.IntN(90)})
	}
	p.Pairs = []vrp.Pair{{Pickup: 0, Delivery: 1}, {Pickup: 2, Delivery: 3}, {Pickup: 4, Delivery: 5}}
	for k := 6; k < n; k += 3 {
		p.Patterns = append(p.Patterns, vrp.Pattern{Optional: r.IntN(2) == 0, Prize: r.IntN(120),
			Options: [][]int{{k, k + 1}, {k + 1, k + 2}, {k + 2}}})
	}
	return p
}

// TestAbsentAreThoseInNoRoute: after every round each visit is in one route or absent
// once, also one that came in with another after it had found no place.
func TestAbsentAreThoseInNoRoute(t *testing.T) {
	for seed := range uint64(20) {
		p := tiedVisits(rand.New(rand.NewPCG(seed, 3)))
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		x := newIsland(newInstance(p), Options{Seed: seed, Iterations: 1000}, 0)
		for round := range 300 {
			x.round()
			list := slices.Clone(x.s.absent)
			for _, r := range x.s.routes {
				list = append(list, r.seq...)
			}
			slices.Sort(list)
			for i := range p.Visits {
				if len(list) != len(p.Visits) || list[i] != int32(i) {
					t.Fatalf("seed %d, round %d: absent %v, all %v", seed, round, x.s.absent, list)
				}
			}
		}
	}
}

// TestProgressCountsNoAlternatives: days that a served customer was not given are not
// told as left out.
func TestProgressCountsNoAlternatives(t *testing.T) {
	table := []int32{0, 9, 9, 9, 0, 9, 9, 9, 0}
	p := &vrp.Problem{
		Profiles: []vrp.Profile{{Locations: 3, Duration: table, Distance: table}},
		Vehicles: []vrp.Vehicle{{PerMeter: 1, Shift: vrp.Window{Close: 100}}},
		Visits:   []vrp.Visit{{Location: 1}, {Location: 2}},
		Patterns: []vrp.Pattern{{Options: [][]int{{0}, {1}}}},
	}
	told := -1
	_, err := Solve(t.Context(), p, Options{Seed: 1, Iterations: 100,
		Progress: func(x Progress) { told = x.Unserved }})
	if err != nil || told != 0 {
		t.Fatalf("%d, %v", told, err)
	}
}
