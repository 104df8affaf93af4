package search

import "math/rand/v2"

// Parameters of string removal. The paper removes 10 visits on average; on budgets
// of seconds 15 to 20 left less of a gap on Solomon's wide windows (0.45–0.64 %
// against 0.80 % after 60,000 rounds).
const (
	averageRemoved = 10
	longestString  = 10
	splitChance    = 2  // one in two strings keeps a middle part
	wholeChance    = 40 // one round in so many takes a whole route out
	splitDepth     = 10 // one in ten times the middle part does not grow further
	fewVisits      = 15 // plans of up to so many visits begin anew
	anewChance     = 8  // in one round of so many
)

// ruiner takes strings of visits out of neighbouring routes.
type ruiner struct {
	rng     *rand.Rand
	gone    []int32 // visits taken out, in order
	stamp   []int32 // by vehicle: the round in which it was ruined
	round   int32
	touched []int // vehicles ruined
	seed    int32 // of this round
	planned int   // visits in the plan before it
	anew    bool  // everything was taken out
}

// ruin removes strings around a seed visit. The routes are not refreshed.
// Christiaens and Vanden Berghe (2020), section 5.1.
func (x *ruiner) ruin(s *state, touch func(v int)) {
	in := s.in
	x.gone, x.touched = x.gone[:0], x.touched[:0]
	x.anew = false
	x.round++
	seed := int32(x.rng.IntN(in.n))
	x.seed = seed
	used, count := 0, 0
	for v := range s.routes {
		if m := len(s.routes[v].seq); m > 0 {
			used++
			count += m
		}
	}
	x.planned = count
	if used == 0 {
		return
	}
	x.anew = count <= fewVisits && x.rng.IntN(anewChance) == 0
	if x.anew {
		for v := range s.routes {
			x.whole(s, int32(v), touch)
		}
		return
	}
	if x.rng.IntN(wholeChance) == 0 && s.where[seed] >= 0 {
		x.whole(s, s.where[seed], touch)
		return
	}
	longest := min(float64(longestString), float64(count)/float64(used))
	if used == 1 { // one route only: longer strings make up for the missing others
		longest = min(averageRemoved, float64(count)/2+1)
	}
	strings := int(x.rng.Float64()*(4*averageRemoved/(1+longest)-1)) + 1
	x.string(s, seed, longest, touch)
	for _, c := range in.near[seed] {
		if len(x.touched) >= strings {
			return
		}
		x.string(s, c, longest, touch)
	}
}

// whole empties a route of up to mostWhole visits, so that its visits may make
// another route superfluous.
func (x *ruiner) whole(s *state, v int32, touch func(v int)) {
	const mostWhole = 60
	if m := len(s.routes[v].seq); m == 0 || m > mostWhole {
		return
	}
	x.stamp[v] = x.round
	touch(int(v))
	x.touched = append(x.touched, int(v))
	start := len(x.gone)
	for _, i := range s.routes[v].seq {
		if !s.in.fixed[i] {
			x.gone = append(x.gone, i)
		}
	}
	for _, i := range x.gone[start:] {
		s.take(i)
	}
	x.partners(s, start, touch)
}

// string takes a string that contains c out of its route, unless the route was
// ruined already.
func (x *ruiner) string(s *state, c int32, longest float64, touch func(v int)) {
	v := s.where[c]
	if v < 0 || x.stamp[v] == x.round || s.in.fixed[c] {
		return
	}
	x.stamp[v] = x.round
	touch(int(v))
	x.touched = append(x.touched, int(v))
	seq := s.routes[v].seq
	m := len(seq)
	size := int(x.rng.Float64()*min(float64(m), longest)) + 1
	size = min(size, m)
	kept := 0
	if size > 1 && size < m && x.rng.IntN(splitChance) == 0 {
		for kept = 1; size+kept < m && x.rng.IntN(splitDepth) > 0; kept++ {
		}
	}
	at := int(s.at[c])
	span := size + kept
	first := max(at-x.rng.IntN(span), 0)
	first = min(first, m-span)
	hole := 0
	if kept > 0 {
		hole = first + 1 + x.rng.IntN(size-1)
	}
	start := len(x.gone)
	for k := first; k < first+span; k++ {
		if kept > 0 && k >= hole && k < hole+kept || s.in.fixed[seq[k]] {
			continue
		}
		x.gone = append(x.gone, seq[k])
	}
	for _, i := range x.gone[start:] {
		s.take(i)
	}
	x.partners(s, start, touch)
}

// partners takes the other halves of pairs and the rest of options out, too.
func (x *ruiner) partners(s *state, start int, touch func(v int)) {
	if len(s.in.p.Pairs)+len(s.in.p.Patterns) == 0 {
		return
	}
	for _, i := range x.gone[start:] {
		if other := s.in.partner[i]; other >= 0 {
			x.along(s, int32(other), touch)
		}
		if s.in.patterned(i) {
			for _, other := range s.in.members[s.in.patternOf(i)] {
				x.along(s, int32(other), touch)
			}
		}
	}
}

// along takes a visit out that may not stay by itself.
func (x *ruiner) along(s *state, other int32, touch func(v int)) {
	if s.where[other] < 0 {
		return
	}
	v := int(s.where[other])
	if x.stamp[v] != x.round {
		x.stamp[v] = x.round
		touch(v)
		x.touched = append(x.touched, v)
	}
	x.gone = append(x.gone, other)
	s.take(other)
}
