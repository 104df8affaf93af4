package tour

import (
	"context"
	"math"
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
	if !in.roundTrip() {
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
	order := s.herded(ctx, m, table)
	if order == nil {
		order = s.kicked(ctx, m, table)
	}
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

// kicked spends the budget on one tour.
func (s *search) kicked(ctx context.Context, m int, table []int32) []int32 {
	c := cycle.New(m, table, s.rng.Uint64())
	for s.advance(ctx) {
		s.work += 50
		c.Round(warmest * max(0, 0.9-s.spent))
	}
	order, _ := c.Best()
	return order
}

// What a herd of tours needs. Within one that is smaller, all are alike too soon; one
// that is larger finds no more.
const (
	fewestHerded = 50    // places
	mostHerded   = 8_000 // places: a byte is counted for each two
	smallestHerd = 20
	largestHerd  = 250
	growing      = 0.08 // share of the budget for the first tours
)

// herded spends the budget on a herd of tours, and on others when all of one have
// become alike. It returns nil when the budget or the round trip is too small.
func (s *search) herded(ctx context.Context, m int, table []int32) []int32 {
	if m < fewestHerded || m > mostHerded || s.maxWork < math.MaxInt ||
		float64(s.maxRounds)*growing < smallestHerd*descentRounds(m) {
		return nil
	}
	h := cycle.NewHerd(m, table, s.rng.Uint64(), s.threads)
	var best []int32
	least := math.MaxInt
	together := int(table[s.in.n*m+s.in.n+1])
	tell := func() {
		if order, length := h.Best(); length < least {
			best, least = append(best[:0], order...), length
		}
		if s.progress != nil {
			s.progress(s.rounds, least-together, s.spent)
		}
	}
	for s.pass(ctx, 1) {
		grown := s.spent + growing*(1-s.spent)
		for h.Size() < largestHerd && (s.spent < grown || h.Size() < smallestHerd) &&
			s.pass(ctx, 2*descentRounds(m)) {
			h.Grow(2)
		}
		if h.Size() > 0 {
			tell()
		}
		for s.pass(ctx, float64(h.Size())*crossingRounds(m)) && h.Generation() {
			tell()
		}
		h.Anew()
	}
	return best
}

// descentRounds and crossingRounds are how many rounds of one tour's search take as
// long as a first tour of so many places and a pair's offspring.
func descentRounds(m int) float64  { return max(1, float64(m)/15) }
func crossingRounds(m int) float64 { return max(0.2, float64(m)/150) }

// pass counts so many rounds and reports whether the budget lasts.
func (s *search) pass(ctx context.Context, rounds float64) bool {
	s.rounds += int(math.Ceil(rounds))
	s.spent = max(s.spent, float64(s.rounds)/float64(s.maxRounds))
	if s.time > 0 {
		s.spent = max(s.spent, float64(s.clockOf()-s.begun)/float64(s.time))
	}
	return s.spent <= 1 && ctx.Err() == nil
}

// warmest is the first temperature of a round trip, as a share of an average leg.
const warmest = 0.1

// RoundTrip reports whether the candidates on vehicle v are nothing but a round
// trip: the same both ways, everybody required, no windows, no locks, no limits. What
// [Solve] does not know (loads, groups, skills) is not looked at.
func RoundTrip(p *vrp.Problem, v int, candidates []int) bool {
	return timeless(p, v, candidates) && newInstance(p, v, candidates).roundTrip()
}

// timeless reports whether nothing but the arcs can matter, before these are looked at.
func timeless(p *vrp.Problem, v int, candidates []int) bool {
	x := &p.Vehicles[v]
	if len(candidates) < fewestPlaces || len(x.Prefix)+len(x.Pins)+len(x.Breaks)+len(p.Orders) > 0 ||
		x.MaxDuty+x.MaxDrive+x.MaxDistance+x.MaxStops+x.PerWait+x.PerDuty > 0 ||
		x.Shift.Close < vrp.MaxTime {
		return false
	}
	for _, i := range candidates {
		y := &p.Visits[i]
		if y.Optional || y.Preferred != nil || len(y.Windows) > 0 {
			return false
		}
	}
	return true
}

// roundTrip reports whether only the sum of the arcs matters.
func (in *instance) roundTrip() bool {
	if !timeless(in.p, in.v, in.visits) {
		return false
	}
	for a := range in.n {
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
