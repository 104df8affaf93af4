package genetic

import "slices"

// srex makes a child of two plans by selective route exchange (Nagata and
// Kobayashi, 2010): some routes of a make room for routes of b that cover nearly
// the same visits. Visits that b's routes bring twice leave the other route or do
// not come along; visits that are missing go where they cost least.
func (x *Search) srex(a, b *plan) [][]int32 {
	out := x.taken(a)
	in := x.matching(b, out)
	leaves := make([]bool, x.in.N) // visits of the routes that leave
	for _, r := range out {
		for _, i := range a.routes[r] {
			leaves[i] = true
		}
	}
	child := make([][]int32, len(a.routes))
	for r := range a.routes {
		if !slices.Contains(out, r) {
			child[r] = slices.Clone(a.routes[r])
		}
	}
	comes := make([]bool, x.in.N)
	keepNew := x.rng.IntN(2) == 0
	free := slices.Clone(out)
	for _, r := range in {
		to := x.room(free, r)
		if to < 0 {
			break
		}
		free = slices.DeleteFunc(free, func(q int) bool { return q == to })
		for _, i := range b.routes[r] {
			if !leaves[i] && !keepNew {
				continue
			}
			comes[i] = true
			child[to] = append(child[to], i)
		}
	}
	if keepNew {
		for r := range child {
			if slices.Contains(out, r) {
				continue
			}
			child[r] = slices.DeleteFunc(child[r], func(i int32) bool { return comes[i] })
		}
	}
	var missing []int32
	for _, r := range out {
		for _, i := range a.routes[r] {
			if !comes[i] {
				missing = append(missing, i)
			}
		}
	}
	x.insertAll(child, missing)
	return child
}

// taken draws neighbouring routes of a plan: a route and those nearest to it.
func (x *Search) taken(a *plan) []int {
	used := make([]int, 0, len(a.routes))
	where := make([]int, x.in.N)
	for r, list := range a.routes {
		for _, i := range list {
			where[i] = r
		}
		if len(list) > 0 {
			used = append(used, r)
		}
	}
	most := 1 + x.rng.IntN(max(len(used)*2/3, 1))
	out := []int{used[x.rng.IntN(len(used))]}
	score := make([]int, len(a.routes))
	for len(out) < most {
		// The routes that touch the latest most, so that the area stays in one piece.
		for _, i := range a.routes[out[len(out)-1]] {
			for _, j := range x.in.Near[i][:min(10, len(x.in.Near[i]))] {
				score[where[j]]++
			}
		}
		best := -1
		for _, r := range used {
			if !slices.Contains(out, r) && (best < 0 || score[r] > score[best]) {
				best = r
			}
		}
		if best < 0 {
			break
		}
		out = append(out, best)
	}
	return out
}

// matching chooses, for each route that leaves a, the route of b that shares most
// visits with those leaving.
func (x *Search) matching(b *plan, out []int) []int {
	shared := make([]int, len(b.routes))
	leaving := make([]bool, x.in.N)
	for _, r := range out {
		for _, i := range x.first.routes[r] {
			leaving[i] = true
		}
	}
	for r, list := range b.routes {
		for _, i := range list {
			if leaving[i] {
				shared[r] += 2
			} else {
				shared[r]--
			}
		}
	}
	order := make([]int, 0, len(b.routes))
	for r, list := range b.routes {
		if len(list) > 0 {
			order = append(order, r)
		}
	}
	slices.SortStableFunc(order, func(p, q int) int { return shared[q] - shared[p] })
	return order[:min(len(order), len(out))]
}

// room finds a vehicle that has become free for route r: the same, one of its
// kind, or any.
func (x *Search) room(free []int, r int) int {
	if slices.Contains(free, r) {
		return r
	}
	for _, q := range free {
		if x.in.Vehicles[q].Kind == x.in.Vehicles[r].Kind {
			return q
		}
	}
	if len(free) > 0 {
		return free[0]
	}
	return -1
}

// insertAll puts visits where they add least arcs, next to a neighbour whose
// window and load leave room if there is one.
func (x *Search) insertAll(child [][]int32, missing []int32) {
	x.rng.Shuffle(len(missing), func(a, b int) { missing[a], missing[b] = missing[b], missing[a] })
	in := x.in
	load := make([]int, len(child))
	for r, list := range child {
		for _, i := range list {
			load[r] += in.Demand[i]
		}
	}
	for _, i := range missing {
		best, to, at := 1<<60, -1, 0
		for r, list := range child {
			v := &in.Vehicles[r]
			if len(list) == 0 && to >= 0 {
				continue
			}
			prev := v.Start
			over := max(load[r]+in.Demand[i]-v.Capacity, 0) * x.local.loadWeight >> point
			for k := 0; k <= len(list); k++ {
				next := v.End
				if k < len(list) {
					next = int(list[k])
				}
				added := x.added(prev, int(i), next) + over
				if added < best {
					best, to, at = added, r, k
				}
				prev = next
			}
		}
		child[to] = slices.Insert(child[to], at, i)
		load[to] += in.Demand[i]
	}
}

// added is the cost of i between two places, its lateness against each of them
// priced.
func (x *Search) added(prev, i, next int) int {
	in := x.in
	a, b := prev*in.Size+i, i*in.Size+next
	sum := int(in.Cost[a]) + int(in.Cost[b]) - int(in.Cost[prev*in.Size+next])
	if !in.Timed {
		return sum
	}
	late := 0
	if prev < in.N {
		late += max(in.Open[prev]+in.Serve[prev]+int(in.Time[a])-in.Last[i], 0)
	}
	if next < in.N {
		late += max(in.Open[i]+in.Serve[i]+int(in.Time[b])-in.Last[next], 0)
	}
	return sum + late*x.local.lateWeight>>point
}
