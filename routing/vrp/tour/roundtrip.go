package tour

import (
	"context"
	"slices"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/cycle"
)

// fewestPlaces is from where on the round-trip search is used.
const fewestPlaces = 8

// roundTrip spends the budget on a round trip when the day is nothing but one: a
// symmetric table, every visit required, no windows, no locks and no limits. It
// reports whether it did. A start and an end that differ are held together by an
// arc that is cheaper than anything.
func (s *search) roundTrip(ctx context.Context) bool {
	in := s.in
	if !in.isRoundTrip() {
		return false
	}
	m := in.n + 2
	table := make([]int32, m*m)
	largest := 1
	for a := range m {
		for b := range m {
			if a != b {
				table[a*m+b] = int32(in.cost[max(a, b)*in.size+min(a, b)])
				largest = max(largest, int(table[a*m+b]))
			}
		}
	}
	for a := range in.n { // out of the start, into the end
		table[in.n*m+a] = int32(in.cost[in.n*in.size+a])
		table[a*m+in.n] = table[in.n*m+a]
		table[(in.n+1)*m+a] = int32(in.cost[a*in.size+in.n+1])
		table[a*m+in.n+1] = table[(in.n+1)*m+a]
	}
	together := int32(-2*largest - 1)
	table[in.n*m+in.n+1], table[(in.n+1)*m+in.n] = together, together
	c := cycle.New(m, table, s.rng.Uint64())
	for s.advance(ctx) {
		s.work += 50
		c.Round(warmest * max(0, 0.9-s.spent))
	}
	order, _ := c.Best()
	at := slices.Index(order, int32(in.n))
	s.seq = s.seq[:0]
	step := 1
	if order[(at+1)%m] == int32(in.n+1) {
		step = m - 1
	}
	for k := range m {
		s.seq = append(s.seq, int(order[(at+k*step)%m]))
	}
	s.out = s.out[:0]
	s.settle()
	s.record()
	return true
}

// warmest is the first temperature of a round trip, as a share of an average leg.
const warmest = 0.1

// isRoundTrip reports whether only the sum of the arcs matters.
func (in *instance) isRoundTrip() bool {
	x := in.vehicle
	if in.n < fewestPlaces || in.lo > 0 || len(in.pins) > 0 || !in.exact ||
		x.MaxDuty+x.MaxDrive+x.MaxDistance+x.MaxStops+x.PerWait+x.PerDuty > 0 ||
		len(in.p.Orders) > 0 || x.Shift.Close < vrp.MaxTime {
		return false
	}
	for a := range in.n {
		if !in.must[a] || len(in.p.Visits[in.visits[a]].Windows) > 0 {
			return false
		}
		for b := range a {
			if in.cost[a*in.size+b] != in.cost[b*in.size+a] {
				return false
			}
		}
	}
	for _, d := range in.drive {
		if d >= far {
			return false
		}
	}
	return true
}
