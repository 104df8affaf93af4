package district_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"beatplan/territory/district"
)

// roundsOf are four weeks over a country whose roads are as the crow flies.
func roundsOf(units []district.Unit) *district.Rounds {
	r := &district.Rounds{Longest: 9 * 3600, Legs: func(context.Context) ([]float32, error) {
		var legs []float32
		for _, a := range units {
			for _, b := range units {
				legs = append(legs, float32(3e4*math.Hypot(a.Point[0]-b.Point[0], a.Point[1]-b.Point[1])))
			}
		}
		return legs, nil
	}}
	for i := range units {
		r.Due = append(r.Due, []uint8{1, 2, 4, 8, 5, 10, 15}[i%7])
		r.Service = append(r.Service, 1800)
	}
	return r
}

// driven is what a plan drives in four weeks when everybody makes one tour of each week,
// by the nearest neighbour and 2-opt.
func driven(r *district.Rounds, area []int32, persons int) (seconds float64) {
	for week := range 4 {
		seconds += drivenIn(r, area, persons, week)
	}
	return seconds
}

// drivenIn is the same of one week.
func drivenIn(r *district.Rounds, area []int32, persons, week int) (seconds float64) {
	legs, _ := r.Legs(context.Background())
	leg := func(a, b int) float64 { return float64(legs[a*len(area)+b]) }
	for p := range int32(persons) {
		var due []int
		for u, a := range area {
			if a == p && r.Due[u]&(1<<week) != 0 {
				due = append(due, u)
			}
		}
		for i := 1; i < len(due); i++ {
			for j := i; j < len(due); j++ {
				if leg(due[i-1], due[j]) < leg(due[i-1], due[i]) {
					due[i], due[j] = due[j], due[i]
				}
			}
		}
		seconds += untangled(due, leg)
	}
	return seconds
}

func untangled(tour []int, leg func(a, b int) float64) (length float64) {
	n := len(tour)
	for better := true; better; {
		better = false
		for i := range n - 1 {
			for j := i + 1; j < n; j++ {
				a, b, c, d := tour[i], tour[i+1], tour[j], tour[(j+1)%n]
				if leg(a, c)+leg(b, d) < leg(a, b)+leg(c, d)-1e-6 {
					slices.Reverse(tour[i+1 : j+1])
					better = true
				}
			}
		}
	}
	for i := range tour {
		length += leg(tour[i], tour[(i+1)%n])
	}
	return length
}

// Rounds become shorter when they are asked for, and no promise is broken for that.
func TestRoundsAreShortenedWithinTheRules(t *testing.T) {
	units := country(21, 110, 6)
	for i := range units[:20] {
		units[i].Current, units[i].Locked = int32(i%4), i < 4
	}
	p := &district.Problem{Units: units, People: people(4), Activities: 1,
		Forbidden: []district.Pair{{A: 9, B: 1}}, Apart: []district.Pair{{A: 10, B: 11}}}
	o := district.Options{Tolerance: 0.25}
	plain := solve(t, p, o)
	o.Rounds = roundsOf(units)
	short := solve(t, p, o)
	if a, b := driven(o.Rounds, plain.Area, 4), driven(o.Rounds, short.Area, 4); b > a {
		t.Errorf("%.0f s without, %.0f s with rounds", a, b)
	}
	again := solve(t, p, o)
	for i := range short.Area {
		if short.Area[i] != again.Area[i] {
			t.Fatal("the same seed gives another plan")
		}
	}
	o.Budget = 0.05
	if kept := solve(t, p, o); kept.Moved > 0.05 {
		t.Errorf("%.3f of the value moved, the budget is 0.05", kept.Moved)
	}
}
