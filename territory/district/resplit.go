package district

import (
	"cmp"
	"context"
	"slices"
)

func sortPairs(pairs []Pair) {
	slices.SortFunc(pairs, func(a, b Pair) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) })
}

// resplit merges neighbouring pairs and splits them again by the line on which
// both centres are equally good, with loads in the proportion of their targets,
// until no pair gains. Every step keeps the balance to within a unit and lowers
// the inertia: pair by pair it goes where a balanced power diagram would.
func (d *draft) resplit(ctx context.Context, sweeps int) error {
	members := d.members()
	fresh := slices.Repeat([]bool{true}, len(d.People))
	for range sweeps {
		if err := ctx.Err(); err != nil {
			return err
		}
		changed := make([]bool, len(d.People))
		any := false
		for _, e := range d.borders() {
			if !fresh[e.A] && !fresh[e.B] {
				continue
			}
			if d.resplitPair(members, e) {
				changed[e.A], changed[e.B], any = true, true, true
			}
		}
		fresh = changed
		if !any {
			break
		}
	}
	d.settle()
	return nil
}

// resplitPair splits the units of two people anew when that lowers their inertia.
func (d *draft) resplitPair(members [][]int32, e Pair) bool {
	p, q := e.A, e.B
	mine, yours := d.momentOf(members[p]), d.momentOf(members[q])
	before := d.spread(p, mine) + d.spread(q, yours)
	ids := make([]spot, 0, len(members[p])+len(members[q]))
	for _, u := range members[p] {
		ids = append(ids, spot{id: u})
	}
	for _, u := range members[q] {
		ids = append(ids, spot{id: u})
	}
	part := d.share(p) / (d.share(p) + d.share(q))
	weight := dealer{x: d.x, y: d.y, loads: d.weight}
	improved := false
	for range 3 {
		px, py := d.centre(p, mine)
		qx, qy := d.centre(q, yours)
		for i, s := range ids {
			ids[i].depth = d.x[s.id]*(qx-px) + d.y[s.id]*(qy-py)
		}
		sortSpots(ids)
		at := weight.split(ids, part, 1, 2)
		mine, yours = d.momentOfSpots(ids[:at]), d.momentOfSpots(ids[at:])
		now := d.spread(p, mine) + d.spread(q, yours)
		if now >= before*(1-1e-9) {
			break
		}
		before, improved = now, true
		members[p], members[q] = idsOf(members[p][:0], ids[:at]), idsOf(nil, ids[at:])
	}
	if improved {
		for _, u := range members[p] {
			d.area[u] = p
		}
		for _, u := range members[q] {
			d.area[u] = q
		}
	}
	return improved
}

func idsOf(into []int32, spots []spot) []int32 {
	into = slices.Grow(into, len(spots))
	for _, s := range spots {
		into = append(into, s.id)
	}
	return into
}

// centre is a person's home, or the middle of what they have.
func (d *draft) centre(p int32, m moment) (x, y float64) {
	if d.People[p].Home != nil {
		return d.cx[p], d.cy[p]
	}
	return m.centre()
}

// spread is the inertia around the person's centre.
func (d *draft) spread(p int32, m moment) float64 {
	x, y := d.centre(p, m)
	return m.square - 2*(x*m.x+y*m.y) + m.weight*(x*x+y*y)
}

func (d *draft) share(p int32) float64 { return d.People[p].Share }

func (d *draft) momentOf(ids []int32) moment {
	var m moment
	for _, u := range ids {
		m.add(d.x[u], d.y[u], d.weight[u])
	}
	return m
}

func (d *draft) momentOfSpots(ids []spot) moment {
	var m moment
	for _, s := range ids {
		m.add(d.x[s.id], d.y[s.id], d.weight[s.id])
	}
	return m
}
