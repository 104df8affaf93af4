package district

import (
	"context"
	"math"
	"slices"
)

const (
	recombinations = 1500 // at most
	recombined     = 2_000_000
)

// recombine evens out a plan that single moves cannot: where barriers leave few ways
// from territory to territory, two neighbours are merged and cut anew along a random
// tree (ReCom; DeFord, Duchin & Solomon, HDSR 2021) as long as that brings the loads
// nearer to the tolerance, and the search goes on from there. A plan within the
// tolerance stays as it is. It heeds every rule, and keeps the better plan.
func (s *solver) recombine(ctx context.Context) error {
	if s.deviation() <= s.tolerance || len(s.People) < 2 {
		return nil
	}
	best, at := s.standing(), slices.Clone(s.area)
	w := walk{draft: s.draft, rng: s.rng}
	pain := s.unrest()
	for range min(recombinations, recombined/len(s.area)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if pain == 0 {
			break
		}
		pain = s.recut(&w, pain)
	}
	cut := slices.Clone(s.area)
	if s.match(); !s.lawful(cut) {
		copy(s.area, cut)
	}
	if err := s.recentre(ctx); err != nil {
		return err
	}
	if err := s.even(ctx, s.tolerance*0.95); err != nil {
		return err
	}
	if err := s.search(ctx, s.rng, searchPasses, nil); err != nil {
		return err
	}
	if s.standing().before(best) {
		return nil
	}
	copy(s.area, at)
	return s.recentre(ctx)
}

// standing is what of the plan is compared with another that missed the tolerance.
func (s *solver) standing() Plan {
	return Plan{Pieces: s.pieces(), Deviation: s.deviation()}
}

// recentre moves the centres to where the territories are now.
func (s *solver) recentre(ctx context.Context) error {
	s.frozen = false
	s.settle()
	s.frozen = true
	return s.travel(ctx)
}

// recut merges a random pair of neighbours and cuts it anew, and takes it back when
// that breaks a rule or does not lessen the unrest. It returns the unrest.
func (s *solver) recut(w *walk, pain float64) float64 {
	borders := w.borders()
	if len(borders) == 0 {
		return pain
	}
	e := borders[s.rng.IntN(len(borders))]
	w.even = s.tolerance + s.rng.Float64()*math.Max(s.off(int(e.A)), s.off(int(e.B)))
	before := slices.Clone(s.area)
	if !w.recombine(e) {
		return pain
	}
	if now := s.unrest(); now < pain && s.lawful(before) {
		return now
	}
	copy(s.area, before)
	s.settle()
	return pain
}

// unrest sums up the squares of what the loads are beyond the tolerance.
func (s *solver) unrest() float64 {
	var sum float64
	for p := range s.People {
		over := math.Max(0, s.off(p)-s.tolerance*0.95)
		sum += over * over
	}
	return sum
}

// lawful reports whether the rules but contiguity, which a cut keeps, still hold
// after units have changed hands.
func (s *solver) lawful(before []int32) bool {
	if s.moved > s.budget {
		return false
	}
	for i, p := range s.area {
		u := int32(i)
		if p != before[i] && (s.Units[i].Locked || s.forbidden[Pair{u, p}] || s.together(u)) {
			return false
		}
	}
	for p := range s.People {
		if most := s.People[p].Most; s.count[p] == 0 || most > 0 && s.count[p] > most {
			return false
		}
	}
	return true
}
