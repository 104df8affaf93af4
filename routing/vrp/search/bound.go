package search

import "beatplan/routing/vrp"

// Bound is a cost below which no plan is that makes every required visit: each
// visit is left once and entered once, at the least, by whatever is cheapest; an
// optional one is made or its prize forgone, a group makes its cheapest or none
// (the reductions of Little, Murty, Sweeney and Karel, 1963, DOI
// 10.1287/opre.11.6.972). Cheap, and some tenths below the optimum: it knows no
// hours and no loads. p must have passed Validate. O(visits² × profiles).
func Bound(p *vrp.Problem) int {
	in := flatten(p)
	leave, enter := make([]int, in.n), make([]int, in.n)
	arc := func(a, b int) int {
		best := far
		for k := range in.classes {
			best = min(best, int(in.classes[k].cost[a*in.size+b]))
		}
		return best
	}
	for i := range in.n {
		leave[i] = far
		for j := range in.n {
			if i != j {
				leave[i] = min(leave[i], arc(i, j))
			}
		}
		for v := range in.vehicle {
			leave[i] = min(leave[i], arc(i, in.vehicle[v].end))
		}
	}
	for j := range in.n {
		enter[j] = far
		for i := range in.n {
			if i != j {
				enter[j] = min(enter[j], arc(i, j)-leave[i])
			}
		}
		for v := range in.vehicle {
			enter[j] = min(enter[j], arc(in.vehicle[v].start, j))
		}
	}
	return in.boundOf(leave, enter)
}

// boundOf adds up what each visit costs at least, made or not.
func (in *instance) boundOf(leave, enter []int) int {
	sum, needed := 0, false
	group := make([]int, len(in.p.Groups))
	for k := range in.p.Patterns {
		needed = needed || !in.p.Patterns[k].Optional
	}
	for g, x := range in.p.Groups {
		group[g] = far
		if !x.Required {
			group[g] = 0
			for _, i := range x.Visits {
				group[g] = max(group[g], in.prize[i])
			}
		}
		needed = needed || x.Required
	}
	for i := range in.n {
		made := leave[i] + enter[i]
		if leave[i] >= far || enter[i] >= far {
			made = 0 // nobody comes here: whatever the plan is, it is no bound
		}
		switch g := in.group[i]; {
		case in.patterned(int32(i)): // any option may leave it out
		case g >= 0:
			group[g] = min(group[g], made)
		case in.must[i]:
			sum += made
			needed = true
		default:
			sum += min(made, in.prize[i])
		}
	}
	for _, x := range group {
		if x < far {
			sum += x
		}
	}
	if needed {
		least := far
		for v := range in.vehicle {
			least = min(least, in.vehicle[v].rule.Fixed)
		}
		sum += least
	}
	return sum
}
