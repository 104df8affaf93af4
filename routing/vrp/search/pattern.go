package search

import "slices"

// patterned reports whether a visit belongs to a pattern.
func (in *instance) patterned(i int32) bool { return in.group[i] >= len(in.p.Groups) }

// patternOf is the number of such a visit's pattern.
func (in *instance) patternOf(i int32) int { return in.group[i] - len(in.p.Groups) }

// owed reports whether a visit that is absent has to be placed.
func (s *state) owed(i int32) bool {
	return s.in.must[i] || s.in.patterned(i) && s.served[s.in.group[i]] == 0
}

// anyOption is the chance of an option that is not the cheapest: its visits may help
// each other, which their prices one by one do not tell.
const anyOption = 8

// pattern puts the option of i's pattern into the plan that adds least: the places
// of its visits are found one by one, and once more where two of them go to one
// vehicle. Nothing changes when no option fits, or none is worth it.
// O(visits of the pattern × places).
func (x *recreator) pattern(s *state, i int32, touch func(v int)) {
	in := s.in
	all := in.p.Patterns[in.patternOf(i)]
	spots := map[int]spot{}
	for _, k := range in.members[in.patternOf(i)] {
		spots[k] = x.best(s, int32(k))
	}
	best, least := -1, x.limit(s, i)
	lucky := -1
	if x.rng.IntN(anyOption) == 0 {
		lucky = x.rng.IntN(len(all.Options))
	}
	for o, option := range all.Options {
		if lucky >= 0 && o != lucky {
			continue
		}
		sum := 0
		for _, k := range option {
			if spots[k].vehicle < 0 {
				sum = 2 * in.dear
				break
			}
			sum += spots[k].added
		}
		if sum < least {
			best, least = o, sum
		}
	}
	if best < 0 {
		return
	}
	option := slices.Clone(all.Options[best])
	x.rng.Shuffle(len(option), func(a, b int) { option[a], option[b] = option[b], option[a] })
	x.option(s, option, spots, touch)
}

// option puts the visits of one option into the plan, all or none.
func (x *recreator) option(s *state, option []int, spots map[int]spot, touch func(v int)) {
	for n, i := range option {
		at := spots[i]
		again := slices.ContainsFunc(option[:n], func(k int) bool { return int(s.where[k]) == at.vehicle })
		if again {
			at = x.best(s, int32(i))
		}
		if at.vehicle < 0 {
			for _, k := range option[:n] {
				v := int(s.where[k])
				s.take(int32(k))
				s.refresh(v)
			}
			return
		}
		touch(at.vehicle)
		s.put(int32(i), at.vehicle, at.at)
	}
}
